"""The blocks that Slack is given: within its limits, and with web text only where Slack shows it letter by letter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels.blocks import as_blocks, escaped
from alerts.message import compose
from core.model import Alert
from tests.alerts.stories import NAMES, a_claim, a_disputed_event, a_line, a_member, an_alert, an_event
from tests.alerts.wicked import alerts_of_wicked_text

ROOT = """\
# Russia and Ukraine: bodies of the fallen exchanged, 1,200 – 1,212 for 27
*Figure disputed: Moscow gives 1,212, Kyiv 1,200*
• Russia → Ukraine: *bodies, figures differ: 1,200 – 1,212* (1,200: Ukraine; 1,212: Vladimir Medinsky)
• Ukraine → Russia: *27 bodies* (Vladimir Medinsky)
*⚠ Kyiv 1,200, Moscow 1,212*
13 June 2025 · completed · mediated by the Red Cross · citing Shamsail Saraliev · \
confidence 90% · 3 outlets, 3 independent
> Украине переданы *1212* тел военнослужащих, сообщил Владимир Мединский.
— [Neva Line] (ru)
> Ukraine has received the bodies of *1,200* of its fallen.
— [Meridian Agency] (en)
> In return *27* came home.
— [Meridian Agency] (en)
• [Meridian Agency: Hundreds of fallen soldiers go home]
• [Дніпро Вісті: Відбулася репатріація тіл полеглих]
• [Neva Line]"""


def read(blocks: list[dict[str, Any]]) -> str:
    """Blocks as Slack shows them: # header, • list, > quote, *bold*, [link]."""
    header, body = blocks
    lines = [f"# {header['text']['text']}"]
    for part in body["elements"]:
        sections = part["elements"] if part["type"] == "rich_text_list" else [part]
        sign = {"rich_text_list": "• ", "rich_text_quote": "> ", "rich_text_section": ""}[part["type"]]
        lines += [sign + "".join(_letters(each) for each in section["elements"]) for section in sections]
    return "\n".join(lines)


def _letters(element: dict[str, Any]) -> str:
    if element["type"] == "link":
        return f"[{element['text']}]"
    text: str = element["text"]
    return f"*{text}*" if element.get("style") else text


def leaves(tree: Any) -> Iterator[dict[str, Any]]:
    """Every element of blocks that has a text of its own."""
    for each in tree if isinstance(tree, list) else tree.values() if isinstance(tree, dict) else ():
        yield from leaves(each)
    if isinstance(tree, dict) and isinstance(tree.get("text"), str):
        yield tree


def test_people_are_called_by_slack_s_own_elements() -> None:
    calls = {
        "here": {"type": "broadcast", "range": "here"},
        "U0123456789": {"type": "user", "user_id": "U0123456789"},
        "S0123456789": {"type": "usergroup", "usergroup_id": "S0123456789"},
    }
    for mention, element in calls.items():
        _, blocks = as_blocks(compose(an_alert(), NAMES), mention=mention)
        assert blocks[-1]["elements"][0] == {"type": "rich_text_section", "elements": [element]}


def test_an_alert_as_slack_shows_it() -> None:
    alert = an_alert(a_disputed_event(), reason="figure disputed", detail="Moscow gives 1,212, Kyiv 1,200")
    assert read(as_blocks(compose(alert, NAMES))[1]) == ROOT


def test_an_update_opens_with_what_is_new() -> None:
    alert = an_alert(a_disputed_event(), reason="figure disputed", detail="Moscow gives 1,212, Kyiv 1,200")
    opening = read(as_blocks(compose(alert, NAMES), update=True)[1]).split("\n")[:2]
    assert opening[0] == "# Figure disputed: Moscow gives 1,212, Kyiv 1,200"
    assert opening[1] == "*Russia and Ukraine: bodies of the fallen exchanged, 1,200 – 1,212 for 27*"


@settings(max_examples=40)
@given(alerts_of_wicked_text(), st.booleans())
def test_no_text_from_the_web_pings_or_links_or_passes_a_limit(alert: Alert, update: bool) -> None:
    notice, blocks = as_blocks(compose(alert, NAMES), update=update)
    assert len(notice) <= 4_000
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", notice)
    assert len(blocks) <= 50
    assert len(json.dumps(blocks, ensure_ascii=False)) <= 12_000
    told = list(leaves(blocks))
    assert {each["type"] for each in told} <= {"plain_text", "text", "link"}
    assert all(0 < len(each["text"]) <= 3_000 for each in told)
    assert all(re.match(r"https?://[^\s<>|\"]+$", each["url"]) for each in told if each["type"] == "link")
    assert len(blocks[0]["text"]["text"]) <= 150


def test_the_largest_event_stays_within_what_slack_takes_at_once() -> None:
    claims = tuple(a_claim(each, f"Speaker {each} " + "x" * 200, f"{each} " + "long " * 900) for each in range(200))
    members = tuple(a_member(each, "Outlet " * 40, "Title " * 90) for each in range(200))
    event = an_event(
        ledger=(a_line("RU", "UA", *claims),) * 12, members=members, discrepancies=("they differ " * 90,) * 9
    )
    notice, blocks = as_blocks(compose(an_alert(event, detail="new " * 900), NAMES))
    assert sum(len(each["text"]) for each in leaves(blocks)) < 9_000
    assert len(notice) <= 4_000


def test_the_three_signs_of_slack_are_escaped() -> None:
    assert escaped("<!channel> & <https://a|b>") == "&lt;!channel&gt; &amp; &lt;https://a|b&gt;"
