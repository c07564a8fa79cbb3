"""Files in the folder of a run, written whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from realtime.errors import OutputError
from realtime.images import replacing


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give the path of a new file that becomes `path` if all goes well, as `replacing` does.

    Raises:
        OutputError: It can't be written.
    """
    try:
        with replacing(path) as part:
            yield part
    except OSError as error:
        raise OutputError(
            f"{path} can't be written: {error.strerror}.", "Free some space or choose another --output-dir."
        ) from error
