"""Turns the YAML files of app/demo/stories into outlets with stories dated around the day on which the demo runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.demo.dates import HERE, Calendar, load_calendars, read_yaml

FIRST_NUMBER = 4107  # stories are numbered in four digits, which the listing page's link pattern relies on
NUMBERS_APART = 37


@dataclass(frozen=True)
class Story:
    """One story of one outlet; `ways` are the addresses by which the outlet's feed links to it."""

    slug: str
    number: int
    headline: str
    paragraphs: tuple[str, ...]
    published: datetime
    path: str
    ways: tuple[str, ...]
    event: str

    @property
    def summary(self) -> str:
        """What a feed or a description tag says of the story: its first paragraph."""
        return self.paragraphs[0]


@dataclass(frozen=True)
class Feed:
    """How an outlet announces its stories: kind is rss, atom, jsonfeed, sitemap, listing or telegram."""

    kind: str
    path: str
    gzip: bool = False
    tracking: str = ""
    announced: bool = False
    link_pattern: str = ""
    page_size: int = 0


@dataclass(frozen=True)
class Outlet:
    """One outlet of the newsroom with its stories, newest first."""

    name: str
    host: str
    title: str
    language: str
    country: str
    kind: str
    layout: str
    feed: Feed
    nav: tuple[str, ...]
    calendar: Calendar
    stories: tuple[Story, ...]
    encoding: str = "utf-8"
    charset_in: str = "both"
    short_host: str = ""
    disallow: tuple[str, ...] = ("/search",)

    @property
    def base(self) -> str:
        """The address of the outlet's host."""
        return f"http://{self.host}"

    def canonical(self, story: Story) -> str:
        """A story in, the one address out under which it is known."""
        return self.base + story.path


def load_outlets(today: date) -> list[Outlet]:
    """The day of the demo in, every outlet with its stories rendered for that day out."""
    calendars = load_calendars()
    names = sorted(path.stem for path in (HERE / "stories").glob("*.yaml"))
    return [_outlet(name, read_yaml(f"stories/{name}.yaml"), calendars, today) for name in names]


def _outlet(name: str, data: dict[str, Any], calendars: dict[str, Calendar], today: date) -> Outlet:
    """An outlet's name and YAML in, the outlet with its stories, newest first, out."""
    calendar = calendars[data["language"]]
    midnight = datetime.combine(today, time(), UTC).astimezone(ZoneInfo(data.pop("timezone")))
    pattern = data.pop("path")
    stories = []
    for index, raw in enumerate(reversed(data.pop("stories"))):
        filled = raw | {key: calendar.fill(raw[key], today) for key in ("headline", "body")}
        stories.append(_story(filled, FIRST_NUMBER + NUMBERS_APART * index, pattern, midnight))
    stories.sort(key=lambda story: story.published, reverse=True)
    data["feed"] = Feed(**data["feed"])
    for key in {"nav", "disallow"} & data.keys():
        data[key] = tuple(data[key])
    return Outlet(name=name, calendar=calendar, stories=tuple(stories), **data)


def _story(raw: dict[str, Any], number: int, pattern: str, midnight: datetime) -> Story:
    """A story as written, and the start of the day of the demo in its outlet's time zone, in; the story out."""
    slug = raw["slug"]
    published = midnight.astimezone(UTC) - timedelta(minutes=round(60 * raw["hours_ago"]))
    return Story(
        slug=slug,
        number=number,
        headline=raw["headline"],
        paragraphs=tuple(_unfold(paragraph) for paragraph in raw["body"].strip().split("\n\n")),
        published=published.astimezone(midnight.tzinfo),
        path=f"/{raw['section']}/{slug}" if "section" in raw else pattern.format(slug=slug, number=number),
        ways=tuple(raw.get("via", ["plain"])),
        event=raw.get("event", ""),
    )


def _unfold(paragraph: str) -> str:
    """A paragraph folded for the YAML file in, one line out; a list keeps a line for each item."""
    joint = "\n" if paragraph.startswith("- ") else " "
    return joint.join(paragraph.split("\n"))
