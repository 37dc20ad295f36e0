"""What a board is made of in tests: a real store, the real desk, the real rules, and one page of the web."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.lending import Hand, Question, answered, slack_url
from app.lending import Rules as RealRules
from app.picture import picture
from board.lent import Explained, House, State
from core.config import Board, Config, Listen, Source, validate
from core.errors import ExchangeWatchError
from core.model import Article
from scheduler.health import health
from scheduler.intake import Desk, take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_exchange, make_report, make_transfer

NAMES = {"RU": "Russia", "UA": "Ukraine", "IL": "Israel", "HAMAS": "Hamas"}
READ, WRITE = "read-" + "r" * 24, "write-" + "w" * 24
SOURCES = [
    Source(name="outlet-1", type="feed", url="https://outlet-1.example/feed"),
    Source(name="outlet-2", type="feed", url="https://outlet-2.example/feed", enabled=False),
]
SLACK = {"alerts": {"slack": {"token": "xoxb-1", "channel": "C0123456789"}}}


class Rules(RealRules):
    """The real rules in this process; of the web there is one page."""

    def __init__(self) -> None:
        """Nothing is fetched and no process is started."""

    def explain(
        self, title: str | None, text: str, published: date | datetime | None, language: str | None
    ) -> Explained:
        """In this process."""
        return answered(Question(Article("", "", "", title, text, language, None, datetime.now(UTC)), published))

    def fetch(self, url: str) -> Explained:
        """Whatever is asked for is there, but for what is away."""
        if url.endswith("/away"):
            raise ExchangeWatchError(f"{url}: name not found; look for a typing error")
        article = make_article(url=url, text="Russia handed over the bodies of 1,200 fallen soldiers to Ukraine.")
        return answered(Question(article, NOON))


def house_on(store: Store, folder: Path, **settings: Any) -> House:
    """A board on a store; `settings` are those of its stanza."""
    config: Config = validate(SLACK, {})

    def state(*known: Any) -> State:
        found = health(*known)
        return State(found.state, found.words, found.alarming)

    return House(
        settings=Board(**{"cases": folder / "cases", "listen": Listen("127.0.0.1", 0), **settings}),
        store=store,
        names=NAMES,
        owner="Olena",
        sources=lambda: SOURCES,
        health=state,
        hand=Hand(store, lambda: None),
        rules=Rules(),
        check=lambda source: [f"{source.name}: good"],
        picture=lambda sums, title, summed: picture(sums, NAMES, title, summed),
        thread_url=lambda channel, thread: slack_url(config, channel, thread),
    )


def told(store: Store, number: int = 1, *transfers: Any, **changes: Any) -> str:
    """One article is taken in, with an exchange of its own unless it is near another; the id of its event."""
    own = {name: changes.pop(name) for name in ("title", "text", "url", "outlet", "published") if name in changes}
    report = make_report(make_exchange(*(transfers or (make_transfer(),)), **changes))
    article = make_article(number, id=f"article-{number}", **own)
    taken = take_in(store, article, report, NOON, ["slack"], max_age=NOON - datetime(2020, 1, 1, tzinfo=UTC))
    return taken.events[0]


def send_nothing() -> Desk:
    """Whoever hears of nothing."""
    return Desk([], timedelta(days=9_999), page=False)


def form_of(browse: TestClient, path: str) -> str:
    """What the forms of a page carry."""
    found = re.search(r'name="form" value="([^"]+)"', browse.get(path).text)
    assert found, f"no form at {path}"
    return html.unescape(found[1])


def send(browse: TestClient, page: str, path: str, **fields: Any) -> Any:
    """Send a form as the page has it."""
    return browse.post(path, data={"form": form_of(browse, page), **fields})
