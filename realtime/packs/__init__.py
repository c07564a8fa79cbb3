"""Emoji packs: read, checked and ready for drawing."""
