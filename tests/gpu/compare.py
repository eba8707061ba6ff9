"""Compares what a device makes of a few sentences with what the CPU makes, then measures the device; see run.sh.

Greedy, each sentence's text is the same but where two tokens are as good as equally probable: nine in ten must be. Where
both give the same text twice, its mean log-probability a token differs by 0.02 at most, as logits do in half precision.
A student has a shortlist on the CPU only, and 8-bit activations there, so that fewer of its texts are the same.
"""
import json
import os
import subprocess
import sys
import time

PROGRAM, DEVICE, FOLDER = (os.environ[name] for name in ("PROGRAM", "DEVICE", "FOLDER"))
BUDGET, LARGEST = int(os.environ["BUDGET"]), int(os.environ["LARGEST"])
START = time.monotonic()
TEXTS = {
    "en": ["The house is small.", "The train to Milan leaves at eight in the morning.",
           "She said that the council had not yet decided.", "About 3,000 people attended the meeting on Tuesday.",
           "The bridge was closed after the storm damaged two of its pillars.", "Nobody was hurt, the police said.",
           "Prices rose by 4.5% last year, more than wages did.", "He has worked as a nurse since 2009."],
    "it": ["La casa è piccola.", "Il treno per Milano parte alle otto del mattino.",
           "Ha detto che il consiglio non aveva ancora deciso.", "Circa 3.000 persone hanno partecipato martedì.",
           "Il ponte è stato chiuso dopo la tempesta.", "Nessuno è rimasto ferito, ha detto la polizia.",
           "I prezzi sono aumentati del 4,5%, più dei salari.", "Lavora come infermiere dal 2009."],
    "pt": ["A casa é pequena.", "O comboio para Milão parte às oito da manhã.",
           "Ela disse que o conselho ainda não tinha decidido.", "Cerca de 3.000 pessoas participaram na terça-feira.",
           "A ponte foi fechada depois da tempestade.", "Ninguém ficou ferido, disse a polícia.",
           "Os preços subiram 4,5%, mais do que os salários.", "Trabalha como enfermeiro desde 2009."],
}
# Share of texts that must be the same.
SAME = {"marian-student": 0.75}


def left():
    return BUDGET - (time.monotonic() - START)


def run(arguments, seconds, text=None):
    """What the program prints, or None and why on standard error."""
    try:
        done = subprocess.run([PROGRAM, *arguments, "--offline", "--no-memory"], input=text, capture_output=True,
                              text=True, timeout=max(1, min(seconds, left())))
    except subprocess.TimeoutExpired:
        print(f"  {' '.join(arguments[:4])}: took longer than {seconds:.0f} s", file=sys.stderr)
        return None
    if done.returncode:
        print(f"  {' '.join(arguments[:4])}: {done.stderr.strip().splitlines()[-2:]}", file=sys.stderr)
        return None
    return done.stdout


def segments(model, pair, device, more):
    source, target = pair
    out = run(["translate", "-", "--model", model, "--from", source, "--to", target, "--device", device, "--repair",
               "off", "--json", "-q", *more], 90, "\n\n".join(TEXTS[source]))
    return out and json.loads(out)["translations"][0]["segments"]


def compare(model, pair, scored):
    """Whether the device agrees with the CPU; None if it couldn't be asked."""
    cpu, gpu = (segments(model["id"], pair, device, []) for device in ("cpu", DEVICE))
    if not cpu or not gpu:
        return None
    same = sum(a["text"] == b["text"] for a, b in zip(cpu, gpu)) / len(cpu)
    needed = SAME.get(model["architecture"], 0.9)
    line = f"  {model['id']} {'→'.join(pair)}: {same:.0%} of the texts are the same (at least {needed:.0%})"
    good = same >= needed
    for a, b in zip(cpu, gpu):
        if a["text"] != b["text"]:
            print(f"    cpu {a['text']}\n    {DEVICE} {b['text']}")
    if scored:
        two = ["--alternatives", "2"]
        cpu, gpu = (segments(model["id"], pair, device, two) for device in ("cpu", DEVICE))
        scores = [({x["text"]: x["score"] for x in a["alternatives"]}, {x["text"]: x["score"] for x in b["alternatives"]})
                  for a, b in zip(cpu or [], gpu or [])]
        apart = [abs(a[text] - b[text]) for a, b in scores for text in a if text in b]
        if apart:
            line += f", scores differ by {max(apart):.4f} (at most 0.02)"
            # The CPU's 8-bit weights and activations aren't the device's halves.
            good = good and (max(apart) <= 0.02 or model["architecture"] == "marian-student")
    print(line)
    return good


def main():
    listed = json.loads(run(["models", "list", "--here", "--json"], 30) or "[]")
    models = sorted((model for model in listed if "translate" in model["tasks"] and model["size"] <= LARGEST),
                    key=lambda model: model["size"])
    results = []
    print("equality")
    for model in models:
        if left() < BUDGET * 0.5:
            break
        # A language model has no list of pairs.
        pairs = [tuple(pair) for pair in model["pairs"]] or [("it", "en")]
        pair = next((pair for pair in pairs if pair[0] in TEXTS), None)
        if pair:
            results.append(compare(model, pair, scored=bool(model["pairs"])))
    print("speed")
    for model in models:
        if left() < 60:
            break
        name = os.path.join(FOLDER, f"bench-{model['id']}.json")
        out = run(["bench", "--model", model["id"], "--device", DEVICE, "--batch", "1,8,32", "--repeat", "3", "--json"],
                  120)
        if out:
            with open(name, "w", encoding="utf-8") as file:
                file.write(out)
            for row in json.loads(out)["rows"]:
                figures = {key: round(value["median"], 2) for key, value in row["measures"].items()}
                print(f"  {model['id']} batch {row.get('batch', 1)}: {figures}")
    print(f"{time.monotonic() - START:.0f} s")
    results = [result for result in results if result is not None]
    sys.exit(2 if not results else 0 if all(results) else 1)


main()
