"""What the gate looks at and what it says: plain values, gathered elsewhere, judged in `gate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ind_risk.core.identity import CandidateIdentity

if TYPE_CHECKING:
    from ind_risk.core.statements import About, Statement


@dataclass(frozen=True, kw_only=True)
class RunFact:
    """A run, as the run storage knows it.

    Args:
        job_name: the job it ran.
        status: "SUCCESS" if it went well.
        ended_at: seconds since 1970 at which it ended; None if it has not.
        other_home: whether its launch configuration replaced the home it worked on.
    """

    job_name: str
    status: str
    ended_at: float | None
    other_home: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckRecord:
    """The deciding record of one check on one asset.

    Args:
        status: "SUCCEEDED", "FAILED", "PLANNED"; anything else is not understood and closes.
        severity: "ERROR" or "WARN"; only for the sentence: a failed WARN is as red.
        run_id: empty if the record was posted from outside.
        run: that run, or None if there is no such run.
        partition: of the record; None if unpartitioned.
        target_storage_id: the materialization that was checked.
        latest_storage_id, latest_partition, latest_run_id: the asset's latest materialization;
            its run is empty if it was posted from outside.
        names: the identity fields found in the metadata, as text.
        timestamp: seconds since 1970 of the event.
        findings_green, findings_total: whole numbers from the metadata; anything else closes.
        numbers: every number of the metadata; one that is not finite closes.
        description: what the check itself said.
        findings_digest: of the findings behind it, from the metadata; None if it names none.
        shown_against: how many findings asked for are shown against the model, from the metadata;
            only for what is said to open the gate.
    """

    status: str
    severity: str | None
    run_id: str
    run: RunFact | None
    partition: str | None
    target_storage_id: int | None
    latest_storage_id: int | None
    latest_partition: str | None
    latest_run_id: str | None
    names: Mapping[str, str]
    timestamp: float
    findings_green: object
    findings_total: object
    numbers: Mapping[str, float] = field(default_factory=dict)
    description: str = ""
    findings_digest: str | None = None
    shown_against: object = None


@dataclass(frozen=True, kw_only=True)
class RefusedRun:
    """A run that ended at intake: it planned its checks, reported none, and made nothing.

    Args:
        run_id: of it.
        said: why, in its own words.
    """

    run_id: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the gate looks at.

    Args:
        candidate: the candidate asked about; None if there is none.
        code_version, policy_digest: of now, not of the training.
        is_synthetic: whether the data is a synthetic world.
        checks: deciding record per `asset:check`; a missing key is a missing record.
        statements: of people, on record.
        about: what a statement must speak of to count; None if there is no candidate.
        trainers: accounts that trained the candidate.
        partition: the partition the candidate belongs to; None if unpartitioned.
        unseen_since: the cut-off, if the tables hold facts that became known after it.
        withdrawn: set if this very evidence was released before and withdrawn: a sentence why.
        refused: the run whose planned checks are among these and which was refused at intake. It
            closes the gate by itself, in one sentence in the place of one a check.
    """

    candidate: CandidateIdentity | None
    code_version: str
    policy_digest: str
    is_synthetic: bool
    checks: Mapping[str, CheckRecord | None]
    statements: tuple[Statement, ...] = ()
    about: About | None = None
    trainers: tuple[str, ...] = ()
    partition: str | None = None
    unseen_since: str | None = None
    withdrawn: str | None = None
    refused: RefusedRun | None = None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason why the gate is closed.

    Args:
        code: short machine name ("stale", "forged").
        subject: `asset:check` or statement it is about; None if about the candidate as a whole.
        sentence: what is wrong, for people.
        opens_with: what would take this reason away, for people.
    """

    code: str
    subject: str | None
    sentence: str
    opens_with: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "code": self.code,
            "subject": self.subject,
            "sentence": self.sentence,
            "opens_with": self.opens_with,
        }


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The gate's answer, and about which candidate and policy it was given."""

    open: bool
    reasons: tuple[Reason, ...]
    candidate: CandidateIdentity | None
    policy_digest: str | None

    def __post_init__(self) -> None:
        sound = self.candidate is not None and bool(self.policy_digest) and not self.reasons
        if self.open is not sound:
            raise ValueError(
                "the gate is open exactly if a candidate is named and nothing is wrong"
            )

    def why_closed(self, *, at_most: int) -> str:
        """The first reasons in words and how many more there are; empty if open."""
        shown = " ".join(r.sentence for r in self.reasons[:at_most])
        more = len(self.reasons) - at_most
        return shown + (f" (and {more} more reasons)" if more > 0 else "")

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form: the body of a ledger entry of kind `decision`."""
        return {
            "open": self.open,
            "reasons": [r.to_dict() for r in self.reasons],
            "candidate": None if self.candidate is None else self.candidate.metadata(),
            "policy_digest": self.policy_digest,
        }
