"""Training tasks: what there is to learn. A task is a plug-in that the participant installed, never code from a peer.

Ours are below; a package of somebody else's names its `TrainingTask` under the entry point group `starling.training_tasks`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from orchestrator.errors import DefinitionError
from orchestrator.learning.tasks import digits, mnist
from orchestrator.learning.tasks.task import TrainingTask

PLUGIN_GROUP: Final = "starling.training_tasks"

__all__ = ["PLUGIN_GROUP", "TrainingTask", "find_training_task", "list_training_tasks"]


def list_training_tasks() -> list[TrainingTask]:
    """Every training task installed here, ours first."""
    return [mnist.TASK, digits.TASK, *(plugin.load() for plugin in entry_points(group=PLUGIN_GROUP))]


def find_training_task(name: str, version: int) -> TrainingTask:
    """The installed training task of that name and version. Raises DefinitionError saying which are installed."""
    installed = list_training_tasks()
    for task in installed:
        if (task.name, task.version) == (name, version):
            return task
    names = ", ".join(f"{task.name} {task.version}" for task in installed)
    hint = "Install the training task's package into the node's environment, or leave this task to others."
    raise DefinitionError(f"training task {name} {version} is not installed; installed are {names}", hint=hint)
