"""config.yaml -> the same file with more sources: everything else, comments too, stays as somebody wrote it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from core.config import validate as validated
from core.config import with_files
from core.errors import ConfigError, InputError


def stanza_lines(stanza: Mapping[str, Any], indent: int = 0) -> str:
    """A source as YAML, one key a line."""
    text = yaml.safe_dump([dict(stanza)], sort_keys=False, allow_unicode=True, width=1_000)
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())


def with_sources(text: str, stanzas: Sequence[Mapping[str, Any]]) -> str:
    """The text of a configuration with these sources after those it has.

    Raises InputError where its list of sources is written so that nothing can be put behind it.
    """
    node = _sources(text)
    if node is None:
        return f"{text.rstrip()}\n\nsources:\n" + "".join(stanza_lines(each) for each in stanzas)
    key, value = node
    if isinstance(value, yaml.SequenceNode) and value.value and not value.flow_style:
        end = _end_of(text, value.value[-1])
        before = text[:end] if text[:end].endswith("\n") else f"{text[:end]}\n"
        return before + "".join(stanza_lines(each, value.start_mark.column) for each in stanzas) + text[end:]
    empty = not value.value if isinstance(value, yaml.SequenceNode) else value.value in ("", "null", "~")
    if not empty:
        raise InputError("sources is a list on one line: write one stanza a line first, each after a hyphen")
    bare = isinstance(value, yaml.ScalarNode) and not value.value
    end = _line_end(text, key.end_mark.index if bare else value.end_mark.index)
    line = text[:end] if bare else text[: value.start_mark.index].rstrip() + text[value.end_mark.index : end]
    return f"{line}\n" + "".join(stanza_lines(each) for each in stanzas) + text[end + 1 :]


def add_sources(path: Path, stanzas: Sequence[Mapping[str, Any]], environ: Mapping[str, str]) -> None:
    """Put sources into a file, which stays as it was where the result would be no valid configuration.

    Raises ConfigError, InputError.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    try:
        changed = with_sources(text, stanzas)
        data = yaml.safe_load(changed)
    except yaml.YAMLError as error:
        raise ConfigError([f"{path.name}: is not YAML: {' '.join(str(error).split())[:120]}"]) from None
    validated(data, with_files(environ), path.name)
    _replace(path, changed)


def _sources(text: str) -> tuple[yaml.Node, yaml.Node] | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode):
        raise InputError("the configuration is no mapping; keys such as 'sources:' are wanted")
    return next(((key, value) for key, value in root.value if key.value == "sources"), None)


def _end_of(text: str, last: yaml.Node) -> int:
    """Where the line after the last stanza begins: a block's own end mark lies behind the comments that follow it."""
    node = last
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        inner = node.value[-1]
        node = inner[1] if isinstance(inner, tuple) else inner
    end = _line_end(text, node.end_mark.index)
    if node.end_mark.column == 0 and node.end_mark.index > node.start_mark.index:  # a block of text ends a line further
        end = node.end_mark.index - 1
    return end + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _replace(path: Path, text: str) -> None:
    handle, beside = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(path.stat().st_mode)
        Path(beside).replace(path.resolve())
    except OSError as error:
        with suppress(OSError):
            Path(beside).unlink()
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
