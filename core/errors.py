"""The errors that this project raises on purpose, each with a message that says what to do.

ExchangeWatchError
|-- ConfigError      config.yaml, a rules file or the environment is wrong     exit code 2
|-- InputError       a file or an address given on the command line is wrong   exit code 2
|-- StorageError     the database cannot be used                               exit code 1
`-- DeliveryError    a channel did not take a message                          kept in the outbox
    |-- RetryLater   worth trying again, perhaps not before `retry_after` seconds
    `-- Refused      will never be accepted as it stands; an operator has to act
"""

from __future__ import annotations

from collections.abc import Sequence


class ExchangeWatchError(Exception):
    """The root: catching it catches all that this project raises on purpose."""

    exit_code = 1


class ConfigError(ExchangeWatchError):
    """All that is wrong with a configuration, one line each: file, key, value, what is allowed."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class InputError(ExchangeWatchError):
    """A file or an address given on the command line cannot be used."""

    exit_code = 2


class StorageError(ExchangeWatchError):
    """The database cannot be opened, is of a newer version, or refused a change."""


class DeliveryError(ExchangeWatchError):
    """A channel did not take a message. The message never holds a secret."""


class RetryLater(DeliveryError):
    """The channel may take the message later, not before `retry_after` seconds when it said so.

    `in_doubt`: it may have taken the message all the same, so it has to be asked before the message is sent anew.
    """

    def __init__(self, message: str, retry_after: float | None = None, *, in_doubt: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.in_doubt = in_doubt


class Refused(DeliveryError):
    """The channel will not take the message until somebody mends something.

    `whole`: it is the channel that has to be mended, not this one message, so what comes later waits behind it.
    """

    def __init__(self, message: str, *, whole: bool = False) -> None:
        super().__init__(message)
        self.whole = whole
