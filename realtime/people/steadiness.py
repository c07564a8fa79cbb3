"""The settings of the smoothing."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Steadiness:
    """How steady emoji are; all of it can be set in the configuration file's [smoothing].

    emotion_s: time constant of the average of the emotion probabilities. margin, dwell_s: another emotion is shown once
    it leads by so much for so long. unrest_s: every change raises the margin by itself, which dies away with this time
    constant, so that a face between two emotions comes to rest. doubt_per_s: share by which a face that is not found
    grows each second, as its place gets less certain. min_cutoff_hz, beta, derivative_cutoff_hz: of the One Euro
    filters of place (in sizes of the face), size (in its logarithm) and roll (in radians). rest: speed in these units
    and seconds that counts as none, since a still face seems to move a little.
    """

    emotion_s: float = 0.2
    margin: float = 0.12
    dwell_s: float = 0.1
    unrest_s: float = 20.0
    doubt_per_s: float = 0.5
    min_cutoff_hz: float = 0.8
    beta: float = 5.0
    derivative_cutoff_hz: float = 3.0
    rest: float = 0.25

    def scaled(self, smooth: float) -> Steadiness:
        """Return these settings for the one knob: 0 is none of it, 0.5 leaves them as they are, 1 is twice as much."""
        times = 2 * smooth
        return replace(
            self,
            emotion_s=self.emotion_s * times,
            margin=self.margin * times,
            dwell_s=self.dwell_s * times,
            min_cutoff_hz=self.min_cutoff_hz / max(times, 1e-3),
        )
