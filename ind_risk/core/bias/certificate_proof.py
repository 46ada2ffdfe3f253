"""Proof, in the same run, that what the certificate judges by is what the gate judges by.

Tables drawn at random, and those on either side of each change of verdict, go through
`parity_findings`; one verdict or interval that differs ends the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.certificate_tables import Tables, equivalent
from ind_risk.core.bias.parity import CLAIM, parity_findings
from ind_risk.core.bias.parity_counts import Group, Whole
from ind_risk.core.bias.score_test import equivalence_interval
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.certificate_configurations import Configuration
    from ind_risk.core.bias.certificate_probability import Say
    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

AT_RANDOM, AT_EDGE = 4, 4  # tables of one call: drawn, and next to each change of verdict
_CLOSE = 1e-6  # two computations of one end of an interval


def policy_at(policy: Policy, *, alpha: float, margin: float) -> Policy:
    """The policy with this level of a look, this margin and every number told."""
    bias = replace(policy.bias, alpha=alpha, looks=1, selection_rate_margin=margin)
    told = replace(policy.disclosure, minimum_count=1)
    return replace(policy, bias=bias, disclosure=told)


def prove(
    configurations: Sequence[Configuration],
    *,
    alphas: Sequence[float],
    policy: Policy,
    calls: int,
    rng: np.random.Generator,
    say: Say,
) -> int:
    """Compare both on tables of so many configurations, drawn without replacement.

    Args:
        configurations: with a margin.
        alphas: levels, taken in turn.
        policy: all of it but level and margin.
        calls: of `parity_findings`; every one compares some ten tables.
        rng: which configurations and tables.
        say: told of progress.

    Returns:
        How many tables were compared.

    Raises:
        IndRiskError: naming the first table on which they differ.
    """
    chosen, compared = rng.permutation(len(configurations))[:calls], 0
    for turn, k in enumerate(chosen):
        compared += _compare(configurations[k], alphas[turn % len(alphas)], policy, rng)
        say("the same code as the findings", turn + 1, len(chosen))
    return compared


def _compare(
    configuration: Configuration, alpha: float, policy: Policy, rng: np.random.Generator
) -> int:
    tables = _tables(configuration, alpha, rng)
    expected = equivalent(configuration, tables, alpha=alpha)
    ends = [
        np.column_stack(
            equivalence_interval(
                x1=tables.x1, n1=configuration.n1, x2=tables.x2, n2=configuration.n2, alpha=a
            )
        )
        for a in (alpha, alpha / 2)
    ]
    found = _findings(configuration, tables, policy_at(
        policy, alpha=alpha, margin=configuration.margin
    ))  # fmt: skip
    for k, finding in enumerate(found):
        same = (finding.verdict == "equivalent") == bool(expected[k])
        if finding.estimate is not None and not finding.details["rounded"]:
            told = [finding.low, finding.high, *finding.details["wide_interval"]]
            same &= bool(np.allclose(told, np.concatenate([e[k] for e in ends]), atol=_CLOSE))
        if not same:
            raise IndRiskError(
                f"The certificate and the findings differ: {tables.x1[k]} of {configuration.n1} "
                f"against {tables.x2[k]} of {configuration.n2}, margin {configuration.margin:g}, "
                f"level {alpha:g}: the finding is {finding.verdict}, the p-value of the "
                f"certificate is {'below' if expected[k] else 'not below'} the level. Nothing it "
                "measures can be relied on until they agree."
            )
    return len(found)


def _findings(configuration: Configuration, tables: Tables, policy: Policy) -> list[Finding]:
    """The real findings; every table must have the same total."""
    selected = int(tables.x1[0] + tables.x2[0])
    groups = [
        Group(
            subject=f"{x}", label="of the certificate", n=configuration.n1, selected=int(x),
            members=(f"{x}",), assessable=True,
        )
        for x in tables.x1
    ]  # fmt: skip
    whole = Whole(
        n=configuration.n1 + configuration.n2, selected=selected, migrants=None, label="sponsors"
    )
    found = parity_findings(groups=groups, pooled=[], whole=whole, policy=policy, ratios=False)
    by_subject = {f.subject: f for f in found if f.claim == CLAIM}
    return [by_subject[g.subject] for g in groups]


def _tables(configuration: Configuration, alpha: float, rng: np.random.Generator) -> Tables:
    """Tables of one total as a world has it: those at the changes of verdict, and some others."""
    n1, n2 = configuration.n1, configuration.n2
    total = int(rng.binomial(n1, configuration.rate) + rng.binomial(n2, configuration.base))
    x1 = np.arange(max(0, total - n2), min(n1, total) + 1, dtype=np.int64)
    row = Tables(x1, total - x1, np.ones(len(x1)))
    inside = equivalent(configuration, row, alpha=alpha)
    edges = np.flatnonzero(np.diff(inside))
    near: Ints = (edges[:, None] + np.arange(1 - AT_EDGE // 2, 1 + AT_EDGE // 2)).ravel()
    others = rng.integers(0, len(x1), AT_RANDOM)
    kept = np.unique(np.clip(np.append(near, others), 0, len(x1) - 1))
    return Tables(x1[kept], total - x1[kept], np.ones(len(kept)))
