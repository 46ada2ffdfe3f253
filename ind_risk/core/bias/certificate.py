"""The certificate: error rates of the bias verdicts, measured in worlds of which all is known.

What it judges by is the code the gate judges by; that is proved in the same run. Besides the
verdicts it measures what they rest on where outcomes are drawn: intervals under sampling designs,
and the power that the plan of an audit sample promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.certificate_configurations import at_the_margin
from ind_risk.core.bias.certificate_coverage import coverage_blocks
from ind_risk.core.bias.certificate_equivalence import equivalence_blocks, power_blocks
from ind_risk.core.bias.certificate_populations import opening_blocks
from ind_risk.core.bias.certificate_probability import Block, Effort, Say
from ind_risk.core.bias.certificate_proof import prove
from ind_risk.core.sampling.certificate_designs import design_blocks
from ind_risk.core.sampling.certificate_power import planned_power_blocks

if TYPE_CHECKING:
    from ind_risk.core.policy import Policy

WHOLE = 20  # one whole population for so many worlds of single tables
SAMPLES, TRIALS = 10, 40  # one sample of a design, one trial of a plan, for so many worlds
SUMS, SUMS_OF_INTERVALS = 20, 100  # one exact sum a block for so many worlds
FEWEST_CALLS = 100  # of the real findings, in the proof that they are the same


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Everything that was measured.

    Args:
        blocks: what was measured, and what is asked of it.
        compared: tables on which the real findings were asked for their verdict, and agreed.
        calls: of the findings, for that.
        worlds, seed: as asked for.
    """

    blocks: tuple[Block, ...]
    compared: int
    calls: int
    worlds: int
    seed: int

    @property
    def failing(self) -> tuple[Block, ...]:
        """Blocks of which a requirement does not hold."""
        return tuple(b for b in self.blocks if not b.holds)

    @property
    def holds(self) -> bool:
        """Whether every requirement holds."""
        return not self.failing

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "holds": self.holds, "failing": [b.title for b in self.failing],
            "worlds": self.worlds, "seed": self.seed,
            "tables_compared_with_the_findings": self.compared, "calls_of_the_findings": self.calls,
            "blocks": [b.to_dict() for b in self.blocks],
        }  # fmt: skip


def certify(*, policy: Policy, worlds: int, seed: int, say: Say) -> Certificate:
    """Measure everything, at the policy's alpha and at its level of one look.

    Args:
        policy: levels, margins, capacity.
        worlds: for each configuration; whole populations are a twentieth of it, samples of each
            design a tenth, trials of a plan a fortieth, at least one.
        seed: of all draws; the same seed gives the same certificate.
        say: told of progress.

    Raises:
        IndRiskError: where the certificate and the real findings differ on a table.
    """
    alphas = tuple(dict.fromkeys((policy.bias.alpha, policy.bias.level)))
    effort = Effort(worlds=worlds, sums=max(worlds // SUMS, 1), seed=seed, say=say)
    intervals = replace(effort, sums=max(worlds // SUMS_OF_INTERVALS, 1))
    whole = replace(effort, worlds=max(worlds // WHOLE, 1))
    samples = replace(effort, worlds=max(worlds // SAMPLES, 1))
    trials = replace(effort, worlds=max(worlds // TRIALS, 1))
    configurations = at_the_margin()
    calls = min(max(worlds // 10, FEWEST_CALLS), len(configurations))
    compared = prove(
        configurations, alphas=alphas, policy=policy, calls=calls,
        rng=np.random.default_rng((seed, 0)), say=say,
    )  # fmt: skip
    blocks = (
        *equivalence_blocks(alphas=alphas, effort=effort),
        *power_blocks(alphas=alphas, effort=effort),
        *coverage_blocks(alphas=alphas, effort=intervals),
        *opening_blocks(policy=policy, effort=whole),
        *design_blocks(effort=samples),
        *planned_power_blocks(policy=policy, effort=trials),
    )
    return Certificate(blocks=blocks, compared=compared, calls=calls, worlds=worlds, seed=seed)
