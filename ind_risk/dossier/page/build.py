"""The page from the facts, in one language: everything a template needs, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any

from ind_risk.dossier.page.charts import bars, forest
from ind_risk.dossier.page.conditions import Condition, conditions
from ind_risk.dossier.page.facts import GREEN, Facts
from ind_risk.dossier.page.words import DASH, Language, Words, two_sided, unit_of

BIAS = ("bias_independence", "bias_selection_parity", "bias_error_parity", "bias_funnel",
        "bias_coverage", "bias_alternatives")  # fmt: skip
ROBUST = ("accuracy_established", "band_order", "usefulness", "label_assumption", "calibration",
          "backtest", "stability", "perturbation", "inspector_effect", "reproducible", "drift",
          "sensitivity")  # fmt: skip
_NAMED = 6  # groups that are named in a sentence
_LETTER_LIMITS = ("limit_1", "limit_2", "limit_3", "limit_4")
_TERMS = ("def_interval", "def_margin", "def_random")
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
        self.conditions = conditions(facts)

    def all(self) -> dict[str, Any]:
        """Names of the template."""
        return {
            "asked": sum(bool(x["required"]) for x in self.f.findings),
            "green": sum(x["required"] and x["verdict"] in GREEN for x in self.f.findings),
            "in_use": self._in_use(), "shown": self._shown(), "lacking": self._lacking(),
            "opens": self._opens(), "changed": self._changed(), "letter": self._letter(),
            "flow": self._flow(), "routes": self._routes(), "band_rows": self._bands(),
            "features": self._features(), "found_more": self._group(("usefulness",)),
            "bias": [self._section(c) for c in BIAS if self.f.of(c)],
            "robust": [self._section(c) for c in ROBUST if self.f.of(c)],
            "small": self._small(), "windows": self._windows(), "sample": self._sample(),
            "signed": self._signed(), "annex": [self._row(x) for x in self.f.findings],
            "limits": [self.w(k) for k in _LETTER_LIMITS],
            "terms": [self.w(k) for k in _TERMS], "methods": METHODS,
        }  # fmt: skip

    # Part 1.

    def _in_use(self) -> str:
        if self.f.in_use is None:
            return self.w("in_use_none")
        key = "in_use_this" if self.f.in_use == self.f.version else "in_use_other"
        return self.w(key, version=self.f.in_use)

    def _told(self, condition: Condition) -> dict[str, str]:
        key, figure = condition.key, ""
        if key is not None:
            unit = unit_of(str(key["claim"]))
            names = {"claim": self.w.claim(str(key["claim"])),
                     "subject": self.w.place(str(key["subject"]))}  # fmt: skip
            if key["estimate"] is None:
                figure = self.w("key_no_figure", **names)
            elif unit != "flag":
                exact = key["low"] == key["high"]
                figure = self.w(
                    "key_exact" if exact else "key_figure", **names,
                    estimate=self.w.figure(key["estimate"], unit),
                    low=self.w.figure(key["low"], unit), high=self.w.figure(key["high"], unit),
                    bound=self.w.figure(key["margin"], unit),
                )  # fmt: skip
        groups = [self._kind(s) if not condition.checks else self.w.place(s)
                  for s in condition.subjects]  # fmt: skip
        return {
            "sentence": self.w(condition.message), "status": self.w(f"status_{condition.status}"),
            "class": condition.status, "figure": figure,
            "groups": self.w("at_issue", groups=self._listed(groups)) if groups else "",
        }  # fmt: skip

    def _listed(self, names: Sequence[str]) -> str:
        shown = list(names[:_NAMED])
        if len(names) > _NAMED:
            shown.append(self.w("several", count=len(names) - _NAMED))
        return ", ".join(shown)

    def _shown(self) -> list[dict[str, str]]:
        return [self._told(c) for c in self.conditions if c.status == "green"]

    def _lacking(self) -> list[dict[str, str]]:
        worst_first = sorted(self.conditions, key=lambda c: c.status != "red")
        return [self._told(c) for c in worst_first if c.status in ("few", "red")]

    def _opens(self) -> list[str]:
        if self.f.is_open:
            return [self.w("opens_nothing")]
        made, plan = [], self.f.plan
        if plan is not None and plan["judging"] + plan["calibrating"] > 0:
            groups = [
                f"{self.w.integer(n)} {self.w.place(g)}" for g, n in plan["by_group"].items() if g
            ]
            made.append(
                self.w(
                    "opens_sample", total=self.w.integer(plan["judging"] + plan["calibrating"]),
                    population=self.w.integer(plan["population"]), groups=self._listed(groups),
                )
            )  # fmt: skip
        wrong = [c for c in self.conditions if c.status == "red"]
        if wrong:
            named = [self.w.place(s) for c in wrong for s in c.subjects]
            made.append(self.w("opens_model", what=self._listed(list(dict.fromkeys(named)))))
        for condition in self.conditions:
            if condition.message == "c_statements":
                made += [
                    self.w("opens_statement", role=self.w("role_people"), kind=self._kind(k))
                    for k in condition.subjects
                ]
        unfinished = [
            r for r in self.f.reasons if r["code"] not in ("failed",) and not _on_people(r)
        ]
        if unfinished:
            made.append(self.w("opens_run", count=len(unfinished)))
        return made

    def _kind(self, kind: str) -> str:
        return self.w(f"k_{kind}")

    def _changed(self) -> str:
        before = self.f.decision_before
        if before is None:
            return self.w("changed_first")

        def state(is_open: bool) -> str:
            return self.w("state_open" if is_open else "state_closed")

        return self.w(
            "changed_since", when=str(before["at"])[:16].replace("T", " "),
            state=state(bool(before["open"])), reasons=before["reasons"],
            now_state=state(self.f.is_open), now_reasons=len(self.f.reasons),
        )  # fmt: skip

    def _letter(self) -> list[dict[str, Any]]:
        return [
            {**self._told(c), "evidence": ", ".join(map(self.w.check, c.checks)) or DASH}
            for c in self.conditions
        ]

    # Parts 3 and 4.

    def _routes(self) -> list[list[str]]:
        latest = max((r["as_of"] for r in self.f.provenance), default="")
        rows = [r for r in self.f.provenance if r["as_of"] == latest]
        columns = ("compliant", "non_compliant", "unobserved", "total")
        return [[self._route(r["seen_by"]), *(self._counted(r[c]) for c in columns)] for r in rows]

    def _counted(self, text: str) -> str:
        return self.w("hidden") if text == "hidden" else text

    def _route(self, name: str) -> str:
        known = ("random", "risk_model", "signal", "theme", "reinspection", "none", "all")
        return self.w(f"r_{name}") if name in known else name.replace("_", " ")

    def _flow(self) -> str:
        """From the register to visits, by route; hidden counts are told as they are hidden."""
        values = []
        for row in self._routes():
            digits = "".join(ch for ch in row[4] if ch.isdigit())
            values.append(
                (row[0], float(digits) if row[4].replace(",", "").isdigit() else 0.0, row[4])
            )
        text = ", ".join(f"{label} {shown}" for label, _, shown in values)
        return bars(values, alt=self.w("flow_alt", text=text))

    def _bands(self) -> list[tuple[str, str]]:
        return [
            (self.w(band), self.w.integer(n) if isinstance(n, int) else str(n))
            for band, n in self.f.bands.items()
        ]

    def _features(self) -> dict[str, Any]:
        used = sorted(self.f.importance.items(), key=lambda item: -item[1])
        chart = bars(
            [(n.replace("_", " "), s, self.w.figure(s, "share")) for n, s in used[:15] if s > 0],
            alt=self.w("features"),
        )
        rows = [
            (
                name, meaning, why,
                self.w.figure(self.f.importance[name], "share")
                if self.f.importance.get(name, 0) > 0 else self.w("not_used"),
            )
            for name, meaning, why in self.f.features
        ]  # fmt: skip
        return {"chart": chart, "rows": rows}

    # Parts 5 and 6.

    def _section(self, check: str) -> dict[str, Any]:
        return {"name": self.w.check(check), "id": check, "claims": self._group((check,))}

    def _group(self, checks: tuple[str, ...]) -> list[dict[str, Any]]:
        made = []
        found = sorted(self.f.of(*checks), key=lambda x: str(x["claim"]))
        for claim, some in groupby(found, key=lambda x: str(x["claim"])):
            findings = sorted(some, key=lambda x: -abs(x["estimate"] or 0.0))
            unit, title = unit_of(claim), self.w.claim(claim)
            green = sum(x["verdict"] in GREEN for x in findings)
            alt = self.w("plot_alt", title=title, count=len(findings), green=green)
            chart = self._chart(findings, claim, unit, alt)
            made.append({"title": title, "chart": chart, "rows": [self._row(x) for x in findings]})
        return made

    def _chart(self, findings: Sequence[Mapping[str, Any]], claim: str, unit: str, alt: str) -> str:
        if unit == "flag":
            return ""
        sides = two_sided(claim)
        return forest(
            findings, label=lambda x: self.w.place(str(x["subject"])),
            figure=lambda value: self.w.figure(value, unit), two_sided=sides,
            ratio=unit == "ratio" and sides, alt=alt,
        )  # fmt: skip

    def _row(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        unit, number = unit_of(str(finding["claim"])), finding["n"]
        low, high = (self.w.figure(finding[k], unit) for k in ("low", "high"))
        return {
            "check": self.w.check(str(finding["check"])),
            "claim": self.w.claim(str(finding["claim"])),
            "subject": self.w.place(str(finding["subject"])),
            "estimate": self.w.figure(finding["estimate"], unit),
            "interval": DASH if DASH in (low, high) else f"{low} … {high}",
            "bound": self.w.figure(finding["margin"], unit),
            "n": DASH if number is None else self.w.integer(number),
            "verdict": self.w(f"v_{finding['verdict']}"), "class": _class(finding),
            "asked": self.w("yes" if finding["required"] else "no"),
            "sentence": str(finding["sentence"]),
        }  # fmt: skip

    def _small(self) -> list[str]:
        """Groups that could not be judged, by name."""
        found = []
        for x in self.f.of("bias_selection_parity", "bias_funnel", "bias_coverage"):
            details = x.get("details") or {}
            if x["subject"] == "too small":
                found += list(details.get("members", []))
            found += list(details.get("unassessable", []))
        named = []
        for text in dict.fromkeys(map(str, found)):
            code, space, rest = text.partition(" ")
            named.append(f"{self.w.place(code)}{space}{rest}")
        return named

    def _windows(self) -> list[list[str]]:
        return [
            [str(x["as_of"]), str(x["candidate"]).replace("_", " "),
             self.w.figure(x.get("precision_at_capacity"), "share"),
             self.w.figure(x.get("auc"), "number")]
            for x in self.f.windows
        ]  # fmt: skip

    # Parts 7 and 8.

    def _sample(self) -> dict[str, Any]:
        plan = self.f.plan
        text = self.w("sample_plan_none")
        prices: list[tuple[str, str]] = []
        assumption = "" if plan is None else str(plan["assumption"])
        if plan is not None:
            text = self.w(
                "sample_plan", judging=self.w.integer(plan["judging"]),
                calibrating=self.w.integer(plan["calibrating"]),
                population=self.w.integer(plan["population"]),
            )  # fmt: skip
            before = -1
            for number, decided in sorted((int(n), d) for n, d in plan["prices"].items()):
                if decided != before:  # one row for each number that decides more
                    prices.append((self.w.integer(number), self.w.integer(decided)))
                before = decided
        drawn = [
            self.w("sample_drawn", **{**s, "drawn": self.w.integer(s["drawn"]),
                                      "known": self.w.integer(s["known"])})
            for s in self.f.samples
        ]  # fmt: skip
        return {
            "plan": text, "prices": prices, "drawn": drawn or [self.w("sample_none")],
            "assumption": assumption,
        }  # fmt: skip

    def _signed(self) -> dict[str, Any]:
        rows = [
            (str(s["recorded_at"])[:16].replace("T", " "), self._kind(str(s["kind"])),
             str(s["signer"]), self.w("yes") if s["counts"] else self.w("no"))
            for s in self.f.statements
        ]  # fmt: skip
        none = self.w("signed_none" if self.f.required_statements else "signed_not_asked")
        return {"rows": rows, "none": none}


def _on_people(reason: Mapping[str, Any]) -> bool:
    return "statement" in str(reason["code"]) or "statement" in str(reason["sentence"])


def _class(finding: Mapping[str, Any]) -> str:
    if finding["verdict"] in GREEN:
        return "green"
    return "few" if finding["verdict"] == "insufficient_data" else "red"
