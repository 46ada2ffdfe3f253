"""Joining features and labels: key order, refusals, and maturity by the day a label was known."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from ind_risk.core.errors import IndRiskError
from ind_risk.core.training.rows import Rows, join_rows
from ind_risk_tests.core.training.example import SPECS, example


def _joined(labelled: pd.DataFrame, *, random_arm: bool = True) -> Rows:
    return join_rows(
        features=example().features, labelled=labelled, specs=SPECS, random_arm=random_arm
    )


def test_the_order_of_rows_does_not_matter() -> None:
    labelled = example().labelled
    one, other = _joined(labelled), _joined(labelled.sample(frac=1, random_state=3))
    assert one.frame.equals(other.frame)
    assert (one.y == other.y).all()
    assert (one.ties == other.ties).all()


def test_the_random_arm_may_be_kept_for_judging() -> None:
    kept = _joined(example().labelled, random_arm=False)
    assert set(kept.source) == {"signal"}


def test_a_sponsor_without_features_is_left_out() -> None:
    stranger = example().labelled.head(1).assign(sponsor_id="gone")
    assert _joined(pd.concat([stranger, example().labelled])).n == len(example().labelled)


def test_a_label_known_late_does_not_train_early() -> None:
    labelled = example().labelled.assign(closed_on=date(2019, 6, 1))
    labelled.loc[labelled.index[:40], "closed_on"] = date(2022, 1, 1)
    rows = _joined(labelled)
    first = [date(2019, 1, 1)]
    assert rows.matured(first, by=date(2021, 1, 1)).n == rows.at(first[0]).n - 40
    assert rows.matured(first, by=date(2022, 1, 1)).n == rows.at(first[0]).n


def test_refusals_name_the_sponsor() -> None:
    labelled = example().labelled
    name = labelled["sponsor_id"].iloc[0]
    with pytest.raises(IndRiskError, match=f"labels hold sponsor '{name}' twice at 2019-01-01"):
        _joined(pd.concat([labelled, labelled.head(1)]))
    with pytest.raises(IndRiskError, match="must be 0"):
        _joined(labelled.assign(y=2))


def test_no_labels_are_no_rows() -> None:
    rows = _joined(example().labelled.head(0))
    assert (rows.n, rows.positives, rows.has_both, rows.dates()) == (0, 0, False, ())
