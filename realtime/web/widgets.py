"""What pages are made of."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Protocol

from nicegui import ui

from realtime.errors import EmojiCameraError, InputError

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2

Told = Mapping[str, Any]


def text(content: str, tag: str = "p", classes: str = "") -> ui.html:
    """Show plain text in an HTML element."""
    return ui.html(escape(content), sanitize=False, tag=tag).classes(classes)


def sheet() -> ui.element:
    """Make a sheet that holds what belongs together, one below the other."""
    with ui.element("section").classes("sheet"):
        return ui.element("div").classes("stack")


def block(classes: str) -> ui.element:
    """Make a plain element with a class of the style sheet."""
    return ui.element("div").classes(classes)


def folded(title: str) -> ui.element:
    """Make a part that is folded up until it is wanted."""
    with ui.element("details"):
        text(title, "summary")
        return block("stack")


def button(label: str, on_click: Callable[[], Any], kind: str = "side") -> ui.button:
    """Make a button. kind: main for the step's own, side for others, "side danger" for what can't be taken back."""
    return ui.button(label, on_click=on_click, color=None).classes(kind).props("unelevated no-caps")


def field(label: str, value: str = "", hint: str = "") -> ui.input:
    """Make a field for text."""
    made = ui.input(label, value=value).props("outlined dense").classes("field")
    return made.props(f'hint="{hint}"') if hint else made


def choice(
    label: str, options: Mapping[str, str], value: str | None, on_change: Callable[..., Any] | None = None
) -> Any:
    """Make a list of which one is chosen."""
    chosen = value if value in options else next(iter(options), None)
    return ui.select(dict(options), label=label, value=chosen, on_change=on_change).props(
        "outlined dense options-dense"
    )


def number(label: str, value: int, low: int, high: int) -> ui.number:
    """Make a field for a whole number."""
    return ui.number(label, value=value, min=low, max=high, step=1, precision=0).props("outlined dense")


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> ui.html:
    """Show a table; the first cell of each row is its name. Words stand at the left, numbers at the right."""
    top = "".join(f'<th scope="col"{_kind(cell, rows, n)}>{escape(str(cell))}</th>' for n, cell in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        + "".join(f"<td{_kind(cell, rows, n)}>{escape(str(cell))}</td>" for n, cell in enumerate(row[1:], start=1))
        + "</tr>"
        for row in rows
    )
    content = f'<table class="data"><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table>'
    shown = ui.html(content, sanitize=False).classes("scroll-x")
    return shown.props(f'tabindex=0 role=group aria-label="table: {escape(caption, True)}"')


def _kind(cell: object, rows: Sequence[Sequence[object]], column: int) -> str:
    words = all(str(row[column])[:1].isalpha() for row in rows if row[column] != "")
    return ' class="word"' if words else ""


def points(lines: Sequence[str]) -> ui.html:
    """Show lines as a list."""
    return ui.html("".join(f"<li>{escape(line)}</li>" for line in lines), sanitize=False, tag="ul").classes("findings")


def picture(address: str, told: str, classes: str = "shown") -> ui.html:
    """Show a picture; told: what it shows, for those who can't see it."""
    content = f'<img class="{classes}" src="{escape(address, True)}" alt="{escape(told, True)}">'
    return ui.html(content, sanitize=False)


def link(label: str, address: str, name: str) -> ui.html:
    """Offer a file to download. name: what it is saved as."""
    return ui.html(
        f'<a href="{escape(address, True)}" download="{escape(name, True)}">{escape(label)}</a>', sanitize=False
    )


