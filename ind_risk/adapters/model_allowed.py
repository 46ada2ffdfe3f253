"""What a model file may hold: every kind of node with every type our five candidates are made of.

Nothing else is loaded, not even what skops trusts by default. A new candidate is added here, in a
reviewed change of the code, or it cannot be loaded.
"""

from __future__ import annotations

_OWN = "ind_risk.core.training"
_BOOSTING = "sklearn.ensemble._hist_gradient_boosting"
ALLOWED: frozenset[str] = frozenset(
    {
        "DTypeNode numpy.dtype",
        "DictNode builtins.dict",
        "JsonNode builtins.str",
        "ListNode builtins.list",
        "LossNode sklearn._loss._loss.CyHalfBinomialLoss",
        "NdArrayNode numpy.ndarray",
        "NdArrayNode numpy.uint64",
        f"ObjectNode {_OWN}.calibration.SigmoidCalibrated",
        f"ObjectNode {_OWN}.rankers.ConstantRanker",
        f"ObjectNode {_OWN}.rankers.OneRule",
        "ObjectNode sklearn._loss.link.Interval",
        "ObjectNode sklearn._loss.link.LogitLink",
        "ObjectNode sklearn._loss.loss.HalfBinomialLoss",
        "ObjectNode sklearn.compose._column_transformer.ColumnTransformer",
        f"ObjectNode {_BOOSTING}.binning._BinMapper",
        f"ObjectNode {_BOOSTING}.gradient_boosting.HistGradientBoostingClassifier",
        f"ObjectNode {_BOOSTING}.predictor.TreePredictor",
        "ObjectNode sklearn.impute._base.MissingIndicator",
        "ObjectNode sklearn.impute._base.SimpleImputer",
        "ObjectNode sklearn.linear_model._logistic.LogisticRegression",
        "ObjectNode sklearn.pipeline.Pipeline",
        "ObjectNode sklearn.preprocessing._data.QuantileTransformer",
        "ObjectNode sklearn.preprocessing._encoders.OneHotEncoder",
        "ObjectNode sklearn.preprocessing._function_transformer.FunctionTransformer",
        "ObjectNode sklearn.preprocessing._label.LabelEncoder",
        "RandomGeneratorNode numpy.random._generator.Generator",
        "SliceNode builtins.slice",
        "TupleNode builtins.tuple",
        "TypeNode builtins.str",
        "TypeNode numpy.float64",
    }
)
ALLOWED_TYPES: tuple[str, ...] = tuple(sorted({entry.split(" ")[1] for entry in ALLOWED}))
