"""What a terminal shows, as an SVG that needs nothing from anywhere else."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from rich.console import Console, RenderableType

WIDTH = 100
"""In characters."""
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.S)


def compose_svg(parts: Sequence[RenderableType], *, title: str) -> str:
    """The parts, one below the other. Rich would have viewers load a font from elsewhere; any monospaced one will do."""
    console = Console(file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="truecolor")
    for part in parts:
        console.print(part)
    return _FONT_FACE.sub("", console.export_svg(title=title, unique_id="starling"))
