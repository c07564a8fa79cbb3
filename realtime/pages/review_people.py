"""The people of a review, and what may be one: a card each, with a time bar and what can be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from realtime.cli.review import Review
from realtime.engine import editing
from realtime.engine.analysis import Edits
from realtime.engine.review_cards import KINDS, Card, cards_of, clock, told
from realtime.web import widgets

# More cards than this are shown when they are asked for.
_AT_ONCE = 30
_STATES = {
    "covered": "covered",
    "visible": "left visible",
    "excluded": "no face, nothing is drawn",
    "doubtful": "doubtful: may be a face",
}

Wish = Callable[[Edits], Edits]
Edit = Callable[[Wish, str, str], Awaitable[None]]


class PeopleList:
    """The cards."""

    def __init__(self, review: Review, edit: Edit, go: Callable[[int], None]) -> None:
        """Show nothing yet.

        Args:
            review: what is shown.
            edit: obeys a wish; told what to say, and where the focus goes.
            go: shows a frame, by its position.
        """
        self._review, self._edit, self._go = review, edit, go
        self._most = _AT_ONCE
        self._faces: set[int] = set()
        with widgets.sheet():
            widgets.text("People", "h2").props("id=people tabindex=-1")
            widgets.text(
                "Faces are shown when you ask for them, and kept nowhere. Whoever is left visible is visible in the "
                "video that is written.",
                classes="quiet",
            )
            key = "".join(f'<li><i class="{kind}"></i>{escape(what)}</li>' for kind, what in KINDS.items())
            ui.html(key, sanitize=False, tag="ul").classes("key")
            self._list = widgets.block("stack")
            with widgets.block("stack") as self._fold:
                self._faint = widgets.folded("What is hardly a face, and is not covered")

    def refresh(self) -> None:
        """Show the cards as they are now."""
        cards = cards_of(self._review.plan)
        self._list.clear()
        with self._list:
            sure = [card for card in cards if not card.is_faint]
            faint = [card for card in cards if card.is_faint]
            if not sure:
                widgets.text("Nobody was found. Zones can cover what the detectors have missed.")
            for card in sure[: self._most]:
                self._card(card, cards)
            if len(sure) > self._most:
                widgets.button(f"Show {len(sure) - self._most} more", self._more)
        self._faint.clear()
        self._fold.set_visibility(bool(faint))
        with self._faint:
            for card in faint[: self._most]:
                self._card(card, cards)

    def _more(self) -> None:
        self._most += _AT_ONCE
        self.refresh()

    def _card(self, card: Card, cards: list[Card]) -> None:
        analysis, number = self._review.plan.analysis, card.id
        with widgets.block("card").props(f'id=card-{number} tabindex=-1 role=group aria-label="Number {number}"'):
            with widgets.block("card-head"):
                face = widgets.block("")
                also = f" (and {', '.join(map(str, card.also))})" if card.also else ""
                widgets.text(f"{number}{also}", "h3")
                widgets.text(_STATES[card.state], "span", "badge")
                seen = card.track.seen
                first, last = (clock(analysis.frames[one.at].time_s) for one in (seen[0], seen[-1]))
                widgets.text(f"found in {_frames(len(seen))}, {first} to {last}", "span", "quiet")
            ui.html(self._bar(card), sanitize=False)
            with widgets.block("actions"):
                self._show_face(card, face)
                made = widgets.button("Go to", lambda: self._go(card.best.at))
                made.props(f'id=card-{number}-go aria-label="Go to number {number}"')
                self._choices(card)
                self._merging(card, cards)

    def _bar(self, card: Card) -> str:
        analysis = self._review.plan.analysis
        count = max(len(analysis.frames), 1)
        spans = "".join(
            f'<i class="{span.kind}" style="left:{100 * span.first / count:.2f}%;'
            f'width:{100 * (span.last + 1 - span.first) / count:.2f}%"></i>'
            for span in card.spans
        )
        return f'<div class="time-bar" role="img" aria-label="{escape(told(analysis, card), True)}">{spans}</div>'

    def _show_face(self, card: Card, place: ui.element) -> None:
        number = card.id

        def show() -> None:
            self._faces.symmetric_difference_update({number})
            fill()

        def fill() -> None:
            place.clear()
            if number in self._faces:
                with place:
                    widgets.picture(f"/face/{number}.jpg", f"number {number}, uncovered", "")
            made.set_text("Hide the face" if number in self._faces else "Show the face")
            what = "Hide" if number in self._faces else "Show"
            made.props(f'aria-label="{what} the face of number {number}"')

        made = widgets.button("Show the face", show)
        made.props(f"id=card-{number}-face")
        fill()

    def _choices(self, card: Card) -> None:
        number = card.id
        found = next((one for one in self._review.plan.analysis.tracks if one.id == number), card.track)
        if card.state != "covered":
            label = "Cover" if card.state != "doubtful" else "A face: cover it"
            self._button(card, label, "cover", lambda edits: editing.covered(edits, found), f"{number} is covered.")
        if card.state != "visible" and card.track.confirmed:
            said = f"{number} stays visible."
            self._button(card, "Leave visible", "visible", lambda edits: editing.left_visible(edits, found), said)
        if card.state != "excluded":
            said = f"{number} is no face."
            self._button(card, "Wrong: no face", "none", lambda edits: editing.no_face(edits, found), said)
        if card.also:
            said = f"{number} is nobody else any more."
            self._button(card, "Separate", "apart", lambda edits: editing.separated(edits, number), said)

    def _button(self, card: Card, label: str, name: str, wish: Wish, said: str) -> None:
        focus = f"card-{card.id}-{name}"
        made = widgets.button(label, lambda: self._edit(wish, said, focus))
        made.props(f'id={focus} aria-label="{label}: number {card.id}"')

    def _merging(self, card: Card, cards: list[Card]) -> None:
        mine = {one.at for one in card.track.seen}
        others = {
            str(other.id): f"Number {other.id}"
            for other in cards
            if other.id != card.id and not mine & {one.at for one in other.track.seen}
        }
        if not others or card.state not in ("covered", "doubtful"):
            return
        # Nothing is chosen at first, as the first of a list would be by accident.
        options = {"": "The same as ..."} | others

        async def merge(event: object) -> None:
            chosen = str(getattr(event, "value", ""))
            other = next((one for one in cards if str(one.id) == chosen), None)
            if other is not None:
                first, second = sorted((card, other), key=lambda one: (not one.track.confirmed, one.id))

                def wish(edits: Edits) -> Edits:
                    return editing.made_one(edits, first.track, second.track)

                await self._edit(wish, f"{second.id} is {first.id}, too.", f"card-{first.id}")

        made = widgets.choice(f"Number {card.id} is", options, "", merge)
        made.classes("merge").props(f"id=card-{card.id}-merge")


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
