"""The release policy: read from TOML, checked whole before any work, and known by its digest."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any, get_type_hints

from ind_risk.core.errors import PolicyError
from ind_risk.core.people import KINDS, People, parse_people
from ind_risk.core.policy_limits import ALWAYS_REQUIRED, refuse_beyond_limits

IDENTITY_FIELDS = (
    "model_version", "model_digest", "data_digest", "code_version", "policy_digest",
)  # fmt: skip
# Every check knows these, those on the landing tables included, and has to name them.
ALWAYS_NAMED = ("data_digest", "code_version", "policy_digest")
MIGRANT_ATTRIBUTES = ("gender", "age_band")  # nationality is always audited
# Claims that a policy may have reported without asking for them; all others are always asked for.
MAY_BE_REPORTED = (
    "selection_rate_ratio", "selection_rate_difference_within",
    "selection_rate_difference_given_factors", "rank_correlation_given_factors",
    "miss_rate_difference", "error_rate_bounds", "band_rate_difference",
    "inspection_rate_difference", "intervention_rate_difference", "worklist_rate_difference",
    "nationality_given_away",
)  # fmt: skip
# The same of robustness; every check keeps at least one claim that is always asked for.
MAY_ONLY_CLOSE = ("more_than_one_rule", "calibration_slope", "worst_window_auc")
LABEL_STRATEGIES = ("verified_only", "assume_compliant", "positive_unlabelled")
STRATA = ("band", "majority")  # and columns of `sponsors`


@dataclass(frozen=True, kw_only=True)
class Time:
    """Horizon and as-of dates, in months."""

    horizon_months: int
    as_of_step_months: int
    training_dates: int


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Shares of sponsors per band and the size of a worklist."""

    high_share: float
    middle_share: float
    worklist_size: int
    worklist_random_share: float


@dataclass(frozen=True, kw_only=True)
class Labels:
    """How labels come to be."""

    strategy: str
    train_on_random_arm: bool


@dataclass(frozen=True, kw_only=True)
class Training:
    """The written rule by which a candidate is chosen."""

    simpler_model_margin: float
    minimum_labels: int
    minimum_positives: int


