"""The draw: exact probabilities, the same for the same seed, whatever the order of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.draw import draw_sample, frame_digest, inclusion_probabilities
from ind_risk_tests.core.sampling.example import frame

COLUMNS = ("band", "majority")
FRAME = frame(n=120, groups={"": 0.2, "IND": 0.5, "CHN": 0.3})
ALLOCATION = {("high", "IND"): 2, ("low", "CHN"): 5, ("low", "IND"): 30}


def drawn(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "frame": FRAME, "columns": COLUMNS, "allocation": ALLOCATION, "seed": 7
    }  # fmt: skip
    return draw_sample(**(given | changes))


def test_numbers_columns_and_probabilities() -> None:
    rows = drawn()
    assert list(rows) == ["sponsor_id", "band", "group", "route", "inclusion_probability"]
    assert rows["sponsor_id"].is_monotonic_increasing
    assert rows["sponsor_id"].is_unique
    assert set(rows["route"]) == {"random"}
    size = FRAME.groupby(["band", "group"]).size()
    for (band, group), n in ALLOCATION.items():
        own = rows[(rows["band"] == band) & (rows["group"] == group)]
        assert len(own) == n
        assert set(own["inclusion_probability"]) == {n / size[band, group]}
    assert len(rows) == sum(ALLOCATION.values())


def test_the_same_seed_draws_the_same_whatever_the_order_of_rows() -> None:
    rows = drawn()
    assert rows.equals(drawn())
    assert rows.equals(drawn(frame=FRAME.sample(frac=1, random_state=3)))
    assert not rows["sponsor_id"].equals(drawn(seed=8)["sponsor_id"])


def test_a_larger_sample_contains_a_smaller_one_and_strata_do_not_touch() -> None:
    fewer = drawn(allocation={("low", "IND"): 12})
    assert set(fewer["sponsor_id"]) < set(drawn()["sponsor_id"])


def test_every_sponsor_of_a_stratum_and_every_pair_is_as_likely() -> None:
    """600 draws of 2 of the N of one stratum: singles and pairs within 4.5 standard errors."""
    own = FRAME[(FRAME["band"] == "high") & (FRAME["group"] == "IND")]["sponsor_id"].tolist()
    few, draws = FRAME[FRAME["sponsor_id"].isin(own)], 600
    number = {sponsor: k for k, sponsor in enumerate(own)}
    seen = np.zeros((len(own), len(own)))
    for seed in range(draws):
        rows = draw_sample(frame=few, columns=COLUMNS, allocation={("high", "IND"): 2}, seed=seed)
        a, b = (number[s] for s in rows["sponsor_id"])
        seen[a, b] += 1
    n = len(own)
    for counts, chance in (
        (seen.sum(axis=0) + seen.sum(axis=1), 2 / n),
        (seen[np.triu_indices(n, 1)], 2 / (n * (n - 1))),
    ):
        error = np.sqrt(chance * (1 - chance) / draws)
        assert np.abs(counts / draws - chance).max() < 4.5 * error


def test_a_second_draw_leaves_the_first_out_and_shares_its_probability() -> None:
    first = drawn()
    rows = drawn(allocation={("low", "IND"): 4}, seed=9, already=first["sponsor_id"].tolist())
    assert not set(rows["sponsor_id"]) & set(first["sponsor_id"])
    size = ((FRAME["band"] == "low") & (FRAME["group"] == "IND")).sum()
    assert set(rows["inclusion_probability"]) == {34 / size}
    both = [*first["sponsor_id"], *rows["sponsor_id"]]
    made = inclusion_probabilities(frame=FRAME, columns=COLUMNS, drawn=both)
    whole = made.set_index("sponsor_id")["inclusion_probability"]
    assert set(whole[rows["sponsor_id"]]) == {34 / size}
    assert (1 / whole).groupby(FRAME.set_index("sponsor_id")["group"]).sum()["IND"] == (
        pytest.approx(size + ((FRAME["band"] == "high") & (FRAME["group"] == "IND")).sum())
    )


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(IndRiskError, match="cannot be"):
        drawn(allocation={("high", "IND"): 999})
    with pytest.raises(IndRiskError, match="are left"):
        drawn(allocation={("low", "IND"): 30}, already=drawn()["sponsor_id"].tolist())
    with pytest.raises(IndRiskError, match="no stratum"):
        drawn(allocation={("high", "???"): 1})
    with pytest.raises(IndRiskError, match="not in this frame"):
        drawn(already=["stranger"])
    with pytest.raises(IndRiskError, match="seed"):
        drawn(seed=-1)


def test_the_digest_knows_every_cell_and_no_order() -> None:
    digest = frame_digest(FRAME)
    assert len(digest) == 64
    assert digest == frame_digest(FRAME.sample(frac=1, random_state=5)[list(FRAME)[::-1]])
    other = FRAME.copy()
    other.loc[3, "group"] = "XXX"
    assert digest != frame_digest(other)
