"""What the terminal shows: at most 100 columns, readable without colour, data only as data."""

from __future__ import annotations

import doctest
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from ind_risk.core.findings import Finding
from ind_risk.core.gate_evidence import Reason
from ind_risk.dossier import terminal
from ind_risk.dossier.terminal import screen as screen_module
from ind_risk.dossier.terminal.checks import check_rows
from ind_risk.dossier.terminal.decision import grouped

WILD = "[red]x[/] [/nothing] :smile: \x1b[2J\x07\u202e 日本" + "y" * 300
BETTER = "Better evidence or a better candidate from the job lifecycle."
AGAIN = "Run the job lifecycle again."


def screen(width: int = 100) -> Console:
    return Console(record=True, width=width, file=io.StringIO(), highlight=False, emoji=False)


def shown(*things: RenderableType, width: int = 100) -> str:
    made = screen(width)
    for thing in things:
        made.print(thing)
    return made.export_text()


def finding(check: str, subject: str = "all", **changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "check": check, "claim": "claim", "subject": subject, "verdict": "equivalent",
        "estimate": 0.01, "low": 0.0, "high": 0.02, "n": 500, "sentence": f"About {subject}.",
    }  # fmt: skip
    return Finding(**{**base, **changes}).to_dict()


def reason(key: str, fault: str = "it failed", opens: str = BETTER, code: str = "failed") -> Reason:
    return Reason(code=code, subject=key, sentence=f"{key}: {fault}.", opens_with=opens)


def cells(text: str, check: str) -> list[str]:
    """The words of a check's first line."""
    (line,) = [x for x in text.splitlines() if x.split()[:1] == [check]]
    return line.split()


def decision(**changes: Any) -> str:
    made = screen()
    given: dict[str, Any] = {"is_open": False, "reasons": (), "in_use": None, **changes}
    terminal.show_decision(made, **given)
    return made.export_text()


def test_one_row_a_check_with_a_word_for_its_status() -> None:
    some = [
        finding("drift"),
        finding("parity", "IND", verdict="disparity"),
        finding("parity", "TUR"),
        finding("drift", "score"),
    ]
    text = shown(terminal.findings_table(some))
    assert cells(text, "drift")[1:5] == ["green", "2", "of", "2"]
    assert cells(text, "parity")[1:5] == ["RED", "1", "of", "2"]
    assert "disparity: About IND." in text
    assert "About TUR" not in text


def test_the_worst_finding_speaks_and_the_subjects_are_counted() -> None:
    few = dict.fromkeys(("estimate", "low", "high"))
    some = [
        *(finding("parity", f"G{i}", verdict="insufficient_data", **few) for i in range(7)),
        finding("parity", "TUR", verdict="disparity", estimate=0.06),
        finding("parity", "IND", verdict="disparity", estimate=-0.08),
    ]
    (row,) = check_rows(some)
    assert row.telling == (
        "disparity: IND, TUR · insufficient data: G0, G1, G2, G3 and 3 more",
        "About IND.",
    )


@pytest.mark.parametrize("number", [None, float("nan"), float("inf")])
def test_a_green_verdict_without_a_number_is_red_as_it_is_for_the_gate(number: Any) -> None:
    (row,) = check_rows([finding("drift", estimate=number)])
    assert not row.passed
    assert row.telling[0].startswith("no number")


def test_a_check_that_the_gate_does_not_ask_for_is_neither_green_nor_red() -> None:
    beside = {**finding("sensitivity", verdict="refuted"), "required": False}
    (row,) = check_rows([beside], [])
    assert (row.reported, row.passed) == (True, False)
    text = shown(terminal.findings_table([beside], reasons=[]))
    assert "reported" in text
    assert "RED" not in text
    (held,) = check_rows([beside], [reason("a:sensitivity", "it failed: nothing is asked")])
    assert not held.reported
    (unanswered,) = check_rows([beside])
    assert not unanswered.reported
    assert "RED" in shown(terminal.findings_table([beside]))


def test_what_the_gate_does_not_accept_is_red_though_its_findings_are_green() -> None:
    stale = reason("a:drift", "the asset was made anew", AGAIN, "stale")
    text = shown(terminal.findings_table([finding("drift")], reasons=[stale]))
    assert cells(text, "drift")[1:5] == ["RED", "1", "of", "1"]
    assert "not accepted for a: the asset was made anew" in text


def test_a_check_without_findings_has_its_row() -> None:
    missing = [reason(f"{t}:contract", "there is no record", AGAIN, "missing") for t in "ab"]
    text = shown(terminal.findings_table([], reasons=missing))
    assert cells(text, "contract")[1:5] == ["RED", "0", "of", "0"]
    assert "not accepted for a, b: there is no record." in text


def test_a_failed_check_does_not_say_it_twice() -> None:
    red = [finding("parity", "IND", verdict="disparity")]
    (row,) = check_rows(red, [reason("a:parity", "it failed: About IND")])
    assert row.telling == ("disparity: About IND.",)


def test_reasons_about_no_check_make_no_row() -> None:
    statement = Reason(code="no_statement", subject="approval", sentence="s", opens_with="o")
    whole = Reason(code="other_code", subject=None, sentence="s", opens_with="o")
    assert check_rows([], [statement, whole]) == []


