"""Plain values -> Scrapy settings: a polite visitor that obeys robots.txt, waits between requests and has limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapy import Request

# Scrapy's own default is 180 s, and a stop waits for downloads in flight: this bounds it.
LONGEST_TIMEOUT = 30.0
# Without any delay Scrapy 2.19 forgets to count what it has just begun, and asks a site for all pages at once.
_SHORTEST_DELAY = 0.005


@dataclass(frozen=True, slots=True)
class Manners:
    """How the web is asked. Seconds and bytes; `proxy` is an http:// address through which everything goes."""

    user_agent: str
    concurrency: int = 16
    per_site_concurrency: int = 2
    delay: float = 1.0
    timeout: float = 20.0
    max_size: int = 10_000_000
    retries: int = 2
    proxy: str | None = None
    obey_robots: bool = True


class ThroughProxy:
    """Sends every request through one proxy, the ones for robots.txt too, which carry no meta of their own."""

    def __init__(self, proxy: str) -> None:
        self._proxy = proxy

    @classmethod
    def from_crawler(cls, crawler: Any) -> ThroughProxy:
        """Made by Scrapy, from the setting EXCHANGEWATCH_PROXY."""
        return cls(crawler.settings["EXCHANGEWATCH_PROXY"])

    def process_request(self, request: Request) -> None:
        """Name the proxy on the request."""
        request.meta["proxy"] = self._proxy


def scrapy_settings(manners: Manners) -> dict[str, Any]:
    """The settings of one crawl."""
    settings: dict[str, Any] = {
        "USER_AGENT": manners.user_agent,
        "ROBOTSTXT_OBEY": manners.obey_robots,
        "CONCURRENT_REQUESTS": manners.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": manners.per_site_concurrency,
        "DOWNLOAD_DELAY": max(manners.delay, _SHORTEST_DELAY),
        "DOWNLOAD_TIMEOUT": min(manners.timeout, LONGEST_TIMEOUT),
        "DOWNLOAD_MAXSIZE": manners.max_size,
        "DOWNLOAD_WARNSIZE": 0,
        "RETRY_TIMES": manners.retries,
        "REDIRECT_MAX_TIMES": 8,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "DNS_TIMEOUT": 10,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "EXTENSIONS": {"scrapy.extensions.logstats.LogStats": None},
    }
    if manners.proxy:
        settings["EXCHANGEWATCH_PROXY"] = manners.proxy
        settings["DOWNLOADER_MIDDLEWARES"] = {"crawler.settings.ThroughProxy": 90}
    return settings
