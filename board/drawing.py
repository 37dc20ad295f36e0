"""Numbers -> drawings for a page: SVG that the page's own sheet colours, for light and for dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, log10

from markupsafe import Markup, escape

from board.figures import Series

_WIDTH, _HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 34
_MOST_LABELS = 12


def spark(values: Sequence[int], label: str) -> Markup:
    """A row of small bars, one a day; `label` says in words what they show."""
    step, height = 10, 24
    top = max([*values, 1])
    bars = Markup("").join(
        Markup('<rect x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
            number * step + 1, height - size, step - 2, size
        )
        for number, value in enumerate(values)
        if (size := max(1.5, value / top * (height - 2)) if value else 0.8)
    )
    return Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>').format(
        len(values) * step, height, label, label, bars
    )


def bars(series: Sequence[Series], months: Sequence[str], label: str) -> Markup:
    """Groups of bars, one for each month, with a line from the lowest to the highest figure where accounts differ."""
    top = _nice(max([each.high[month] for each in series for month in months if month in each.high], default=1))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(1, len(months))
    at_once = max((sum(month in each.best for each in series) for month in months), default=1)
    width = min(26.0, slot * 0.84 / max(1, at_once))
    parts = [*_frame(top), *_labels(months, slot)]
    for place, month in enumerate(months):
        told = [each for each in series if month in each.best]
        start = _LEFT + place * slot + (slot - width * len(told)) / 2
        for number, each in enumerate(told):
            parts.append(_bar(start + number * width, width, top, each, month))
    return _drawing(parts, label)


def _bar(x: float, width: float, top: int, series: Series, month: str) -> Markup:
    best, low, high = series.best[month], series.low[month], series.high[month]
    told = f"{month}, {series.name}: {best:,}" + (f" ({low:,} to {high:,})" if low != high else "")
    y = _y(best, top)
    bar = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        x + 0.5, y, max(1.0, width - 1), max(0.0, _y(0, top) - y)
    )
    middle = x + width / 2
    reach = (
        Markup('<path class="range" d="M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h6M{3:.1f} {2:.1f}h6"/>').format(
            middle, _y(low, top), _y(high, top), middle - 3
        )
        if low != high
        else Markup("")
    )
    return Markup('<g class="c{}"><title>{}</title>{}{}</g>').format(series.colour, told, bar, reach)


def curves(series: Sequence[Series], months: Sequence[str], label: str) -> Markup:
    """What it comes to month after month, each a line within the band from lowest to highest."""
    running = [each.running(months) for each in series]
    top = _nice(max([each.high[months[-1]] for each in running if months], default=1))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(1, len(months))
    at = [_LEFT + (place + 0.5) * slot for place in range(len(months))]
    parts = [*_frame(top), *_labels(months, slot)]
    for each in running:
        points = [(x, each.low[m], each.best[m], each.high[m]) for x, m in zip(at, months, strict=True)]
        over = " ".join(f"{x:.1f},{_y(high, top):.1f}" for x, _, _, high in points)
        under = " ".join(f"{x:.1f},{_y(low, top):.1f}" for x, low, _, _ in reversed(points))
        line = " ".join(f"{x:.1f},{_y(best, top):.1f}" for x, _, best, _ in points)
        total = f"{each.name}: {points[-1][2]:,}" if points else each.name
        dots = Markup("").join(
            Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>').format(
                x, _y(best, top), f"{month}, {each.name}: {best:,}"
            )
            for (x, _, best, _), month in zip(points, months, strict=True)
        )
        parts.append(
            Markup(
                '<g class="c{}"><title>{}</title><polygon class="band" points="{} {}"/><polyline points="{}"/>{}</g>'
            ).format(each.colour, total, over, under, line, dots)
        )
    return _drawing(parts, label)


def _drawing(parts: Sequence[Markup], label: str) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HEIGHT, label, Markup("").join(parts)
    )


def _frame(top: int) -> Iterator[Markup]:
    for share in range(5):
        value = top * share / 4
        y = _y(value, top)
        yield Markup('<path class="grid" d="M{} {:.1f}H{}"/>').format(_LEFT, y, _WIDTH - _RIGHT)
        yield Markup('<text class="scale" x="{}" y="{:.1f}">{}</text>').format(_LEFT - 8, y + 4, f"{value:,.0f}")


def _labels(months: Sequence[str], slot: float) -> Iterator[Markup]:
    step = max(1, ceil(len(months) / _MOST_LABELS))
    for place in range(0, len(months), step):
        x = _LEFT + (place + 0.5) * slot
        yield Markup('<text class="month" x="{:.1f}" y="{}">{}</text>').format(
            x, _HEIGHT - _BOTTOM + 20, escape(months[place])
        )


def _y(value: float, top: int) -> float:
    return _TOP + (1 - value / top) * (_HEIGHT - _TOP - _BOTTOM)


def _nice(value: int) -> int:
    """The next round number above: 4, 8, 20, 40, 80, 200 ... so that quarters of it are whole."""
    size = 10 ** max(0, int(log10(max(1, value))))
    return next(int(size * step) for step in (2, 4, 8, 12, 20, 40) if size * step >= value and size * step >= 4)
