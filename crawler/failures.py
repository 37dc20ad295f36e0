"""What went wrong with a request -> words that a person understands."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

# By the name of the exception: Scrapy wraps them differently from one download handler to the next.
_WORDS = {
    "TimeoutError": "timed out",
    "TCPTimedOutError": "timed out",
    "DownloadTimeoutError": "timed out",
    "ResponseNeverReceived": "the connection was closed before an answer came",
    "ConnectionRefusedError": "connection refused",
    "DownloadConnectionRefusedError": "connection refused",
    "ConnectError": "no connection",
    "ConnectionLost": "the connection was lost",
    "ConnectionDone": "the connection was closed",
    "DNSLookupError": "name not found",
    "CannotResolveHostError": "name not found",
    "DownloadCancelledError": "larger than allowed",
    "DownloadFailedError": "download failed",
    "ResponseDataLossError": "the answer was cut off",
    "ResponseFailed": "the answer was cut off",
    "TunnelError": "the proxy refused",
    "UnsupportedURLSchemeError": "no http(s) address",
    "_InvalidOutput": "not readable as a web page",
}

# By what Scrapy says where it ignores a request or an answer.
_IGNORED = {"robots": "robots.txt forbids it", "download_maxsize": "larger than allowed"}


def in_words(failure: Failure) -> str:
    """The reason in words, always one line."""
    error = failure.value
    if isinstance(error, HttpError):
        return f"HTTP {error.response.status}"
    if isinstance(error, IgnoreRequest):
        known = next((known for sign, known in _IGNORED.items() if sign in str(error).lower()), None)
        return known or one_line(error) or "not asked for"
    known = _WORDS.get(type(error).__name__)
    return known or f"{type(error).__name__}: {one_line(error)}"


def one_line(error: BaseException | None) -> str:
    """An error's own words on one line, shortened."""
    text = " ".join("".join(each if each.isprintable() else " " for each in str(error)).split())
    return text if len(text) <= 160 else f"{text[:159]}…"
