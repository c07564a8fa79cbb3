"""Where covered frames go, and where keys come from."""
