"""The shipped pictures of the emoji packs, as files and against the sources they are rendered from."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from itertools import combinations, pairwise

import cv2
import numpy as np
import pytest

from realtime.packs.pack import PACKS, find_packs
from realtime.records import EMOTIONS, PRESENTATIONS

pytest.importorskip("resvg_py", reason="resvg-py is not installed")

NAMES = sorted(folder.name for folder in find_packs())
MAX_DRAWING_BYTES, MAX_CARD_BYTES, MAX_FOLDER_BYTES = 36_000, 60_000, 13_000_000


def _renderer():
    spec = importlib.util.spec_from_file_location("emoji_render", PACKS / "render.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


render = _renderer()


@pytest.fixture(scope="module", params=NAMES)
def shipped(request):
    """Return a pack, and its pictures as the files hold them."""
    pack = render.Pack(request.param)
    return pack, render.shipped(pack)


def test_every_emotion_has_a_strong_and_a_calm_drawing_and_there_is_one_for_unsure(shipped):
    pack, _ = shipped
    names = {
        *EMOTIONS,
        "unsure",
        "wink",
        "tongue",
        *(f"{emotion}_calm" for emotion in EMOTIONS if emotion != "neutral"),
    }
    assert set(pack.files) == {(name, presentation) for name in names for presentation in PRESENTATIONS}
    assert set(pack.cards) == {"paused", "lost"}


def test_the_avatars_have_six_skins():
    pack = render.Pack("avatar")
    assert list(pack.skins) == ["yellow", "light", "medium-light", "medium", "medium-dark", "dark"]
    pictures = render.shipped(pack)
    alphas = [np.asarray(pictures[path])[..., 3] for path in pack.skins.values()]
    middles = [np.asarray(pictures[path].convert("L"))[256, 256] for path in pack.skins.values()]
    assert all((alpha == 255).sum() == (alphas[0] == 255).sum() for alpha in alphas)
    assert all(lighter > darker + 10 for lighter, darker in pairwise(middles[1:]))


def test_drawings_cover_a_head_over_every_skin_and_are_told_apart_when_small(shipped):
    assert render.faults(*shipped) == []


def test_a_calm_drawing_is_weaker_than_the_strong_one(shipped):
    """Less of the face differs from the neutral one."""
    pack, pictures = shipped
    drawings = {key: np.asarray(picture.convert("L"), float) for key, picture in pack.shown(pictures).items()}
    inside = pack.inside_cover()
    for emotion in EMOTIONS:
        for presentation in PRESENTATIONS:
            calm = drawings.get((f"{emotion}_calm", presentation))
            if calm is not None:
                plain = drawings["neutral", presentation]
                changes = [np.abs(drawn - plain)[inside].mean() for drawn in (calm, drawings[emotion, presentation])]
                assert changes[0] < 0.9 * changes[1], (emotion, presentation)


def test_no_two_drawings_are_the_same(shipped):
    pack, pictures = shipped
    small = {path.name: np.asarray(pictures[path].resize((64, 64)), int) for path in pack.files.values()}
    for one, other in combinations(small, 2):
        assert np.abs(small[one] - small[other]).mean() > 2, (one, other)


def test_files_are_small_and_readable_as_pictures_with_transparency(shipped):
    pack, _ = shipped
    for path in [*pack.files.values(), *pack.skins.values()]:
        data = path.read_bytes()
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image.shape == (512, 512, 4), path
        assert image.dtype == np.uint8
        assert image[0, 0, 3] == image[0, -1, 3] == 0, path
        assert len(data) <= MAX_DRAWING_BYTES, path


def test_cards_are_small_and_opaque(shipped):
    pack, pictures = shipped
    for path in pack.cards.values():
        assert cv2.imread(str(path), cv2.IMREAD_COLOR).shape == (720, 1280, 3)
        assert np.asarray(pictures[path])[..., 3].min() == 255
        assert path.stat().st_size <= MAX_CARD_BYTES


def test_all_art_together_is_small():
    assert sum(path.stat().st_size for path in PACKS.rglob("*") if path.is_file()) <= MAX_FOLDER_BYTES


def test_reduced_pictures_stay_opaque_and_transparent_exactly_where_they_were():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (32, 32, 4)).astype(np.uint8)
    pixels[:8, :, 3], pixels[8:16, :, 3] = 255, 0
    reduced = np.asarray(render.reduce_colours(render.Image.fromarray(pixels)).convert("RGBA"))
    for value in (0, 255):
        assert ((reduced[..., 3] == value) == (pixels[..., 3] == value)).all()
    assert len(np.unique(reduced.reshape(-1, 4), axis=0)) <= 256


def test_drawings_match_their_sources():
    """The packs are checked side by side, as rendering takes long."""
    command = [sys.executable, PACKS / "render.py", "--check"]
    checks = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name in NAMES
    ]
    told = [check.communicate()[0] for check in checks]
    assert [check.returncode for check in checks] == [0] * len(NAMES), "\n".join(told)


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_composed_of_its_groups_is_the_one_that_is_rendered(name):
    """So that the check, which composes them, sees what was written."""
    svg, rendered = render.Pack(name).folder / "svg", {}
    for presentation in PRESENTATIONS:
        composed = render.compose_drawing(svg, "sad", presentation, rendered)
        assert render.difference(composed, render.render_drawing(svg, "sad", presentation)) < render.REDUCTION / 6


def test_a_changed_drawing_is_seen_as_stale():
    pack = render.Pack("avatar")
    path = pack.files["sad_calm", "male"]
    image = render.render_drawing(pack.folder / "svg", "sad_calm", "male")
    assert render.stale(pack, {path: image}) == []
    moved = render.Image.fromarray(np.roll(np.asarray(image), 2, axis=0))
    assert "differs from its sources" in render.stale(pack, {path: moved})[0]
    missing = path.with_name("missing.png")
    assert render.stale(pack, {missing: image}) == [f"{missing}: missing"]


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "does not exist"), ('<svg viewBox="0 0 9 9"/>', "is no card"), ('viewBox="0 0 1280 720" <', "rendered")],
)
def test_a_broken_card_is_named(text, message, tmp_path):
    path = tmp_path / "paused.svg"
    if text:
        path.write_text(text)
    with pytest.raises(render.PackError, match=message):
        render.render_card(path)
