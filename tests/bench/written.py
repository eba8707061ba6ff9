"""Says how many of the misleading translations of tests/fixtures/checks/written/ a build's `check` tells, by kind of error, and how
many of the good ones it tells in vain.

    python3 tests/bench/written.py PROGRAM [even | odd]

PROGRAM is the built program. Of the lines of each file, counted from 0, the even ones were in view when rules were written; the odd ones
were first opened on 28 November 2026, after that.
"""

import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "fixtures" / "checks" / "written"
# The translations of one kind that are right: close to the source, and free.
GOOD = ("close", "free")


def plain(text):
    """The translation without the signs around what is wrong."""
    return " ".join(text.replace("⟦", "").replace("⟧", "").split())


def pairs(half):
    """(languages, source, translation, kind) of all lines, or of every other one."""
    for file in sorted(FOLDER.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            if half is not None and number % 2 != half:
                continue
            item = json.loads(line)
            langs = item["from"], item["to"]
            for kind, text in zip(GOOD, item["good"]):
                yield langs, item["source"], text, kind
            for wrong in item["bad"]:
                yield langs, item["source"], wrong["text"], wrong["kind"]


def segments(program, langs, sources, targets):
    """What the program says of each pair."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("source.txt", "translation.txt")]
        for path, texts in zip(paths, (sources, targets)):
            path.write_text("".join(plain(text) + "\n" for text in texts), encoding="utf-8")
        command = [program, "check", *map(str, paths), "--from", langs[0], "--to", langs[1]]
        made = subprocess.run([*command, "--json", "--offline"], capture_output=True, check=False)
    told = json.loads(made.stdout)["segments"]
    assert len(told) == len(sources), (langs, len(told), len(sources))
    return told


def main():
    program = sys.argv[1]
    half = {"even": 0, "odd": 1}[sys.argv[2]] if len(sys.argv) > 2 else None
    by_langs = collections.defaultdict(list)
    for langs, *pair in pairs(half):
        by_langs[langs].append(pair)
    count, told = collections.Counter(), collections.Counter()
    for langs, all_pairs in sorted(by_langs.items()):
        sources, targets, kinds = zip(*all_pairs)
        for kind, segment in zip(kinds, segments(program, langs, sources, targets)):
            findings = (one["severity"] != "hint" for one in segment["findings"])
            count[kind] += 1
            told[kind] += segment["level"] != "fine" or any(findings)
    for kind in sorted(count, key=lambda kind: (kind in GOOD, kind)):
        print(f"{kind:<10}{count[kind]:>6}{told[kind]:>6} told {100 * told[kind] / count[kind]:>6.1f} %")
    for name, kinds in (("wrong", set(count) - set(GOOD)), ("good", GOOD)):
        whole, found = (sum(counter[kind] for kind in kinds) for counter in (count, told))
        print(f"{name:<10}{whole:>6}{found:>6} told {100 * found / whole:>6.1f} %")


if __name__ == "__main__":
    main()
