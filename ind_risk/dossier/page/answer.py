"""Part 1, for who decides: how each condition stands, what would open the gate, who signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from ind_risk.core.gate_advice import Ways, ways
from ind_risk.core.people import KINDS
from ind_risk.dossier.page.bounds import bound_in_words, rule_of
from ind_risk.dossier.page.conditions import WRONG, Condition, condition_of, conditions
from ind_risk.dossier.page.facts import GREEN, Facts
from ind_risk.dossier.page.sections import class_of, listed
from ind_risk.dossier.page.unjudged import STAGES
from ind_risk.dossier.page.words import DASH, Words, unit_of, withheld

Found = Mapping[str, Any]


class Answer:
    """What officials read first."""

    def __init__(self, facts: Facts, words: Words) -> None:
        self.f, self.w = facts, words
        self.conditions = conditions(facts)
        self.ways: Ways = ways(facts.findings, facts.plan)

    def in_use(self) -> str:
        """Which model is in use, if any."""
        if self.f.in_use is None:
            return self.w("in_use_none")
        key = "in_use_this" if self.f.in_use == self.f.version else "in_use_other"
        return self.w(key, version=self.f.in_use)

    def summary(self) -> str:
        """How many required findings are green; and first of all, whether visits would help."""
        asked = sum(bool(x["required"]) for x in self.f.findings)
        green = sum(x["required"] and x["verdict"] in GREEN for x in self.f.findings)
        if self.f.is_open:
            signed = "summary_signed" if self.f.required_statements else "summary_none_to_sign"
            return f"{self.w('summary_open', total=asked)} {self.w(signed)}"
        told = self.w("summary_closed", total=asked, green=green, red=asked - green)
        if not self.ways.stuck:
            return told
        return f"{self.w('summary_stuck', count=len(self.ways.stuck))} {told}"

    def shown(self) -> list[dict[str, str]]:
        """Conditions that are green."""
        return [self.told(c) for c in self.conditions if c.status == "green"]

    def lacking(self) -> list[dict[str, str]]:
        """Conditions that are not, the worst first."""
        order = ("red", "risk", "few")
        some = [c for c in self.conditions if c.status in order]
        return [self.told(c) for c in sorted(some, key=lambda c: order.index(c.status))]

    def letter(self) -> list[dict[str, Any]]:
        """Every condition with the checks behind it."""
        return [
            {**self.told(c), "evidence": ", ".join(map(self.w.check, c.checks)) or DASH}
            for c in self.conditions
        ]

    def told(self, condition: Condition) -> dict[str, str]:
        """A condition: how it stands, its figure, whom it is about, what is not shown beside it."""
        stages = self._stages() if condition.message == "c_people" else self._beside(condition)
        return {
            "sentence": self.w(condition.said), "status": self.w(f"status_{condition.status}"),
            "class": "red" if condition.status == "risk" else condition.status,
            "figure": self._figure(condition.key), "groups": self._at_issue(condition),
            "beside": stages,
        }  # fmt: skip

    def _figure(self, key: Found | None) -> str:
        if key is None:
            return ""
        claim, subject, w = str(key["claim"]), str(key["subject"]), self.w
        unit = unit_of(claim)
        of = w.claim(claim) if w.silent(subject) else f"{w.claim(claim)}, {w.place(subject)}"
        if key["estimate"] is None or withheld(claim):
            few = key["verdict"] == "insufficient_data"
            return w("key_no_figure" if few else "key_not_told", of=of)
        if unit == "flag":
            return ""
        exact, margin = key["low"] == key["high"], key["margin"]
        told = w(
            "key_exact" if exact else "key_figure", of=of, bound=bound_in_words(key, w),
            estimate=w.figure(key["estimate"], unit, margin),
            low=w.figure(key["low"], unit, margin), high=w.figure(key["high"], unit, margin),
        )  # fmt: skip
        rule = rule_of(claim, [key], w)
        return f"{told} {rule}" if rule else told

    def _at_issue(self, condition: Condition) -> str:
        """Whom or what it is about; where no group at all can be judged, just that."""
        w = self.w
        if not condition.checks:
            kinds = [self._kind(s) for s in condition.subjects]
            return w("to_sign", kinds=listed(kinds, w)) if kinds else ""
        named = [w.place(s) for s in condition.subjects if not w.silent(s)]
        if condition.status == "few" and condition.message == "c_coverage" and named:
            return w("no_group_for", what=listed(named, w))
        alone = condition.status == "few" and condition.subjects and not named
        if alone and condition.checks[0].startswith("bias_") and condition.message != "c_coverage":
            return w("no_group_yet") if condition.message != "c_alternatives" else ""
        return w("at_issue", groups=listed(named, w)) if named else ""

    def _beside(self, condition: Condition) -> str:
        """What the policy does not ask for, and is not shown."""
        if condition.status != "green" or not condition.beside:
            return ""
        claims = dict.fromkeys(str(f["claim"]) for f in condition.beside)
        return self.w("beside", claims=listed([self.w.claim(c) for c in claims], self.w))

    def _stages(self) -> str:
        """At which stages it is shown that people treat groups alike, and at which it is not."""
        shown, not_shown = list[str](), list[str]()
        for claim, message in STAGES.items():
            found = [f for f in self.f.of("bias_funnel") if f["claim"] == claim]
            green = [f for f in found if f["verdict"] in GREEN]
            # A group that is too small is told of below; the stage is judged by the others.
            judged = [f for f in found if f["subject"] != "too small"]
            whole = bool(green) and len(green) == len(judged)
            worst = min(found, key=_badness, default=None)
            verdict = self.w(f"v_{'insufficient_data' if worst is None else worst['verdict']}")
            name = self.w(message)
            (shown if whole else not_shown).append(name if whole else f"{name} ({verdict})")
        told = [self.w("stages_shown", stages=", ".join(shown))] if shown else []
        told += [self.w("stages_not", stages=", ".join(not_shown))] if not_shown else []
        return " ".join(told)

    def seen(self) -> list[dict[str, str]]:
        """Differences and risks that the policy only reports: they do not shut the gate."""
        found = [f for f in self.f.findings if not f["required"] and f["verdict"] in WRONG]
        found.sort(key=lambda f: (_badness(f), str(f["claim"])))
        made = []
        for (_, claim), some in groupby(found, key=lambda f: (_badness(f), str(f["claim"]))):
            alike = list(some)
            names = [self._named(f) for f in alike]
            made.append({
                "class": class_of(alike[0]), "verdict": self.w(f"v_{alike[0]['verdict']}"),
                "text": f"{self.w.claim(claim)}: {listed(names, self.w)}", "figure": "",
            })  # fmt: skip
        return made

    def _named(self, finding: Found) -> str:
        claim, name = str(finding["claim"]), self.w.place(str(finding["subject"]))
        unit = unit_of(claim)
        if finding["estimate"] is None or unit == "flag" or withheld(claim):
            return name
        return f"{name} {self.w.figure(finding['estimate'], unit, finding['margin'])}"

    # What opens the gate.

    def opens(self) -> list[dict[str, Any]]:
        """What would open the gate: first what no visit changes, then visits, then people."""
        if self.f.is_open:
            return [_item(self.w("opens_nothing"))]
        made = [*self._stuck(), *self._visits()]
        for condition in self.conditions:
            if condition.message == "c_statements":
                made += [
                    _item(self.w("opens_statement", kind=self._kind(k))) for k in condition.subjects
                ]
        unfinished = [r for r in self.f.reasons if r["code"] != "failed" and not _on_people(r)]
        if unfinished:
            made.append(_item(self.w("opens_run", count=len(unfinished))))
        return made

    def _stuck(self) -> list[dict[str, Any]]:
        """What is shown to be false, by condition, and what could help there instead of visits."""
        if not self.ways.stuck:
            return []
        by = dict[str, list[Found]]()
        for f in self.ways.stuck:
            by.setdefault(condition_of(str(f["check"])), []).append(f)
        items = []
        for message, found in by.items():
            names = dict.fromkeys(
                self.w.place(str(f["subject"]))
                for f in found
                if not self.w.silent(str(f["subject"]))
            )
            what = "; ".join(dict.fromkeys(self.w.claim(str(f["claim"])) for f in found))
            what += f" ({listed(list(names), self.w)})" if names else ""
            items.append(f"{what}. {self.w('h_' + message.partition('_')[2])}")
        return [_item(self.w("opens_stuck", count=len(self.ways.stuck)), items)]

    def _visits(self) -> list[dict[str, Any]]:
        w, plan, of = self.w, self.f.plan, self.ways
        made = []
        what = self._checks(of.undecided)
        if of.undecided and of.outstanding:
            made.append(_item(w("opens_wait", what=what)))
        elif of.undecided and of.no_looks:
            made.append(_item(w("opens_later_day", what=what)))
        elif of.drawn and plan is not None:
            largest = sorted(plan["by_group"].items(), key=lambda item: -item[1])
            groups = [f"{w.integer(n)} {w.place(g)}" for g, n in largest if g]
            key = "opens_sample" if of.can_open else "opens_sample_besides"
            items = [w("opens_sample_decides", what=what)]
            items += [w("opens_sample_groups", groups=listed(groups, w))] if groups else []
            total, population = w.integer(of.drawn), w.integer(of.population)
            made.append(_item(w(key, total=total, population=population), items))
        if of.never:
            made.append(_item(w("opens_never", what=self._checks(of.never))))
        return made

    def _checks(self, findings: Sequence[Found]) -> str:
        """Names of checks, some of which are questions, so in quotation marks."""
        names = dict.fromkeys(self.w.check(str(f["check"])) for f in findings)
        return ", ".join(f"“{name}”" for name in names)

    def _kind(self, kind: str) -> str:
        return self.w(f"k_{kind}")

    # What has changed, and who signed.

    def changed(self) -> str:
        """The decision before, beside that of now."""
        before, w = self.f.decision_before, self.w
        if before is None:
            return w("changed_first")

        def state(is_open: bool) -> str:
            return w("state_open" if is_open else "state_closed")

        return w(
            "changed_since", when=w.moment(str(before["at"])), state=state(bool(before["open"])),
            reasons=before["reasons"], now_state=state(self.f.is_open),
            now_reasons=len(self.f.reasons),
        )  # fmt: skip

    def signers(self) -> list[str]:
        """Who signed what counts now, and what nobody had to sign."""
        w, made = self.w, list[str]()
        for kind in KINDS:
            counts = [s for s in self.f.statements if s["kind"] == kind and s["counts"]]
            if counts:
                names = list(dict.fromkeys(str(s["signer"]) for s in counts))
                made.append(w("signed_by", kind=self._kind(kind), names=", ".join(names)))
            elif kind in self.f.required_statements:
                made.append(w("signed_not_yet", kind=self._kind(kind)))
        if not self.f.required_statements:
            made.append(w("signed_not_asked" if self.f.synthetic else "signed_none_asked"))
        else:
            free = [self._kind(k) for k in KINDS if k not in self.f.required_statements]
            made += [w("signed_free", kinds=", ".join(free))] if free else []
        return made


def _item(text: str, items: Sequence[str] = ()) -> dict[str, Any]:
    return {"text": text, "parts": list(items)}


def _badness(finding: Found) -> int:
    order = ("disparity", "refuted", "risk_signalled", "insufficient_data")
    verdict = str(finding["verdict"])
    return order.index(verdict) if verdict in order else len(order)


def _on_people(reason: Mapping[str, Any]) -> bool:
    return "statement" in str(reason["code"]) or "statement" in str(reason["sentence"])
