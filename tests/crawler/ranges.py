"""A server of one file, which knows ranges or not, and cuts connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class FileServer(ThreadingHTTPServer):
    """Serves `content` at any address that `others` does not name; keeps where each request began."""

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(("127.0.0.1", 0), Served)
        self.content = content
        self.others: dict[str, bytes] = {}
        self.knows_ranges = True
        self.cuts: list[int] = []  # how many bytes the next answers have
        self.refused: list[int] = []  # with what the next requests are refused, once nothing is cut any more
        self.off_by = 0  # how far from the asked place it answers
        self.began: list[int | None] = []  # at which byte, or nothing where none was asked for

    @property
    def url(self) -> str:
        """The address of the file."""
        return f"http://127.0.0.1:{self.server_port}/some.warc.gz"


class Served(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        here = self.server
        if self.path in here.others:
            self.answered(200, here.others[self.path], {})
            return
        asked = self.headers.get("Range")
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        here.began.append(begin if asked else None)
        if not here.cuts and here.refused:
            self.answered(here.refused.pop(0), b"not now", {})
        elif asked and here.knows_ranges and begin >= len(here.content):
            self.answered(416, b"<html>no such range</html>", {})
        elif asked and here.knows_ranges:
            begin += here.off_by
            told = f"bytes {begin}-{len(here.content) - 1}/{len(here.content)}"
            self.answered(206, here.content[begin:], {"Content-Range": told}, here.cuts)
        else:
            self.answered(200, here.content, {}, here.cuts)

    def answered(self, status: int, body: bytes, headers: dict[str, str], cuts: list[int] | None = None) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: cuts.pop(0)] if cuts else body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serving(content: bytes = b"") -> Iterator[FileServer]:
    """The server at work."""
    with FileServer(content) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
