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
LISTED = (
    '<html><body><a href="/a/{number}">Story</a><a href="http://127.0.0.2:{port}/a/0">Inwards</a>'
    '<a rel="next" href="/listing/2">Older</a></body></html>'
)
API = '{{"data": {{"news": [{{"id": {number}, "head": "Story", "at": 1749808800}}]}}, "next": "{next}"}}'
SCRIPT = (
    "<html><body><script>const a = document.createElement('a'); a.href = '/a/9'; a.textContent = 'Nine';"
    "document.body.append(a)</script></body></html>"
)
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
        self.moments: list[float] = []
        self.spared: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.count = threading.Lock()
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.headers: dict[str, dict[str, str]] = {}
        self.moved = {
            "/moved.xml": "/atom.xml",
            "/inwards.xml": f"http://127.0.0.2:{self.server_port}/atom.xml",
            "/home.xml": f"http://localhost:{self.server_port}/atom.xml",
        }

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
            self.server.headers[self.path] = dict(self.headers)
            self.server.moments.append(time.monotonic())
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
            "/listing/1": (200, page, LISTED.format(number=11, port=self.server.server_port).encode()),
            "/listing/2": (200, page, LISTED.format(number=12, port=self.server.server_port).encode()),
            "/api/1": (200, "application/json", API.format(base=base, number=21, next="/api/2").encode()),
            "/api/2": (200, "application/json", API.format(base=base, number=22, next="").encode()),
            "/api/odd": (200, "application/json", b'{"data": {"news": 7}}'),
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
            "/script": (200, page, SCRIPT.encode()),
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
        if path in self.server.moved:
            return 301, page, b"", {"Location": self.server.moved[path]}
        busy: dict[str, tuple[int, dict[str, str]]] = {
            "/busy.xml": (503, {}),
            "/soon.xml": (503, {"Retry-After": "1"}),
            "/later.xml": (429, {"Retry-After": "7200"}),
        }
        if path in busy:
            first = self.server.asked.count(path) == 1
            return (
                (busy[path][0], page, b"busy", busy[path][1])
                if first
                else (200, xml, ATOM.format(base=base).encode(), {})
            )
        extra = {"Content-Encoding": "gzip"} if path == "/unpacks.xml" else {}
        if path.startswith("/slow"):
            time.sleep(6)
        if path.startswith("/leisurely/"):
            time.sleep(0.05)
        body = ARTICLE.format(path=path).encode()
        return 200, page, gzip.compress(b"<rss>" + b" " * 60_000_000) if extra else body, extra
