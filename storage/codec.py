"""Frozen dataclasses of the flow to JSON text and back, so that a row can keep a whole report or event."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from core.model import Rejection, Report

T = TypeVar("T")
Reader = Callable[[Any], Any]


def dumps(value: object) -> str:
    """JSON of a dataclass, or of a tuple of plain values or dataclasses."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def loads(kind: type[T], text: str) -> T:
    """The `kind` that `dumps` wrote. A key of a later version is passed over; a missing one takes its default."""
    return cast(T, _reader(cast(Any, kind))(json.loads(text)))


def words(text: str) -> tuple[str, ...]:
    """The tuple of strings that `dumps` wrote."""
    return tuple(json.loads(text))


def dump_detection(detection: Report | Rejection) -> str:
    """JSON of a report or a rejection that says which of the two it is."""
    name = "report" if isinstance(detection, Report) else "rejection"
    return json.dumps({name: _plain(detection)}, ensure_ascii=False, separators=(",", ":"))


def load_detection(text: str) -> Report | Rejection:
    """The report or rejection that `dump_detection` wrote."""
    ((name, value),) = json.loads(text).items()
    kind: Any = Report if name == "report" else Rejection
    return cast("Report | Rejection", _reader(kind)(value))


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


@cache
def _reader(hint: Any) -> Reader:
    """What turns the JSON value of a field into the type that the field declares."""
    if is_dataclass(hint):
        return _dataclass_reader(cast(type, hint))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda value: tuple(item(each) for each in value)
    if origin in (Union, types.UnionType):
        (inner,) = (_reader(each) for each in arguments if each is not types.NoneType)
        return lambda value: None if value is None else inner(value)
    if hint is datetime:
        return datetime.fromisoformat
    return lambda value: value


def _dataclass_reader(kind: type) -> Reader:
    hints = get_type_hints(kind)
    readers: dict[str, Reader] = {name: _reader(hint) for name, hint in hints.items()}

    def read(value: dict[str, Any]) -> Any:
        return kind(**{name: readers[name](each) for name, each in value.items() if name in readers})

    return read
