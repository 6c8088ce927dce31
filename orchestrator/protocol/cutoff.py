"""Until when must an update have come? Until a moment in the middle third of the commit window, drawn when that is over.

Voters whose aggregates differ are divergent, so they must agree on which updates have come. If each decided for itself, who
serves its update to some of them a moment before they decide would split them at will. So all take one moment, drawn by the
hash of the first block after the stretch in which it lies, as a candle auction draws its end (Häfner and Stewart 2021,
"Blockchains, Front-Running, and Candle Auctions"). Who has an update passes it on, so honest voters can only disagree where
one is served within the seconds that passing on takes before the cut-off: with the chance of these in a third of the window.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from orchestrator.protocol.types import RoundView


class Stretch(NamedTuple):
    """Chain times between which the cut-off lies."""

    begin: float
    """What has come by then is in time whatever is drawn."""
    end: float
    """What comes later is late whatever is drawn."""


def find_stretch(view: RoundView) -> Stretch:
    """The middle third of the commit window of a round whose voters commit."""
    third = (view.commit_end - view.train_end) / 3
    return Stretch(view.train_end + third, view.commit_end - third)


def draw_cutoff(stretch: Stretch, block_hash: bytes, origin: bytes) -> float:
    """A chain time in `stretch`. `block_hash`: of the first block at or after its end; `origin`: see `identify_updates`."""
    drawn = int.from_bytes(hashlib.sha256(block_hash + origin).digest(), "big") / 2**256
    return stretch.begin + drawn * (stretch.end - stretch.begin)
