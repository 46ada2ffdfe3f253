"""The picture of the certificate: both panels, and a sentence for who does not see it."""

from __future__ import annotations

from ind_risk.core.bias.certificate import Certificate
from ind_risk.core.bias.certificate_probability import Block, Probability, Row
from ind_risk.dossier.plots.certificate import certificate_plot


def block(name: str, alpha: float, measured: list[float], target: list[float]) -> Block:
    rows = tuple(
        Row(label="x", facts={}, of=Probability(
            happened=round(2_000 * m), worlds=2_000, lowest=0.0, highest=t, target=t
        ))
        for m, t in zip(measured, target, strict=True)
    )  # fmt: skip
    return Block(name=name, alpha=alpha, asked="", rows=rows)


EXAMPLE = Certificate(
    blocks=(
        block("false equivalence", 0.05, [0.041, 0.05, 0.0], [0.05] * 3),
        block("false equivalence", 0.0125, [0.01, 0.012, 0.0], [0.0125] * 3),
        block("power", 0.05, [0.41, 0.8], [0.4, 0.83]),
        block("power", 0.0125, [0.25], [0.25]),
    ),
    compared=10, calls=2, worlds=2_000, seed=0,
)  # fmt: skip


def test_the_sentence_has_the_numbers_and_the_bytes_are_the_same_again() -> None:
    plot = certificate_plot(EXAMPLE)
    assert "at most 5.00 % of worlds over 3 configurations" in plot.alt
    assert "at most 1.20 %" in plot.alt
    assert "at most 3.0 points from what was promised" in plot.alt
    assert plot.png[:4] == b"\x89PNG"
    assert certificate_plot(EXAMPLE).png == plot.png


def test_one_level_alone_is_drawn_too() -> None:
    alone = Certificate(
        blocks=EXAMPLE.blocks[::2], compared=1, calls=1, worlds=2_000, seed=0
    )  # fmt: skip
    assert certificate_plot(alone).png[:4] == b"\x89PNG"
