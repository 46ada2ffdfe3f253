"""Looks at outcomes: counted in the ledger, so that nobody tries models or margins until one fits.

A look is one evaluation of one model, on one set of tables, under one policy. Two looks are at the
same outcomes if they share any. Doing the very same evaluation again shows nothing new: it is the
same look. A policy must have been in the ledger before the first look at any outcome it judges, and
the first look binds it: whoever registers two policies, looks, and takes the one that fits has
chosen by results. Outcomes of a sample that come back in this home bind it as a look does, for from
then on they can be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.findings import Finding
from ind_risk.core.ledger import Entry, Fault, broken

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.identity import CandidateIdentity

CHECK = "policy_preregistered"
REGISTERED, LOOKS = "registered_before_first_look", "looks_used"
AT_LEAST_COMMON, FEW = 2, 50  # one alone may be chance, unless there are fewer outcomes than these
ALIKE = 0.75  # of sponsors with their outcomes that are the same in both
SKETCH = 256  # hashes kept of each look and way to know an outcome again
_OUTCOMES = {
    "random inspections": ("audit_inspection_id", "audit_label", "audit_closed_on"),
    "inspections": ("inspection_id", "label", "closed_on"),
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """One evaluation.

    Args:
        model_digest, data_digest, policy_digest: of what was evaluated.
        sketch: the smallest hashes of the outcomes looked at (bottom-k sketch: Cohen and Kaplan,
            2007, PODC, 225), hex. Each outcome is known by sponsor, outcome and its
            inspection's id, and by sponsor, outcome and day, so that neither new ids nor other
            days make it a new one. Two looks at 2,000 outcomes each that share 40 of them show it
            in 99 of 100 cases.
        outcomes: how many outcomes there were.
        kind: what they are: "random inspections", "inspections", or "sponsors" where there is none.
        pairs: the smallest hashes of sponsor and outcome alone, of random inspections. Chance makes
            two samples share some; what shares most of them is the same with new ids and days.
        seq: number of the ledger entry; 0 if it is not in the ledger yet.
    """

    model_digest: str
    data_digest: str
    policy_digest: str
    sketch: tuple[str, ...]
    outcomes: int
    kind: str
    pairs: tuple[str, ...] = ()
    seq: int = 0

    @property
    def evaluation(self) -> tuple[str, str, str]:
        """What makes two looks the same one."""
        return self.model_digest, self.data_digest, self.policy_digest

    def overlaps(self, other: Look) -> bool:
        """Whether both looked at some of the same outcomes."""
        common = len(set(self.sketch) & set(other.sketch))
        enough = 1 if min(self.outcomes, other.outcomes) < FEW else AT_LEAST_COMMON
        return common >= enough or _resemblance(self.pairs, other.pairs) >= ALIKE

    def body(self) -> dict[str, Any]:
        """The body of its ledger entry."""
        return {
            "model_digest": self.model_digest,
            "data_digest": self.data_digest,
            "policy_digest": self.policy_digest,
            "sketch": list(self.sketch),
            "outcomes": self.outcomes,
            "of": self.kind,
            "pairs": list(self.pairs),
        }


def _resemblance(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of the union that is in both sets, from their bottom-k sketches (Broder, 1997)."""
    if not one or not other:
        return 0.0
    union = sorted({*one, *other})[:SKETCH]
    return len({*union} & {*one} & {*other}) / len(union)


def look_at(judged: pd.DataFrame, identity: CandidateIdentity) -> Look:
    """The look that evaluating a candidate on these outcomes is.

    Args:
        judged: one row a sponsor at the judging date, with the label columns of `label_table`.
        identity: of the candidate.
    """
    kind, n, ways, pairs = _outcomes(judged)
    sketch = [h for facts in ways for h in _smallest(facts)]
    return Look(
        model_digest=identity.model_digest,
        data_digest=identity.data_digest,
        policy_digest=identity.policy_digest,
        sketch=tuple(sorted(set(sketch))),
        outcomes=n,
        kind=kind,
        pairs=tuple(_smallest(pairs)),
    )


def _smallest(facts: set[str]) -> list[str]:
    return sorted(hashlib.sha256(fact.encode()).hexdigest()[:16] for fact in facts)[:SKETCH]


def _outcomes(judged: pd.DataFrame) -> tuple[str, int, list[set[str]], set[str]]:
    """What was seen: random inspections, else all, else who is a sponsor.

    Returns:
        (kind, how many, for each way to know them again one text an outcome, and of random
        inspections sponsor and outcome).
    """
    import pandas as pd

    for kind, columns in _OUTCOMES.items():
        names = ["sponsor_id", *columns]
        if not set(names) <= set(judged.columns):
            continue
        key, label, closed = columns
        seen = judged.loc[judged[label].isin(("compliant", "non_compliant")), names]
        if len(seen):
            day = pd.to_datetime(seen[closed]).dt.strftime("%Y-%m-%d").fillna("")
            who = [f"{s}\x1f{o}" for s, o in zip(seen["sponsor_id"], seen[label], strict=True)]
            ways = [
                {f"{k}\x1f{w}" for k, w in zip(values, who, strict=True)}
                for values in (seen[key], day)
            ]
            # Who is selected is inspected year after year, with the same outcome.
            pairs = set(who) if kind == "random inspections" else set()
            return kind, len(seen), ways, pairs
    sponsors = set(judged["sponsor_id"].astype(str))
    return "sponsors", len(sponsors), [sponsors], set()


