"""config.yaml and the environment -> a validated configuration, or every error at once, one line each."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import jmespath
import yaml
from cssselect import HTMLTranslator, SelectorError
from jmespath.exceptions import JMESPathError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from core.errors import ConfigError
from core.model import Kind, Status
from core.urls import is_fetchable

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_SECRETS = {
    "alerts": ("token", "app_token", "webhook", "url", "secret", "password"),
    "board": ("read_token", "write_token"),
}
_LARGEST = 5_000_000
_SHORTEST_TOKEN = 24
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a duration is wanted, such as "90s", "10 min", "2h" or "1 day"')
    return timedelta(seconds=float(match.group(1)) * _SECONDS[match.group(2)[0]])


def _address(value: str) -> str:
    if not is_fetchable(value):
        raise ValueError("an address is wanted that begins with http:// or https:// and names a host")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('a timezone is wanted, such as "Europe/Kyiv" or "UTC"') from None
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as problem:
        raise ValueError(f"a regular expression is wanted: {problem}") from None
    return value


def _hour(value: object) -> str:
    # YAML reads 22:30 without quotes as a number of minutes.
    if isinstance(value, int) and 0 <= value < 1440:
        value = f"{value // 60:02}:{value % 60:02}"
    if not isinstance(value, str) or not _HOUR.fullmatch(value):
        raise ValueError('an hour of the day is wanted, such as "22:30"')
    return value


def _jmespath(value: str) -> str:
    try:
        jmespath.compile(value)
    except JMESPathError as problem:
        raise ValueError(f"a JMESPath expression is wanted: {' '.join(str(problem).split())}") from None
    return value


def _selector(value: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as problem:
        raise ValueError(f"a CSS selector is wanted: {problem}") from None
    return value


def _host_or_network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False)) if "/" in value else value
    except ValueError:
        raise ValueError('a host or a network is wanted, such as "news.internal" or "10.0.0.0/8"') from None


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError('an address or a network is wanted, such as "10.0.0.7" or "10.0.0.0/8"') from None


def _encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError:
        raise ValueError('an encoding is wanted, such as "windows-1251"') from None


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["90s", "10 min", "2h"]}),
]
Hour = Annotated[str, BeforeValidator(_hour), WithJsonSchema({"type": "string", "pattern": f"^{_HOUR.pattern}$"})]
Address = Annotated[str, AfterValidator(_address)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Pattern = Annotated[str, AfterValidator(_pattern)]
JmesPath = Annotated[str, AfterValidator(_jmespath)]
Selector = Annotated[str, AfterValidator(_selector)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Network = Annotated[str, AfterValidator(_network)]
PrivateHost = Annotated[str, AfterValidator(_host_or_network)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]


SlackChannel = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{8,}$")]


class Section(BaseModel):
    """A part of the configuration: no unknown keys, nothing changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paths(Section):
    """Where the answers of a JSON API hold what, as JMESPath expressions; `next` is the address of the next answer."""

    items: JmesPath
    url: JmesPath
    title: JmesPath | None = None
    published: JmesPath | None = None
    next: JmesPath | None = None


class Css(Section):
    """Where the pages of an outlet hold what, where that is not found by itself."""

    title: Selector | None = None
    text: Selector | None = None
    date: Selector | None = None


