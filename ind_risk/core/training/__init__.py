"""Training: windows in time, candidates from simple to rich, one written rule that chooses."""
