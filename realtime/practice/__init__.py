"""Practising expressions: by parts of the face, before a mirror in words, and as a game."""
