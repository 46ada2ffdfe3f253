"""The page from the facts, in one language: everything a template needs, in words and figures."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

from ind_risk.dossier.page.answer import Answer
from ind_risk.dossier.page.charts import bars
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.sections import Sections, row
from ind_risk.dossier.page.unjudged import unjudged
from ind_risk.dossier.page.words import DASH, Language, Words

BIAS = ("bias_independence", "bias_selection_parity", "bias_error_parity", "bias_funnel",
        "bias_coverage", "bias_alternatives")  # fmt: skip
ROBUST = ("accuracy_established", "band_order", "usefulness", "label_assumption", "calibration",
          "backtest", "stability", "perturbation", "inspector_effect", "reproducible", "drift",
          "sensitivity")  # fmt: skip
_LETTER_LIMITS = ("limit_1", "limit_2", "limit_3", "limit_4")
_TERMS = ("def_gate", "def_random", "def_interval", "def_margin", "def_points", "def_label",
          "def_hit", "def_auc", "def_tipping", "def_other", "def_breach")  # fmt: skip
METHODS = (
    "Differences of rates: Miettinen and Nurminen (1985), Statistics in Medicine 4:213; "
    "equivalence by two one-sided tests, Schuirmann (1987).",
    "Independence: permutation tests, Strasser and Weber (1999); Spearman's rank correlation with "
    "an interval from its influence function.",
    "All groups must pass: intersection-union test, Berger (1982); reported differences: Holm "
    "(1979).",
    "Random inspections are weighted by inclusion probability: Horvitz and Thompson (1952), Hájek; "
    "intervals of shares: Korn and Graubard (1998).",
    "Bounds without random inspections: Manski (1990); Imbens and Manski (2004).",
    "Stability over refits: betting intervals, Waudby-Smith and Ramdas (2024).",
    "Groups that are too small are pooled by region (UN M49) and never dropped.",
)


def page(facts: Facts, language: Language) -> str:
    """The whole HTML document.

    Args:
        facts: of a home.
        language: "nl" or "en".

    Returns:
        One self-contained file: no script, nothing fetched from elsewhere.
    """
    return rendered(facts, Words(language))


def rendered(facts: Facts, words: Words) -> str:
    """The same with words that keep account of what was used."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(
        (files(__package__) / "page.html.jinja").read_text(encoding="utf-8")
    )
    style = Markup((files(__package__) / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    words = replace(words, definitions={name: meaning for name, meaning, _ in facts.features})
    return template.render(
        w=words,
        f=facts,
        style=style,
        lang=words.language,
        dash=DASH,
        **_Context(facts, words).all(),
    )


class _Context:
    """What the template shows, part by part."""

    def __init__(self, facts: Facts, words: Words) -> None:
        self.f, self.w = facts, words
        self.answer, self.sections = Answer(facts, words), Sections(words)

    def all(self) -> dict[str, Any]:
        """Names of the template."""
        answer = self.answer
        return {
            "summary": answer.summary(), "in_use": answer.in_use(), "shown": answer.shown(),
            "lacking": answer.lacking(), "opens": answer.opens(), "seen": answer.seen(),
            "changed": answer.changed(), "signers": answer.signers(), "letter": answer.letter(),
            "flow": self._flow(), "routes": self._routes(), "band_rows": self._bands(),
            "totals": self._totals(), "features": self._features(),
            "found_more": self.sections.of(self.f.of("usefulness")),
            "bias": [self._section(c) for c in BIAS if self.f.of(c)],
            "robust": [self._section(c) for c in ROBUST if self.f.of(c)],
            "small": unjudged(self.f, self.w), "windows": self._windows(),
            "sample": self._sample(), "signed": self._signed(),
            "annex": [row(x, self.w, annex=True) for x in self.f.findings],
            "limits": [self.w(k) for k in _LETTER_LIMITS],
            "terms": [self.w(k) for k in _TERMS], "methods": METHODS,
        }  # fmt: skip

    # Parts 3 and 4.

    def _routes(self) -> list[list[str]]:
        rows = self._latest()
        columns = ("compliant", "non_compliant", "unobserved", "total")
        return [[self._route(r["seen_by"]), *(self._counted(r[c]) for c in columns)] for r in rows]

    def _latest(self) -> list[Any]:
        latest = max((r["as_of"] for r in self.f.provenance), default="")
        return [r for r in self.f.provenance if r["as_of"] == latest]

    def _counted(self, text: str) -> str:
        if text == "hidden":
            return self.w("hidden")
        return self.w.integer(int(text)) if text.isdigit() else text

    def _route(self, name: str) -> str:
        known = ("random", "risk_model", "signal", "theme", "reinspection", "none", "all")
        return self.w(f"r_{name}") if name in known else name.replace("_", " ")

    def _flow(self) -> str:
        """From the register to visits, by route; a hidden count has no bar."""
        values = [
            (self._route(r["seen_by"]), float(r["total"]) if r["total"].isdigit() else None,
             self._counted(r["total"]))
            for r in self._latest() if r["seen_by"] != "all"
        ]  # fmt: skip
        text = ", ".join(f"{label} {shown}" for label, _, shown in values)
        return bars(values, alt=self.w("flow_alt", text=text))

    def _totals(self) -> str:
        """Why the register, the companies with a score and the labelled ones differ in number."""
        scored = list(self.f.bands.values())
        judged = next((r for r in self._latest() if r["seen_by"] == "all"), None)
        whole = self.f.rows.get("sponsors")
        if judged is None or whole is None or not judged["total"].isdigit():
            return ""
        if not scored or not all(isinstance(n, int) for n in scored):
            return ""
        return self.w(
            "totals", register=self.w.integer(whole), as_of=self.w.day(self.f.as_of),
            scored=self.w.integer(sum(int(n) for n in scored)),
            before=self.w.day(judged["as_of"]), labelled=self._counted(judged["total"]),
        )  # fmt: skip

    def _bands(self) -> list[tuple[str, str]]:
        return [
            (self.w(band), self.w.integer(n) if isinstance(n, int) else str(n))
            for band, n in self.f.bands.items()
        ]

    def _features(self) -> dict[str, Any]:
        used = sorted(self.f.importance.items(), key=lambda item: -item[1])
        chart = bars(
            [(self.w.feature(n), s, self.w.figure(s, "share")) for n, s in used[:15] if s > 0],
            alt=self.w("features"),
        )
        rows = [
            (
                name, self.w.feature(name), why,
                self.w.figure(self.f.importance[name], "share")
                if self.f.importance.get(name, 0) > 0 else self.w("not_used"),
            )
            for name, _, why in self.f.features
        ]  # fmt: skip
        return {"chart": chart, "rows": rows}

    # Parts 5 and 6.

    def _section(self, check: str) -> dict[str, Any]:
        return {"name": self.w.check(check), "id": check, **self.sections.of(self.f.of(check))}

    def _windows(self) -> list[list[str]]:
        return [
            [self.w.day(str(x["as_of"])), self.w.term(str(x["candidate"])),
             self.w.figure(x.get("precision_at_capacity"), "share"),
             self.w.figure(x.get("auc"), "number")]
            for x in self.f.windows
        ]  # fmt: skip

    # Parts 7 and 8.

    def _sample(self) -> dict[str, Any]:
        plan, of = self.f.plan, self.answer.ways
        prices: list[tuple[str, str]] = []
        if plan is None or not (of.drawn or of.undecided):
            text = self.w("sample_plan_none")
        else:
            key = "sample_plan" if plan["calibrating"] else "sample_plan_judging"
            text = self.w(
                key, total=self.w.integer(plan["judging"] + plan["calibrating"]),
                judging=self.w.integer(plan["judging"]),
                calibrating=self.w.integer(plan["calibrating"]),
                population=self.w.integer(plan["population"]),
            )  # fmt: skip
            if of.stuck:
                text += f" {self.w('sample_opens_nothing')}"
            before = -1
            for number, decided in sorted((int(n), d) for n, d in plan["prices"].items()):
                if decided != before:  # one row for each number that decides more
                    prices.append((self.w.integer(number), self.w.integer(decided)))
                before = decided
        drawn = [
            self.w("sample_drawn", name=s["name"], as_of=self.w.day(str(s["as_of"])),
                   drawn=self.w.integer(s["drawn"]), known=self.w.integer(s["known"]))
            for s in self.f.samples
        ]  # fmt: skip
        return {
            "plan": text, "prices": prices, "drawn": drawn or [self.w("sample_none")],
            "sentence": "" if plan is None else str(plan.get("sentence", "")),
        }  # fmt: skip

    def _signed(self) -> dict[str, Any]:
        rows = [
            (self.w.moment(str(s["recorded_at"])), self.w(f"k_{s['kind']}"),
             str(s["signer"]), self.w("yes") if s["counts"] else self.w("no"))
            for s in self.f.statements
        ]  # fmt: skip
        return {"rows": rows, "none": self.w("signed_none")}
