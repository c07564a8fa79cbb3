"""Write the README's tables of options anew: `make readme`."""

from __future__ import annotations

import sys
from pathlib import Path

from realtime.cli.options import readme_tables

README = Path(__file__).resolve().parents[2] / "README.md"
_BEGIN, _END = "<!-- options: written by make readme -->\n", "<!-- end of options -->\n"


def with_tables(text: str) -> str:
    """Return the README's text with the tables of today's options between its two marks."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{readme_tables()}\n{_END}{after}"


def main() -> int:
    """Write the file; return the exit code."""
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
