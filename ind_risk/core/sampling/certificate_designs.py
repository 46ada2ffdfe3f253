"""How often intervals of a share hold it, when strata are drawn unequally and some do not answer.

Sponsors are fixed and samples are drawn again and again: the coverage is that of the design.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.certificate_probability import Block, Probability, Row
from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.estimates import survey_proportion
from ind_risk.core.sampling.limits import korn_graubard
from ind_risk.core.sampling.response import response_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.certificate_probability import Effort

    Ints = NDArray[np.int64]

DESIGN_COVERAGE = "coverage under sampling designs"
PREVALENCES = (0.01, 0.05, 0.10, 0.30)
RESPONSE = 0.9  # of those drawn, alike in every stratum
ALPHA = 0.05  # of both sides together
DESIGN_SHORTFALL = 0.01  # of the nominal confidence
_SAME = 1e-12  # rounding of a share and of a limit that is exactly it


@dataclass(frozen=True, kw_only=True)
class Design:
    """Strata, and how many of each are drawn.

    Args:
        name: what is peculiar to it.
        size: sponsors of each stratum.
        drawn: of these.
        relative: rate of non-compliance of each stratum, up to a factor common to all.
    """

    name: str
    size: tuple[int, ...]
    drawn: tuple[int, ...]
    relative: tuple[float, ...]

    def failing(self, prevalence: float) -> Ints:
        """Non-compliant sponsors of each stratum, prevalence times all of them in all."""
        size, relative = np.array(self.size), np.array(self.relative)
        rate = prevalence * relative * size.sum() / (size @ relative)
        return np.asarray(np.round(rate * size), dtype=np.int64)


_BANDS = (1_000, 2_000, 7_000)  # high, middle and low by the shipped capacity
DESIGNS = (
    Design(name="band high drawn more", size=_BANDS, drawn=(150, 100, 150),
           relative=(3.0, 1.5, 0.6)),
    Design(name="band low drawn more", size=_BANDS, drawn=(30, 60, 300), relative=(3.0, 1.5, 0.6)),
    Design(name="those drawn less fail more", size=_BANDS, drawn=(150, 100, 60),
           relative=(0.5, 0.8, 1.2)),
    Design(name="weights of 1 to 1,000", size=(9_000, 900, 100), drawn=(9, 90, 100),
           relative=(1.0, 1.0, 1.0)),
    Design(name="40 small strata", size=(100,) * 40, drawn=(3,) * 20 + (8,) * 20,
           relative=(1.5,) * 20 + (0.5,) * 20),
)  # fmt: skip


def design_blocks(*, effort: Effort) -> list[Block]:
    """Coverage of the two-sided 95 % interval, every design at every prevalence.

    Args:
        effort: its worlds are samples drawn of each.
    """
    cases = list(product(DESIGNS, PREVALENCES))
    rows = []
    for number, (design, prevalence) in enumerate(cases):
        rng = np.random.default_rng((effort.seed, 6, number))
        rows.append(_row(design, prevalence, effort.worlds, rng))
        effort.say(DESIGN_COVERAGE, number + 1, len(cases))
    asked = f"at least nominal less {100 * DESIGN_SHORTFALL:g} points"
    return [Block(name=DESIGN_COVERAGE, alpha=ALPHA, asked=asked, rows=tuple(rows))]


def _row(design: Design, prevalence: float, samples: int, rng: np.random.Generator) -> Row:
    drawn = sum(design.drawn)
    return Row(
        label=f"{design.name}, {100 * prevalence:g} % non-compliant, {drawn} drawn",
        facts={
            "design": design.name, "prevalence": prevalence, "sponsors": sum(design.size),
            "drawn": drawn, "response": RESPONSE, "confidence": 1 - ALPHA,
        },
        of=Probability(
            happened=covered(design, prevalence, samples=samples, rng=rng), worlds=samples,
            lowest=1 - ALPHA - DESIGN_SHORTFALL, highest=1.0, target=1 - ALPHA,
        ),
    )  # fmt: skip


def covered(design: Design, prevalence: float, *, samples: int, rng: np.random.Generator) -> int:
    """Samples whose interval holds the share of all sponsors that are non-compliant.

    Raises:
        IndRiskError: where a whole sample did not answer.
    """
    size, drawn, failing = np.array(design.size), np.array(design.drawn), design.failing(prevalence)
    truth, stratum = failing.sum() / size.sum(), np.repeat(np.arange(len(size)), drawn)
    place = np.concatenate([np.arange(n) for n in design.drawn])
    frame = {h: float(n) for h, n in enumerate(design.size)}
    probability, held = (drawn / size)[stratum], 0
    for _ in range(samples):
        outcome = place < rng.hypergeometric(failing, size - failing, drawn)[stratum]
        answers = rng.random(len(stratum)) < RESPONSE
        made = response_weights(probability=probability, cell=stratum, responded=answers)
        found = survey_proportion(
            outcome=outcome[answers].astype(float), weight=made.weight[answers],
            stratum=stratum[answers], frame=frame,
        )  # fmt: skip
        if found is None:
            raise IndRiskError(f"Nobody of a sample answered ({design.name}); draw more of it.")
        limits = korn_graubard(found, alpha=ALPHA / 2)
        held += limits.low <= truth + _SAME and limits.high >= truth - _SAME
    return held
