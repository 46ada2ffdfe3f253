"""Benchmarks: one command each, ratios against a named floor or peer, measured side by side."""
