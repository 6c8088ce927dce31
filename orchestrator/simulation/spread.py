"""Where are games played? Here, one after the other; in processes beside each other; or on a Ray cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from orchestrator.config import keep_ray_silent
from orchestrator.errors import ConfigError
from orchestrator.simulation.run import Document, Planned, count_kept, play_planned

CONNECT_SECONDS = 5.0
LOOK_SECONDS = 0.5
"""So often is looked how far games in other processes are."""
Playing = Generator[tuple[int, Document], None, None]
"""(number, document) of each game as it ends."""
OnRound = Callable[[int, int], None]
"""Hears (number of a game, its rounds so far)."""


def play(
    games: Sequence[Planned],
    folders: Sequence[Path | None],
    on_round: OnRound,
    *,
    processes: int | None = None,
    ray: str | None = None,
) -> Playing:
    """(number, document) of each game as it ends; `folders` says where each is kept meanwhile, or that it is not. In so many
    `processes`, as many as there are cores unless it is said; or on the Ray cluster at `ray`."""
    if ray is not None:
        return play_on_ray(games, folders, on_round, address=ray)
    workers = min(processes or os.cpu_count() or 1, len(games))
    if workers <= 1:
        return play_here(games, folders, on_round)
    return play_in_processes(games, folders, on_round, processes=workers)


def play_here(games: Sequence[Planned], folders: Sequence[Path | None], on_round: OnRound) -> Playing:
    """In this process, one after the other."""
    for number, planned in enumerate(games):
        yield number, play_planned(planned, folders[number], partial(on_round, number))


def play_in_processes(
    games: Sequence[Planned], folders: Sequence[Path | None], on_round: OnRound, *, processes: int
) -> Playing:
    """`processes` at a time. Who stops in the middle loses nothing that is kept: the processes end."""
    with _pool(processes) as pool:
        futures = {pool.submit(play_planned, planned, folders[number]): number for number, planned in enumerate(games)}
        while futures:
            done, _ = wait(futures, LOOK_SECONDS, FIRST_COMPLETED)
            for future in done:
                number, document = futures.pop(future), future.result()
                on_round(number, document["rounds_played"])
                yield number, document
            tell_rounds(games, folders, futures.values(), on_round)


def play_on_ray(games: Sequence[Planned], folders: Sequence[Path | None], on_round: OnRound, *, address: str) -> Playing:
    """On the Ray cluster at `address`, or one that is started here for `local`; a core for each game.

    `folders` must be where all machines of the cluster see them. Raises ConfigError where Ray is not installed or not there.
    """
    ray = _import_ray()
    try:
        _check_answers(address)
        keep_ray_silent()
        ray.init(**_tell_ray(address), log_to_driver=False)
    except (OSError, ValueError, RuntimeError) as failed:
        raise ConfigError(
            f"there is no Ray cluster at {address}: {failed}", hint="give local, auto, or its address"
        ) from failed
    try:
        play = ray.remote(num_cpus=1)(play_planned)
        whole = [folder and folder.absolute() for folder in folders]
        waiting = {play.remote(planned, whole[number]): number for number, planned in enumerate(games)}
        while waiting:
            done, _ = ray.wait(list(waiting), timeout=LOOK_SECONDS)
            for one in done:
                number, document = waiting.pop(one), ray.get(one)
                on_round(number, document["rounds_played"])
                yield number, document
            tell_rounds(games, folders, waiting.values(), on_round)
    finally:
        ray.shutdown()


def tell_rounds(games: Sequence[Planned], folders: Sequence[Path | None], playing: Iterable[int], on_round: OnRound) -> None:
    """How far the others are is in their folders."""
    for number in playing:
        folder = folders[number]
        if folder and (kept := count_kept(games[number], folder)):
            on_round(number, kept)


def _check_answers(address: str) -> None:
    """Raises OSError or ValueError if nobody listens at `host:port`, for which Ray would look for minutes."""
    host, has_port, port = address.removeprefix("ray://").rpartition(":")
    if has_port:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()


def _tell_ray(address: str) -> dict[str, Any]:
    return {"include_dashboard": False} if address == "local" else {"address": address}


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as missing:
        hint = "pip install ray, or leave --ray away: processes do the same on one machine"
        raise ConfigError("Ray is not installed", hint=hint) from missing
    return ray


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    # Not forked: torch's threads do not survive that.
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=_ignore_interruption)
    try:
        yield pool
    except BaseException:
        for process in list(getattr(pool, "_processes", {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interruption() -> None:
    """Ctrl-C is for the process that was called; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
