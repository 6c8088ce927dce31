"""Pictures of numbers as SVG: lines over rounds, and bars with intervals. Nothing is fetched, and nothing runs in the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 32
COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f")
TICKS = 5


def plot_lines(lines: Mapping[str, Sequence[float]], *, unit: str, x_title: str = "round", least: float | None = None) -> str:
    """A line for each name, over 1, 2, 3, …; `least`: where the axis begins at the latest."""
    values = [value for line in lines.values() for value in line if math.isfinite(value)]
    if not values:
        return "<p>nothing to show</p>"
    low, high = _widen(min(values) if least is None else min(least, *values), max(values))
    count = max(map(len, lines.values()))
    parts = _draw_axes(low, high, count, unit, x_title)
    for number, line in enumerate(lines.values()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{_x(index, count):.1f},{_y(value, low, high):.1f}" for index, value in enumerate(line))
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        if len(line) == 1:
            parts.append(f'<circle r="3" fill="{colour}" cx="{_x(0, count):.1f}" cy="{_y(line[0], low, high):.1f}"/>')
    return _wrap(parts) + _draw_legend(list(lines))


def plot_bars(bars: Mapping[str, tuple[float, float | None, float | None]], *, unit: str) -> str:
    """A row for each name: (mean, low, high), with a line at 0; without an interval only the mean."""
    if not bars:
        return "<p>nothing to show</p>"
    ends = [value for bar in bars.values() for value in bar if value is not None]
    low, high = _widen(min(0.0, *ends), max(0.0, *ends))
    left, step = 190, 20
    height = step * len(bars) + BOTTOM

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * (WIDTH - left - RIGHT)

    parts = [f'<line x1="{at(0):.1f}" x2="{at(0):.1f}" y1="0" y2="{step * len(bars)}" class="axis"/>']
    for number, (name, (mean, lower, upper)) in enumerate(bars.items()):
        y = step * number + step / 2
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{escape(name)}</text>')
        if lower is not None and upper is not None:
            ends_at = f'x1="{at(lower):.1f}" x2="{at(upper):.1f}" y1="{y}" y2="{y}"'
            parts.append(f'<line {ends_at} stroke="{COLOURS[0]}" stroke-width="2"/>')
        parts.append(f'<circle cx="{at(mean):.1f}" cy="{y}" r="4" fill="{COLOURS[1] if mean > 0 else COLOURS[0]}"/>')
    for value in _list_ticks(low, high):
        parts.append(f'<text x="{at(value):.1f}" y="{height - 14}" text-anchor="middle">{_tell(value)}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{height - 1}" text-anchor="end">{escape(unit)}</text>')
    return _wrap(parts, height)


def _draw_axes(low: float, high: float, count: int, unit: str, x_title: str) -> list[str]:
    parts = []
    for value in _list_ticks(low, high):
        y = _y(value, low, high)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_tell(value)}</text>')
    for index in sorted({round(step * (count - 1) / TICKS) for step in range(TICKS + 1)}):
        parts.append(f'<text x="{_x(index, count):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{index + 1}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 2}" text-anchor="end">{escape(x_title)}; {escape(unit)}</text>')
    return parts


def _draw_legend(names: Sequence[str]) -> str:
    marks = (
        f'<span><i style="background:{COLOURS[number % len(COLOURS)]}"></i>{escape(name)}</span>'
        for number, name in enumerate(names)
    )
    return f'<p class="legend">{" ".join(marks)}</p>'


def _wrap(parts: Sequence[str], height: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'


def _x(index: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (index / (count - 1) if count > 1 else 0.5)


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)


def _widen(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1))


def _list_ticks(low: float, high: float) -> list[float]:
    return [low + (high - low) * step / (TICKS - 1) for step in range(TICKS)]


def _tell(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
