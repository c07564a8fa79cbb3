"""Programs that measure; `make bench` runs those that need no data set."""
