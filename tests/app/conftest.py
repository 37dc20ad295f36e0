"""Fixtures of the application's tests."""

from __future__ import annotations

from tests.app.command import run, run_here
from tests.app.lasting import lasting_reader, one_reader

__all__ = ["lasting_reader", "one_reader", "run", "run_here"]
