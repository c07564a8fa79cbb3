"""From options to what is practised."""

from __future__ import annotations

from realtime.cli.options import Options
from realtime.cli.parse import progress_path
from realtime.practice.gauged import Practises
from realtime.practice.open import open_practice


def practice_of(options: Options) -> Practises | None:
    """Return what is practised; None for nothing. Raises InputError for progress that can't be read."""
    return open_practice(options.practise, options.practise_with, progress_path(options.profile))
