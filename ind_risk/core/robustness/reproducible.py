"""The check "reproducible": the same data, code and seed give the same model again."""

from __future__ import annotations

import math

from ind_risk.core.findings import Finding, Verdict

CHECK = "reproducible"
SHOWN = 12  # hex digits of a digest in a sentence


def reproducible_findings(
    *, first: str, second: str, largest_difference: float, n: int
) -> list[Finding]:
    """Judge two trainings that should have given one model; not a digit may differ.

    Args:
        first: digest of the candidate's model file; "" if there is none.
        second: digest of the file that a second training gave; "" if it gave none.
        largest_difference: the largest absolute difference between the two models' scores.
        n: sponsors that both scored.

    Returns:
        One finding, "same_model_again".
    """
    verdict, sentence = _judged(first, second, largest_difference, n)
    gap = largest_difference if math.isfinite(largest_difference) and n > 0 else None
    return [
        Finding(
            check=CHECK,
            claim="same_model_again",
            subject="two trainings",
            verdict=verdict,
            estimate=gap,
            low=gap,
            high=gap,
            margin=0.0,
            n=n,
            sentence=sentence,
            details={"first": first, "second": second},
        )
    ]


def _judged(first: str, second: str, gap: float, n: int) -> tuple[Verdict, str]:
    if not first or not second:
        which = "first" if not first else "second"
        return "insufficient_data", f"The {which} training gave no model to compare; train again."
    if not math.isfinite(gap) or n <= 0:
        return "insufficient_data", "The two models' scores were not compared; score with both."
    digests = f"{first[:SHOWN]} and {second[:SHOWN]}"
    if first == second and gap == 0:
        return (
            "established",
            f"Trained again on the same data with the same seed, the model is the same, byte for "
            f"byte ({first[:SHOWN]}), and so are the scores of {n:,} sponsors.",
        )
    if first == second:
        return (
            "refuted",
            f"Both trainings gave the model {first[:SHOWN]}, and yet scores differ by up to "
            f"{gap:.3g}: scoring itself does not repeat.",
        )
    scores = "the scores are the same" if gap == 0 else f"scores differ by up to {gap:.3g}"
    return (
        "refuted",
        f"Trained again on the same data with the same seed, the model is another ({digests}; "
        f"{scores} over {n:,} sponsors): something it rests on is not recorded.",
    )
