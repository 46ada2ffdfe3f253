"""ind_risk: a risk model for recognised sponsors, let into use only by evidence."""

__version__ = "0.1.0"
