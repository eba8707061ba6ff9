#!/usr/bin/env python3
"""Makes an archive of articles from the sentences of a file, the same ones every time.

    make.py SENTENCES N OUT [--words 100-800] [--column C] [--seed S] [--clean] [--compression snappy]

SENTENCES has one a line, or is a table with tabs of which --column (from 0) is taken. OUT ends in .jsonl, .csv, one of these with
.gz, or .parquet (for which pyarrow must be there; --compression as it calls them), or is a folder, which gets text, Markdown and
HTML files. `parquet/` beside this script has what `make.py sentences.en.txt 6 parquet/gzip.parquet --words 10-60 --clean
--compression gzip` makes, and the same by the other compressions. Unless --clean, of every hundred
articles two are empty or null, one is broken, one is a number, one has an id that another has, one has no text at all.
"""

import argparse
import csv
import gzip
import json
import pathlib
import random


def sentences(path, column):
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [line.split("\t")[column] if column is not None else line for line in lines]
    return [one.strip() for one in found if one.strip()]


def article(random, known, number, words):
    """A title and paragraphs of at least so many words."""
    paragraphs, count = [], 0
    while count < words:
        paragraph = [random.choice(known) for _ in range(random.randint(2, 6))]
        count += sum(len(sentence.split()) for sentence in paragraph)
        paragraphs.append(" ".join(paragraph))
    title = random.choice(known).rstrip(".")
    return {"id": f"a{number:07}", "title": title, "text": "\n\n".join(paragraphs)}


def articles(known, n, words, seed, clean):
    """Each with what is wrong with it, if anything is."""
    for number in range(n):
        dice = random.Random(f"{seed} {number}")
        one = article(dice, known, number, dice.randint(*words))
        fault = None if clean else {7: "empty", 23: "null", 41: "broken", 59: "number", 73: "twice", 89: "missing"}.get(number % 100)
        if fault == "empty":
            one["text"] = " \n"
        elif fault == "null":
            one["text"] = None
        elif fault == "number":
            one["text"] = number
        elif fault == "twice":
            one["id"] = f"a{number - 1:07}"
        elif fault == "missing":
            del one["text"]
        yield one, fault


def text(out):
    return (gzip.open if out.suffix == ".gz" else open)(out, "wt", encoding="utf-8", newline="")


def jsonl(found, out, _):
    with text(out) as file:
        for one, fault in found:
            line = json.dumps(one, ensure_ascii=False)
            file.write((line[: len(line) // 2] if fault == "broken" else line) + "\n")


def table(found, out, _):
    with text(out) as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "text"])
        for one, fault in found:
            row = [one["id"], one["title"], one.get("text") or ""]
            writer.writerow(row[:2] if fault == "broken" else row)


def parquet(found, out, compression):
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(name, pyarrow.string()) for name in ("id", "title", "text")])
    with ParquetWriter(out, schema, compression=compression) as writer:
        rows = []
        for one, _ in found:
            text = one.get("text")
            rows.append({**one, "text": text if isinstance(text, str) else None})
            if len(rows) == 1000:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(pyarrow.Table.from_pylist(rows, schema))


def folder(found, out, _):
    for number, (one, fault) in enumerate(found):
        place = out / f"{number // 100:04}"
        place.mkdir(parents=True, exist_ok=True)
        text, title = str(one.get("text") or ""), one["title"]
        if fault == "broken":
            (place / f"{number:07}.txt").write_bytes(b"\x00\xff\x00" + text.encode())
        elif number % 3 == 0:
            (place / f"{number:07}.txt").write_text(text, encoding="utf-8")
        elif number % 3 == 1:
            (place / f"{number:07}.md").write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
        else:
            body = "".join(f"<p>{one}</p>\n" for one in text.split("\n\n"))
            page = f"<!doctype html><title>{title}</title><h1>{title}</h1>\n{body}"
            (place / f"{number:07}.html").write_text(page, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sentences", type=pathlib.Path)
    parser.add_argument("n", type=int)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--words", default="100-800")
    parser.add_argument("--column", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--compression", default="snappy")
    args = parser.parse_args()
    words = tuple(int(bound) for bound in args.words.split("-"))
    known = sentences(args.sentences, args.column)
    found = articles(known, args.n, words, args.seed, args.clean)
    plain = args.out.with_suffix("") if args.out.suffix == ".gz" else args.out
    write = {".jsonl": jsonl, ".csv": table, ".parquet": parquet}.get(plain.suffix, folder)
    write(found, args.out, args.compression)


if __name__ == "__main__":
    main()
