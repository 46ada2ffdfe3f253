"""What a command imports, imported: the server of `command` loads this module and nothing else."""

import os
from importlib import import_module

from ind_risk.adapters.mlflow_home import silence_mlflow
from ind_risk_tests.command import SCREEN

HEAVY = (
    "skops.io", "great_expectations", "mlflow", "sklearn.ensemble", "sklearn.linear_model",
    "ind_risk.cli", "ind_risk.definitions",
)  # fmt: skip

os.environ.update(SCREEN)
silence_mlflow()
for name in HEAVY:
    import_module(name)
