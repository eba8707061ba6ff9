"""What type checkers must understand of the package."""

from collections.abc import Iterator
from typing import Any

from traghetto import Detection, Finding, Summarizer, Summary, TraghettoError, Translation, Translator, check, detect


def translated(texts: Iterator[str]) -> list[str]:
    translator = Translator(to="pt", from_="en", model="student-en-pt", offline=True, threads=1)
    one: Translation = translator.translate("It rains.")
    found: list[Finding] = one.findings
    risk: float | None = one.risk
    print(found[0].id if found else risk)
    texts_made = [made.text for made in translator.translate_many(texts)]
    for made in translator.translate_many(texts, errors="return"):
        if isinstance(made, TraghettoError):
            print(str(made), made.kind.upper(), made.hint)
        else:
            texts_made.append(made.text)
    return texts_made


class Column:
    """Whatever gives a stream of Arrow's."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return requested_schema


def others() -> None:
    summary: Summary = Summarizer(extract=True, length="2s").summarize("It rains.")
    detection: Detection = detect(summary.text)
    print(detection.language, detection.confidence, check("81", "18", "it", "en"))
    print(Translator("pt").translate_arrow(Column()))
