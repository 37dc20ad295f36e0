"""An article and what the desk says of it -> a file with one labelled case, as the rules are learnt from."""

from __future__ import annotations

import json
import os
import re
import tempfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from board.lent import Explained
from core.errors import InputError
from core.wording import clean

LABELS = ("right", "report", "none")
_NOTES = {
    "right": "found rightly",
    "report": "a report that was missed: its events are to be filled in",
    "none": "no report",
}


def write(folder: Path, explained: Explained, found: dict[str, Any], label: str, by: str, now: datetime) -> Path:
    """Write one case, whole or not at all, and give its file; the same article of the same label is one file.

    `found` is what detection found, which "right" takes as the label; "report" and "none" say that it is wrong.
    Raises InputError where it cannot be written.
    """
    if label not in LABELS:
        raise InputError("say what it is: right as found, a report, or none")
    case = _case(explained, found, label, by, now)
    path = folder / f"{case['id']}.jsonl"
    beside = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(json.dumps(case, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except OSError as error:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise InputError(f"{path}: the case cannot be written: {error.strerror}; see board.cases") from None
    return path


def _case(explained: Explained, found: dict[str, Any], label: str, by: str, now: datetime) -> dict[str, Any]:
    article, language = explained.article, explained.detection.language
    told = found if label == "right" else {"relevant": label == "report", "events": [], "background": []}
    digest = sha256(f"{article.title}\n{article.text}\n{label}".encode("utf-8", "replace")).hexdigest()[:10]
    name = re.sub(r"[^a-z]", "", language)[:8] or "xx"
    when = article.published
    return {
        "id": f"{name}-desk-{digest}",
        "url": article.url,
        "outlet": article.outlet,
        "lang": language,
        "published": when.date().isoformat() if when else None,
        "title": article.title,
        "text": article.text,
        "relevant": told["relevant"],
        "events": told["events"],
        "background": told["background"],
        "event_key": None,
        "notes": clean(f"{_NOTES[label]}, says {by} on {now:%Y-%m-%d}", 200),
    }
