"""How expressions are made, for those who practise or teach them."""

from __future__ import annotations

from collections.abc import Iterable

# How each looks, after the muscles that make it (Ekman and Friesen, 1978); the easy ones first.
ADVICE = {
    "happy": "lift the corners of your mouth, and let your cheeks rise",
    "surprise": "raise your brows, and open eyes and mouth wide",
    "neutral": "let everything in your face rest",
    "sad": "let the corners of your mouth sink, and lift the inner ends of your brows",
    "angry": "pull your brows down and together, and press your lips",
    "disgust": "wrinkle your nose, and lift your upper lip",
    "fear": "lift your brows and pull them together, eyes wide, mouth stretched and a little open",
}

# How some are made that are one's own, and what is asked for where nobody knows.
OWN_ADVICE = {"wink": "close one eye", "tongue": "put out your tongue"}
ANY_OTHER = "as you will always make it"


def advice_for(expressions: Iterable[str]) -> dict[str, str]:
    """Return how expressions are made, one's own too."""
    return {name: ADVICE.get(name) or OWN_ADVICE.get(name, ANY_OTHER) for name in expressions}
