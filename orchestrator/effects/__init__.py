"""How is a duty done? `perform` has one case each; the longest, judging, has files of its own."""

from orchestrator.effects.perform import fetch_model, perform
from orchestrator.effects.world import World

__all__ = ["World", "fetch_model", "perform"]
