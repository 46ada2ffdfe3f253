"""Outcomes of an audit sample: the sheet that inspectors fill in, checked, and as inspections.

The sheet is blind: it says who is to be inspected, and not by which route the case was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.contracts import OUTCOMES
from ind_risk.core.errors import InputRefused, Problem
from ind_risk.core.raw_landing import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

TABLE = "sample"
CASE_DIGITS = 5
MOST_BREACHES = 10_000  # of one inspection: more is a slip
FORM = ("opened_on", "closed_on", "inspector_id", "outcome", "breaches")  # left to inspectors
COLUMNS = ("sample", "case", "sponsor_id", "legal_name", *FORM)
NOT_NEEDED = ("sample", "legal_name")  # so that a sheet typed anew is taken as well
SELECTION = {"random": "random", "calibrating": "random", "profile": "risk_model",
             "signal": "signal"}  # fmt: skip


@dataclass(frozen=True)
class Returned:
    """Outcomes that came back.

    Args:
        rows: case, sponsor_id and the columns of `FORM` of every case with anything filled in.
        late: cases opened after the last day that counts; they are kept and judge nothing.
        ahead: cases with a day after today, which people should look at.
        nameless: cases with an outcome that name no inspector; they tell nothing of inspectors.
        new: cases that were not known before.
    """

    rows: pd.DataFrame
    late: tuple[str, ...]
    ahead: tuple[str, ...]
    nameless: tuple[str, ...]
    new: int


def blank_sheet(drawn: pd.DataFrame, names: pd.DataFrame, *, sample: str) -> pd.DataFrame:
    """What inspectors get: in order of case numbers, which tell nothing, and with nothing else.

    Args:
        drawn: case and sponsor_id.
        names: sponsor_id and legal_name.
        sample: its name.
    """
    shown = drawn[["case", "sponsor_id"]].merge(
        names[["sponsor_id", "legal_name"]], on="sponsor_id", how="left", validate="one_to_one"
    )
    shown.insert(0, "sample", sample)
    for column in FORM:
        shown[column] = ""
    return shown.sort_values("case", ignore_index=True)


def sample_named(sheet: pd.DataFrame, known: Sequence[str]) -> str | None:
    """The sample that a sheet says it is of; None if it does not say.

    Args:
        sheet: texts, as read from the file.
        known: names of the samples drawn.

    Raises:
        InputRefused: if it names several, or one that was never drawn.
    """
    if "sample" not in sheet.columns:
        return None
    named = sheet["sample"].fillna("").astype(str).str.strip()
    names = list(dict.fromkeys(n for n in named if n))
    if strange := [n for n in names if n not in known]:
        raise InputRefused(
            _problem("sample", "was never drawn in this home", strange,
                     "Hand in the sheet that `ind-risk sample draw` wrote, filled in.")
        )  # fmt: skip
    if len(names) > 1:
        raise InputRefused(
            _problem("sample", "is not the same in all rows", names, "Hand in one sheet a sample.")
        )
    return names[0] if names else None


def returned(
    sheet: pd.DataFrame,
    *,
    drawn: pd.DataFrame,
    before: pd.DataFrame | None,
    since: date,
    until: date,
    today: date | None = None,
) -> Returned:
    """Check a sheet that came back, whole or in part, and join it with what had come before.

    Args:
        sheet: texts, as read from the file; columns of `COLUMNS` but for those `NOT_NEEDED`.
        drawn: case and sponsor_id as they were drawn.
        before: `Returned.rows` of earlier sheets, if any.
        since: day of the draw's frame; nothing is opened on or before it.
        until: last day that counts.
        today: days after it are named; None if nobody knows.

    Raises:
        InputRefused: naming column, count, cases and the next step; nothing is then taken in.
    """
    import pandas as pd

    _whole(sheet)
    texts = sheet.reindex(columns=["case", "sponsor_id", *FORM]).astype(object)
    texts = texts.where(texts.notna(), "").map(lambda v: str(v).strip().removeprefix("'"))
    # A spreadsheet takes 00042 for a number and gives back 42.
    texts["case"] = [c.zfill(CASE_DIGITS) if c.isdigit() else c for c in texts["case"]]
    filled = texts[(texts[list(FORM)] != "").any(axis=1)].reset_index(drop=True)
    problems = [*_who(texts, drawn), *_twice(filled)]
    rows, wrong = _typed(filled.drop_duplicates(ignore_index=True), since)
    problems += wrong
    if before is not None and not problems:
        problems += _changed(rows, before)
    if problems:
        raise InputRefused(problems)
    known = set() if before is None else set(before["case"])
    new = int((~rows["case"].isin(known)).sum())
    if before is not None:
        rest = before[~before["case"].isin(rows["case"])]
        rows = pd.concat([rest, rows], ignore_index=True) if len(rest) else rows
    rows = rows.sort_values("case", ignore_index=True)
    opened = pd.to_datetime(rows["opened_on"])
    late = rows.loc[opened > pd.Timestamp(until), "case"]
    ends = pd.to_datetime(rows[["opened_on", "closed_on"]].stack()).groupby(level=0).max()
    ahead = [] if today is None else rows.loc[ends.index[ends > pd.Timestamp(today)], "case"]
    nameless = rows.loc[rows["outcome"].notna() & rows["inspector_id"].isna(), "case"]
    return Returned(rows, tuple(late), tuple(ahead), tuple(nameless), new)


def as_inspections(
    drawn: pd.DataFrame, rows: pd.DataFrame | None, *, sample: str, since: date, until: date
) -> pd.DataFrame:
    """The sample as rows of the table `inspections`; who did not come back is open.

    Everybody drawn at random stays one of those that were drawn: a case without an outcome, or
    opened too late, counts as opened on the first day and not answered. Else whoever writes a late
    day into cases would take them out of what the answers are a share of.

    Args:
        drawn: case, sponsor_id, route and inclusion_probability of everybody drawn.
        rows: `Returned.rows`; None if nothing came back.
        sample: name of the sample, the beginning of every inspection_id.
        since: day of the frame; a case without an outcome counts as opened on the day after.
        until: last day on which a case may be opened and count.
    """
    import numpy as np
    import pandas as pd

    if rows is None:
        rows = pd.DataFrame(columns=["case", "sponsor_id", *FORM], dtype=object)
    joined = drawn.merge(rows.drop(columns="sponsor_id"), on="case", how="left")
    opened = pd.to_datetime(joined["opened_on"])
    day_after = pd.Timestamp(since) + pd.Timedelta(days=1)
    random = joined["route"].isin(["random", "calibrating"])
    silent = random & (joined["outcome"].isna() | (opened > pd.Timestamp(until)))
    joined.loc[silent, ["opened_on", "closed_on", "outcome", "breaches"]] = None
    opened = pd.to_datetime(joined["opened_on"])
    made = pd.DataFrame({
        "inspection_id": sample + "-" + joined["case"],
        "sponsor_id": joined["sponsor_id"],
        "opened_on": opened.fillna(day_after).dt.date,
        "closed_on": pd.to_datetime(joined["closed_on"]).dt.date,
        "selection": joined["route"].map(SELECTION),
        "inclusion_probability": np.where(random, joined["inclusion_probability"], np.nan),
        "inspector_id": joined["inspector_id"],
        "outcome": joined["outcome"],
        "breaches": joined["breaches"].astype("Int64"),
    })  # fmt: skip
    # A case of another route that nobody opened is no inspection; a random one is non-response.
    return made[random | opened.notna()].reset_index(drop=True)


def _whole(sheet: pd.DataFrame) -> None:
    needed = [c for c in COLUMNS if c not in NOT_NEEDED]
    if missing := [c for c in needed if c not in sheet.columns]:
        rule = "is missing" if len(missing) == 1 else "and others are missing"
        raise InputRefused([
            Problem(TABLE, missing[0], rule, len(missing), tuple(missing),
                    "Hand in the sheet that `ind-risk sample draw` wrote, filled in.", of="column")
        ])  # fmt: skip


def _who(texts: pd.DataFrame, drawn: pd.DataFrame) -> list[Problem]:
    pairs = set(zip(drawn["case"], drawn["sponsor_id"], strict=True))
    given = list(zip(texts["case"], texts["sponsor_id"], strict=True))
    cases = {case for case, _ in pairs}
    unknown = [case for case, _ in given if case not in cases]
    other = [f"{c} ({s})" for c, s in given if c in cases and (c, s) not in pairs]
    return [
        *_problem("case", "is no case of this sample", unknown,
                  "Only sponsors that were drawn can be handed in: choose no others."),
        *_problem("sponsor_id", "is not the sponsor drawn for this case", other,
                  "Put the sponsor of the sheet back."),
    ]  # fmt: skip


def _twice(filled: pd.DataFrame) -> list[Problem]:
    once = filled.drop_duplicates()
    twice = once.loc[once["case"].duplicated(), "case"].tolist()
    return _problem("case", "has two different outcomes", twice, "Keep the right one.")


def _changed(rows: pd.DataFrame, before: pd.DataFrame) -> list[Problem]:
    """What came back once stays as it is, but an open case may close."""
    both = before.merge(rows, on="case", suffixes=("", "_now"))
    closed = both["outcome"].notna()
    differs = closed & False
    for column in FORM:
        old, new = both[column], both[f"{column}_now"]
        differs |= closed & ~((old == new) | (old.isna() & new.isna()))
    return _problem(
        "outcome", "was handed in before and is different now", both.loc[differs, "case"].tolist(),
        "An outcome on record is not rewritten; ask who changed it.",
    )  # fmt: skip


def _days(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Days as 2026-01-31, or as a Dutch spreadsheet gives them back, 31-01-2026."""
    import pandas as pd

    given = texts.where(texts != "")
    days = pd.to_datetime(given, format="%Y-%m-%d", errors="coerce")
    return days.fillna(pd.to_datetime(given, format="%d-%m-%Y", errors="coerce"))


