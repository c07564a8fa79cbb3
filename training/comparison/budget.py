"""How much each table of the comparison may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Budget:
    """What a run of all tables may take; the clock is the processor time of the network's own thread.

    seconds: of one core that a network learns. vgg13_seconds: that VGG13 does, which costs dozens of times what the
    others do. widths: channels of the four stages. side_px: of the patches it learns from. svm_pictures: that the
    support vector machines learn from. svm_scored: validation pictures that they read, at most. sized: faces at most
    that are read at each size. scored: validation pictures at most that networks read. sequences: at most. depths:
    convolutions. scales: of the widths. seeds: of the labelling schemes. network_seeds: of other depths and widths.
    sizes_px: sides of a face. crowds: faces in a picture. frames: of each crowd. video_s: that are looked through for
    false faces, of each video.
    """

    name: str
    seconds: float
    vgg13_seconds: float
    widths: tuple[int, ...] = (32, 64, 128, 256)
    side_px: int = 48
    svm_pictures: int = 10_000
    svm_scored: int = 100_000
    sized: int = 1000
    scored: int = 100_000
    sequences: int = 1000
    depths: tuple[int, ...] = (4, 5, 6, 7, 8, 9, 10, 11)
    scales: tuple[float, ...] = (0.5, 0.71, 1.0, 1.41, 2.0)
    seeds: tuple[int, ...] = (0, 1, 2)
    network_seeds: tuple[int, ...] = (0, 1)
    sizes_px: tuple[int, ...] = (12, 16, 24, 32, 48, 64, 80, 112)
    crowds: tuple[int, ...] = (1, 2, 3, 5, 8, 12, 20, 30)
    frames: int = 60
    video_s: float = 3600.0


_FULL = Budget("full", seconds=1800, vgg13_seconds=2700)
# What an hour allows: small networks, still, but they see FER-2013 three times.
_MIDDLE = replace(
    _FULL,
    name="middle",
    seconds=30,
    vgg13_seconds=300,
    widths=(12, 24, 48, 96),
    side_px=24,
    svm_pictures=8000,
    svm_scored=2000,
    sized=200,
    depths=(4, 5, 6, 8, 11),
    scales=(0.5, 1.0, 2.0),
    sizes_px=(12, 16, 24, 32, 48, 80, 112),
    frames=30,
    video_s=60,
)
# Only shows that everything works: a network does not even see all pictures once.
_QUICK = replace(
    _MIDDLE,
    name="quick",
    seconds=10,
    vgg13_seconds=30,
    svm_pictures=800,
    svm_scored=400,
    sized=80,
    scored=1200,
    sequences=200,
    network_seeds=(0,),
    sizes_px=(12, 24, 48, 80, 112),
    frames=12,
    video_s=20,
)
# The cheapest first.
BUDGETS = {budget.name: budget for budget in (_QUICK, _MIDDLE, _FULL)}


def best_budget(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of the dearest budget that there are any of; budgets are never mixed. rows: of a table."""
    order = {name: place for place, name in enumerate(BUDGETS, start=1)}
    best = max((row["budget"] for row in rows), key=lambda name: order.get(name, 0), default="")
    return [row for row in rows if row["budget"] == best]
