"""The run history and the registry of candidates, in MLflow; it mirrors, the ledger decides."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.ledger_mark import Mark
from ind_risk.adapters.mlflow_home import MlflowHome
from ind_risk.adapters.mlflow_records import (
    DIGEST_TAG,
    MODEL_ID_TAG,
    CandidateRecord,
    VersionInfo,
)
from ind_risk.core.errors import IndRiskError, IntegrityError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow import MlflowClient

    from ind_risk.adapters.home import Home


EXPERIMENT = "Risk model, recognised sponsors"
REGISTERED_MODEL = "ind-risk-sponsors"
IN_USE = "in_use"
LEDGER_TAG = "ledger"
GATE_TAG = "gate"
NOTE_TAG = "mlflow.note.content"  # what MLflow's screens show as the description
EXPERIMENT_NOTE = """\
Every candidate for a model that ranks recognised sponsors (*erkende referenten*): the companies and
institutions that the immigration service trusts to bring knowledge migrants. One run is one
training and everything that was found out about it afterwards.

- **Description** of a run: its model card, with what the gate said and why.
- **Metrics**: `bias/`, `accuracy/`, `robustness/`; `verdicts/` is the share of each check's claims
  that are shown; `past windows/` is how each kind of model would have done before.
- **Artefacts**: `evidence/` holds every finding as JSON and its plot; `policy.toml` every margin.

MLflow mirrors; the ledger of the home decides. `ind-risk verify` compares them.
"""
MODEL_NOTE = """\
Ranks recognised sponsors so that inspectors know where to look first. **Which version is in use is
the alias `in_use`**; without it none is, and worklists are random samples. Each version's
description is its model card.

