"""Sharing a public data set out over participants that then behave as if they had never seen each other's part."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from orchestrator.data.dataset import MIN_SAMPLES, Indices, Labels, save_dataset
from orchestrator.data.public import load_public
from orchestrator.errors import DatasetError

LEAST_EACH: Final = 30
"""Samples for each node: with fewer, a test part of a fifth says next to nothing."""
FEW_EACH: Final = 60
"""So many each node draws from a pool that is too small to be shared out."""


def partition(labels: Labels, nodes: int, *, seed: int, alpha: float | None = None) -> list[Indices]:
    """Which samples each node gets: every sample to one node, at least MIN_SAMPLES to each; the same for the same seed.

    Without `alpha` evenly and at random; with it each class by shares from Dirichlet(alpha): the smaller, the less alike.
    Raises DatasetError if there are too few samples.
    """
    if nodes < 1 or len(labels) < nodes * MIN_SAMPLES:
        raise DatasetError(
            f"{len(labels)} samples cannot be shared out to {nodes} nodes", hint=f"Each needs {MIN_SAMPLES}: take fewer nodes."
        )
    random = np.random.default_rng(seed)
    if alpha is None:
        return [np.sort(part) for part in np.array_split(random.permutation(len(labels)), nodes)]
    return _fill_up([np.sort(part) for part in _draw_unlike(labels, nodes, alpha, random)])


def share_out(
    labels: Labels, nodes: int, *, seed: int, alpha: float | None = None, samples: int | None = None
) -> list[Indices]:
    """As `partition` where there are LEAST_EACH samples for each node, else as `draw_parts` with FEW_EACH: what a simulation of
    more nodes than a public data set has samples for takes. `samples`: so many are drawn for each node in any case."""
    if samples is None and len(labels) >= nodes * LEAST_EACH:
        return partition(labels, nodes, seed=seed, alpha=alpha)
    return draw_parts(labels, nodes, samples or FEW_EACH, seed=seed, alpha=alpha)


def draw_parts(labels: Labels, nodes: int, samples: int, *, seed: int, alpha: float | None = None) -> list[Indices]:
    """`samples` for each node, drawn from all of them: no node has a sample twice, but two nodes may have the same one.

    Without `alpha` any sample as likely as another; with it the classes' shares of each node come from Dirichlet(alpha), and
    what a class has too few of is made up from all others. Raises DatasetError if there are fewer samples than a node needs.
    """
    if samples < MIN_SAMPLES or samples > len(labels):
        raise DatasetError(
            f"{samples} samples for each node cannot be drawn from {len(labels)}",
            hint=f"Take {MIN_SAMPLES} to {len(labels)} for each.",
        )
    random = np.random.default_rng(seed)
    if alpha is None:
        return [np.sort(random.choice(len(labels), samples, replace=False)) for _ in range(nodes)]
    return [np.sort(_draw_skewed(labels, samples, alpha, random)) for _ in range(nodes)]


def write_parts(name: str, source: Path, target: Path, nodes: int, *, seed: int, alpha: float | None = None) -> list[Path]:
    """Write `node-<i>.safetensors` for each node and `held-out.safetensors` for nobody; the paths of the datasets.

    Raises DatasetError if there is no public data set `name`, or it cannot be used as it is in `source`.
    """
    public, held_out = load_public(name, source)
    target.mkdir(parents=True, exist_ok=True)
    paths = [target / f"node-{node}.safetensors" for node in range(nodes)]
    for path, indices in zip(paths, partition(public.labels, nodes, seed=seed, alpha=alpha), strict=True):
        save_dataset(path, public.take(indices))
    save_dataset(target / "held-out.safetensors", held_out)
    return paths


def _draw_unlike(labels: Labels, nodes: int, alpha: float, random: np.random.Generator) -> list[Indices]:
    parts: list[list[Indices]] = [[] for _ in range(nodes)]
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        borders = (np.cumsum(random.dirichlet([alpha] * nodes))[:-1] * len(members)).astype(np.int64)
        for part, piece in zip(parts, np.split(members, borders), strict=True):
            part.append(piece)
    return [np.concatenate(part) for part in parts]


def _draw_skewed(labels: Labels, samples: int, alpha: float, random: np.random.Generator) -> Indices:
    classes = np.unique(labels)
    wanted = random.multinomial(samples, random.dirichlet([alpha] * len(classes)))
    taken, missing = [], 0
    for label, count in sorted(zip(classes, wanted, strict=True), key=lambda pair: -pair[1]):
        pool = np.flatnonzero(labels == label)
        taken.append(random.choice(pool, min(count, len(pool)), replace=False))
        missing += max(0, count - len(pool))
    chosen = np.concatenate(taken)
    others = np.setdiff1d(np.arange(len(labels)), chosen)
    return np.concatenate([chosen, random.choice(others, missing, replace=False)])


def _fill_up(parts: list[Indices]) -> list[Indices]:
    """Move samples from whoever has most to whoever has too few."""
    for poor in range(len(parts)):
        while (missing := MIN_SAMPLES - len(parts[poor])) > 0:
            rich = max(range(len(parts)), key=lambda node: len(parts[node]))
            given = min(missing, len(parts[rich]) - MIN_SAMPLES)
            parts[poor] = np.sort(np.concatenate([parts[poor], parts[rich][:given]]))
            parts[rich] = parts[rich][given:]
    return parts
