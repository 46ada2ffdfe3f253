"""Which rows may train, and as what: a named choice that every run records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ind_risk.core.errors import PolicyError
from ind_risk.core.labels import OBSERVED, UNOBSERVED

if TYPE_CHECKING:
    import pandas as pd

ASSUMED, UNLABELLED = "assumed", "unlabelled"
COLUMNS = ["sponsor_id", "as_of", "y", "source", "closed_on"]


def verified_only(labels: pd.DataFrame) -> pd.DataFrame:
    """Only what an inspection saw."""
    seen = labels[labels["label"].isin(OBSERVED)]
    return seen.assign(
        y=(seen["label"] == "non_compliant").astype("int64"), source=seen["selection"]
    )[COLUMNS]


def assume_compliant(labels: pd.DataFrame) -> pd.DataFrame:
    """What was seen, and every never-intervened sponsor that was not seen, as compliant.

    This is the assumption of the letter; whoever trains on it needs it established.
    """
    import pandas as pd

    rest = labels[(labels["label"] == UNOBSERVED) & labels["never_intervened"]]
    assumed = rest.assign(y=0, source=ASSUMED)[COLUMNS]
    return pd.concat([verified_only(labels), assumed], ignore_index=True)


def positive_unlabelled(labels: pd.DataFrame) -> pd.DataFrame:
    """What was seen, and every sponsor that was not seen as one of the unlabelled.

    Positives against unlabelled rank as positives against negatives would, if what was seen does
    not depend on more than the features (Elkan and Noto, 2008, KDD, 213). The level of the scores
    is then too low by a factor that nobody knows: no class prior is estimated, a range of them is
    reported (`robustness.class_priors`), and only a random arm sets the level.
    """
    import pandas as pd

    rest = labels[labels["label"] == UNOBSERVED]
    unlabelled = rest.assign(y=0, source=UNLABELLED)[COLUMNS]
    return pd.concat([verified_only(labels), unlabelled], ignore_index=True)


STRATEGIES: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "verified_only": verified_only,
    "assume_compliant": assume_compliant,
    "positive_unlabelled": positive_unlabelled,
}


def training_rows(
    labels: pd.DataFrame, *, strategy: str, train_on_random_arm: bool
) -> pd.DataFrame:
    """The rows that may train.

    Args:
        labels: as `labels.label_table` gives them.
        strategy: a name in `STRATEGIES`.
        train_on_random_arm: whether random-route labels may train as well as judge.

    Returns:
        sponsor_id, as_of, y (1 = non-compliant), source (selection route, 'assumed', 'unlabelled'),
        closed_on; in order of as_of and sponsor_id.

    Raises:
        PolicyError: for an unknown strategy.
    """
    if strategy not in STRATEGIES:
        raise PolicyError(
            f"Unknown label strategy {strategy!r}; use one of {', '.join(STRATEGIES)}."
        )
    rows = STRATEGIES[strategy](labels)
    if not train_on_random_arm:
        rows = rows[rows["source"] != "random"]
    return rows.sort_values(["as_of", "sponsor_id"], ignore_index=True)
