"""After release: does the model in use still do what it was let into use for?

The same tests as before release, on what came in since the cut-off that the model was judged at.
Monitoring looks every month; a year of looks shares the level of one (Bonferroni), so that a model
that is as it was is called out of line by chance no more often than at its release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.wording import shown
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.policy import Policy

CHECK = "monitoring"
LOOKS_A_YEAR = 12
OUT_OF_LINE = ("refuted", "disparity")


@dataclass(frozen=True)
class Month:
    """Random inspections that were closed in one month.

    Args:
        month: YYYY-MM.
        inspections: with an outcome; as it may be shown.
        observed: their inclusion-probability weighted rate of non-compliance (Hájek), 0 to 1; None
            where few are behind it.
        predicted: mean score by the same weights; None with it.
    """

    month: str
    inspections: int | str
    observed: float | None
    predicted: float | None

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


def at_monthly_level(policy: Policy) -> Policy:
    """The policy with the level of one look shared out over a year of monthly looks."""
    return replace(
        policy,
        bias=replace(policy.bias, looks=policy.bias.looks * LOOKS_A_YEAR),
    )


def as_monitored(findings: Sequence[Finding]) -> list[Finding]:
    """Findings of other checks as findings of monitoring; each keeps its claim."""
    return [
        replace(f, check=CHECK, details={**f.details, "as_check": f.check}) for f in findings
    ]  # fmt: skip


def out_of_line(findings: Sequence[Finding]) -> list[Finding]:
    """Those asked for that are shown to be wrong; what lacks data takes no model out of use."""
    return [f for f in findings if f.required and f.verdict in OUT_OF_LINE]


def by_month(judged: pd.DataFrame, *, minimum: int) -> list[Month]:
    """Observed and predicted non-compliance on the random arm, month by month.

    Args:
        judged: one row a sponsor with score, audit_label, audit_inclusion_probability and
            audit_closed_on.
        minimum: smallest count that may be shown; of either outcome, for the rate gives it back.

    Returns:
        In order of time; months without any outcome are left out.
    """
    seen = judged[
        judged["audit_label"].isin(("compliant", "non_compliant"))
        & (judged["audit_inclusion_probability"] > 0)
        & judged["score"].notna() & judged["audit_closed_on"].notna()
    ]  # fmt: skip
    made = []
    for month, rows in seen.groupby(seen["audit_closed_on"].dt.strftime("%Y-%m")):
        failed = (rows["audit_label"] == "non_compliant").to_numpy(dtype=float)
        weight = 1 / rows["audit_inclusion_probability"].to_numpy(dtype=float)
        tells = min(failed.sum(), len(rows) - failed.sum()) >= minimum
        score = rows["score"].to_numpy(dtype=float)
        made.append(
            Month(
                str(month), shown(len(rows), minimum),
                float(np.average(failed, weights=weight)) if tells else None,
                float(np.average(score, weights=weight)) if tells else None,
            )
        )  # fmt: skip
    return made


def nothing_new(since: str, now: str, policy: Policy) -> list[Finding]:
    """The one finding where no tables newer than those it was judged by were taken in."""
    return [
        Finding(
            check=CHECK, claim="newer_tables", subject="all", verdict="insufficient_data",
            estimate=None, low=None, high=None, margin=None, n=None, required=False,
            sentence=f"The model in use was judged by tables until {since}, and those at hand end "
            f"on {now}. Insufficient data; take in newer ones with `ind-risk run`. The policy is "
            f"{policy.name!r}.",
        )
    ]  # fmt: skip
