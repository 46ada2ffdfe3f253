"""What the disk refused is found behind what libraries make of it."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from ind_risk.adapters.disk_trouble import trouble


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_an_error_of_the_disk_is_found_at_any_depth(number: int) -> None:
    def wrapped() -> None:
        try:
            try:
                raise OSError(number, os.strerror(number), "/home/x/ledger.jsonl")
            except OSError as inner:
                raise ValueError("a library's") from inner
        except ValueError:
            raise RuntimeError("another's")  # noqa: B904 - only its context knows

    with pytest.raises(RuntimeError) as caught:
        wrapped()
    assert trouble(caught.value) == f"/home/x/ledger.jsonl: {os.strerror(number)}."


def test_sqlite_that_cannot_write(tmp_path: Path) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError

    file = tmp_path / "a.db"
    sqlite3.connect(file).close()
    engine = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    try:
        with engine.connect() as connection, pytest.raises(OperationalError) as caught:
            connection.execute(text("create table t (a int)"))
    finally:
        engine.dispose()
    said = trouble(caught.value)
    assert said is not None
    assert "readonly database" in said


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("y"), sqlite3.OperationalError("no such table: t"),
              OSError(errno.ENOENT, "No such file")],
)  # fmt: skip
def test_anything_else_is_not_the_disks(error: Exception) -> None:
    assert trouble(error) is None
