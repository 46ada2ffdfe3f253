"""System, model and assessment cards of the Dutch reporting standard (0.1a13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ind_risk.dossier.exports.register import TO_FILL_IN, entry
from ind_risk.dossier.page.conditions import conditions
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import Words

VERSION = "0.1a13"


def model_card(facts: Facts, organisation: Mapping[str, str]) -> dict[str, Any]:
    """The card of the candidate: what it rests on, and every figure of its evidence."""
    metrics = [
        {
            "type": f["claim"], "name": f"{f['check']}: {f['claim']} ({f['subject']})",
            "dtype": "float", "value": _value(float(f["estimate"])),
            "labels": [
                {"name": name, "type": "interval", "dtype": "float", "value": str(f[name])}
                for name in ("low", "high") if f[name] is not None
            ] + [{"name": "verdict", "type": "verdict", "dtype": "str", "value": f["verdict"]}],
        }
        for f in facts.findings if f["estimate"] is not None
    ]  # fmt: skip
    weights = [{"name": n, "value": v} for n, v in facts.importance.items() if v > 0]
    return {
        "provenance": {"timestamp": facts.made_at},
        "name": f"Risk model for recognised sponsors, version {facts.version}",
        "language": ["nl", "en"],
        "license": {"license_name": organisation.get("model_license", TO_FILL_IN)},
        "tags": _tags(facts),
        "model_index": [
            {
                "name": facts.kind, "model": f"ind-risk-sponsors/{facts.version}",
                "parameters": [{"name": "rule", "dtype": "str", "value": facts.rule}],
                "results": [
                    {
                        "task": [{"type": "tabular-classification"}],
                        "datasets": [
                            {
                                "type": "tabular", "name": facts.source,
                                "revision": facts.data_digest,
                                "features": [n for n, v in facts.importance.items() if v > 0],
                            }
                        ],
                        "metrics": metrics,
                        "measurements": {
                            "bar_plots": [
                                {"type": "importance", "name": "Importance", "results": weights}
                            ],
                            "graph_plots": [],
                        },
                    }
                ],
            }
        ],
    }  # fmt: skip


def assessment_card(facts: Facts) -> dict[str, Any]:
    """The letter's conditions as an assessment, each with its answer."""
    words = Words("en")
    return {
        "provenance": {"timestamp": facts.made_at},
        "name": "Conditions of the letter to Parliament (Kamerstuk 19 637, nr. 3126)",
        "date": facts.made_at[:10],
        "contents": [
            {
                "question": words(c.message), "urn": f"urn:ind-risk:condition:{c.message}",
                "answer": words(f"status_{c.status}"),
                "remarks": ", ".join(map(words.check, c.checks)),
                "timestamp": facts.made_at,
            }
            for c in conditions(facts)
        ],
    }  # fmt: skip


def system_card(facts: Facts, organisation: Mapping[str, str]) -> dict[str, Any]:
    """The card of the whole system, with the texts of the register's entry and both other cards."""
    told, _ = entry(facts, organisation)
    owner = {"organization": organisation.get("organization", TO_FILL_IN)}
    if "owner_name" in organisation:
        owner["name"] = organisation["owner_name"]
    made = {
        "schema_version": VERSION, "provenance": {"timestamp": facts.made_at},
        "name": told["name"], "owners": [owner], "description": told["description_short"],
        "labels": [{"name": tag} for tag in _tags(facts)], "status": told["status"],
        "goal_and_impact": told["goal"], "risk_management": told["risks"],
        "human_intervention": told["human_intervention"], "used_data": told["source_data"],
        "technical_design": told["methods_and_models"],
        "models": [model_card(facts, organisation)], "assessments": [assessment_card(facts)],
    }  # fmt: skip
    if "lawful_basis" in organisation:
        made["legal_base"] = [{"name": organisation["lawful_basis"]}]
    if "proportionality" in organisation:
        made["considerations"] = organisation["proportionality"]
    return made


def _value(number: float) -> float | str:
    """A number; a whole one as text: the schema takes 1.0 for two of its types and refuses it."""
    return str(number) if number == int(number) else number


def _tags(facts: Facts) -> list[str]:
    return ["supervision", *(["synthetic demonstration data"] if facts.synthetic else [])]
