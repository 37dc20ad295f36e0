"""A command line -> the command it names, run, and its exit code: 0 done, 1 failed, 2 wrong usage or configuration."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from core.errors import ConfigError, ExchangeWatchError

INTERRUPTED = 130


class Entry(NamedTuple):
    """One command: the module of app.commands that holds it, and its line in the overview."""

    module: str
    summary: str


# The overview is written here so that showing it, and running a small command, loads nothing that is large.
COMMANDS = {
    "demo": Entry("demo", "A newsroom of our own on 127.0.0.1, the real monitor against it, the alerts."),
    "serve": Entry("serve", "Watch the sources of config.yaml until stopped."),
    "board": Entry("board", "The desk's board in a browser: events, sources, charts, why."),
    "run": Entry("run", "The same as serve; with --once, visit every source once and end."),
    "crawl": Entry("crawl", "Visit one source now."),
    "sources": Entry("sources", "The sources, and how their last visits went."),
    "check": Entry("check", "Try sources without storing anything, and say what to mend."),
    "detect": Entry("detect", "JSONL of articles in, JSONL of the exchanges they report out."),
    "explain": Entry("explain", "Why an article is or is not a report: the rules that matched."),
    "replay": Entry("replay", "What is stored, read again by the rules of now: alerts gained and lost."),
    "events": Entry("events", "The exchanges found so far."),
    "alerts": Entry("alerts", "What was told, where it was delivered, and why."),
    "silence": Entry("silence", "Tell nothing for a while, of everything or of some exchanges."),
    "backfill": Entry("backfill", "Older articles into the store, without alerting."),
    "export": Entry("export", "The events as CSV or JSON."),
    "chart": Entry("chart", "Who was handed over by month, in each direction, as a picture."),
    "db": Entry("db", "The database: brought up to date, copied, checked."),
    "schema": Entry("schema", "The JSON Schema of config.yaml, for editors."),
}

OVERVIEW = """Watches the news for exchanges between warring sides: prisoners, bodies of the fallen, civilians.

Start with `exchangewatch demo`: it needs no configuration and no network.
"""


class _Overview(TyperGroup):
    """The commands by name; a command's module is loaded when the command is run."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def,override]
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = get_command(importlib.import_module(f"app.commands.{entry.module}").app)
        command.name = cmd_name
        if not gc.isenabled():  # what was loaded stays for good, and need never be looked through again
            gc.freeze()
            gc.enable()
        return command

    def format_commands(self, ctx: typer.Context, formatter) -> None:  # type: ignore[no-untyped-def,override]
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


app = typer.Typer(
    cls=_Overview, help=OVERVIEW, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"exchangewatch {metadata.version('exchangewatch')}")
        raise typer.Exit


@app.callback(epilog="`exchangewatch COMMAND --help` shows a command's options and an example.")
def overview(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold the commands together; typer wants a callback where commands are found by name."""


def main() -> None:
    """The entry point of the `exchangewatch` command."""
    gc.disable()  # until the command is loaded: loading makes much and leaves no garbage, and is a fifth faster so
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone: nothing is left to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Arguments -> exit code, with every error as one line on stderr that says what to do."""
    try:
        result = get_command(app).main(
            args=list(arguments) or ["--help"], prog_name="exchangewatch", standalone_mode=False
        )
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("EXCHANGEWATCH_TRACEBACK"):
            raise
        for problem in _problems(error, arguments):
            print("exchangewatch:", " ".join(problem.split()), file=sys.stderr)
        return int(getattr(error, "exit_code", 1))
    return result if isinstance(result, int) else 0


def _problems(error: Exception, arguments: Sequence[str]) -> Sequence[str]:
    """An error -> one line for each thing to mend."""
    if isinstance(error, ConfigError):
        return error.problems
    if isinstance(error, ExchangeWatchError):
        return [str(error)]
    if isinstance(error, typer.TyperException):
        return [f"{error.format_message().rstrip('.')} (see `{_help_for(arguments)}`)"]
    if isinstance(error, OSError):
        return [f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)]
    cure = "set EXCHANGEWATCH_TRACEBACK=1 to see where, and please report it"
    return [f"an error that should not happen: {type(error).__name__}: {error} ({cure})"]


def _help_for(arguments: Sequence[str]) -> str:
    command = arguments[0] if arguments and arguments[0] in COMMANDS else None
    return " ".join(filter(None, ["exchangewatch", command, "--help"]))


if __name__ == "__main__":
    main()
