"""Lines of JSONL as other programs write them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rows import BadLine, Row, read_rows


def read_one(line: bytes) -> Row | BadLine:
    (row,) = read_rows([line])
    return row


def test_a_whole_line() -> None:
    line = {
        "id": "a-1",
        "url": "https://o.example/1",
        "title": "T",
        "text": "Тіла",
        "published": "2025-06-13",
        "lang": "uk",
    }
    row = read_one(json.dumps(line, ensure_ascii=False).encode())
    assert row == Row("a-1", "T", "Тіла", date(2025, 6, 13), "uk", "https://o.example/1")


def test_what_may_be_left_out() -> None:
    assert read_one(b'{"id": 7, "text": "words"}') == Row(7, None, "words", None)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-06-13", datetime(2025, 6, 13, tzinfo=UTC)),
        ("2025-06-13T10:30:00+03:00", datetime(2025, 6, 13, 7, 30, tzinfo=UTC)),
        ("2025-06-13T10:30:00Z", datetime(2025, 6, 13, 10, 30, tzinfo=UTC)),
        ("2025-06-13 10:30", datetime(2025, 6, 13, 10, 30, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_are_brought_to_utc(written: str, moment: datetime | None) -> None:
    row = read_one(json.dumps({"id": 1, "text": "", "published": written}).encode())
    assert isinstance(row, Row)
    assert row.published_at == moment


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "not JSON at column 1"),
        (b"[1, 2]", "an object"),
        (b'{"text": "no id"}', '"id" must be'),
        (b'{"id": true, "text": ""}', '"id" must be'),
        (b'{"id": 1}', '"text" is missing'),
        (b'{"id": 1, "text": 5}', '"text" must be a string or null'),
        (b'{"id": 1, "text": "", "published": "13.06.2025"}', '"published" must be a day'),
        (b'{"id": 1, "text": "", "published": 20250613}', '"published" must be a day'),
        (b'{"id": 1, "text": "", "published": "0001-01-01T00:00:00+14:00"}', '"published" must be a day'),
        ("{\"id\": 1, \"text\": \"тіла\"}".encode("cp1251"), "is not UTF-8"),
        (b'{"id": ' + b"9" * 5000 + b', "text": ""}', "a number is too long"),
        (b"[" * 100_000, "brackets are too deep"),
    ],
)  # fmt: skip
def test_a_bad_line_says_what_is_wrong(line: bytes, reason: str) -> None:
    bad = read_one(line)
    assert isinstance(bad, BadLine)
    assert reason in bad.reason
    assert "\n" not in bad.reason


def test_numbers_count_blank_lines_and_a_byte_order_mark_is_no_error() -> None:
    rows = list(read_rows([b'\xef\xbb\xbf{"id": 1, "text": "a"}\r\n', b"\n", b"  \n", b"{", b'{"id": 2, "text": "b"}']))
    assert [row.number if isinstance(row, BadLine) else row.id for row in rows] == [1, 4, 2]


@given(st.lists(st.binary()))
def test_never_raises_on_content(lines: list[bytes]) -> None:
    assert len(list(read_rows(lines))) <= len(lines)
