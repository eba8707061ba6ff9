#!/usr/bin/env python3
"""Reads an archive of Parquet by pyarrow, DuckDB, pandas and polars, and compares what they read.

    read.py ARCHIVE [JSONL-ARCHIVE]

All four must find the same rows in the same order, and the columns that the manifest names; a second archive of the same articles as
JSONL must hold them too. Needs pyarrow, duckdb, pandas and polars.
"""

import json
import pathlib
import sys


def by_pyarrow(parts):
    import pyarrow
    from pyarrow import parquet

    tables = [parquet.read_table(part) for part in parts]
    for part in parts:
        assert parquet.read_metadata(part).metadata[b"traghetto.schema"] == b"traghetto-archive/1"
    return pyarrow.concat_tables(tables).to_pylist()


def by_duckdb(parts):
    import duckdb

    found = duckdb.sql(f"select * from read_parquet({[str(part) for part in parts]!r})")
    return [dict(zip(found.columns, row)) for row in found.fetchall()]


def by_pandas(parts):
    import pandas

    frame = pandas.concat([pandas.read_parquet(part) for part in parts])
    frame = frame.astype(object).where(frame.notna(), None)
    return frame.to_dict("records")


def by_polars(parts):
    import polars

    return polars.read_parquet([str(part) for part in parts]).to_dicts()


def main():
    folder = pathlib.Path(sys.argv[1])
    parts = sorted(folder.glob("part-*.parquet"))
    manifest = [json.loads(line) for line in (folder / "manifest.jsonl").open(encoding="utf-8")]
    head, shards = manifest[0], manifest[1:]
    rows = None
    for read in (by_pyarrow, by_duckdb, by_pandas, by_polars):
        found = read(parts)
        assert list(found[0]) == head["columns"], (read.__name__, list(found[0]))
        assert len(found) == sum(shard["rows"] for shard in shards), read.__name__
        assert rows is None or found == rows, f"{read.__name__} reads something else"
        rows = found
        print(f"{read.__name__[3:]}: {len(rows)} rows, {len(rows[0])} columns")
    for row in rows:
        for name, value in row.items():
            if name == "provenance" or name.startswith("findings_"):
                row[name] = json.loads(value)
    if len(sys.argv) > 2:
        lines = [line for part in sorted(pathlib.Path(sys.argv[2]).glob("part-*.jsonl")) for line in part.open(encoding="utf-8")]
        assert [json.loads(line) for line in lines] == rows, "the JSONL archive holds something else"
        print(f"jsonl: {len(lines)} rows")


if __name__ == "__main__":
    main()
