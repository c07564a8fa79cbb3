"""The control socket: a running camera steered and read by other programs of this machine."""
