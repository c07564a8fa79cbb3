"""Everything that is remembered of a person."""
