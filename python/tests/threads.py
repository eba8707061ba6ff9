"""Measures how Python threads scale, each with its own translator of one thread, beside one translator with so many threads of
its own: sentences a second, the two in turns.

    TRAGHETTO_STORE=… threads.py SENTENCES [N [TIMES]]
"""

import os
import pathlib
import statistics
import sys
import threading
import time

from traghetto import Translator

count, times = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 200), (3, 3)))
lines = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()[:count]


def translator(threads):
    one = Translator("pt", from_="en", model="student-en-pt", offline=True, store=os.environ["TRAGHETTO_STORE"], threads=threads)
    one.translate("It rains.")
    return one


def rate(work):
    threads = [threading.Thread(target=lambda one=one, part=part: one.translate("\n".join(part))) for one, part in work]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(lines) / (time.monotonic() - started)


singles = [translator(1) for _ in range(4)]
own = {threads: translator(threads) for threads in (1, 2, 4)}
found = {}
for _ in range(times):
    for threads in own:
        parts = [(singles[i], lines[i::threads]) for i in range(threads)]
        found.setdefault(f"{threads} Python threads", []).append(rate(parts))
        found.setdefault(f"{threads} threads of one translator", []).append(rate([(own[threads], lines)]))
for what, rates in found.items():
    print(f"{what}: {statistics.median(rates):.1f} sentences/s")
