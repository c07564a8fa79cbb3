"""Where the expression model is that comes with the program; importing this loads no library."""

from __future__ import annotations

from pathlib import Path

SHIPPED_MODEL = Path(__file__).resolve().parents[2] / "models" / "face_expression.onnx"
