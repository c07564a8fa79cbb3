"""What the panel, the window and practising say, in the user's language. English is what stands in the code.

A language is a file in `languages/`, a table from each English text to its translation; `tests/test_words.py` holds
them complete. What is printed for programs and in a terminal stays English.
"""

from __future__ import annotations

import locale
import os
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "hi": "हिन्दी"}
FOLDER = Path(__file__).with_name("languages")

_table: dict[str, str] = {}
_spoken = ["en"]


def speak(language: str) -> str:
    """Say everything in a language from now on: one of LANGUAGES, or auto, the system's; return which it is."""
    chosen = system_language() if language == "auto" else language
    _table.clear()
    _table.update(translations(chosen))
    _spoken[0] = chosen
    return chosen


def spoken() -> str:
    """Return the language that is spoken, two letters, as pages tell it."""
    return _spoken[0]


def said(text: str, **values: object) -> str:
    """Return a text in the language that is spoken, with values in place of what stands in braces."""
    text = _table.get(text, text)
    return text.format(**values) if values else text


def translations(language: str) -> dict[str, str]:
    """Return what English texts are in a language; nothing for English itself."""
    if language == "en":
        return {}
    return {
        str(key): str(value) for key, value in tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8")).items()
    }


def system_language() -> str:
    """Return the system's language, if it is one of LANGUAGES, else English."""
    if sys.platform == "win32":
        import ctypes

        name = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    else:
        names = (os.environ.get(key, "") for key in ("LC_ALL", "LC_MESSAGES", "LANG"))
        name = next(filter(None, names), "")
    language = name[:2].lower()
    return language if language in LANGUAGES else "en"
