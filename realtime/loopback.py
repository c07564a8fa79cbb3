"""Who may talk to a server of ours: this machine, by its own name, from our own page, with the token."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.errors import OutputError

HOST = "127.0.0.1"
# What a token of ours is made of: nothing else is read from a file of one.
_TOKEN_BYTES = 32

WRONG_HOST = "The {name} answers at 127.0.0.1 and localhost only. Use the address that was printed when it started."
WRONG_ORIGIN = "This came from another page than the {name}'s own. Use the address that was printed when it started."
WRONG_TOKEN = "The token in the address is not the {name}'s. Use the address that was printed when it last started."
NO_TOKEN = "The {name} wants its token. Use the address that was printed when it started, with ?token=... at its end."


@dataclass(frozen=True)
class Loopback:
    """The rules of one server. name: what the program is called in sentences, such as "studio"."""

    name: str
    port: int
    token: str

    @property
    def hosts(self) -> set[str]:
        """What the server is called by whoever may talk to it."""
        return {f"{HOST}:{self.port}", f"localhost:{self.port}"}

    @property
    def origins(self) -> list[str]:
        """Where the server's own page may have come from."""
        return sorted(f"http://{host}" for host in self.hosts)

    def foreign(self, headers: Mapping[str, Sequence[str]], needs_origin: bool) -> str:
        """Return why a request can't have come from the server's own page or a program of this machine; "" if it can.

        Args:
            headers: Name in lower case -> values.
            needs_origin: Whether it must say which page it came from, as must what writes and is let in by a cookie.
        """
        # A foreign name that was made to lead here (DNS rebinding) shows in the Host header.
        host = headers.get("host", [])
        if len(host) != 1 or host[0].lower() not in self.hosts:
            return self._said(WRONG_HOST)
        origins = headers.get("origin", [])
        # Pages of other ports count as the same site, to which cookies go along; links may lead here from anywhere.
        site, mode = headers.get("sec-fetch-site", [""])[0], headers.get("sec-fetch-mode", [""])[0]
        if site in ("cross-site", "same-site") and mode != "navigate":
            return self._said(WRONG_ORIGIN)
        if any(origin not in self.origins for origin in origins) or (needs_origin and not origins):
            return self._said(WRONG_ORIGIN)
        return ""

    def is_token(self, given: str) -> bool:
        """Return whether this is the token; it takes the same time for every other one."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def no_token(self, given: str = "") -> str:
        """Return why somebody without the token is not let in. given: what they gave in its place."""
        return self._said(WRONG_TOKEN if given else NO_TOKEN)

    def _said(self, sentence: str) -> str:
        return sentence.format(name=self.name)


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def kept_token(path: Path) -> str:
    """Return the token in a file of the user's, which is made, for this user alone, where there is none.

    Raises:
        OutputError: It can be neither read nor made.
    """
    with contextlib.suppress(OSError, ValueError):
        token = path.read_text("ascii").strip()
        if len(token) >= _TOKEN_BYTES and token.replace("-", "").replace("_", "").isalnum():
            return token
    token = new_token()
    write_private(path, token + "\n")
    return token


def write_private(path: Path, text: str) -> None:
    """Write a file that this user alone may read, whole or not at all. Raises OutputError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutputError(
            f"{path} can't be written: {error.strerror}.", "Free some space, or check its folder."
        ) from error
