"""OPML, in which feed readers keep their subscriptions, to stanzas of sources and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from core.config import Source
from core.errors import InputError
from core.urls import is_fetchable
from crawler.discovery import name_of_site


def stanzas_of(opml: bytes, taken: Iterable[str], known: Iterable[str]) -> list[dict[str, Any]]:
    """The feeds of an OPML file as stanzas, without the addresses that are `known`; names are none that are `taken`.

    Raises InputError where it is no OPML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(opml.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"the file is no OPML: {str(error)[:120]}") from None
    if root is None or str(root.tag).lower() != "opml":
        raise InputError("the file is no OPML: it does not begin with <opml>")
    names, urls, found = set(taken), set(known), []
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip()
        if not is_fetchable(url) or url in urls:
            continue
        urls.add(url)
        name = name_of_site(outline.get("htmlUrl") or url, names)
        names.add(name)
        stanza: dict[str, Any] = {"name": name, "type": "feed", "url": url}
        found.append({**stanza, **_language(outline.get("language"))})
    return found


def opml_of(sources: Iterable[Source]) -> bytes:
    """An OPML 2.0 file with the feeds among the sources."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "ExchangeWatch sources"
    body = etree.SubElement(root, "body")
    for source in sources:
        if source.type == "feed":
            told = {"type": "rss", "text": source.name, "xmlUrl": source.url, "language": source.language}
            etree.SubElement(body, "outline", {key: value for key, value in told.items() if value})
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _language(told: str | None) -> Mapping[str, str]:
    short = (told or "")[:2].lower()
    return {"language": short} if len(short) == 2 and short.isascii() and short.isalpha() else {}
