"""One training as one MLflow run: parameters, metrics a window, inputs by digest, files, model."""

from __future__ import annotations

import json
import platform
import tempfile
from datetime import UTC, datetime, time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.clean_process import numerical_settings
from ind_risk.adapters.mlflow_model import lay_out
from ind_risk.adapters.model_file import library_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, LoggedModel, Metric

    from ind_risk.adapters.mlflow_records import CandidateRecord
    from ind_risk.core.training.train import TrainedCandidate

_LONGEST_DIGEST = 36  # MLflow's column; the whole digest stands in the dataset's source and a tag
_LONGEST_PARAMETER = 6000
WINDOWS = "past windows"  # MLflow's screens group charts by what stands before the slash


def log_run(
    client: MlflowClient, experiment_id: str, record: CandidateRecord
) -> tuple[str, LoggedModel]:
    """Log everything of a record; run id and logged model."""
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    candidate = record.candidate
    tags = {**record.tags, "model_digest": record.model_digest}
    name = record.run_name or f"train {candidate.kind}"
    run = client.create_run(experiment_id, tags=tags, run_name=name)
    run_id = run.info.run_id
    client.log_batch(run_id, metrics=_metrics(candidate), params=_parameters(record))
    client.log_inputs(run_id, datasets=[_input(n, d) for n, d in sorted(record.datasets.items())])
    log_files(client, run_id, {**_described(candidate), **record.files})
    model = client.create_logged_model(
        experiment_id, name="model", source_run_id=run_id, tags=tags, model_type=candidate.kind
    )
    with tempfile.TemporaryDirectory() as folder:
        lay_out(
            Path(folder),
            model_folder=record.model_folder,
            model_id=model.model_id,
            run_id=run_id,
            numbers=candidate.model.numbers,
            categories=candidate.model.categories,
            metadata=tags,
        )
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(run_id, models=[LoggedModelOutput(model.model_id, step=0)])
    client.set_terminated(run_id)
    return run_id, model


def log_files(client: MlflowClient, run_id: str, files: Mapping[str, str | bytes]) -> None:
    """Log texts and bytes as artefacts under their paths."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder).joinpath(*PurePosixPath(name).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        client.log_artifacts(run_id, folder)


def log_changed(client: MlflowClient, run_id: str, metrics: Mapping[str, float]) -> None:
    """Log those of the metrics whose last value in a run is another."""
    from mlflow.entities import Metric

    known, now = client.get_run(run_id).data.metrics, int(datetime.now(UTC).timestamp() * 1000)
    new = [Metric(k, v, now, 0) for k, v in metrics.items() if known.get(k) != v]
    if new:
        client.log_batch(run_id, metrics=new)


def _parameters(record: CandidateRecord) -> list[Any]:
    from mlflow.entities import Param

    candidate = record.candidate
    values = {
        "kind": candidate.kind,
        "rule": candidate.rule,
        "training_dates": ", ".join(d.isoformat() for d in candidate.training_dates),
        "one_rule_feature": candidate.one_rule_feature or "",
        "calibration": candidate.calibration.basis,
        **{f"model.{name}": value for name, value in candidate.parameters.items()},
        **record.parameters,
    }
    return [Param(key, str(value)[:_LONGEST_PARAMETER]) for key, value in values.items()]


def _metrics(candidate: TrainedCandidate) -> list[Metric]:
    """Totals, and per candidate and window precision and AUC, at the window's own date."""
    from mlflow.entities import Metric

    now = int(datetime.now(UTC).timestamp() * 1000)
    totals = {
        "training/labels": candidate.n_labels,
        "training/positives": candidate.n_positives,
        "training/calibration slope": candidate.calibration.slope,
        "training/calibration intercept": candidate.calibration.intercept,
    }
    metrics = [Metric(key, float(value), now, 0) for key, value in totals.items()]
    dates = sorted({w.as_of for w in candidate.windows})
    for window in candidate.windows:
        at = int(datetime.combine(window.as_of, time(), UTC).timestamp() * 1000)
        step = dates.index(window.as_of)
        for name, value in (("precision", window.precision_at_capacity), ("auc", window.auc)):
            metrics.append(Metric(f"{WINDOWS}/{window.candidate} {name}", value, at, step))
    return metrics


def _input(name: str, digest: str) -> DatasetInput:
    """A dataset by our own full-content digest; MLflow's would look at the first 10,000 rows."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"table": name, "sha256": digest})
    dataset = Dataset(
        name=name, digest=digest[:_LONGEST_DIGEST], source_type="ind_risk_table", source=source
    )
    return DatasetInput(
        dataset, tags=[InputTag("mlflow.data.context", "training"), InputTag("sha256", digest)]
    )


def _described(candidate: TrainedCandidate) -> dict[str, str]:
    windows = [{**vars(w), "as_of": w.as_of.isoformat()} for w in candidate.windows]
    environment = {
        "python": platform.python_version(), **library_versions(),
        "numerical_settings": numerical_settings(),
    }  # fmt: skip
    return {
        "windows.json": json.dumps(windows, indent=2),
        "importance.json": json.dumps(candidate.importance, indent=2),
        "environment.json": json.dumps(environment, indent=2),
    }