@dataclass(frozen=True, kw_only=True)
class Bias:
    """Levels, margins and groups of the bias findings.

    Args:
        alpha: probability of a false "equivalent" over all looks together.
        looks: how often evidence on the same outcomes may be looked at.
        selection_rate_margin: absolute difference of selection rates.
        selection_ratio_margin: ratio of selection rates, above 1; the inverse is the other end.
        association_margin: absolute rank correlation.
        false_positive_margin, miss_rate_margin: absolute differences of error rates.
        majority_share: more than this share of a sponsor's migrants makes a majority.
        minimum_group_sponsors: smaller groups are pooled.
        minimum_group_audited: smaller groups are pooled where random inspections are judged; counts
            those with the outcome that the error rate is about.
        coverage_at_least: share of migrants in groups that can be assessed.
        alternative_precision_margin: how much worse an alternative may find and still be one.
        alternative_disparity_gain: how much smaller its worst difference must be.
        resamples: permutations or resamples, where they are drawn.
        migrant_attributes: further attributes of migrants to audit ("gender", "age_band").
        sponsor_attributes: columns of `sponsors` to audit.
        risk_factors: columns of `sponsors` that may explain a difference.
        intersections: columns of `sponsors` within whose values nationalities are compared.
        reported_only: claims that are reported and not asked for.
    """

    alpha: float
    looks: int
    selection_rate_margin: float
    selection_ratio_margin: float
    association_margin: float
    false_positive_margin: float
    miss_rate_margin: float
    majority_share: float
    minimum_group_sponsors: int
    minimum_group_audited: int
    coverage_at_least: float
    alternative_precision_margin: float
    alternative_disparity_gain: float
    resamples: int
    migrant_attributes: tuple[str, ...] = ()
    sponsor_attributes: tuple[str, ...] = ()
    risk_factors: tuple[str, ...] = ()
    intersections: tuple[str, ...] = ()
    reported_only: tuple[str, ...] = ()

    @property
    def level(self) -> float:
        """Level of each look: alpha shared out equally (Bonferroni), whatever they depend on."""
        return self.alpha / self.looks

    def asks_for(self, claim: str) -> bool:
        """Whether findings of this claim must be green."""
        return claim not in self.reported_only


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Bounds of the accuracy findings.

    Args:
        alpha: probability of each false "established" over all looks together.
        auc_at_least: area under the receiver operating characteristic, over random inspections.
        precision_lift_at_least: precision at capacity as a multiple of the rate among all.
        recall_at_least: share of non-compliant sponsors that is in band high.
        low_band_rate_at_most: share of band low that is non-compliant.
        band_order_alpha: the same as alpha, for the order of the bands.
        answered_at_least: share of random inspections with a known outcome.
    """

    alpha: float
    auc_at_least: float
    precision_lift_at_least: float
    recall_at_least: float
    low_band_rate_at_most: float
    band_order_alpha: float
    answered_at_least: float


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """Bounds of the robustness findings.

    Args:
        alpha: level of each one-sided bound; where outcomes of random inspections judge, over all
            looks together.
        never_intervened_failing_at_most: share of non-compliance among sponsors that were never
            intervened against.
        calibration_slope_at_least, calibration_slope_at_most: of the log-odds of what is found on
            those of what is predicted.
        backtest_auc_at_least: in the worst past window.
        stability_refits: how often the model is trained again on resampled labels, at a time.
        stability_refits_at_most: how often in all, while a claim is undecided.
        stability_overlap_at_least: mean share of band high that a refit chooses as well.
        stability_flips_at_most: mean share of sponsors whose band a refit changes.
        perturbation_flips_at_most: share of sponsors whose band a disturbed input changes.
        inspector_spread_at_most: standard deviation, between inspectors, of the probability that
            the same sponsors are found non-compliant.
        closes_if_refuted: claims that need not be established, but must not be refuted.
        reported_only: claims that are reported, whatever they say.
    """

    alpha: float
    never_intervened_failing_at_most: float
    calibration_slope_at_least: float
    calibration_slope_at_most: float
    backtest_auc_at_least: float
    stability_refits: int
    stability_refits_at_most: int
    stability_overlap_at_least: float
    stability_flips_at_most: float
    perturbation_flips_at_most: float
    inspector_spread_at_most: float
    closes_if_refuted: tuple[str, ...] = ()
    reported_only: tuple[str, ...] = ()

    def asks_for(self, claim: str, verdict: str) -> bool:
        """Whether a finding of this claim with this verdict must be green."""
        if claim in self.closes_if_refuted:
            return verdict == "refuted"
        return claim not in self.reported_only


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How audit samples are planned.

    Args:
        power: probability with which each claim is to be established if the model deserves it.
        response_rate: share of drawn sponsors whose outcome is expected to come back.
        minimum_per_stratum: sponsors drawn from each stratum that has so many.
        price_step: inspections between two lines of the price list.
        profile_share, random_share, signal_share: mix of routes on a worklist; they add up to 1.
        calibrating: sponsors drawn besides, to set the level of the scores of a model that saw
            outcomes of selected sponsors only.
        strata: "band", "majority" and columns of `sponsors`.
    """

    power: float
    response_rate: float
    minimum_per_stratum: int
    price_step: int
    profile_share: float
    random_share: float
    signal_share: float
    calibrating: int
    strata: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Bounds of the drift findings (PSI: population stability index)."""

    score_psi_at_most: float
    feature_psi_at_most: float
    outcome_gap_margin: float


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """Smallest count that may be shown."""

    minimum_count: int


@dataclass(frozen=True, kw_only=True)
class RequiredCheck:
    """A check the gate asks for on one asset, and which identity fields it must name."""

    asset: str
    check: str
    names: tuple[str, ...] = IDENTITY_FIELDS

    @property
    def key(self) -> str:
        """`asset:check`, as Dagster prints it."""
        return f"{self.asset}:{self.check}"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A whole policy; `digest` is the SHA-256 of its canonical content."""

    name: str
    synthetic_only: bool
    time: Time
    capacity: Capacity
    labels: Labels
    training: Training
    bias: Bias
    accuracy: Accuracy
    robustness: Robustness
    sampling: Sampling
    drift: Drift
    disclosure: Disclosure
    gate_job: str
    required_checks: tuple[RequiredCheck, ...]
    required_statements: tuple[str, ...]
    people: People = field(default_factory=People)

    @property
    def digest(self) -> str:
        """64 hex digits over all values but people, who have a digest of their own.

        Independent of comments and layout of the file.
        """
        values = asdict(self)
        del values["people"]
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def accuracy_level(self) -> float:
        """Level of each look at random outcomes, of accuracy claims, shared out as `Bias.level`."""
        return self.accuracy.alpha / self.bias.looks

    @property
    def band_order_level(self) -> float:
        """The same, of the order of the bands."""
        return self.accuracy.band_order_alpha / self.bias.looks

    @property
    def robustness_level(self) -> float:
        """The same, of robustness claims that random outcomes judge."""
        return self.robustness.alpha / self.bias.looks

    @property
    def horizon_months(self) -> int:
        """Months after an as-of date in which a label may arise."""
        return self.time.horizon_months


