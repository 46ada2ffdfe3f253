"""Samples in a home: what is read is what the ledger recorded, or nothing is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from stat import S_IMODE

import pandas as pd
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.samples import (
    AUDIT_FILE,
    Audit,
    SampleStore,
    audit_of,
    names_digest,
    with_samples,
    without_samples,
)
from ind_risk.core.errors import IntegrityError, NotFound
from ind_risk.core.sampling.outcomes import returned
from ind_risk_tests.adapters.small_tables import as_arrow, small_tables

AS_OF = date(2025, 12, 31)
FACTS = {"as_of": "2025-12-31", "until": "2026-12-31"}


def store_of(path: Path) -> tuple[Home, LedgerFile, SampleStore]:
    home = Home(path)
    ledger = LedgerFile(home)
    return home, ledger, SampleStore(home, ledger)


def drawn(*sponsors: str) -> pd.DataFrame:
    routes = ["random", "calibrating", "random"]
    return pd.DataFrame({
        "case": [f"{k + 1:05d}" for k in range(len(sponsors))], "sponsor_id": list(sponsors),
        "route": routes[: len(sponsors)], "inclusion_probability": [0.5] * len(sponsors),
    })  # fmt: skip


def chances(rows: pd.DataFrame, chance: float = 0.5) -> pd.Series[float]:
    return pd.Series(chance, index=rows["sponsor_id"])


def came_back(rows: pd.DataFrame) -> pd.DataFrame:
    sheet = rows.assign(
        opened_on="2026-02-01", closed_on="2026-03-01", inspector_id="I", outcome="compliant",
        breaches="0",
    )  # fmt: skip
    return returned(sheet, drawn=rows, before=None, since=AS_OF, until=date(2026, 12, 31)).rows


def test_what_was_drawn_is_read_back(tmp_path: Path) -> None:
    _, _, store = store_of(tmp_path)
    assert store.add(drawn("S1", "S2"), chances(drawn("S1", "S2")), FACTS) == "A1"
    assert store.add(drawn("S2"), chances(drawn("S2")), FACTS) == "A2"
    sample = store.read("A1")
    assert (sample.as_of, sample.until) == (AS_OF, date(2026, 12, 31))
    pd.testing.assert_frame_equal(sample.drawn, drawn("S1", "S2"), check_dtype=False)
    with pytest.raises(NotFound, match="there is A1, A2"):
        store.read("A3")


def test_nobody_else_may_read_who_is_of_which_majority(tmp_path: Path) -> None:
    home, _, store = store_of(tmp_path)
    rows = drawn("S1", "S2")
    store.add(rows, chances(rows), FACTS)
    store.take_in("A1", came_back(rows), {})
    assert S_IMODE(home.samples.stat().st_mode) == 0o700
    files = list((home.samples / "A1").iterdir())
    assert [S_IMODE(f.stat().st_mode) for f in files] == [0o600] * 3


@pytest.mark.parametrize("what", ["drawn.json", "chances.json", "returned.json"])
def test_an_edited_or_lost_file_is_refused(tmp_path: Path, what: str) -> None:
    home, _, store = store_of(tmp_path)
    rows = drawn("S1", "S2")
    store.add(rows, chances(rows), FACTS)
    store.take_in("A1", came_back(rows), {})
    file = home.samples / "A1" / what
    read = store.returned if what == "returned.json" else store.read
    read("A1")
    content = file.read_text()
    file.write_text(content.replace("S1", "S9"))
    with pytest.raises(IntegrityError, match="it was edited"):
        read("A1")
    file.unlink()
    with pytest.raises(IntegrityError, match="is gone"):
        read("A1")


def test_outcomes_join_the_inspections_and_leave_them_again(tmp_path: Path) -> None:
    home, ledger, store = store_of(tmp_path)
    tables = {n: as_arrow(n, t) for n, t in small_tables().items()}
    ids = tables["sponsors"]["sponsor_id"].to_pylist()[:2]
    rows = drawn(*ids)
    store.add(rows, chances(rows), FACTS)
    assert with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True) == (tables, Audit())
    store.take_in("A1", came_back(rows), {})
    merged, audit = with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)
    assert audit == Audit(until=date(2026, 3, 1), calibrating=(ids[1],), samples=("A1",))
    before = tables["inspections"].num_rows
    assert merged["inspections"].num_rows == before + 2
    assert merged["inspections"].schema == tables["inspections"].schema
    home.landing.mkdir(parents=True)
    (home.landing / AUDIT_FILE).write_text(audit.to_json())
    assert audit_of(home) == audit
    assert without_samples(home, ledger, merged)["inspections"].equals(tables["inspections"])
    # On a cut-off soon after they are inspections like any; who set a level still judges nothing.
    _, later = with_samples(home, ledger, tables, as_of=date(2026, 12, 31), synthetic=True)
    assert (later.until, later.calibrating) == (None, (ids[1],))
    _, years_later = with_samples(home, ledger, tables, as_of=date(2028, 1, 1), synthetic=True)
    assert (years_later.until, years_later.calibrating) == (None, ())


def test_samples_of_one_day_judge_together(tmp_path: Path) -> None:
    home, ledger, store = store_of(tmp_path)
    tables = {n: as_arrow(n, t) for n, t in small_tables().items()}
    one, other = tables["sponsors"]["sponsor_id"].to_pylist()[:2]
    first, second = drawn(one), drawn(other)
    every = pd.Series({one: 0.25, other: 0.25})
    store.add(first, every, {**FACTS, "first_phase": 0.5})
    store.take_in("A1", came_back(first), {})
    store.add(second, every * 2, {**FACTS, "first_phase": None})

    def rows() -> pd.DataFrame:
        merged, _ = with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)
        made = merged["inspections"].to_pandas()
        mine: pd.DataFrame = made[made["inspection_id"].str.startswith("A")]
        return mine.set_index("sponsor_id")

    assert (store.read("A1").first_phase, store.read("A2").first_phase) == (True, False)
    # Of the second nothing came back yet: it counts as not answered, and is not left out.
    together = 1 - (1 - 0.25) * (1 - 0.5)
    assert rows()["inclusion_probability"].to_dict() == pytest.approx(
        {one: together, other: together}
    )
    assert rows()["outcome"].isna().to_dict() == {one: False, other: True}
    store.take_in("A2", came_back(second), {})
    assert rows()["outcome"].to_dict() == {one: "compliant", other: "compliant"}
    assert rows()["inclusion_probability"].to_dict() == pytest.approx(
        {one: together, other: together}
    )


def test_a_sample_of_another_register_is_left_out(tmp_path: Path) -> None:
    home, ledger, store = store_of(tmp_path)
    rows = drawn("nobody")
    store.add(rows, chances(rows), FACTS)
    store.take_in("A1", came_back(rows), {})
    tables = {n: as_arrow(n, t) for n, t in small_tables().items()}
    assert with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True) == (tables, Audit())


def test_a_sample_of_a_world_is_left_out_in_another_that_shares_its_keys(tmp_path: Path) -> None:
    home, ledger, store = store_of(tmp_path)
    tables = {n: as_arrow(n, t) for n, t in small_tables().items()}
    sponsors = tables["sponsors"].to_pandas()
    names = dict(zip(sponsors["sponsor_id"], sponsors["legal_name"], strict=True))
    rows = drawn(*list(names)[:2])
    facts = {**FACTS, "names_digest": names_digest(rows["sponsor_id"], names)}
    store.add(rows, chances(rows), facts)
    store.take_in("A1", came_back(rows), {})
    assert with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)[1].samples == ("A1",)
    other = sponsors.assign(legal_name=sponsors["legal_name"] + " of elsewhere")
    tables["sponsors"] = as_arrow("sponsors", other)
    assert with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)[1] == Audit()
    # In a real register who changes their name stays drawn.
    assert with_samples(home, ledger, tables, as_of=AS_OF, synthetic=False)[1].samples == ("A1",)


def test_who_was_taken_out_of_a_real_register_stays_drawn(tmp_path: Path) -> None:
    """Else one sponsor taken out would make a whole sample, and the looks at it, go away."""
    home, ledger, store = store_of(tmp_path)
    tables = {n: as_arrow(n, t) for n, t in small_tables().items()}
    there = tables["sponsors"]["sponsor_id"].to_pylist()[0]
    rows = drawn("gone", "gone too", there)
    store.add(rows, chances(rows), FACTS)
    store.take_in("A1", came_back(rows), {})
    assert with_samples(home, ledger, tables, as_of=AS_OF, synthetic=True)[1] == Audit()
    for day in (AS_OF, date(2025, 12, 30)):
        merged, audit = with_samples(home, ledger, tables, as_of=day, synthetic=False)
        assert (audit.samples, audit.absent) == (("A1",), 1)  # "gone too" was to set the level
        added = merged["inspections"].to_pandas()["inspection_id"].str.startswith("A1-")
        assert added.sum() == 1


def test_a_damaged_note_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.landing.mkdir(parents=True)
    (home.landing / AUDIT_FILE).write_text("{}")
    with pytest.raises(IntegrityError, match="is damaged"):
        audit_of(home)
