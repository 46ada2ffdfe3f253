"""Entries of the ledger in words: who did what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ind_risk.core.ledger import Entry

Body = Mapping[str, Any]


def in_words(entry: Entry) -> str:
    """One sentence on an entry; what it cannot read it says so of.

    Args:
        entry: of a ledger that was verified.
    """
    try:
        return _WORDS[entry.kind](entry.body)
    except (KeyError, TypeError, ValueError, AttributeError):
        return f"An entry of kind {entry.kind} that is not as this version writes it."


def _data(body: Body) -> str:
    rows = sum(int(n) for n in body["rows"].values())
    return (
        f"Took in {body['source']}: {rows:,} rows until {body['as_of']}, digest "
        f"{body['data_digest'][:12]}."
    )


def _candidate(body: Body) -> str:
    return (
        f"{body['by']} trained model version {body['model_version']}, digest "
        f"{body['model_digest'][:12]}."
    )


def _evidence(body: Body) -> str:
    return (
        f"Evidence {body['evidence_digest'][:12]} on model version {body['model_version']}: "
        f"{body['checks']} checks, {len(body['files'])} new or changed files."
    )


def _decision(body: Body) -> str:
    version = (body.get("candidate") or {}).get("model_version")
    about = "no candidate" if version is None else f"model version {version}"
    if body["open"] is True:
        return f"The gate opened for {about}."
    count = len(body["reasons"])
    return f"The gate stayed closed for {about}, for {count} reason{'s' * (count != 1)}."


def _release(body: Body) -> str:
    return f"{body['by']} put model version {body['candidate']['model_version']} into use."


def _withdrawal(body: Body) -> str:
    version = body["candidate"]["model_version"]
    return f"{body['by']} withdrew model version {version}: {body['reason']}"


def _worklist(body: Body) -> str:
    version = body["model_version"]
    basis = "at random" if version is None else f"by model version {version}"
    return f"Issued a worklist of {body['as_of']} {basis}, digest {body['rows_digest'][:12]}."


def _policy(body: Body) -> str:
    return f"Policy {body['name']!r} came in force, digest {body['policy_digest'][:12]}."


def _people(body: Body) -> str:
    named = ", ".join(f"{p['name']} ({', '.join(p['roles'])})" for p in body["people"])
    return f"May sign: {named}."


def _look(body: Body) -> str:
    return f"Looked at {body['outcomes']:,} {body['of']} for the model {body['model_digest'][:12]}."


def _sample(body: Body) -> str:
    drawn = ", ".join(f"{n:,} {route}" for route, n in body["routes"].items() if n)
    by_hand = " (chosen by hand)" if body.get("seed_by_hand") else ""
    again = f" Again, because: {body['again']}" if body.get("again") else ""
    seed = f"seed {body['seed']}{by_hand}"
    return f"Drew sample {body['name']} of {body['as_of']}: {drawn}; {seed}.{again}"


def _outcomes(body: Body) -> str:
    return f"Took in {body['known']:,} outcomes of sample {body['sample']}."


def _statement(body: Body) -> str:
    return (
        f"Key {body['key_id'][:12]} signed a statement of {body['kind'].replace('_', ' ')} on "
        f"evidence {body['evidence'][:12]}."
    )


def _purge(body: Body) -> str:
    return (
        f"{body['by']} removed rows of before {body['before']}: {len(body['files'])} files, "
        f"{len(body['samples'])} samples, {len(body['worklists'])} worklists; digests stay."
    )


def _monitoring(body: Body) -> str:
    wrong = len(body["wrong"])
    said = f"{wrong} out of line" if wrong else "nothing out of line"
    return (
        f"Monitored model version {body['model_version']} from {body['since']} to "
        f"{body['until']}: {body['findings']} findings, {said}."
    )


def _card(body: Body) -> str:
    said = "open" if body["open"] is True else "closed"
    return f"Model card of version {body['model_version']} was written anew: {said}."


def _dossier(body: Body) -> str:
    said = "open" if body["open"] is True else "closed"
    return (
        f"Wrote the dossier of model version {body['model_version']}, gate {said}, in "
        f"{' and '.join(sorted(body['pages']))}."
    )


_WORDS: Mapping[str, Callable[[Body], str]] = {
    "data": _data, "candidate": _candidate, "evidence": _evidence, "decision": _decision,
    "release": _release, "withdrawal": _withdrawal, "worklist": _worklist, "policy": _policy,
    "people": _people, "look": _look, "sample": _sample, "outcomes": _outcomes,
    "statement": _statement, "purge": _purge, "monitoring": _monitoring,
    "card": _card,
    "dossier": _dossier,
}  # fmt: skip
