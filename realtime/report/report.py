"""The report of a run: its session while it goes on, and the page at the end."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence

from realtime.errors import EmojiCameraError, OutputError
from realtime.records import Frame, Reading
from realtime.report.page import write_page
from realtime.report.recorder import SessionRecorder, Wanted
from realtime.stimulus.stage import Stage

log = logging.getLogger(__name__)


class Report:
    """Keeps a session and writes its page; marks go to `recorder`."""

    def __init__(self, wanted: Wanted, source: str, stage: Stage | None = None) -> None:
        """Begin a session.

        Args:
            wanted: how the report is to be.
            source: what is looked at, as a user would write it.
            stage: shows stimuli meanwhile, and tells when the session begins; None for nothing.

        Raises:
            OutputError: its folder can't be made, or its format can't be written here.
        """
        self.recorder = SessionRecorder(wanted, source, shows=stage)
        self._stage = stage
        if wanted.everyone:
            log.warning(
                "A report is made of everybody in view: tell them, and make it only if they agree. In the European "
                "Union it is forbidden to infer emotions of people at work and in education (AI Act, Article 5(1)(f))."
            )

    def __call__(self, frame: Frame, readings: Sequence[Reading]) -> None:
        """Take in a frame's readings."""
        if self._stage is not None:
            self._stage.watch()
            if not self._stage.begun:
                self._stage.see(readings)
                return
        self.recorder(frame, readings)

    def finish(self) -> list[str]:
        """Finish the session, and return where its page is; nothing where there was no frame. Raises OutputError."""
        try:
            self.recorder.finish()
        except OutputError:
            with contextlib.suppress(EmojiCameraError):  # there may be room for a page of what could be kept
                write_page(self.recorder.folder)
            raise
        return [f"report {write_page(self.recorder.folder)}"] if self.recorder.folder.is_dir() else []
