"""A malicious voter says the opposite of what it sees, and is the same in everything else."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.ports import Progress, ReceivedUpdate, Trainer
from orchestrator.simulation.contrary_trainer import ContraryTrainer


class Plain(Trainer):
    """Answers with what it was asked."""

    limit_bytes = 77

    def train(self, global_model: bytes, *, seed: int, progress: Progress) -> bytes:
        progress(1.0)
        return global_model + seed.to_bytes(1, "big")

    def find_model_flaw(self, model: bytes) -> str | None:
        return model.decode()

    def find_flaw(self, update: bytes, global_model: bytes) -> str | None:
        return (update + global_model).decode()

    def aggregate(self, global_model: bytes, updates: Sequence[ReceivedUpdate]) -> bytes:
        return global_model * len(updates)

    def evaluate(self, model: bytes) -> float:
        return float(len(model))

    def is_improvement(self, loss_before: float, loss_after: float) -> bool:
        return loss_after <= loss_before


def test_only_the_verdict_is_turned_round() -> None:
    plain, contrary, told = Plain(), ContraryTrainer(Plain()), []
    assert contrary.is_improvement(1.0, 0.5) is False
    assert contrary.is_improvement(0.5, 1.0) is True
    assert contrary.limit_bytes == plain.limit_bytes
    assert contrary.train(b"m", seed=3, progress=told.append) == b"m\x03" and told == [1.0]
    assert (contrary.find_model_flaw(b"m"), contrary.find_flaw(b"u", b"m")) == ("m", "um")
    assert (contrary.aggregate(b"m", []), contrary.evaluate(b"four")) == (b"", 4.0)
