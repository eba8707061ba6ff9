"""Mixed requests of eight clients for some minutes against a running server, whose memory is read every ten seconds.

    python3 tests/clients/soak.py http://127.0.0.1:5000 PID MINUTES

Needs the students between English and Portuguese, smollm2-135m and e5-small. Fails if a request fails, or if the memory after
a fifth of the time ever leaves its mean by more than 5%."""

import json
import os
import random
import sys
import threading
import time
import urllib.request

url, pid, minutes = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
WORDS = "the ferry minister report talks window company government noon harbour sold denied leaves closes 1,500 2019 Monday".split()
stop = time.time() + 60 * minutes
counts, failures, lock = {}, [], threading.Lock()


def ask(method, path, body=None, accept="*/*"):
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Accept": accept, **({"Content-Type": "application/json"} if data else {})}
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.read().decode()


def sentence(random):
    return " ".join(random.choices(WORDS, k=random.randint(4, 14))).capitalize() + "."


def text(random, sentences):
    return " ".join(sentence(random) for _ in range(sentences))


def glossary(random):
    terms = {"name": "soak", "source_lang": "en", "target_lang": "pt", "entries": "ferry\tbarca", "entries_format": "tsv"}
    made = json.loads(ask("POST", "/v2/glossaries", terms))["glossary_id"]
    ask("POST", "/v2/translate", {"text": [sentence(random)], "source_lang": "EN", "target_lang": "PT", "glossary_id": made})
    ask("DELETE", f"/v2/glossaries/{made}")


def gone(random):
    """A client that doesn't wait for its answer."""
    request = urllib.request.Request(url + "/translate", json.dumps({"q": text(random, 200), "source": "en", "target": "pt"}).encode(),
                                     {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=0.2).read()
    except OSError:
        pass


def file(random):
    body = ("--b\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\nen\r\n--b\r\nContent-Disposition: form-data; name=\"target\"\r\n\r\npt"
            f"\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n\r\n# {text(random, 8)}\r\n--b--\r\n")
    request = urllib.request.Request(url + "/translate_file", body.encode(), {"Content-Type": "multipart/form-data; boundary=b"})
    made = json.loads(urllib.request.urlopen(request, timeout=300).read())
    urllib.request.urlopen(made["translatedFileUrl"], timeout=60).read()


KINDS = [
    (20, "sentence", lambda r: ask("POST", "/translate", {"q": sentence(r), "source": "en", "target": "pt"})),
    (8, "list", lambda r: ask("POST", "/translate", {"q": [sentence(r) for _ in range(20)], "source": "en", "target": "pt"})),
    (6, "auto", lambda r: ask("POST", "/translate", {"q": "The ferry leaves at noon, and nobody knows why.", "source": "auto", "target": "pt"})),
    (6, "html", lambda r: ask("POST", "/translate", {"q": f"<p>{sentence(r)} <b>{sentence(r)}</b></p>", "source": "en", "target": "pt", "format": "html"})),
    (6, "back", lambda r: ask("POST", "/translate", {"q": "O ministro chegou. " + str(r.random()), "source": "pt", "target": "en"})),
    (3, "stream", lambda r: ask("POST", "/translate", {"q": text(r, 30), "source": "en", "target": "pt"}, "text/event-stream")),
    (6, "check", lambda r: ask("POST", "/check", {"source": sentence(r), "translation": "Em 2019 venderam 1.800 carros.", "from": "en", "to": "pt"})),
    (6, "detect", lambda r: ask("POST", "/detect", {"q": sentence(r)})),
    (3, "extract", lambda r: ask("POST", "/summarize", {"q": text(r, 12), "source": "en", "extract": True})),
    (1, "chat", lambda r: ask("POST", "/v1/chat/completions", {"model": "smollm2-135m", "max_tokens": 16, "messages": [{"role": "user", "content": sentence(r)}]})),
    (3, "vectors", lambda r: ask("POST", "/v1/embeddings", {"model": "e5-small", "input": [sentence(r) for _ in range(4)]})),
    (2, "glossary", glossary), (2, "gone", gone), (2, "file", file),
    (4, "page", lambda r: ask("GET", "/") + ask("GET", "/metrics") + ask("GET", "/spec")),
]


def client(seed):
    random_ = random.Random(seed)
    while time.time() < stop:
        _, name, act = random_.choices(KINDS, [weight for weight, _, _ in KINDS])[0]
        try:
            act(random_)
        except Exception as error:
            with lock:
                failures.append(f"{name}: {error}")
        with lock:
            counts[name] = counts.get(name, 0) + 1


# A chat model keeps what it read of the last prompts, up to 3072 positions: they fill before anything is measured.
for _ in range(80):
    next(act for _, name, act in KINDS if name == "chat")(random)
stop = time.time() + 60 * minutes
threads = [threading.Thread(target=client, args=(seed,)) for seed in range(8)]
for thread in threads:
    thread.start()
began, seen = time.time(), []
while time.time() < stop:
    time.sleep(min(10, max(0, stop - time.time())))
    with open(f"/proc/{pid}/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    mib = int(lines["VmRSS"].split()[0]) / 1024
    seen.append((time.time() - began, mib))
    files = len(os.listdir(f"/proc/{pid}/fd"))
    print(f"{seen[-1][0]:6.0f} s  {mib:7.1f} MiB  {files} files  {lines['Threads'].strip()} threads  {sum(counts.values())} requests", flush=True)
for thread in threads:
    thread.join()
warm = [mib for at, mib in seen if at > 60 * minutes / 5]
mean = sum(warm) / len(warm)
spread = max(abs(mib - mean) for mib in warm) / mean
print(counts)
print(f"mean {mean:.1f} MiB, at most {100 * spread:.1f}% off; failed: {failures[:5]}")
sys.exit(bool(failures) or spread > 0.05)
