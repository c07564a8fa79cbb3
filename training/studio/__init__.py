"""The studio: a local page over the functions of `training` and `realtime`; `python -m training.studio`."""
