"""The real detector and the real classifier, on real photographs."""

from __future__ import annotations

import json
import os
import shutil
import time

import cv2
import numpy as np
import pytest

from realtime.errors import AssetError
from realtime.faces.blazeface import FRAMING, BlazeFace
from realtime.faces.classifier import FEATURES, HEADS, Classifier
from realtime.faces.preprocess import face_patch
from realtime.faces.region import fer_region
from realtime.faces.search import FaceSearch
from realtime.records import EMOTIONS, GENDERS, Region
from tests.fakes import face, frame


@pytest.fixture(scope="module")
def classifier(shipped_model):
    return Classifier(shipped_model)


# ---- the detector


def test_one_face_is_found_where_it_is(detector, portrait):
    (found,) = detector.detect(frame(image=portrait))
    left, top, right, bottom = found.box
    assert 150 < left < right < 380
    assert 120 < top < bottom < 360
    assert found.score > 0.7
    assert found.keypoints.points.shape == (4, 2)
    left_eye, right_eye, nose, mouth = found.keypoints.points[:4]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < mouth[1]


def test_several_faces_are_found(detector, portrait):
    pair = np.hstack([portrait, portrait[:, ::-1]])
    assert len(detector.detect(frame(image=pair))) == 2


def test_nothing_is_found_where_nobody_is(detector):
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    for image in (
        data.chelsea()[:, :, ::-1],
        data.coffee()[:, :, ::-1],
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((720, 1280, 3), np.uint8),
    ):
        assert detector.detect(frame(image=np.ascontiguousarray(image))) == []


@pytest.mark.parametrize("roll_deg", [-25, -10, 0, 10, 25])
def test_the_roll_is_measured(detector, portrait, roll_deg):
    turn = cv2.getRotationMatrix2D((262, 215), -roll_deg, 1)
    (upright,) = detector.detect(frame(image=portrait))
    (found,) = detector.detect(frame(image=cv2.warpAffine(portrait, turn, portrait.shape[1::-1])))
    measured = np.degrees(found.region.roll_rad - upright.region.roll_rad)
    assert abs(measured - roll_deg) < 6


def test_live_faces_are_framed_like_fer(detector, portrait, astronaut):
    """Eyes at 40 % and mouth at 78 % of the patch, as in the median FER-2013 picture."""
    for image in (portrait, astronaut):
        for scale in (0.5, 1.0, 1.6):
            scaled = cv2.resize(image, None, fx=scale, fy=scale)
            (found,) = detector.detect(frame(image=scaled))
            r = found.region
            turn = np.array([[np.cos(r.roll_rad), np.sin(r.roll_rad)], [-np.sin(r.roll_rad), np.cos(r.roll_rad)]])
            placed = (found.keypoints.points - r.center) @ turn.T / r.size_px + 0.5
            eyes = placed[:2].mean(0)
            assert eyes == pytest.approx((0.5, 0.40), abs=0.07)
            assert placed[3] == pytest.approx((0.5, 0.78), abs=0.09)


