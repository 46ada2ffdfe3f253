"""Every candidate on every past window, two fits at a time, each fit on one core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.training.candidates import CANDIDATES, fit_ranker
from ind_risk.core.training.selection import WindowResult, area_under_curve, precision_at_capacity
from ind_risk.core.training.splits import Window, rolling_windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.training.encoding import Feature
    from ind_risk.core.training.rows import Rows

WORKERS = 2
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


@dataclass(frozen=True)
class Trial:
    """One candidate on one window, with its values there for calibration and its fit."""

    result: WindowResult
    decision: NDArray[np.float64]
    validation: Rows
    ranker: Any


def run_trials(
    rows: Rows, specs: Sequence[Feature], policy: Policy, seed: int, mapped: Mapper
) -> list[Trial]:
    """Every candidate on every window in which both parts hold both outcomes."""
    jobs = []
    for window in rolling_windows(rows.dates(), horizon_months=policy.horizon_months):
        past = rows.matured(window.train_on, by=window.validate_on)
        now = rows.at(window.validate_on)
        if past.has_both and now.has_both:
            jobs += [(kind, window, past, now) for kind in CANDIDATES]

    def trial(job: tuple[str, Window, Rows, Rows]) -> Trial:
        kind, window, past, now = job
        ranker = fit_ranker(kind, past.frame, past.y, specs, seed=seed)
        decision = ranker.decision_function(now.frame)
        precision, capacity = precision_at_capacity(
            now.y, decision, now.ties, share=policy.capacity.high_share
        )
        result = WindowResult(
            candidate=kind, as_of=window.validate_on, n=now.n, positives=now.positives,
            trained_on=past.n, capacity=capacity, precision_at_capacity=precision,
            auc=area_under_curve(now.y, decision),
        )  # fmt: skip
        return Trial(result, decision, now, ranker)

    return list(mapped(trial, jobs))


@contextmanager
def two_at_a_time() -> Iterator[Mapper]:
    """A `map` over two threads, each fit on one core, so that sums never depend on the machine.

    OpenMP's setting belongs to a thread, BLAS's to the process; both are one while fitting. Only
    libraries that are loaded can be limited, so scikit-learn comes first.
    """
    from concurrent.futures import ThreadPoolExecutor

    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    def one_core() -> None:
        threadpool_limits(limits=1, user_api="openmp")

    with (
        threadpool_limits(limits=1, user_api="blas"),
        ThreadPoolExecutor(WORKERS, initializer=one_core) as pool,
    ):
        yield pool.map
