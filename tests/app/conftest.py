"""Fixtures of the application's tests."""

from __future__ import annotations

from tests.app.command import run, run_here

__all__ = ["run", "run_here"]
