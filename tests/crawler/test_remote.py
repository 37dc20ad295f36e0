"""A file on a server is read as if it were here: whatever is cut goes on where it was, with ranges and without."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from core.errors import InputError
from crawler.archives.remote import RemoteFile
from tests.crawler.ranges import FileServer, serving

CONTENT = random.Random(1).randbytes(300_000)  # noqa: S311
AT_ONCE = (0.0, 0.0)  # between attempts


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(CONTENT) as server:
        yield server


def read(url: str, begin: int = 0, size: int = 65_536) -> bytes:
    with RemoteFile(url, AT_ONCE) as file:
        file.seek(begin)
        return b"".join(iter(lambda: file.read(size), b""))


def test_a_whole_file_is_one_request(server: FileServer) -> None:
    assert read(server.url) == CONTENT
    assert server.began == [None]


def test_a_cut_connection_goes_on_where_it_was(server: FileServer) -> None:
    server.cuts = [100_000, 0, 50_000, 1]
    assert read(server.url) == CONTENT
    assert server.began == [None, 100_000, 100_000, 150_000, 150_001]


def test_a_server_that_ignores_ranges_is_read_up_to_where_it_was(server: FileServer) -> None:
    server.knows_ranges, server.cuts = False, [100_000, 60_000, 200_000]
    assert read(server.url) == CONTENT
    assert server.began == [None, 100_000, 100_000, 200_000]


def test_reading_begins_in_the_middle(server: FileServer) -> None:
    assert read(server.url, 123_456) == CONTENT[123_456:]
    assert server.began == [123_456]
    server.knows_ranges = False
    assert read(server.url, 123_456) == CONTENT[123_456:]


def test_an_answer_from_another_place_is_put_right_or_asked_for_again(server: FileServer) -> None:
    server.off_by = -1_000
    assert read(server.url, 123_456) == CONTENT[123_456:]
    server.off_by = 1_000
    with pytest.raises(InputError, match="asked from byte 123,456 on, the server answers from byte 124,456 on"):
        read(server.url, 123_456)


def test_beyond_the_end_there_is_nothing(server: FileServer) -> None:
    assert read(server.url, len(CONTENT)) == b""
    assert read(server.url, len(CONTENT) + 5) == b""


def test_a_server_in_trouble_is_asked_again_and_in_the_end_given_up(server: FileServer) -> None:
    server.refused = [503, 500]
    assert read(server.url) == CONTENT
    server.refused = [503] * 3
    with pytest.raises(InputError, match="cannot be read: the server answers 503"):
        read(server.url)


def test_a_server_that_never_goes_on_is_given_up(server: FileServer) -> None:
    server.cuts = [1_000, 0, 0, 0]
    with pytest.raises(InputError, match="cannot be read: the server stopped at byte 1,000 of 300,000"):
        read(server.url)


def test_a_file_that_is_not_there_is_not_asked_for_again(server: FileServer) -> None:
    server.refused = [404]
    with pytest.raises(InputError, match="the server answers 404"):
        read(server.url)
    assert server.began == [None]


def test_going_back_asks_for_that_part(server: FileServer) -> None:
    with RemoteFile(server.url, AT_ONCE) as file:
        assert file.read(10) == CONTENT[:10]
        file.seek(200_000)
        assert (file.read(10), file.tell()) == (CONTENT[200_000:200_010], 200_010)
        file.seek(5)
        assert file.read(10) == CONTENT[5:15]
    assert server.began == [None, 200_000, 5]
