"""A home with real MLflow versions in it, whose tags name candidates as a training would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_records import CandidateRecord
from ind_risk.adapters.mlflow_store import ModelStore
from ind_risk.adapters.model_file import save_model
from ind_risk.core.identity import CandidateIdentity
from ind_risk_tests.core.training.example import shipped_policy, trained

if TYPE_CHECKING:
    from pathlib import Path


def register(home: Home, scratch: Path, **digests: str) -> CandidateIdentity:
    """Train the example, keep it in the home's MLflow, and give its identity.

    Args:
        home: where MLflow is.
        scratch: a folder for the model on its way.
        digests: data_digest, code_version and policy_digest.
    """
    folder = scratch / "model"
    digest = save_model(folder, trained(), shipped_policy().capacity)
    made = ModelStore(home).log_candidate(
        CandidateRecord(candidate=trained(), model_folder=folder, model_digest=digest, tags=digests)
    )
    return CandidateIdentity(model_version=made.version, model_digest=digest, **digests)
