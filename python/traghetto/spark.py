"""Translates a column of a Spark data frame, each article once, without a shuffle.

    from traghetto.spark import translate

    made = translate(articles, text="body", to=["en", "pt"], models="/shared/traghetto", model="student-en-pt")
    made.write.parquet("s3a://archive/translated")

Each Python worker loads a model once and keeps it for all its tasks; nothing is fetched: the models lie in a folder that every worker
sees, or one that was sent by ``SparkContext.addArchive("store.zip#store")`` (``models="store"``).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._traghetto import Translator, __version__

if TYPE_CHECKING:
    import pyarrow
    from pyspark import Accumulator
    from pyspark.sql import DataFrame

SCHEMA = "traghetto-archive/1"
"""The form of the columns; see ``docs/archives.md``."""

BATCH_BYTES = 4 << 20
"""So many bytes of text make a batch of the result, or one text, whatever Spark's batches of rows are."""

MAX_BYTES = 4 << 20
"""Longer texts are rejected."""


@dataclass
class Metrics:
    """What the workers have counted, as far as their tasks are done. A task that is repeated counts again."""

    articles: Accumulator[int]
    """Articles that were translated into all languages."""
    rejected: Accumulator[int]
    """Articles that weren't."""
    bytes: Accumulator[int]
    """The bytes of their texts."""
    translators: Accumulator[int]
    """Translators that were made: one a worker and language."""


def metrics(df: DataFrame) -> Metrics:
    """Accumulators for :func:`translate`."""
    context = df.sparkSession.sparkContext
    return Metrics(*(context.accumulator(0) for _ in range(4)))


def hashes(folder: str | os.PathLike[str], model: str | None = None) -> dict[str, str]:
    """The sha256 of the files of ``model``, or of all models in ``folder``, by the way to each: what every worker must have."""
    found = {}
    for place, _, names in sorted(os.walk(os.path.join(folder, "models", model or ""))):
        # What a store notes down of a model is its own.
        for name in sorted(set(names) - {"installed.json"}):
            path = os.path.join(place, name)
            hasher = hashlib.sha256()
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    hasher.update(block)
            found[os.path.relpath(path, folder)] = hasher.hexdigest()
    return found


