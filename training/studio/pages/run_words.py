"""How the page puts into words what a run is at, and how far."""

from __future__ import annotations

import time

from realtime.web import widgets
from training.run_record import TRAINING, VALIDATING
from training.studio.work.runs import Run

_LONG_S = 5.0
# What a run does before and after its epochs, in training's words and in the page's.
_DOING = {
    "starting": "starting",
    "reading the data": "before training: reading the data",
    "asking the teachers": "before training: asking the teachers",
    "drawing the curves": "trained, and now finishing: drawing the curves",
    "exporting": "trained, and now finishing: exporting the model, some minutes for a set like FER-2013",
    "trying 8-bit convolutions": "trained, and now finishing: trying 8-bit convolutions",
    "scoring": "trained, and now finishing: scoring the model and drawing its pictures",
}
STATES = {
    "running": "running",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
    "foreign": "not started here",
}


def progress_bar(run: Run) -> str:
    """Return how far a run is, as HTML; of what comes before and after the epochs nobody knows how far it is."""
    if not run.alive:
        return ""
    share = run.progress.done if run.progress and run.doing in ("", TRAINING, VALIDATING) else None
    return widgets.progress_bar(share, f"progress of {run.name}")


def told_of(run: Run) -> str:
    """Return what a run is at, how far, and how well it did."""
    parts = []
    if run.state == "stopped" and not run.saved:
        parts.append("stopped before anything was saved: 'Begin again' starts it anew")
    elif run.state == "running" and run.doing not in ("", TRAINING, VALIDATING):
        at_s = time.time() - run.since_s
        parts.append(_DOING.get(run.doing, run.doing) + (f", for {_spent(at_s)} now" if at_s > _LONG_S else ""))
    elif run.progress is not None and run.state != "finished":
        # 100 % is for the model that can be used.
        parts.append(f"epoch {run.progress.epoch} of {run.progress.epochs}, {min(run.progress.done, 0.99):.0%}")
        if run.doing == VALIDATING:
            parts.append("trying it on the validation pictures")
        elif run.progress.left_s is not None and run.state == "running":
            parts.append(f"{_duration(run.progress.left_s)} of training left")
    elif run.state == "running":
        parts.append("starting")
    if run.best is not None:
        parts.append(f"best expression accuracy {run.best:.1%}")
    return ", ".join(parts)


def _spent(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes} min" if minutes < 90 else f"about {minutes // 60} h {minutes % 60} min"