@pytest.mark.parametrize("height_px", [30, 60, 150, 500])
@pytest.mark.parametrize("roll_deg", [-100, 0, 25, 180])
def test_a_close_look_is_exact_whatever_the_size_and_roll(detector, portrait, height_px, roll_deg):
    """Size, place and roll are those of the same face filling the picture, and the place asked about may be off."""
    (upright,) = detector.detect(frame(image=portrait))
    scale = height_px / 300
    matrix = cv2.getRotationMatrix2D(upright.region.center, -roll_deg, scale)
    matrix[:, 2] += np.array([640, 360]) - upright.region.center
    scene = cv2.warpAffine(portrait, matrix, (1280, 720), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    size_px = upright.region.size_px * scale
    about = Region((640 + 0.15 * size_px, 360 - 0.1 * size_px), 1.1 * size_px, np.radians(roll_deg + 10))
    found = detector.look(scene, about)
    assert found.region.center == pytest.approx((640, 360), abs=max(0.06 * size_px, 1.5))
    assert found.region.size_px == pytest.approx(size_px, rel=0.12)
    assert abs(np.degrees(np.angle(np.exp(1j * (found.region.roll_rad - np.radians(roll_deg)))))) < 9


@pytest.mark.parametrize("around", [0.95, 1.1, 1.4, 2.0])
def test_a_face_is_framed_alike_however_tightly_the_picture_is_cut(detector, far_detector, portrait, around):
    search = FaceSearch(detector, far_detector, stills=True)
    large = cv2.copyMakeBorder(portrait, *[150] * 4, cv2.BORDER_REPLICATE)
    (whole,) = search.detect(frame(image=large))
    (x, y), half = whole.region.center, around * whole.region.size_px / 2
    left, top = int(x - half), int(y - half)
    cut = np.ascontiguousarray(large[top : int(y + half), left : int(x + half)])
    (found,) = search.detect(frame(image=cut))
    assert found.region.size_px == pytest.approx(whole.region.size_px, rel=0.12)
    off = np.hypot(*np.subtract(np.add(found.region.center, (left, top)), whole.region.center))
    assert off < 0.1 * whole.region.size_px


def test_a_close_look_at_nobody_finds_nobody(detector):
    assert detector.look(np.full((720, 1280, 3), 90, np.uint8), Region((640, 360), 100)) is None
    assert detector.look(np.full((72, 128, 3), 90, np.uint8), Region((-500, 360), 100)) is None


def _crowd(portrait, astronaut):
    """Twelve faces of about 45 px in a picture of 1600x1000, and where they are."""
    scene = np.full((1000, 1600, 3), 110, np.uint8)
    small = [
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for image, scale in ((portrait, 0.25), (astronaut, 0.5))
    ]
    places = [(x, y) for y in (30, 360, 690) for x in (90, 480, 870, 1260)]
    for number, (x, y) in enumerate(places):
        image = small[number % 2]
        scene[y : y + image.shape[0], x : x + image.shape[1]] = image
    return scene, places


def test_small_faces_of_a_still_are_found_by_looking_closely(detector, far_detector, landmarker, portrait, astronaut):
    scene, places = _crowd(portrait, astronaut)
    candidates = FaceSearch(detector, far_detector, stills=True).detect(frame(image=scene))
    found = [f for f in candidates if landmarker.look(scene, f.region)]
    assert len([f for f in candidates if f.sure]) <= len(found) + 1
    assert len(detector.detect(frame(image=scene))) < 6
    assert len(found) == 12
    for x, y in places:
        assert sum(x < f.region.center[0] < x + 260 and y < f.region.center[1] < y + 260 for f in found) == 1
    for f in found:
        assert np.allclose(fer_region(f.box, f.keypoints, FRAMING).center, f.region.center, atol=1)


def test_looking_closely_finds_a_large_face_once_and_no_more_where_nobody_is(
    detector, far_detector, landmarker, portrait
):
    search = FaceSearch(detector, far_detector, stills=True)

    def faces(image):
        return [f for f in search.detect(frame(image=image)) if landmarker.look(image, f.region)]

    assert len(faces(portrait)) == 1
    assert len(faces(cv2.resize(portrait, None, fx=3, fy=3))) == 1
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    for image in (data.chelsea(), data.coffee(), data.rocket(), data.hubble_deep_field()):
        assert faces(np.ascontiguousarray(image[:, :, ::-1])) == []
    for shape in ((1, 1, 3), (20, 3000, 3), (300, 257, 3)):
        assert faces(np.zeros(shape, np.uint8)) == []


def test_small_faces_can_be_left_out(detector, portrait):
    assert len(FaceSearch(detector, None).detect(frame(image=portrait))) == 1
    assert FaceSearch(detector, None, min_face_px=400).detect(frame(image=portrait)) == []


def test_the_region_turns_with_the_keypoints():
    for roll in (-2.0, -0.5, 0.0, 0.7, 3.0):
        assert face(roll=roll).region.roll_rad == pytest.approx(roll, abs=1e-4)
    assert fer_region(face().box, face().keypoints, FRAMING).size_px > 80


def test_a_model_that_is_none_is_refused(tmp_path):
    for name, content in (("a.tflite", b"nothing"), ("a.task", b"nothing")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AssetError):
            BlazeFace(tmp_path / name)
    with pytest.raises(AssetError, match="can't be read"):
        BlazeFace(tmp_path / "none.tflite")


# ---- the classifier


@pytest.mark.model
def test_the_contract_of_the_shipped_model(classifier):
    faces = np.random.default_rng(0).integers(0, 256, (5, 1, 48, 48), np.uint8)
    heads = classifier.run(faces)
    for head, classes in HEADS.items():
        assert heads[head].shape == (5, classes)
        assert heads[head].dtype == np.float32
        assert np.allclose(heads[head].sum(1), 1, atol=1e-5)
    about = {key: json.loads(value) for key, value in classifier.metadata.items()}
    for key in ("emotions", "genders", "patch_version", "size", "data", "seed", "git_revision", "opset", "command"):
        assert key in about
    assert tuple(about["emotions"]) == EMOTIONS
    assert tuple(about["genders"]) == GENDERS


@pytest.mark.model
def test_features_come_along_only_where_they_are_wanted(shipped_model, classifier):
    patches = list(np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8))
    with_features = Classifier(shipped_model, features=True).predict(patches)
    for plain, told in zip(classifier.predict(patches), with_features, strict=True):
        assert plain.features is None
        assert told.features.dtype == np.float32
        assert np.linalg.norm(told.features) == pytest.approx(1, abs=1e-5)
        assert np.array_equal(plain.emotions, told.emotions)