def files(
    label: str, accept: str, address: str, limit: int, tell: Callable[[Told], Any], folders: bool = False
) -> ui.element:
    """Make a field that takes a file, chosen or dropped.

    Args:
        label: What it is for.
        accept: Which files, as HTML has it.
        address: Where they are sent.
        limit: How many bytes one may have.
        tell: Told of the way and the end of it.
        folders: Take a dropped folder, too, packed as a .zip.
    """
    with ui.element("label").classes("drop") as whole:
        text(label, "span")
        made = ui.element("input").props(f'type=file accept="{accept}"')
        handler = f'(event) => Page.chosen(event, "{address}", {limit}, emit)'
        made.on("change", lambda event: tell(event.args), js_handler=handler)
    handler = f'(event) => Page.dropped(event, "{address}", {limit}, {str(folders).lower()}, emit)'
    whole.on("drop", lambda event: tell(event.args), js_handler=handler)
    whole.on("dragover", js_handler="(event) => event.preventDefault()")
    return made


async def asked(question: str, yes: str, no: str) -> bool:
    """Ask before something is done that may be regretted. yes, no: what the buttons say that do it, or don't."""
    # Quasar lets nothing but a plain box in a dialog be clicked.
    with ui.dialog().props(f'aria-label="{escape(question, True)}"') as dialog, block("sheet stack"):
        text(question)
        with block("actions"):
            button(no, lambda: dialog.submit(False), "main")
            button(yes, lambda: dialog.submit(True), "side danger")
    answer = await dialog
    dialog.delete()
    return bool(answer)


class Notice:
    """A line that says how something went; screen readers read it out."""

    def __init__(self) -> None:
        self._shown = text("", "div", "notice").props("role=alert")
        self.clear()

    def say(self, sentence: str, kind: str = "") -> None:
        """Show a sentence. kind: good, bad or neither."""
        self._shown.set_content(escape(sentence))
        self._shown.classes(remove="good bad", add=kind)

    def clear(self) -> None:
        """Show nothing."""
        self.say("")

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Show the errors of what is done within, which end it."""
        self.clear()
        try:
            yield
        except EmojiCameraError as error:
            self.say(str(error), "bad")
        except OSError as error:
            self.say(
                f"{error.filename or 'A file'} can't be used: {error.strerror or error}. Check that it is there.", "bad"
            )
        except Exception as error:
            log.exception("The page failed")
            told = error or type(error).__name__
            self.say(f"This failed: {told}. The terminal in which the program runs shows more.", "bad")


class Job(Protocol):
    """Work that takes a while. doing: what it is at. done, total: how far; total 0 while unknown.

    result: what it gave; None: nothing, for the reason of what and remedy.
    """

    doing: str
    done: int
    total: int
    result: dict[str, Any] | None
    what: str
    remedy: str

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        ...

    def cancel(self) -> None:
        """End it."""
        ...


class Waiting:
    """A progress bar with a way to cancel, shown while a job runs."""

    def __init__(self, label: str) -> None:
        self._job: Job | None = None
        with block("stack") as self._whole:
            self._text = text("", "div", "quiet").props("role=status")
            self._bar = ui.html("", sanitize=False)
            with block("actions"):
                button("Cancel", self._cancel)
        self._label = label
        self._whole.set_visibility(False)

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self._job is not None

    async def follow(self, job: Job) -> dict[str, Any]:
        """Show how far a job is until its end; return its result. Raises InputError with what went wrong."""
        self._job = job
        self._whole.set_visibility(True)
        try:
            while job.running:
                self._show(job)
                await asyncio.sleep(_LOOK_EVERY_S)
                if self._whole.is_deleted:  # the page is gone, and nobody wants the result
                    job.cancel()
        finally:
            self._job = None
            if not self._whole.is_deleted:
                self._whole.set_visibility(False)
        if job.result is None:
            raise InputError(job.what, job.remedy)
        return job.result

    def _show(self, job: Job) -> None:
        told = f"{job.done:,} of {job.total:,}" if job.total else "a moment"
        self._text.set_content(escape(f"{job.doing}: {told}"))
        self._bar.set_content(progress_bar(job.done / job.total if job.total else None, self._label))

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()


def progress_bar(share: float | None, label: str) -> str:
    """Return a progress bar as HTML; None: nobody knows how far it is."""
    value = "" if share is None else f' value="{share:.4f}"'
    return f'<progress class="bar" max="1"{value} aria-label="{escape(label, True)}"></progress>'
