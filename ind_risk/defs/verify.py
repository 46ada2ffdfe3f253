"""Recompute the trail of a home offline: chain, files, digests, registry, checks, statements."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.manifest import (
    digest_of_file,
    evidence_files,
    known_files,
    pages_of_dossiers,
)
from ind_risk.core.errors import IndRiskError, IntegrityError
from ind_risk.core.purging import purged_files, purged_samples, purged_worklists
from ind_risk.defs.card import same_cards
from ind_risk.defs.people import evidence_now, same_findings
from ind_risk.defs.record import EVIDENCE, unfinished

if TYPE_CHECKING:
    from pathlib import Path

    from dagster import DagsterInstance

    from ind_risk.core.ledger import Entry
    from ind_risk.defs.resources import Platform


@dataclass(frozen=True)
class Verified:
    """One part of the trail.

    Args:
        what: was recomputed.
        how_many: of them.
        fault: the first that does not hold; empty if all do.
    """

    what: str
    how_many: int
    fault: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return {**vars(self), "holds": not self.fault}


def verify_home(
    platform: Platform,
    instance: DagsterInstance,
    *,
    checkpoints: Sequence[Path] = (),
    public: Sequence[Path] = (),
) -> list[Verified]:
    """Every part of the trail, in the order in which they rest on one another.

    A ledger that does not hold ends it: nothing else can then be told from it.

    Args:
        platform: of the home.
        instance: its Dagster.
        checkpoints: signed ones that were kept elsewhere.
        public: further public keys that may have signed them.
    """
    try:
        entries = platform.ledger.read()
        state = platform.ledger.state()
    except IntegrityError as error:
        return [Verified("ledger entries, each on the one before", 0, str(error))]
    made = [Verified("ledger entries, each on the one before", len(entries))]
    parts: tuple[tuple[str, Callable[[], int]], ...] = (
        ("heads of the ledger that others were told of", lambda: _heads(platform, instance)),
        ("checkpoints that people signed", lambda: _checkpoints(platform, checkpoints, public)),
        ("files that the evidence rests on", lambda: _files(platform, entries)),
        ("landing tables, cell by cell", lambda: _landing(platform, entries)),
        ("checks and their findings", lambda: _checks(platform, instance, entries)),
        ("models released or judged, and MLflow's records", lambda: _models(platform, entries)),
        ("cards that people read in MLflow", lambda: same_cards(platform, instance, entries)),
        ("the model in use, in ledger and registry", lambda: _in_use(platform, state)),
        ("policies that judged", lambda: _policies(platform, entries)),
        ("statements by people", lambda: _statements(platform)),
        ("samples drawn, and what came back", lambda: _samples(platform, entries)),
        ("worklists issued", lambda: _worklists(platform, entries)),
        ("looks at models in use", lambda: _monitored(platform, entries)),
        ("dossiers, as they were written", lambda: _dossiers(platform, entries)),
        ("files that were purged, gone indeed", lambda: _purged(platform, entries)),
    )
    for what, part in parts:
        try:
            made.append(Verified(what, part()))
        except IndRiskError as error:
            made.append(Verified(what, 0, " ".join(str(error).split())))
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            made.append(Verified(what, 0, f"It cannot be read. {said}"))
    return made


def _heads(platform: Platform, instance: DagsterInstance) -> int:
    from ind_risk.defs.release import same_ledger

    return same_ledger(platform, instance)


def _checkpoints(platform: Platform, files: Sequence[Path], public: Sequence[Path]) -> int:
    from ind_risk.adapters.checkpoints import hold_to_checkpoint
    from ind_risk.adapters.statements import Keyring

    if not files:
        return 0
    known = Keyring(platform.policy.people).keys
    return hold_to_checkpoint(platform.ledger, files, known=known, public=public)


def _files(platform: Platform, entries: tuple[Entry, ...]) -> int:
    known, there = known_files(entries), evidence_files(platform.home)
    purged = purged_files(entries)
    there = {name: path for name, path in there.items() if name not in purged}
    loose = unfinished(entries)  # the tables of a run that did not end are nobody's evidence
    checked = 0
    for name, digest in known.items():
        if name in purged or (loose and name.startswith("tables/")):
            continue
        if name not in there:
            raise IntegrityError(f"{name} is gone. Put it back from a copy.")
        if digest_of_file(there[name]) != digest:
            raise IntegrityError(f"{name} is not the file that was recorded. Put it back.")
        checked += 1
    if extra := [n for n in there if n not in known and not loose]:
        raise IntegrityError(f"{extra[0]} was never recorded ({len(extra)} such files).")
    return checked


def _landing(platform: Platform, entries: tuple[Entry, ...]) -> int:
    from ind_risk.core.digests import data_digest

    if not platform.tables.landed() or any(
        name.startswith("tables/landing/") for name in purged_files(entries)
    ):
        return 0
    facts, tables = platform.tables.landing_facts(), platform.tables.landing()
    if data_digest(tables) != facts.data_digest:
        raise IntegrityError("The landing tables are not the ones that were accepted.")
    return len(tables)


def _checks(platform: Platform, instance: DagsterInstance, entries: tuple[Entry, ...]) -> int:
    last = next((e for e in reversed(entries) if e.kind == EVIDENCE), None)
    if last is None or unfinished(entries):
        return 0
    _, checks, about = evidence_now(platform, instance)
    same_findings(platform, checks)
    if about.evidence != last.body["evidence_digest"]:
        if _began_and_did_not_end(platform, instance):
            raise IntegrityError(
                f"A run began after ledger entry {last.seq} and did not end: Dagster's checks are "
                "half its own. Run the lifecycle again."
            )
        raise IntegrityError(
            f"Dagster's checks are not the evidence of ledger entry {last.seq}: one was posted, "
            "changed or lost since. Run the lifecycle again."
        )
    return len(checks)


def _began_and_did_not_end(platform: Platform, instance: DagsterInstance) -> bool:
    """Whether the newest run of the job that makes evidence was interrupted, or goes on."""
    from dagster import DagsterRunStatus, RunsFilter

    newest = instance.get_runs(RunsFilter(job_name=platform.policy.gate_job), limit=1)
    return bool(newest) and newest[0].status is not DagsterRunStatus.SUCCESS


def _models(platform: Platform, entries: tuple[Entry, ...]) -> int:
    from ind_risk.adapters.model_file import load_model

    newest = {str(e.body["model_version"]): e for e in entries if e.kind == EVIDENCE}
    for version, entry in newest.items():
        tags = platform.models.version_tags(version)
        for name in ("model_digest", "data_digest", "code_version", "policy_digest"):
            if tags.get(name) != entry.body[name]:
                raise IntegrityError(
                    f"MLflow's version {version} has {name} {tags.get(name)!r}; ledger entry "
                    f"{entry.seq} has {entry.body[name]!r}."
                )
        load_model(
            platform.models.model_path(version), expected_digest=str(entry.body["model_digest"])
        )
        if platform.models.run_digest(version) != entry.body["mlflow_digest"]:
            raise IntegrityError(
                f"MLflow's run of version {version} has other parameters, metrics or tags than "
                f"ledger entry {entry.seq} recorded."
            )
    return len(newest)


def _in_use(platform: Platform, state: Any) -> int:
    alias = platform.models.in_use_alias()
    by_ledger = None if state.in_use is None else state.in_use.model_version
    if alias != by_ledger:
        raise IntegrityError(
            f"MLflow's alias says that version {alias} is in use, the ledger says {by_ledger}. "
            "The next command that works in this home puts the alias right."
        )
    return 0 if by_ledger is None else 1


def _policies(platform: Platform, entries: tuple[Entry, ...]) -> int:
    known = [str(e.body["policy_digest"]) for e in entries if e.kind == "policy"]
    judged = {str(e.body["policy_digest"]) for e in entries if e.kind in (EVIDENCE, "look")}
    if strange := sorted(judged - set(known)):
        raise IntegrityError(f"Policy {strange[0][:12]} judged and is not in the ledger.")
    if known and not unfinished(entries) and platform.policy.digest not in known:
        raise IntegrityError("The policy in the home is not one that the ledger knows.")
    return len(known)


def _statements(platform: Platform) -> int:
    from ind_risk.defs.people import statements

    found = statements(platform)
    if bad := [s for s in found if s.fault]:
        raise IntegrityError(f"Ledger entry {bad[0].seq}: {bad[0].fault}.")
    return len(found)


def _samples(platform: Platform, entries: tuple[Entry, ...]) -> int:
    from ind_risk.adapters.samples import SampleStore

    store, gone = SampleStore(platform.home, platform.ledger), purged_samples(entries)
    names = [name for name in store.names() if name not in gone]
    for name in names:
        store.read(name)
        store.returned(name)
    return len(names)


def _worklists(platform: Platform, entries: tuple[Entry, ...]) -> int:
    gone = purged_worklists(entries)
    issued = [str(e.body["rows_digest"]) for e in entries if e.kind == "worklist"]
    digests = [digest for digest in issued if digest not in gone]
    for digest in digests:
        path = platform.home.issued / f"{digest}.json"
        if not path.is_file():
            raise IntegrityError(f"The worklist {digest[:12]} is gone.")
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise IntegrityError(f"The worklist {digest[:12]} is not the one that was issued.")
    return len(digests)


def _monitored(platform: Platform, entries: tuple[Entry, ...]) -> int:
    digests = [str(e.body["findings_digest"]) for e in entries if e.kind == "monitoring"]
    for digest in digests:
        path = platform.home.monitoring / f"{digest}.json"
        if not path.is_file():
            raise IntegrityError(f"What monitoring found ({digest[:12]}) is gone.")
        if digest_of_file(path) != digest:
            raise IntegrityError(f"What monitoring found ({digest[:12]}) was edited.")
    return len(digests)


def _dossiers(platform: Platform, entries: tuple[Entry, ...]) -> int:
    """A page that is gone can be made anew; one that was altered tells what nobody found."""
    written = {str(d) for e in entries if e.kind == "dossier" for d in e.body["pages"].values()}
    pages = pages_of_dossiers(platform.home)
    for path in pages:
        if digest_of_file(path) not in written:
            raise IntegrityError(
                f"{path.relative_to(platform.home.root)} is not a dossier that was written here. "
                "Remove it; then run `ind-risk dossier`."
            )
    return len(pages)


def _purged(platform: Platform, entries: tuple[Entry, ...]) -> int:
    gone = purged_files(entries)
    for name in gone:
        if (platform.home.root / name).exists():
            raise IntegrityError(
                f"{name} was to be removed and is there. Run `ind-risk purge` again."
            )
    return len(gone)


def first_fault(parts: list[Verified]) -> Iterator[str]:
    """The first thing that does not hold, if any."""
    yield from (f"{p.what}: {p.fault}" for p in parts if p.fault)
