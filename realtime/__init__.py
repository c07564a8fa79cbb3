"""The live part of the emoji camera: frames in, covered frames out."""

import os

__version__ = "0.1.0"

# onnxruntime 1.31 and later write a device id into the home of the user and, two minutes into a session, look up
# a host of their maker's. Only this variable, set before the first import of onnxruntime, keeps it from both, so it is
# set here, whatever the user's environment says: every part of the project imports this package first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