def samples_among(judged: pd.DataFrame, names: Iterable[str]) -> tuple[str, ...]:
    """Which samples have a known outcome among the judged.

    Args:
        judged: as for `look_at`.
        names: of samples; the inspections of A1 are called A1-00001 and so on.
    """
    if not {"audit_inspection_id", "audit_label"} <= set(judged.columns):
        return ()
    known = judged["audit_label"].isin(("compliant", "non_compliant"))
    ids = judged.loc[known, "audit_inspection_id"].astype(str)
    return tuple(name for name in names if ids.str.startswith(f"{name}-").any())


def looks_in(entries: Iterable[Entry]) -> list[Look]:
    """The looks of a ledger that was verified, oldest first.

    Raises:
        IntegrityError: if an entry of that kind is none.
    """
    found = []
    for entry in entries:
        if entry.kind != "look":
            continue
        try:
            body = entry.body
            found.append(
                Look(
                    model_digest=str(body["model_digest"]),
                    data_digest=str(body["data_digest"]),
                    policy_digest=str(body["policy_digest"]),
                    sketch=tuple(str(s) for s in body["sketch"]),
                    outcomes=int(body["outcomes"]),
                    kind=str(body["of"]),
                    pairs=tuple(str(s) for s in body.get("pairs", ())),
                    seq=entry.seq,
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise broken(Fault(seq=entry.seq, what=f"(look) cannot be read: {error}")) from None
    return found


def policy_seq(entries: Iterable[Entry], digest: str) -> int | None:
    """Number of the first ledger entry that registers a policy; None if there is none."""
    for entry in entries:
        if entry.kind == "policy" and entry.body.get("policy_digest") == digest:
            return entry.seq
    return None


def preregistration_findings(
    entries: Sequence[Entry], present: Look, *, allowed: int, samples: Collection[str] = ()
) -> list[Finding]:
    """Whether the policy came before the first look, and whether a look was left for this one.

    Args:
        entries: the ledger, this look included.
        present: this look.
        allowed: looks that the policy declares at the same outcomes.
        samples: names of the samples whose outcomes are looked at.
    """
    same = [look for look in looks_in(entries) if look.overlaps(present)]
    back = next(
        (e for e in entries if e.kind == "outcomes" and e.body.get("sample") in samples), None
    )
    return [
        _registered(policy_seq(entries, present.policy_digest), same, present, back),
        _counted(same, present, allowed),
    ]


def _registered(
    registered: int | None, same: Sequence[Look], present: Look, back: Entry | None
) -> Finding:
    first = min((look.seq for look in same), default=None)
    fault = _not_before(registered, same, present, back)
    said = fault or (
        f"The policy in force was in the ledger (entry {registered}) before this home first "
        f"looked at the outcomes it judges (entry {first}, {present.outcomes:,} {present.kind})."
    )
    return _finding(REGISTERED, "policy", not fault, float(not fault), said, present)


def _not_before(
    registered: int | None, same: Sequence[Look], present: Look, back: Entry | None
) -> str:
    """Why margins may have been chosen by results; empty if the policy came before them."""
    first = min(same, key=lambda look: look.seq, default=None)
    what = f"{present.outcomes:,} {present.kind}"
    why = "margins must not be chosen by results"
    then = "or wait for outcomes that nobody has seen."
    if registered is None:
        return (
            "The policy in force is not in the ledger. Run `ind-risk run` again: it registers it."
        )
    if first is None:
        return "This look is not in the ledger, so nothing tells what came first. Run again."
    if back is not None and registered > back.seq:
        return (
            f"The policy in force came into the ledger (entry {registered}) after outcomes of "
            f"sample {back.body['sample']}, which it judges, had come back (entry {back.seq}): "
            f"{why}. Go back to the policy of then, {then}"
        )
    if back is not None and back.body.get("policy_digest") not in (None, present.policy_digest):
        return (
            f"The outcomes of sample {back.body['sample']} came back (entry {back.seq}) under "
            f"another policy, which they bind: {why}. Go back to that policy, {then}"
        )
    if registered > first.seq:
        return (
            f"The policy in force came into the ledger (entry {registered}) after this home had "
            f"first looked at outcomes it judges (entry {first.seq}; now {what}): {why}. Go back "
            f"to the policy of that look, {then}"
        )
    if first.policy_digest != present.policy_digest:
        return (
            f"These outcomes ({what}) were first looked at under another policy (entry "
            f"{first.seq}): the first look binds the policy, for {why}. Go back to that policy, "
            f"{then}"
        )
    return ""


def _counted(same: Sequence[Look], present: Look, allowed: int) -> Finding:
    order = list(dict.fromkeys(look.evaluation for look in same))
    place = order.index(present.evaluation) + 1 if present.evaluation in order else len(order) + 1
    holds = place <= allowed
    sentence = (
        f"This is look {place} of the {allowed} that the policy declares at the same outcomes"
        + ("." if holds else ": none is left. Only outcomes that nobody has seen can judge again.")
    )
    return _finding(LOOKS, "looks", holds, float(place), sentence, present, margin=float(allowed))


def _finding(
    claim: str, subject: str, holds: bool, value: float, sentence: str, present: Look,
    *, margin: float | None = None,
) -> Finding:  # fmt: skip
    return Finding(
        check=CHECK, claim=claim, subject=subject,
        verdict="established" if holds else "refuted",
        estimate=value, low=value, high=value, margin=margin, n=present.outcomes,
        sentence=sentence, details={"outcomes": present.kind},
    )  # fmt: skip
