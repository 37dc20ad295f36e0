"""Reads a WARC file as news-please or Fundus does; run in their own environment by benchmarks/archive.py."""

from __future__ import annotations

import gzip
import http.server
import json
import logging
import sys
import tempfile
import threading
import time
from pathlib import Path

SOME = 300  # records: both extract every article, at some ten a second


def cut(path: Path, folder: Path) -> Path:
    """The first records of a file."""
    from warcio.archiveiterator import ArchiveIterator

    short = folder / "short.warc.gz"
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        for number, _ in enumerate(records):
            if number == SOME:
                break
        end = records.get_record_offset()
    short.write_bytes(path.read_bytes()[:end])
    return short


def newsplease(path: Path) -> int:
    """Its own loop over a WARC file, without its download."""
    from newsplease.crawler import commoncrawl_crawler  # noqa: F401  # must come first: the import is circular
    from newsplease.crawler.commoncrawl_extractor import CommonCrawlExtractor

    reader = CommonCrawlExtractor()
    settings = {
        "filter_valid_hosts": [],
        "filter_start_date": None,
        "filter_end_date": None,
        "filter_strict_date": False,
        "ignore_unicode_errors": True,
        "fetch_images": False,
        "callback_on_article_extracted": lambda article: None,
        "callback_on_warc_completed": None,
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
    return SOME


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
        for _ in crawler.crawl(only_complete=False):
            pass
        server.shutdown()
    return SOME


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        shortened = cut(Path(sys.argv[2]), Path(temporary))
        began = time.perf_counter()
        records = {"newsplease": newsplease, "fundus": fundus}[sys.argv[1]](shortened)
        print(json.dumps({"records": records, "seconds": time.perf_counter() - began}))
