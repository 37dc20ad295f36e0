"""Labelled articles -> cases: each with its evidence, ready to be asked the detector's questions."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from core.model import Article, Page
from parsers import detect, features, rules
from parsers.annotate import annotate, readable
from parsers.extract import extract
from parsers.features import Scene

FOLDS = 5

Label = Mapping[str, Any]


@dataclass(slots=True)
class Case:
    """A labelled article with its evidence; status and day come of weights that have not seen it."""

    label: Label
    published: date
    scene: Scene
    names: set[str]
    fold: int
    status: str = "completed"
    worded: float | None = None
    told: dict[int, set[tuple[str | None, str | None, bool]]] = field(default_factory=dict)
    aside: dict[int, set[tuple[str | None, str | None, bool]]] = field(default_factory=dict)


def cases_of(path: Path, known: rules.Rules) -> Iterable[Case]:
    """The articles of a labelled file, in the languages that the rules know."""
    for line in path.read_text("utf-8").splitlines():
        label = json.loads(line)
        if label["lang"] in known.languages:
            yield _case(label, known)


def _case(label: Label, known: rules.Rules) -> Case:
    published = date.fromisoformat(label["published"])
    speech = known.languages[label["lang"]]
    scene = detect.scene_of(
        annotate(*readable(label["title"], label["text"]), speech, published), speech, published, known
    )
    # An article written after the manner of one in the corpus is judged by weights that have seen neither.
    event = label.get("like") or label["event_key"] or label["id"]
    fold = int(hashlib.sha256(event.encode()).hexdigest(), 16) % FOLDS
    case = Case(label, published, scene, features.of_article(scene), fold)
    for place, key in ((case.told, "events"), (case.aside, "background")):
        for exchange in label[key]:
            for t in exchange["transfers"]:
                if t["count"] is not None:
                    place.setdefault(t["count"], set()).add((t["from"], t["to"], t["what"] == "bodies"))
    return case


def ordinary(pages: Path, known: rules.Rules) -> Iterable[Case]:
    """Real pages of news sites (*.html.gz): none of them reports an exchange."""
    for file in sorted(pages.glob("*.html.gz")):
        page = Page(file.name, file.name, "page", 200, gzip.decompress(file.read_bytes()), datetime.now(UTC))
        article = extract(page, "page")
        if isinstance(article, Article) and article.language in known.languages:
            yield _case(
                {
                    "id": file.name,
                    "lang": article.language,
                    "published": (article.published or article.fetched_at).date().isoformat(),
                    "title": article.title,
                    "text": article.text,
                    "relevant": False,
                    "events": [],
                    "background": [],
                    "event_key": None,
                },
                known,
            )
