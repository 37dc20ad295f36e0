"""An address or a file -> why its article is a report, or is none: the rules that matched, as an indented tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.checking import fetch
from app.commands.options import DEFAULT_CONFIG, Config, command_app, example
from app.commands.stores import configuration_or_none, use_own_rules
from app.detector import detector
from app.rows import BadLine, Row, read_rows
from core.errors import InputError
from core.model import Page, Unreadable
from parsers.explain import explain as explained
from parsers.extract import extract

app = command_app()


@app.command(
    epilog=example(
        "exchangewatch explain https://outlet.example/news/bodies-returned",
        "exchangewatch explain saved-page.html",
        "exchangewatch explain article.txt --published 2025-06-13",
    )
)
def explain(
    what: Annotated[
        str, typer.Argument(metavar="URL|FILE", help="A page on the web, or a file: HTML, plain text, JSONL.")
    ],
    published: Annotated[
        datetime | None,
        typer.Option(metavar="DAY", formats=["%Y-%m-%d"], help="The day of publication, where the file does not say."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> int:
    """Show why an article is, or is not, a report of an exchange.

    In a file of plain text, a first line with an empty line after it is the headline. Of a JSONL file every line is
    explained.
    """
    use_own_rules(config)
    judge = detector()
    if what.startswith(("http://", "https://")):
        rows: Iterable[Row] = [_from_page(fetch(what, configuration_or_none(config)))]
    else:
        rows = _from_file(Path(what))
    for row in rows:
        day = row.published or (published.date() if published else None)
        print(explained(judge, row.title, row.text, day, row.language))
    return 0


def _from_file(path: Path) -> Iterator[Row]:
    """A file -> its articles, told apart by what the file holds rather than by its name."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give an address or a file") from None
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"{":
        yield from _from_jsonl(path, body)
    elif start == b"<":
        address = path.absolute().as_uri()
        yield _from_page(Page(address, address, "file", 200, body, datetime.now(UTC)))
    else:
        yield _from_text(path, body)


def _from_page(page: Page) -> Row:
    article = extract(page, outlet="")
    if isinstance(article, Unreadable):
        raise InputError(f"{page.url}: {article.reason}")
    return Row(article.url, article.title, article.text, article.published, article.language)


def _from_jsonl(path: Path, body: bytes) -> Iterator[Row]:
    for row in read_rows(body.splitlines()):
        if isinstance(row, BadLine):
            raise InputError(f"{path}, line {row.number}: {row.reason}")
        yield row


def _from_text(path: Path, body: bytes) -> Row:
    """Plain text: a first line that stands alone is the headline."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; convert the file to UTF-8") from None
    headline, _, rest = text.strip().partition("\n")
    alone = rest.startswith(("\n", "\r\n"))
    return Row(path.name, headline.strip() if alone else None, rest.strip() if alone else text.strip(), None)
