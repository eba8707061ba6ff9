"""Translate and summarise texts with open models on your own machine, and tell what to check in the result."""

from ._traghetto import (
    ArrowRows,
    Detection,
    Finding,
    Segment,
    Summarizer,
    Summary,
    TraghettoError,
    Translation,
    Translations,
    Translator,
    __version__,
    check,
    detect,
)

__all__ = [
    "ArrowRows",
    "Detection",
    "Finding",
    "Segment",
    "Summarizer",
    "Summary",
    "TraghettoError",
    "Translation",
    "Translations",
    "Translator",
    "__version__",
    "check",
    "detect",
]
