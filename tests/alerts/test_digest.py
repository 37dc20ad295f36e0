"""A day in one message, and the month in a chart."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from PIL import Image

from alerts.charts import png, series
from alerts.digest import as_text, digest
from core.model import Coverage
from tests.alerts.stories import NAMES, NOON, a_claim, a_line, an_event
from tests.builders import make_event, make_member, make_transfer

DAY = "2025-05-16"


def covered(**changes: object) -> Coverage:
    values = {"sources": 45, "visits": 2130, "unread": (), "articles": 812, "reports": 3, **changes}
    return Coverage(NOON - timedelta(days=1), NOON, **values)  # type: ignore[arg-type]


def test_a_day_with_an_exchange() -> None:
    told = digest(DAY, [an_event()], covered(unread=("kots",)), NAMES)
    assert as_text(told) == (
        "16 May 2025: one exchange was reported, or changed\n"
        "- Russia and Ukraine: bodies of the fallen exchanged, 909 for 34 (16 May 2025)\n"
        "Coverage: 45 sources asked 2,130 times, 812 articles read, 3 of them reports;\n"
        "never read on this day: kots."
    )


def test_a_silent_day_says_what_the_silence_is_worth() -> None:
    assert digest(DAY, [], covered(reports=0), NAMES).title == "16 May 2025: no exchange was reported"
    assert digest(DAY, [], covered(reports=0), NAMES).coverage.endswith("0 of them reports; all could be read.")
    assert "nothing is known" in digest(DAY, [], covered(visits=0), NAMES).coverage


def test_many_events_are_cut_short() -> None:
    told = digest(DAY, [an_event(id=f"event-{n}") for n in range(30)], covered(), NAMES)
    assert len(told.lines) == 21
    assert told.lines[-1] == "and 10 more: exchangewatch events"


def test_the_series_of_a_chart() -> None:
    may = an_event(
        ledger=(a_line("RU", "UA", a_claim(909, None, "909.")), a_line("UA", "RU", a_claim(34, None, "34.")))
    )
    people = make_event(
        make_member(1, *(make_transfer(count=n, what=what) for n, what in ((270, "prisoners"), (120, "civilians"))))
    )
    planned = an_event(status="planned")
    found = series([may, people, planned], "month")
    assert found == {
        ("RU", "UA", "bodies"): {"2025-05": 909},
        ("RU", "UA", "people"): {"2025-06": 390},
        ("UA", "RU", "bodies"): {"2025-05": 34},
    }
    assert series([an_event(date="2025-05")], "day") == {}


def test_a_chart_is_a_picture_even_of_nothing() -> None:
    for events in ([], [an_event()]):
        assert Image.open(BytesIO(png(events, NAMES, "day", "The month"))).size == (1200, 600)
