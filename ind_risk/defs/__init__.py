"""Dagster assets, checks, jobs, sensors and schedules; one file a stage, in the data's order."""
