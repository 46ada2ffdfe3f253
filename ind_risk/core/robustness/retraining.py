"""The chosen kind of model, trained again on resampled sponsors: what each refit would decide.

Another sample of inspections would have given other labels. The bootstrap (Efron, 1979) imitates
that, and since a sponsor has labels at several dates, whole sponsors are drawn (Davison and
Hinkley, 1997, Bootstrap Methods, section 3.8), not rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bands import BANDS, bands_of, capacity_order, tie_break
from ind_risk.core.robustness.retraining_refits import one_core, refit_decisions
from ind_risk.core.robustness.stability_claims import decided
from ind_risk.core.training.candidates import DUMMY, fit_ranker
from ind_risk.core.training.encoding import Feature, categories_of, design, numbers_of
from ind_risk.core.training.rows import KEY, RANDOM_ARM, Rows, join_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.policy import Capacity, Policy

    Places = NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Retrained:
    """The band of every sponsor, by the candidate and by each refit.

    Args:
        kind: of the candidate.
        sponsor_ids: in rising order, shape (n,).
        candidate: place of each sponsor's band in `BANDS`: 0 high, 1 middle, 2 low; shape (n,).
        refits: the same by each refit, shape (refits, n).
        labels: labelled rows there are.
        sponsors: labelled sponsors, who are drawn with replacement.
        reason: why nothing was trained again, "" otherwise.
    """

    kind: str
    sponsor_ids: NDArray[np.object_]
    candidate: NDArray[np.int8]
    refits: NDArray[np.int8]
    labels: int
    sponsors: int
    reason: str = ""


def retrained(
    *,
    features: pd.DataFrame,
    labelled: pd.DataFrame,
    scored: pd.DataFrame,
    specs: Sequence[Feature],
    policy: Policy,
    kind: str,
    seed: int,
    ranker: Any = None,
    backend: str | None = None,
) -> Retrained:
    """Train `kind` again on resamples of labelled sponsors until `stability` is decided.

    So many resamples at a time and in all as `policy.robustness` says.
    Features are encoded as the candidate encodes them (its quantiles, categories and bins), and
    drawn rows are weighted by how often they were drawn. A refit is not calibrated: that never
    changes the order, and bands need nothing else.

    Args:
        features, labelled, specs, policy: as for `train`.
        scored: sponsor_id, as_of (one date) and every registered feature of the sponsors now.
        kind: the chosen one.
        seed: as in training; each refit draws with one of its own, whatever runs beside it.
        ranker: the candidate's, fitted on all these rows; fitted again if not given.
        backend: of joblib. Without one, what `joblib.parallel_config` says (Dask, Ray, Spark …),
            and where it says nothing two threads.

    Returns:
        The same for the same rows in any order, on any number of cores and any backend.

    Raises:
        IndRiskError: as `join_rows`.
    """
    now = scored.sort_values("sponsor_id", ignore_index=True)
    rows = join_rows(
        features=features, labelled=labelled, specs=specs,
        random_arm=policy.labels.train_on_random_arm,
    )  # fmt: skip
    cluster, sponsors = _clusters(features, labelled, policy)
    if reason := _nothing(kind, rows, now, ranker):
        return _untrained(kind, now, rows.n, sponsors, reason)
    frame = design(now, numbers_of(specs), categories_of(specs))
    ties = tie_break(now["sponsor_id"], now["as_of"])
    at_a_time, most = policy.robustness.stability_refits, policy.robustness.stability_refits_at_most
    drawn = resamples(sponsors, most, seed=seed)
    parts: list[Places] = []
    with one_core():
        if ranker is None:
            ranker = fit_ranker(kind, rows.frame, rows.y, specs, seed=seed)
        for begun in range(0, most, at_a_time):
            times = drawn[begun : begun + at_a_time][:, cluster]
            own, decisions = refit_decisions(
                ranker, rows.frame, rows.y, frame, times=times, backend=backend
            )
            candidate = band_places(own, ties, policy)
            parts.append(np.array([band_places(d, ties, policy) for d in decisions]))
            if decided(candidate, np.concatenate(parts), policy):
                break
    return Retrained(
        kind=kind,
        sponsor_ids=now["sponsor_id"].to_numpy(dtype=object),
        candidate=candidate,
        refits=np.concatenate(parts),
        labels=rows.n,
        sponsors=sponsors,
    )


def resamples(sponsors: int, refits: int, *, seed: int) -> NDArray[np.int64]:
    """How often each sponsor is drawn in each refit, shape (refits, sponsors).

    Each refit has a stream of its own, so that a further refit changes none before it.

    >>> resamples(4, 2, seed=1).sum(axis=1).tolist()
    [4, 4]
    """
    streams = np.random.SeedSequence(seed).spawn(refits)
    draws = [np.random.default_rng(s).integers(0, sponsors, size=sponsors) for s in streams]
    return np.array([np.bincount(d, minlength=sponsors) for d in draws], dtype=np.int64)


def band_places(
    decision: NDArray[np.float64], ties: NDArray[np.uint64], policy: Policy
) -> NDArray[np.int8]:
    """The band of each sponsor as its place in `BANDS`, ranked as `bands.score` ranks.

    Args:
        decision: log-odds up to a rising map, shape (n,).
        ties: see `bands.tie_break`, shape (n,).
    """
    from scipy.special import expit

    # Rounded as in `bands.score`, so that equal sponsors are equal here too.
    risk = np.round(expit(decision), 12)
    places = np.empty(len(risk), dtype=np.int8)
    places[capacity_order(risk, ties)] = _places_by_rank(len(risk), policy.capacity)
    return places


@cache
def _places_by_rank(n: int, capacity: Capacity) -> NDArray[np.int8]:
    names = bands_of(np.arange(1, n + 1), capacity)
    return np.array([BANDS.index(name) for name in names], dtype=np.int8)


def _clusters(
    features: pd.DataFrame, labelled: pd.DataFrame, policy: Policy
) -> tuple[NDArray[np.int64], int]:
    """The sponsor of each row of `join_rows` as a number, and how many there are."""
    import pandas as pd

    labels = labelled if policy.labels.train_on_random_arm else _selected(labelled)
    keys = [t[KEY].assign(as_of=pd.to_datetime(t["as_of"])) for t in (labels, features)]
    joined = keys[0].merge(keys[1], on=KEY, how="inner").sort_values(KEY, ignore_index=True)
    codes, ids = pd.factorize(joined["sponsor_id"])
    return codes.astype(np.int64), len(ids)


def _selected(labelled: pd.DataFrame) -> pd.DataFrame:
    return labelled[labelled["source"] != RANDOM_ARM]


def _nothing(kind: str, rows: Rows, now: pd.DataFrame, ranker: Any) -> str:
    if kind == DUMMY or not rows.has_both:
        return "Nothing was learned, so there is nothing to learn again."
    if ranker is not None and not hasattr(ranker, "steps") and not hasattr(ranker, "feature_"):
        return "No feature varies among the labelled sponsors, so nothing was learned."
    return "No sponsor is scored." if now.empty else ""


def _untrained(kind: str, now: pd.DataFrame, labels: int, sponsors: int, reason: str) -> Retrained:
    return Retrained(
        kind=kind,
        sponsor_ids=now["sponsor_id"].to_numpy(dtype=object),
        candidate=np.zeros(0, dtype=np.int8),
        refits=np.zeros((0, 0), dtype=np.int8),
        labels=labels,
        sponsors=sponsors,
        reason=reason,
    )
