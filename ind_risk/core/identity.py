"""Which candidate a piece of evidence speaks of: version, model, data, code and policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ind_risk.core.errors import IntegrityError
from ind_risk.core.policy import IDENTITY_FIELDS


@dataclass(frozen=True)
class CandidateIdentity:
    """One candidate, known by content; two candidates with one identity are the same candidate.

    Args:
        model_version: version in the model registry, as text ("7").
        model_digest: SHA-256 of the model file, hex.
        data_digest: SHA-256 over the landing tables, hex.
        code_version: digest of the package's files, hex.
        policy_digest: SHA-256 of the policy, hex.
    """

    model_version: str
    model_digest: str
    data_digest: str
    code_version: str
    policy_digest: str

    def metadata(self) -> dict[str, str]:
        """The five fields as text: what every check, MLflow version and ledger entry carries."""
        return {name: str(getattr(self, name)) for name in IDENTITY_FIELDS}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, object]) -> CandidateIdentity:
        """Read an identity back; further keys are ignored.

        Raises:
            IntegrityError: if a field is missing, empty or no text.
        """
        values: dict[str, str] = {}
        for name in IDENTITY_FIELDS:
            value = metadata.get(name)
            if not isinstance(value, str) or not value.strip():
                raise IntegrityError(
                    f"This does not name a candidate: {name} is {value!r}, expected a text. "
                    "Train a new candidate."
                )
            values[name] = value
        return cls(**values)

    @property
    def fingerprint(self) -> str:
        """16 hex digits over all five fields, for names of runs; nothing is proved by it."""
        text = json.dumps(self.metadata(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def evidence_key(self) -> tuple[str, str, str, str]:
        """What the evidence is about, whatever number the registry gave it.

        Training is deterministic: the same data and code give the same model under a new version.
        """
        return (self.model_digest, self.data_digest, self.code_version, self.policy_digest)
