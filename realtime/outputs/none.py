"""An output for runs whose numbers alone are wanted."""

from __future__ import annotations

from realtime.outputs.base import OutputContext, UnwatchedOutput
from realtime.records import Frame


class NoOutput(UnwatchedOutput):
    """Throws frames away."""

    @classmethod
    def open(cls, address: str, context: OutputContext) -> NoOutput:
        """Open it, which takes nothing."""
        return cls()

    def write(self, frame: Frame) -> None:
        """Ignore the frame."""

    def close(self) -> str:
        """Return an empty line."""
        return ""
