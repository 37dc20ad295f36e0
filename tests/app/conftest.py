"""Fixtures of the application's tests."""

from __future__ import annotations

from tests.app.command import run

__all__ = ["run"]
