"""One outside system a file: sources, GX, engine, MLflow, the check history, files."""
