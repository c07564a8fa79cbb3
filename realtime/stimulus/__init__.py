"""Stimuli: clips that are played to somebody while their face is read, and what of them was shown when."""
