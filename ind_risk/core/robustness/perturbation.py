"""The check "perturbation": what missing, noisy, late and unheard-of inputs do to the bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.rates import Interval, Rate, quantile, wilson
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, judge_bound
from ind_risk.core.robustness.perturbation_bench import SHARE, Bench, Flips, attempt
from ind_risk.core.robustness.perturbation_inputs import FAR, NOISE
from ind_risk.core.robustness.retraining_refits import one_core
from ind_risk.core.training.encoding import Feature
from ind_risk.core.training.trials import two_at_a_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ind_risk.core.policy import Policy
    from ind_risk.core.training.calibration import SigmoidCalibrated

CHECK = "perturbation"
AS_THEY_ARE = "undisturbed"
_SUBJECTS = {
    "missing": f"{100 * SHARE:.0f} % of all values",
    "noisy": "all numbers",
    "delayed": "all features",
    "unseen": f"{100 * SHARE:.0f} % of all values",
}
_WHERE = {
    "missing": f"where {100 * SHARE:.0f} % of the values of every feature are missing",
    "noisy": f"where every number is off by some {100 * NOISE:.0f} %",
    "delayed": "where features are those of six months before",
    "unseen": f"where {100 * SHARE:.0f} % of the values of every feature are like none seen "
    f"(numbers times {FAR:,.0f}, unknown categories)",
    AS_THEY_ARE: "where features are as they are",
}
_NOBODY = "No sponsor is scored, so nothing can be disturbed."
_NOT_GIVEN = "Features of six months before were not given, so delay cannot be judged; make them."


def perturbation_findings(
    *,
    model: SigmoidCalibrated,
    scored: pd.DataFrame,
    specs: Sequence[Feature],
    policy: Policy,
    seed: int,
    delayed: pd.DataFrame | None = None,
) -> list[Finding]:
    """Judge how many sponsors change band under each disturbance, and that none breaks the model.

    Each interval is a (1 − 2·alpha) one of Wilson (1927) over the sponsors. Of features missing for
    everybody the one that matters most is reported, and not asked for: so great a loss is for the
    check of drift to see.

    Args:
        model: as trained or loaded.
        scored: sponsor_id, as_of (one date) and every registered feature of the sponsors now.
        specs: the registered features.
        policy: bound, level, capacities, smallest count that may be shown.
        seed: of the noise and of which values are exchanged.
        delayed: the same columns at an as-of date six months before, of whoever was there.

    Returns:
        "band_flips_missing" (and once more of one feature, reported only), "band_flips_noisy",
        "band_flips_delayed", "band_flips_unseen" and "no_crash".

    Raises:
        IndRiskError: if a frame holds two as-of dates or a sponsor twice.
    """
    now, late = _ordered(scored), None if delayed is None else _ordered(delayed)
    if now.empty:
        return _all_unjudged(dict.fromkeys(_SUBJECTS, _NOBODY), {}, 0, policy)
    with one_core():
        bench = attempt(lambda: Bench.of(model, now, specs, policy))
    if isinstance(bench, str):
        failed = {AS_THEY_ARE: bench}
        return _all_unjudged(dict.fromkeys(_SUBJECTS, _broken(bench)), failed, len(now), policy)
    done = _disturbed(bench, late, seed)
    failed = {kind: text for kind, text in done.items() if isinstance(text, str)}
    reasons = {kind: _broken(text) for kind, text in failed.items()}
    if late is None:
        reasons["delayed"] = _NOT_GIVEN
    found = _all_unjudged(reasons, failed, len(now), policy)
    judged = [_judged(k, f, policy) for k, f in done.items() if not isinstance(f, str)]
    return [*judged, *_worst(bench, policy), *found]


def _disturbed(bench: Bench, late: pd.DataFrame | None, seed: int) -> dict[str, Flips | str]:
    """What each disturbance does, or why it does nothing; each draws from a stream of its own."""
    import numpy as np

    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]
    work: dict[str, Callable[[], Flips]] = {
        "missing": partial(bench.missing, streams[0]),
        "noisy": partial(bench.noisy, streams[1]),
        "unseen": partial(bench.unseen, streams[2]),
    }
    if late is not None:
        work["delayed"] = partial(bench.delayed, late)
    # One after another: encoders set warning filters, which threads would take from each other.
    with one_core():
        return {kind: attempt(task) for kind, task in work.items()}


def _worst(bench: Bench, policy: Policy) -> list[Finding]:
    """The feature whose loss for everybody changes most bands, reported only."""
    with two_at_a_time() as mapped:
        losses = list(mapped(bench.without, range(len(bench.reader.names))))
    if not losses:
        return []
    worst = max(range(len(losses)), key=lambda k: losses[k].flipped)
    name = bench.reader.names[worst]
    where = f"where {name!r} is missing for everybody, which no other feature exceeds,"
    return [_judged("missing", losses[worst], policy, subject=name, where=where, required=False)]


def _judged(
    kind: str,
    flips: Flips,
    policy: Policy,
    *,
    subject: str = "",
    where: str = "",
    required: bool | None = None,
) -> Finding:
    if flips.n == 0:
        return _unjudged(kind, "No sponsor of now was there six months before.", policy)
    bound, alpha = policy.robustness.perturbation_flips_at_most, policy.robustness.alpha
    rate = Rate(flips.flipped / flips.n, flips.n, float(flips.n))
    found = wilson(rate, z=quantile(alpha, flips.n))
    verdict = judge_bound(low=-found.high, high=-found.low, at_least=-bound)
    asked = policy.robustness.asks_for(f"band_flips_{kind}", verdict)
    few = flips.n < policy.disclosure.minimum_count
    end = {"established": "and shown.", "refuted": "and refuted."}.get(
        verdict, "which so few sponsors neither show nor refute."
    )
    text = where or _WHERE[kind]
    return Finding(
        check=CHECK,
        claim=f"band_flips_{kind}",
        subject=subject or _SUBJECTS[kind],
        verdict=verdict,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        margin=bound,
        n=None if few else flips.n,
        sentence=f"{text[0].upper()}{text[1:]} {_share(found, alpha)} of "
        f"{'few' if few else f'{flips.n:,}'} sponsors change band; at most {100 * bound:.0f} % is "
        f"asked, {end}",
        required=asked if required is None else required,
    )


def _share(found: Interval, alpha: float) -> str:
    estimate, low, high = (f"{100 * x:.1f} %" for x in (found.estimate, found.low, found.high))
    return f"{estimate} ({100 * (1 - 2 * alpha):.0f} % interval {low} to {high})"


def _all_unjudged(
    reasons: Mapping[str, str], failed: Mapping[str, str], n: int, policy: Policy
) -> list[Finding]:
    found = [_unjudged(kind, reason, policy) for kind, reason in reasons.items()]
    return [*found, _no_crash(failed, n, policy)]


def _unjudged(kind: str, reason: str, policy: Policy) -> Finding:
    claim = f"band_flips_{kind}"
    return Finding(
        check=CHECK,
        claim=claim,
        subject=_SUBJECTS[kind],
        verdict="insufficient_data",
        estimate=None,
        low=None,
        high=None,
        margin=policy.robustness.perturbation_flips_at_most,
        n=None,
        sentence=reason,
        required=policy.robustness.asks_for(claim, "insufficient_data"),
    )


def _broken(text: str) -> str:
    return f"The model cannot take such input: {text}."


def _no_crash(failed: Mapping[str, str], n: int, policy: Policy) -> Finding:
    """Every input gives every sponsor a finite score; how many inputs do not."""
    broken = float(len(failed)) if n else None
    said = "; ".join(f"{_WHERE[kind]}: {text}" for kind, text in failed.items())
    sentence = "Every sponsor has a score under every disturbance: none breaks the model."
    if failed:
        sentence = f"The model breaks {said}. It must not be used before it takes such input."
    return Finding(
        check=CHECK,
        claim="no_crash",
        subject="all disturbances",
        verdict="insufficient_data" if not n else "refuted" if failed else "established",
        estimate=broken,
        low=broken,
        high=broken,
        margin=0.0,
        n=n if n >= policy.disclosure.minimum_count else None,
        sentence=sentence if n else _NOBODY,
        details={"broken": dict(failed)},
    )


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    if frame["as_of"].nunique() > 1:
        raise IndRiskError("Give the features of one as-of date at a time to disturb them.")
    if frame["sponsor_id"].duplicated().any():
        twice = frame.loc[frame["sponsor_id"].duplicated(), "sponsor_id"].iloc[0]
        raise IndRiskError(f"Sponsor {twice!r} has two feature rows; make the features again.")
    return frame.sort_values("sponsor_id", ignore_index=True)
