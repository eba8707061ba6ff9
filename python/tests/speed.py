"""Measures how fast articles are translated, and what memory that takes.

    TRAGHETTO_STORE=… speed.py ARTICLES.parquet N HOW…

ARTICLES are made by `tests/archives/make.py` of the repository; the first N are taken. HOW is `1` or `2` (the package in this process,
with so many threads) or `spark` (a local cluster of two workers, a thread each); each is measured in its turn, as often as it is named.
A line tells seconds, articles and words a second, and the peak of resident memory of the process, or of Spark's Python workers.
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time

STORE = os.environ["TRAGHETTO_STORE"]
MODEL = "student-en-pt"


def alone(path, count, threads):
    import pyarrow
    from pyarrow import parquet

    from traghetto import Translator

    one = Translator("pt", from_="en", model=MODEL, offline=True, store=STORE, threads=threads)
    one.translate("It rains.")
    reader = parquet.ParquetFile(path)
    started, left = time.monotonic(), count
    for batch in reader.iter_batches(256, columns=["text"]):
        batch = batch.slice(0, left)
        left -= batch.num_rows
        for made in pyarrow.RecordBatchReader.from_stream(one.translate_arrow(batch.column(0))):
            del made
        if not left:
            break
    seconds = time.monotonic() - started
    return seconds, [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]


def peaks(found, done):
    """Notes the highest resident memory of Spark's Python workers."""
    while not done.wait(0.5):
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if b"pyspark.daemon" in (process / "cmdline").read_bytes():
                    status = (process / "status").read_text()
                    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
                    found[process.name] = max(peak, found.get(process.name, 0))
            except (OSError, IndexError):
                continue


def spark(path, count):
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    from traghetto.spark import translate

    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "256")
        .config("spark.python.worker.reuse", "true")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    how = {"to": ["pt"], "models": STORE, "model": MODEL, "from_": "en", "meaning": "off"}
    with tempfile.TemporaryDirectory() as folder:
        session.read.parquet(path).limit(count).repartition(max(8, count // 500)).write.parquet(f"{folder}/in")
        frame = session.read.parquet(f"{folder}/in")
        # Workers are there, and have loaded the model.
        translate(frame.limit(8).repartition(4), **how).write.parquet(f"{folder}/warm")
        found, done = {}, threading.Event()
        watch = threading.Thread(target=peaks, args=(found, done))
        watch.start()
        started = time.monotonic()
        translate(frame, **how).write.parquet(f"{folder}/out")
        seconds = time.monotonic() - started
        done.set()
        watch.join()
        session.stop()
    return seconds, sorted(found.values())[-2:]


def main():
    path, count, hows = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    if len(hows) > 1:
        for how in hows:
            subprocess.run([sys.executable, __file__, path, str(count), how], check=True)
        return
    seconds, memory = spark(path, count) if hows == ["spark"] else alone(path, count, int(hows[0]))
    from pyarrow import parquet

    texts = parquet.read_table(path, columns=["text"]).slice(0, count).column(0).to_pylist()
    words = sum(len((text or "").split()) for text in texts)
    del texts
    told = " + ".join(f"{peak:.0f}" for peak in memory)
    print(f"{hows[0]:>5}: {seconds:7.2f} s, {count / seconds:6.1f} articles/s, {words / seconds:6.0f} words/s, {told} MiB", flush=True)


if __name__ == "__main__":
    main()
