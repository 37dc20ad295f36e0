"""Events -> a chart of the people and bodies handed over, in each direction, as PNG."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from core import wording
from core.errors import InputError
from core.model import Event

# Colours that people who see no red or no green tell apart (Okabe and Ito 2008).
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MOST_SERIES = len(COLOURS)
Period = Literal["day", "month"]
_DIGITS: Mapping[Period, int] = {"day": len("2025-06-13"), "month": len("2025-06")}
_MOST_LABELS = 12


def series(events: Iterable[Event], period: Period) -> dict[tuple[str | None, str | None, str], dict[str, int]]:
    """For each direction and "bodies" or "people", how many were handed over in each day or month of completed events.

    Lines without a figure and events without so exact a date are left out; the largest series come first.
    """
    found: dict[tuple[str | None, str | None, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event in events:
        if event.status != "completed" or event.date is None or len(event.date) < _DIGITS[period]:
            continue
        for line in event.ledger:
            if line.best is not None:
                what = "bodies" if line.what == "bodies" else "people"
                found[line.giver, line.receiver, what][event.date[: _DIGITS[period]]] += line.best
    order = sorted(found, key=lambda name: (-sum(found[name].values()), str(name)))
    return {name: dict(sorted(found[name].items())) for name in order}


def png(events: Iterable[Event], names: Mapping[str, str], period: Period, title: str) -> bytes:
    """The chart, 1,200 by 600 points. Raises InputError where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise InputError("charts need matplotlib: pip install 'exchangewatch[charts]'") from None
    told = dict(list(series(events, period).items())[:_MOST_SERIES])
    places = sorted({place for each in told.values() for place in each})
    figure = Figure(figsize=(12, 6), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    width = 0.8 / max(1, len(told))
    for number, ((giver, receiver, what), values) in enumerate(told.items()):
        at = [place + (number - (len(told) - 1) / 2) * width for place in range(len(places))]
        label = f"{wording.direction(giver, receiver, names)}, {what}"
        bars = axes.bar(at, [values.get(place, 0) for place in places], width, label=label, color=COLOURS[number])
        axes.bar_label(bars, [f"{values[place]:,}" if place in values else "" for place in places], fontsize=8)
    return finished(figure, axes, places, title, bool(told))


def finished(figure: Any, axes: Any, places: Sequence[str], title: str, told: bool) -> bytes:
    """A figure of matplotlib with its labels, title and legend, as PNG; without anything `told` it says so."""
    step = max(1, -(-len(places) // _MOST_LABELS))
    axes.set_xticks(range(0, len(places), step), places[::step])
    axes.set_title(title)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    if told:
        axes.legend(frameon=False)
    else:
        axes.text(0.5, 0.5, "none was reported", ha="center", transform=axes.transAxes)
    written = io.BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()
