"""A board on an empty store, with the real desk and the real rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from board.building import application
from board.lent import House
from storage.store import Store
from tests.board.house import house_on

Opened = Callable[..., TestClient]


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    """A board that lets everybody on this machine in."""
    return house_on(store, tmp_path)


@pytest.fixture
def browse(house: House) -> TestClient:
    """Somebody at that board."""
    return TestClient(application(house), base_url="http://127.0.0.1", follow_redirects=False)


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> Opened:
    """opened(read_token="...") -> somebody at a board with these settings."""

    def board(base_url: str = "http://127.0.0.1", **settings: object) -> TestClient:
        made = application(house_on(store, tmp_path, **settings))
        return TestClient(made, base_url=base_url, follow_redirects=False)

    return board
