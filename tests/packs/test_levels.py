"""The sizes of a drawing: what a large emoji needs is decoded when it is shown, and a pack is small in memory."""

from __future__ import annotations

import numpy as np

from realtime.packs import pack as module
from realtime.packs.levels import MOST_LARGE, Levels, levels_of
from realtime.packs.pack import PACKS, load_pack
from tests.packs.drawings import disc, moving


def _drawing() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (97, 130, 4), dtype=np.uint8)


def test_the_sizes_are_the_same_whether_kept_or_decoded():
    drawing = _drawing()
    levels = Levels(drawing, drawing.copy)
    assert levels.size_wh == (130, 97)
    assert len(levels) == len(levels_of(drawing)) == 2
    assert all(np.array_equal(one, other) for one, other in zip(levels, levels_of(drawing), strict=True))


def test_the_largest_size_is_not_kept():
    asked = []
    levels = Levels(_drawing(), lambda: asked.append(1) or _drawing())
    assert levels[1].shape == (48, 65, 4)
    assert not asked
    assert levels[0].shape == (97, 130, 4)
    assert asked == [1]


def test_what_is_shown_again_is_not_decoded_again(monkeypatch):
    pack = load_pack(PACKS / "classic")
    decoded = []
    decode = module.decode
    monkeypatch.setattr(module, "decode", lambda data, name: decoded.append(name) or decode(data, name))
    sprites = [drawing.sprites[0] for drawing in pack.drawings.values()]
    for _ in range(3):
        for sprite in sprites[:MOST_LARGE]:
            assert sprite.levels[0].shape == (512, 512, 4)
    assert len(decoded) == MOST_LARGE


def test_a_drawing_is_shown_when_its_file_is_gone_or_broken(made):
    path = made({"neutral.png": disc(), "sad.png": disc((0, 0, 250))})
    pack = load_pack(path)
    before = pack.sprite("sad", "male").levels[0].copy()
    (path / "sad.png").write_bytes(b"broken")
    assert np.array_equal(pack.sprite("sad", "male").levels[0], before)


def test_frames_of_an_animation_are_at_hand(made):
    pack = load_pack(made({"neutral.gif": moving("GIF", duration=50)}))
    assert not any(isinstance(sprite.levels, Levels) for sprite in pack.drawings["neutral", "neutral"].sprites)
