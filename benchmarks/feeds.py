"""Feeds of the real world -> how many give links, how many a reason, and that none raises.

    python -m benchmarks.feeds [FOLDER]

Without a folder feedparser's own test data is fetched (the sdist, by pip) into a folder that is thrown away; it has
more than two thousand feeds of every format and encoding, and says in comments which headers a server would send.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.feeds import read_feed
from crawler.listed import ListingFile

_HEADER = re.compile(rb"^Header:\s*([\w-]+)\s*:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_SLOW = 1.0
_URL = "http://outlet.example/feed"


@contextmanager
def folder_of(given: Path | None) -> Iterator[Path]:
    """The folder with the feeds."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as name:
        get = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", name]
        subprocess.run([*get, "feedparser"], check=True)
        (archive,) = Path(name).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(name, filter="data")
        yield next(Path(name).glob("feedparser-*/tests"))


def read(path: Path) -> tuple[str, float]:
    """What came of one file: "links", "no links", the reason, or what was raised; and how long (s) it took."""
    body = path.read_bytes()
    headers = {name.lower(): value.decode("latin-1") for name, value in _HEADER.findall(body[:5_000])}
    began = time.perf_counter()
    try:
        listed = read_feed(ListingFile("outlet", _URL, body, headers.get(b"content-type", "")))
    except Exception as error:
        return f"RAISED {type(error).__name__}: {error}", time.perf_counter() - began
    came = re.sub(r"[:(].*", "", listed.problem or "") or ("links" if listed.links else "a feed without links")
    return came, time.perf_counter() - began


def main() -> int:
    """Print the table; exit code 1 where one raised or took too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    bad = 0
    with folder_of(given.folder) as folder:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc"))
        for path in files:
            came, seconds = read(path)
            counts[came] += 1
            if came.startswith("RAISED") or seconds > _SLOW:
                bad += 1
                print(f"{path.relative_to(folder)}: {came} in {seconds:.1f} s")
    for came, count in counts.most_common():
        print(f"{count:>6,} {came}")
    print(f"{len(files):,} files, {bad:,} raised or took longer than {_SLOW:g} s")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
