"""The audit loop as people use it: shut, planned, drawn, inspected, taken in, decided."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk_tests.command import ind_risk

SEED = "1000"


def command(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    return ind_risk(*arguments, *([] if home is None else ["--home", str(home)]))


def answer(*arguments: str, home: Path) -> dict[str, Any]:
    done = command(*arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A whole loop on the world of the letter, with what each command said."""
    folder = tmp_path_factory.mktemp("loop")
    world, home = folder / "world", folder / "home"
    sheet, filled = folder / "sheet.csv", folder / "filled.csv"
    assert command("synth", "letter", "--out", str(world), "--seed", SEED).returncode == 0
    said: dict[str, Any] = {"home": home, "sheet": sheet, "filled": filled, "world": world}
    said["before"] = answer("run", "--data", str(world), home=home)
    said["plan"] = answer("sample", "plan", home=home)
    said["draw"] = answer("sample", "draw", "--out", str(sheet), "--seed", "1", home=home)
    said["again"] = command("sample", "draw", home=home)
    played = command("synth", "outcomes", str(world), "--sample", str(sheet), "--out", str(filled))
    assert played.returncode == 0, played.stderr
    said["wrong"] = command("sample", "ingest", str(_with_a_stranger(filled)), home=home)
    said["after"] = answer("sample", "ingest", str(filled), home=home)
    said["once more"] = command("sample", "ingest", str(filled), home=home)
    said["blank"] = command("sample", "ingest", str(sheet), home=home)
    filled.with_name("no-case.csv").write_text(filled.read_text().replace("case,", "number,", 1))
    said["no case"] = command("sample", "ingest", str(folder / "no-case.csv"), home=home)
    return said


def _with_a_stranger(filled: Path) -> Path:
    frame = pd.read_csv(filled, dtype=str, keep_default_na=False)
    frame.loc[0, "sponsor_id"] = "S99999999"
    other = filled.with_name("wrong.csv")
    frame.to_csv(other, index=False)
    return other


def test_it_is_shut_first_and_says_how_many_of_whom(loop: dict[str, Any]) -> None:
    before = loop["before"]
    assert before["decision"] == "closed"
    assert any("random sample of" in text for text in before["opens_with"])
    undecided = [f for f in before["findings"] if f["verdict"] == "insufficient_data"]
    assert {"auc", "precision_lift_at_capacity"} <= {f["claim"] for f in undecided}
    assert not [f for f in before["findings"] if f["required"] and f["verdict"] == "disparity"]


def test_the_plan_names_claims_groups_and_prices(loop: dict[str, Any]) -> None:
    plan = loop["plan"]
    assert plan["judging"] + plan["calibrating"] < plan["population"]
    assert {"auc", "false_positive_rate_difference"} <= {c["claim"] for c in plan["claims"]}
    assert sum(plan["by_group"].values()) == plan["judging"] == sum(plan["by_band"].values())
    decided = [n for _, n in sorted((int(k), n) for k, n in plan["prices"].items())]
    assert decided == sorted(decided)


def test_the_sheet_is_blind_and_the_draw_is_on_record(loop: dict[str, Any]) -> None:
    sheet = pd.read_csv(loop["sheet"], dtype=str)
    assert list(sheet.columns) == [
        "sample", "case", "sponsor_id", "legal_name", "opened_on", "closed_on", "inspector_id",
        "outcome", "breaches",
    ]  # fmt: skip
    draw = loop["draw"]
    assert len(sheet) == draw["cases"] == draw["judging"] + draw["calibrating"]
    entries = [e.kind for e in LedgerFile(Home(loop["home"])).read()]
    assert entries.index("sample") < entries.index("outcomes")


def test_nobody_draws_until_a_sample_pleases(loop: dict[str, Any]) -> None:
    assert loop["again"].returncode == 1
    assert "proves nothing" in loop["again"].stderr


def test_a_stranger_among_the_outcomes_is_refused_whole(loop: dict[str, Any]) -> None:
    assert loop["wrong"].returncode == 3
    assert "is not the sponsor drawn for this case (1 case)" in loop["wrong"].stderr
    kinds = [e.kind for e in LedgerFile(Home(loop["home"])).read()]
    assert kinds.count("outcomes") == 1


def test_a_sheet_that_brings_nothing_new_enters_and_judges_nothing(loop: dict[str, Any]) -> None:
    for again in ("once more", "blank"):
        assert loop[again].returncode == 0, loop[again].stderr
        assert "Nothing new" in loop[again].stdout
        assert "THE GATE" not in loop[again].stdout
    kinds = [e.kind for e in LedgerFile(Home(loop["home"])).read()]
    assert (kinds.count("outcomes"), kinds.count("data")) == (1, 2)


def test_a_column_that_is_missing_is_counted_as_a_column(loop: dict[str, Any]) -> None:
    assert loop["no case"].returncode == 3
    assert "sample.case: is missing (1 column)" in loop["no case"].stderr


