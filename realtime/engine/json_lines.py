"""Files of a JSON object a line, read line by line within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from realtime.errors import InputError, unreadable
from realtime.limits import check_file

# A frame of a thousand faces takes a third of this.
MAX_LINE_BYTES = 1_000_000
# Ten hours of one face at 30 frames a second; what they tell is kept in memory.
_MAX_BYTES = 1 << 30

# Makes the error of a file that is not what it should be, of its path, the number of a line and what is wrong there.
Refusal = Callable[[Path, int, object], InputError]


def lines_of(path: Path, refusal: Refusal) -> Iterator[bytes]:
    """Give the lines of a file as they are.

    Raises:
        InputError: The file can't be read, or it or a line of it is too large.
    """
    check_file(path)
    number = total = 0
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                number, total = number + 1, total + len(line)
                if len(line) > MAX_LINE_BYTES:
                    raise refusal(path, number, f"there are more than {MAX_LINE_BYTES // 10**6} MB")
                if total > _MAX_BYTES:
                    raise InputError(f"{path} is larger than {_MAX_BYTES >> 30} GB.", "Cut it at a line.")
                yield line
    except OSError as error:
        raise unreadable(path, error) from error
