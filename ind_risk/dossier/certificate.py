"""The certificate as a document: what was measured, how, and what it does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.dossier.certificate_tables import (
    every_configuration,
    quantiles,
    summary,
    worst_cases,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ind_risk.core.bias.certificate import Certificate
    from ind_risk.core.bias.certificate_probability import Block, Row
    from ind_risk.core.policy import Policy

PICTURE = "images/certificate.png"
WORST = 10
NOT_SHOWN = """\
- **Sponsors are drawn independently.** Sponsors that belong together (a concern, one adviser, one
  inspector's region) tell less than so many independent ones; the true error rates are then
  higher. Where the size of band high is fixed beforehand, rates vary less than here and the
  intervals are, if anything, too wide.
- **Only what is listed was measured.** Between two sizes or rates nothing is proved, though the
  rates hardly jump. Cases are drawn at known rates; real rates are not known.
- **One difference at a time.** In the whole populations one group differs, by exactly the margin,
  and scores are otherwise unrelated to nationality. Every other check of the gate counts as green,
  so the rate of false openings is an upper bound; the rate of openings without a difference is one
  too.
- **Nationalities are known and majorities are clear.** Missing or wrong records are not simulated.
- **Verdicts on rates of selection only.** Of accuracy and of error rates on random inspections,
  only the planned power is measured, in one small frame where the assumption of the plan is true.
  How often they are wrong, the funnel from selection to intervention and alternatives rest on
  other statistics, with tests of their own.
- **Who does not answer is like who does.** Within a stratum, whether a sponsor answers has nothing
  to do with what would be found. Where it has, no weights make up for it.
- **Looks are not simulated.** That several looks together keep to the policy's alpha follows from
  sharing it out equally (Bonferroni), not from this document.
- **It speaks of the method, not of a model.** "Equivalent" means a difference below the margin,
  not that there is none; which margin is acceptable, people decide.
"""


def certificate_document(
    certificate: Certificate, *, policy: Policy, versions: Mapping[str, str], alt: str
) -> str:
    """The whole document.

    Args:
        certificate: what was measured.
        policy: whose levels and margins were used.
        versions: of what computed it, by name.
        alt: what the picture shows.
    """
    by_name: dict[str, list[Block]] = {}
    for block in certificate.blocks:
        by_name.setdefault(block.name, []).append(block)
    parts = [
        _opening(certificate, policy, alt), _false(by_name["false equivalence"]),
        _power(by_name["power"]), _coverage(by_name["coverage"],
                                            by_name["coverage below 20 sponsors"]),
        _gate(by_name["false opening of the gate"][0],
              by_name["opening without any difference"][0], policy),
        _sample(by_name["coverage under sampling designs"][0],
                by_name["planned power of the audit sample"][0]),
        _made(certificate, policy, versions),
        f"## What it does not show\n\n{NOT_SHOWN}",
    ]  # fmt: skip
    return "\n".join(parts)


def _opening(certificate: Certificate, policy: Policy, alt: str) -> str:
    failing = certificate.failing
    result = (
        "**Every requirement holds.**"
        if not failing
        else "**These requirements do not hold: " + "; ".join(b.title for b in failing) + ".**"
    )
    bias = policy.bias
    return f"""# Certificate of the verdicts and of the audit sample

The gate lets a model pass only if no group of sponsors is selected more or less often than the
others by as much as the margin, and only on outcomes of a random audit sample. This document says
how often the verdict on such a difference is wrong, whether the sample's intervals cover, and
whether its plan has the power that it promises. All was measured in simulated worlds, in which the
truth is known because it was put there.

{result}

Every number that was simulated stands with its Monte Carlo standard error (±). "Exact" is the sum
over all possible tables, without simulation; it was made for the cases that looked worst.

{summary(certificate.blocks)}
Levels: {100 * bias.alpha:g} % is the policy's alpha, over all looks at the same outcomes together;
{100 * bias.level:g} % is the level of one look, alpha shared out over {bias.looks} looks, at which
findings are judged. A requirement does not hold if an exact sum lies outside it or, where there is
none, if simulation contradicts it: less than one chance in a hundred, over all its cases together.

![{alt}]({PICTURE})
"""


def _false(blocks: list[Block]) -> str:
    def rate(row: Row) -> float:
        return row.of.best

    parts = [
        "## A difference at the margin, called equivalent\n\nThe worst mistake the verdict can "
        "make: a group is selected more, or less, often than the others by exactly the margin, and "
        "is called equivalent. That must happen at most as often as the level says. "
        f"{len(blocks[0].rows):,} cases: sizes, rates, margins of 3, 5 and 10 points, both "
        "directions wherever the rate stays between 0 and 100 %.\n",
        quantiles(blocks, rate, unit="per cent"),
    ]
    for block in blocks:
        parts += [f"### {_level(block)}\n\nThe worst cases:\n", worst_cases(block, number=WORST),
                  "All cases, in per cent (exact where that is known), by selection rate of the "
                  "others; each number is the highest over margins and directions.\n",
                  every_configuration(block, rate, largest=True)]  # fmt: skip
    return "\n".join(parts)


def _power(blocks: list[Block]) -> str:
    def gap(row: Row) -> float:
        return row.of.best - row.of.target

    parts = [
        "## No difference, called equivalent: promised and measured power\n\nEvery finding tells "
        "how likely its group was to be called equivalent if there was no difference. The cases "
        "are those in which that promise lies between 20 and 99.9 %.\n",
        quantiles(blocks, gap, unit="points above (or below) the promise"),
    ]
    for block in blocks:
        parts += [f"### {_level(block)}\n\nThe worst cases:\n", worst_cases(block, number=WORST),
                  "All cases, measured minus promised in points, the largest distance over "
                  "margins; empty where no promise is in that range.\n",
                  every_configuration(block, lambda row: abs(gap(row)), largest=True)]  # fmt: skip
    return "\n".join(parts)


def _coverage(large: list[Block], small: list[Block]) -> str:
    def surplus(row: Row) -> float:
        return row.of.best - row.of.target

    parts = [
        "## Intervals that hold the true difference\n\nTwo intervals are reported: one of "
        'confidence 1 - 2 × level, on which "equivalent" rests, and a wider one of confidence '
        "1 - level. True differences: 0, ±2, ±5 and ±10 points.\n",
    ]
    for title, blocks in (("Groups of at least 20 sponsors", large),
                          ("Groups of fewer than 20 sponsors", small)):  # fmt: skip
        parts += [
            f"### {title}\n",
            quantiles(blocks, surplus, unit="points above (or below) the nominal confidence"),
        ]
        for block in blocks:
            parts += [f"The worst cases, {_level(block).lower()}:\n",
                      worst_cases(block, number=WORST),
                      "All cases, coverage minus nominal confidence in points, the lowest over "
                      "differences and both intervals:\n",
                      every_configuration(block, surplus, largest=False)]  # fmt: skip
    return "\n".join(parts)


def _gate(false: Block, equal: Block, policy: Policy) -> str:
    base, margin = policy.capacity.high_share, policy.bias.selection_rate_margin
    number = len(false.rows)
    return (
        "## The gate as a whole\n\nWhole populations of 10,000 sponsors with migrants, in groups "
        f"of at least 400, judged by `bias_findings` itself. All groups are selected at "
        f"{100 * base:g} % but one, which lies {100 * margin:g} points above or below, exactly the "
        "margin. How often is every finding the gate asks for green all the same?\n\n"
        + worst_cases(false, number=number)
        + "\nAnd if nothing differs at all, how often does it open? Many small groups can each be "
        "shown to be equivalent only with some luck, and all of them at once with much of it.\n\n"
        + worst_cases(equal, number=len(equal.rows))
    )


def _sample(designs: Block, power: Block) -> str:
    return (
        "## The audit sample\n\nTwo-sided 95 % intervals of a share of sponsors (Korn and "
        "Graubard), from samples drawn unequally by stratum, of which one sponsor in ten does not "
        "answer; the weights of a stratum make those who answer stand for those who do not. How "
        "often do they hold the share?\n\n"
        + worst_cases(designs, number=len(designs.rows))
        + "\nA plan says how likely the sample is to establish each claim, if its assumption is "
        "true. How often does it? Outcomes are drawn by that assumption and samples by the plan, "
        "as many as it asks for and three fifths of it; the parts of the real evaluation judge. "
        "In this frame groups are judged from fewer sponsors on than by the policy. Each claim is "
        "judged at the level that the policy has for it.\n\n"
        + worst_cases(power, number=len(power.rows))
    )


def _made(certificate: Certificate, policy: Policy, versions: Mapping[str, str]) -> str:
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    whole = next(b.worlds for b in certificate.blocks if not b.judged)
    samples, trials = (
        next(b.worlds for b in certificate.blocks if b.name == name)
        for name in ("coverage under sampling designs", "planned power of the audit sample")
    )
    return f"""## How it was made

`ind-risk certify --worlds {certificate.worlds} --seed {certificate.seed} --out DIR`, with
{listed}, and the policy of digest `{policy.digest}`. The same command gives the same numbers.

A world of one group against the others is two binomial counts. {certificate.worlds:,} worlds were
drawn for each case, worlds with the same counts were judged once, by the very functions the
findings use; whole populations were drawn {whole:,} times a setting, samples of each design
{samples:,} times, and the plan was tried {trials:,} times at each size. That selection parity is
judged by the same code was proved in the same run: {certificate.compared:,} tables (drawn at
random, and those on either side of a change of verdict) went through `parity_findings` itself in
{certificate.calls:,} calls, and every verdict and interval was the same. One that differs ends the
run without a certificate.
"""


def _level(block: Block) -> str:
    return f"Level {100 * block.alpha:g} %"
