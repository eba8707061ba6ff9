"""fxtranslate translates sentences, read as JSON from standard input, one after another.

Arguments: a folder with model*.bin, *.spm and perhaps lex*.bin, threads, languages. Prints JSON: the texts, and the seconds
after loading.
"""
import json
import pathlib
import sys
import time

from fxtranslate import Translator

folder = pathlib.Path(sys.argv[1])
lines = json.load(sys.stdin)
vocabularies = sorted(folder.glob("*.spm"))
engine = Translator(model=next(folder.glob("model*.bin")).read_bytes(), src_vocab=vocabularies[0].read_bytes(),
                    trg_vocab=vocabularies[-1].read_bytes())
start = time.perf_counter()
texts = [engine.translate(line).strip() for line in lines]
print(json.dumps({"texts": texts, "seconds": time.perf_counter() - start}))
