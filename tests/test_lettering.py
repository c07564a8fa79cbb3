"""Text over the preview, in letters that OpenCV has and in others."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from realtime import lettering


@pytest.fixture
def font(monkeypatch):
    """Let a font that every machine with the requirements has stand for a system's."""
    folder = Path(importlib.util.find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"

    def use(name: str) -> None:
        monkeypatch.setattr(lettering, "_FONTS", {"hi": (str(folder / name),)})
        lettering._font_file.cache_clear()
        lettering._font.cache_clear()
        lettering._letters.cache_clear()

    yield use
    monkeypatch.undo()
    lettering._font_file.cache_clear()
    lettering._font.cache_clear()
    lettering._letters.cache_clear()
    lettering.wrapped.cache_clear()


def test_a_language_can_be_written_where_there_is_a_font_for_it(font):
    font("DejaVuSans.ttf")
    assert lettering.writable("hi")
    font("no such font.ttf")
    assert not lettering.writable("hi")
    assert lettering.writable("de")


@pytest.mark.parametrize("name", ["DejaVuSans.ttf", "no such font.ttf"])
@pytest.mark.parametrize("size", [(900, 1600), (90, 40), (1, 1)])
def test_lines_of_any_letters_are_written_on_a_darkened_panel_and_nowhere_else(font, name, size):
    font(name)
    image = np.full((*size, 3), 200, np.uint8)
    lettering.write_lines(image, ["Größe ¿Qué? à", "नमस्ते", ""])
    if size == (900, 1600):
        lines = [image[36 * n + 8 : 36 * n + 44, :400] for n in range(2)]
        assert all((line == 255).any() and (line == 70).any() for line in lines)
        assert (image[130:] == 200).all()
        assert (image[:, 800:] == 200).all()
