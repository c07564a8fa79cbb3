"""From FER-2013 (with FER+ votes and a gender-labelled set) to the ONNX file the program ships."""

import realtime  # noqa: F401  # before onnxruntime: it switches telemetry off
