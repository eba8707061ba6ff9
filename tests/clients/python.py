"""Unchanged Python clients against a running server: `traghetto serve --offline`, then

    pip install libretranslatepy deepl
    pip install --no-deps argostranslate
    python3 tests/clients/python.py http://127.0.0.1:5000

Needs the students between English and Portuguese."""

import sys
import urllib.error

import argostranslate.apis
import deepl
from libretranslatepy import LibreTranslateAPI

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000"


def told(call, answer):
    print(f"{call}: {answer}")
    return answer


libre = LibreTranslateAPI(url)
assert told("translate", libre.translate("Please close the window.", "en", "pt")) == "Por favor, feche a janela."
assert told("translate auto", libre.translate("The ferry leaves at noon.", "auto", "pt"))
assert told("detect", libre.detect("The ferry leaves at noon."))[0]["language"] == "en"
assert any(one["code"] == "pt" for one in libre.languages())
for name in ("frontend_settings", "settings"):
    if hasattr(libre, name):
        told(name, getattr(libre, name)())

argos = argostranslate.apis.LibreTranslateAPI(url)
assert told("argos", argos.translate("Please close the window.", "en", "pt")) == "Por favor, feche a janela."
assert told("argos detect", argos.detect("The ferry leaves at noon."))[0]["language"] == "en"
try:
    argos.languages()
    raise AssertionError("/languages was posted, which LibreTranslate's own tests want refused")
except urllib.error.HTTPError as error:
    assert told("argos languages, by POST", error.code) == 405

client = deepl.Translator("any", server_url=url)
one = client.translate_text("Please close the window.", target_lang="PT-BR")
assert told("deepl text", one.text) == "Por favor, feche a janela." and one.detected_source_lang == "EN"
many = client.translate_text(["Hello.", "It rains."], source_lang="EN", target_lang="PT-PT", formality="prefer_more")
assert len(told("deepl list", [each.text for each in many])) == 2
html = client.translate_text("<p>Please <b>close</b> it.</p>", target_lang="PT-BR", tag_handling="html")
assert "<b>" in told("deepl html", html.text)
assert any(lang.code == "EN" for lang in client.get_source_languages())
assert any(lang.code == "PT" for lang in client.get_target_languages())
assert told("deepl usage", client.get_usage().character.count) > 0
terms = client.create_glossary("ours", "EN", "PT", {"window": "janelinha"})
assert told("glossary", terms).entry_count == 1 and terms.ready
assert client.get_glossary_entries(terms) == {"window": "janelinha"}
assert terms.glossary_id in [one.glossary_id for one in client.list_glossaries()]
assert any(pair.target_lang == "pt" for pair in client.get_glossary_languages())
fixed = client.translate_text("Please close the window.", source_lang="EN", target_lang="PT-BR", glossary=terms)
told("deepl glossary", fixed.text)
client.delete_glossary(terms)
if hasattr(deepl, "DeepLClient"):
    many = deepl.DeepLClient("any", server_url=url)
    entries = deepl.api_data.MultilingualGlossaryDictionaryEntries
    book = many.create_multilingual_glossary("ours", [entries("EN", "PT", {"window": "janelinha"}), entries("PT", "EN", {"barca": "ferry"})])
    assert len(told("glossary of two pairs", book).dictionaries) == 2
    many.update_multilingual_glossary_dictionary(book, entries("EN", "PT", {"boat": "barco"}))
    answer = many.get_multilingual_glossary_entries(book, "EN", "PT")
    assert told("entries", str(answer.dictionaries[0].entries))
    many.replace_multilingual_glossary_dictionary(book, entries("EN", "PT", {"boat": "barco"}))
    many.update_multilingual_glossary_name(book, "theirs")
    assert many.get_multilingual_glossary(book.glossary_id).name == "theirs"
    many.delete_multilingual_glossary_dictionary(book, source_lang="PT", target_lang="EN")
    assert len(many.list_multilingual_glossaries()) >= 1
    many.delete_multilingual_glossary(book)
try:
    client.translate_text("Hello.", target_lang="XX")
    raise AssertionError("a language that there isn't was taken")
except deepl.DeepLException as error:
    told("deepl unknown language", error)
print("all calls answered")
