"""Sums of completed events -> a picture of them by month or summed up, with the disputed range, as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.charts import COLOURS, finished
from board.figures import Series, group_of, months, series
from core.errors import InputError
from storage.browse import Sum


def picture(sums: Sequence[Sum], names: Mapping[str, str], title: str, summed: bool) -> bytes:
    """1,200 by 600 points. Raises InputError where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise InputError("pictures need matplotlib: pip install 'exchangewatch[charts]'") from None
    every = months(sums)
    told = series(sums, group_of(sums[0]), names) if sums else []
    figure = Figure(figsize=(12, 6), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    for number, each in enumerate(told):
        if summed:
            _curve(axes, each.running(every), every)
        else:
            _bars(axes, each, every, number, len(told))
    return finished(figure, axes, every, title, bool(told))


def _bars(axes: object, told: Series, every: Sequence[str], number: int, of: int) -> None:
    width = 0.8 / of
    known = [place for place, month in enumerate(every) if month in told.best]
    at = [place + (number - (of - 1) / 2) * width for place in known]
    best = [told.best[every[place]] for place in known]
    reach = [
        [told.best[every[place]] - told.low[every[place]] for place in known],
        [told.high[every[place]] - told.best[every[place]] for place in known],
    ]
    colour = COLOURS[told.colour]
    axes.bar(at, best, width, label=told.name, color=colour)  # type: ignore[attr-defined]
    axes.errorbar(at, best, reach, fmt="none", ecolor="#333333", elinewidth=1, capsize=2)  # type: ignore[attr-defined]


def _curve(axes: object, told: Series, every: Sequence[str]) -> None:
    colour, at = COLOURS[told.colour], range(len(every))
    low, best, high = ([each[month] for month in every] for each in (told.low, told.best, told.high))
    axes.plot(at, best, label=told.name, color=colour)  # type: ignore[attr-defined]
    axes.fill_between(at, low, high, color=colour, alpha=0.2)  # type: ignore[attr-defined]
