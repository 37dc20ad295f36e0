"""A web of our own on 127.0.0.1: golden pages of every source type, and every fault that a source can have."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Courier</title>
<item><title>First</title><link>{base}/a/1?utm_source=rss</link><pubDate>Fri, 13 Jun 2025 10:00:00 GMT</pubDate></item>
<item><title>First again</title><link>{base}/a/1?utm_source=twitter</link></item>
<item><title>Second</title><link>/a/2</link></item>
<item><title>Hidden</title><link>{base}/private/3</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><title>Atom one</title>
<link href="{base}/a/4"/><updated>2025-06-13T10:00:00Z</updated></entry></feed>"""
JSON_FEED = '{{"version":"https://jsonfeed.org/version/1.1","items":[{{"id":"5","url":"{base}/a/5","title":"Five"}}]}}'
HOME = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head><body>Home</body></html>'
URLSET = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{base}/a/6</loc><news:news>
<news:publication_date>2025-06-13T10:00:00+03:00</news:publication_date><news:title>Six</news:title></news:news></url></urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{base}/news.xml.gz</loc>
<lastmod>2025-06-13</lastmod></sitemap></sitemapindex>"""
LISTING = '<html><body><a href="/about">About</a><ul class="top"><li><a href="/a/7">Seven</a></li></ul></body></html>'
MANY = "<html><body>" + "".join(f'<a href="/a/{n}">Number {n}</a>' for n in range(40)) + "</body></html>"
BOMB = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel>&b;</channel></rss>'


def preview(*numbers: int) -> str:
    """A page of a Telegram preview with these messages."""
    messages = "".join(
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="desk/{n}">'
        f'<div class="tgme_widget_message_text">Message {n}</div><a class="tgme_widget_message_date" href="#">'
        f'<time datetime="2025-06-13T10:0{n}:00+00:00"></time></a></div></div>'
        for n in numbers
    )
    return f"<html><body>{messages}</body></html>"


ARTICLE = (
    "<html><head><title>{path}</title></head><body><article><p>"
    + "A long enough text. " * 10
    + "</p></article></body></html>"
)


class Site(ThreadingHTTPServer):
    """Serves the golden pages and remembers what was asked for."""

    daemon_threads = True
    request_queue_size = 128  # with the usual 5, a connection more waits for a second

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []
        self.spared: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.count = threading.Lock()
        self.base = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none of the test's business."""


@contextmanager
def serving() -> Iterator[Site]:
    """The site, on the air."""
    site = Site()
    thread = threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()


class _Answers(BaseHTTPRequestHandler):
    server: Site

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        with self.server.count:
            self.server.asked.append(self.path)
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            self._send(*self._answer())
        finally:
            with self.server.count:
                self.server.at_once -= 1

    def _send(self, status: int, kind: str, body: bytes, extra: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[int, str, bytes, dict[str, str]]:
        base, path = self.server.base, self.path
        xml, page = "application/xml", "text/html; charset=utf-8"
        fixed: dict[str, tuple[int, str, bytes]] = {
            "/robots.txt": (200, "text/plain", b"User-agent: *\nDisallow: /private/\n"),
            "/rss.xml": (200, xml, RSS.format(base=base).encode()),
            "/atom.xml": (200, xml, ATOM.format(base=base).encode()),
            "/feed.json": (200, "application/json", JSON_FEED.format(base=base).encode()),
            "/": (200, page, HOME.encode()),
            "/news.xml": (200, xml, URLSET.format(base=base).encode()),
            "/news.xml.gz": (200, "application/gzip", gzip.compress(URLSET.format(base=base).encode())),
            "/index.xml": (200, xml, INDEX.format(base=base).encode()),
            "/list": (200, page, LISTING.encode()),
            "/many": (200, page, MANY.encode()),
            "/leisurely": (200, page, MANY.replace("/a/", "/leisurely/").encode()),
            "/s/desk": (200, page, preview(8, 9).encode()),
            "/s/desk?before=8": (200, page, preview(6, 7).encode()),
            "/s/desk?before=6": (200, page, preview(5).encode()),
            "/html-feed": (200, page, b"<html><body>no feed here</body></html>"),
            "/empty": (200, xml, b""),
            "/cut.xml": (200, xml, RSS.format(base=base).encode()[:330]),
            "/bomb.xml": (200, xml, BOMB.encode()),
            "/huge.xml": (200, xml, b"<rss>" + b" " * 3_000_000),
            "/lying.xml": (
                200,
                "application/xml; charset=utf-8",
                RSS.format(base=base).replace("First", "Перший").encode("cp1251"),
            ),
            "/garbage.xml": (200, xml, b"\x00\x01\x02 garbage"),
            "/gone": (404, page, b"gone"),
        }
        if path in fixed:
            return *fixed[path], {}
        if path in ("/marked.xml", "/marked-rss.xml"):
            if self.headers.get("If-None-Match") == '"one"':
                self.server.spared.append(path)
                return 304, xml, b"", {"ETag": '"one"'}
            text = RSS if path == "/marked-rss.xml" else ATOM
            return 200, xml, text.format(base=base).encode(), {"ETag": '"one"'}
        if path == "/busy.xml":
            first = self.server.asked.count(path) == 1
            return (503, page, b"busy", {}) if first else (200, xml, ATOM.format(base=base).encode(), {})
        if path == "/moved.xml":
            return 301, page, b"", {"Location": "/atom.xml"}
        if path.startswith("/slow"):
            time.sleep(6)
        if path.startswith("/leisurely/"):
            time.sleep(0.05)
        return 200, page, ARTICLE.format(path=path).encode(), {}
