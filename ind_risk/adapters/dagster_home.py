"""Dagster's folder in a home, and the lock that lets one lifecycle run at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

from ind_risk.adapters.home import write_text
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from ind_risk.adapters.home import Home

INSTANCE_FILE = "dagster.yaml"
# A lock that nobody refers to is given back; these are kept.
_HELD: dict[str, BaseFileLock] = {}


def prepare_dagster(home: Home) -> None:
    """Put the shipped dagster.yaml into a home that has none; one that is there is the user's."""
    file = home.dagster / INSTANCE_FILE
    if not file.exists():
        write_text(file, (files("ind_risk") / INSTANCE_FILE).read_text(encoding="utf-8"))


@contextmanager
def alone(home: Home, *, patience_seconds: float) -> Iterator[None]:
    """Hold a home against every other lifecycle, of the command line or of Dagster's daemon.

    Raises:
        IndRiskError: if another process keeps it for longer than that.
    """
    lock = _acquired(home, patience_seconds)
    try:
        yield
    finally:
        lock.release()


def alone_until_exit(home: Home, *, patience_seconds: float) -> None:
    """The same until this process ends, unless it holds the home already; IndRiskError likewise.

    For runs that Dagster launches: each has a process of its own.
    """
    if not _lock(home).is_locked:
        _acquired(home, patience_seconds)


def _lock(home: Home) -> BaseFileLock:
    from filelock import FileLock

    home.root.mkdir(parents=True, exist_ok=True)
    return FileLock(home.root / "run.lock", is_singleton=True)


def _acquired(home: Home, patience_seconds: float) -> BaseFileLock:
    from filelock import Timeout

    lock = _lock(home)
    try:
        lock.acquire(timeout=patience_seconds)
    except Timeout:
        raise IndRiskError(
            f"Another ind-risk is at work in {home.root}. Wait for it, or give this run a home of "
            "its own with --home."
        ) from None
    _HELD[str(home.root)] = lock
    return lock
