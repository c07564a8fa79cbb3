"""Step 6: the camera, started and stopped from the page."""

from __future__ import annotations

import asyncio
import time

from nicegui import ui

from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import find_packs
from realtime.pages.live import LiveView
from realtime.pages.practice_page import ADDRESS
from realtime.sources.camera import list_cameras
from realtime.web import widgets
from training.studio.work.studio import Studio

OUTPUTS = {"window": "a window", "virtual": "a virtual camera", "file": "a video file"}
_SOURCES = {"auto": "the first camera that works, else the demo", "demo": "the built-in demo"}


class CameraStep:
    """The page of the camera."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        widgets.text("Camera", "h2")
        widgets.text(
            "Starts the emoji camera as 'python app.py' does. It goes on when you close this page, until you stop it "
            "here or end the studio.",
            classes="lead",
        )
        ui.html(f'<a href="{ADDRESS}">Practise expressions</a>', sanitize=False).classes("lead")
        with widgets.sheet():
            with widgets.block("fields"):
                self._source = widgets.choice("Source", _SOURCES, "auto")
                packs = {path.name: path.name for path in find_packs()}
                self._pack = widgets.choice("Emoji pack", packs, DEFAULT_PACK)
                self._output = widgets.choice("Show it in", OUTPUTS, "window")
            with widgets.block("actions"):
                widgets.button("Look for cameras", self.opened)
        with widgets.sheet():
            self._live = LiveView(studio.camera, self._begin, self._show_video)
            self._video = widgets.block("stack")
            if not studio.camera.running:
                self._show_video()

    async def opened(self) -> None:
        """List the cameras; called whenever the step is opened."""
        with self._live.notice.telling():
            cameras = await asyncio.to_thread(list_cameras)
            found = {
                str(camera.device): camera.name or f"camera {camera.device}" for camera in cameras if not camera.virtual
            }
            options = _SOURCES | found
            self._source.set_options(options, value=self._source.value if self._source.value in options else "auto")

    def _begin(self) -> None:
        places = self._studio.places
        video = None
        if self._output.value == "file":
            video = places.videos / time.strftime("emoji-camera-%Y%m%d-%H%M%S.mp4")
        options = {"source": self._source.value, "pack": self._pack.value, "model": str(places.model)}
        options["output"] = self._output.value if video is None else str(video)
        # "--name=value": a value that begins with a dash is no option.
        self._studio.camera.start([f"--{name}={value}" for name, value in options.items()], video)

    def _show_video(self) -> None:
        """Offer the video of the last run."""
        video = self._studio.camera.video
        self._video.clear()
        if video is not None and video.is_file():
            with self._video:
                widgets.link("Download the video", self._studio.places.address(video), video.name)