class Source(Section):
    """One site to watch, as its stanza in config.yaml says."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    type: Literal["feed", "sitemap", "listing", "telegram", "json"]
    url: Address
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    kind: Literal["wire", "outlet", "official"] = "outlet"
    tier: Annotated[int, Field(ge=1, le=3)] = 2
    enabled: bool = True
    timezone: Timezone = "UTC"
    interval: Duration | None = None
    shortest: Duration | None = None
    longest: Duration | None = None
    delay: Duration | None = None
    link_pattern: Pattern | None = None
    link_css: Selector | None = None
    next_css: Selector | None = None
    max_pages: Annotated[int, Field(ge=1, le=100)] = 1
    paths: Paths | None = None
    css: Css | None = None
    headers: Mapping[HeaderName, SecretStr] = {}
    cookies: Mapping[str, SecretStr] = {}
    encoding: Encoding | None = None
    javascript: bool = False
    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    max_links: Annotated[int, Field(ge=1, le=1000)] = 60

    @model_validator(mode="after")
    def _shortest_is_not_longer_than_longest(self) -> Source:
        if self.shortest and self.longest and self.shortest > self.longest:
            raise ValueError("shortest is longer than longest")
        return self

    @model_validator(mode="after")
    def _an_api_says_where_what_is(self) -> Source:
        if (self.type == "json") != (self.paths is not None):
            raise ValueError("a source of type json needs paths (with items and url), and no other has them")
        return self

    @model_validator(mode="after")
    def _listing_says_which_links(self) -> Source:
        if self.type == "listing" and not (self.link_pattern or self.link_css):
            raise ValueError("a listing needs link_pattern (a regular expression) or link_css (a selector)")
        return self


class Crawl(Section):
    """How the web is asked: politely."""

    user_agent: str = "ExchangeWatch/0.1 (news monitor; see robots.txt; contact: set crawl.user_agent)"
    concurrency: Annotated[int, Field(ge=1, le=64)] = 16
    per_site_concurrency: Annotated[int, Field(ge=1, le=8)] = 2
    delay: Duration = timedelta(seconds=1)
    timeout: Duration = timedelta(seconds=20)
    max_size: Annotated[int, Field(ge=10_000, le=100_000_000)] = 10_000_000
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    proxy: Address | None = None
    browser: Path | None = None
    private_hosts: tuple[PrivateHost, ...] = ()
    obey_robots: bool = True
    processes: Annotated[int, Field(ge=1, le=64)] | None = None


class Slack(Section):
    """Where the alerts go in Slack: a channel by the token of a bot or, poorer, wherever a webhook leads."""

    token: SecretStr | None = None
    channel: Annotated[str, Field(min_length=1)] | None = None
    app_token: SecretStr | None = None
    webhook: SecretStr | None = None

    @model_validator(mode="after")
    def _one_way_or_the_other(self) -> Slack:
        if (self.webhook is None) == (self.token is None) or (self.token is None) != (self.channel is None):
            raise ValueError("either token and channel are wanted, or webhook; docs/slack.md tells how to get them")
        if self.webhook is not None and self.app_token is not None:
            raise ValueError("app_token is of no use to a webhook: its messages have no buttons")
        return self


class Webhook(Section):
    """An address of your own that takes alerts as signed JSON."""

    url: SecretStr
    secret: SecretStr


class Email(Section):
    """The mail server that takes alerts, and from whom to whom they go."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_password_is_never_sent_in_the_open(self) -> Email:
        if self.password is not None and self.security == "none" and self.host not in ("127.0.0.1", "localhost"):
            raise ValueError("a password needs security: starttls or tls")
        return self


class Atom(Section):
    """A feed of events on disk."""

    path: Path


class Quiet(Section):
    """Hours, by the clocks of a timezone, in which nobody is told; what comes is told when they end."""

    begins: Hour = Field(alias="from")
    ends: Hour = Field(alias="to")
    timezone: Timezone

    @model_validator(mode="after")
    def _some_hours_are_left(self) -> Quiet:
        if self.begins == self.ends:
            raise ValueError("from and to are the same: quiet hours of a whole day would never end")
        return self


class Watch(Section):
    """Who hears of what. What is left out fits everything."""

    to: Annotated[tuple[Literal["console", "slack", "webhook", "email", "atom"], ...], Field(min_length=1)]
    slack_channel: SlackChannel | None = None
    parties: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    statuses: tuple[Status, ...] = ()
    score: Annotated[float, Field(ge=0, le=1)] = 0
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...] = ()
    quiet: Quiet | None = None
    mention: Annotated[str, Field(pattern=r"^(here|channel|[US][A-Z0-9]{8,})$")] | None = None

    def channels(self) -> tuple[str, ...]:
        """The names under which deliveries of this watch are recorded."""
        own = f"slack:{self.slack_channel}" if self.slack_channel else "slack"
        return tuple(own if each == "slack" else each for each in self.to)


class DailyDigest(Section):
    """When, and to whom, the day before is told in one message."""

    at: Hour
    timezone: Timezone
    to: Annotated[tuple[Literal["console", "slack", "webhook", "email"], ...], Field(min_length=1)]


class Operators(Section):
    """Who hears of what is not well with the monitor itself: a source that died, a channel that takes nothing."""

    to: Annotated[tuple[Literal["console", "slack", "webhook", "email"], ...], Field(min_length=1)]
    slack_channel: SlackChannel | None = None


class Alerts(Section):
    """Which channels are used, and how old news may be."""

    console: bool = True
    slack: Slack | None = None
    webhook: Webhook | None = None
    email: Email | None = None
    atom: Atom | None = None
    watches: tuple[Watch, ...] = ()
    digest: DailyDigest | None = None
    operators: Operators | None = None
    max_age: Duration = timedelta(days=14)
    pause: Duration = timedelta(seconds=10)

    @model_validator(mode="after")
    def _watches_have_channels(self) -> Alerts:
        bot = self.slack is not None and self.slack.token is not None
        has = {"console": self.console, "slack": self.slack, "webhook": self.webhook, "email": self.email}
        for place, watch in enumerate(self.watches):
            missing = [each for each in watch.to if not {**has, "atom": self.atom}[each]]
            if missing:
                raise ValueError(f"watches[{place}].to: {missing[0]} is not set up under alerts")
            if watch.slack_channel and not bot:
                raise ValueError(f"watches[{place}].slack_channel: needs a bot's token; a webhook has one channel")
        for name, told in (("digest", self.digest), ("operators", self.operators)):
            for each in told.to if told else ():
                if not has[each]:
                    raise ValueError(f"{name}.to: {each} is not set up under alerts")
        if self.operators and self.operators.slack_channel and not bot:
            raise ValueError("operators.slack_channel: needs a bot's token; a webhook has one channel")
        return self


