"""Step 6: the camera, started and stopped from the page."""

from __future__ import annotations

import asyncio
import shlex
from html import escape

from nicegui import ui

from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import find_packs
from realtime.sources.camera import list_cameras
from realtime.web import widgets
from training.studio.work.camera import OUTPUTS
from training.studio.work.studio import Studio

_READ_EVERY_S = 0.5
_SOURCES = {"auto": "the first camera that works, else the demo", "demo": "the built-in demo"}


class CameraStep:
    """The page of the camera."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._end_shown = False
        widgets.text("Camera", "h2")
        widgets.text(
            "Starts the emoji camera as 'python app.py' does. It goes on when you close this page, until you stop it "
            "here or end the studio.",
            classes="lead",
        )
        with widgets.sheet():
            with widgets.block("fields"):
                self._source = widgets.choice("Source", _SOURCES, "auto")
                packs = {path.name: path.name for path in find_packs()}
                self._pack = widgets.choice("Emoji pack", packs, DEFAULT_PACK)
                self._output = widgets.choice("Show it in", OUTPUTS, "window")
            with widgets.block("actions"):
                self._start = widgets.button("Start", self._begin, "main")
                self._stop = widgets.button("Stop", self._end, "side danger")
                widgets.button("Look for cameras", self.opened)
            self._notice = widgets.Notice()
        with widgets.sheet():
            widgets.text("Stats", "h3")
            self._stats = ui.html("", sanitize=False)
            self._video = widgets.block("stack")
            with widgets.folded("What it says"):
                self._words = widgets.text("", "pre", "log")
                self._words.props('tabindex=0 role=group aria-label="what the emoji camera says"')
        self._refresh()
        ui.timer(_READ_EVERY_S, self._refresh)

    async def opened(self) -> None:
        """List the cameras; called whenever the step is opened."""
        with self._notice.telling():
            cameras = await asyncio.to_thread(list_cameras)
            found = {
                str(camera.device): camera.name or f"camera {camera.device}" for camera in cameras if not camera.virtual
            }
            options = _SOURCES | found
            self._source.set_options(options, value=self._source.value if self._source.value in options else "auto")

    def _begin(self) -> None:
        with self._notice.telling():
            places = self._studio.places
            chosen = (self._source.value, self._pack.value, self._output.value)
            self._studio.camera.start(*chosen, places.videos, places.model)
            self._refresh()

    async def _end(self) -> None:
        with self._notice.telling():
            self._notice.say("Stopping ...")
            await asyncio.to_thread(self._studio.camera.stop)
            self._notice.clear()
            self._refresh()

    def _refresh(self) -> None:
        camera = self._studio.camera
        running = camera.running
        self._start.set_visibility(not running)
        self._stop.set_visibility(running)
        self._words.set_content(escape("\n".join([shlex.join(camera.command), *camera.words])))
        if running:
            told = camera.stats()
            seen = ", ".join(f"{track}: {what}" for track, what in told.faces.items()) or "none"
            self._stats.set_content(_stats_table(told.seconds, told.frames_per_s, seen))
        elif camera.command and not self._end_shown:
            self._over()
        elif not camera.command:
            self._stats.set_content('<p class="quiet">The emoji camera does not run.</p>')
        self._end_shown = not running

    def _over(self) -> None:
        """Show how a run ended."""
        camera = self._studio.camera
        lines = [line for line in camera.words if line]
        self._stats.set_content("".join(f"<p>{escape(line)}</p>" for line in lines[-4:]) or "<p>It has ended.</p>")
        if camera.code not in (0, 130, None):
            self._notice.say(lines[-1] if lines else f"The emoji camera ended with code {camera.code}.", "bad")
        self._video.clear()
        if camera.video is not None and camera.video.is_file():
            with self._video:
                widgets.link("Download the video", self._studio.places.address(camera.video), camera.video.name)


def _stats_table(seconds: float, rate: float, seen: str) -> str:
    rows = {"Running for": f"{seconds:.0f} s", "Frames with faces, a second": f"{rate:.1f}", "Faces": seen}
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows.items()
    )
    return f'<table class="data">{cells}</table>'
