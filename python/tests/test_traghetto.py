"""The module as it was installed. TRAGHETTO_STORE is a store that has student-en-pt. Needs pyarrow and polars."""

import json
import logging
import os
import pickle
import threading
import time
import unittest

import polars
import pyarrow

from traghetto import Summarizer, TraghettoError, Translator, check, detect

STORE = os.environ["TRAGHETTO_STORE"]


def translator(**more):
    return Translator(**{"to": "pt", "model": "student-en-pt", "offline": True, "store": STORE, **more})


class Translating(unittest.TestCase):
    def test_a_text(self):
        made = translator().translate("Hello.\nPlease close the window.", format="text")
        self.assertIn("feche a janela", made.text)
        self.assertEqual((made.language, made.route), ("en", "en → pt by student-en-pt"))
        self.assertEqual([segment.source for segment in made.segments], ["Hello.", "Please close the window."])
        # A student alone says nothing of how sure it is.
        self.assertIsNone(made.risk)
        self.assertEqual(json.loads(made.report())["schema"], "traghetto-report/1")

    def test_a_stream_reads_as_it_goes(self):
        read = []

        def texts():
            for number in range(100):
                read.append(number)
                yield f"The council voted for the new bridge number {number} by twelve votes to nine."

        one = translator(from_="en")
        stream = one.translate_many(texts())
        first = next(stream).text
        self.assertLess(len(read), 50)
        rest = [made.text for made in stream]
        self.assertEqual(len(rest), 99)
        self.assertEqual(first, one.translate(next(texts())).text)

    def test_an_error_stands_in_its_place(self):
        texts = ["The library opens at nine, except on Sundays.", "42", "The mayor promised a decision soon."]
        made = list(translator().translate_many(texts, errors="return"))
        self.assertIsInstance(made[1], TraghettoError)
        self.assertEqual(made[1].kind, "input")
        self.assertIn("too little text", str(made[1]))
        self.assertIn("--from", made[1].hint)
        self.assertTrue(made[2].text)
        stream = translator().translate_many(texts)
        next(stream)
        with self.assertRaises(TraghettoError):
            next(stream)
        self.assertEqual(next(stream).text, made[2].text)

    def test_what_an_iterable_raises_comes_after_what_it_gave(self):
        def texts():
            yield "The library opens at nine, except on Sundays."
            raise KeyError("gone")

        stream = translator().translate_many(texts())
        self.assertTrue(next(stream).text)
        with self.assertRaises(KeyError):
            next(stream)
        self.assertEqual(list(stream), [])

    def test_texts_that_ask_for_their_own_translations_are_an_error(self):
        stream = None

        def texts():
            yield next(stream).text

        stream = translator().translate_many(texts())
        with self.assertRaisesRegex(RuntimeError, "at work already"):
            next(stream)

    def test_mistakes_are_errors_that_name_the_culprit(self):
        with self.assertRaisesRegex(TraghettoError, "klingon") as raised:
            Translator(to="klingon")
        self.assertEqual(raised.exception.kind, "usage")
        with self.assertRaisesRegex(TraghettoError, "no-such-model") as raised:
            translator(model="no-such-model").translate("It rains again today in the whole country.")
        again = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(again), again.kind), (str(raised.exception), raised.exception.kind))
        with self.assertRaisesRegex(TraghettoError, "sideways"):
            translator(quality="sideways")
        with self.assertRaises(TypeError):
            translator().translate(42)
        with self.assertRaisesRegex(TypeError, "a text is a str, not int: 42"):
            next(translator().translate_many([42]))
        with self.assertRaisesRegex(TypeError, "not one text"):
            translator().translate_many("It rains.")
        with self.assertRaisesRegex(ValueError, "ignore"):
            translator().translate_many(["a"], errors="ignore")

    def test_logging_is_pythons(self):
        with self.assertLogs("traghetto", logging.DEBUG) as logs:
            translator().translate("It rains again today in the whole country.")
        self.assertTrue(any("segments" in line for line in logs.output), logs.output)

    def test_other_threads_run_meanwhile(self):
        ticks, done = [], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.005)

        one = translator(from_="en", threads=1)
        one.translate("It rains.")
        thread = threading.Thread(target=tick)
        thread.start()
        started = time.monotonic()
        # Equal sentences would be translated once.
        one.translate(" ".join(f"The bridge was built in {year} and has been repaired four times." for year in range(1600, 1900)))
        ended = time.monotonic()
        done.set()
        thread.join()
        within = [tick for tick in ticks if started < tick < ended]
        self.assertGreater(len(within), (ended - started) / 0.005 / 20)


