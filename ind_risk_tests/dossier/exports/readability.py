"""How easy Dutch is to read: Flesch's measure as Douma (1960) fitted it to Dutch.

206.84 - 0.93 x words a sentence - 77 x syllables a word. Above 60 a text is "plain": what level B1
of the European framework asks of texts for the public (Velleman and van der Geest, 2014, find no
measure that decides on B1 alone; short sentences and short words are what it rests on).
"""

from __future__ import annotations

import re

# Two or three letters that are one vowel sound.
_VOWELS = re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|ou|au|[aeiouyéëïöü]")


def syllables(word: str) -> int:
    """Vowel sounds of a word, at least 1."""
    return max(1, len(_VOWELS.findall(word.lower())))


def flesch_douma(text: str) -> float:
    """The measure of a text with at least one sentence."""
    sentences = [s for s in re.split(r"[.!?:]+\s", text + " ") if s.strip()]
    words = re.findall(r"[A-Za-zÀ-ÿ]+", text)
    return (
        206.84 - 0.93 * len(words) / len(sentences)
        - 77 * sum(map(syllables, words)) / len(words)
    )  # fmt: skip
