"""What is kept of a game, so that one that was interrupted goes on: at the end of each round, in a folder.

A game is deterministic, and a node that is started again with its notes goes on. So acts are kept and done again in a new EVM,
which takes a fraction of a second a round; and beside them notes, artifacts, and where the dice stand. Nothing is unpickled.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from orchestrator.adapters.files import write_atomically
from orchestrator.adapters.notebook import decode_notes, encode_notes
from orchestrator.adapters.stores.local import LocalStore
from orchestrator.errors import ConfigError
from orchestrator.simulation.acts import Sent
from orchestrator.simulation.game import Game
from orchestrator.simulation.serving import Offer

LIMIT_BYTES = 1 << 34


class Journal:
    """`restore` once, before the game is played, then `keep` after each round."""

    def __init__(self, folder: Path) -> None:
        """In `folder`, which is made if it is not there."""
        self._folder = folder
        self._artifacts = LocalStore(folder / "artifacts")
        self._kept: set[bytes] = set()

    def keep(self, game: Game) -> None:
        """Write what the last round has brought. Raises Fatal if the disk does not take it."""
        round = len(game.moments)
        self._keep_artifacts(game)
        model = game.store.get(game.ledger.global_model, limit_bytes=LIMIT_BYTES)
        game.cohort.forget_others(model)
        shared = game.cohort.get_shared(model)
        told = [self._artifacts.put(artifact) for artifact in game.cohort.list_told(model)]
        state = {
            "block": game.evm.number,
            "sent": [_encode_sent(one) for one in game.sent],
            "notes": [encode_notes(player.notebook.read()) if player.has_joined else None for player in game.players],
            "drafts": [[digest.hex() for digest in player.drafts.list_digests()] for player in game.players],
            "store": [digest.hex() for digest in game.store.list_digests()],
            "offers": {digest.hex(): [offer.whom, offer.since, offer.passed_on] for digest, offer in game.offers.items()},
            "cohort": {
                "told": [digest.hex() for digest in told],
                "shared": self._artifacts.put(shared).hex() if shared else None,
                "remembered": game.cohort.remembered,
            },
            "dice": game.dice.getstate(),
            "quiet": game.quiet,
        }
        write_atomically(self._folder / f"round-{round:05}.json", json.dumps(state).encode())
        game.sent.clear()

    def _keep_artifacts(self, game: Game) -> None:
        for store in (game.store, *(player.drafts for player in game.players)):
            for digest in set(store.list_digests()) - self._kept:
                self._artifacts.put(store.get(digest, limit_bytes=LIMIT_BYTES))
                self._kept.add(digest)

    def restore(self, game: Game) -> int:
        """Bring a new game to where the one in the folder was; how many rounds that are. Raises ConfigError for damage."""
        files = sorted(path for path in self._folder.glob("round-*.json") if re.fullmatch(r"round-\d+\.json", path.name))
        if not files:
            return 0
        try:
            rounds = [json.loads(path.read_text()) for path in files]
            self._restore(game, rounds)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as damaged:
            hint = "remove the folder, and start anew"
            raise ConfigError(f"what is kept in {self._folder} is damaged: {damaged}", hint=hint) from damaged
        return len(files)

    def _restore(self, game: Game, rounds: list[dict[str, Any]]) -> None:
        last = rounds[-1]
        for name in last["store"]:
            game.store.put(self._get(name))
        game.offers |= {bytes.fromhex(name): Offer(*told) for name, told in last["offers"].items()}
        game.replay([_decode_sent(one) for round in rounds for one in round["sent"]], last["block"])
        for player, drafts in zip(game.players, last["drafts"], strict=True):
            for name in drafts:
                player.drafts.put(self._get(name))
        game.restore_notes([decode_notes(its) if its else None for its in last["notes"]])
        model = game.store.get(game.ledger.global_model, limit_bytes=LIMIT_BYTES)
        for name in last["cohort"]["told"]:
            game.cohort.tell(model, self._get(name))
        if last["cohort"]["shared"]:
            game.cohort.share(model, self._get(last["cohort"]["shared"]))
        game.cohort.remembered |= last["cohort"]["remembered"]
        version, words, gauss = last["dice"]
        game.dice.setstate((version, tuple(words), gauss))
        game.quiet = last["quiet"]
        self._kept = set(game.store.list_digests())

    def _get(self, name: str) -> bytes:
        return self._artifacts.get(bytes.fromhex(name), limit_bytes=LIMIT_BYTES)


def _encode_sent(sent: Sent) -> dict[str, Any]:
    return {**sent._asdict(), "data": sent.data.hex()}


def _decode_sent(values: dict[str, Any]) -> Sent:
    return Sent(**{**values, "data": bytes.fromhex(values["data"])})
