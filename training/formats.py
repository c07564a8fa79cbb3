"""The formats in which FER-2013, FER+ votes and gender sets come; each is read into a list of entries.

Everything goes by name: the classes' order differs between the copies of FER-2013.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

from realtime.errors import InputError, unreadable
from realtime.records import EMOTIONS, GENDERS
from training.labels import FER_CSV_EMOTIONS, FERPLUS, FERPLUS_COLUMNS, UTKFACE_GENDERS, UTKFACE_RACES

# The pictures of a set are looked for by these endings.
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")

# The splits, by the names that the sets give them.
SPLITS = {
    "Training": "train",
    "PublicTest": "valid",
    "PrivateTest": "test",
    "train": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "test": "test",
}

# UTKFace's file names: AGE_GENDER_RACE_DATE.jpg.
_UTKFACE = re.compile(r"(\d+)_([01])_([0-4])_\d+\.")


@dataclass(frozen=True)
class Entry:
    """One picture of a set, not yet read.

    split: train, valid or test; None where the set has none. label: name of the class, known or not.
    picture: its file, or the pixels as fer2013.csv writes them. name: how messages call it.
    votes: how many FER+ taggers chose each of FERPLUS, "unknown" and "NF" (not a face); None where nobody was asked.
    traits: what else is known.
    """

    split: str | None
    label: str
    picture: Path | str
    name: str
    votes: tuple[float, ...] | None = None
    traits: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """What was found at a place. kind: what its labels are, "emotion" or "gender"."""

    kind: str
    entries: list[Entry]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes its labels may have."""
        return EMOTIONS if self.kind == "emotion" else GENDERS


def list_pictures(root: str | Path, ferplus: str | Path | None = None) -> Listing:
    """Recognise the format of a place and list its pictures.

    Args:
        root: fer2013.csv; a folder with labels.csv (FER-2013, a gender set, or the columns file and emotion); class
            folders, within split folders or not; or a folder of UTKFace files.
        ferplus: fer2013new.csv, the FER+ votes.

    Returns:
        The pictures, not yet read.

    Raises:
        InputError: The place or a table can't be read, or holds no pictures.
    """
    root = Path(root)
    listing = _recognised(root)
    if not listing.entries:
        raise InputError(
            f"{root} holds no labelled pictures.",
            "Expected fer2013.csv; train/<class>/ and test/<class>/ with the "
            f"classes {', '.join(EMOTIONS)}; or UTKFace files named AGE_GENDER_RACE_DATE.jpg.",
        )
    return listing if ferplus is None else Listing(listing.kind, _with_votes(listing.entries, Path(ferplus)))


def check_kind(root: str | Path, kind: str, wanted: str) -> None:
    """Check that sets have not changed places: kind is what the labels of a set are, wanted what they must be.

    Raises InputError.
    """
    if kind == "gender" and wanted == "emotion":
        raise InputError(
            f"{root} is a gender set: a model that learns it as data set would take female and male for expressions.",
            "Give a set of expressions as data set, and this one as gender set.",
        )
    if kind == "emotion" and wanted == "gender":
        raise InputError(
            f"{root} is a set of expressions, not of genders.", "Give a set like UTKFace as gender set, or none at all."
        )


def _recognised(root: Path) -> Listing:
    if root.is_file():
        return Listing("emotion", list(_fer_csv(root)))
    if not root.is_dir():
        raise InputError(f"{root} does not exist.", "Give a folder, or fer2013.csv.")
    if (root / "labels.csv").is_file():
        columns, rows = read_csv(root / "labels.csv", ("file",))
        if "gender" in columns:
            return Listing("gender", list(_gender_rows(root, rows)))
        if "emotion" in columns:
            return Listing("emotion", list(_emotion_rows(root, rows)))
        return Listing("emotion", list(_fer_rows(root, columns, rows)))
    if (root / "fer2013.csv").is_file():
        return Listing("emotion", list(_fer_csv(root / "fer2013.csv")))
    utkface = [path for path in _pictures(root) if _UTKFACE.match(path.name)]
    if utkface:
        return Listing("gender", list(_utkface_files(utkface)))
    return Listing("emotion", list(_class_folders(root)))


def _fer_csv(path: Path) -> Iterator[Entry]:
    _, rows = read_csv(path, ("emotion", "pixels", "Usage"))
    for number, row in enumerate(rows):
        code = row["emotion"]
        label = FER_CSV_EMOTIONS[int(code)] if code in tuple("0123456") else code
        yield Entry(_split(row["Usage"], path), label, row["pixels"], f"{path.name} row {number}")