def _typed(filled: pd.DataFrame, since: date) -> tuple[pd.DataFrame, list[Problem]]:
    """The texts in the types of the contract, and what does not fit."""
    import pandas as pd

    problems: list[Problem] = []
    made: dict[str, Any] = {"case": filled["case"], "sponsor_id": filled["sponsor_id"]}
    for column in ("opened_on", "closed_on"):
        texts = filled[column]
        days = _days(texts)
        bad = (texts != "") & days.isna()
        problems += _problem(column, "is no date like 2026-01-31 or 31-01-2026",
                             _of(filled, bad, column), "Correct it.")  # fmt: skip
        made[column] = days
    outcome = filled["outcome"].where(filled["outcome"] != "", None)
    strange = outcome.notna() & ~outcome.isin(OUTCOMES)
    problems += _problem("outcome", f"is none of {', '.join(OUTCOMES)}",
                         _of(filled, strange, "outcome"), "Use one of these.")  # fmt: skip
    number = pd.to_numeric(filled["breaches"].where(filled["breaches"] != ""), errors="coerce")
    bad = (filled["breaches"] != "") & ~(number.between(0, MOST_BREACHES) & (number % 1 == 0))
    problems += _problem("breaches", f"is no whole number from 0 to {MOST_BREACHES:,}",
                         _of(filled, bad, "breaches"), "Correct it.")  # fmt: skip
    opened, closed = made["opened_on"], made["closed_on"]
    rules = (
        ("opened_on", "is missing", opened.isna() & (filled["opened_on"] == "")),
        ("opened_on", f"is not after the frame's day, {since}", opened <= pd.Timestamp(since)),
        ("closed_on", "is before the day it was opened", closed < opened),
        ("closed_on", "is missing though there is an outcome", outcome.notna() & closed.isna()
         & (filled["closed_on"] == "")),
        ("outcome", "is missing though the case is closed", outcome.isna() & closed.notna()),
        ("breaches", "is above 0 though the outcome is compliant",
         (outcome == "compliant") & (number > 0)),
        ("breaches", "is 0 though the outcome is non_compliant",
         (outcome == "non_compliant") & (number == 0)),
    )  # fmt: skip
    for column, rule, broken in rules:
        problems += _problem(column, rule, _of(filled, broken), "Complete or correct the case.")
    who = filled["inspector_id"]
    made |= {
        "inspector_id": who.where(who != "", None), "outcome": outcome,
        "breaches": number.where(~bad).round().astype("Int64"),
    }  # fmt: skip
    return pd.DataFrame(made), problems


def _of(filled: pd.DataFrame, mask: pd.Series[bool], column: str | None = None) -> list[str]:
    """The cases, with the value of a column where that is what is wrong."""
    rows = filled.loc[mask.to_numpy(dtype=bool)]
    if column is None:
        return [str(c) for c in rows["case"]]
    return [f"{c} ({shown(v)})" for c, v in zip(rows["case"], rows[column], strict=True)]


def _problem(column: str, rule: str, cases: Sequence[str], next_step: str) -> list[Problem]:
    if not cases:
        return []
    return [Problem(TABLE, column, rule, len(cases), tuple(dict.fromkeys(cases)), next_step)]
