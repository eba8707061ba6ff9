"""llama.cpp translates chats, read as JSON from standard input, greedily and one after another.

Arguments: model, threads, most tokens an answer. Prints JSON: the texts, and the seconds after loading.
llama.cpp keeps what a prompt shares with the one before it, so the common beginning is read once here too.
"""
import json
import sys
import time

from llama_cpp import Llama

model, threads, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
requests = json.load(sys.stdin)
llm = Llama(model, n_ctx=2048, n_threads=threads, n_threads_batch=threads, verbose=False)
start = time.perf_counter()
texts = []
for messages in requests:
    answer = llm.create_chat_completion(messages, temperature=0.0, max_tokens=most)
    texts.append(answer["choices"][0]["message"]["content"].strip().replace("\n", " "))
print(json.dumps({"texts": texts, "seconds": time.perf_counter() - start}))
