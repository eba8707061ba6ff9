"""`traghetto.spark` on a cluster of two workers in processes of their own. TRAGHETTO_STORE is a store that has student-en-pt.

Needs Java 17, pyspark and pyarrow.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql.functions import col  # noqa: E402
from pyspark.sql.types import IntegerType, StringType, StructField, StructType  # noqa: E402

from traghetto import Translator  # noqa: E402
from traghetto.spark import hashes, metrics, translate  # noqa: E402

STORE = os.environ["TRAGHETTO_STORE"]
MODEL = "student-en-pt"
HOW = {"text": "body", "to": ["pt"], "models": STORE, "model": MODEL, "from_": "en", "meaning": "off"}
SCHEMA = StructType([StructField("id", IntegerType()), StructField("body", StringType())])


def texts():
    for number in range(40):
        yield f"The council voted for the bridge number {number} by twelve votes to nine. Nobody knows what will happen next."
    yield from ("", None, "It rains. " * 600_000)


def executors(application):
    """The processes of this application's executors."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and application.encode() in command:
            found.append(int(process.parent.name))
    return found


class Spark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.spark = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "20")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
        cls.spark.sparkContext.setLogLevel("OFF")

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        shutil.rmtree(cls.folder)

    def frame(self):
        return self.spark.createDataFrame(list(enumerate(texts())), SCHEMA).repartition(4, "id")

    def test_every_row_is_translated_or_says_why_not(self):
        counted = metrics(self.frame())
        made = translate(self.frame(), **{**HOW, "to": ["pt", "en"]}, metrics=counted, key="id", batch_bytes=1000)
        out = f"{self.folder}/made"
        made.write.parquet(out)
        rows = sorted(self.spark.read.parquet(out).collect())
        self.assertEqual([row.id for row in rows], list(range(43)))
        alone = Translator("pt", from_="en", model=MODEL, offline=True, store=STORE, threads=1)
        for row in (rows[7], rows[39]):
            self.assertEqual(row.translation_pt, alone.translate(row.body).text)
            self.assertEqual(row.translation_en, row.body)
            self.assertIsNone(row.rejected_pt)
        about = json.loads(rows[7].provenance)
        self.assertEqual((about["schema"], about["routes"]), ("traghetto-archive/1", {"pt": f"en → pt by {MODEL}"}))
        self.assertEqual(about["models"][0]["id"], MODEL)
        self.assertTrue(set(about["models"][0]["sha256"].values()) <= set(hashes(STORE, MODEL).values()))
        whys = [row.rejected_pt.split(":")[0] for row in rows[40:]]
        self.assertEqual(whys, ["empty", "empty", "too-long"])
        self.assertEqual((counted.articles.value, counted.rejected.value), (40, 3))
        # Two workers, two languages.
        self.assertLessEqual(counted.translators.value, 4)

    def test_a_job_that_is_said_again_adds_what_is_missing(self):
        out = f"{self.folder}/again"
        translate(self.frame().where("id < 30"), **HOW, key="id").write.parquet(out)
        counted = metrics(self.frame())
        done = self.spark.read.parquet(out)
        translate(self.frame(), **HOW, key="id", done=done, metrics=counted).write.mode("append").parquet(out)
        self.assertEqual(sorted(row.id for row in self.spark.read.parquet(out).collect()), list(range(43)))
        self.assertEqual(counted.articles.value + counted.rejected.value, 13)

    def test_executors_that_are_killed_cost_nothing_but_time(self):
        sentences = [text for text in texts() if text and len(text) < 1000]
        articles = [(at, " ".join(sentences[(at + i) % 40] for i in range(6))) for at in range(48)]
        frame = self.spark.createDataFrame(articles, SCHEMA).repartition(12, "id")
        out = [f"{self.folder}/{name}" for name in ("whole", "cut")]
        translate(frame.limit(4), **HOW).collect()
        started = time.monotonic()
        translate(frame, **HOW).write.parquet(out[0])
        seconds = time.monotonic() - started
        work = threading.Thread(target=lambda: translate(frame, **HOW).write.parquet(out[1]))
        work.start()
        killed = []
        for _ in range(2):
            time.sleep(seconds / 4)
            alive = [pid for pid in executors(self.spark.sparkContext.applicationId) if pid not in killed]
            self.assertTrue(work.is_alive())
            os.kill(alive[0], signal.SIGKILL)
            killed.append(alive[0])
        work.join()
        whole, cut = (sorted(self.spark.read.parquet(folder).collect()) for folder in out)
        self.assertEqual([row.id for row in cut], list(range(48)))
        self.assertEqual(whole, cut)
        print(f"{seconds:.0f} s whole; killed {killed}", file=sys.stderr)

    def test_models_can_be_sent_along(self):
        sent = pathlib.Path(self.folder) / "sent"
        shutil.copytree(f"{STORE}/models/{MODEL}", sent / "models" / MODEL)
        packed = shutil.make_archive(f"{self.folder}/packed", "zip", sent)
        self.spark.sparkContext.addArchive(f"{packed}#sent")
        expected = hashes(sent, MODEL)
        made = translate(self.frame().where("id < 8"), **{**HOW, "models": "sent"}, expected=expected)
        self.assertEqual(made.where("translation_pt is not null").count(), 8)

    def test_a_worker_with_another_model_says_so(self):
        lacking = pathlib.Path(self.folder) / "lacking"
        shutil.copytree(f"{STORE}/models/{MODEL}", lacking / "models" / MODEL)
        expected = hashes(lacking, MODEL)
        lost = next(iter(expected))
        (lacking / lost).write_bytes(b"something else")
        for message in ("has another file than was expected:", "lacks the file"):
            # Spark 4 keeps the error of a frame that has failed.
            made = translate(self.frame(), **{**HOW, "models": lacking}, expected=expected)
            with self.assertRaisesRegex(Exception, f"worker .*partition .* {message} {lost}"):
                made.collect()
            (lacking / lost).unlink(missing_ok=True)

    def test_mistakes_are_said_before_any_work(self):
        def refuses(message, df=None, **more):
            with self.assertRaisesRegex(ValueError, message):
                translate(self.frame() if df is None else df, **{**HOW, **more})

        refuses("no column 'text'; its columns are id, body", text="text")
        refuses("the column 'id' is int", text="id")
        refuses("no files of no-such-model", model="no-such-model")
        refuses("to names no language", to=[])
        refuses("columns already .*: provenance", df=self.frame().withColumn("provenance", col("body")))
        refuses("no column 'key'", key="key")
        refuses("'id' doesn't name each row: 3 in 2 rows", df=self.frame().union(self.frame().where("id = 3")), key="id")
        refuses("key must say", done=self.frame())
        refuses("it has no translation_pt", key="id", done=self.frame())

    def test_the_example_runs(self):
        articles, out = f"{self.folder}/articles", f"{self.folder}/out"
        self.frame().where("id < 6").write.parquet(articles)
        script = pathlib.Path(__file__).parent.parent / "examples" / "translate_archive.py"
        command = [sys.executable, script, articles, out, "--text", "body", "--key", "id", "--from", "en", "--to", "pt"]
        command += ["--models", STORE, "--model", MODEL]
        for articles_left in (6, 0):
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            self.assertIn(f"{articles_left} articles translated, 0 rejected", said)
        self.assertEqual(self.spark.read.parquet(out).count(), 6)


if __name__ == "__main__":
    unittest.main()
