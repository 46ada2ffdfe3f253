"""The model card in MLflow: one candidate on one screen, in Markdown.

It says what the gate said and nothing of what is in use now: that is the alias beside it. The same
facts give the same text, so that it is written only when something changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ind_risk.dossier.page.words import Words

LONGEST = 5000  # characters: MLflow's column
REASONS, LONGEST_REASON = 6, 220
GREEN = ("equivalent", "established")
_GAP = "\u2003"  # MLflow sets the cells of a table without any space between them

INTENDED = (
    "To suggest to inspectors which recognised sponsors to visit first; a random share of every "
    "worklist stays. A score is no suspicion and no proof. It decides on no permit, fine or "
    "recognition, and is for nothing else than supervision of sponsors."
)
LIMITS = (
    "It learned from sponsors that were inspected; of all others nobody knows whether they comply.",
    "Accuracy is judged on random inspections alone, which are few; the intervals say how few.",
    "Nationality is no feature, and was looked at only to judge the scores. Groups too small to be "
    "judged were not judged: `bias_coverage` says how many migrants that leaves out.",
    "A verdict holds for these tables, this policy and this code, and for no other.",
)


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What a card is made of.

    Args:
        version, kind, rule: of the model; the rule says how it was chosen.
        digests: name → digest of model, data, policy and code.
        is_open, reasons: of the gate; sentences.
        source, as_of, rows, synthetic: of the tables.
        policy: its name.
        checks: names of the required checks, in the policy's order.
        findings: of this candidate, as `Finding.to_dict` gives them.
        run: the Dagster run as a Markdown link, or its id; empty if there is none.
    """

    version: str
    kind: str
    rule: str
    digests: Mapping[str, str]
    is_open: bool
    reasons: Sequence[str]
    source: str
    as_of: str
    rows: Mapping[str, int]
    synthetic: bool
    policy: str
    checks: Sequence[str]
    findings: Sequence[Mapping[str, Any]]
    run: str


def card(facts: CardFacts) -> str:
    """The card in Markdown, of at most `LONGEST` characters."""
    parts = [
        f"## Risk model for recognised sponsors, version {facts.version}",
        _decision(facts),
        f"**Intended use.** {INTENDED}",
        _data(facts),
        f"**Model.** {facts.kind.replace('_', ' ')}. {facts.rule}".strip(),
        _verdicts(facts),
        "### Limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
        _trail(facts),
    ]
    text = "\n\n".join(parts) + "\n"
    return text if len(text) <= LONGEST else text[: LONGEST - 2].rstrip() + "…\n"


def withdrawn(text: str, reason: str) -> str:
    """A card of a model that was taken out of use."""
    first = f"> **Withdrawn; not in use any more.** {_short(reason)}\n\n"
    return first + text[: LONGEST - len(first)]


def _decision(facts: CardFacts) -> str:
    synthetic = (
        "\n\n*A synthetic world, judged under a demonstration policy: this says nothing about any "
        "real sponsor.*"
        if facts.synthetic
        else ""
    )
    if facts.is_open:
        return f"**The gate is open: every required check is green.**{synthetic}"
    count = len(facts.reasons)
    lines = [f"- {_short(r)}" for r in facts.reasons[:REASONS]]
    if count > REASONS:
        lines.append(f"- … and {count - REASONS} more: `ind-risk gate` lists them.")
    head = f"**The gate is closed, for {count} reason{'s' * (count != 1)}.**"
    return f"{head}\n\n" + "\n".join(lines) + synthetic


def _data(facts: CardFacts) -> str:
    rows = ", ".join(f"{n:,} {table.replace('_', ' ')}" for table, n in facts.rows.items())
    return f"**Data.** {facts.source}, until {facts.as_of}: {rows or 'no tables'}."


def _verdicts(facts: CardFacts) -> str:
    words = Words("en")
    lines = ["### Verdicts", "", "| check | shown | verdicts |", "|:---|:---|:---|"]
    for check in dict.fromkeys(facts.checks):
        asked = [f for f in facts.findings if f["check"] == check and f["required"]]
        if not asked:
            lines.append(f"| {words.check(check)}{_GAP} | – not judged | |")
            continue
        told = Counter(str(f["verdict"]).replace("_", " ") for f in asked)
        green = sum(f["verdict"] in GREEN for f in asked)
        mark = "✓" if green == len(asked) else "✗"
        verdicts = ", ".join(f"{n} {verdict}" for verdict, n in told.most_common())
        shown = f"{mark} {green} of {len(asked)}"
        lines.append(f"| {words.check(check)}{_GAP} | {shown}{_GAP} | {verdicts} |")
    return "\n".join(lines)


def _trail(facts: CardFacts) -> str:
    digests = ", ".join(f"{n.replace('_', ' ')} `{d[:12]}`" for n, d in facts.digests.items())
    run = f" Dagster run {facts.run}." if facts.run else ""
    return (
        f"**Trail.** Policy {facts.policy}; {digests}.{run} Artefacts of the source run: "
        f"`evidence/`, and `dossier/` to read. This card stands in the ledger; `ind-risk "
        "verify` compares it."
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1].rstrip() + "…"
