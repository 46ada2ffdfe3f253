"""What the dossier is made of: plain data, gathered from a home by whoever asks for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

GREEN = ("equivalent", "established")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the page tells.

    Args:
        made_at: moment of the page, ISO.
        is_open: the gate's answer on the candidate.
        reasons: the gate's, as `Reason.to_dict` gives them.
        version, kind, rule: of the candidate.
        in_use: version in use; None if there is none.
        synthetic: whether the tables are a synthetic world.
        policy_name, source, as_of, data_digest: as recorded.
        rows, digests: per landing table.
        warnings: what was noticed at intake.
        minimum: smallest count that may be shown.
        findings: every finding of the candidate, as `Finding.to_dict` gives them.
        windows: past windows of each candidate kind.
        importance: share of each feature in what moves the score.
        features: name, definition and justification of each registered feature.
        bands: sponsors in each band; as they may be shown.
        provenance: rows of the table of labels by route, as texts.
        plan: as `ind-risk sample plan --json` gives it; None without one.
        samples: drawn so far: name, as_of, drawn, known.
        statements: as `ind-risk statements --json` gives them.
        required_statements: kinds that the policy asks for.
        history: number, moment and sentence of each entry of the ledger.
        head: digest of the last one.
        decision_before: the decision before this one: at, open, reasons; None if it is the first.
        checks: names of the required checks.
    """

    made_at: str
    is_open: bool
    reasons: Sequence[Mapping[str, Any]]
    version: str
    kind: str
    rule: str
    in_use: str | None
    synthetic: bool
    policy_name: str
    source: str
    as_of: str
    data_digest: str
    rows: Mapping[str, int]
    digests: Mapping[str, str]
    warnings: Sequence[str]
    minimum: int
    findings: Sequence[Mapping[str, Any]]
    windows: Sequence[Mapping[str, Any]]
    importance: Mapping[str, float]
    features: Sequence[tuple[str, str, str]]
    bands: Mapping[str, int | str]
    provenance: Sequence[Mapping[str, str]]
    plan: Mapping[str, Any] | None
    samples: Sequence[Mapping[str, Any]]
    statements: Sequence[Mapping[str, Any]]
    required_statements: Sequence[str]
    history: Sequence[tuple[int, str, str]]
    head: str
    decision_before: Mapping[str, Any] | None = None
    checks: Sequence[str] = field(default_factory=tuple)

    def of(self, *checks: str) -> list[Mapping[str, Any]]:
        """Findings of these checks."""
        return [f for f in self.findings if f["check"] in checks]
