"""What LibreTranslate does with a request, without the rest of it: Flask and waitress in front of CTranslate2, each request
translated by itself as it comes. Its model has the size of a student (6 + 2 layers of 256, 32,000 words, int8) and random
weights, so what it answers means nothing, and each answer is as long as its sentence: the same work as a real one.

    pip install ctranslate2 flask waitress sentencepiece
    python3 tests/clients/rival.py VOCABULARY.spm --port 5001 --beams 1

`tests/clients/load.py` asks it and `traghetto serve` in turns. LibreTranslate itself searches with 4 beams."""

import argparse
import tempfile

import ctranslate2
import flask
import numpy
import sentencepiece
import waitress
from ctranslate2.specs import common_spec, transformer_spec

ap = argparse.ArgumentParser()
ap.add_argument("vocabulary")
ap.add_argument("--port", type=int, default=5001)
ap.add_argument("--beams", type=int, default=1)
ap.add_argument("--translators", type=int, default=1, help="that work at once")
ap.add_argument("--threads", type=int, default=2, help="of each translator")
ap.add_argument("--http-threads", type=int, default=64)
a = ap.parse_args()
pieces = sentencepiece.SentencePieceProcessor(model_file=a.vocabulary)
WIDE, INNER, WORDS = 256, 1536, pieces.vocab_size()
random = numpy.random.default_rng(1)


def weight(*shape):
    return random.normal(0, 0.05, shape).astype(numpy.float32)


def fill(spec, name="", within=""):
    """Gives every weight that is still empty its shape, by what it is and where."""
    if isinstance(spec, list):
        for one in spec:
            fill(one, name, within)
    elif isinstance(spec, common_spec.LinearSpec):
        rows = WORDS if name == "projection" else INNER if (within, name) == ("ffn", "linear_0") else WIDE
        spec.weight = weight(rows, INNER if (within, name) == ("ffn", "linear_1") else WIDE)
        spec.bias = numpy.zeros(rows, numpy.float32)
    elif isinstance(spec, common_spec.LayerNormSpec):
        spec.gamma, spec.beta = numpy.ones(WIDE, numpy.float32), numpy.zeros(WIDE, numpy.float32)
    elif isinstance(spec, common_spec.EmbeddingsSpec):
        spec.weight = weight(WORDS, WIDE)
    elif isinstance(spec, ctranslate2.specs.LayerSpec):
        for key, value in list(vars(spec).items()):
            fill(value, key, name)


def attention(layer, own):
    """Queries, keys and values are one matrix in CTranslate2, but those of the source are two."""
    sizes = [3 * WIDE, WIDE] if own else [WIDE, 2 * WIDE, WIDE]
    for linear, rows in zip(layer.linear, sizes):
        linear.weight, linear.bias = weight(rows, WIDE), numpy.zeros(rows, numpy.float32)


def made(folder):
    spec = transformer_spec.TransformerSpec.from_config((6, 2), 8, pre_norm=False, activation=common_spec.Activation.RELU)
    fill(spec.encoder)
    fill(spec.decoder)
    for layer in spec.encoder.layer:
        attention(layer.self_attention, own=True)
    for layer in spec.decoder.layer:
        attention(layer.self_attention, own=True)
        attention(layer.attention, own=False)
    words = ["<unk>", "<s>", "</s>"] + [f"w{i}" for i in range(3, WORDS)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(folder)


folder = tempfile.mkdtemp()
made(folder)
engine = ctranslate2.Translator(folder, compute_type="int8", inter_threads=a.translators, intra_threads=a.threads)
app = flask.Flask(__name__)


@app.post("/translate")
def translate():
    texts = flask.request.json["q"]
    texts = texts if isinstance(texts, list) else [texts]
    answers = []
    for text in texts:
        source = [f"w{3 + one % (WORDS - 3)}" for one in pieces.encode(text)] + ["</s>"]
        told = engine.translate_batch([source], beam_size=a.beams, min_decoding_length=len(source), max_decoding_length=len(source))
        answers.append(" ".join(told[0].hypotheses[0]))
    return {"translatedText": answers}


waitress.serve(app, host="127.0.0.1", port=a.port, threads=a.http_threads)
