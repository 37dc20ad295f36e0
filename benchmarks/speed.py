"""Prints how fast this machine compiles the rules, detects, extracts and crawls; `make bench` runs it.

Times are medians and 99th percentiles; the crawl is told as a share of what bare Scrapy does with the same pages in the
same run, because machines differ and are noisy.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from app.demo.newsroom import Newsroom, sources
from core.model import Page
from parsers.detect import Detector, inquire
from parsers.extract import extract

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "pages"
VISIT = Path(__file__).with_name("visit.py")
ROUNDS = 3
ARTICLE = 2_500
MEGABYTE = 1_000_000
# Of the labelled cases some are enough: it takes minutes to ask the encoder of all.
EVERY, ASKED = 10, 60
# Texts that have no end where one is looked for: of words, sentences, numbers, letters.
HOSTILE = {
    "one word": "a",
    "one number": "1",
    "numbers": "909 for 34 ",
    "grouped numbers": "1 ",
    "number words": "one-",
    "reports": "Russia returned 909 bodies of Ukrainian soldiers to Ukraine. ",
    "a report without an end": "Russia returned 909 bodies of Ukrainian soldiers to Ukraine, ",
    "a report without an end, in Russian": "Россия передала Украине 909 тел, ",
    "open phrases": "hand prisoner swap ",
    "days": "on Friday 13 June 2025 ",
    "lines": "\n",
    "marks": "е\u0301",
    "nothing": "\u200b",
    "halves of letters": "\ud800",
}


def main() -> None:
    """Print every figure, one line each."""
    say("rules", f"compiled in {median(compile_times()):.0f} ms")
    detection()
    hostile()
    memory()
    extraction()
    crawling()


def say(what: str, told: str) -> None:
    """One line of figures."""
    print(f"{what:<12}{told}", flush=True)


def median(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


def quantiles(seconds: Sequence[float]) -> str:
    """Median, 99th percentile and throughput, in words."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    middle, rate = median(ordered), len(ordered) / sum(ordered)
    return f"median {middle * 1000:.2f} ms, 99th percentile {last * 1000:.2f} ms, {rate:,.0f} a second"


def timed(items: Sequence[Any], work: Callable[[Any], object]) -> list[float]:
    """Seconds for each item: the median of three rounds over all of them, after one that does not count."""
    for item in items[:20]:
        work(item)
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for item in items:
            began = time.perf_counter()
            work(item)
            times.append(time.perf_counter() - began)
        rounds.append(times)
    return [median(each) for each in zip(*rounds, strict=True)]


def compile_times() -> list[float]:
    """Milliseconds to compile all rules, in fresh processes."""
    code = (
        "import time; from parsers.detect import Detector; began = time.perf_counter();"
        "Detector.load(); print((time.perf_counter() - began) * 1000)"
    )
    return [float(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT)) for _ in range(ROUNDS)]