@pytest.mark.model
def test_an_older_model_reads_faces_but_can_not_be_taught(shipped_model, tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    loaded = onnx.load(str(shipped_model))
    del loaded.graph.output[4]
    onnx.save(loaded, str(tmp_path / "old.onnx"))
    assert len(Classifier(tmp_path / "old.onnx").predict([np.zeros((48, 48), np.uint8)])) == 1
    with pytest.raises(AssetError, match="has no output 'features', by which a face is taught"):
        Classifier(tmp_path / "old.onnx", features=True)


@pytest.mark.model
def test_features_of_another_length_are_refused(shipped_model, tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    loaded = onnx.load(str(shipped_model))
    (last,) = (node for node in loaded.graph.node if "features" in node.output)
    last.op_type = "Mul"
    onnx.save(loaded, str(tmp_path / "long.onnx"))
    with pytest.raises(AssetError, match="gave features whose length is not 1"):
        Classifier(tmp_path / "long.onnx", features=True).run(np.zeros((1, 1, 48, 48), np.uint8), (FEATURES,))


@pytest.mark.model
def test_a_batch_gives_what_single_faces_give(classifier):
    patches = list(np.random.default_rng(1).integers(0, 256, (4, 48, 48), np.uint8))
    together = classifier.predict(patches)
    for patch, expected in zip(patches, together, strict=True):
        (alone,) = classifier.predict([patch])
        assert np.allclose(alone.emotions, expected.emotions, atol=1e-5)
        assert np.allclose(alone.genders, expected.genders, atol=1e-5)
    assert classifier.predict([]) == []


@pytest.mark.model
def test_a_smiling_woman_is_read_as_such(detector, classifier, astronaut):
    (found,) = detector.detect(frame(image=astronaut))
    (read,) = classifier.predict([face_patch(astronaut, found.region)])
    assert EMOTIONS[read.emotions.argmax()] == "happy"
    assert GENDERS[read.genders.argmax()] == "female"


@pytest.mark.model
def test_no_patch_upsets_the_model(classifier):
    for level in (0, 7, 255):
        (read,) = classifier.predict([np.full((48, 48), level, np.uint8)])
        assert np.isfinite(read.emotions).all()


def _tampered(model, path, **changes):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    loaded = onnx.load(str(model))
    metadata = {p.key: p.value for p in loaded.metadata_props}
    metadata = {key: value for key, value in (metadata | changes).items() if value is not None}
    del loaded.metadata_props[:]
    onnx.helper.set_model_props(loaded, metadata)
    onnx.save(loaded, str(path))
    return path


@pytest.mark.model
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"emotions": json.dumps(sorted(EMOTIONS))}, r"'emotions' \['angry', 'disgust', .*the program needs \['angry'"),
        ({"genders": '["male", "female"]'}, r"'genders' \['male', 'female'\], the program needs \['female', 'male'\]"),
        ({"patch_version": "99"}, "'patch_version' 99, the program needs 1"),
        ({"size": "64"}, "'size' 64, the program needs 48"),
        ({"size": "big"}, "'size' big"),
        ({"emotions": None}, "does not say its 'emotions'"),
    ],
)
def test_a_model_of_another_contract_is_refused(shipped_model, tmp_path, change, message):
    path = _tampered(shipped_model, tmp_path / "m.onnx", **change)
    with pytest.raises(AssetError, match=message):
        Classifier(path)


