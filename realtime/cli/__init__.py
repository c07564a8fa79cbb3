"""What users write, press and read."""
