#!/usr/bin/env python3
"""How many of the judged segments are told: python3 tests/bench/told.py REPORT VERDICTS FIRST

REPORT: what `translate --json` printed for a text of one judged sentence a line, or for an article. VERDICTS: see
tests/fixtures/checks/judged/. FIRST: the id of the first line, such as `en601`, or of an article's first segment, `ena1-0`.
"""

import collections
import json
import re
import sys


def main():
    report, verdicts, first = sys.argv[1:]
    prefix, start = re.fullmatch(r"(.*?)(\d+)", first).groups()
    with open(verdicts, encoding="utf-8") as file:
        judged = {one["id"]: one for one in json.load(file)}
    with open(report, encoding="utf-8") as file:
        segments = json.load(file)["translations"][0]["segments"]
    lines = collections.defaultdict(list)
    for n, segment in enumerate(segments):
        lines[n if "-" in prefix else segment["block"]].append(segment)
    all_, told = collections.Counter(), collections.Counter()
    risks = {"bad": [], "good": []}
    for block, pieces in lines.items():
        severity = judged[f"{prefix}{int(start) + block}"]["severity"]
        all_[severity] += 1
        told[severity] += any(one["severity"] != "hint" for piece in pieces for one in piece["findings"])
        risk = max((piece.get("risk") or {}).get("probability", 0) for piece in pieces)
        side = {"critical": "bad", "major": None}.get(severity, "good")
        if side:
            risks[side].append(risk)
    for severity in ["critical", "major", "minor", "none"]:
        print(f"{severity}: {told[severity]} of {all_[severity]} told")
    wins = sum((bad > good) + (bad == good) / 2 for bad in risks["bad"] for good in risks["good"])
    print(f"AUC of the risk, critical against minor and none: {wins / (len(risks['bad']) * len(risks['good'])):.2f}")


if __name__ == "__main__":
    main()