@pytest.mark.model
def test_a_model_with_other_outputs_is_refused(shipped_model, tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    loaded = onnx.load(str(shipped_model))
    for output in loaded.graph.output:
        if output.name == "gender":
            output.name = "sex"
    for node in loaded.graph.node:
        node.output[:] = ["sex" if name == "gender" else name for name in node.output]
    onnx.save(loaded, str(tmp_path / "m.onnx"))
    with pytest.raises(AssetError, match="gives None for 'gender'"):
        Classifier(tmp_path / "m.onnx")


def test_a_missing_or_broken_model_is_refused(tmp_path, shipped_model):
    with pytest.raises(AssetError, match="does not exist"):
        Classifier(tmp_path / "none.onnx")
    (tmp_path / "m.onnx").write_bytes(b"nothing")
    with pytest.raises(AssetError, match="no ONNX model"):
        Classifier(tmp_path / "m.onnx")
    shutil.copy(shipped_model, tmp_path / "cut.onnx")
    with (tmp_path / "cut.onnx").open("r+b") as file:
        file.truncate(100_000)
    with pytest.raises(AssetError, match="no ONNX model"):
        Classifier(tmp_path / "cut.onnx")


# ---- models from strangers


def _saved(onnx, path, nodes, initializers):
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(nodes, "g", [value("x", 1, [1])], [value("y", 1, [])], initializers)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    model.ir_version = 8
    path.write_bytes(model.SerializeToString())
    return path


def test_a_model_that_asks_for_16_gb_is_refused_before_it_has_them(tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    resource = pytest.importorskip("resource", reason="this system does not tell what a process takes")
    big = onnx.TensorProto(name="big", data_type=1, dims=[1 << 32])
    highest = onnx.helper.make_node("ReduceMax", ["big"], ["y"], keepdims=0)
    shape = onnx.helper.make_tensor("s", onnx.TensorProto.INT64, [1], [1 << 32])
    filled = onnx.helper.make_node("ConstantOfShape", ["s"], ["big"])
    before_kb, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    for nodes, initializers in (([highest], [big]), ([filled, highest], [shape])):
        with pytest.raises(AssetError):
            Classifier(_saved(onnx, tmp_path / "m.onnx", nodes, initializers))
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 200_000


def test_a_model_with_its_weights_elsewhere_is_refused(tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    outside = onnx.TensorProto(name="big", data_type=1, dims=[4], data_location=1)
    outside.external_data.add(key="location", value="/dev/zero")
    highest = onnx.helper.make_node("ReduceMax", ["big"], ["y"], keepdims=0)
    with pytest.raises(AssetError, match="keeps its weights in another file"):
        Classifier(_saved(onnx, tmp_path / "m.onnx", [highest], [outside]))


@pytest.mark.model
@pytest.mark.parametrize("value", [b"\xff\xfe", b"[" * 100_000, b"9" * 5000, b"a\nb"])
def test_no_metadata_of_a_model_gets_through_unanswered(shipped_model, tmp_path, value, capfd):
    path = _tampered(shipped_model, tmp_path / "m.onnx", emotions="Q" * len(value))
    path.write_bytes(path.read_bytes().replace(b"Q" * len(value), value))
    with pytest.raises(AssetError) as refused:
        Classifier(path)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000
    assert capfd.readouterr().out == ""


def test_a_broken_model_is_answered_in_one_line_and_the_runtime_prints_nothing(tmp_path, shipped_model, capfd):
    data = bytearray(shipped_model.read_bytes())
    generator, told = np.random.default_rng(5), []
    for _ in range(20):
        changed = bytearray(data)
        for place in generator.integers(0, 3000, 4):
            changed[place] = generator.integers(256)
        (tmp_path / "m.onnx").write_bytes(changed)
        try:
            Classifier(tmp_path / "m.onnx")
        except AssetError as error:
            told.append(str(error))
    assert told
    assert not any("\n" in line for line in told)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_giant_files_are_no_models(tmp_path):
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(AssetError, match="named pipe"):
        Classifier(tmp_path / "pipe.onnx")
    with (tmp_path / "giant.onnx").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(AssetError, match="larger than 200 MB"):
        Classifier(tmp_path / "giant.onnx")
    with pytest.raises(AssetError, match="can't be read"):
        Classifier(tmp_path)