def detection() -> None:
    """Detect in labelled cases of the developed-on half, and in ordinary pages."""
    detector = Detector.load()
    evidence = detector.by_evidence()
    files = sorted((ROOT / "parsers" / "cases").glob("*.develop.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    rows = [json.loads(line) for line in lines[::EVERY]]
    size = median(len(row["text"]) for row in rows)
    times = timed(rows, lambda row: evidence.detect(*_given(row)))
    say("detection", f"of {len(rows)} articles of {size:.0f} characters, by evidence alone: {quantiles(times)}")
    asked = [row for row in rows if inquire(detector, *_given(row)).read is not None][:ASKED]
    times = timed(asked, lambda row: detector.detect(*_given(row)))
    say("", f"of {len(asked)} of which the encoder is asked as well: {quantiles(times)}")
    pages = [found for page in saved_pages() if hasattr(found := extract(page, "x"), "text")]
    times = timed(pages, lambda found: detector.detect(found.title, found.text, found.published, found.language))
    size = median(len(found.text) for found in pages)
    say("", f"of {len(pages)} ordinary pages of {size:.0f} characters: {quantiles(times)}")
    cut = [found for found in pages if len(found.text) >= ARTICLE]
    times = timed(
        cut, lambda found: detector.detect(found.title, found.text[:ARTICLE], found.published, found.language)
    )
    say("", f"of {len(cut)} of them, cut to {ARTICLE:,} characters: {quantiles(times)}")


def _given(row: dict[str, Any]) -> tuple[str | None, str, date, str]:
    return row["title"], row["text"], date.fromisoformat(row["published"]), row["lang"]


def hostile() -> None:
    """Detect in a megabyte of each text that might take more than its share of time."""
    detector = Detector.load()
    slowest = {}
    for name, piece in HOSTILE.items():
        text = piece * (MEGABYTE // len(piece))
        began = time.perf_counter()
        detector.detect(text[:1000], text, date(2025, 6, 15))
        slowest[name] = time.perf_counter() - began
    name = max(slowest, key=lambda each: slowest[each])
    say("hostile", f"{len(slowest)} texts of 1 MB: the slowest, {name}, took {slowest[name]:.2f} s")


def memory() -> None:
    """What compiled rules and the articles seen hold in memory, over what Python and the libraries do.

    Of its own: files that are mapped are in memory once for all processes.
    """
    code = (
        "import json, pathlib; from datetime import date; import parsers.detect as d;"
        "pages = lambda: list(map(int, pathlib.Path('/proc/self/statm').read_text().split()));"
        "held = lambda: (pages()[1] - pages()[2]) * 4096 / 1e6;"
        "before = held(); x = d.Detector.load(); e = x.by_evidence();"
        "cases = (line for f in pathlib.Path('parsers/cases').glob('*.jsonl') for line in f.open(encoding='utf-8'));"
        "rows = enumerate(map(json.loads, cases));"
        "[(e if i % EVERY else x).detect(r['title'], r['text'], date.fromisoformat(r['published']), r['lang'])"
        " for i, r in rows];"
        "print(before, held())"
    )
    if not Path("/proc/self/statm").exists():
        say("memory", "not measured: this system has no /proc")
        return
    code = f"EVERY = {EVERY}; {code}"
    before, after = map(float, subprocess.check_output([sys.executable, "-c", code], cwd=ROOT).split())
    say("memory", f"{after - before:.0f} MB for the rules and the words seen, over {before:.0f} MB of libraries")


def saved_pages() -> list[Page]:
    """Real pages where there are any beside the project, else those of the demo's newsroom."""
    bodies = [gzip.decompress(file.read_bytes()) for file in sorted(SHARED.glob("*.html.gz"))]
    return [page_of(f"https://saved.example/{i}", body) for i, body in enumerate(bodies or newsroom_bodies())]


def page_of(url: str, body: bytes) -> Page:
    """A page as if just fetched."""
    return Page(url, url, "saved", 200, body, datetime.now(UTC), "text/html")


def newsroom_bodies() -> list[bytes]:
    """The pages that a visit to the demo's newsroom fetches."""
    return [body.encode() for body in visit("bodies")["bodies"]]


def extraction() -> None:
    """Extract the article of every page."""
    pages = saved_pages()
    times = timed(pages, lambda page: extract(page, "saved"))
    say(
        "extraction", f"of {len(pages)} pages, {sum(len(page.body) for page in pages) / 1e6:.0f} MB: {quantiles(times)}"
    )


def visit(how: str) -> dict[str, Any]:
    """One visit to the demo's newsroom in a process of its own: `how` is "ours", "bare" or "bodies"."""
    with Newsroom(date(2026, 11, 23)) as room:
        order = json.dumps({"how": how, "proxy": room.proxy_url, "sources": sources()})
        done = subprocess.run(
            [sys.executable, str(VISIT)], input=order, capture_output=True, text=True, check=True, cwd=ROOT
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def crawling() -> None:
    """Crawl the demo's newsroom by turns with the monitor's crawler and with bare Scrapy."""
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(ROUNDS):
        for how, rate in rates.items():
            found = visit(how)
            rate.append(found["pages"] / found["seconds"])
    share = median(ours / bare for ours, bare in zip(rates["ours"], rates["bare"], strict=True))
    say("crawl", f"{median(rates['ours']):.0f} pages a second, bare Scrapy {median(rates['bare']):.0f}: {share:.0%}")


if __name__ == "__main__":
    main()
