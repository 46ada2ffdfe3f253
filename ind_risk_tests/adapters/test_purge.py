"""Retention: rows go, digests stay, and no purge leaves the sample that pleases."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from ind_risk.adapters.issued import listed_by_model
from ind_risk.adapters.purge import Purged, purge
from ind_risk.adapters.samples import Audit, with_samples
from ind_risk.adapters.table_store import TableStore
from ind_risk.core.errors import IndRiskError, IntegrityError, NotFound
from ind_risk_tests.adapters.small_tables import as_arrow, small_tables
from ind_risk_tests.adapters.test_samples import (
    AS_OF,
    FACTS,
    came_back,
    chances,
    drawn,
    store_of,
)


def _purged(path: Path, day: date, *, rehearse: bool = False) -> Purged:
    home, ledger, _ = store_of(path)
    return purge(home, TableStore(home), ledger, before=day, rehearse=rehearse)


def test_samples_go_once_all_of_their_frame_are_closed(tmp_path: Path) -> None:
    """Two of one day with different last days: neither goes before the later one is closed."""
    home, _, store = store_of(tmp_path)
    rows = drawn("S1", "S2")
    store.add(rows, chances(rows), FACTS)
    store.add(drawn("S3"), chances(drawn("S3")), {**FACTS, "until": "2027-06-30"})
    store.take_in("A1", came_back(rows), {"known": 2})
    assert _purged(tmp_path, date(2027, 1, 1)).samples == ()
    told = _purged(tmp_path, date(2027, 7, 1), rehearse=True)
    assert told.samples == ("A1", "A2")
    assert store.there() == ["A1", "A2"]
    assert _purged(tmp_path, date(2027, 7, 1)) == told
    assert (store.there(), store.names()) == ([], ["A1", "A2"])
    assert store.purged_of(AS_OF) == ["A1", "A2"]
    assert not any(p.is_file() for p in home.samples.rglob("*"))
    with pytest.raises(NotFound, match="were purged; only its digest is left"):
        store.read("A1")
    assert _purged(tmp_path, date(2027, 7, 1)).files == ()


def test_purged_outcomes_judge_no_more(tmp_path: Path) -> None:
    home, ledger, store = store_of(tmp_path)
    tables = {n: as_arrow(n, t) for n, t in small_tables().items()}
    rows = drawn(*tables["sponsors"]["sponsor_id"].to_pylist()[:2])
    store.add(rows, chances(rows), FACTS)
    store.take_in("A1", came_back(rows), {"known": 2})
    merged, audit = with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)
    assert audit.samples == ("A1",)
    assert merged["inspections"].num_rows > tables["inspections"].num_rows
    _purged(tmp_path, date(2027, 7, 1))
    merged, audit = with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)
    assert audit == Audit()
    assert merged["inspections"].equals(tables["inspections"])


def test_what_an_interrupted_purge_left_goes_with_the_next(tmp_path: Path) -> None:
    home, _, store = store_of(tmp_path)
    rows = drawn("S1")
    store.add(rows, chances(rows), FACTS)
    file = home.samples / "A1" / "drawn.json"
    content = file.read_bytes()
    _purged(tmp_path, date(2027, 7, 1))
    file.write_bytes(content)  # as if it had been killed before it came to this one
    assert _purged(tmp_path, date(2020, 1, 1)).files == ("samples/A1/drawn.json",)
    assert not file.exists()


def test_a_disk_that_refuses_leaves_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, ledger, store = store_of(tmp_path)
    rows = drawn("S1")
    store.add(rows, chances(rows), FACTS)
    before = {p: p.read_bytes() for p in home.root.rglob("*") if p.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(IndRiskError, match="No space left"):
        purge(home, TableStore(home), ledger, before=date(2027, 7, 1))
    assert {p: p.read_bytes() for p in home.root.rglob("*") if p.is_file()} == before


def test_a_purged_worklist_is_not_taken_for_none(tmp_path: Path) -> None:
    home, ledger, _ = store_of(tmp_path)
    content = b'[{"sponsor_id": "S1", "route": "profile"}]'
    digest = hashlib.sha256(content).hexdigest()
    home.issued.mkdir()
    (home.issued / f"{digest}.json").write_bytes(content)
    ledger.append("worklist", {"as_of": "2025-06-01", "model_version": "1", "rows_digest": digest})
    year = {"since": date(2024, 12, 31), "until": AS_OF}
    assert listed_by_model(home, ledger, **year) == {"S1"}
    assert _purged(tmp_path, date(2025, 7, 1)).worklists == (digest,)
    with pytest.raises(IntegrityError, match="The worklist of 2025-06-01 was purged"):
        listed_by_model(home, ledger, **year)
    later = {"since": AS_OF, "until": date(2026, 12, 31)}
    assert listed_by_model(home, ledger, **later) is None