def translate(
    df: DataFrame,
    *,
    text: str = "text",
    to: Sequence[str],
    models: str | os.PathLike[str],
    from_: str | None = None,
    model: str | None = None,
    quality: str = "balanced",
    repair: str = "auto",
    meaning: str = "auto",
    key: str | None = None,
    done: DataFrame | None = None,
    expected: Mapping[str, str] | None = None,
    batch_bytes: int = BATCH_BYTES,
    max_bytes: int = MAX_BYTES,
    metrics: Metrics | None = None,
) -> DataFrame:
    """``df`` with the columns ``translation_xx``, ``risk_xx``, ``findings_xx`` and ``rejected_xx`` for each language of ``to``,
    and ``provenance``. A row whose text can't be translated keeps its place: ``rejected_xx`` says why.

    ``models`` is the folder of the model store, by the path that workers see it by; one sent by ``addArchive`` has the name that
    was given it there. ``expected`` are the hashes of its files, by default those that this process sees in ``models`` (of ``model``
    alone if that is named and ``meaning`` is ``off``): a worker that has other files, or lacks some, fails and says which worker it
    is. Each task computes with as many threads as it has processors (``spark.task.cpus``).

    ``key`` is a column that names each row, which is looked at first: a null, or one that two rows have, is a ``ValueError``. Rows
    whose key is in ``done``, an earlier result, are left out, so that a job can be said again and adds what is missing.
    """
    folder = os.fspath(models)
    languages = [to] if isinstance(to, str) else list(to)
    schema = _schema(df, text, languages)
    if done is not None:
        if key is None:
            raise ValueError("key must say by which column rows are looked for in done")
        lacking = [f"translation_{lang}" for lang in languages if f"translation_{lang}" not in done.columns]
        if lacking:
            raise ValueError(f"done is no earlier result of these languages: it has no {', '.join(lacking)}")
    if key is not None:
        _check_keys(df, key)
        if done is not None:
            df = df.join(done.select(key), key, "left_anti").select(*df.columns)
    if expected is None:
        expected = hashes(folder, model if meaning == "off" else None)
        if not expected or (model and not any(path.startswith(os.path.join("models", model, "")) for path in expected)):
            raise ValueError(f"there are no files of {model or 'models'} in {folder}")
    job = _Job(
        text=text,
        to=languages,
        models=folder,
        from_=from_,
        model=model,
        quality=quality,
        repair=repair,
        meaning=meaning,
        expected=dict(expected),
        batch_bytes=batch_bytes,
        max_bytes=max_bytes,
    )

    def work(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return job.work(batches, metrics)

    return df.mapInArrow(work, schema)


def _schema(df: DataFrame, text: str, to: Sequence[str]) -> Any:
    """The columns of the result."""
    from pyspark.sql.types import DoubleType, StringType, StructField, StructType

    if text not in df.columns:
        raise ValueError(f"the data frame has no column {text!r}; its columns are {', '.join(df.columns)}")
    if not isinstance(df.schema[text].dataType, StringType):
        raise ValueError(f"the column {text!r} is {df.schema[text].dataType.simpleString()}, not text")
    if not to:
        raise ValueError("to names no language")
    fields = list(df.schema.fields)
    for lang in to:
        fields.append(StructField(f"translation_{lang}", StringType()))
        fields.append(StructField(f"risk_{lang}", DoubleType()))
        fields.append(StructField(f"findings_{lang}", StringType()))
        fields.append(StructField(f"rejected_{lang}", StringType()))
    fields.append(StructField("provenance", StringType()))
    names = [field.name for field in fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the data frame has columns already that the result would have: {', '.join(twice)}")
    return StructType(fields)


def _check_keys(df: DataFrame, key: str) -> None:
    """Reads the keys alone."""
    from pyspark.sql.functions import col

    if key not in df.columns:
        raise ValueError(f"the data frame has no column {key!r}; its columns are {', '.join(df.columns)}")
    counted = df.groupBy(key).count()
    wrong = counted.where((col("count") > 1) | col(key).isNull()).limit(5).collect()
    if wrong:
        found = ", ".join(f"{row[0]!r} in {row[1]} rows" for row in wrong)
        raise ValueError(f"the column {key!r} doesn't name each row: {found}")


@dataclass
class _Job:
    """What a worker does; it is sent there."""

    text: str
    to: list[str]
    models: str
    from_: str | None
    model: str | None
    quality: str
    repair: str
    meaning: str
    expected: dict[str, str]
    batch_bytes: int
    max_bytes: int

    def work(self, batches: Iterator[pyarrow.RecordBatch], metrics: Metrics | None) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            yield from self.made(batch, metrics)

    def made(self, batch: pyarrow.RecordBatch, metrics: Metrics | None) -> Iterator[pyarrow.RecordBatch]:
        """The batch with its translations, in pieces of ``batch_bytes``."""
        import pyarrow
        from pyarrow import compute

        # By its place: its name may have a dot in it.
        column = batch.column(batch.schema.get_field_index(self.text))
        streams = []
        for lang in self.to:
            translator = _translator(self, lang, metrics)
            rows = translator.translate_arrow(column, batch_bytes=self.batch_bytes, max_bytes=self.max_bytes)
            streams.append(pyarrow.RecordBatchReader.from_stream(rows))
        start = 0
        while start < batch.num_rows:
            try:
                parts = [stream.read_next_batch() for stream in streams]
            except (pyarrow.ArrowException, OSError) as error:
                raise RuntimeError(f"{_worker()}: {error}") from error
            rows = parts[0].num_rows
            source = batch.slice(start, rows)
            columns = list(source.columns)
            for part in parts:
                columns += [part.column(name) for name in ("translation", "risk", "findings", "rejected")]
            columns.append(self.provenance(parts))
            names = list(batch.schema.names)
            for lang in self.to:
                names += [f"translation_{lang}", f"risk_{lang}", f"findings_{lang}", f"rejected_{lang}"]
            names.append("provenance")
            if metrics is not None:
                failed = [any(row) for row in zip(*(part.column("rejected").is_valid().to_pylist() for part in parts))]
                sizes = compute.binary_length(column.slice(start, rows))
                metrics.articles.add(rows - sum(failed))
                metrics.rejected.add(sum(failed))
                metrics.bytes.add(compute.sum(sizes).as_py() or 0)
            yield pyarrow.RecordBatch.from_arrays(columns, names=names)
            start += rows

    def provenance(self, parts: list[pyarrow.RecordBatch]) -> pyarrow.Array:
        """As an archive has it: routes by language, and all models."""
        import pyarrow

        made = []
        routes = [part.column("route").to_pylist() for part in parts]
        models = [part.column("models").to_pylist() for part in parts]
        for row in range(parts[0].num_rows):
            known: dict[str, Any] = {}
            for one in models:
                for model in json.loads(one[row] or "[]"):
                    known.setdefault(model["id"], model)
            about = {
                "schema": SCHEMA,
                "program": f"traghetto {__version__}",
                "routes": {lang: route[row] for lang, route in zip(self.to, routes) if route[row]},
                "models": list(known.values()),
            }
            made.append(json.dumps(about, ensure_ascii=False))
        return pyarrow.array(made, pyarrow.string())


_translators: dict[tuple[Any, ...], Translator] = {}
"""The translators of this worker, which lives on from task to task (``spark.python.worker.reuse``)."""


def _translator(job: _Job, lang: str, metrics: Metrics | None) -> Translator:
    from pyspark import TaskContext

    context = TaskContext.get()
    threads = context.cpus() if context else 1
    files = tuple(sorted(job.expected.items()))
    key = (lang, job.models, job.from_, job.model, job.quality, job.repair, job.meaning, threads, files)
    if key not in _translators:
        folder = _folder(job)
        _translators[key] = Translator(
            to=lang,
            from_=job.from_,
            model=job.model,
            quality=job.quality,  # type: ignore[arg-type]
            repair=job.repair,  # type: ignore[arg-type]
            meaning=job.meaning,  # type: ignore[arg-type]
            offline=True,
            store=folder,
            threads=threads,
        )
        if metrics is not None:
            metrics.translators.add(1)
    return _translators[key]


def _folder(job: _Job) -> str:
    """The models of this worker, whose files are those that were expected."""
    from pyspark import SparkFiles

    folder = job.models
    if not os.path.isdir(folder):
        folder = SparkFiles.get(os.path.basename(os.path.normpath(job.models)))
    for path, sha in sorted(job.expected.items()):
        place = os.path.join(folder, path)
        if not os.path.isfile(place):
            raise RuntimeError(f"{_worker()} lacks the file {path} in {folder}")
    # Of all that is there only what was expected counts.
    there = hashes(folder, job.model if job.meaning == "off" else None)
    for path, sha in sorted(job.expected.items()):
        if there.get(path) != sha:
            raise RuntimeError(f"{_worker()} has another file than was expected: {path} in {folder}")
    return folder


def _worker() -> str:
    """Who this is, for messages."""
    from pyspark import TaskContext

    context = TaskContext.get()
    partition = f", partition {context.partitionId()}" if context else ""
    return f"worker {socket.gethostname()} (process {os.getpid()}{partition})"
