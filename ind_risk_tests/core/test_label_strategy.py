"""Which labels train, and as what: each strategy by hand, on a table of every case there is."""

from __future__ import annotations

import pandas as pd
import pytest

from ind_risk.core.errors import PolicyError
from ind_risk.core.label_strategy import COLUMNS, training_rows

EARLY, LATE = pd.Timestamp("2023-01-01"), pd.Timestamp("2024-01-01")
# One sponsor a case: what was seen of it, by which route, and whether it was never intervened.
CASES = [
    ("N0", "non_compliant", "signal", True), ("N1", "non_compliant", "random", False),
    ("C0", "compliant", "random", True), ("C1", "compliant", "theme", False),
    ("U0", "unobserved", None, True), ("U1", "unobserved", None, False),
    ("O0", "unobserved", "signal", True), ("O1", "unobserved", "random", False),
]  # fmt: skip
SEEN = {"C0": (0, "random"), "C1": (0, "theme"), "N0": (1, "signal"), "N1": (1, "random")}
ASSUMED = {"O0": (0, "assumed"), "U0": (0, "assumed")}


def labels() -> pd.DataFrame:
    frame = pd.DataFrame(CASES, columns=["sponsor_id", "label", "selection", "never_intervened"])
    frame["closed_on"] = LATE
    frame.loc[frame["label"] == "unobserved", "closed_on"] = pd.NaT
    return pd.concat([frame.assign(as_of=LATE), frame.assign(as_of=EARLY)], ignore_index=True)


def made(strategy: str, *, random_arm: bool = True) -> dict[str, tuple[int, str]]:
    rows = training_rows(labels(), strategy=strategy, train_on_random_arm=random_arm)
    assert list(rows.columns) == COLUMNS
    assert rows["y"].dtype == "int64"
    early, late = (rows[rows["as_of"] == day] for day in (EARLY, LATE))
    assert rows["sponsor_id"].tolist() == [*early["sponsor_id"], *late["sponsor_id"]]
    assert early["sponsor_id"].is_monotonic_increasing
    assert early["sponsor_id"].tolist() == late["sponsor_id"].tolist()
    return {
        str(s): (int(y), str(source))
        for s, y, source in zip(early["sponsor_id"], early["y"], early["source"], strict=True)
    }


def test_verified_only_takes_what_an_inspection_saw() -> None:
    assert made("verified_only") == SEEN


def test_assume_compliant_adds_the_never_intervened_and_marks_them() -> None:
    assert made("assume_compliant") == SEEN | ASSUMED


@pytest.mark.parametrize("strategy", ["verified_only", "assume_compliant", "positive_unlabelled"])
def test_the_random_arm_may_be_kept_for_judging(strategy: str) -> None:
    kept = made(strategy, random_arm=False)
    assert kept == {s: v for s, v in made(strategy).items() if v[1] != "random"}
    assert "N1" not in kept


def test_no_intervention_is_unobserved_not_compliant() -> None:
    """Only the strategy that says so in its name may take it for compliant."""
    assert not set(made("verified_only")) & {"U0", "U1", "O0", "O1"}
    assert "U1" not in made("assume_compliant")


def test_the_day_a_label_was_known_is_kept() -> None:
    rows = training_rows(labels(), strategy="assume_compliant", train_on_random_arm=True)
    assert rows.loc[rows["source"] == "assumed", "closed_on"].isna().all()
    assert rows.loc[rows["source"] != "assumed", "closed_on"].eq(LATE).all()


@pytest.mark.parametrize("strategy", ["verified_only", "assume_compliant", "positive_unlabelled"])
def test_nothing_seen_is_no_rows(strategy: str) -> None:
    nothing = labels().head(0)
    rows = training_rows(nothing, strategy=strategy, train_on_random_arm=True)
    assert list(rows.columns) == COLUMNS
    assert rows.empty


def test_an_unknown_strategy_is_refused_by_name() -> None:
    with pytest.raises(PolicyError, match="Unknown label strategy 'guess'; use one of verified"):
        training_rows(labels(), strategy="guess", train_on_random_arm=True)


def test_positive_unlabelled_takes_everybody_and_marks_who_was_not_seen() -> None:
    rest = dict.fromkeys(("U0", "U1", "O0", "O1"), (0, "unlabelled"))
    assert made("positive_unlabelled") == SEEN | rest
