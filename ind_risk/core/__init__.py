"""Pure rules: no Dagster, MLflow, Great Expectations or disk here (import-linter holds it)."""
