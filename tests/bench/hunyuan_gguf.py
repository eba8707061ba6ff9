#!/usr/bin/env python3
"""A hunyuan-dense model of random weights in the shape and the mix of types of Hy-MT2-1.8B-Q4_K_M.gguf (1.1 GB), to
time: what it writes is noise.

    python hunyuan_gguf.py FILE.gguf      (needs gguf; 0.19 was used)

Blocks of the K formats are random bytes with scales of a sensible size. The vocabulary is bytes and pairs of them, so
that texts can be read.
"""
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Q

LAYERS, WIDTH, HEADS, KV_HEADS, HEAD, HIDDEN, VOCAB = 32, 2048, 16, 4, 128, 6144, 120_818
rng = np.random.default_rng(20261128)


def blocks(rows, cols, kind):
    """Random weights of about unit gain, as the bytes of `kind`."""
    block, size = gguf.GGML_QUANT_SIZES[kind]
    raw = np.frombuffer(rng.bytes(rows * (cols // block) * size), np.uint8).reshape(rows, cols // block, size).copy()
    std = 1.0 / np.sqrt(cols)
    half = lambda x: np.float16(x).reshape(1).view(np.uint8)
    if kind == Q.Q6_K:
        raw[:, :, 192:208] = rng.integers(-30, 30, raw[:, :, 192:208].shape, dtype=np.int8).view(np.uint8)
        raw[:, :, 208:] = half(std / 300)
    else:
        raw[:, :, 0:2] = half(std / 120)
        raw[:, :, 2:4] = half(std / 16)
    return raw.reshape(rows, -1)


def characters():
    """The character by which byte-level BPE writes each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + n) for n, b in enumerate(others)}}


w = gguf.GGUFWriter(sys.argv[1], "hunyuan-dense")
w.add_block_count(LAYERS)
w.add_embedding_length(WIDTH)
w.add_head_count(HEADS)
w.add_head_count_kv(KV_HEADS)
w.add_key_length(HEAD)
w.add_value_length(HEAD)
w.add_feed_forward_length(HIDDEN)
w.add_context_length(32768)
w.add_layer_norm_rms_eps(1e-5)
# "Dynamic" with alpha 1000, grown once and for all as llama.cpp's converter does.
w.add_rope_freq_base(10000.0 * 1000.0 ** (HEAD / (HEAD - 2)))
w.add_vocab_size(VOCAB)
w.add_tokenizer_model("gpt2")
w.add_tokenizer_pre("hunyuan-dense")
bytes_ = list(characters().values())
common = bytes_[:94]
pairs = [(a, b) for a in common for b in common]
tokens = bytes_ + [a + b for a, b in pairs]
spare = [f"<spare{n}>" for n in range(VOCAB - 2 - len(tokens))]
tokens += spare + ["<s>", "</s>"]
types = [gguf.TokenType.NORMAL] * (VOCAB - len(spare) - 2)
w.add_token_list(tokens)
w.add_token_types(types + [gguf.TokenType.UNUSED] * len(spare) + [gguf.TokenType.CONTROL] * 2)
w.add_token_merges([f"{a} {b}" for a, b in pairs])
w.add_bos_token_id(VOCAB - 2)
w.add_eos_token_id(VOCAB - 1)
w.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")


def matrix(name, rows, cols, kind=Q.Q4_K):
    w.add_tensor(f"{name}.weight", blocks(rows, cols, kind), raw_dtype=kind)


def vector(name, size):
    w.add_tensor(f"{name}.weight", rng.normal(1.0, 0.1, size).astype(np.float32))


# Its output is that of the embeddings.
matrix("token_embd", VOCAB, WIDTH, Q.Q6_K)
vector("output_norm", WIDTH)
for n in range(LAYERS):
    # As llama.cpp's Q4_K_M: an eighth of the layers at either end and every third between have more bits.
    eighth = LAYERS // 8
    finer = Q.Q6_K if n < eighth or n >= 7 * eighth or (n - eighth) % 3 == 2 else Q.Q4_K
    layer = f"blk.{n}"
    vector(f"{layer}.attn_norm", WIDTH)
    matrix(f"{layer}.attn_q", HEADS * HEAD, WIDTH)
    matrix(f"{layer}.attn_k", KV_HEADS * HEAD, WIDTH)
    matrix(f"{layer}.attn_v", KV_HEADS * HEAD, WIDTH, finer)
    matrix(f"{layer}.attn_output", WIDTH, HEADS * HEAD)
    vector(f"{layer}.attn_q_norm", HEAD)
    vector(f"{layer}.attn_k_norm", HEAD)
    vector(f"{layer}.ffn_norm", WIDTH)
    matrix(f"{layer}.ffn_gate", HIDDEN, WIDTH)
    matrix(f"{layer}.ffn_up", HIDDEN, WIDTH)
    matrix(f"{layer}.ffn_down", WIDTH, HIDDEN, finer)
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
