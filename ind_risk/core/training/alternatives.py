"""Other models that would do the same work: every kind, and the chosen one without a feature.

All are fitted on the same rows, so that like is compared with like, and each says how much it
finds and whom it would send inspectors to now. Nothing here knows anything of nationality.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from ind_risk.core.bands import capacity_order, tie_break
from ind_risk.core.training.ablation import (
    Decided,
    Fitted,
    decided_without,
    sets_left_out,
    used_features,
)
from ind_risk.core.training.candidates import CANDIDATES, DUMMY, fit_ranker
from ind_risk.core.training.encoding import Feature, categories_of, design, numbers_of
from ind_risk.core.training.rows import Rows, join_rows
from ind_risk.core.training.selection import area_under_curve
from ind_risk.core.training.splits import rolling_windows
from ind_risk.core.training.trials import two_at_a_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy

_KINDS = tuple(k for k in CANDIDATES if k != DUMMY)


@dataclass(frozen=True, kw_only=True, eq=False)
class Alternative:
    """One model and what it found on the validation window.

    Args:
        name: "booster", "logistic without sector"; column of `Alternatives.selected`.
        kind: of the candidate.
        left_out: features it does not read and the chosen model does; empty for a kind.
        precision: share non-compliant among those it would have visited.
        auc: area under the ROC curve on the same labels.
        capacity: how many it would have visited.
        hits: visited and non-compliant, one for each validation label, the same order for all.
        unchanged: the chosen model does not use what is left out, so it is the same model.
    """

    name: str
    kind: str
    left_out: tuple[str, ...]
    precision: float
    auc: float
    capacity: int
    hits: NDArray[np.bool_]
    unchanged: bool = False

    @property
    def n_validation(self) -> int:
        """Number of validation labels."""
        return len(self.hits)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; the hits as row numbers."""
        return {
            "name": self.name, "kind": self.kind, "left_out": list(self.left_out),
            "precision": self.precision, "auc": self.auc, "capacity": self.capacity,
            "hits": self.hits.nonzero()[0].tolist(), "n_validation": self.n_validation,
            "unchanged": self.unchanged,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Alternative:
        """What `to_dict` made."""
        import numpy as np

        hits = np.zeros(raw["n_validation"], dtype=bool)
        hits[raw["hits"]] = True
        kept = {k: v for k, v in raw.items() if k != "n_validation"}
        return cls(**{**kept, "left_out": tuple(raw["left_out"]), "hits": hits})


@dataclass(frozen=True, kw_only=True, eq=False)
class Alternatives:
    """Every alternative, the chosen model among them.

    Args:
        chosen: name of the chosen model's record: its kind.
        selected: sponsor_id in rising order, and one column a record: in band high now.
        records: in the order of the columns; empty if nothing could be compared.
        validated_on: as-of date of the validation labels in ISO form, "" without.
        trained_on: labelled rows each was fitted on.
        constant: features no model reads, because they are the same in all those rows.
        reason: why nothing could be compared, "" otherwise.
    """

    chosen: str
    selected: pd.DataFrame
    records: tuple[Alternative, ...] = ()
    validated_on: str = ""
    trained_on: int = 0
    constant: tuple[str, ...] = ()
    reason: str = ""

    def facts(self) -> dict[str, Any]:
        """Everything but `selected`, JSON-able."""
        return {
            "chosen": self.chosen, "records": [r.to_dict() for r in self.records],
            "validated_on": self.validated_on, "trained_on": self.trained_on,
            "constant": list(self.constant), "reason": self.reason,
        }  # fmt: skip

    @classmethod
    def from_facts(cls, selected: pd.DataFrame, facts: Mapping[str, Any]) -> Alternatives:
        """The table and what `facts` made, put together again."""
        records = tuple(Alternative.from_dict(r) for r in facts["records"])
        given = {**facts, "records": records, "constant": tuple(facts["constant"])}
        return cls(selected=selected, **given)


def alternatives(
    *,
    features: pd.DataFrame,
    labelled: pd.DataFrame,
    scored: pd.DataFrame,
    specs: Sequence[Feature],
    policy: Policy,
    kind: str,
    seed: int,
    rankers: Mapping[str, Any] | None = None,
) -> Alternatives:
    """Fit every alternative on what had matured by the latest validation window.

    - Every kind but the dummy, with all features.
    - The chosen kind without each single feature that varies. A feature that it does not use is
      recorded as `unchanged` without another fit: a tree or a rule that never asks for a feature
      is the same without it.
    - The chosen kind without all windows of one measure (`x_12m` and `x_36m` together), because
      either alone stands in for the other.

    Args:
        features, labelled, specs, policy, seed: as for `train`.
        scored: sponsor_id, as_of (one date) and every registered feature of the sponsors now.
        kind: the chosen one.
        rankers: kinds that `train` has fitted for the latest window already, of the same rows.

    Raises:
        IndRiskError: as `join_rows`.
    """
    now = scored.sort_values("sponsor_id", ignore_index=True)
    rows = join_rows(
        features=features, labelled=labelled, specs=specs,
        random_arm=policy.labels.train_on_random_arm,
    )  # fmt: skip
    parts = _latest(rows, policy)
    if kind == DUMMY or parts is None or now.empty:
        why = (
            "Nothing was learned, so there is no model to leave a feature out of."
            if kind == DUMMY
            else "No earlier as-of date has matured labels of both kinds to compare models on."
            if parts is None
            else "No sponsor is scored."
        )
        return Alternatives(chosen=kind, selected=now[["sponsor_id"]], reason=why)
    past, after = parts
    judge = _Judge(after, now, policy)
    judged = [judge(model) for model in _fitted(past, after, now, specs, kind, seed, rankers or {})]
    return Alternatives(
        chosen=kind,
        selected=_table(now, [(r.name, high) for r, high in judged]),
        records=tuple(r for r, _ in judged),
        validated_on=after.dates()[0].isoformat(),
        trained_on=past.n,
        constant=tuple(s.name for s in specs if past.frame[s.name].nunique(dropna=False) <= 1),
    )


def _latest(rows: Rows, policy: Policy) -> tuple[Rows, Rows] | None:
    """What had matured by the latest window and its validation rows, both of both outcomes."""
    windows = rolling_windows(rows.dates(), horizon_months=policy.horizon_months)
    for window in reversed(windows):
        past = rows.matured(window.train_on, by=window.validate_on)
        after = rows.at(window.validate_on)
        if past.has_both and after.has_both:
            return past, after
    return None


def _fitted(
    past: Rows,
    after: Rows,
    now: pd.DataFrame,
    specs: Sequence[Feature],
    kind: str,
    seed: int,
    rankers: Mapping[str, Any],
) -> list[_Model]:
    """Every alternative with what it decides, two fits at a time."""
    scored = design(now, numbers_of(specs), categories_of(specs))
    telling = [s for s in specs if past.frame[s.name].nunique(dropna=False) > 1]

    def whole(one: str) -> Fitted:
        ranker = rankers.get(one) or fit_ranker(one, past.frame, past.y, specs, seed=seed)
        decided = Decided(*(ranker.decision_function(f) for f in (after.frame, scored)))
        return Fitted(
            kind=one, ranker=ranker, past=past, after=after.frame, scored=scored, specs=telling,
            decided=decided, seed=seed,
        )  # fmt: skip

    with two_at_a_time() as mapped:
        # The slowest first, so that neither thread waits long for the other.
        by_kind = {m.kind: m for m in mapped(whole, reversed(_KINDS))}
        chosen = by_kind[kind]
        sets = sets_left_out([s.name for s in telling])
        used = used_features(chosen.ranker, telling)
        changing = [s for s in sets.values() if not used.isdisjoint(s)]
        refits = dict(zip(changing, decided_without(chosen, changing, mapped), strict=True))
    return [_Model(k, k, (), False, by_kind[k].decided) for k in _KINDS] + [
        _Model(f"{kind} without {label}", kind, s, s not in refits, refits.get(s, chosen.decided))
        for label, s in sets.items()
    ]


@dataclass(frozen=True, eq=False)
class _Model:
    name: str
    kind: str
    left_out: tuple[str, ...]
    unchanged: bool
    decided: Decided


class _Judge:
    """Precision on the labels seen after, and the sponsors in band high now."""

    def __init__(self, after: Rows, now: pd.DataFrame, policy: Policy) -> None:
        self._after = after
        self._share = policy.capacity.high_share
        self._ties = tie_break(now["sponsor_id"], now["as_of"])

    def __call__(self, model: _Model) -> tuple[Alternative, NDArray[np.bool_]]:
        """The record of one alternative and whom it selects."""
        import numpy as np
        from scipy.special import expit

        y, share, decided = self._after.y, self._share, model.decided
        capacity = max(1, ceil(share * len(y)))
        hits = _first(decided.after, self._after.ties, capacity) & (y == 1)
        # Rounded as in `bands.score`, so that equal sponsors are equal here too.
        risk = np.round(expit(decided.scored), 12)
        record = Alternative(
            name=model.name, kind=model.kind, left_out=model.left_out,
            precision=float(hits.sum() / capacity), auc=area_under_curve(y, decided.after),
            capacity=capacity, hits=hits, unchanged=model.unchanged,
        )  # fmt: skip
        return record, _first(risk, self._ties, ceil(share * len(risk)))


def _first(
    score: NDArray[np.float64], ties: NDArray[np.uint64], capacity: int
) -> NDArray[np.bool_]:
    import numpy as np

    chosen = np.zeros(len(score), dtype=bool)
    chosen[capacity_order(score, ties)[:capacity]] = True
    return chosen


def _table(now: pd.DataFrame, columns: list[tuple[str, NDArray[np.bool_]]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"sponsor_id": now["sponsor_id"], **dict(columns)})
