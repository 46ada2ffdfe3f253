"""What is put on record of one training, and what is read back of a registered version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ind_risk.core.training.train import TrainedCandidate

DIGEST_TAG = "model_digest"
MODEL_ID_TAG = "mlflow_model_id"


@dataclass(frozen=True, kw_only=True)
class CandidateRecord:
    """All that is put on record of one training.

    Args:
        candidate: as trained.
        model_folder: where `model_file.save_model` wrote it.
        model_digest: what `save_model` returned.
        tags: data_digest, code_version, policy_digest, register_digest and what else identifies.
        datasets: name of each input table → its full-content digest.
        files: path within the run's artefacts → text or bytes (policy, register, plots).
        parameters: further parameters of the run.
        run_name: for people; the kind of model if empty.
    """

    candidate: TrainedCandidate
    model_folder: Path
    model_digest: str
    tags: Mapping[str, str]
    datasets: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    run_name: str = ""


@dataclass(frozen=True, kw_only=True)
class VersionInfo:
    """One registered version."""

    version: str
    run_id: str
    model_id: str
    source: str
    model_digest: str
    created_ms: int
    tags: Mapping[str, str]

    @classmethod
    def of(cls, found: Any) -> VersionInfo:
        """From MLflow's own model version."""
        tags = dict(found.tags)
        return cls(
            version=str(found.version),
            run_id=str(found.run_id),
            model_id=tags.get(MODEL_ID_TAG, ""),
            source=str(found.source),
            model_digest=tags.get(DIGEST_TAG, ""),
            created_ms=int(found.creation_timestamp),
            tags=tags,
        )
