"""The tests, in the folders of what they test."""

import realtime  # noqa: F401  # before onnxruntime: it switches telemetry off
