"""Zones of a review: parts of the picture that are always blurred, or in which no face is covered."""

from __future__ import annotations

from nicegui import ui

from realtime.cli.review import Review
from realtime.engine import editing
from realtime.engine.analysis import Zone
from realtime.engine.review_cards import clock
from realtime.errors import UsageError
from realtime.pages.review_people import Edit
from realtime.web import widgets

_KINDS = {"on": "always blurred", "off": "no face covered in it"}
_FIELDS = ("Left", "Top", "Width", "Height")
_MOST_PX = 100_000


class ZoneEditor:
    """Fields for a new zone, which a box drawn on the picture fills, and the zones there are."""

    def __init__(self, review: Review, edit: Edit, screen: ui.element) -> None:
        """Show the fields.

        Args:
            review: whose zones they are.
            edit: obeys a wish; told what to say, and where the focus goes.
            screen: the element on which a box is drawn.
        """
        self._review, self._edit = review, edit
        length_s = review.plan.analysis.frames[-1].time_s
        with widgets.sheet():
            widgets.text("Zones", "h2").props("id=zones tabindex=-1")
            widgets.text(
                "For what was not found, or must never be covered: turn on 'Draw a box' below the picture and drag "
                "over it, or write the place in pixels. It counts from one second to another.",
                classes="quiet",
            )
            with widgets.block("fields"):
                values = (0, 0, *(side // 4 for side in review.size_wh))
                self._place = [
                    widgets.number(label, value, 0, _MOST_PX) for label, value in zip(_FIELDS, values, strict=True)
                ]
                self._from, self._to = (
                    ui.number(label, value=value, min=0, step=0.1, format="%.1f").props("outlined dense")
                    for label, value in (("From second", 0.0), ("To second", round(length_s + 0.05, 1)))
                )
                self._kind = widgets.choice("What it is", _KINDS, "on")
            self._notice = widgets.Notice()
            with widgets.block("actions"):
                for label, field in (("From the frame shown", self._from), ("To the frame shown", self._to)):
                    made = widgets.button(label, lambda: None)
                    # NiceGUI sends what the page knows: the time of the frame that is shown.
                    made.on(
                        "click",
                        lambda event, field=field: field.set_value(round(float(event.args), 1)),
                        js_handler="() => emit(Review.times[Review.at])",
                    )
                widgets.button("Add the zone", self._add).props("id=zone-add")
            self._list = widgets.block("stack")
        screen.on("drawn", self._drawn, js_handler="(event) => emit(event.detail)")

    def refresh(self) -> None:
        """Show the zones as they are now."""
        edits = self._review.edits
        zones = [(zone, False) for zone in edits.zones] + [(zone, True) for zone in edits.zones_off]
        self._list.clear()
        with self._list:
            for zone, off in zones:
                with widgets.block("actions"):
                    widgets.text(_told(zone, off), "span")
                    self._remover(zone, off)

    def _remover(self, zone: Zone, off: bool) -> None:
        async def remove() -> None:
            await self._edit(lambda edits: editing.without_zone(edits, zone, off), "The zone is gone.", "zones")

        made = widgets.button("Remove", remove)
        made.props(f'aria-label="Remove the zone: {_told(zone, off)}"')

    def _drawn(self, event: object) -> None:
        for field, value in zip(self._place, getattr(event, "args", ()), strict=False):
            field.set_value(int(value))

    async def _add(self) -> None:
        with self._notice.telling():
            x, y, width, height = (float(field.value or 0) for field in self._place)
            begin, end = float(self._from.value or 0), float(self._to.value or 0)
            if width < 1 or height < 1 or end < begin:
                raise UsageError("This is no zone: it is empty, or ends before it begins.", "Change its numbers.")
            off = self._kind.value == "off"
            zone = Zone(x, y, width, height, (begin, end))
            said = f"Zone added: {_told(zone, off)}."
            await self._edit(lambda edits: editing.with_zone(edits, zone, off), said, "zone-add")


def _told(zone: Zone, off: bool) -> str:
    while_s = "all the time" if zone.while_s is None else f"{clock(zone.while_s[0])} to {clock(zone.while_s[1])}"
    place = f"{zone.width:.0f} x {zone.height:.0f} at {zone.x:.0f}, {zone.y:.0f}"
    return f"{place}, {while_s}: {_KINDS['off' if off else 'on']}"
