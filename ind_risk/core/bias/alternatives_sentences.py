"""What is told of an alternative: numbers coarse where few sponsors are behind, and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.difference_sentences import ROUNDED
from ind_risk.core.bias.disclosure import hidden, numerators
from ind_risk.core.bias.wording import codes, margin_points, points, share, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.bias.alternatives_paired import Compared
    from ind_risk.core.policy import Policy
    from ind_risk.core.training.alternatives import Alternative

_NAMED = 3  # further better alternatives in the sentence


@dataclass(frozen=True, kw_only=True)
class Told:
    """What may be told of one alternative.

    Args:
        record: what it is.
        group, worst: where its worst difference is, and how large.
        chosen_group, chosen_worst: the same of the chosen model.
        gain: chosen_worst - worst.
        low, high: bounds of the gain, each at `confidence`; None without resamples.
        confidence: of each bound, adjusted for the number of alternatives.
        coarse: whether figures are rounded, so that no small count can be told from them.
        nearly_as_good, better: as judged.
        precision: None where few hits are behind it.
        precision_difference: alternative minus chosen; None where few hits are behind it.
        precision_error: standard error of that difference, paired label by label.
        n_validation: inspections it was judged on, as it may be shown.
    """

    record: Alternative
    group: str
    worst: float
    chosen_group: str
    chosen_worst: float
    gain: float
    low: float | None
    high: float | None
    confidence: float
    coarse: bool
    nearly_as_good: bool
    better: bool
    precision: float | None
    precision_difference: float | None
    precision_error: float | None
    n_validation: int | str

    def row(self) -> dict[str, Any]:
        """One row of the table in the evidence file."""
        return {
            "name": self.record.name, "kind": self.record.kind,
            "left_out": list(self.record.left_out), "unchanged": self.record.unchanged,
            "precision": self.precision, "precision_difference": self.precision_difference,
            "precision_difference_standard_error": self.precision_error,
            "auc": self.record.auc, "n_validation": self.n_validation,
            "nearly_as_good": self.nearly_as_good, "better": self.better,
            "worst_group": self.group, "worst_difference": self.worst,
            "chosen_worst_group": self.chosen_group, "chosen_worst_difference": self.chosen_worst,
            "gain": self.gain, "low": self.low, "high": self.high, "rounded": self.coarse,
        }  # fmt: skip


def told_of(
    one: Compared,
    reference: Alternative,
    names: Sequence[str],
    policy: Policy,
    *,
    reach: float,
    better: bool,
    confidence: float,
) -> Told:
    """What may be told of an alternative beside the chosen model.

    Args:
        one: the comparison.
        reference: the chosen model.
        names: of the assessable groups.
        policy: for the smallest count to be shown.
        reach: standard errors from the gain to a bound.
        better: as judged.
        confidence: of each bound.
    """
    minimum = policy.disclosure.minimum_count
    before, now = (_worst(one, model, minimum) for model in (0, 1))
    gain, width = before.difference - now.difference, before.width + now.width
    # From the gain as it is told: the middle of the bounds must not tell more.
    error = before.error + now.error if width > 0 else one.standard_error
    reached = reach * error + width
    tells = min(one.record.hits.sum(), reference.hits.sum()) >= minimum
    resampled = isfinite(one.standard_error)
    return Told(
        record=one.record, group=names[now.group], worst=now.difference,
        chosen_group=names[before.group], chosen_worst=before.difference, gain=gain,
        low=max(gain - reached, -1.0) if resampled else None,
        high=min(gain + reached, 1.0) if resampled else None,
        confidence=confidence, coarse=width > 0,
        nearly_as_good=one.nearly_as_good, better=better,
        precision=one.record.precision if tells else None,
        precision_difference=one.record.precision - reference.precision if tells else None,
        precision_error=_paired_error(one.record, reference) if tells else None,
        n_validation=shown(one.record.n_validation, minimum),
    )  # fmt: skip


def _paired_error(record: Alternative, reference: Alternative) -> float:
    """Standard error of the difference of two precisions on the same labels (McNemar)."""
    apart = record.hits.astype(int) - reference.hits.astype(int)
    return round(float(np.sqrt(len(apart)) * apart.std() / record.capacity), 3)


@dataclass(frozen=True)
class _Worst:
    """The worst difference of one model as it may be told, and how far off that may be.

    Args:
        group: where it is.
        difference: in the middle of the block of counts.
        width: of the block; 0 where the difference is exact.
        error: largest standard error of the block. The sum of two models' is the most that the
            standard error of the gain can be, whatever sponsors they have in common.
    """

    group: int
    difference: float
    width: float
    error: float


def _worst(one: Compared, model: int, minimum: int) -> _Worst:
    """The worst difference of a model: 0 for the chosen one, 1 for the alternative.

    Where few sponsors of the group are selected, or few are not, it is that of the middle of a
    whole block of counts.
    """
    n = one.cells.sum(axis=(1, 2))
    x = one.cells.sum(axis=2 - model)[:, 1]
    total, chosen = int(n.sum()), int(x.sum())
    others = np.maximum(total - n[:-1], 1)
    difference = x[:-1] / np.maximum(n[:-1], 1) - (chosen - x[:-1]) / others
    group = int(np.abs(difference).argmax())
    hide = hidden(x[:-1], total=chosen, minimum=minimum)
    hide |= hidden((n - x)[:-1], total=total - chosen, minimum=minimum)
    size, rest = int(n[group]), int(others[group])
    block = np.array([x[group], x[group]])
    if hide[group]:
        block = np.array(
            numerators(int(x[group]), size, selected=chosen, total=total, minimum=minimum)
        )
    p, q = block / max(size, 1), np.clip((chosen - block) / rest, 0.0, 1.0)
    error = float(np.sqrt(p * (1 - p) / max(size, 1) + q * (1 - q) / rest).max())
    if not hide[group]:
        return _Worst(group, float(np.abs(difference[group])), 0.0, error)
    return _Worst(group, float(np.abs((p - q).mean())), float(np.ptp(p - q)), error)


def overall_sentence(
    reference: Alternative,
    best: Told | None,
    policy: Policy,
    *,
    compared: int,
    family: int,
    others: Sequence[str],
    excluded: bool,
) -> str:
    """The sentence about all alternatives together.

    Args:
        reference: the chosen model.
        best: the one it rests on; None if none finds nearly as much.
        policy: margins and smallest count to be shown.
        compared: number of alternatives.
        family: how many of them differ and find nearly as much.
        others: names of further better ones.
        excluded: whether a gain as large as the margin of selection parity is excluded.
    """
    bias = policy.bias
    less = margin_points(bias.alternative_precision_margin)
    start = (
        f"Of {compared:,} alternatives to the chosen model ({reference.name}), all fitted on the "
        f"same rows, {family:,} {'differs' if family == 1 else 'differ'} from it and "
        f"{'is' if family == 1 else 'are'} right at capacity at most {less} less often."
    )
    if best is None:
        return f"{start} There is no reasonable alternative to compare groups by: established."
    asked = margin_points(bias.alternative_disparity_gain)
    if not best.better:
        most = margin_points(bias.selection_rate_margin)
        start = f"{start} The most even-handed of them: {_compared(reference, best, policy)}. A "
        gain = f"gain of at least {asked}, beyond chance, is asked of an alternative: none has it"
        if excluded:
            return f"{start}{gain}, and a gain of {most} is excluded: established.{_coarse(best)}"
        return (
            f"{start}{gain}, but a gain of {most} is not excluded: insufficient data. More "
            f"sponsors in the smaller groups would show it.{_coarse(best)}"
        )
    more = ""
    if others:
        named = list(others[:_NAMED])
        rest = len(others) - len(named)
        named += [f"{rest} more"] if rest else []
        more = f" {codes(named)} would be better as well."
    return (
        f"{start} A reasonable alternative is better: {_compared(reference, best, policy)}, at "
        f"least the {asked} asked and beyond chance: refuted.{more}{_coarse(best)}"
    )


def alternative_sentence(reference: Alternative, told: Told, policy: Policy) -> str:
    """The sentence about one alternative."""
    if told.record.unchanged:
        text = f"{_subject(told.record)} is the same model: it does not use what is left out"
    else:
        text = _compared(reference, told, policy)
    return f"{text[0].upper()}{text[1:]}: {_why(told, policy)}.{_coarse(told)}"


def _why(told: Told, policy: Policy) -> str:
    if told.better:
        return "a better alternative"
    if told.record.unchanged:
        return "no alternative"
    if not told.nearly_as_good:
        less = margin_points(policy.bias.alternative_precision_margin)
        return f"it is right more than {less} less often, so it is no reasonable alternative"
    asked = policy.bias.alternative_disparity_gain
    if told.gain < asked:
        return f"not the gain of {margin_points(asked)} that is asked, so it is not better"
    return "not beyond chance, so it is not shown to be better"


def _compared(reference: Alternative, told: Told, policy: Policy) -> str:
    """Both models' finds and worst differences, and the gain with its bounds."""
    asked, minimum = policy.bias.alternative_disparity_gain, policy.disclosure.minimum_count
    finds, instead = (
        share(r.hits.sum(), r.capacity, minimum) for r in (told.record, reference)
    )  # fmt: skip
    if told.precision is None:
        found = f"has finds that are not shown, on fewer than {minimum} non-compliant sponsors"
    elif finds == instead:
        found = f"is right as often at capacity ({finds} of its visits)"
    else:
        found = f"is right in {finds} of its visits at capacity instead of {instead}"
    now, before = (points(v, margin=asked).lstrip("+") for v in (told.worst, told.chosen_worst))
    moves = "falls" if told.gain > 0 else "rises"
    if told.gain == 0:
        where = f"the worst difference ({told.group}) stays at {now} points"
    elif told.group == told.chosen_group:
        where = f"the worst difference ({told.group}) {moves} from {before} to {now} points"
    else:
        where = (
            f"the worst difference {moves} from {before} ({told.chosen_group}) to {now} points "
            f"({told.group})"
        )
    text = f"{_subject(told.record)} {found}, and {where}"
    if told.low is None or told.high is None:
        return text
    gain, low, high = (points(v, margin=asked) for v in (told.gain, told.low, told.high))
    each = f"{100 * told.confidence:.4g} %"  # so close to 1 that it takes more digits
    return f"{text} (gain {gain}, bounds at {each} each {low} to {high} points)"


def _subject(record: Alternative) -> str:
    """The alternative as the subject of a sentence."""
    if not record.left_out:
        return f"the kind {record.name}"
    if len(record.left_out) == 1:
        return f"without {record.left_out[0]} the model"
    return f"without {codes(record.left_out)} the model"


def _coarse(told: Told) -> str:
    return f" {ROUNDED}" if told.coarse else ""
