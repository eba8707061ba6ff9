"""CTranslate2 translates sentences, read as JSON from standard input, in batches, greedily.

Arguments: a folder in the Hub's layout with source.spm and target.spm, threads, languages. The model is converted to 8-bit
integers first, which doesn't count. Prints JSON: the texts, and the seconds after conversion and loading.
"""
import json
import sys
import tempfile
import time

import ctranslate2
import sentencepiece

folder, threads = sys.argv[1], int(sys.argv[2])
lines = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as out:
    ctranslate2.converters.TransformersConverter(folder).convert(out, quantization="int8", force=True)
    engine = ctranslate2.Translator(out, device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads)
source = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/source.spm")
target = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/target.spm")
start = time.perf_counter()
results = engine.translate_batch([source.encode(line, out_type=str) + ["</s>"] for line in lines], beam_size=1,
                                 max_batch_size=32)
texts = [target.decode(result.hypotheses[0]).strip() for result in results]
print(json.dumps({"texts": texts, "seconds": time.perf_counter() - start}))
