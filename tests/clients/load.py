"""Many clients at once, each of which asks for one sentence after the other, against one or more servers in turns:

    python3 tests/clients/load.py --clients 64 --seconds 20 --rounds 3 ours=http://127.0.0.1:5000 theirs=http://127.0.0.1:5001

Prints a line a round and server: sentences a second, and how long half, 95% and 99% of the answers took at most. Servers take
turns, so that what else the machine does falls on both; its load is told. With `--beside FILE` the text of FILE is translated
meanwhile, again and again. Fails if an answer is no translation. Needs Python alone."""

import argparse
import asyncio
import json
import os
import random
import time
import urllib.parse

SENTENCES = """The ferry leaves at noon.
Nobody knows what will happen next, but the talks between the two governments go on.
Please close the window before you leave the house.
In 2019 the company sold 1,500 cars in 12 countries.
The minister denied the report on Monday.
It rains.
The city council wants to close the old bridge to cars until the end of the summer.
Scientists say that the new vaccine protects most people for at least six months.
She opened the letter, read it twice and put it back on the table.
More than 300 people have lost their homes after the storm, according to the police.
The price of bread has gone up by 12 percent since January.
He plays the violin.
The museum will be open on Sunday from nine in the morning until six in the evening.
Two trains collided near the station, but nobody was seriously injured.
The court ruled that the law does not apply to companies with fewer than ten employees.
Our team lost the last match of the season by three goals to one.""".splitlines()

ap = argparse.ArgumentParser()
ap.add_argument("servers", nargs="+", metavar="NAME=URL")
ap.add_argument("--clients", type=int, default=64)
ap.add_argument("--seconds", type=float, default=20)
ap.add_argument("--rounds", type=int, default=3)
ap.add_argument("--beside", metavar="FILE")
a = ap.parse_args()


class Client:
    """A connection that is kept, to /translate."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.address = (address.hostname, address.port)

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(*self.address)

    async def ask(self, text):
        body = json.dumps({"q": text, "source": "en", "target": "pt"}).encode()
        head = f"POST /translate HTTP/1.1\r\nHost: load\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        answer = await self.reader.readexactly(length)
        status = head.split(" ")[1]
        if status != "200" or not json.loads(answer)["translatedText"]:
            raise ValueError(f"{status}: {answer[:200]!r}")

    def close(self):
        self.writer.close()


async def work(url, texts, until, took, failed):
    client = Client(url)
    await client.open()
    while time.perf_counter() < until:
        began = time.perf_counter()
        try:
            await client.ask(next(texts))
        except Exception as error:
            failed.append(repr(error))
            return
        took.append(time.perf_counter() - began)
    client.close()


def drawn(seed):
    random_ = random.Random(seed)
    while True:
        yield random_.choice(SENTENCES)


def always(text):
    while True:
        yield text


async def measure(url):
    took, failed, long = [], [], []
    began = time.perf_counter()
    until = began + a.seconds
    tasks = [work(url, drawn(seed), until, took, failed) for seed in range(a.clients)]
    beside = []
    if a.beside:
        with open(a.beside, encoding="utf-8") as file:
            beside = [asyncio.create_task(work(url, always(file.read()), until, long, failed))]
        await asyncio.sleep(0.5)
    await asyncio.gather(*tasks)
    seconds = time.perf_counter() - began
    for task in beside:
        task.cancel()
    took.sort()
    at = lambda share: round(1000 * took[min(len(took) - 1, int(share * len(took)))]) if took else None
    return {
        "sentences_s": round(len(took) / seconds, 1), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99),
        "answers": len(took), "failed": failed[:3], "load": os.getloadavg()[0],
    }


def main():
    servers = [server.split("=", 1) for server in a.servers]
    wrong = False
    for number in range(a.rounds + 1):
        for name, url in servers:
            row = asyncio.run(measure(url))
            wrong = wrong or bool(row["failed"])
            # The first round warms up.
            print(json.dumps({"round": number or "warm-up", "server": name, "clients": a.clients, **row}), flush=True)
    raise SystemExit(wrong)


main()
