"""Groups that cannot be judged: each once, and for what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import Words

_SHARE = re.compile(r"^(.*?) \((.*?)([0-9]+(?:\.[0-9]+)?) %\)$")
_FUNNEL = "bias_funnel"
# Stages at which people choose, in their order; the band is the model's own choice.
STAGES = {
    "worklist_rate_difference": "stage_worklist",
    "inspection_rate_difference": "stage_inspection",
    "intervention_rate_difference": "stage_intervention",
}


@dataclass
class _Group:
    """One of them: its share of the migrants as told, the number of that, and for what."""

    share: str = ""
    number: float = -1.0
    parts: list[str] = field(default_factory=list)


def unjudged(facts: Facts, words: Words) -> dict[str, Any]:
    """Groups by name with what they cannot be judged on, and parts on which none can.

    Where no group at all is judged, naming each of them would make the largest look too small.

    Returns:
        "rows": name, share of the migrants, parts; the largest first. "none": one sentence each.
    """
    groups, none = dict[str, _Group](), list[str]()
    for x in facts.of("bias_coverage"):
        details, part = x.get("details") or {}, words.place(str(x["subject"]))
        if details.get("groups_judged") == 0:
            none.append(words("no_group_for", what=part))
            continue
        for text in details.get("unassessable", []):
            _add(groups, str(text), part, words)
    judged = {
        str(x["claim"]) for x in facts.of(_FUNNEL)
        if x["estimate"] is not None and x["subject"] != "too small"
    }  # fmt: skip
    for x in facts.of("bias_selection_parity", _FUNNEL):
        if x["subject"] != "too small":
            continue
        claim = str(x["claim"])
        part = words(STAGES[claim]) if claim in STAGES else words.claim(claim)
        if x["check"] == _FUNNEL and claim not in judged:
            none.append(words("no_group_for", what=part))
            continue
        for text in (x.get("details") or {}).get("members", []):
            _add(groups, str(text), part, words)
    order = sorted(groups.items(), key=lambda item: (-item[1].number, item[0]))
    rows = [(name, g.share, ", ".join(dict.fromkeys(g.parts))) for name, g in order]
    return {"rows": rows, "none": list(dict.fromkeys(none))}


def _add(groups: dict[str, _Group], text: str, part: str, words: Words) -> None:
    found = _SHARE.match(text)
    name = words.place(found[1] if found else text.partition(" (")[0])
    group = groups.setdefault(name, _Group())
    group.parts.append(part)
    if found and float(found[3]) > group.number:
        group.number = float(found[3])
        told = f"{words.decimal(group.number, len(found[3].partition('.')[2]))} %"
        group.share = words("less_than", share=told) if found[2] else told
