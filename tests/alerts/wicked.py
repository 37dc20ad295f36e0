"""Text such as a hostile page would hold, and alerts made of it, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from core.model import Alert, Event
from tests.alerts.stories import NOON, a_claim, a_line, a_member, an_alert, an_event

PINGS = ("<!channel>", "<!here>", "@here", "@channel", "@everyone", "<@U012AB3CD>", "<!subteam^S012>", "<#C012AB3CD>")
SIGNS = (
    *PINGS,
    *("<https://thief.example|bank.example>", "<mailto:a@b.example|c>", "*bold*", "_it_", "`code`", "```", "> quote"),
    *("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x00", "\x07", "\x08", "\u202e", "\u2066", "\u200b", "\ufeff"),
    *("\ud800", "\r\n", "\u2028", "&lt;", "&", "<", ">", "|", ":fire:", "9" * 40, "ж" * 700, "\u0301" * 30),
)


def wicked_text(max_size: int = 8) -> st.SearchStrategy[str]:
    """Ordinary letters, every kind of character, and the signs that terminals and Slack obey, mixed."""
    piece = st.one_of(st.sampled_from(SIGNS), st.text(max_size=20), st.just(" 909 "))
    return st.lists(piece, max_size=max_size).map("".join)


_counts = st.integers(min_value=0, max_value=10**15)


@st.composite
def _events(draw: st.DrawFn) -> Event:
    text = wicked_text()
    party = st.one_of(st.none(), st.sampled_from(["RU", "UA"]), text)
    claims = st.builds(a_claim, _counts, st.one_of(st.none(), text), text, text, outlet=text, url=text, language=text)
    lines = st.lists(claims, max_size=6).flatmap(lambda told: st.builds(a_line, party, party, *map(st.just, told)))
    url = st.one_of(text, text.map(lambda each: f"https://a.example/{each}"))
    members = st.builds(a_member, st.integers(0, 500), text, st.one_of(st.none(), text), text, url=url)
    words = st.lists(text, max_size=6).map(tuple)
    return an_event(
        kind=draw(st.sampled_from(["remains", "prisoners", "civilians", "mixed"])),
        status=draw(st.sampled_from(["completed", "planned", "postponed"])),
        date=draw(st.one_of(st.none(), st.sampled_from(["2025-06", "2025-06-13"]), text)),
        parties=draw(words),
        ledger=tuple(draw(st.lists(lines, max_size=12))),
        discrepancies=draw(words),
        mediators=draw(words),
        sources=draw(words),
        members=tuple(draw(st.lists(members, max_size=12))),
    )


def alerts_of_wicked_text() -> st.SearchStrategy[Alert]:
    """Alerts whose every word comes from a hostile page."""
    return st.builds(an_alert, _events(), detail=wicked_text(), created=st.just(NOON))