The alias mirrors the ledger of the home: whoever sets it here by hand releases nothing, and
`ind-risk verify` says so.
"""


class ModelStore:
    """MLflow of one home.

    Args:
        home: whose runs and versions.
    """

    def __init__(self, home: Home) -> None:
        self.address = MlflowHome.of(home)
        self._addresses: dict[str, tuple[str, str]] = {}

    @cached_property
    def client(self) -> MlflowClient:
        """A client of this home alone."""
        return self.address.client()

    def log_candidate(self, record: CandidateRecord) -> VersionInfo:
        """Log a run with all of the record and register the model as a new version.

        The version comes last: an interrupted call leaves an unfinished run and no version.
        """
        from ind_risk.adapters.mlflow_run import log_run

        run_id, model = log_run(self.client, self._experiment(), record)
        self._ensure_registered_model()
        made = self.client.create_model_version(
            REGISTERED_MODEL,
            # Not models:/…: MLflow would look that up in the process-wide store, not in this home.
            source=model.artifact_location,
            run_id=run_id,
            tags={
                **record.tags,
                DIGEST_TAG: record.model_digest,
                MODEL_ID_TAG: model.model_id,
                "kind": record.candidate.kind,
            },
            description=record.candidate.rule,  # until the gate has said something: see `set_card`
        )
        return self.version_info(str(made.version))

    def log_evidence(
        self,
        version: str,
        findings: Sequence[Mapping[str, Any]],
        *,
        name: str = "findings",
        tags: Mapping[str, str] | None = None,
        files: Mapping[str, str | bytes] | None = None,
    ) -> None:
        """Add findings (as `Finding.to_dict` gives them), tags and files to a version's run.

        They become `evidence/<name>.json`; evidence of that name gathered before is replaced.
        """
        from ind_risk.adapters.mlflow_run import log_files

        text = json.dumps(list(findings), indent=2, sort_keys=True, allow_nan=False)
        run_id = self.run_to_write(version)
        log_files(self.client, run_id, {f"evidence/{name}.json": text, **(files or {})})
        for key, value in (tags or {}).items():
            self.client.set_model_version_tag(REGISTERED_MODEL, version, key, value)

    def log_metrics(self, version: str, metrics: Mapping[str, float]) -> None:
        """Add figures to a version's run; those it has already are not logged again."""
        from ind_risk.adapters.mlflow_run import log_changed

        log_changed(self.client, self.run_to_write(version), metrics)

    def log_dossier(self, version: str, pages: Mapping[str, str]) -> None:
        """Put the dossier, language → HTML, among the artefacts of a version's run."""
        from ind_risk.adapters.mlflow_run import log_files

        named = {f"dossier/{k}.html": text for k, text in pages.items()}
        log_files(self.client, self.run_to_write(version), named)

    def run_to_write(self, version: str) -> str:
        """Id of a version's run, to which artefacts may be added.

        Raises:
            IndRiskError: if the home was made at another place, where they would land.
        """
        run_id = self.version_info(version).run_id
        self._refuse_moved(str(self.client.get_run(run_id).info.artifact_uri))
        return run_id

    def version_info(self, version: str) -> VersionInfo:
        """One version; NotFound if there is none of that number."""
        from mlflow.exceptions import MlflowException

        try:
            found = self.client.get_model_version(REGISTERED_MODEL, version)
        except MlflowException:
            raise NotFound(
                f"There is no model version {version}; `mlflow ui` lists them."
            ) from None
        return VersionInfo.of(found)

    def version_tags(self, version: str) -> Mapping[str, str]:
        """Tags of one version, its digests among them; NotFound if there is none."""
        return self.version_info(version).tags

    def run_digest(self, version: str) -> str:
        """SHA-256, hex, over parameters, metrics (each value ever logged) and our tags of a run.

        Raises:
            NotFound: if there is no such version.
        """
        run = self.client.get_run(self.version_info(version).run_id)
        metrics = {
            key: sorted(
                [m.step, m.timestamp, repr(m.value)]
                for m in self.client.get_metric_history(run.info.run_id, key)
            )
            for key in run.data.metrics
        }
        ours = {k: v for k, v in run.data.tags.items() if not k.startswith("mlflow.")}
        content = {"params": dict(run.data.params), "metrics": metrics, "tags": ours}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def latest_candidate(self) -> VersionInfo | None:
        """The version registered last, None if nothing was ever trained."""
        found = self.client.search_model_versions(
            f"name = '{REGISTERED_MODEL}'", max_results=1, order_by=["version_number DESC"]
        )
        return VersionInfo.of(found[0]) if found else None

    def model_path(self, version: str) -> Path:
        """Folder of a version's model on this machine; load it with `model_file.load_model`."""
        source = self.version_info(version).source
        here = self.address.here(source)
        if here is not None:  # the default store: nothing to fetch, and quick
            return here
        from mlflow.artifacts import download_artifacts

        return Path(download_artifacts(artifact_uri=source))

    def importance(self, version: str) -> dict[str, float]:
        """Share of each feature in what moved a version's score when it was trained.

        Raises:
            NotFound: if there is no such version.
            IntegrityError: if its run does not say so.
        """
        uri = self.client.get_run(self.version_info(version).run_id).info.artifact_uri
        try:
            here = self.address.here(f"{uri}/importance.json")
            if here is None:
                from mlflow.artifacts import download_artifacts

                here = Path(download_artifacts(artifact_uri=f"{uri}/importance.json"))
            shares = json.loads(here.read_text(encoding="utf-8"))
            return {str(k): float(v) for k, v in shares.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise IntegrityError(
                f"The run of version {version} does not say which features matter: {error}."
            ) from error

    def card(self, version: str) -> tuple[str, str]:
        """What people read of a version: its description, and the note of its run."""
        found = self.client.get_model_version(REGISTERED_MODEL, version)
        run = self.client.get_run(str(found.run_id))
        return str(found.description or ""), str(run.data.tags.get(NOTE_TAG, ""))

    def set_card(self, version: str, text: str, *, gate: str) -> None:
        """Say of a version and of its run what the gate said.

        Args:
            version: registered.
            text: the model card, Markdown.
            gate: a tag of the version, "open" or "closed".
        """
        run_id = self.version_info(version).run_id
        self.client.update_model_version(REGISTERED_MODEL, version, description=text)
        self.client.set_model_version_tag(REGISTERED_MODEL, version, GATE_TAG, gate)
        self.client.set_tag(run_id, NOTE_TAG, text)

    def run_address(self, version: str) -> tuple[str, str]:
        """Experiment and run of a version, for links."""
        if version not in self._addresses:  # they never change
            run = self.client.get_run(self.version_info(version).run_id)
            self._addresses[version] = str(run.info.experiment_id), str(run.info.run_id)
        return self._addresses[version]

    def in_use_alias(self) -> str | None:
        """The version the alias `in_use` points at, None if at none."""
        from mlflow.exceptions import MlflowException

        try:
            model = self.client.get_registered_model(REGISTERED_MODEL)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise  # a locked or broken store is no proof that nothing is in use
            return None
        found = model.aliases.get(IN_USE)
        return None if found is None else str(found)

    def set_in_use(self, version: str) -> None:
        """Point the alias at a version; NotFound if there is none of that number."""
        self.version_info(version)
        self.client.set_registered_model_alias(REGISTERED_MODEL, IN_USE, version)

    def clear_in_use(self) -> None:
        """Point the alias at nothing; nothing happens if it already does."""
        if self.in_use_alias() is not None:
            self.client.delete_registered_model_alias(REGISTERED_MODEL, IN_USE)

    def ledger_mark(self) -> Mark | None:
        """Length and head of the ledger as told last; None if there is no registered model yet."""
        from mlflow.exceptions import MlflowException

        try:
            told = self.client.get_registered_model(REGISTERED_MODEL).tags.get(LEDGER_TAG, "")
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise  # a store that cannot be asked has not said that it was told nothing
            return None
        length, _, head = told.partition(":")
        return Mark(int(length), head) if length.isdigit() else None

    def set_ledger_mark(self, mark: Mark) -> None:
        """Remember the ledger's length and head as one tag of the registered model."""
        self.client.set_registered_model_tag(
            REGISTERED_MODEL, LEDGER_TAG, f"{mark.length}:{mark.head}"
        )

    def _experiment(self) -> str:
        found = self.client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            self._refuse_moved(str(found.artifact_location))
            return str(found.experiment_id)
        return self.client.create_experiment(
            EXPERIMENT,
            self.address.artifact_uri,
            tags={NOTE_TAG: EXPERIMENT_NOTE, "mlflow.experimentKind": "custom_model_development"},
        )

    def _refuse_moved(self, uri: str) -> None:
        """MLflow would write where the home was made, not where it is."""
        here = self.address.here(uri)
        if here is not None and here.as_uri() != uri:
            raise IndRiskError(
                f"This home was made at another place: MLflow would write to {uri}. Move it back "
                "to train there; `verify`, `history`, `gate` and `dossier --out FILE` read it "
                "where it is."
            )

    def _ensure_registered_model(self) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.client.get_registered_model(REGISTERED_MODEL)
        except MlflowException:
            self.client.create_registered_model(REGISTERED_MODEL, description=MODEL_NOTE)
