"""Our model file as an MLflow model: the same canonical bytes, described so that MLflow reads it.

MLflow would write its own skops dump, whose bytes differ at every call; so the folder is laid out
here with MLflow's `Model` class around the file whose digest is on record.
"""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.model_allowed import ALLOWED_TYPES
from ind_risk.adapters.model_file import FACTS_NAME, MODEL_NAME, library_versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlflow.models import ModelSignature


def signature(numbers: Sequence[str], categories: Sequence[str]) -> ModelSignature:
    """Numbers as doubles, categories as strings, all of which may be missing."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, DataType, Schema

    columns = [(n, DataType.double) for n in numbers] + [(c, DataType.string) for c in categories]
    given: list[Any] = [ColSpec(type=kind, name=name, required=False) for name, kind in columns]
    answer: list[Any] = [
        ColSpec(type=DataType.double, name=n) for n in ("compliant", "non_compliant")
    ]
    return ModelSignature(inputs=Schema(given), outputs=Schema(answer))


def lay_out(
    folder: Path,
    *,
    model_folder: Path,
    model_id: str,
    run_id: str,
    numbers: Sequence[str],
    categories: Sequence[str],
    metadata: Mapping[str, str],
) -> None:
    """Write an MLflow model folder around a saved model.

    Args:
        folder: existing and empty.
        model_folder: where `model_file.save_model` wrote.
        model_id: MLflow's id of the logged model.
        run_id: the run that trained it.
        numbers: number features in the model's order.
        categories: category features in the model's order.
        metadata: digests, for the MLmodel file.
    """
    from mlflow.models import Model

    versions = library_versions()
    for name in (MODEL_NAME, FACTS_NAME):
        shutil.copyfile(model_folder / name, folder / name)
    requirements = "".join(f"{name}=={number}\n" for name, number in sorted(versions.items()))
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    described = Model(
        run_id=run_id,
        model_uuid=model_id,
        model_id=model_id,
        signature=signature(numbers, categories),
        metadata=dict(metadata),
    )
    described.add_flavor(  # as mlflow.pyfunc.add_to_model would; importing that is slow and noisy
        "python_function",
        loader_module="mlflow.sklearn",
        model_path=MODEL_NAME,
        predict_fn="predict_proba",
        python_version=platform.python_version(),
    )
    described.add_flavor(
        "sklearn",
        pickled_model=MODEL_NAME,  # MLflow's name for the key; the format below says what it is
        sklearn_version=versions["scikit-learn"],
        serialization_format="skops",
        skops_trusted_types=list(ALLOWED_TYPES),
        code=None,
    )
    described.save(str(folder / "MLmodel"))