def _fer_rows(root: Path, columns: list[str], rows: list[dict[str, str]]) -> Iterator[Entry]:
    path = root / "labels.csv"
    _need(path, columns, ("usage", "fer_label"))
    voted = set(FERPLUS) <= set(columns)
    for row in rows:
        votes = _votes(row) if voted and row["neutral"] else None
        yield Entry(_split(row["usage"], path), row["fer_label"], root / row["file"], row["file"], votes)


def _emotion_rows(root: Path, rows: list[dict[str, str]]) -> Iterator[Entry]:
    for row in rows:
        # The file may be named with its class folder or without.
        place = root / row["file"]
        picture = place if place.is_file() else root / row["emotion"] / row["file"]
        split = _split(row["split"], root / "labels.csv") if row.get("split") else None
        traits = {"person": row["person"]} if row.get("person") else {}
        yield Entry(split, row["emotion"].lower(), picture, row["file"], traits=traits)


def _gender_rows(root: Path, rows: list[dict[str, str]]) -> Iterator[Entry]:
    for row in rows:
        traits = {key: row[key] for key in ("age", "race", "person") if row.get(key)}
        split = _split(row["split"], root / "labels.csv") if row.get("split") else None
        yield Entry(split, row["gender"], root / row["file"], row["file"], traits=traits)


def _utkface_files(paths: list[Path]) -> Iterator[Entry]:
    for path in paths:
        age, gender, race = _UTKFACE.match(path.name).groups()  # type: ignore[union-attr]
        # The split goes by the name, so it is the same on every machine.
        share = int(sha1(path.name.encode()).hexdigest(), 16) % 100
        split = "train" if share < 80 else "valid" if share < 90 else "test"
        traits = {"age": age, "race": UTKFACE_RACES[int(race)]}
        yield Entry(split, UTKFACE_GENDERS[int(gender)], path, path.name, traits=traits)


def _class_folders(root: Path) -> Iterator[Entry]:
    splits = {SPLITS[folder.name]: folder for folder in _folders(root) if folder.name in SPLITS}
    for split, folder in splits.items() or [(None, root)]:
        for class_folder in _folders(folder):
            for path in _pictures(class_folder):
                yield Entry(split, class_folder.name.lower(), path, str(path.relative_to(root)))


def _with_votes(entries: list[Entry], path: Path) -> list[Entry]:
    """Add the votes of fer2013new.csv: by the picture's name where it has one, else by its row."""
    _, rows = read_csv(path, ("Usage", "Image name", *FERPLUS_COLUMNS))
    by_name = {row["Image name"]: _votes(row) for row in rows if row["Image name"]}
    if all(isinstance(entry.picture, str) for entry in entries):
        if len(rows) != len(entries):
            raise InputError(
                f"{path} has {len(rows)} rows, the data {len(entries)}: they are not of the same set.",
                "Give the fer2013new.csv that belongs to the data.",
            )
        votes = [_votes(row) if row["Image name"] else None for row in rows]
    else:
        votes = [by_name.get(Path(entry.name).name) for entry in entries]
        if not any(votes):
            raise InputError(f"{path} names no picture of the data.", "Its names are like fer0000000.png.")
    return [Entry(e.split, e.label, e.picture, e.name, v, e.traits) for e, v in zip(entries, votes, strict=True)]


def _votes(row: dict[str, str]) -> tuple[float, ...]:
    return tuple(float(row.get(name) or 0) for name in FERPLUS_COLUMNS)


def read_csv(path: Path, columns: tuple[str, ...]) -> tuple[list[str], list[dict[str, str]]]:
    """Read a table; return the names of its columns and its rows. Raises InputError if one of `columns` is missing."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = list(reader.fieldnames or ())
            _need(path, names, columns)
            rows = list(reader)
    except OSError as error:
        raise unreadable(path, error) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no table of comma-separated values: {error}.", "Get it anew.") from error
    for number, row in enumerate(rows, start=1):
        if any(row[name] is None for name in columns):
            raise InputError(f"{path} breaks off in row {number}: it has fewer columns than the head.", "Get it anew.")
    return names, rows


def _need(path: Path, names: list[str], columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in names]
    if missing:
        raise InputError(
            f"{path} lacks the columns {', '.join(missing)}. It has: {', '.join(names) or 'none'}.",
            "Correct the names in its first line.",
        )


def _split(name: str, path: Path) -> str:
    if name not in SPLITS:
        raise InputError(f"{path} has the unknown split '{name}'.", f"Known are {', '.join(SPLITS)}.")
    return SPLITS[name]


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir())


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
