"""What the terminal shows: progress, then every check, the gate's decision and where to look."""

from ind_risk.dossier.terminal.checks import findings_table
from ind_risk.dossier.terminal.decision import show_decision
from ind_risk.dossier.terminal.screen import console, show_next, show_notes
from ind_risk.dossier.terminal.stages import progress, waiting
from ind_risk.dossier.terminal.tables import quality_table, worklist_table

__all__ = [
    "console",
    "findings_table",
    "progress",
    "quality_table",
    "show_decision",
    "show_next",
    "show_notes",
    "waiting",
    "worklist_table",
]
