"""Turns placeholders such as {on_weekday:-1} into the words of a language, counted from the day of the demo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PLACEHOLDER = re.compile(r"\{(?P<form>[A-Za-z_]+):(?P<offset>[+-]?\d+)\}")


@dataclass(frozen=True)
class Calendar:
    """One language's tables from calendar.yaml."""

    names: dict[str, list[str]]
    by_day: dict[str, str]
    by_month: dict[str, str]

    def fill(self, text: str, today: date) -> str:
        """Text with placeholders in, text with the days and months around `today` out."""
        return PLACEHOLDER.sub(lambda match: self._word(match["form"], int(match["offset"]), today), text)

    def phrase(self, form: str, day: date) -> str:
        """A by_day form and a day (or a moment) in, the words for it out."""
        return self.by_day[form].format_map(self._fields(day))

    def _word(self, form: str, offset: int, today: date) -> str:
        name = form[0].lower() + form[1:]
        if name in self.by_day:
            word = self.phrase(name, today + timedelta(days=offset))
        else:
            word = self.by_month[name].format_map(self._fields(shift_months(today, offset)))
        return word if name == form else word[0].upper() + word[1:]

    def _fields(self, day: date) -> dict[str, str]:
        clock = f"{day:%H:%M}" if isinstance(day, datetime) else "00:00"
        hour, minute = clock.split(":")
        fields = {"day": str(day.day), "year": str(day.year), "hour": hour, "minute": minute}
        for name, words in self.names.items():
            fields[name] = words[day.weekday() if len(words) == 7 else day.month - 1]
        return fields


def shift_months(day: date, months: int) -> date:
    """A day and a number of months in, the first day of the month that many months away out."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)


def read_yaml(name: str) -> Any:
    """The name of a YAML file beside this module in, its content out."""
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def load_calendars() -> dict[str, Calendar]:
    """Nothing in, the calendar of each language of the newsroom out."""
    return {language: Calendar(**tables) for language, tables in read_yaml("calendar.yaml").items()}
