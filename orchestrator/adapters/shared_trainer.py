"""The Trainer port of many participants in one process: a model is evaluated on the test parts of all of them at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from orchestrator.adapters.torch_trainer import TorchTrainer, evaluate_parts
from orchestrator.data.dataset import Dataset
from orchestrator.learning.definition import Definition
from orchestrator.ports import Losses
from orchestrator.worker.recipes import Recipe

KEPT_MODELS: Final = 64
"""Models whose losses are kept: those of a round, whatever its voters could not fetch."""


class SharedTests:
    """The test parts of the participants that are expected to ask."""

    def __init__(self, recipe: Recipe, *, device: str = "cpu") -> None:
        self._recipe, self._device = recipe, device
        self._tests: list[Dataset] = []
        self._inputs = self._labels = self._parts = np.zeros(0, np.int64)
        self._numbers: dict[int, int] = {}
        self._losses: OrderedDict[bytes, list[Losses]] = OrderedDict()

    def add(self, test: Dataset) -> int:
        """One more participant; its number."""
        self._tests.append(test)
        return len(self._tests) - 1

    def expect(self, numbers: Sequence[int]) -> None:
        """These participants will ask next, in a round that begins."""
        self._numbers = {number: part for part, number in enumerate(numbers)}
        self._losses.clear()
        if numbers:
            tests = [self._tests[number] for number in numbers]
            self._inputs = np.concatenate([test.inputs for test in tests])
            self._labels = np.concatenate([test.labels for test in tests])
            self._parts = np.repeat(np.arange(len(tests)), [len(test.labels) for test in tests])

    def find(self, number: int, models: Sequence[bytes]) -> list[Losses] | None:
        """What each model costs this participant; None where it was not expected."""
        part = self._numbers.get(number)
        if part is None:
            return None
        if unknown := [model for model in dict.fromkeys(models) if model not in self._losses]:
            parts = evaluate_parts(self._recipe, unknown, self._inputs, self._labels, self._parts, device=self._device)
            for model, found in zip(unknown, parts, strict=True):
                self._losses[model] = [Losses(one.loss, one.balanced_loss) for one in found]
        losses = [self._losses[model][part] for model in models]
        while len(self._losses) > KEPT_MODELS:
            self._losses.popitem(last=False)
        return losses


class SharedTrainer(TorchTrainer):
    """Trains as any node does, and asks `tests` what a model costs."""

    def __init__(self, definition: Definition, recipe: Recipe, training: Dataset, test: Dataset, tests: SharedTests) -> None:
        super().__init__(definition, recipe, training, test)
        self._tests, self._number = tests, tests.add(test)

    @property
    def number(self) -> int:
        """Of this participant, among the tests."""
        return self._number

    def evaluate(self, models: Iterable[bytes]) -> list[Losses]:
        asked = list(models)
        return self._tests.find(self._number, asked) or super().evaluate(asked)
