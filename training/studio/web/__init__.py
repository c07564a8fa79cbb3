"""The studio's server: who may talk to it, and what they get."""
