"""Tests of the feature register, the measures, and their correctness in time."""
