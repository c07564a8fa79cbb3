"""How stimuli can be shown; --help names it, so nothing is loaded here."""

ORDERS = ("random", "given")
# The pause before each, in seconds.
PAUSE_S = 4.0
