"""A test chart to send through cameras: a face, known colours, and the time in its pixels.

As a program it plays the chart into a loopback device at 30 frames a second: `python -m tests.chart /dev/video10`.
"""

from __future__ import annotations

import sys
import time

import cv2
import numpy as np

from realtime.images import fitted
from realtime.sources.demo import Demo

SIZE_WH = (640, 480)
# Blue, green, red, and where the upper left corners of their squares are.
COLOURS = [(200, 60, 60), (60, 180, 60), (60, 60, 200), (200, 200, 200), (40, 40, 40), (40, 180, 200)]
COLOURS_AT = [(580, 20 + 50 * n) for n in range(len(COLOURS))]
COLOUR_PX = 32
# Left, top, right, bottom of the middle of the face.
FACE_BOX = (290, 200, 375, 305)

# The time in ms, the lowest bits of it, as black and white squares, the highest bit first; then their parity.
_BITS, _BIT_PX, _TIME_AT = 24, 16, (100, 452)


def still_chart() -> np.ndarray:
    """Return the chart without the time, uint8 (480, 640, 3) BGR."""
    first = Demo().read()
    assert first is not None
    chart = fitted(first.image, SIZE_WH).copy()
    for (x, y), colour in zip(COLOURS_AT, COLOURS, strict=True):
        chart[y : y + COLOUR_PX, x : x + COLOUR_PX] = colour
    return chart


def write_time_ms(chart: np.ndarray, time_ms: int) -> None:
    """Draw a time into a chart in place."""
    bits = [time_ms >> shift & 1 for shift in reversed(range(_BITS))]
    bits.append(sum(bits) % 2)
    x, y = _TIME_AT
    row = np.repeat(np.array(bits, np.uint8) * 200 + 20, _BIT_PX)
    chart[y : y + _BIT_PX, x : x + len(row)] = row[None, :, None]


def read_time_ms(image: np.ndarray) -> int | None:
    """Return the time drawn into a chart, as an integer below 2^24; None if there is none."""
    x, y = _TIME_AT
    squares = image[y : y + _BIT_PX, x : x + (_BITS + 1) * _BIT_PX].mean(2).reshape(_BIT_PX, _BITS + 1, _BIT_PX)
    levels = squares[4:-4, :, 4:-4].mean((0, 2))
    bits = levels > 120
    clear = (np.abs(levels - 120) > 60).all()
    if not clear or bits[:-1].sum() % 2 != bits[-1] or not bits.any():
        return None
    return int(sum(1 << shift for shift, bit in zip(reversed(range(_BITS)), bits[:-1], strict=True) if bit))


def play(device: str, fps: float = 30.0) -> None:
    """Send the chart to a loopback device until the process is ended."""
    import pyvirtualcam

    from realtime import v4l2loopback as loopback

    loopback.unstick(device)
    chart = still_chart()
    with pyvirtualcam.Camera(*SIZE_WH, fps, fmt=pyvirtualcam.PixelFormat.BGR, device=device) as camera:
        due_s = time.monotonic()
        while True:
            write_time_ms(chart, int(time.monotonic() * 1000) % (1 << _BITS))
            camera.send(chart)
            if camera.frames_sent == 1:
                print("playing", flush=True)
            due_s += 1 / fps
            time.sleep(max(due_s - time.monotonic(), 0))


if __name__ == "__main__":
    cv2.setNumThreads(1)
    play(sys.argv[1])
