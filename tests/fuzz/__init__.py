"""Hostile files and frames, made by the thousand from fixed seeds: `python -m tests.fuzz`, or a few in the suite."""
