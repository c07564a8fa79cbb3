"""The formats in which tables of readings are kept; --help names them, so nothing is loaded here."""

TABLE_FORMATS = ("parquet", "csv")
