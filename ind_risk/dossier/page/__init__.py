"""The dossier: one page in Dutch or English on whether a model may be used, and why."""
