"""A reviewed video being written."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from realtime.cli.file_reports import worth_a_look
from realtime.cli.options import Options
from realtime.cli.two_passes import open_two_passes
from realtime.controls import Command, Controls
from realtime.engine.file_report import report_of
from realtime.engine.plan import Plan
from realtime.errors import EmojiCameraError, NeedsLookError

log = logging.getLogger(__name__)


class Rendering:
    """The video being written, in a thread of its own; a `realtime.web.widgets.Job`."""

    doing = "Covering"

    def __init__(self, options: Options, plan: Plan, written: Callable[[int], None]) -> None:
        """Begin.

        Args:
            options: of the review.
            plan: what is drawn.
            written: told, once the video is there, the exit code that it means.
        """
        self.done = 0
        self.total = len(plan.analysis.frames)
        self.result: dict[str, Any] | None = None
        self.what, self.remedy = "", ""
        # What the analysis was read from, and what was typed of edits, is in it already.
        self._options = replace(options, analysis=None, from_analysis=None, keep=(), exclude=(), zone=(), zone_off=())
        self._plan, self._written, self._controls = plan, written, Controls()
        self._thread = threading.Thread(target=self._run, name="covering")
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """End it after the frame at hand."""
        self._controls.send(Command.QUIT)

    def wait(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _run(self) -> None:
        code = 0
        try:
            with open_two_passes(self._options, self._controls, self._count, self._plan.analysis) as both:
                both()
        except NeedsLookError as error:
            code = error.exit_code
        except EmojiCameraError as error:
            self.what, self.remedy = error.what, error.remedy
            return
        except KeyboardInterrupt:
            self.what, self.remedy = "Stopped before anything was written.", "Write it again when you like."
            return
        except Exception as error:
            log.exception("The video could not be written")
            self.what, self.remedy = f"A fault of this program: {error}.", "The terminal shows more."
            return
        self._written(code)
        self.result = {"whole": self.done >= self.total, "look": worth_a_look(report_of(self._plan))}

    def _count(self, *_: object) -> None:
        self.done += 1
