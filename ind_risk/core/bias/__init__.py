"""Bias evidence: rank correlation with nationality (H1) and parity of selection (H2)."""
