"""How many of the random inspections have a known outcome: weights cannot mend what is withheld.

Those with an outcome stand for those without that were as likely to be drawn. That holds if who
does not answer does so for reasons of chance; where many do not, or somebody keeps bad outcomes
back, it does not, and no weight shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.policy import Policy

CLAIM = "random_inspections_answered"


def answered(arm: RandomArm, policy: Policy, absent: int = 0) -> Finding:
    """The share of random inspections with a known outcome, at least `answered_at_least`.

    A count of what is there: it has no sampling interval. Too few are insufficient data, for what
    is out may still come back.

    Args:
        arm: of the judged sponsors.
        policy: with the bound.
        absent: drawn sponsors that are not among the judged, and so did not answer.
    """
    bound, known = policy.accuracy.answered_at_least, arm.opened - arm.non_response
    opened = arm.opened + absent
    share = known / opened if opened else None
    asked = f"at least {100 * bound:.0f} % is asked"
    if share is None:
        said = (
            "No random inspection was opened after the judging date, so none has an outcome; "
            f"{asked}."
        )
    elif share >= bound:
        said = (
            f"Of {opened:,} random inspections {100 * share:.1f} % have a known outcome; "
            f"{asked}: established."
        )
    else:
        said = (
            f"Of {opened:,} random inspections only {100 * share:.1f} % have a known outcome; "
            f"{asked}, for what is out could be what speaks against the model. Insufficient data; "
            "hand in the outcomes that are out."
        )
    if absent:
        said += (
            f" Among them are {absent:,} drawn sponsors that the tables do not have as recognised "
            "on the cut-off any more; put them back if they were taken out."
        )
    return Finding(
        check="accuracy_established", claim=CLAIM, subject="all",
        verdict="established" if share is not None and share >= bound else "insufficient_data",
        estimate=share, low=share, high=share, margin=bound, n=opened, sentence=said,
        details={"known": known, "opened": opened, "absent": absent},
    )  # fmt: skip
