"""The grammar of --output, and several outputs as one."""

from __future__ import annotations

import pytest

from realtime.controls import Controls
from realtime.errors import EmojiCameraError, OutputError, UsageError
from realtime.outputs import open as opening
from realtime.outputs.base import Recording
from realtime.outputs.kinds import KINDS
from realtime.outputs.none import NoOutput
from realtime.outputs.open import Outputs, open_outputs
from realtime.outputs.picture import FolderOutput, PictureOutput
from realtime.outputs.video import VideoOutput
from realtime.outputs.virtual_camera import VirtualCameraOutput
from realtime.outputs.window import WindowOutput
from tests.fakes import frame
from tests.outputs.conftest import context
from tests.outputs.devices import RecordingOutput


def _open(*addresses, **fields) -> Outputs:
    return open_outputs(addresses, context(**fields))


def test_all_outputs_are_closed_even_if_one_fails(tmp_path):
    class Failing(RecordingOutput):
        def close(self):
            raise OutputError("full", "Try again.")

    last = PictureOutput(tmp_path / "a.png")
    both = Outputs([Failing(), last])
    both.write(frame())
    with pytest.raises(OutputError, match="full"):
        both.close()
    assert (tmp_path / "a.png").exists()


def test_grammar(tmp_path, virtual_camera, screen):
    kinds = {
        "none": NoOutput,
        "window": WindowOutput,
        "virtual": VirtualCameraOutput,
        "virtual:/dev/video10": VirtualCameraOutput,
        str(tmp_path / "a.mp4"): VideoOutput,
        str(tmp_path / "a.PNG"): PictureOutput,
        str(tmp_path / "a.gif"): VideoOutput,
        str(tmp_path): FolderOutput,
        str(tmp_path / "folder.mp4") + "/": FolderOutput,
        str(tmp_path / "new"): FolderOutput,
    }
    for text, kind in kinds.items():
        opened = _open(text)
        assert [type(output) for output in opened._outputs] == [kind], text
        opened.close()
    assert [made._device for made in virtual_camera.made] == ["Fake", "/dev/video10"]
    with pytest.raises(UsageError, match="no known kind"):
        _open("a.xyz")


def test_what_was_opened_is_closed_when_the_next_fails(virtual_camera):
    with pytest.raises(UsageError):
        _open("virtual", "a.xyz")
    assert virtual_camera.made[0].closed


def test_without_a_display_auto_writes_a_file_and_window_is_an_error(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("realtime.outputs.window.sys.platform", "linux")
    with pytest.raises(OutputError, match="no display"):
        _open("window")
    for stills, ending in ((False, ".mp4"), (True, ".png")):
        opened = _open("auto", stills=stills)
        opened.write(frame())
        opened.close()
        assert len(list(tmp_path.glob(f"emoji-camera-*{ending}"))) == 1


def test_a_display_that_does_not_answer_is_none(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr("realtime.outputs.window.sys.platform", "linux")
    with pytest.raises(OutputError, match="no display"):
        _open("window")


def test_an_unknown_kind_names_all_that_are_known():
    with pytest.raises(UsageError) as caught:
        _open("a.xyz")
    assert all(kind.usage in caught.value.remedy for kind in KINDS)


def test_outputs_are_closed_with_their_block():
    class Failing(RecordingOutput):
        def close(self):
            raise OutputError("full", "Try again.")

    with pytest.raises(OutputError, match="full"), Outputs([Failing()]):
        pass
    with pytest.raises(ZeroDivisionError), Outputs([Failing()]):
        _ = 1 / 0
    with Outputs([RecordingOutput()]) as outputs:
        assert outputs.close() == "0 frames"
        assert outputs.close() == ""


def test_keys_come_from_all_keyboards():
    one, other = RecordingOutput({0: "m"}), RecordingOutput({0: "q"})
    outputs = Outputs([one, other, NoOutput()])
    assert outputs.keys(0.02) == ["m", "q"]
    assert one.keyboard.waited_s == other.keyboard.waited_s == 0.01
    outputs.close()


def test_the_source_itself_is_refused(tmp_path):
    original = tmp_path / "a.png"
    original.write_bytes(b"original")
    with pytest.raises(UsageError, match="source itself"):
        _open(str(original), source_name=str(original))
    assert original.read_bytes() == b"original"


def test_a_camera_or_the_demo_protects_no_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "frame_000000.png").write_bytes(b"older")
    with _open("demo/", source_name="demo") as outputs:
        outputs.write(frame())
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["frame_000000.png"]


def test_sound_is_kept_only_where_there_is_some_and_somewhere_to_put_it(tmp_path):
    clip, out, keep = tmp_path / "clip.avi", str(tmp_path / "out.mp4"), Recording(audio="keep")
    clip.write_bytes(b"")
    for address, given, message in (
        (
            out,
            context(source_name="demo", recording=keep),
            "--audio keep is for video files, which --source demo is not",
        ),
        (out, context(source_name=str(clip), stills=True, recording=keep), "--audio keep is for video files, which"),
        ("none", context(source_name=str(clip), recording=keep), "--audio keep is for videos that are written"),
        (str(tmp_path / "a.gif"), context(source_name=str(clip), recording=keep), "is for videos that are written"),
    ):
        with pytest.raises(UsageError, match=message):
            open_outputs([address], given)
    open_outputs([out], context(source_name=str(clip), recording=keep)).close()


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "hevc"), ("a.webm", "h264"), ("a.gif", "av1")])
def test_a_codec_that_the_container_does_not_take_is_told_at_once(tmp_path, name, codec):
    with pytest.raises(UsageError, match=f"can't hold --codec {codec}"):
        _open(str(tmp_path / "new" / name), recording=Recording(codec=codec))
    assert not (tmp_path / "new").exists()


def test_what_was_opened_is_closed_when_the_terminal_fails(virtual_camera, monkeypatch):
    def broken(controls: Controls):
        raise EmojiCameraError("broken", "Try again.")

    monkeypatch.setattr(opening.keyboard, "of_terminal", broken)
    with pytest.raises(EmojiCameraError, match="broken"):
        _open("virtual")
    assert virtual_camera.made[0].closed
