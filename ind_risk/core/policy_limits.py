"""What every policy must ask for, whoever signs it: limits of its numbers, checks it requires."""

from __future__ import annotations

from typing import Any

from ind_risk.core.errors import PolicyError

LARGEST_ALPHA = 0.1  # beyond it intervals say little
AT_LEAST = {"auc_at_least": 0.5, "precision_lift_at_least": 1.0, "selection_ratio_margin": 1.0}
# No policy may ask less than this: a gate that everything passes proves nothing, and who registers
# such a policy beforehand has not chosen a margin but done away with it.
FLOORS = {
    ("bias", "majority_share"): 0.5, ("bias", "coverage_at_least"): 0.5,
    ("disclosure", "minimum_count"): 5, ("robustness", "calibration_slope_at_least"): 0.2,
    ("robustness", "stability_overlap_at_least"): 0.3, ("accuracy", "answered_at_least"): 0.5,
}  # fmt: skip
CEILINGS = {
    ("bias", "selection_rate_margin"): 0.10, ("bias", "selection_ratio_margin"): 4.0,
    ("bias", "association_margin"): 0.20, ("bias", "false_positive_margin"): 0.20,
    ("bias", "miss_rate_margin"): 0.40, ("bias", "majority_share"): 0.67,
    ("bias", "looks"): 20, ("bias", "alternative_disparity_gain"): 0.10,
    ("bias", "alternative_precision_margin"): 0.10,
    ("accuracy", "low_band_rate_at_most"): 0.30,
    ("drift", "score_psi_at_most"): 0.25, ("drift", "feature_psi_at_most"): 1.0,
    ("drift", "outcome_gap_margin"): 0.10,
    ("robustness", "never_intervened_failing_at_most"): 0.30,
    ("robustness", "calibration_slope_at_most"): 5.0,
    ("robustness", "stability_flips_at_most"): 0.50,
    ("robustness", "perturbation_flips_at_most"): 0.50,
    ("robustness", "inspector_spread_at_most"): 0.15,
}  # fmt: skip
# Every policy requires these, on whatever asset.
ALWAYS_REQUIRED = (
    "data_contract", "loadable", "protected_isolation", "drift", "policy_preregistered",
    "bias_independence", "bias_selection_parity", "bias_error_parity", "bias_funnel",
    "bias_coverage", "bias_alternatives", "accuracy_established", "band_order",
    "label_assumption", "usefulness", "calibration", "backtest", "stability", "perturbation",
    "inspector_effect", "reproducible",
)  # fmt: skip
SHARES = {
    ("capacity", "high_share"), ("capacity", "middle_share"), ("capacity", "worklist_random_share"),
    ("training", "simpler_model_margin"), ("bias", "alpha"), ("bias", "selection_rate_margin"),
    ("bias", "association_margin"), ("bias", "majority_share"), ("accuracy", "alpha"),
    ("bias", "false_positive_margin"), ("bias", "miss_rate_margin"), ("bias", "coverage_at_least"),
    ("bias", "alternative_precision_margin"), ("bias", "alternative_disparity_gain"),
    ("accuracy", "recall_at_least"), ("accuracy", "low_band_rate_at_most"),
    ("accuracy", "answered_at_least"), ("robustness", "alpha"),
    ("robustness", "never_intervened_failing_at_most"),
    ("robustness", "backtest_auc_at_least"), ("robustness", "stability_overlap_at_least"),
    ("robustness", "stability_flips_at_most"), ("robustness", "perturbation_flips_at_most"),
    ("robustness", "inspector_spread_at_most"), ("sampling", "power"),
    ("sampling", "profile_share"), ("sampling", "random_share"), ("sampling", "signal_share"),
    ("accuracy", "auc_at_least"), ("accuracy", "band_order_alpha"), ("drift", "outcome_gap_margin"),
}  # fmt: skip


def refuse_beyond_limits(value: Any, *, section: str, key: str, place: str) -> None:
    """Refuse a number that no policy may have; anything but a number passes.

    Args:
        value: as the policy has it.
        section, key: where in the policy.
        place: the same for the message, with the file's name.

    Raises:
        PolicyError: naming the key, the value and what is allowed.
    """
    if isinstance(value, (bool, str)):
        return
    if (section, key) in SHARES and not 0 < value < 1:
        raise PolicyError(f"{place}: {key} is {value}; expected a share, above 0 and below 1.")
    if not 0 < value < float("inf"):
        raise PolicyError(f"{place}: {key} is {value}; expected a number above 0.")
    least, most = FLOORS.get((section, key), 0), CEILINGS.get((section, key), float("inf"))
    if not least <= value <= most:
        allowed = f"at least {least:g}" if value < least else f"at most {most:g}"
        raise PolicyError(
            f"{place}: {key} is {value}; a policy that is worth the name has {allowed}."
        )
    if key in ("alpha", "band_order_alpha") and value > LARGEST_ALPHA:
        raise PolicyError(f"{place}: {key} is {value}; a level is at most {LARGEST_ALPHA}.")
    if (chance := AT_LEAST.get(key)) is not None and value < chance:
        raise PolicyError(
            f"{place}: {key} is {value}; below {chance} it would ask less than chance gives."
        )
