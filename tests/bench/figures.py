#!/usr/bin/env python3
"""Measures translation on FLORES and prints what a manifest's `[quality.translate.pairs]` holds.

    python3 -m pip install sacrebleu
    python3 tests/bench/figures.py FLORES it-en it-fr it-en-fr --model qwen2.5-coder-1.5b

FLORES: a folder with line-aligned files `flores-dev.<code>`. A pair of codes is translated directly with the model, three
codes through the one in the middle: its translation is the second step's input, as in a route. BLEU and chrF2 are
sacrebleu's with its default settings. Texts are kept in --work and not made again.
"""

import argparse
import datetime
import itertools
import pathlib
import subprocess
import sys
import time

import sacrebleu


def lines(path, count):
    return path.read_text(encoding="utf-8").splitlines()[:count]


def translated(args, path, codes):
    """The file with the translation along `codes` of the text in `path`; each step is made once."""
    for start, (source, target) in enumerate(itertools.pairwise(codes), 2):
        result = args.work / f"{'-'.join(codes[:start])}.txt"
        if not result.exists():
            command = [args.binary, "translate", "--offline", "--no-memory", "--from", source, "--to", target]
            if args.model:
                command += ["--model", args.model]
            began = time.monotonic()
            done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True)
            result.write_text(done.stdout, encoding="utf-8")
            print(f"{result.stem}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        path = result
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flores", type=pathlib.Path)
    parser.add_argument("pairs", nargs="+", help="it-en, or it-en-fr for a route through English")
    parser.add_argument("--model", help="the model of every step; by default what the program chooses")
    parser.add_argument("--binary", default="target/release/traghetto")
    parser.add_argument("--count", type=int, default=200, help="so many lines, from the first")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("target/figures"))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    for pair in args.pairs:
        codes = pair.split("-")
        source = args.work / f"{codes[0]}.txt"
        wanted = lines(args.flores / f"flores-dev.{codes[0]}", args.count)
        source.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        hypotheses = lines(translated(args, source, codes), None)
        references = lines(args.flores / f"flores-dev.{codes[-1]}", args.count)
        if len(hypotheses) != len(references):
            sys.exit(f"{pair}: {len(references)} lines became {len(hypotheses)}")
        print(f"[quality.translate.pairs.{pair}]")
        print(f"bleu = {sacrebleu.corpus_bleu(hypotheses, [references]).score:.1f}")
        print(f"chrf = {sacrebleu.corpus_chrf(hypotheses, [references]).score:.1f}")
        print(f'set = "FLORES-dev, lines 1 to {args.count}"')
        print(f'date = "{datetime.date.today()}"\n', flush=True)


if __name__ == "__main__":
    main()
