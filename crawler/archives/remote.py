"""A file on a web server -> a file to read and seek in, over one connection that is mended when it breaks."""

from __future__ import annotations

import io
import re
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from core.errors import InputError

_AGAIN = (1.0, 5.0, 15.0, 60.0)
_TIMEOUT = 60.0
_RANGE = re.compile(r"bytes (\d+)-")


class RemoteFile(io.RawIOBase):
    """Streams; going elsewhere in the file costs a request. Raises InputError where the server has no such file, or
    cannot be reached for more than a minute."""

    def __init__(self, url: str, waits: tuple[float, ...] = _AGAIN) -> None:
        """`waits` are the seconds before each new attempt."""
        super().__init__()
        self._url = url
        self._parts = urlsplit(url)
        self._waits = waits
        self._at = 0
        self._connection: HTTPConnection | None = None
        self._response: HTTPResponse | None = None
        self._size: int | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The next byte that is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte, counted from the start of the file or from where it is."""
        wanted = offset + (self._at if whence == io.SEEK_CUR else 0)
        if wanted != self._at:
            self._let_go()
            self._at = wanted
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes from where it is; none at the end."""
        for wait in (*self._waits, None):
            try:
                return self._some(size)
            except (OSError, HTTPException) as error:
                self._let_go()
                if wait is None:
                    raise InputError(f"{self._url}: cannot be read: {error or type(error).__name__}") from None
                time.sleep(wait)
        return b""

    def _some(self, size: int) -> bytes:
        if self._size is not None and self._at >= self._size:
            return b""
        response = self._response or self._asked()
        if response.status == 416:  # there is nothing from here on; what it says instead is no part of the file
            self._size = self._at
            return b""
        found = response.read(size) if size >= 0 else response.read()
        self._at += len(found)
        if not found and size and self._size is not None and self._at < self._size:
            raise HTTPException(f"the server stopped at byte {self._at:,} of {self._size:,}")
        return found

    def _asked(self) -> HTTPResponse:
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        self._connection = kind(self._parts.netloc, timeout=_TIMEOUT)
        path = self._parts.path + (f"?{self._parts.query}" if self._parts.query else "")
        self._connection.request("GET", path, headers={"Range": f"bytes={self._at}-"} if self._at else {})
        response = self._connection.getresponse()
        if response.status in (404, 403, 410):
            raise InputError(f"{self._url}: the server answers {response.status}")
        if response.status not in (200, 206, 416):
            raise HTTPException(f"the server answers {response.status}")
        if response.status != 416:
            self._measure(response)
        self._response = response
        return response

    def _measure(self, response: HTTPResponse) -> None:
        length = response.getheader("Content-Length")
        begins = 0
        if response.status == 206:
            told = _RANGE.match(response.getheader("Content-Range", ""))
            begins = int(told.group(1)) if told else self._at
        if begins > self._at:
            raise HTTPException(f"asked from byte {self._at:,} on, the server answers from byte {begins:,} on")
        if length is not None and length.isdigit():
            self._size = begins + int(length)
        skipped = self._at - begins  # by a server that knows no ranges
        while skipped > 0:
            piece = response.read(min(skipped, 1 << 20))
            if not piece:
                raise HTTPException(f"the server stopped {skipped:,} bytes before byte {self._at:,}")
            skipped -= len(piece)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._response = None

    def close(self) -> None:
        """Let go of the connection."""
        self._let_go()
        super().close()
