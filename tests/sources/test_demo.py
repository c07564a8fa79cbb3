"""The built-in demo."""

from __future__ import annotations

import numpy as np

from realtime.sources.demo import Demo


def test_the_demo_is_the_same_every_time():
    first, second = Demo(), Demo()
    assert first.frames / first.fps == 10
    for _ in range(3):
        a, b = first.read(), second.read()
        assert a.image.shape == (720, 1280, 3)
        assert np.array_equal(a.image, b.image)


def test_the_demo_moves_rolls_and_changes_its_light(detector):
    demo = Demo()
    faces = [detector.detect(f) for n, f in enumerate(iter(demo.read, None)) if n % 10 == 0]
    assert all(len(found) == 1 for found in faces)
    rolls = np.degrees([found[0].region.roll_rad for found in faces])
    assert rolls.max() > 12
    assert rolls.min() < -12
    assert np.ptp([found[0].region.center[0] for found in faces]) > 300
