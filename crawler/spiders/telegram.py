"""The public web preview of a Telegram channel (t.me/s/NAME) -> its messages, each a page of its own."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from parsel import Selector, SelectorList
from scrapy.http import Response

from core.model import Page
from crawler.listed import moment_of
from crawler.spiders.base import Found, SourceSpider, UnreadableSourceError, absolute, text_of

# Each page of the preview holds about twenty messages; older ones are asked for while all on a page are new.
_PAGES = 3


class TelegramSpider(SourceSpider):
    """Reads the preview, newest messages last as Telegram shows them, and older pages while they are new."""

    _seen = 0

    async def find(self, response: Response) -> Found:
        """The messages of one page of the preview, as pages, and the address of the older ones."""
        preview = text_of(response)
        self._seen += 1
        messages = preview.css(".tgme_widget_message[data-post]")
        if not messages and self._seen == 1:
            raise UnreadableSourceError("the address gives no Telegram preview; is the channel public?")
        pages = [page for message in messages if (page := self._page(response, message))]
        before = preview.css("a.tme_messages_more::attr(href)").getall() or _before(messages)
        times = filter(None, map(moment_of, messages.css("time[datetime]::attr(datetime)").getall()))
        further = list(absolute(response, before[:1])) if self.goes_back(list(times)) else []
        return Found(pages=pages, further=further)

    def goes_back(self, moments: list[datetime]) -> bool:
        """Whether older messages are wanted than those of these moments."""
        return self._seen < _PAGES

    def _page(self, response: Response, message: Selector) -> Page | None:
        text = message.css(".tgme_widget_message_text").get()
        post = message.attrib.get("data-post", "")
        if not text or "/" not in post:
            return None
        url = next(absolute(response, [f"/{post}"]))
        moment = message.css("time[datetime]::attr(datetime)").get() or ""
        document = (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><link rel="canonical" href="{html.escape(url)}">'
            f'<meta property="article:published_time" content="{html.escape(moment)}"></head>'
            f"<body><article>{text}</article></body></html>"
        )
        return Page(
            url=url,
            requested_url=url,
            source=self.target.name,
            status=response.status,
            body=document.encode(),
            fetched_at=datetime.now(UTC),
            content_type="text/html; charset=utf-8",
        )


def _before(messages: SelectorList[Selector]) -> list[str]:
    numbers = [post.rpartition("/")[2] for message in messages if (post := message.attrib.get("data-post"))]
    oldest = min((int(number) for number in numbers if number.isdigit()), default=0)
    return [f"?before={oldest}"] if oldest > 1 else []