_COLUMN_KEYS = ("sponsor_attributes", "risk_factors", "intersections")
_SECTIONS = {
    "time": Time, "capacity": Capacity, "labels": Labels, "training": Training, "bias": Bias,
    "accuracy": Accuracy, "robustness": Robustness, "sampling": Sampling, "drift": Drift,
    "disclosure": Disclosure,
}  # fmt: skip


@lru_cache(maxsize=8)  # every asset and check asks for the same one
def parse_policy(text: str, *, source: str) -> Policy:
    """Parse and check a policy.

    Args:
        text: TOML.
        source: the file's name, for messages.

    Raises:
        PolicyError: naming the section and key at fault and what is expected there.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError(f"{source}: this is not valid TOML: {error}") from None
    _known(raw, ("name", "synthetic_only", "gate", "statements", *_SECTIONS), source)
    gate = _table(raw, "gate", source)
    statements = _table(raw, "statements", source)
    _known(gate, ("job", "required"), f"{source} [gate]")
    _known(statements, ("required", "valid_days", "rules", "people"), f"{source} [statements]")
    policy = Policy(
        name=_typed(raw, "name", str, source),
        synthetic_only=_typed(raw, "synthetic_only", bool, source),
        gate_job=_typed(gate, "job", str, f"{source} [gate]"),
        required_checks=_required(gate, source),
        required_statements=_strings(statements, "required", f"{source} [statements]"),
        people=parse_people(statements, source=f"{source} [statements]"),
        **{name: _section(raw, name, kind, source) for name, kind in _SECTIONS.items()},
    )
    _refuse_contradictions(policy, source)
    return policy


def _refuse_contradictions(policy: Policy, source: str) -> None:
    if policy.labels.strategy not in LABEL_STRATEGIES:
        raise PolicyError(
            f"{source} [labels]: strategy is {policy.labels.strategy!r}; use one of "
            + ", ".join(LABEL_STRATEGIES)
        )
    for key, known in (
        ("migrant_attributes", MIGRANT_ATTRIBUTES), ("reported_only", MAY_BE_REPORTED),
    ):  # fmt: skip
        if alien := sorted(set(getattr(policy.bias, key)) - set(known)):
            raise PolicyError(
                f"{source} [bias]: {key} holds {alien[0]!r}; it may hold {', '.join(known)}."
            )
    for key in ("closes_if_refuted", "reported_only"):
        if alien := sorted(set(getattr(policy.robustness, key)) - set(MAY_ONLY_CLOSE)):
            raise PolicyError(
                f"{source} [robustness]: {key} holds {alien[0]!r}; it may hold "
                + ", ".join(MAY_ONLY_CLOSE)
            )
    if alien := sorted(set(policy.required_statements) - set(KINDS)):
        raise PolicyError(
            f"{source} [statements]: required holds {alien[0]!r}; it may hold {', '.join(KINDS)}."
        )
    mix = policy.sampling
    if abs(mix.profile_share + mix.random_share + mix.signal_share - 1) > 1e-9:
        raise PolicyError(
            f"{source} [sampling]: profile_share, random_share and signal_share add up to "
            f"{mix.profile_share + mix.random_share + mix.signal_share:g}; they must to 1."
        )
    if not 0 < mix.response_rate <= 1:
        raise PolicyError(
            f"{source} [sampling]: response_rate is {mix.response_rate}; expected above 0, at "
            "most 1."
        )
    if policy.capacity.high_share + policy.capacity.middle_share >= 1:
        raise PolicyError(f"{source} [capacity]: high_share and middle_share leave no band low.")


def refuse_unknown_columns(policy: Policy, columns: Iterable[str]) -> None:
    """Refuse a policy that audits columns which the sponsors at hand do not have.

    Raises:
        PolicyError: naming the column and the ones there are.
    """
    there = sorted(set(columns) - {"sponsor_id", "legal_name"})
    named = {key: getattr(policy.bias, key) for key in _COLUMN_KEYS}
    named["strata"] = tuple(c for c in policy.sampling.strata if c not in STRATA)
    for key, columns_named in named.items():
        if alien := sorted(set(columns_named) - set(there)):
            section = "sampling" if key == "strata" else "bias"
            raise PolicyError(
                f"The policy's [{section}] {key} names {alien[0]!r}, which is no column of "
                f"sponsors that can be audited; there are {', '.join(there)}."
            )


def _known(table: Mapping[str, Any], keys: Iterable[str], place: str) -> None:
    """A misspelt key would be a rule that silently does not apply."""
    if unknown := sorted(set(table) - set(keys)):
        raise PolicyError(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(keys)}.")


def _table(raw: Mapping[str, Any], name: str, source: str) -> Mapping[str, Any]:
    value = raw.get(name)
    if not isinstance(value, dict):
        raise PolicyError(f"{source}: the section [{name}] is missing; the gate asks for it.")
    return value


def _typed(raw: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    if key not in raw:
        raise PolicyError(f"{place}: {key} is missing; without it the gate cannot judge.")
    value = raw[key]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise PolicyError(f"{place}: {key} is {value!r}; expected {kind.__name__}.")
    return value


def _strings(raw: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    values = _typed(raw, key, list, place)
    if not all(isinstance(v, str) for v in values):
        raise PolicyError(f"{place}: {key} must be a list of texts.")
    return tuple(values)


def _section(raw: Mapping[str, Any], name: str, kind: type, source: str) -> Any:
    table, place, hints = _table(raw, name, source), f"{source} [{name}]", get_type_hints(kind)
    _known(table, hints, place)
    values: dict[str, Any] = {}
    for item in fields(kind):
        hint = hints[item.name]
        if hint in (str, bool, int, float):
            value = _typed(table, item.name, hint, place)
            refuse_beyond_limits(value, section=name, key=item.name, place=place)
        else:
            value = _strings(table, item.name, place) if item.name in table else ()
        values[item.name] = value
    return kind(**values)


def _required(gate: Mapping[str, Any], source: str) -> tuple[RequiredCheck, ...]:
    place = f"{source} [[gate.required]]"
    checks: list[RequiredCheck] = []
    for entry in _typed(gate, "required", list, f"{source} [gate]"):
        if not isinstance(entry, dict):
            raise PolicyError(f"{place}: {entry!r} is no table with check, assets and names.")
        _known(entry, ("check", "assets", "names"), place)
        check = _typed(entry, "check", str, place)
        names = _strings(entry, "names", place) if "names" in entry else IDENTITY_FIELDS
        _refuse_names(names, f"{place}: {check}")
        assets = _strings(entry, "assets", place)
        if not assets:
            raise PolicyError(f"{place}: {check} is required on no asset; name one in assets.")
        checks += [RequiredCheck(asset=a, check=check, names=names) for a in assets]
    if not checks:
        raise PolicyError(f"{place}: no check is required; such a gate would prove nothing.")
    if lacking := [c for c in ALWAYS_REQUIRED if c not in {check.check for check in checks}]:
        raise PolicyError(
            f"{place}: {lacking[0]} is not required ({len(lacking)} such checks); every policy "
            f"requires {', '.join(ALWAYS_REQUIRED)}."
        )
    return tuple(checks)


def _refuse_names(names: tuple[str, ...], place: str) -> None:
    if alien := sorted(set(names) - set(IDENTITY_FIELDS)):
        raise PolicyError(
            f"{place} names {alien[0]!r}; expected some of {', '.join(IDENTITY_FIELDS)}."
        )
    if lacking := [n for n in ALWAYS_NAMED if n not in names]:
        raise PolicyError(
            f"{place}: names lacks {lacking[0]!r}; such evidence would outlive a change of it."
        )
