from collections.abc import Iterable
from os import PathLike
from typing import Any, Generic, Literal, Protocol, TypeVar, final, overload

__version__: str

_Made = TypeVar("_Made", covariant=True)
_Format = Literal["text", "markdown", "html", "srt", "vtt"]
_Path = str | PathLike[str]

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

class TraghettoError(Exception):
    """What went wrong, with the culprit's name."""

    kind: Literal["usage", "input", "io", "model", "unavailable", "integrity", "inference", "other"]
    """Which kind of error it is."""
    hint: str | None
    """What can be done, in the words of the program ``traghetto``."""

@final
class Finding:
    """Something that may be wrong with a translation."""

    @property
    def id(self) -> str:
        """Which rule has found it, such as ``number``."""
    @property
    def severity(self) -> Literal["hint", "warning", "error"]:
        """How sure it is; a good translation may have hints."""
    @property
    def message(self) -> str:
        """What it is, for a person."""
    @property
    def source_span(self) -> tuple[int, int] | None:
        """The item in the source, as the indices of its first character and one past its last."""
    @property
    def target_span(self) -> tuple[int, int] | None:
        """The item in the translation, likewise."""
    @property
    def rendering(self) -> str | None:
        """What would do for the item of the source, where that is known."""

@final
class Segment:
    """A sentence with its translation."""

    @property
    def source(self) -> str:
        """The sentence."""
    @property
    def text(self) -> str:
        """Its translation."""
    @property
    def risk(self) -> float | None:
        """How probable it is that it misleads, from 0 to 1; ``None`` where no model says anything of it."""
    @property
    def findings(self) -> list[Finding]:
        """What may be wrong with it."""

@final
class Translation:
    """A translated text."""

    @property
    def text(self) -> str:
        """The text in the new language, in the format of the source."""
    @property
    def language(self) -> str:
        """The code of the language that it was translated from."""
    @property
    def route(self) -> str:
        """How it came about, such as ``en → pt by student-en-pt``; empty if there was nothing to translate."""
    @property
    def risk(self) -> float | None:
        """How probable it is that the riskiest segment misleads, from 0 to 1."""
    @property
    def segments(self) -> list[Segment]:
        """The sentences, in their order."""
    @property
    def findings(self) -> list[Finding]:
        """What may be wrong, in the order of the text; their places are within their segments."""
    def report(self) -> str:
        """What the program's JSON report says: models and their files, every segment, every warning."""

@final
class Translations(Generic[_Made]):
    """An iterator of translations, in the order of their texts. It reads the texts as it goes, and belongs to one thread at a
    time."""

    def __iter__(self) -> Translations[_Made]: ...
    def __next__(self) -> _Made: ...

@final
class ArrowRows:
    """Translations as a stream of Arrow's record batches, made as they are read, once: for ``pyarrow.table``,
    ``polars.DataFrame``, ``duckdb`` and whatever else takes such streams.

    Columns: ``language`` (string), ``translation`` (string), ``risk`` (double), ``findings`` (string, JSON), ``route`` (string),
    ``models`` (string, JSON), ``rejected`` (string: why there is no translation)."""

    def __arrow_c_schema__(self) -> Any: ...
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

@final
class Translator:
    """Translates texts into the language ``to``. Models are loaded when they are first needed, and stay loaded. It does one thing at
    a time; other threads of Python run meanwhile."""

    def __new__(
        cls,
        to: str,
        *,
        from_: str | None = None,
        model: str | None = None,
        quality: Literal["fast", "balanced", "best"] = "balanced",
        repair: Literal["off", "auto", "thorough"] = "auto",
        meaning: Literal["off", "auto", "on"] = "auto",
        glossary: _Path | None = None,
        offline: bool = False,
        store: _Path | None = None,
        threads: int | None = None,
    ) -> Translator:
        """The language of texts is detected unless ``from_`` says it. With ``meaning="on"`` both sides are compared by sentence
        embeddings, and each segment gets a risk. ``store`` is the folder of the models."""
    def translate(self, text: str, *, format: _Format = "text") -> Translation:
        """Translates a text, or raises a ``TraghettoError``."""
    @overload
    def translate_many(
        self, texts: Iterable[str], *, format: _Format = "text", errors: Literal["raise"] = "raise"
    ) -> Translations[Translation]: ...
    @overload
    def translate_many(
        self, texts: Iterable[str], *, format: _Format = "text", errors: Literal["return"]
    ) -> Translations[Translation | TraghettoError]:
        """Translates texts, read as they are needed, in batches that change no answer. An error of one text is raised in its
        place, after which the iterator can go on, or with ``errors="return"`` stands there."""
    def translate_arrow(
        self,
        texts: _ArrowArray | _ArrowStream,
        *,
        format: _Format = "text",
        batch_bytes: int = 4194304,
        max_bytes: int = 4194304,
    ) -> ArrowRows:
        """Translates a column of strings, by Arrow's PyCapsule interface, into rows in batches of ``batch_bytes`` of text. A text that
        can't be translated, or of more than ``max_bytes``, keeps its row, which says why in ``rejected``."""

@final
class Summary:
    """A summary."""

    @property
    def text(self) -> str:
        """The text."""
    @property
    def language(self) -> str:
        """The code of its language."""
    @property
    def model(self) -> str:
        """The model that wrote it; ``extract`` if sentences of the text were chosen."""
    @property
    def findings(self) -> list[Finding]:
        """What may be wrong with it."""
    def report(self) -> str:
        """What the program's JSON report says."""

@final
class Summarizer:
    """Summarises texts."""

    def __new__(
        cls,
        to: str | None = None,
        *,
        model: str | None = None,
        extract: bool = False,
        length: str = "medium",
        style: Literal["paragraph", "bullets", "headline", "lead", "key-facts"] = "paragraph",
        focus: str | None = None,
        offline: bool = False,
        store: _Path | None = None,
        threads: int | None = None,
    ) -> Summarizer:
        """A summariser into the language ``to``, by default each text's own. ``extract`` chooses sentences of the text
        and needs no model."""
    def summarize(self, text: str, *, format: _Format = "text") -> Summary:
        """Summarises a text, or raises a ``TraghettoError``. Other threads of Python run meanwhile."""

@final
class Detection:
    """The language of a text."""

    @property
    def language(self) -> str | None:
        """Its code; ``None`` if the text has no letters, or is in a language that isn't known."""
    @property
    def confidence(self) -> float:
        """From 0 to 1."""
    @property
    def doubtful(self) -> bool:
        """Whether the detectors disagree, or the text is too short to tell."""

def check(source: str, translation: str, from_: str, to: str) -> list[Finding]:
    """What may be wrong with ``translation`` as a translation of the sentence or paragraph ``source``. Needs no model."""

def detect(text: str) -> Detection:
    """Which language a text is in. Needs no model."""