class Schedule(Section):
    """How often a source is visited unless its stanza says otherwise; jitter is a share of the interval."""

    interval: Duration = timedelta(minutes=10)
    shortest: Duration = timedelta(minutes=1)
    jitter: Annotated[float, Field(ge=0, le=0.5)] = 0.1


class Listen(NamedTuple):
    """An address to serve on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _listen(value: object) -> Listen:
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if isinstance(value, Listen):
        return value
    if not (host and colon and port.isdecimal() and int(port) < 65_536):
        raise ValueError('a host and a port are wanted, such as "127.0.0.1:9464"')
    return Listen(host.strip("[]"), int(port))


ListenOn = Annotated[
    Listen,
    PlainValidator(_listen),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["127.0.0.1:9464"]}),
]


class StatusPage(Section):
    """Where /healthz and /metrics are served; nowhere without it."""

    listen: ListenOn


def _token(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SHORTEST_TOKEN:
        raise ValueError(f"a token of {_SHORTEST_TOKEN} characters or more is wanted; `openssl rand -hex 24` makes one")
    return value


Token = Annotated[SecretStr, AfterValidator(_token)]


class Board(Section):
    """Where the desk's board is served, who may read and who may write; started by `exchangewatch board`."""

    listen: ListenOn = Listen("127.0.0.1", 8030)
    url: Address | None = None
    read_token: Token | None = None
    write_token: Token | None = None
    user_header: HeaderName | None = None
    proxies: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    cases: Path = Path("cases")

    @model_validator(mode="after")
    def _tokens_differ(self) -> Board:
        if self.read_token is not None and self.read_token == self.write_token:
            raise ValueError("read_token and write_token are the same: whoever may read could write")
        return self


class Canary(Section):
    """How often an article of the monitor's own is sent through it, and to which test channel."""

    every: Duration = timedelta(hours=1)
    to: Annotated[tuple[Literal["console", "slack", "webhook", "email"], ...], Field(min_length=1)]
    slack_channel: SlackChannel | None = None


class Keep(Section):
    """What is kept, and for how long: articles that are no reports, and the pages behind reports as WARC."""

    articles_for: Duration = timedelta(days=400)
    evidence: Path | None = Path("evidence")
    evidence_for: Duration = timedelta(days=3650)


class Config(Section):
    """The whole configuration."""

    database: str = "sqlite:///exchangewatch.sqlite"
    timezone: Timezone = "UTC"
    crawl: Crawl = Crawl()
    alerts: Alerts = Alerts()
    schedule: Schedule = Schedule()
    keep: Keep = Keep()
    status: StatusPage | None = None
    canary: Canary | None = None
    board: Board = Board()
    rules: tuple[Path, ...] = ()
    encoder: bool = True
    sources: tuple[Source, ...] = ()


_SECTIONS: Mapping[str, type[Section]] = {
    "crawl": Crawl,
    "alerts": Alerts,
    "schedule": Schedule,
    "keep": Keep,
    "status": StatusPage,
    "canary": Canary,
    "board": Board,
    "sources": Source,
    "slack": Slack,
    "webhook": Webhook,
    "email": Email,
    "atom": Atom,
    "watches": Watch,
    "paths": Paths,
    "css": Css,
    "quiet": Quiet,
    "digest": DailyDigest,
    "operators": Operators,
}


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check a configuration file. `environ` gives ${NAME} references and the Slack token and channel.

    Raises ConfigError with one line for every problem: file, key, value, what is allowed.
    """
    config = validate(_read(path), with_files(environ), path.name)
    return config.model_copy(update={"rules": _beside(path, config.rules)})


def with_files(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, with the text of the file that NAME_FILE names as NAME, as containers are given secrets."""
    found = dict(environ)
    for key, file in environ.items():
        name = key.removesuffix("_FILE")
        if name != key and name not in environ and _REFERENCE.fullmatch(f"${{{name}}}"):
            try:
                found[name] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                continue  # where it is wanted, it will be missing
    return found


