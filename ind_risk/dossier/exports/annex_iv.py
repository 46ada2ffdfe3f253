"""The outline of EU AI Act Annex IV: what the platform knows, and what a person must write."""

from __future__ import annotations

from collections.abc import Mapping

from ind_risk.dossier.page.conditions import conditions
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import Words, unit_of

TO_WRITE = "**To be written by a person.**"


def annex_iv(facts: Facts, organisation: Mapping[str, str]) -> str:
    """Markdown, in the order of the annex (Regulation (EU) 2024/1689)."""
    words = Words("en")

    def own(key: str) -> str:
        return organisation.get(key, TO_WRITE)

    figures = [
        f"| {words.claim(f['claim'])} | {words.place(f['subject'])} "
        f"| {words.figure(f['estimate'], unit_of(f['claim']))} | {words('v_' + f['verdict'])} |"
        for f in facts.of("accuracy_established", "bias_selection_parity", "bias_error_parity")
        if f["required"]
    ]
    told = [f"- {words(c.message)} {words(f'status_{c.status}')}." for c in conditions(facts)]
    trial = ["> Synthetic demonstration data: nothing here speaks of real sponsors.", ""]
    lines = [
        "# Technical documentation (Annex IV)", "",
        *(trial if facts.synthetic else []),
        "## 1. General description", "",
        "Ranks recognised sponsors for inspection in three bands; a person decides on each visit.",
        f"Provider: {own('organization')} Version {facts.version}, kind "
        f"{facts.kind.replace('_', ' ')}. Hardware and forms of deployment: {TO_WRITE}", "",
        "## 2. Elements of the system and of its development", "",
        f"Chosen by a written rule: {facts.rule}",
        f"Data: {facts.source}, until {facts.as_of}, digest `{facts.data_digest}`. Features, each "
        "with its justification:", "",
        *(f"- {name}: {meaning}. {why}." for name, meaning, why in facts.features
          if facts.importance.get(name, 0) > 0), "",
        "## 3. Monitoring, functioning and control", "",
        "Required findings of accuracy and even-handedness:", "",
        "| claim | subject | estimate | verdict |", "|---|---|---|---|", *figures, "",
        "Human oversight: a worklist that is blind to the route, with reasons and a random share; "
        f"withdrawal by hand or by monitoring at any time. Further measures: {TO_WRITE}", "",
        "## 4. Appropriateness of the performance metrics", "",
        f"Margins and bounds of the policy “{facts.policy_name}”, fixed before anybody looked.", "",
        "## 5. Risk management system (Article 9)", "", *told, "",
        f"Risks to fundamental rights: {own('impact_assessments')}", "",
        "## 6. Changes through the lifecycle", "",
        *(f"- {at[:16].replace('T', ' ')} {said}" for _, at, said in facts.history), "",
        "## 7. Standards applied", "", TO_WRITE, "",
        "## 8. EU declaration of conformity", "", TO_WRITE, "",
        "## 9. Post-market monitoring", "",
        "Monthly: random inspections against predictions, drift, parity at each stage. "
        f"Plan and people in charge: {TO_WRITE}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
