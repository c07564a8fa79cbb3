"""Pages that open without a network: one HTML file with its style, its script and its numbers in it.

Every text that is not ours goes through `text` or, as JSON, through `_data`; the page's own policy forbids it to load
or run anything else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from realtime.report.charts import Chart

_PAGE = Path(__file__).parent / "page"


def text(value: object) -> str:
    """Return anything as text of a page, in which nothing is a tag."""
    return html.escape(str(value))


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; the first cell of each row is its head."""
    heads = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{text(row[0])}</th>' + "".join(f"<td>{text(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    # It can be scrolled sideways, and so has to be reached with the keyboard.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Table: {text(caption)}"><table>'
        f"<caption>{text(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(chart: Chart) -> str:
    """Return a place for a chart, and the table behind it."""
    head, rows = chart.table()
    caption = f"{chart.title}: {chart.whose}" if chart.whose else chart.title
    return (
        f'<figure id="{text(chart.key)}"><h3>{text(chart.title)}</h3><figcaption>{text(chart.about)}</figcaption>'
        f'<div class="chart" data-chart="{text(chart.key)}"></div>'
        f"<details><summary>{text(chart.title)} as a table</summary>{table(caption, head, rows)}</details></figure>"
    )


def timeline_tools(key: str) -> str:
    """Return a place for the tools of a time line."""
    return f'<div class="tools" data-tools="{text(key)}"></div>'


def film(name: str, length_s: float) -> str:
    """Return a place for a film that lies beside the page, or that whoever reads it chooses; it is not in the page."""
    return f'<div class="film" data-name="{text(name)}" data-length="{length_s:.3f}"></div>'


def page(title: str, body: str, data: dict[str, Any]) -> str:
    """Return a whole page.

    data: what its script draws: `charts` as data, and `timelines`, each with its `key`, its `length` in seconds, and
    what is marked in it.
    """
    style = (_PAGE / "report.css").read_text(encoding="utf-8")
    script = "".join((_PAGE / name).read_text(encoding="utf-8") for name in ("charts.js", "timeline.js", "report.js"))
    policy = (
        f"default-src 'none'; img-src data: blob:; media-src 'self' file: blob:; "
        f"style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{text(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{text(title)}</title><style>{style}</style></head><body>{body}"
        f'<script type="application/json" id="data">{_data(data)}</script><script>{script}</script></body></html>\n'
    )


def _data(data: dict[str, Any]) -> str:
    """Return JSON that can stand in a script: no tag can begin or end in it."""
    told = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return told.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
