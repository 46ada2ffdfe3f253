"""Any order of training, checking, signing, tampering, releasing and withdrawing, against a model.

The model of the gate is a few flags: what is in use may only ever be a candidate of which, when it
was released, every record was green and fresh and two others than the trainer had approved. `make
soak` takes more than 10,000 steps.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.release import heal, release, withdraw
from ind_risk.core.errors import GateClosed, IndRiskError
from ind_risk.core.gate import decide
from ind_risk.core.gate_evidence import Evidence
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.statements import About, Statement
from ind_risk_tests.adapters.test_release import Registry
from ind_risk_tests.core.evidence_example import (
    NOW,
    REAL,
    candidate,
    green_record,
    statement,
)

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "12"))
STEPS = 25
OPENED: list[str] = []
CHECKS = REAL.required_checks
SIGNERS = {
    "Anna": ("approval",), "Bram": ("approval",), "Frits": ("approval",),
    "Carla": ("impact_assessment",), "Dirk": ("cbs_advice",), "Els": ("parliament_informed",),
}  # fmt: skip


@dataclass
class Expected:
    """What the evidence of the candidate is like, by hand."""

    identity: CandidateIdentity
    bad: set[str] = field(default_factory=set)  # checks that are red, stale, forged or missing
    signed: set[tuple[str, str]] = field(default_factory=set)  # (kind, who) about this evidence
    withdrawn: bool = False

    @property
    def opens(self) -> bool:
        """Frits has trained every candidate."""
        others = {(k, w) for k, w in self.signed if w != "Frits"}
        approved = len({w for k, w in others if k == "approval"}) >= 2
        rest = {"impact_assessment", "cbs_advice", "parliament_informed"} <= {k for k, _ in others}
        return not self.bad and approved and rest and not self.withdrawn


class GateMachine(RuleBasedStateMachine):
    """The real gate, ledger and release on one side, a few flags on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="ind-risk-stateful-")
        self.ledger = LedgerFile(Home(Path(self.folder.name)))
        self.registry = Registry()
        self.now, self.count = NOW, 0
        self.in_use: CandidateIdentity | None = None
        self.gone: set[str] = set()
        self.statements: list[Statement] = []
        self.train("0")

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(data=st.sampled_from("0123456789abcdef"))
    def train(self, data: str) -> None:
        """A new candidate: all records are its own and green; old statements speak of others."""
        self.count += 1
        identity = candidate(str(self.count), policy=REAL, data=data)
        self.registry.tags[identity.model_version] = identity.metadata()
        self.evidence = Evidence(
            candidate=identity, code_version=identity.code_version, policy_digest=REAL.digest,
            is_synthetic=False,
            checks={c.key: green_record(c, identity) for c in CHECKS},
            about=About(evidence=f"{self.count:064x}", model=identity.model_digest,
                        policy=REAL.digest),
            trainers=("frits",),
        )  # fmt: skip
        self.expected = Expected(identity, withdrawn=data in self.gone)

    @rule(
        which=st.integers(0, len(CHECKS) - 1),
        how=st.sampled_from(["red", "stale", "posted", "missing", "other", "green"]),
    )
    def record(self, which: int, how: str) -> None:
        """One check's record becomes something else."""
        check = CHECKS[which]
        good = green_record(check, self.expected.identity)
        made = {
            "green": good, "missing": None, "red": replace(good, status="FAILED"),
            "stale": replace(good, latest_storage_id=99),
            "posted": replace(good, run_id="", run=None),
            "other": replace(good, names={**good.names, "data_digest": "f" * 64}),
        }[how]  # fmt: skip
        self.evidence = replace(self.evidence, checks={**self.evidence.checks, check.key: made})
        (self.expected.bad.discard if how == "green" else self.expected.bad.add)(check.key)

    @rule(who=st.sampled_from(sorted(SIGNERS)), how=st.sampled_from(["right", "old", "altered"]))
    def sign(self, who: str, how: str) -> None:
        """Somebody signs for this evidence, or for that of before; or it was altered since."""
        (kind,) = SIGNERS[who]
        about = self.evidence.about
        assert about is not None
        if how == "old":
            about = replace(about, evidence=f"{self.count - 1:064x}")
        fault = "altered" if how == "altered" else ""
        seq = len(self.statements) + 1
        made = statement(kind, who, seq, REAL, about=about, recorded_at=self.now, fault=fault)
        self.statements.append(made)
        if how == "right":
            self.expected.signed.add((kind, who))

    @rule()
    def everybody_signs(self) -> None:
        """All who may, so that the gate opens often enough to be tried."""
        for who in SIGNERS:
            self.sign(who, "right")

    @rule(days=st.sampled_from([1, 30]))
    def wait(self, days: int) -> None:
        """Time passes; statements and records stay within their validity here."""
        self.now += timedelta(hours=days)

    @rule()
    def try_release(self) -> None:
        """The release asks the gate; it succeeds exactly if the flags say so."""
        evidence = replace(
            self.evidence, statements=tuple(self.statements),
            withdrawn=self.ledger.state().withdrawn(self.expected.identity),
        )  # fmt: skip
        already = self.in_use == self.expected.identity
        try:
            done = release(
                store=self.registry, ledger=self.ledger, identity=self.expected.identity,
                decide=lambda: decide(REAL, evidence, self.now), now=lambda: self.now,
            )  # fmt: skip
        except GateClosed:
            assert not self.expected.opens
            return
        if done.outcome == "released":
            assert self.expected.opens
            self.in_use = self.expected.identity
            OPENED.append(self.expected.identity.model_version)
        else:
            assert already or self.ledger.state().was_released(self.expected.identity)

    @precondition(lambda self: self.in_use is not None)
    @rule()
    def withdraw_it(self) -> None:
        """What is withdrawn does not come back with the same data, under whatever version."""
        assert self.in_use is not None
        withdraw(store=self.registry, ledger=self.ledger, reason="test", by="test", now=self.now)
        self.gone.add(self.in_use.data_digest[0])
        if self.expected.identity.data_digest == self.in_use.data_digest:
            self.expected.withdrawn = True
        self.in_use = None

    @rule(version=st.integers(1, 9))
    def move_the_alias(self, version: int) -> None:
        """Somebody moves the alias in MLflow; the next start puts it back."""
        self.registry.alias = str(version)
        heal(store=self.registry, ledger=self.ledger)

    @rule()
    def forge_a_release(self) -> None:
        """A release entry without an open decision is never written."""
        body = {"candidate": self.expected.identity.metadata(), "decision": "0" * 64, "by": "me"}
        try:
            self.ledger.append("release", body)
        except IndRiskError:
            return
        raise AssertionError("a release without a decision was written")

    @invariant()
    def one_fact(self) -> None:
        """What is in use is what the flags say, in the ledger and by the alias."""
        state = self.ledger.state()
        assert (state.in_use.identity if state.in_use else None) == self.in_use
        alias = self.registry.alias
        assert alias == (self.in_use.model_version if self.in_use else None)


GateMachine.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestGate = GateMachine.TestCase


def test_zz_it_also_opened() -> None:
    """A gate that never opened would pass everything above."""
    assert OPENED
