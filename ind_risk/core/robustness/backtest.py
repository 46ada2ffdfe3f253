"""The check "backtest": the chosen kind on past windows, and that none of them knew the future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.auc import edge, hanley_mcneil
from ind_risk.core.accuracy.rates import Interval, quantile
from ind_risk.core.findings import Finding, Verdict, judge_bound
from ind_risk.core.robustness.backtest_maturity import Matured, matured_labels
from ind_risk.core.training.selection import WindowResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ind_risk.core.policy import Policy

CHECK = "backtest"
_WORST_FIRST: tuple[Verdict, ...] = ("refuted", "insufficient_data", "established")


def backtest_findings(
    *, windows: Sequence[WindowResult], kind: str, labelled: pd.DataFrame, policy: Policy
) -> list[Finding]:
    """Judge that windows respect maturity, the worst window, and report every one.

    Args:
        windows: of the trained candidate: every kind on every window.
        kind: the chosen one.
        labelled: the labelled rows it was trained on, as for `train`.
        policy: horizon, bound, level, smallest count that may be shown.

    Returns:
        "windows_respect_maturity", "worst_window_auc", and one "window_auc" a window, reported
        only, oldest first.
    """
    own = sorted((w for w in windows if w.candidate == kind), key=lambda w: w.as_of)
    judged = [_Judged.of(w, policy) for w in own]
    return [
        _maturity(own, matured_labels(own, labelled, policy), policy),
        _worst(judged, kind, policy),
        *(_window(j, kind, policy) for j in judged),
    ]


def auc_limits(auc: float, *, positives: int, negatives: int, alpha: float) -> Interval:
    """The interval of an AUC of which only the counts are known, as `accuracy.auc_interval` has it.

    Method 5 of Newcombe (2006, Stat. Med. 25, 559) with Student's quantile: the limits θ solve
    (AUC − θ)² = t² · V(θ), V by Hanley and McNeil (1982).

    Args:
        auc: between 0 and 1.
        positives, negatives: at least 1 each.
        alpha: one-sided level of each limit.
    """
    reach = quantile(alpha, positives, negatives) ** 2

    def within(theta: float) -> bool:
        return (auc - theta) ** 2 <= reach * hanley_mcneil(theta, positives, negatives)

    return Interval(auc, edge(within, auc, 0.0), edge(within, auc, 1.0))


@dataclass(frozen=True)
class _Judged:
    window: WindowResult
    found: Interval
    verdict: Verdict

    @classmethod
    def of(cls, window: WindowResult, policy: Policy) -> _Judged:
        found = auc_limits(
            window.auc,
            positives=window.positives,
            negatives=window.n - window.positives,
            alpha=policy.robustness.alpha,
        )
        bound = policy.robustness.backtest_auc_at_least
        return cls(window, found, judge_bound(low=found.low, high=found.high, at_least=bound))


def _maturity(own: Sequence[WindowResult], counted: Sequence[Matured], policy: Policy) -> Finding:
    verdict, sentence = _matured_verdict(own, counted, policy)
    early = max((m.too_early for m in counted), default=None)
    return Finding(
        check=CHECK,
        claim="windows_respect_maturity",
        subject="all",
        verdict=verdict,
        estimate=early,
        low=early,
        high=early,
        margin=0.0,
        n=own[-1].trained_on if own else None,
        sentence=sentence,
        details={"windows": len(own)},
    )


def _matured_verdict(
    own: Sequence[WindowResult], counted: Sequence[Matured], policy: Policy
) -> tuple[Verdict, str]:
    if not own:
        return (
            "insufficient_data",
            "There is no past window: no as-of date with outcomes of both kinds lies "
            f"{policy.horizon_months} months after another one, or labels are fewer than the "
            f"{policy.training.minimum_labels} (with {policy.training.minimum_positives} "
            "non-compliant) for which models compete. More inspections with an outcome, or older "
            "ones, would help.",
        )
    for window, found in zip(own, counted, strict=True):
        if found.too_early > 0:
            return (
                "refuted",
                f"The window of {window.as_of} was trained on {window.trained_on:,} labels, but "
                f"only {found.matured:,} were known by then: it knew the future.",
            )
    for window, found in zip(own, counted, strict=True):
        if not found.same:
            return (
                "insufficient_data",
                f"The window of {window.as_of} was trained on {window.trained_on:,} and judged on "
                f"{window.n:,} labels, but these rows hold {found.matured:,} and {found.after:,}: "
                "they are not the ones it was made from. Give the rows of the training.",
            )
    return (
        "established",
        f"In each of {_past(len(own))} training saw exactly the labels known by the day of "
        f"validation, {own[0].trained_on:,} in the first and {own[-1].trained_on:,} in the last.",
    )


def _worst(judged: Sequence[_Judged], kind: str, policy: Policy) -> Finding:
    """The worst verdict first, so that "established" holds for every window."""
    if not judged:
        bound, claim = policy.robustness.backtest_auc_at_least, "worst_window_auc"
        return Finding(
            check=CHECK, claim=claim, subject="none", verdict="insufficient_data", estimate=None,
            low=None, high=None, margin=bound, n=None,
            sentence=f"There is no past window in which the {kind} could have ranked anything.",
            required=policy.robustness.asks_for(claim, "insufficient_data"),
        )  # fmt: skip
    worst = min(judged, key=lambda j: (_WORST_FIRST.index(j.verdict), j.window.auc))
    return _finding(
        "worst_window_auc", worst, kind, policy,
        lead=f"In the worst of {_past(len(judged))}, {worst.window.as_of},",
        required=policy.robustness.asks_for("worst_window_auc", worst.verdict),
    )  # fmt: skip


def _window(judged: _Judged, kind: str, policy: Policy) -> Finding:
    lead = f"On {judged.window.as_of}"
    return _finding("window_auc", judged, kind, policy, lead=lead, required=False)


def _finding(
    claim: str, judged: _Judged, kind: str, policy: Policy, *, lead: str, required: bool
) -> Finding:
    window, found, bound = judged.window, judged.found, policy.robustness.backtest_auc_at_least
    few = min(window.positives, window.n - window.positives) < policy.disclosure.minimum_count
    ends = {"established": "and shown.", "refuted": "and refuted."}
    end = ends.get(judged.verdict, "which these labels neither show nor refute.")
    level = 100 * (1 - 2 * policy.robustness.alpha)
    return Finding(
        check=CHECK,
        claim=claim,
        subject=window.as_of.isoformat(),
        verdict=judged.verdict,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        margin=bound,
        n=None if window.n < policy.disclosure.minimum_count else window.n,
        sentence=f"{lead} the {kind}, trained on {window.trained_on:,} earlier labels, has an AUC "
        f"of {found.estimate:.2f} ({level:.0f} % interval {found.low:.2f} to {found.high:.2f}) "
        f"among {'few' if few else f'{window.n:,}'} labelled sponsors; at least {bound:.2f} is "
        f"asked, {end}",
        details=_details(window, few, policy.disclosure.minimum_count),
        required=required,
    )


def _details(window: WindowResult, few: bool, minimum: int) -> dict[str, float | None]:
    """Counts of the window; none below the minimum, nor a share whose numerator is."""
    hits = round(window.precision_at_capacity * window.capacity)
    told = min(hits, window.capacity - hits) >= minimum
    return {
        "trained_on": window.trained_on,
        "non_compliant": None if few else window.positives,
        "compliant": None if few else window.n - window.positives,
        "capacity": window.capacity if told else None,
        "precision_at_capacity": window.precision_at_capacity if told else None,
    }


def _past(windows: int) -> str:
    return "1 past window" if windows == 1 else f"{windows} past windows"