class Arrow(unittest.TestCase):
    TEXTS = ["Please close the window.", None, "  ", "It rains. " * 20, "Feche a janela, por favor, e abra a porta."]

    def test_a_column(self):
        one = translator()
        for kind in (pyarrow.string(), pyarrow.large_string(), pyarrow.string_view()):
            made = pyarrow.table(one.translate_arrow(pyarrow.array(self.TEXTS, kind), max_bytes=100))
            self.assertEqual(
                made.column_names, ["language", "translation", "risk", "findings", "route", "models", "rejected"]
            )
            rows = made.to_pylist()
            self.assertEqual(rows[0]["translation"], one.translate(self.TEXTS[0]).text)
            self.assertEqual(rows[0]["route"], "en → pt by student-en-pt")
            self.assertEqual(json.loads(rows[0]["models"])[0]["id"], "student-en-pt")
            whys = [row["rejected"] and row["rejected"].split(":")[0] for row in rows]
            self.assertEqual(whys, [None, "empty", "empty", "too-long", None])
            self.assertEqual((rows[4]["translation"], rows[4]["route"]), (self.TEXTS[4], ""))

    def test_streams_and_slices(self):
        texts = [f"The council bought {number} bicycles." for number in range(20)]
        chunks = pyarrow.chunked_array([texts[:7], texts[7:]])
        one = translator(from_="en")
        reader = pyarrow.RecordBatchReader.from_stream(one.translate_arrow(chunks, batch_bytes=150))
        sizes, found = [], []
        for batch in reader:
            sizes.append(batch.num_rows)
            found += batch.column("translation").to_pylist()
        self.assertLess(max(sizes), 7)
        self.assertEqual(found, [made.text for made in one.translate_many(texts)])
        part = pyarrow.table(one.translate_arrow(pyarrow.array(texts).slice(5, 3)))
        self.assertEqual(part.column("translation").to_pylist(), found[5:8])

    def test_a_series_of_polars(self):
        made = polars.DataFrame(translator().translate_arrow(polars.Series(["Please close the window."])))
        self.assertIn("feche a janela", made["translation"][0].lower())

    def test_what_is_no_column_of_strings(self):
        with self.assertRaisesRegex(TypeError, "Int64"):
            translator().translate_arrow(pyarrow.array([1, 2]))
        rows = translator().translate_arrow(pyarrow.array(["It rains."]))
        pyarrow.table(rows)
        with self.assertRaisesRegex(ValueError, "read already"):
            pyarrow.table(rows)


class Others(unittest.TestCase):
    def test_summaries_of_the_texts_own_sentences(self):
        text = "The council voted for the new bridge. It rained. The new bridge will cost the council nine million euros."
        made = Summarizer(extract=True, length="1s", store=STORE, offline=True).summarize(text)
        self.assertIn("bridge", made.text)
        self.assertEqual((made.language, made.model), ("en", "extract"))

    def test_checks_and_detection(self):
        found = check("Già hanno votato 81 deputati.", "18 deputies voted already.", "it", "en")
        self.assertEqual((found[0].id, found[0].severity), ("number", "error"))
        # Places are counted in characters, not bytes.
        self.assertEqual(found[0].source_span, (17, 19))
        self.assertEqual(detect("Il governo ha smentito la notizia di ieri.").language, "it")
        self.assertIsNone(detect("42").language)


if __name__ == "__main__":
    unittest.main()
