"""The bytes of a model are those of its content: same model, same bytes, and they load the same."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import skops.io

from ind_risk.adapters.model_allowed import ALLOWED_TYPES
from ind_risk.adapters.model_archive import canonical_bytes
from ind_risk.core.training.calibration import SigmoidCalibrated
from ind_risk.core.training.candidates import CANDIDATES, fit_ranker
from ind_risk.core.training.encoding import categories_of, numbers_of
from ind_risk.core.training.rows import join_rows
from ind_risk_tests.core.training.example import SPECS, example


@pytest.mark.parametrize("kind", CANDIDATES)
def test_bytes_are_canonical_and_load_the_same(kind: str) -> None:
    made = example()
    rows = join_rows(features=made.features, labelled=made.labelled, specs=SPECS, random_arm=True)
    ranker = fit_ranker(kind, rows.frame, rows.y, SPECS, seed=1)
    model = SigmoidCalibrated(ranker, 1.5, -0.5, numbers_of(SPECS), categories_of(SPECS))
    content = canonical_bytes(model)
    loaded = skops.io.loads(content, trusted=list(ALLOWED_TYPES))
    assert canonical_bytes(loaded) == canonical_bytes(model) == content
    assert skops.io.dumps(loaded) != skops.io.dumps(model)  # what skops alone would give
    assert np.array_equal(loaded.predict_proba(made.features), model.predict_proba(made.features))


def test_nothing_of_place_or_time_is_in_the_bytes() -> None:
    model = SigmoidCalibrated(None, 1.0, 0.0, [], [])
    with zipfile.ZipFile(io.BytesIO(canonical_bytes(model))) as archive:
        infos = archive.infolist()
    assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert [i.filename for i in infos] == sorted(i.filename for i in infos)
    assert {i.compress_type for i in infos} == {zipfile.ZIP_STORED}


def test_another_slope_is_another_model() -> None:
    one, other = (SigmoidCalibrated(None, slope, 0.0, [], []) for slope in (1.0, 1.0 + 1e-15))
    assert canonical_bytes(one) != canonical_bytes(other)
