"""What a handout says in words, the same on its page and in its workbook."""

from __future__ import annotations

from dataclasses import dataclass

from ind_risk.core.contracts import OUTCOMES
from ind_risk.core.sampling.outcomes import FORM
from ind_risk.dossier.handouts.facts import Handout, Reason
from ind_risk.dossier.page.words import Words, catalogue


@dataclass(frozen=True)
class Said:
    """A reason in words; `translated` unless the register says it in English only."""

    what: str
    value: str
    translated: bool


@dataclass(frozen=True)
class Telling:
    """A handout in one language.

    Args:
        handout: what is told.
        words: of the language.
        stem: name of its files, without their endings.
    """

    handout: Handout
    words: Words
    stem: str

    @property
    def title(self) -> str:
        """What it is."""
        if self.handout.kind == "sample":
            return self.words("title_sample", name=self.handout.name)
        return self.words("title_worklist")

    @property
    def issued(self) -> str:
        """By whom, when, how many."""
        h = self.handout
        return self.words(
            "issued", when=h.issued_on.isoformat(), who=h.issued_by, as_of=h.as_of.isoformat(),
            count=self.words.integer(len(h.cases)),
        )  # fmt: skip

    @property
    def may(self) -> list[str]:
        """What may be concluded from a place on the list."""
        listed = "may_listed" if self.blind else "may_listed_random"
        checked = ["may_check"] if self.with_reasons else []
        return [self.words(key) for key in (listed, *checked, "may_find")]

    @property
    def may_not(self) -> list[str]:
        """What may not."""
        few = ["not_few"] if self.with_reasons else []
        keys = ("not_suspect", "not_score", "not_order", *few, "not_absent", "not_shared")
        return [self.words(key) for key in keys]

    @property
    def steps(self) -> list[str]:
        """How outcomes come back."""
        h, w, file = self.handout, self.words, f"{self.stem}.xlsx"
        columns = ", ".join(w(f"column_{c}").lower() for c in FORM)
        outcomes = " / ".join(w(f"outcome_{o}") for o in OUTCOMES)
        steps = [
            w("step_open", file=file, sheet=w("sheet_form")),
            w("step_fill", columns=columns),
            w("step_outcome", outcomes=outcomes, bad=w("outcome_non_compliant")),
            w("step_whole"),
        ]
        if h.until is not None:
            steps.append(w("step_until", until=h.until.isoformat()))
        if h.kind == "sample":
            return [*steps, w("step_send_sample", who=h.issued_by, file=file)]
        return [*steps, w("step_send_worklist", who=h.issued_by)]

    @property
    def about(self) -> list[tuple[str, str]]:
        """Where it comes from: names and values; the last one is the digest."""
        h, w = self.handout, self.words
        if h.model_version is None:
            model = w("model_none")
        else:
            key = "model_judged" if h.kind == "sample" else "model_used"
            model = w(key, version=h.model_version)
        return [
            (w("about_issuer"), h.issued_by),
            (w("about_when"), h.issued_on.isoformat()),
            (w("about_register"), h.as_of.isoformat()),
            (w("about_model"), model),
            (w("about_digest", file=f"{self.stem}.csv"), h.digest),
        ]

    @property
    def blind(self) -> bool:
        """Whether there is more than one way in which a case may have been chosen."""
        return self.handout.kind == "sample" or self.handout.model_version is not None

    @property
    def with_reasons(self) -> bool:
        """Whether there are reasons at all: neither on a sample nor without a model."""
        return self.handout.kind == "worklist" and self.handout.model_version is not None

    def reason(self, reason: Reason) -> Said:
        """A reason as people read it."""
        known = catalogue("features", __package__).get(reason.feature, {})
        dutch = self.words.language == "nl"
        named = str(known.get("nl", reason.definition)) if dutch else reason.definition
        value = self._value(reason.value, str(known.get("unit", "")))
        return Said(named, value, not dutch or "nl" in known)

    def in_a_cell(self, reason: Reason) -> str:
        """The same in one line."""
        said = self.reason(reason)
        return self.words("reason", what=said.what, value=said.value)

    def _value(self, text: str | None, unit: str) -> str:
        if text is None:
            return self.words("value_none")
        try:
            number = float(text)
        except ValueError:
            return text.replace("_", " ")
        if unit == "share":
            return self.words.figure(number, "share")
        if number.is_integer():
            return self.words.integer(number)
        return self.words.decimal(number, 2)