def test_the_sample_decides(loop: dict[str, Any]) -> None:
    after, green = loop["after"], {"equivalent", "established"}
    found = {(f["check"], f["claim"], f["subject"]): f for f in after["findings"]}
    keys = [(c["check"], c["claim"], c["subject"]) for c in loop["plan"]["claims"]]
    decided = [k for k in keys if k in found and found[k]["verdict"] != "insufficient_data"]
    # Each claim has its power, not all of them together, whatever this world's model is worth.
    assert len(decided) >= 0.6 * len(keys)
    shut = [f for f in after["findings"] if f["required"] and f["verdict"] not in green]
    assert (after["decision"] == "open") == (not shut), after["reasons"]
    if after["decision"] == "open":
        assert after["in_use"] == after["candidate"]["version"]
    assert after["known"] > 0.8 * after["drawn"]
    # The bands are those that the sample was drawn by; only the level of the scores is new.
    assert after["candidate"]["kind"] == loop["before"]["candidate"]["kind"]


def test_an_edited_sample_closes_the_gate(loop: dict[str, Any]) -> None:
    file = Home(loop["home"]).samples / "A1" / "drawn.json"
    content = file.read_text()
    try:
        file.write_text(content.replace('"random"', '"profile"', 1))
        shut = answer("gate", home=loop["home"])
        assert shut["decision"] == "closed"
        assert any("it was edited" in reason for reason in shut["reasons"])
    finally:
        file.write_text(content)
    again = answer("gate", home=loop["home"])
    assert not any("it was edited" in reason for reason in again["reasons"])


def test_when_no_look_is_left_no_sample_is_drawn(loop: dict[str, Any]) -> None:
    """A second evaluation of the outcomes of the sample is the last that the policy declares."""
    assert (loop["after"]["looks_used"], loop["after"]["looks"]) == (0, 2)
    ledger = LedgerFile(Home(loop["home"]))
    look = next(e for e in reversed(ledger.read()) if e.kind == "look")
    assert look.body["of"] == "random inspections"
    ledger.append("look", {**look.body, "model_digest": "0" * 64})
    plan = answer("sample", "plan", home=loop["home"])
    assert plan["looks_left"] == 0
    assert "All looks" in plan["sentence"]
    refused = command("sample", "draw", "--again", "one more", home=loop["home"])
    assert refused.returncode == 1
    assert "All 2 looks" in refused.stderr


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two phases on a smaller world, judged once."""
    folder = tmp_path_factory.mktemp("phases")
    world, home = folder / "world", folder / "home"
    sheets = [folder / "first.csv", folder / "second.csv"]
    filled = [folder / "first-filled.csv", folder / "second-filled.csv"]
    small = ("--seed", SEED, "--sponsors", "2500")
    assert command("synth", "letter", "--out", str(world), *small).returncode == 0
    said: dict[str, Any] = {"home": home, "run": answer("run", "--data", str(world), home=home)}
    said["plan"] = answer("sample", "plan", home=home)
    part = ("--first-phase", "0.4", "--out", str(sheets[0]))
    said["first"] = answer("sample", "draw", *part, "--seed", "1", home=home)
    said["early"] = command("sample", "draw", home=home)
    for sheet, out in zip(sheets, filled, strict=True):
        if sheet is sheets[1]:
            said["more"] = answer("sample", "plan", home=home)
            said["second"] = answer("sample", "draw", "--out", str(sheet), "--seed", "2", home=home)
        done = command("synth", "outcomes", str(world), "--sample", str(sheet), "--out", str(out))
        assert done.returncode == 0, done.stderr
        came = command("sample", "ingest", str(out), "--json", home=home)
        assert came.returncode == 0, came.stderr
        said["came" if sheet is sheets[0] else "judged"] = json.loads(came.stdout)
    return said


def test_the_second_phase_is_planned_by_the_first_and_judged_once(phases: dict[str, Any]) -> None:
    plan, first, more, second = (phases[k] for k in ("plan", "first", "more", "second"))
    assert first["first_phase"]
    assert 0.35 * plan["judging"] < first["judging"] < 0.45 * plan["judging"]
    assert phases["early"].returncode == 1
    assert "Hand in its outcomes" in phases["early"].stderr
    assert "findings" not in phases["came"]  # nothing was judged, so nothing was looked at
    assert more["calibrating"] == second["calibrating"] == 0
    assert "outcomes so far" in more["assumption"]
    assert 0 < second["judging"] == more["judging"]
    assert "findings" in phases["judged"]
    kinds = [e.kind for e in LedgerFile(Home(phases["home"])).read()]
    assert (kinds.count("sample"), kinds.count("outcomes"), kinds.count("look")) == (2, 2, 2)


def test_both_phases_weigh_as_one_sample(phases: dict[str, Any]) -> None:
    home = Home(phases["home"])
    inspections = pd.read_parquet(home.landing / "inspections.parquet")
    mine = inspections[inspections["inspection_id"].str.match(r"A[12]-")]
    drawn = [pd.read_json(home.samples / a / "drawn.json", dtype=False) for a in ("A1", "A2")]
    both = pd.concat(drawn)
    judges = both.loc[both["route"] == "random", "sponsor_id"]
    assert not judges.duplicated().any()
    weights = mine[mine["sponsor_id"].isin(judges)].set_index("sponsor_id")
    scores = pd.read_parquet(home.root / "tables" / "scores_use.parquet")
    # Horvitz-Thompson: the weights of everybody drawn add up to the sponsors of the frame, but for
    # strata of which those who set the level of the scores left fewer than were wanted.
    assert (1 / weights["inclusion_probability"]).sum() == pytest.approx(len(scores), rel=0.02)
