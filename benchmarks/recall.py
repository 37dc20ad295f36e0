"""Proves that the scan of archives loses nothing: what is reported with it, and what without it, page by page.

The pages are the labelled articles (of the project, and of ../shared/corpus where present) as HTML in every encoding
and spelling, and the ordinary ones of ../shared/pages where present; of those it also tells how many pass the scan.
`make recall` runs it on every core; it ends with 1 where the scan lost a report. `--every 10` takes a tenth.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from core.model import Article, Page, Report
from parsers import rules
from parsers.detect import Detector
from parsers.extract import decode, extract
from parsers.scan import Scan
from tests.parsers.rendered import cases, every_page

SHARED = Path(__file__).resolve().parents[2] / "shared"
FEW = 4  # pages of one language; fewer are told together
FETCHED = datetime(2026, 1, 1, tzinfo=UTC)


class Seen(NamedTuple):
    """What became of a page."""

    name: str
    language: str
    reported: bool
    passes: bool
    passes_raw: bool


class Judge:
    """The detector and the scan of one process."""

    def __init__(self) -> None:
        self._detect = cache(Detector.load().detect)  # most of an article's pages hold the same text
        self._scan = Scan.load(rules.load())

    def see(self, name: str, body: bytes, content_type: str, raw: bool = False) -> Seen:
        """A page, with and without the scan; `raw` also scans it as it is, with scripts, styles and tags."""
        page = Page("http://a.example/1", "http://a.example/1", "a", 200, body, FETCHED, content_type=content_type)
        article = extract(page, "a")
        reported, language = False, "unreadable"
        if isinstance(article, Article):
            verdict = self._detect(article.title, article.text, article.published, article.language)
            reported, language = isinstance(verdict, Report), article.language or "unknown"
        passes_raw = raw and self._scan.may_report_text(decode(body, content_type))
        return Seen(name, language, reported, self._scan.may_report(body, content_type), passes_raw)


@cache
def judge() -> Judge:
    """The one of this process."""
    return Judge()


def labelled(case: dict[str, Any]) -> list[Seen]:
    """A labelled article in every encoding and spelling."""
    return [judge().see(f"{case['id']}, {name}", body, kind) for name, body, kind in every_page(case)]


def ordinary(path: Path) -> list[Seen]:
    """A page of a news site."""
    return [judge().see(path.name, gzip.decompress(path.read_bytes()), "text/html", raw=True)]


def articles() -> Iterator[dict[str, Any]]:
    """All that are labelled."""
    yield from cases()
    developed = SHARED / "corpus" / "dev.jsonl"
    if developed.is_file():
        yield from map(json.loads, developed.read_text("utf-8").splitlines())


def told(what: str, seen: list[Seen]) -> int:
    """Print a line, and every page that was lost; how many those are."""
    without, lost = sum(one.reported for one in seen), [one for one in seen if one.reported and not one.passes]
    print(f"{what:16}{len(seen):>8,} pages; reported without the scan {without:,}, with it {without - len(lost):,}")
    for one in lost:
        print(f"  lost: {one.name} ({one.language})")
    return len(lost)


def shares(seen: list[Seen]) -> None:
    """Print how many ordinary pages pass, in all and by language."""
    pages, passed, raw = Counter[str](), Counter[str](), Counter[str]()
    spoken = Counter(one.language for one in seen)
    for one in seen:
        for name in ("all", one.language if spoken[one.language] >= FEW else "others"):
            pages[name] += 1
            passed[name] += one.passes
            raw[name] += one.passes_raw
    print(f"\n{'ordinary pages':16}{'pages':>8}{'let through':>20}{'as raw bytes':>20}")
    for name, number in pages.most_common():
        columns = (f"{count[name]:,} ({count[name] / number:.0%})" for count in (passed, raw))
        print(f"{name:16}{number:>8,}" + "".join(f"{column:>20}" for column in columns))


def main() -> None:
    """See every page, tell what was lost."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth labelled article")
    every = wanted.parse_args().every
    with ProcessPoolExecutor() as readers:
        rendered = [
            one for seen in readers.map(labelled, islice(articles(), 0, None, every), chunksize=8) for one in seen
        ]
        lost = told("labelled", rendered)
        pages = sorted((SHARED / "pages").glob("*.html.gz"))
        real = [one for seen in readers.map(ordinary, pages, chunksize=8) for one in seen]
    if real:
        lost += told("ordinary", real)
        shares(real)
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
