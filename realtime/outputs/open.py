"""The grammar of `--output`: what the user wrote becomes outputs, which are used as one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from realtime.errors import EmojiCameraError, UsageError
from realtime.outputs import keyboard, window
from realtime.outputs.base import Keyboard, Output, OutputContext
from realtime.outputs.kinds import kind_of
from realtime.records import Frame

__all__ = ["OutputContext", "Outputs", "open_outputs"]

log = logging.getLogger(__name__)


class Outputs:
    """Several outputs as one, and the keyboards that belong to them. A context manager, which closes all."""

    def __init__(
        self,
        outputs: Sequence[Output],
        terminal: Keyboard | None = None,
        addresses: Sequence[str] = (),
        open_one: Callable[[str], Output] | None = None,
    ) -> None:
        """Take outputs and close them in the end.

        Args:
            outputs: any number of them.
            terminal: a keyboard that belongs to none of them, to be closed as well.
            addresses: as the user wrote them, of the first of the outputs; the others have none, and always stay.
            open_one: opens one more by its address.
        """
        self._outputs = list(outputs)
        self._terminal = terminal
        self._open_one = open_one
        self._named = dict(zip(addresses, outputs, strict=False))
        self._written: list[str] = []

    @property
    def paced(self) -> bool:
        """Whether somebody looks at one of them, who wants frames at their pace."""
        return any(output.paced for output in self._outputs)

    @property
    def devices(self) -> list[str]:
        """The virtual video devices that are sent to."""
        return [output.device for output in self._outputs if output.device is not None]

    @property
    def device(self) -> str | None:
        """The first of the virtual video devices."""
        return next(iter(self.devices), None)

    @property
    def addresses(self) -> list[str]:
        """What is open, as the user wrote it."""
        return list(self._named)

    @property
    def _keyboards(self) -> list[Keyboard]:
        keyboards = [output.keyboard for output in self._outputs if output.keyboard is not None]
        return keyboards + ([] if self._terminal is None else [self._terminal])

    def change(self, addresses: Sequence[str]) -> None:
        """Open those that are not open yet, then close those that are not wanted any more, and finish their files.

        Raises:
            EmojiCameraError: one can't be opened, and all stay as they were; or one can't be closed.
        """
        if self._open_one is None:
            raise UsageError("These outputs can't be changed while they run.", "Stop, and start again.")
        opened: dict[str, Output] = {}
        try:
            for address in dict.fromkeys(addresses):
                if address not in self._named:
                    opened[address] = self._open_one(address)
        except EmojiCameraError:
            Outputs(list(opened.values())).close()
            raise
        gone = [self._named.pop(address) for address in self.addresses if address not in addresses]
        self._named |= opened
        self._outputs = [output for output in self._outputs if output not in gone] + list(opened.values())
        self._written.append(Outputs(gone).close())

    def write(self, frame: Frame) -> None:
        """Give a frame to all. Raises EmojiCameraError."""
        for output in self._outputs:
            output.write(frame)

    def show_card(self, card: Frame) -> None:
        """Show a card to those who watch, while no frames come. Raises EmojiCameraError."""
        for output in self._outputs:
            output.show_card(card)

    def serve(self) -> None:
        """Do what is due between frames; to be called often. Raises EmojiCameraError."""
        for output in self._outputs:
            output.serve()

    def keys(self, wait_s: float) -> list[str]:
        """Return the names of the keys pressed on any keyboard, waiting `wait_s` seconds at most."""
        if not self._keyboards:
            time.sleep(wait_s)
        return [key for one in self._keyboards for key in one.pressed(wait_s / len(self._keyboards))]

    def close(self) -> str:
        """Close all of them, also when one fails; closing again does nothing.

        Returns:
            Where the results are, in one line.

        Raises:
            Exception: the first failure, once all have been closed.
        """
        outputs, self._outputs = self._outputs, []
        terminal, self._terminal = self._terminal, None
        self._named = {}
        lines, self._written = self._written, []
        failures: list[Exception] = []
        for output in outputs:
            try:
                lines.append(output.close())
            except Exception as error:  # raised below, once all have been closed
                failures.append(error)
        if terminal is not None:
            terminal.close()
        if failures:
            raise failures[0]
        return ", ".join(filter(None, lines))

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except Exception as failure:
            if error is None:
                raise
            log.warning("%s", failure)  # the first error is the one to be told


def open_outputs(addresses: Sequence[str], context: OutputContext, besides: Sequence[Output] = ()) -> Outputs:
    """Open what the user named.

    Where an output wants keys and none has a keyboard, the terminal gives them, if there is one.

    Args:
        addresses: each "auto" or as `realtime.outputs.kinds.KINDS` has it.
        context: what outputs are opened with.
        besides: outputs that are open already, and are closed with the others.

    Returns:
        The outputs, which the caller closes; all that were opened are closed if one fails.

    Raises:
        EmojiCameraError: one can't be opened, would overwrite what the run reads, or no sound can be kept.
    """
    addresses = [automatic(context.stills) if address == "auto" else address for address in addresses]
    if context.recording.audio != "mute":
        _check_audio(addresses, context)
    opened: list[Output] = []
    try:
        for address in addresses:
            opened.append(_open(address, context))
        wanted = any(output.wants_keys for output in opened) and all(output.keyboard is None for output in opened)
        terminal = keyboard.of_terminal(context.controls) if wanted or context.terminal else None
        return Outputs([*opened, *besides], terminal, addresses, lambda address: _open(address, context))
    except BaseException as error:
        Outputs(opened).__exit__(type(error), error, None)
        raise


def _open(address: str, context: OutputContext) -> Output:
    kind = kind_of(address)
    path = Path(address).expanduser()
    if kind.suffixes and context.is_read(path):
        what = "the source itself" if context.is_source(path) else "a file that this run reads"
        raise UsageError(
            f"--output {address} is {what}, which would be lost.", "Give another name, as in --output covered.mp4."
        )
    return kind.load().open(address, context)


def _check_audio(addresses: Sequence[str], context: OutputContext) -> None:
    """Raise UsageError where there is no sound to be carried over, or nowhere to put it."""
    option = f"--audio {context.recording.audio}"
    if context.recorded is None:
        raise UsageError(
            f"{option} is for video files, which --source {context.source_name} is not.", "Leave --audio out."
        )
    if not any(kind_of(address).has_audio and not address.lower().endswith(".gif") for address in addresses):
        raise UsageError(f"{option} is for videos that are written.", "Add --output out.mp4, or leave it out.")


def automatic(stills: bool) -> str:
    """Return what "auto" stands for: a window, or a file of this moment where there is no display."""
    if window.display_works():
        return "window"
    return time.strftime("emoji-camera-%Y%m%d-%H%M%S") + (".png" if stills else ".mp4")
