"""The live part of the emoji camera: frames in, covered frames out."""

__version__ = "0.1.0"
