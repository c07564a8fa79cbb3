"""Videos in a browser: they play, seek and are as long as they should be."""

from __future__ import annotations

import shutil

import pytest

from realtime.outputs.base import Recording
from realtime.outputs.video import VideoOutput
from tests.fakes import frame, picture
from tests.media import write_clip

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
SECONDS = 3

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

_ASK = """async (address) => {
    const video = document.createElement('video');
    video.muted = true;
    document.body.append(video);
    const until = (name) => new Promise((done, failed) => {
        video.addEventListener(name, done, {once: true});
        video.addEventListener('error', () => failed(new Error(video.error.message)), {once: true});
    });
    const grey = () => {
        const canvas = document.createElement('canvas');
        canvas.width = canvas.height = 8;
        const pen = canvas.getContext('2d');
        pen.drawImage(video, 0, 0, 8, 8);
        return pen.getImageData(4, 4, 1, 1).data[0];
    };
    const loaded = until('loadeddata');
    video.src = address;
    await loaded;
    const told = {duration: video.duration, size: [video.videoWidth, video.videoHeight], shown: []};
    for (const time of [0.5, 2.5, 1.5]) {
        const sought = until('seeked');
        const painted = new Promise((done) => video.requestVideoFrameCallback(done));
        video.currentTime = time;
        await sought;
        await painted;
        told.shown.push(grey());
    }
    const ended = until('ended');
    await video.play();
    await ended;
    told.last = video.currentTime;
    return told;
}"""


@pytest.fixture(scope="module")
def page():
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--allow-file-access-from-files", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize(
    ("ending", "codec", "audio"),
    [
        *[("mp4", None, "mute"), ("mp4", None, "pitch"), ("mp4", "av1", "mute")],
        *[("webm", None, "mute"), ("webm", None, "pitch"), ("mov", None, "keep")],
    ],
)
def test_a_video_plays_seeks_and_is_as_long_as_it_should_be(page, tmp_path, ending, codec, audio):
    talk = write_clip(tmp_path / "talk.mp4", [picture(64, 48)] * 5, [n / 25 for n in range(5)], tone_s=SECONDS)
    path = tmp_path / f"a.{ending}"
    output = VideoOutput(path, 25, Recording(codec=codec, audio=audio), talk)
    for n in range(25 * SECONDS):
        output.write(frame(n, n / 25, picture(320, 240, 40 + 40 * (n // 25))))
    output.close()
    (tmp_path / "page.html").write_text("<!doctype html><title>A video</title><body></body>")
    page.goto((tmp_path / "page.html").as_uri())
    told = page.evaluate(_ASK, path.name)
    assert told["duration"] == pytest.approx(SECONDS, abs=0.1)
    assert told["size"] == [320, 240]
    assert told["shown"] == pytest.approx([40, 120, 80], abs=6)
    assert told["last"] == pytest.approx(SECONDS, abs=0.1)