def test_the_decision_says_open_or_closed_and_what_is_in_use() -> None:
    text = decision(is_open=True, in_use="3", candidate="3")
    assert "THE GATE IS OPEN for candidate version 3." in text
    assert "In use: model version 3, this very candidate." in text
    text = decision(reasons=[reason("a:drift")], in_use="2", candidate="3")
    assert "THE GATE IS CLOSED for candidate version 3, for 1 reason." in text
    assert "In use: model version 2." in text
    assert "No model is in use; worklists are random samples." in decision()


def test_reasons_with_one_way_out_share_it_and_are_numbered() -> None:
    some = [
        reason("a:drift", "it failed: the score moved"),
        reason("b:order", "the asset was made anew", AGAIN, "stale"),
        reason("c:parity", "it failed: IND"),
        *(reason(f"{t}:contract", "no record", AGAIN, "missing") for t in "xyz"),
    ]
    assert [(o, [e.numbers for e in entries]) for o, entries in grouped(some)] == [
        (BETTER, ["1.", "2."]),
        (AGAIN, ["3.", "4–6."]),
    ]
    text = decision(reasons=some)
    assert text.count(BETTER) == text.count(AGAIN) == 1
    assert "for 6 reasons" in text
    assert "4–6. contract of x, contract of y, contract of z: no record." in text
    assert text.index("parity of c") < text.index(BETTER) < text.index("order of b")


def test_a_check_is_named_as_people_say_it_with_its_sentence() -> None:
    text = decision(reasons=[reason("bias_evidence:bias_error_parity", "it failed: 0.061 moved")])
    assert "bias error parity: it failed: 0.061 moved." in text


def test_an_open_gate_says_what_releases() -> None:
    text = " ".join(decision(is_open=True, candidate="3").split())
    assert "The next `ind-risk run` asks once more and releases it" in text
    assert "releases" not in decision(is_open=True, in_use="3", candidate="3")


def test_a_long_sentence_is_wrapped_and_an_endless_one_cut() -> None:
    long = "word " * 80 + "0.0612"
    assert "0.0612" in decision(reasons=[reason("a:drift", long)])
    red = [finding("parity", "IND", verdict="disparity", sentence=long)]
    assert "0.0612" in shown(terminal.findings_table(red))
    text = decision(reasons=[reason("a:drift", "it failed: " + "word " * 500)])
    assert text.count("word") < 305
    assert "…" in text


def test_a_subject_is_named_once_a_verdict() -> None:
    red = [finding("parity", s, verdict="disparity") for s in ("TUR", "TUR", "RUS", "TUR")]
    (row,) = check_rows(red)
    assert row.telling[0] == "disparity: TUR, RUS"


@pytest.mark.parametrize("width", [40, 72, 100])
def test_nothing_is_wider_than_the_screen_and_data_is_only_data(width: int) -> None:
    made = screen(width)
    reasons = [
        reason(f"a:{WILD}", WILD),
        Reason(code="x", subject=None, sentence=WILD, opens_with=WILD),
    ]
    some = [
        finding(WILD, WILD, verdict="disparity", sentence=WILD),
        finding(WILD, WILD, verdict=WILD),
    ]
    terminal.show_notes(made, warnings=[WILD] * 20, synthetic=True, policy=WILD)
    made.print(terminal.findings_table(some, reasons=reasons))
    terminal.show_decision(made, is_open=False, reasons=reasons, in_use=WILD, candidate=WILD)
    terminal.show_next(made, seconds=9.0, home=Path(WILD), is_default=False)
    written = made.file.getvalue()  # type: ignore[attr-defined]
    assert max(cell_len(line) for line in written.splitlines()) <= width
    assert not {c for c in written if not c.isprintable()} - {"\n"}
    for literal in ("[red]x[/]", ":smile:"):
        assert literal in "".join(written.split())


def test_worklist_and_landing_tables_show_data_as_it_is() -> None:
    row = {"sponsor_id": "[/]", "band": None, "rank": 1, "reason_1": "[b]a", "reason_2": "",
           "reason_3": "c"}  # fmt: skip
    text = shown(terminal.worklist_table(pd.DataFrame([row] * 12)))
    assert "The first 10" in text
    assert text.count("[b]a; c") == 10
    assert "[/]" in text
    report = type("Report", (), {"rows": 12345, "expectations": [1, 2], "problems": []})
    assert "12,345" in shown(terminal.quality_table({"[x]": report}))


def test_where_to_look_next_names_the_home() -> None:
    made = screen()
    terminal.show_next(made, seconds=41.4, home=Path("/a  b/.ind_risk"), is_default=True)
    text = made.export_text()
    assert "Took 41 s." in text
    assert "make ui" in text
    assert "/a  b/.ind_risk" in text
    assert "--home" not in text
    terminal.show_next(made, seconds=1, home=Path("/a  b"), is_default=False)
    text = made.export_text()
    assert "Give each command --home '/a  b'" in text
    assert "make ui" not in text  # it would show another home


def test_warnings_are_few() -> None:
    made = screen()
    terminal.show_notes(made, warnings=[f"w{i}" for i in range(11)])
    text = made.export_text()
    assert text.count("Warning: w") == 8
    assert "3 more warnings" in text


def test_no_colour_and_a_hundred_columns_off_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    made = terminal.console()
    assert made.width == 100
    made.print("[red]x[/] :smile:")
    assert capsys.readouterr().out == "x :smile:\n"


def test_docstring_examples() -> None:
    assert doctest.testmod(screen_module).failed == 0
