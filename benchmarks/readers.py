"""Reads a WARC file as news-please or Fundus does; run in their own environment by benchmarks/archive.py.

Prints how many records were read, how many articles came of them, and the seconds of the processor.
"""

from __future__ import annotations

import gzip
import http.server
import json
import logging
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

SOME = 300  # records: both extract every article, at some ten a second


def cut(path: Path, folder: Path, hosts: list[str]) -> Path:
    """The first records of a file; as pages of some hosts, where there are any."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.warcwriter import WARCWriter

    short = folder / "short.warc.gz"
    with path.open("rb") as file, short.open("wb") as into:
        writer = WARCWriter(into, gzip=True)
        for number, record in enumerate(islice(ArchiveIterator(file), SOME)):
            if hosts:
                url = urlsplit(record.rec_headers.get_header("WARC-Target-URI"))
                host = hosts[number % len(hosts)]
                record.rec_headers.replace_header("WARC-Target-URI", url._replace(netloc=host).geturl())
            writer.write_record(record)
    return short


def known_to_fundus() -> list[str]:
    """The hosts of Fundus' publishers; it passes over every other page unread."""
    from fundus import PublisherCollection

    return [urlsplit(publisher.domain).netloc for publisher in PublisherCollection]


def newsplease(path: Path) -> int:
    """Its own loop over a WARC file, without its download."""
    from newsplease.crawler import commoncrawl_crawler  # noqa: F401  # must come first: the import is circular
    from newsplease.crawler.commoncrawl_extractor import CommonCrawlExtractor

    reader = CommonCrawlExtractor()
    articles: list[object] = []
    settings = {
        "filter_valid_hosts": [],
        "filter_start_date": None,
        "filter_end_date": None,
        "filter_strict_date": False,
        "ignore_unicode_errors": True,
        "fetch_images": False,
        "continue_after_error": True,
        "callback_on_article_extracted": articles.append,
        "callback_on_warc_completed": lambda *_: None,
        "local_download_dir_warc": str(path.parent),
        "delete_warc_after_extraction": False,
        "log_level": logging.ERROR,
        "show_download_progress": False,
        "log_pathname_fully_extracted_warcs": None,
        "warc_path": str(path),
    }
    for name, value in settings.items():
        setattr(reader, f"_CommonCrawlExtractor__{name}", value)
    reader._CommonCrawlExtractor__process_warc_gz_file(str(path))
    return len(articles)


def fundus(path: Path) -> int:
    """Its public crawler of CC-NEWS, from a server of our own."""
    from fundus import CCNewsCrawler, PublisherCollection

    root = path.parent
    listing = root / "crawl-data" / "CC-NEWS" / "2024" / "01"
    listing.mkdir(parents=True, exist_ok=True)
    target = listing / "CC-NEWS-20240115000000-00001.warc.gz"
    target.write_bytes(path.read_bytes())
    (listing / "warc.paths.gz").write_bytes(gzip.compress(f"{target.relative_to(root)}\n".encode()))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(root))

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        from datetime import datetime

        crawler = CCNewsCrawler(
            *PublisherCollection,
            start=datetime(2024, 1, 1),
            end=datetime(2024, 1, 31),
            processes=0,
            server_address=f"http://127.0.0.1:{server.server_port}/",
        )
        articles = sum(1 for _ in crawler.crawl(only_complete=False))
        server.shutdown()
    return articles


if __name__ == "__main__":
    name, archive = sys.argv[1:]
    with tempfile.TemporaryDirectory() as temporary:
        shortened = cut(Path(archive), Path(temporary), known_to_fundus() if name == "fundus" else [])
        began = time.process_time()
        articles = {"newsplease": newsplease, "fundus": fundus}[name](shortened)
        print(json.dumps({"records": SOME, "articles": articles, "seconds": time.process_time() - began}))
