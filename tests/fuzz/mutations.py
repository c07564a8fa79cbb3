"""What hostile hands do to a file: to its bytes, to the values of a JSON text, to the lines of a TOML file."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

# Written into JSON as they are, as Python can't build or print them all.
_RAW = {
    "@deep list@": "[" * 5000 + "]" * 5000,
    "@deep object@": '{"a":' * 3000 + "1" + "}" * 3000,
    "@unclosed@": "[" * 100_000,
    "@5000 digits@": "9" * 5000,
    "@huge@": "1e999",
    "@minus huge@": "-1e999",
    "@surrogate@": '"\\ud800"',
}
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 0.5, -0.0, 1e-320, 1e308, -1e308, 2**31, 2**53 + 1, 2**63, 10**400),
    *(float("nan"), float("inf"), float("-inf")),
    *("", "0", "\0", "a\nb", "é", "x" * 5000, "~nobody", "../../etc", "demo", ".", "/dev/zero"),
    *("emoji", "blur", "solid", "beside", "corner", "running", "strict", "next pack", "calibrate"),
    *([], {}, [[]], [None], [0] * 2000, [1e9, 1e9], {"a": 1}, [[1, 2], [3, 4]], [60_000, 60_000], [9000, 9000]),
    *_RAW,
)
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 40_000, 24_000)
_TOML = (
    *('"\\u0000"', "''", "[]", "{}", "nan", "-inf", "1e999", "true", "1979-05-27", "0", "-1", "9" * 25, "9" * 5000),
    *("0x" + "f" * 5000, "[" * 3000, "{a=" * 2000, '"' + "x" * 5000 + '"', "[1, [2, [3]]]", "[1e9, -1e9]"),
    *('"a.png"', '"../x.png"', '"demo"', '"emoji"', '"beside"', '"all"', "[40, 40]", "[30, 31.5]", "0.25", "[0, 0]"),
)


def changed_bytes(random: Random, data: bytes, head: int = 4096) -> bytes:
    """Return bytes changed in one to four places, mostly in the head, where files tell what they are."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at = random.randrange(min(len(changed), head) if random.random() < 0.7 else len(changed)) if changed else 0
        match random.randrange(11):
            case 0:
                changed[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                size = random.choice((1, 2, 4))
                number = random.choice(_NUMBERS) & (256**size - 1)
                changed[at : at + size] = number.to_bytes(size, random.choice(("little", "big")))
            case 2:
                del changed[at:]
            case 3:
                del changed[at : at + random.randint(1, 64)]
            case 4:
                changed[at:at] = random.randbytes(random.randint(1, 64))
            case 5:
                changed[at:at] = changed[at : at + random.randint(1, 2000)] * random.randint(1, 5)
            case 6:
                changed[at : at + random.randint(1, 200)] = bytes(random.randint(1, 200))
            case _:
                changed[at : at + 1] = bytes([changed[at] ^ 1 << random.randrange(8)]) if changed else b"\0"
    return bytes(changed)


def changed_json(random: Random, value: Any) -> str:
    """Return a JSON text of a value in which one to three values were replaced, removed or doubled."""
    box = [copy.deepcopy(value)]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        holder, key = _somewhere(random, box)
        match random.randrange(8):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, list) and holder is not box:
                del holder[key]
            case 2 if isinstance(holder, list) and holder is not box:
                holder.extend(copy.deepcopy(holder[: random.randint(1, 3)]))
            case 3 | 4 | 5 if isinstance(holder[key], float):
                holder[key] *= random.choice((-1, 0, 0.5, 0.999, 1.001, 3, 10, 300, 1e4, 1e9, 1e200))
            case _:
                holder[key] = copy.deepcopy(random.choice(_VALUES))
    text = json.dumps(box[0])
    for mark, raw in _RAW.items():
        text = text.replace(json.dumps(mark), raw)
    return text


def _somewhere(random: Random, box: list[Any]) -> tuple[Any, Any]:
    """Return a list or object within a value, and an index or key of it."""
    holder: Any = box
    key: Any = 0
    while isinstance(holder[key], (dict, list)) and holder[key] and random.random() < 0.95:
        holder = holder[key]
        key = random.choice(list(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
    return holder, key


def changed_toml(random: Random, text: str) -> bytes:
    """Return a TOML file of which one to three lines have other values, are removed, doubled or broken."""
    lines = text.splitlines()
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(lines))
        match random.randrange(6):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                lines[at] = changed_bytes(random, lines[at].encode()).decode("latin-1")
            case _:
                lines[at] = lines[at].partition("=")[0] + "= " + random.choice(_TOML)
    return "\n".join(lines).encode("utf-8", "surrogatepass")