def _beside(path: Path, rules: tuple[Path, ...]) -> tuple[Path, ...]:
    """Rule files are named from where the configuration lies."""
    files = tuple((path.parent / rule).resolve() for rule in rules)
    missing = [f"{path.name}: rules[{i}]: no such file: {file}" for i, file in enumerate(files) if not file.is_file()]
    if missing:
        raise ConfigError(missing)
    return files


def validate(data: dict[str, Any], environ: Mapping[str, str], file: str = "config.yaml") -> Config:
    """As `load`, from a mapping already read."""
    problems: list[str] = []
    data = _filled(data, environ, "", problems)
    _slack_from(environ, data)
    problems += _repeated_names(data)
    config: Config | None = None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        problems += [_in_words(item) for item in error.errors()]
    if problems or config is None:
        raise ConfigError([f"{file}: {problem}" for problem in problems])
    return config


def _read(path: Path) -> dict[str, Any]:
    name = path.name
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError([f"{name}: larger than 5 MB; is this the right file?"])
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file; name another with --config, or copy the project's config.yaml"]
        ) from None
    except OSError as problem:
        raise ConfigError([f"{path}: cannot be read: {problem.strerror}"]) from None
    except UnicodeDecodeError as problem:
        raise ConfigError([f"{name}: is not UTF-8 (byte {problem.start}); save it as UTF-8"]) from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigError([f"{name}: {where}{problem.problem or 'is not YAML'}"]) from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise ConfigError([f"{name}: is not YAML: {' '.join(str(problem).split())[:120]}"]) from None
    if not isinstance(data, dict):
        raise ConfigError([f"{name}: is empty or no mapping; keys such as 'sources:' are wanted"])
    return data


def _filled(value: Any, environ: Mapping[str, str], where: str, problems: list[str]) -> Any:
    """The value with every ${NAME} filled in from the environment; what is not set is a problem."""
    if isinstance(value, dict):
        return {key: _filled(item, environ, f"{where}.{key}".lstrip("."), problems) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environ, f"{where}[{i}]", problems) for i, item in enumerate(value)]
    if isinstance(value, str):
        for name in _REFERENCE.findall(value):
            if name not in environ:
                problems.append(f"{where}: the environment variable {name} is not set")
        return _REFERENCE.sub(lambda match: environ.get(match.group(1), "unset"), value)
    return value


def _slack_from(environ: Mapping[str, str], data: dict[str, Any]) -> None:
    token, channel = environ.get("SLACK_BOT_TOKEN"), environ.get("SLACK_CHANNEL")
    alerts = data.setdefault("alerts", {}) if data.get("alerts") is not None or "alerts" not in data else None
    if isinstance(alerts, dict) and token and channel and alerts.get("slack") is None:
        alerts["slack"] = {"token": token, "channel": channel}
        if environ.get("SLACK_APP_TOKEN"):
            alerts["slack"]["app_token"] = environ["SLACK_APP_TOKEN"]
    webhook = environ.get("SLACK_WEBHOOK_URL")
    if isinstance(alerts, dict) and webhook and alerts.get("slack") is None:
        alerts["slack"] = {"webhook": webhook}


def _repeated_names(data: Mapping[str, Any]) -> list[str]:
    sources = data.get("sources")
    seen: dict[object, int] = {}
    found = []
    for i, source in enumerate(sources if isinstance(sources, list) else []):
        name = source.get("name") if isinstance(source, dict) else None
        if isinstance(name, str) and seen.setdefault(name, i) != i:
            found.append(f"sources[{i}].name: {name!r} is already the name of sources[{seen[name]}]; names are unique")
    return found


def _in_words(error: Any) -> str:
    """One pydantic error -> one line: key path, value, what is allowed."""
    where = _path_of(error["loc"])
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        return f"{where}: unknown key{_near(error['loc'])}"
    if kind == "missing":
        return f"{where}: is missing"
    if kind == "literal_error":
        return f"{where}: {_shown(given)} is not allowed; allowed are {error['ctx']['expected']}"
    hidden = error["loc"][-1] in _SECRETS.get(str(error["loc"][0]), ())
    shown = _shown(given, secret=hidden or bool({"headers", "cookies"} & set(error["loc"])))
    return f"{where}: {shown}: {error['msg'].removeprefix('Value error, ')}"


def _shown(value: object, secret: bool = False) -> str:
    if isinstance(value, dict):
        return "this stanza"
    if secret:
        return "the given value (not shown)"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _path_of(loc: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return path.lstrip(".") or "the file"


def _near(loc: tuple[int | str, ...]) -> str:
    """The known key that a misspelled one resembles, if any."""
    model: Any = Config
    for part in loc[:-1]:
        if isinstance(part, str):
            model = _SECTIONS.get(part, model)
    known = list(model.model_fields)
    near = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; allowed are {', '.join(known)}"
