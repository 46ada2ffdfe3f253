"""Where people find the screens, for links from Dagster to MLflow and back.

A run of the command line does not know which servers will be started, so the addresses are those of
`ind-risk ui` unless the environment says otherwise; behind a proxy they are the proxy's.
"""

from __future__ import annotations

import os

DAGSTER_VARIABLE, MLFLOW_VARIABLE = "IND_RISK_DAGSTER_ADDRESS", "IND_RISK_MLFLOW_ADDRESS"
_DAGSTER, _MLFLOW = "http://127.0.0.1:3000", "http://127.0.0.1:5000"
_CLASSIC = "?workflowType=machine_learning"  # else MLflow opens on its screens for chatbots


def dagster_address() -> str:
    """Of Dagster's screens, without a slash at its end."""
    return os.environ.get(DAGSTER_VARIABLE, _DAGSTER).rstrip("/")


def mlflow_address() -> str:
    """Of MLflow's screens, without a slash at its end."""
    return os.environ.get(MLFLOW_VARIABLE, _MLFLOW).rstrip("/")


def dagster_run_url(run_id: str, *, address: str | None = None) -> str:
    """A run in Dagster's screens.

    >>> dagster_run_url("37ce8b2c", address="https://risk.example.nl/engineers")
    'https://risk.example.nl/engineers/runs/37ce8b2c'
    """
    return f"{address or dagster_address()}/runs/{run_id}"


def mlflow_run_url(experiment_id: str, run_id: str, *, artifact: str = "") -> str:
    """A run in MLflow's screens, or one of its artefacts."""
    place = f"/artifacts/{artifact}" if artifact else ""
    return f"{mlflow_address()}/#/experiments/{experiment_id}/runs/{run_id}{place}{_CLASSIC}"


def mlflow_version_url(model: str, version: str) -> str:
    """A registered version, with its model card, in MLflow's screens."""
    return f"{mlflow_address()}/#/models/{model}/versions/{version}{_CLASSIC}"
