"""Video files and streams."""

from __future__ import annotations

import http.server
import socketserver
import threading

import cv2
import numpy as np
import pytest

from realtime.errors import InputError
from realtime.sources.open import open_source
from realtime.sources.video import Video


def test_a_video_is_read_completely_and_in_order(video_file):
    frames = list(iter(Video(str(video_file)).read, None))
    levels = [round(f.image.mean() / 20) for f in frames]
    assert levels == list(range(12))
    assert [round(f.time_s * 12.5) for f in frames] == list(range(12))


def test_a_truncated_video_gives_what_it_holds(tmp_path, caplog):
    path = tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (160, 120))
    noise = np.random.default_rng(0)
    for _ in range(60):
        writer.write(noise.integers(0, 256, (120, 160, 3), np.uint8))
    writer.release()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = list(iter(Video(str(path)).read, None))
    assert 10 < len(frames) < 60


@pytest.mark.parametrize("content", [b"", b"not a video", b"\0" * 5000])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no video that can be read"):
        Video(str(path))


def test_a_video_behind_an_address_is_read_like_a_file_and_a_stream_live(video_file):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(video_file.parent))

        def log_message(self, *_):
            pass

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        source = open_source(f"{base}/{video_file.name}")
        assert len(list(iter(source.read, None))) == 12
        with pytest.raises(InputError, match="no stream that answers"):
            open_source(f"{base}/none.mp4")
        server.shutdown()
        thread.join()
