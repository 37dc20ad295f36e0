"""A template and what it shows -> a page, with every word from elsewhere escaped and without control characters."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from board.access import DAY, FORM, Gate, Who
from core import wording

TOLD = "board_told"
_STATIC = files("board") / "static"
# Addresses of assets change with their content, so that browsers may keep them for good.
_VERSION = sha256(b"".join((_STATIC / name).read_bytes() for name in ("board.css", "board.js"))).hexdigest()[:12]


def environment() -> Environment:
    """The templates, with the words in which they tell times and figures."""
    made = Environment(
        loader=PackageLoader("board"), autoescape=True, undefined=StrictUndefined, finalize=_visible, trim_blocks=True
    )
    made.lstrip_blocks = True
    made.filters |= {
        "moment": moment,
        "ago": ago,
        "span": length,
        "number": wording.number,
        "link": wording.clean_url,
        "clean": wording.clean,
        "part": lambda text: quote(str(text), safe=""),
    }
    made.globals["version"] = _VERSION
    return made


def page(
    request: Request, template: str, who: Who | None, more: Mapping[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    """A page for a reader. `more` is what the template shows."""
    gate: Gate = request.app.state.gate
    nonce = request.cookies.get(FORM) or secrets.token_urlsafe(16)
    told = unquote(request.cookies.get(TOLD, ""))[:300]
    context = {
        "who": who,
        "gate": gate,
        "path": request.url.path,
        "form_token_value": gate.form(nonce),
        "told": told,
        "now": datetime.now(UTC),
    }
    shown = request.app.state.templates.get_template(template).render(context | dict(more or {}))
    answer = HTMLResponse(shown, status)
    keep(request, answer, FORM, nonce, 30 * DAY)
    if told:
        answer.delete_cookie(TOLD, path="/")
    return answer


def keep(request: Request, answer: Any, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a cookie that no script reads and no other site sends."""
    secure = request.url.scheme == "https" or request.app.state.secure
    answer.set_cookie(name, value, seconds, path="/", secure=secure, httponly=True, samesite="strict")


def tell(request: Request, answer: Any, words: str) -> None:
    """Have the next page say what was done."""
    keep(request, answer, TOLD, quote(wording.clean(words, 250)), 30)


def moment(when: datetime | None) -> Markup:
    """A time that the reader's browser shows in its own timezone; UTC on hover, and without JavaScript."""
    if when is None:
        return Markup('<span class="none">never</span>')
    told = when.astimezone(UTC)
    utc = f"{told:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(f"{told:%Y-%m-%dT%H:%M:%SZ}", utc, utc)


def ago(when: datetime | None, now: datetime) -> str:
    """ "4 min ago", "in 2 h"."""
    if when is None:
        return "never"
    away = now - when
    return f"in {length(-away)}" if away < timedelta() else f"{length(away)} ago"


def length(time: timedelta | None) -> str:
    """A length of time in words, rounded."""
    if time is None:
        return ""
    hours = time / timedelta(hours=1)
    if hours < 1:
        return f"{time / timedelta(minutes=1):.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _visible(value: Any) -> Any:
    return value if isinstance(value, Markup) or not isinstance(value, str) else wording.visible(value)
