"""Makes src/languages/<code>/forms.bloom: which word forms a language has, as src/languages/forms.rs reads them.

    pip install wordfreq==3.1.1
    python3 tests/examples/word_forms.py src/languages

The lists hold words of other languages too, since people quote. A rare word that is far commoner in another one of the six
is left out.
"""

import math
import re
import sys
from pathlib import Path

from wordfreq import get_frequency_dict

LANGS = ["de", "en", "es", "fr", "it", "pt"]
# The least frequency, as zipf (the logarithm of how often among a billion words). German has compounds without end, which are
# told by their parts.
LEAST = {"de": 1.3}
# A word below the first zipf that is the second commoner elsewhere belongs there.
RARE, ELSEWHERE = 2.3, 1.3
BITS = 8
PROBES = 5


def zipf(frequency):
    return math.log10(frequency) + 9 if frequency else 0.0


def fnv(word):
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def forms(lang, lists):
    kept = set()
    for token, frequency in lists[lang].items():
        for word in re.findall(r"[^\W\d_]{3,}", token):
            own = zipf(lists[lang].get(word, 0.0)) or zipf(frequency)
            other = max(zipf(lists[code].get(word, 0.0)) for code in LANGS if code != lang)
            if own >= LEAST.get(lang, 0.0) and not (own < RARE and other - own >= ELSEWHERE):
                kept.add(word)
    return kept


def bloom(words):
    size = math.ceil(len(words) * BITS / 8)
    filled = bytearray(size)
    for word in words:
        value = fnv(word)
        first, step = value & 0xFFFFFFFF, value >> 32 | 1
        for probe in range(PROBES):
            bit = (first + probe * step) % (size * 8)
            filled[bit // 8] |= 1 << bit % 8
    return bytes(filled)


def main():
    folder = Path(sys.argv[1])
    lists = {lang: get_frequency_dict(lang, "large") for lang in LANGS}
    for lang in LANGS:
        words = forms(lang, lists)
        data = bloom(sorted(words))
        (folder / lang / "forms.bloom").write_bytes(data)
        print(lang, len(words), "forms", len(data), "bytes")


if __name__ == "__main__":
    main()
