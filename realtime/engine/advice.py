"""How expressions are made, for those who practise them."""

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

# What is drawn around people who laugh; "calm" is for people who avoid flashing: few hearts that rise slowly.
REACTIONS = ("hearts", "confetti", "calm")
