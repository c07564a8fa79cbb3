"""What all pages of the studio share: the places, the data set that was looked at, the camera, pictures."""

from __future__ import annotations

import contextlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from realtime.control.process import CameraProcess
from realtime.errors import InputError
from training.studio.work.faces import Reader, Seen
from training.studio.work.jobs import Job
from training.studio.work.places import Places, read_json, write_json

# Uploaded pictures are kept in memory alone, and only so many.
_KEPT_PICTURES = 12


@dataclass(frozen=True, eq=False)
class Predicted:
    """A picture that was read, for the page to show when it is loaded again; the studio forgets it with that page.

    page: who shows it now. chosen: number of a face -> presentation. model: name of a run, empty for the app's model.
    """

    page: object
    image: np.ndarray
    seen: Seen
    chosen: dict[int, str]
    model: str
    pack: str


@dataclass
class Studio:
    """The state behind the pages. data, gender_data, ferplus: the paths chosen last.

    looked, prepared, predicted: what was found last under Dataset, Preprocess and Predict.
    """

    places: Places
    data: str = ""
    gender_data: str = ""
    ferplus: str = ""
    looked: list[tuple[dict[str, Any], Path]] = field(default_factory=list)
    prepared: dict[str, Any] = field(default_factory=dict)
    predicted: Predicted | None = None
    reader: Reader = field(default_factory=Reader)
    camera: CameraProcess = field(default_factory=CameraProcess)
    _jobs: list[Job] = field(default_factory=list)
    _pictures: OrderedDict[str, np.ndarray] = field(default_factory=OrderedDict)

    @property
    def dark(self) -> bool | None:
        """Whether the page is dark; None: as the system is. It is kept for the next start."""
        value = read_json(self.places.page).get("dark")
        return value if isinstance(value, bool) else None

    @dark.setter
    def dark(self, value: bool | None) -> None:
        with contextlib.suppress(OSError):  # then it is not kept
            write_json(self.places.page, {"dark": value})

    def job(self, task: str, **request: object) -> Job:
        """Begin a job that ends with the studio."""
        self._jobs = [job for job in self._jobs if job.running]
        self._jobs.append(Job(task, **request))
        return self._jobs[-1]

    def keep_picture(self, image: np.ndarray) -> str:
        """Keep a picture for a while; return its key."""
        key = secrets.token_urlsafe(12)
        self._pictures[key] = image
        while len(self._pictures) > _KEPT_PICTURES:
            self._pictures.popitem(last=False)
        return key

    def drop_pictures(self, keys: Iterable[str]) -> None:
        """Forget pictures."""
        for key in keys:
            self._pictures.pop(key, None)

    def picture(self, key: str) -> np.ndarray:
        """Return a picture that was kept. Raises InputError."""
        if key not in self._pictures:
            raise InputError("The picture is not kept any more.", "Choose it again.")
        return self._pictures[key]

    def close(self) -> None:
        """End what belongs to the studio. Training runs go on."""
        for job in self._jobs:
            job.cancel()
            job.wait(5)
        self.camera.stop()
        self.reader.close()
