"""Synthetic worlds with known truth, each made to show what the platform does in such a world."""

from ind_risk.core.worlds.spec import WORLDS, WorldSpec
from ind_risk.core.worlds.world import LARGEST, SMALLEST, World, make_world

__all__ = ["LARGEST", "SMALLEST", "WORLDS", "World", "WorldSpec", "make_world"]
