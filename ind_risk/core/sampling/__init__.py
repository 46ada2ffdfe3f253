"""Audit samples: planned, drawn, weighed and judged by design."""
