"""Dagster assets, checks, jobs, sensors and schedules; one file a stage, in the order of the data."""
