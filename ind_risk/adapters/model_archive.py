"""A model as bytes that are the same for the same model: skops, written in one canonical way.

skops names array files and nodes by memory address and stamps the time, so two dumps of one model
differ. Here arrays are named by their content, nodes are numbered in order, times are fixed and
entries sorted; what is loaded is the same. The SHA-256 of these bytes is the model digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def canonical_bytes(model: Any) -> bytes:
    """The model in skops format, byte for byte the same for the same fitted content.

    Shared references are written out at each place; models here hold no cycles (skops itself
    would refuse those).
    """
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as written:
        schema = json.loads(written.read(SCHEMA))
        arrays = {name: written.read(name) for name in written.namelist() if name != SCHEMA}
    names = {name: f"{hashlib.sha256(data).hexdigest()}.npy" for name, data in arrays.items()}
    _Renumbered(names).walk(schema)
    entries = {names[name]: data for name, data in arrays.items()}
    entries[SCHEMA] = json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # zlib differs by machine
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o600 << 16
            archive.writestr(info, entries[name])
    return out.getvalue()


class _Renumbered:
    """Walks a schema in a fixed order and gives every node the next number."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.next = 0

    def walk(self, node: Any) -> None:
        if isinstance(node, dict):
            if "__id__" in node:
                self.next += 1
                node["__id__"] = self.next
            if node.get("__loader__") and isinstance(node.get("file"), str):
                node["file"] = self.names[node["file"]]
            for key in sorted(node):
                self.walk(node[key])
        elif isinstance(node, list):
            for item in node:
                self.walk(item)
