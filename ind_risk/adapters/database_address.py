"""Addresses of databases: the schema taken out, the password never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import InputRefused, Problem

if TYPE_CHECKING:
    from sqlalchemy import URL

# The drivers this project installs, for addresses that name none.
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_FRAGMENT = re.compile(r"^(?P<address>.+)#(?P<schema>[^#@/?&=]+)$")
_SECRET_OPTIONS = ("password", "passwd", "pwd", "sslpassword")
_SECONDS_TO_CONNECT = 10


@dataclass(frozen=True)
class DatabaseAddress:
    """Where to connect, which schema to read, and how to speak of it."""

    url: URL
    schema: str | None
    secrets: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The address without password or options, with the schema."""
        bare = self.url.difference_update_query(list(self.url.query))
        text = bare.render_as_string(hide_password=True)
        return text + (f"#{self.schema}" if self.schema else "")

    def masked(self, text: str) -> str:
        """A driver's message on one line, with any password in it replaced."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())[:300]

    def connect_args(self) -> dict[str, Any]:
        """Do not wait for ever on a server that does not answer; reads only."""
        if self.url.get_backend_name() == "postgresql" and "connect_timeout" not in self.url.query:
            return {"connect_timeout": _SECONDS_TO_CONNECT}
        return {}


def database_address(text: str) -> DatabaseAddress:
    """Parse an SQLAlchemy URL with an optional `?schema=name` or `#name`.

    Raises:
        InputRefused: if it cannot be parsed; the message never repeats the text.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    schema = None
    if match := _FRAGMENT.match(text):
        text, schema = match["address"], match["schema"]
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise refused(
            "the database address cannot be read (it is not repeated here: it may hold a password)",
            "Write dialect://user:password@host:port/database?schema=name; "
            "percent-encode special characters.",
        ) from None
    asked = url.query.get("schema", schema)
    url = url.difference_update_query(["schema"])
    if url.drivername in _DRIVERS:
        url = url.set(drivername=_DRIVERS[url.drivername])
    secrets = [url.password, *(url.query.get(name) for name in _SECRET_OPTIONS)]
    return DatabaseAddress(
        url=_read_only_file(url) if url.get_backend_name() == "sqlite" else url,
        schema=asked if isinstance(asked, str) else None,
        secrets=tuple(s for s in secrets if isinstance(s, str) and s),
    )


def refused(rule: str, next_step: str) -> InputRefused:
    """A refusal of the whole source."""
    return InputRefused([Problem("source", None, rule, next_step=next_step)])


def _read_only_file(url: URL) -> URL:
    """SQLite makes a file that is not there, and locks one it may write; neither is wanted."""
    from urllib.parse import quote

    path = Path(url.database or "")
    if not url.database or not path.is_file():
        raise refused(
            f"there is no SQLite file at {url.database or '(no path)'}",
            "Write sqlite:///path/to/file.db; four slashes begin an absolute path.",
        )
    return url.set(
        database=f"file:{quote(str(path.resolve()))}", query={"mode": "ro", "uri": "true"}
    )
