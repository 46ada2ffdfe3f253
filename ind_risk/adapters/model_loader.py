"""Load a model in a clean process and score there: proof that the file alone suffices.

    python -m ind_risk.adapters.model_loader MODEL DIGEST SAMPLE.parquet OUT.json

This file is both the job that a `CleanProcess` does (`main`) and the parent's handle of it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from ind_risk.adapters.clean_process import CleanProcess, JobFailed

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-12
SAMPLE_ROWS = 500


@dataclass(frozen=True)
class LoadResult:
    """What the clean process found.

    Args:
        ok: whether it loaded and scored the same.
        message: one sentence for people.
        n: rows compared.
        max_abs_difference: largest difference of a probability, None if there is none to give.
    """

    ok: bool
    message: str
    n: int
    max_abs_difference: float | None


class LoadCheck:
    """A clean process that loads and scores; `finish` waits for it."""

    def __init__(self, process: CleanProcess, out: Path, expected: list[float]) -> None:
        self._process = process
        self._out = out
        self._expected = expected

    def finish(self, timeout: float) -> LoadResult:
        """Wait at most `timeout` seconds and compare; a crash or a timeout is never ok."""
        n = len(self._expected)
        try:
            self._process.end(timeout)
        except TimeoutError:
            return LoadResult(False, f"Loading took longer than {timeout:g} seconds.", n, None)
        except JobFailed as why:
            return LoadResult(False, f"The clean process could not load the model: {why}", n, None)
        try:
            got = json.loads(self._out.read_text(encoding="utf-8"))["scores"]
            gaps = [abs(float(a) - b) for a, b in zip(got, self._expected, strict=True)]
        except (OSError, ValueError, KeyError, TypeError) as error:
            return LoadResult(False, f"The clean process gave no usable scores: {error}", n, None)
        if not gaps or not all(isfinite(gap) for gap in gaps):
            return LoadResult(False, "The clean process gave no scores to compare.", n, None)
        worst = max(gaps)
        if worst > TOLERANCE:
            text = f"Loaded in a clean process the model scores differently, by up to {worst:.3g}."
            return LoadResult(False, text, n, worst)
        text = f"Loaded in a clean process, the model scores {n:,} sponsors the same."
        return LoadResult(True, text, n, worst)


def start_load_check(
    process: CleanProcess,
    model_path: Path,
    digest: str,
    sample: pd.DataFrame,
    scratch: Path,
    expected: list[float],
) -> LoadCheck:
    """Tell the clean process what to load and return at once.

    Args:
        process: that does the job after those begun before.
        model_path: the model's folder or file.
        digest: the digest recorded for it.
        sample: feature rows to score, one index level, n >= 1.
        scratch: an existing folder for the sample and the answer.
        expected: P(non-compliant) that the training process gives for the sample, shape (n,).
    """
    given, out = scratch / "sample.parquet", scratch / "scores.json"
    sample.reset_index(drop=True).to_parquet(given)
    out.unlink(missing_ok=True)
    process.begin("load_model", [str(model_path), digest, str(given), str(out)])
    return LoadCheck(process, out, [float(p) for p in expected])


def main(arguments: list[str]) -> int:
    """The child: load by digest, score, write; 0 if it could."""
    from ind_risk.adapters.model_file import load_model
    from ind_risk.core.errors import IndRiskError

    model_path, digest, sample, out = arguments
    try:
        model = load_model(Path(model_path), digest)
    except IndRiskError as error:
        print(error, file=sys.stderr)
        return 1
    import pandas as pd

    risk = model.predict_proba(pd.read_parquet(sample))[:, 1]
    Path(out).write_text(json.dumps({"scores": risk.tolist()}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
