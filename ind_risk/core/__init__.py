"""Pure rules: no Dagster, MLflow, Great Expectations, network or disk here (import-linter holds it)."""
