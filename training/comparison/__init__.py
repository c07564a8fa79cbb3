"""What earlier systems did, rebuilt small and measured on the same data: `python -m training.compare`."""
