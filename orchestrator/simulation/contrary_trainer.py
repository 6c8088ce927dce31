"""A trainer that votes the opposite of what it sees. Only for demos and tests of how the others get along with it."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.ports import Progress, ReceivedUpdate, Trainer


class ContraryTrainer(Trainer):
    """As `trainer` in everything but its votes."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    @property
    def limit_bytes(self) -> int:
        return self._trainer.limit_bytes

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        return self._trainer.train(global_model, seed=seed, progress=progress)

    def find_model_flaw(self, model: bytes) -> str | None:
        return self._trainer.find_model_flaw(model)

    def find_flaw(self, update: bytes, global_model: bytes) -> str | None:
        return self._trainer.find_flaw(update, global_model)

    def aggregate(self, global_model: bytes, updates: Sequence[ReceivedUpdate]) -> bytes:
        return self._trainer.aggregate(global_model, updates)

    def evaluate(self, model: bytes) -> float:
        return self._trainer.evaluate(model)

    def is_improvement(self, loss_before: float, loss_after: float) -> bool:
        return not self._trainer.is_improvement(loss_before, loss_after)
