"""Plain values -> Scrapy settings: a polite visitor that obeys robots.txt, waits between requests and has limits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request

from crawler.addresses import Guard

# Scrapy's own default is 180 s, and a stop waits for downloads in flight: this bounds it.
LONGEST_TIMEOUT = 30.0
_OWN = ("127.0.0.1", "localhost", "::1")
# crawler.hosts spaces the requests. Without any delay of its own Scrapy 2.19 forgets to count what it has just begun,
# and asks a site for all pages at once.
_SHORTEST_DELAY = 0.005


@dataclass(frozen=True, slots=True)
class Manners:
    """How the web is asked. Seconds and bytes; `proxy` is an http:// address through which everything goes,
    `browser` the Chromium for sources whose pages need one. Of `private_hosts`, names, addresses or networks, links
    may lead to those that are not public."""

    user_agent: str
    concurrency: int = 16
    per_site_concurrency: int = 2
    delay: float = 1.0
    timeout: float = 20.0
    max_size: int = 10_000_000
    retries: int = 2
    proxy: str | None = None
    browser: str | None = None
    private_hosts: tuple[str, ...] = ()
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
        """Name the proxy on the request; what this machine serves itself no proxy can reach."""
        if urlsplit(request.url).hostname not in _OWN:
            request.meta["proxy"] = self._proxy


class OwnHeaders:
    """Sends a source's own headers and cookies to its own host, and to no other that a link or redirect leads to."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> OwnHeaders:
        """Made by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Set them, or take them off."""
        target = self._crawler.spider.target
        mine = urlsplit(request.url).netloc == urlsplit(target.url).netloc
        for name, value in target.headers:
            if mine:
                request.headers[name] = value
            else:
                request.headers.pop(name, None)


def browser_settings(manners: Manners, guard: Guard, proxy: str) -> dict[str, Any]:
    """The settings that have a browser fetch pages, beside those of one crawl; it loads nothing that nobody reads.

    It reaches the net through `proxy` alone, which has to know where it may not go.
    """

    def is_of_no_use(request: Any) -> bool:
        return request.resource_type in ("image", "media", "font") or guard.refuses(request.url)

    handler = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
    launch: dict[str, Any] = {"headless": True, "args": ["--disable-gpu", "--disable-background-networking"]}
    launch["proxy"] = {"server": proxy}
    launch["args"].append("--force-webrtc-ip-handling-policy=disable_non_proxied_udp")  # which knows no proxies
    if os.geteuid() == 0:  # Chromium's own sandbox does not work for root
        launch["args"].append("--no-sandbox")
    if manners.browser:
        launch["executable_path"] = manners.browser
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
        "PLAYWRIGHT_LAUNCH_OPTIONS": launch,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 1000 * min(manners.timeout, LONGEST_TIMEOUT),
        "PLAYWRIGHT_ABORT_REQUEST": is_of_no_use,
    }


def scrapy_settings(manners: Manners) -> dict[str, Any]:
    """The settings of one crawl."""
    settings: dict[str, Any] = {
        "USER_AGENT": manners.user_agent,
        "ROBOTSTXT_OBEY": manners.obey_robots,
        "CONCURRENT_REQUESTS": manners.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": manners.per_site_concurrency,
        "DOWNLOAD_DELAY": _SHORTEST_DELAY,
        "EXCHANGEWATCH_DELAY": manners.delay,
        "DOWNLOAD_TIMEOUT": min(manners.timeout, LONGEST_TIMEOUT),
        "DOWNLOAD_MAXSIZE": manners.max_size,
        "DOWNLOAD_WARNSIZE": 0,
        "RETRY_TIMES": manners.retries,
        "REDIRECT_MAX_TIMES": 8,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "DNS_TIMEOUT": 10,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "EXTENSIONS": {"scrapy.extensions.logstats.LogStats": None},
        # Right before the counting of requests: what must wait for its turn, or has none, has not been asked.
        "DOWNLOADER_MIDDLEWARES": {"crawler.settings.OwnHeaders": 800, "crawler.hosts.Turns": 840},
    }
    if manners.proxy:
        settings["EXCHANGEWATCH_PROXY"] = manners.proxy
        settings["DOWNLOADER_MIDDLEWARES"]["crawler.settings.ThroughProxy"] = 90
    return settings
