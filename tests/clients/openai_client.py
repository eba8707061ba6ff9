"""The unchanged `openai` package against a running server: `traghetto serve --offline`, then

    pip install openai
    python3 tests/clients/openai_client.py http://127.0.0.1:5000

Needs the student from English to Portuguese, smollm2-135m and e5-small."""

import sys

import openai

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000"
client = openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)


def told(call, answer):
    print(f"{call}: {answer}")
    return answer


ids = [model.id for model in client.models.list()]
assert {"student-en-pt", "smollm2-135m", "e5-small"} <= set(told("models", ids))
assert client.models.retrieve("e5-small").id == "e5-small"

window = [{"role": "user", "content": "Please close the window."}]
made = client.chat.completions.create(model="student-en-pt", messages=window)
assert told("translated", made.choices[0].message.content) == "Por favor, feche a janela."
hello = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say hello."}]
made = client.chat.completions.create(model="smollm2-135m", messages=hello, max_tokens=16)
whole = told("whole", made.choices[0].message.content)
assert whole and made.usage.completion_tokens <= 16 and made.choices[0].finish_reason in ("stop", "length")
pieces, usage = [], None
stream = client.chat.completions.create(
    model="smollm2-135m", messages=hello, max_tokens=16, stream=True, stream_options={"include_usage": True})
for chunk in stream:
    usage = chunk.usage or usage
    pieces += [choice.delta.content or "" for choice in chunk.choices]
assert told("streamed", "".join(pieces)) == whole and usage.total_tokens > 0

texts = ["The minister denied the report on Monday.", "O ministro negou a notícia na segunda-feira."]
for encoding in ({}, {"encoding_format": "float"}):
    vectors = [one.embedding for one in client.embeddings.create(model="e5-small", input=texts, **encoding).data]
    likeness = sum(a * b for a, b in zip(*vectors))
    assert 0.85 < told("likeness", likeness) < 1

for wrong, kind in (({"model": "nobody"}, openai.NotFoundError), ({"n": 2}, openai.BadRequestError)):
    try:
        client.chat.completions.create(**{"model": "smollm2-135m", "messages": window, **wrong})
        raise AssertionError(f"{wrong} was taken")
    except kind as error:
        told("refused", error)
print("all calls answered")
