"""Parts 4 to 6: each check with a chart where there are figures, one line where there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from ind_risk.dossier.page.bounds import bound_in_words, rule_of, strip
from ind_risk.dossier.page.charts import MOST_ROWS, forest, has_interval
from ind_risk.dossier.page.facts import GREEN
from ind_risk.dossier.page.words import DASH, Words, two_sided, unit_of, withheld

Found = Mapping[str, Any]
_ROWS, _ROWS_OF_MANY_GREEN = 10, 5  # the annex has all of them
NAMED = 6  # groups that are named in a sentence


def class_of(finding: Found) -> str:
    """Which colour a finding's verdict has."""
    if finding["verdict"] in GREEN:
        return "green"
    return "few" if finding["verdict"] == "insufficient_data" else "red"


def listed(names: Sequence[str], words: Words, most: int = NAMED) -> str:
    """Names in a sentence: the first few, and how many more."""
    shown, more = list(names[:most]), len(names) - most
    if more > 0:
        shown.append(words("one_more" if more == 1 else "several", count=more))
    return ", ".join(shown)


def row(finding: Found, words: Words, *, annex: bool = False) -> dict[str, Any]:
    """A finding as a row of a table.

    Args:
        finding: as JSON.
        words: of the language.
        annex: whether numbers that stand in for a verdict are told as they are on record.
    """
    claim, number = str(finding["claim"]), finding["n"]
    unit, margin, hide = unit_of(claim), finding["margin"], withheld(claim)
    low, high = (words.figure(finding[k], unit, margin) for k in ("low", "high"))
    interval = DASH if DASH in (low, high) else f"{low} … {high}"
    estimate = words.figure(finding["estimate"], unit, margin)
    return {
        "check": words.check(str(finding["check"])), "claim": words.claim(claim),
        "subject": words.place(str(finding["subject"])),
        "estimate": words("not_told") if hide and not annex else estimate,
        "interval": words("not_told") if hide else interval,
        "bound": bound_in_words(finding, words),
        "n": DASH if number is None else words.integer(number),
        "verdict": words(f"v_{finding['verdict']}"), "class": class_of(finding),
        "asked": words("yes" if finding["required"] else "no"),
        "sentence": str(finding["sentence"]),
    }  # fmt: skip


class Sections:
    """The claims of checks, in one language."""

    def __init__(self, words: Words) -> None:
        self.w = words

    def of(self, findings: Sequence[Found]) -> dict[str, Any]:
        """What is drawn of some findings, and the lines that need no chart."""
        drawn, lines = [], list[dict[str, str]]()
        found = sorted(findings, key=lambda x: str(x["claim"]))
        for claim, some in groupby(found, key=lambda x: str(x["claim"])):
            of_claim = list(some)
            if self._drawable(claim, of_claim):
                drawn.append(self._claim(claim, of_claim))
            else:
                lines += self._lines(claim, of_claim)
        return {"claims": drawn, "lines": lines}

    def _drawable(self, claim: str, findings: Sequence[Found]) -> bool:
        """Whether a chart says more than a line does."""
        if unit_of(claim) == "flag" or withheld(claim):
            return False
        return any(has_interval(f) and f["low"] != f["high"] for f in findings)

    def _claim(self, claim: str, findings: Sequence[Found]) -> dict[str, Any]:
        w, unit, title = self.w, unit_of(claim), self.w.claim(claim)
        shown = _shown(findings)
        rest = [f for f in findings if f not in shown]
        green = sum(x["verdict"] in GREEN for x in findings)
        middle = 1.0 if unit == "ratio" and two_sided(claim) else 0.0
        chart = forest(
            shown, label=lambda x: w.place(str(x["subject"])),
            figure=lambda value: w.figure(value, unit), note=self._note,
            strip=strip(claim, findings), middle=middle if unit != "count" else None,
            alt=w("plot_alt", title=title, count=len(findings), green=green),
        )  # fmt: skip
        return {
            "title": title, "chart": chart, "rows": [row(x, w) for x in shown],
            "rule": rule_of(claim, findings, w),
            "rest": w(
                "rest", count=len(rest), green=sum(f["verdict"] in GREEN for f in rest)
            ) if rest else "",
        }  # fmt: skip

    def _note(self, finding: Found) -> str:
        verdict = self.w(f"v_{finding['verdict']}")
        if finding["verdict"] == "insufficient_data":
            return verdict
        return f"{verdict}; {self.w('not_told')}"

    def _lines(self, claim: str, findings: Sequence[Found]) -> list[dict[str, str]]:
        """One line for each verdict."""
        made = []
        order = sorted(findings, key=lambda f: (f["verdict"] in GREEN, str(f["verdict"])))
        for verdict, some in groupby(order, key=lambda f: str(f["verdict"])):
            alike = list(some)
            names = [
                self.w.place(str(f["subject"]))
                for f in alike
                if not self.w.silent(str(f["subject"]))
            ]
            figures = self._figures(claim, alike)
            text = self.w.claim(claim)
            text += f": {listed(names, self.w, len(names) if figures else 12)}" if names else ""
            made.append({
                "class": class_of(alike[0]), "verdict": self.w(f"v_{verdict}"),
                "text": text, "figure": figures,
            })  # fmt: skip
        return made

    def _figures(self, claim: str, findings: Sequence[Found]) -> str:
        if withheld(claim):
            return self.w("not_told")
        if unit_of(claim) == "flag":
            return ""
        told = []
        for f in findings:
            if f["estimate"] is None:
                continue
            name = str(f["subject"])
            at = "" if self.w.silent(name) else f"{self.w.place(name)} "
            bound = bound_in_words(f, self.w)
            number = self.w.figure(f["estimate"], unit_of(claim), f["margin"])
            told.append(at + self.w("figure_and_bound", estimate=number, bound=bound))
        return "; ".join(told)


def _shown(findings: Sequence[Found]) -> list[Found]:
    """All that is not green, and the largest of the others; days in their order."""
    largest = sorted(findings, key=lambda x: -abs(x["estimate"] or 0.0))
    red = [f for f in largest if f["verdict"] not in GREEN][:MOST_ROWS]
    many = not red and len(findings) > _ROWS
    most = _ROWS_OF_MANY_GREEN if many and not two_sided(str(findings[0]["claim"])) else _ROWS
    green = [f for f in largest if f["verdict"] in GREEN]
    kept = red + green[: max(most - len(red), 0)]
    shown = [f for f in largest if f in kept]
    if all(str(f["subject"])[:2].isdigit() for f in shown):
        shown.sort(key=lambda f: str(f["subject"]))
    return shown
