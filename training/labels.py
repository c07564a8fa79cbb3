"""What FER-2013, FER+, UTKFace and the program call the classes, and how these names map."""

from __future__ import annotations

import numpy as np

from realtime.records import EMOTIONS

# The sizes of the network; `training.model` has their shapes.
MODELS = ("small", "medium", "large")

# The outputs that are trained; the shipped `emotion` output is made of the first two.
HEADS = ("fer", "ferplus", "gender")

# How the emotion heads learn: "fer" from FER's labels alone; "majority", "soft", "probabilistic" and "multi" from the
# FER+ votes (Barsoum et al., 2016, section 3); "mixed" from FER's labels and, like "soft", from the votes.
LABELS = ("fer", "majority", "soft", "probabilistic", "multi", "mixed")

# The numbers of fer2013.csv stand for these emotions, in this order; its folders are sorted alphabetically.
FER_CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

# The emotions of the FER+ votes, in the order of their publication (Barsoum et al., 2016).
FERPLUS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")

# What other collections call the emotions and genders; contempt has no counterpart and is left out.
OTHER_NAMES = {
    "happiness": "happy",
    "joy": "happy",
    "surprised": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "calm": "neutral",
    "contempt": "",
    "man": "male",
    "men": "male",
    "woman": "female",
    "women": "female",
}

# The vote columns of fer2013new.csv. "NF" means that the picture shows no face.
FERPLUS_COLUMNS = (*FERPLUS, "unknown", "NF")

# The emotion that each FER+ class stands for. Contempt has no counterpart.
FERPLUS_TO_EMOTION = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
}

# Where the FER+ class of each emotion stands in FERPLUS, in the order of EMOTIONS.
VOTE_ORDER = tuple(
    FERPLUS.index(next(vote for vote, meant in FERPLUS_TO_EMOTION.items() if meant == emotion)) for emotion in EMOTIONS
)

# The genders and races that UTKFace writes as numbers into its file names (Zhang et al., 2017).
UTKFACE_GENDERS = ("male", "female")
UTKFACE_RACES = ("white", "black", "asian", "indian", "other")

_NO_VOTES = (0.0,) * len(FERPLUS_COLUMNS)


def ferplus_shares(votes: tuple[float, ...] | None) -> np.ndarray:
    """Turn the votes for a picture into shares of the votes for an emotion.

    Args:
        votes: Taggers by column of FERPLUS_COLUMNS; None where nobody was asked.

    Returns:
        float32 (8,) in the order of FERPLUS, sums to 1; all zeros where nobody chose an emotion.
    """
    counts = np.array(votes or _NO_VOTES, np.float32)[: len(FERPLUS)]
    return counts / max(float(counts.sum()), 1.0)


def ferplus_agreed(votes: tuple[float, ...] | None) -> int:
    """Find the emotion that more than half of the votes are for.

    Single votes do not count, and a picture that most taggers call unknown or no face has no emotion: this is the rule
    of the code published with FER+ (Barsoum et al., 2016).

    Args:
        votes: Taggers by column of FERPLUS_COLUMNS; None where nobody was asked.

    Returns:
        An index into FERPLUS, -1 where there is no such emotion.
    """
    counts = np.array(votes or _NO_VOTES)
    counts[counts <= 1] = 0
    winner = int(counts.argmax())
    return winner if winner < len(FERPLUS) and counts[winner] > counts.sum() / 2 else -1


def ferplus_majority(shares: np.ndarray) -> np.ndarray:
    """Find the emotion that most taggers chose.

    Args:
        shares: float (N, 8) in the order of FERPLUS, as `ferplus_shares` gives them.

    Returns:
        int (N,), indices into EMOTIONS; -1 where most chose contempt or there are no votes.
    """
    winners = [FERPLUS_TO_EMOTION.get(FERPLUS[winner]) for winner in shares.argmax(1)]
    voted = shares.sum(1) > 0
    return np.array([EMOTIONS.index(w) if w and v else -1 for w, v in zip(winners, voted, strict=True)])


def ferplus_winners(shares: np.ndarray) -> np.ndarray:
    """Find the FER+ class that most taggers chose.

    Args:
        shares: float (N, 8) in the order of FERPLUS, as `ferplus_shares` gives them.

    Returns:
        int (N,), indices into FERPLUS; -1 where there are no votes.
    """
    return np.where(shares.any(1), shares.argmax(1), -1)


def sure_labels(labels: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """Return the labels that FER and the most FER+ taggers agree on, -1 elsewhere.

    Args:
        labels: int (N,), FER's, index into EMOTIONS.
        votes: float (N, 8), order FERPLUS; all zero where nobody was asked about any: then FER's labels stay.
    """
    return np.where(ferplus_majority(votes) == labels, labels, -1) if votes.any() else labels
