"""The model on disk: `model.skops`, known by its digest and made of listed types only, or refused.

What may be loaded stands here, in code, never in the file that is loaded. `model.json` beside it
is for people; nothing rests on it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.archives import bounded_names
from ind_risk.adapters.home import written_beside
from ind_risk.adapters.model_allowed import ALLOWED, ALLOWED_TYPES
from ind_risk.adapters.model_archive import SCHEMA, canonical_bytes
from ind_risk.core.errors import IntegrityError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ind_risk.core.policy import Capacity
    from ind_risk.core.training.calibration import SigmoidCalibrated
    from ind_risk.core.training.train import TrainedCandidate

MODEL_NAME = "model.skops"
FACTS_NAME = "model.json"
LARGEST_MODEL = 200_000_000  # bytes
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")
_ENTRY = re.compile(r"schema\.json|[0-9a-f]{64}\.npy")


def model_digest(model: Any) -> str:
    """SHA-256 of the model's canonical bytes: the same content gives the same 64 hex digits."""
    return hashlib.sha256(canonical_bytes(model)).hexdigest()


def save_model(folder: Path, candidate: TrainedCandidate, capacity: Capacity) -> str:
    """Write the model and its facts into a folder (replacing it whole), and return the digest."""
    content = canonical_bytes(candidate.model)
    digest = hashlib.sha256(content).hexdigest()
    facts = {
        "kind": candidate.kind,
        "features": list(candidate.feature_names),
        "bands": {"high_share": capacity.high_share, "middle_share": capacity.middle_share},
        "model_digest": digest,
        "libraries": library_versions(),
    }
    with written_beside(folder) as draft:
        draft.mkdir()
        (draft / MODEL_NAME).write_bytes(content)
        (draft / FACTS_NAME).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return digest


def load_model(path: Path, expected_digest: str) -> SigmoidCalibrated:
    """Load a model, or refuse it: digest first, then the archive's shape, then every type.

    Args:
        path: the model's folder or its `model.skops`.
        expected_digest: as recorded when it was trained.

    Raises:
        NotFound: if there is no such file.
        IntegrityError: if it is not the model recorded, or holds anything not on the allow-list.
    """
    import skops.io

    content = _read(path / MODEL_NAME if path.is_dir() else path)
    found = hashlib.sha256(content).hexdigest()
    if found != expected_digest:
        raise IntegrityError(
            f"{path}: the model's digest is {found[:12]}…, recorded is {expected_digest[:12]}…. "
            "It was changed after training; restore it or train again."
        )
    try:
        nodes = set(_nodes(_schema(content)))
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise IntegrityError(f"{path}: this is no skops model ({error}). Train again.") from None
    if alien := sorted(nodes - ALLOWED):
        raise IntegrityError(f"{path}: the model holds {alien[0]}, which is not on the allow-list.")
    if untrusted := set(skops.io.get_untrusted_types(data=content)) - set(ALLOWED_TYPES):
        raise IntegrityError(f"{path}: the model holds {min(untrusted)}, which is not allowed.")
    model = skops.io.loads(content, trusted=list(ALLOWED_TYPES))
    if type(model).__name__ != "SigmoidCalibrated":
        raise IntegrityError(f"{path}: holds a {type(model).__name__}, not a calibrated model.")
    return model  # type: ignore[no-any-return]


def library_versions() -> dict[str, str]:
    """Versions of the libraries on which a model's numbers rest."""
    from importlib.metadata import version

    return {name: version(name) for name in LIBRARIES}


def _read(path: Path) -> bytes:
    if path.is_symlink() or path.parent.is_symlink():
        raise IntegrityError(f"{path}: a symbolic link is not followed to a model.")
    if not path.is_file():
        raise NotFound(f"{path}: there is no model; run the lifecycle to train one.")
    if path.stat().st_size > LARGEST_MODEL:
        raise IntegrityError(f"{path}: larger than {LARGEST_MODEL:,} bytes; no model of ours is.")
    return path.read_bytes()


def _schema(content: bytes) -> Any:
    """The archive's schema, once its entries have the names that ours have."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in bounded_names(archive, largest=LARGEST_MODEL):
            if not _ENTRY.fullmatch(name):
                raise ValueError(f"unexpected entry {name!r}")
        return json.loads(archive.read(SCHEMA))


def _nodes(node: Any) -> Iterator[str]:
    """`loader module.class` of every node, however deep."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "__loader__" in item:
                yield f"{item['__loader__']} {item['__module__']}.{item['__class__']}"
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
