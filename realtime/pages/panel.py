"""What all pages of the panel share: the camera, the settings, recordings, and how one changes the other."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from realtime.control.process import CameraProcess
from realtime.errors import EmojiCameraError, OutputError
from realtime.images import make_parent
from realtime.pages.settings import Settings


def _recordings() -> Path:
    return platformdirs.user_videos_path() / "emoji-camera"


@dataclass
class Panel:
    """The state behind the panel's pages.

    dark: whether pages are dark; None: as the system is. recordings: where videos are kept.
    """

    settings: Settings
    camera: CameraProcess = field(default_factory=CameraProcess)
    recordings: Path = field(default_factory=_recordings)
    dark: bool | None = None

    def begin(self) -> None:
        """Start the camera with the settings. Raises EmojiCameraError."""
        if self.settings.problem:
            raise OutputError(self.settings.problem, "")
        self.camera.start([*self._config(), *(f"--output={where}" for where in self.outputs)])

    @property
    def outputs(self) -> list[str]:
        """Where the picture goes besides the page and recordings."""
        chosen = [where for where in self.settings["output"] if where != "auto"]
        return chosen or ["none"]

    @property
    def recording(self) -> Path | None:
        """The video that is being written."""
        video = self.camera.video
        return video if video is not None and self.camera.running else None

    async def change(self, name: str, value: Any) -> bool:
        """Give an option another value: keep it, and let a running camera have it.

        Returns:
            Whether the camera is opened anew for that.

        Raises:
            EmojiCameraError: It can't be used, by the panel or by the camera; or not be kept.
        """
        unsaved: OutputError | None = None
        try:
            await asyncio.to_thread(self.settings.change, name, value)
        except OutputError as error:  # the camera may have it all the same
            unsaved = error
        anew = False
        if self.camera.running and self.camera.address:
            wanted = self._with_recording() if name == "output" else {name: value}
            anew = await asyncio.to_thread(self.camera.change, wanted)
        if unsaved is not None:
            raise unsaved
        return anew

    async def record(self) -> None:
        """Begin a recording, beside everything else. Raises EmojiCameraError."""
        video = self.recordings / time.strftime("emoji-camera-%Y%m%d-%H%M%S.mp4")
        make_parent(video)
        self.camera.video = video
        try:
            await self._send_outputs()
        except EmojiCameraError:
            self.camera.video = None
            raise

    async def finish_recording(self) -> Path | None:
        """Finish the recording, and go on; return where it is. Raises EmojiCameraError."""
        video, self.camera.video = self.camera.video, None
        await self._send_outputs()
        return video

    def recorded(self) -> list[Path]:
        """Return the finished recordings and what lies beside them, the newest first."""
        if not self.recordings.is_dir():
            return []
        return sorted(self.recordings.glob("emoji-camera-[0-9]*"), key=lambda path: path.name, reverse=True)

    async def _send_outputs(self) -> None:
        await asyncio.to_thread(self.camera.change, self._with_recording())

    def _with_recording(self) -> dict[str, Any]:
        """Return where the picture is to go, and what is in it: a face that practises was shown to its owner alone."""
        recording = [str(self.camera.video)] if self.camera.video else []
        return {"placement": self.settings["placement"], "output": [*self.outputs, *recording]}

    def practice_options(self) -> list[str]:
        """Return what the camera is started with for practice: the settings, but for where the picture goes."""
        return self._config()

    def _config(self) -> list[str]:
        return [f"--config={self.settings.path}"] if self.settings.path.exists() else []
