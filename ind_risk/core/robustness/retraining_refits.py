"""One refit after another or many at once: the same numbers wherever and beside whatever they run.

Work is cut in pieces that do not depend on how many workers there are, and each piece computes on
one core, because sums in another order are other sums in the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WORKERS = 2  # unless joblib's configuration says otherwise
TOGETHER = 10  # linear refits in one piece of work
_TOLERANCE = 1e-6  # largest slope of the mean loss; scikit-learn stops at 1e-4
_STEPS = 60


def refit_decisions(
    ranker: Any,
    past: pd.DataFrame,
    y: NDArray[np.int64],
    scored: pd.DataFrame,
    *,
    times: NDArray[np.int64],
    backend: str | None,
) -> tuple[Floats, Floats]:
    """What a ranker decides, and its refits on resampled rows.

    Args:
        ranker: as `fit_ranker` gave it for all rows; its encoding is kept.
        past: the rows it was fitted on.
        y: 0 or 1, shape (rows,).
        scored: whom to decide on, as `encoding.design` gives it, n rows.
        times: how often each row is drawn, shape (refits, rows).
        backend: see `in_pieces`.

    Returns:
        By the ranker itself, shape (n,), and by the refits, shape (refits, n); a refit for which
        only one outcome is drawn learns nothing and decides 0 for all.
    """
    decided = np.zeros((len(times), len(scored)))
    drawn = times > 0
    both = (drawn & (y == 1)).any(axis=1) & (drawn & (y == 0)).any(axis=1)
    which = np.flatnonzero(both)
    plan = _plan(ranker, past, y, scored)
    size = TOGETHER if plan.task is _linear else 1
    parts = [which[k : k + size] for k in range(0, len(which), size)]
    pieces = [(*plan.given, plan.scored, times[part]) for part in parts]
    for part, made in zip(parts, in_pieces(plan.task, pieces, backend=backend), strict=True):
        decided[part] = made
    return plan.own, decided


@dataclass(frozen=True, eq=False)
class _Plan:
    """How a ranker is fitted again, with what, whom it then decides on, and its own decisions."""

    task: Callable[..., Floats]
    given: tuple[Any, ...]
    scored: Any
    own: Floats


def _plan(ranker: Any, past: pd.DataFrame, y: NDArray[np.int64], scored: pd.DataFrame) -> _Plan:
    if not hasattr(ranker, "steps"):
        return _Plan(_simple, (ranker, past, y), scored, ranker.decision_function(scored))
    model = ranker["model"]
    x, z = (np.asarray(ranker["encode"].transform(frame)) for frame in (past, scored))
    own = model.decision_function(z)
    if hasattr(model, "coef_"):
        return _Plan(_linear, (model, x, y), z, own)
    bins = model._bin_mapper
    return _Plan(_trees, (model, bins.transform(x), y), bins.transform(z), own)


def in_pieces(
    task: Callable[..., Floats], pieces: Iterable[tuple[Any, ...]], *, backend: str | None
) -> list[Floats]:
    """Each piece by joblib, in order, one core a piece.

    Args:
        task: a function of a module, so that other processes and machines can find it.
        pieces: its arguments.
        backend: of joblib; None for what `joblib.parallel_config` says, else threads: for work of
            a second or two they cost less than processes, which must first import everything.
    """
    from joblib import Parallel, delayed

    with one_core():  # around all threads, so that none lifts another's limit
        configured = Parallel(prefer="threads", backend=backend).n_jobs
        workers = WORKERS if configured in (None, 1) else configured
        parallel = Parallel(n_jobs=workers, prefer="threads", backend=backend)
        return list(parallel(delayed(_on_one_core)(task, piece) for piece in pieces))


@contextmanager
def one_core() -> Iterator[None]:
    """Each library computes on one core: its sums never depend on the machine.

    Only libraries that are loaded can be limited, so scikit-learn comes first.
    """
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def _on_one_core(task: Callable[..., Floats], piece: tuple[Any, ...]) -> Floats:
    with one_core():
        return task(*piece)


def _simple(
    ranker: Any, past: pd.DataFrame, y: NDArray[np.int64], scored: pd.DataFrame, times: Any
) -> Floats:
    """A ranker without weights: drawn rows are written out."""
    from sklearn.base import clone

    rows = np.repeat(np.arange(len(y)), times[0])
    made = clone(ranker).fit(past.iloc[rows].reset_index(drop=True), y[rows])
    return np.asarray(made.decision_function(scored), dtype=np.float64)


def _trees(
    model: Any, x: NDArray[np.uint8], y: NDArray[np.int64], z: NDArray[np.uint8], times: Any
) -> Floats:
    """Trees over the candidate's bins, each bin a value: the smallest leaf counts distinct rows."""
    from sklearn.base import clone

    missing = model._bin_mapper.missing_values_bin_idx_
    drawn = times[0] > 0
    weight = times[0, drawn].astype(np.float64)
    made = clone(model).fit(_values(x[drawn], missing), y[drawn], sample_weight=weight)
    return np.asarray(made.decision_function(_values(z, missing)), dtype=np.float64)


def _values(bins: NDArray[np.uint8], missing: int) -> Floats:
    values = bins.astype(np.float64)
    values[bins == missing] = np.nan
    return values


def _linear(model: Any, x: Floats, y: NDArray[np.int64], z: Floats, times: Any) -> Floats:
    """All at once; any that does not converge is fitted on its own."""
    from sklearn.base import clone

    weight = times.T.astype(np.float64)
    start = np.append(model.coef_[0], model.intercept_[0])
    made, converged = coefficients(x, y, weight=weight, penalty=1 / model.C, start=start)
    decided = np.array((z @ made[:-1] + made[-1]).T)
    for k in np.flatnonzero(~converged):
        alone = clone(model).fit(x, y, sample_weight=weight[:, k])
        decided[k] = alone.decision_function(z)
    return decided


def coefficients(
    x: Floats, y: NDArray[np.int64], *, weight: Floats, penalty: float, start: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Maxima of weighted likelihoods less penalty / 2 · Σ coefficient², the intercept left out.

    Newton's steps with the curvature at `start`, the maximum with equal weights (the chord method;
    Ortega and Rheinboldt, 1970, Iterative Solution of Nonlinear Equations, section 7.1): weights
    that average 1 change it little, so one factorisation serves all.

    Args:
        x: shape (rows, columns).
        y: 0 or 1, shape (rows,).
        weight: at least 0 and of mean 1, shape (rows, regressions).
        penalty: above 0.
        start: coefficients, the intercept last, shape (columns + 1,).

    Returns:
        Coefficients, the intercept last, shape (columns + 1, regressions); and which regressions
        converged, shape (regressions,).
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.special import expit

    wide = np.column_stack([x, np.ones(len(x))])
    ridge = np.append(np.full(x.shape[1], penalty), 0.0)[:, None]
    chance = expit(wide @ start)
    curvature = (wide.T * (chance * (1 - chance))) @ wide + np.diag(ridge[:, 0])
    factor = cho_factor(curvature)
    made = np.repeat(start[:, None], weight.shape[1], axis=1)
    steepest = np.full(weight.shape[1], np.inf)
    with np.errstate(over="ignore", invalid="ignore"):  # what diverges has not converged
        for _ in range(_STEPS):
            slope = wide.T @ (weight * (expit(wide @ made) - y[:, None])) + ridge * made
            steepest = np.abs(slope).max(axis=0) / len(y)
            if steepest.max() < _TOLERANCE:
                break
            made -= cho_solve(factor, slope, check_finite=False)
    return made, steepest < _TOLERANCE
