"""The form of outcomes: what its columns and outcomes are called in each language."""

from __future__ import annotations

from collections.abc import Mapping

from ind_risk.core.contracts import OUTCOMES
from ind_risk.core.sampling.outcomes import COLUMNS
from ind_risk.dossier.handouts.facts import Kind
from ind_risk.dossier.page.words import LANGUAGES, Language, Words, catalogue

DAYS = ("opened_on", "closed_on")
_OF_A_SAMPLE = ("sample", "case")


def words_of(language: Language) -> Words:
    """The words of handouts in a language."""
    return Words(language, package=__package__)


def columns_of(kind: Kind) -> tuple[str, ...]:
    """Columns of the form, in order; a worklist has no cases of a sample."""
    return COLUMNS if kind == "sample" else tuple(c for c in COLUMNS if c not in _OF_A_SAMPLE)


def form_names() -> tuple[str, ...]:
    """What the sheet with the form is called."""
    return tuple(str(_said("sheet_form")[language]) for language in LANGUAGES)


def columns_by_heading() -> dict[str, str]:
    """Every heading that a column may have, plainly written: of any language, or its own name."""
    return _by_word("column", COLUMNS)


def outcomes_by_word() -> dict[str, str]:
    """Every word that an outcome may be given by."""
    return _by_word("outcome", OUTCOMES)


def plain(word: str) -> str:
    """A word without what people do not see or mean: capitals, and blanks around or twice."""
    return " ".join(word.casefold().split())


def _by_word(kind: str, names: tuple[str, ...]) -> dict[str, str]:
    made = {plain(name): name for name in names}
    for name in names:
        made |= {plain(str(_said(f"{kind}_{name}")[lang])): name for lang in LANGUAGES}
    return made


def _said(key: str) -> Mapping[str, str]:
    return catalogue("messages", __package__)[key]
