"""config.yaml: what is wrong with it is said at once, a line each, with the place, the value and what is allowed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.config import Config, load, validate
from core.errors import ConfigError

GOOD = {"name": "courier", "type": "feed", "url": "https://courier.example/feed"}


def problems(data: dict[str, Any], **environ: str) -> tuple[str, ...]:
    """What is said of a configuration that is refused."""
    with pytest.raises(ConfigError) as refused:
        validate(data, environ)
    assert all("\n" not in problem for problem in refused.value.problems)
    return refused.value.problems


def read(path: Path) -> tuple[str, ...]:
    """What is said of a file that is refused."""
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    return refused.value.problems


def test_the_least_configuration_is_one_source() -> None:
    config = validate({"sources": [GOOD]}, {})
    assert config.sources[0].name == "courier"
    assert config.database.startswith("sqlite:///")


def test_durations_are_written_as_people_write_them() -> None:
    config = validate({"schedule": {"interval": "90s"}, "alerts": {"max_age": "2 days"}}, {})
    assert (config.schedule.interval, config.alerts.max_age) == (timedelta(seconds=90), timedelta(days=2))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sorces": []}, "config.yaml: sorces: unknown key; did you mean 'sources'?"),
        ({"crawl": {"dely": "1s"}}, "config.yaml: crawl.dely: unknown key; did you mean 'delay'?"),
        ({"sources": [{**GOOD, "tpye": "feed"}]}, "config.yaml: sources[0].tpye: unknown key; did you mean 'type'?"),
        (
            {"sources": [{**GOOD, "type": "rss"}]},
            "config.yaml: sources[0].type: 'rss' is not allowed; allowed are 'feed'",
        ),
        (
            {"alerts": {"watches": [{"to": ["email"]}]}},
            "config.yaml: alerts: this stanza: watches[0].to: email",
        ),
        (
            {"alerts": {"watches": [{"to": ["slack"], "quite": {}}]}},
            "config.yaml: alerts.watches[0].quite: unknown key",
        ),
        (
            {"alerts": {"watches": [{"to": ["console"], "quiet": {"from": "22", "to": "07:00", "timezone": "UTC"}}]}},
            "config.yaml: alerts.watches[0].quiet.from: '22': an hour of the day is wanted",
        ),
        (
            {
                "alerts": {
                    "email": {
                        "host": "mail.example",
                        "sender": "a@b.c",
                        "to": ["d@e.f"],
                        "security": "none",
                        "password": "secret",
                    }
                }
            },
            "config.yaml: alerts.email: this stanza: a password needs security: starttls or tls",
        ),
        ({"sources": [{"name": "courier", "type": "feed"}]}, "config.yaml: sources[0].url: is missing"),
        ({"sources": [{**GOOD, "url": "courier"}]}, "config.yaml: sources[0].url: 'courier': an address is wanted"),
        (
            {"sources": [{**GOOD, "interval": "often"}]},
            "config.yaml: sources[0].interval: 'often': a duration is wanted",
        ),
        ({"sources": [{**GOOD, "timezone": "Kiew"}]}, "config.yaml: sources[0].timezone: 'Kiew': a timezone is wanted"),
        ({"sources": [{**GOOD, "include": ["("]}]}, "config.yaml: sources[0].include[0]: '(': a regular expression"),
        (
            {"sources": [{**GOOD, "type": "listing"}]},
            "config.yaml: sources[0]: this stanza: a listing needs link_pattern",
        ),
        ({"sources": "all"}, "config.yaml: sources: 'all': "),
        ({"crawl": {"concurrency": "many"}}, "config.yaml: crawl.concurrency: 'many': "),
        ({"sources": [GOOD, GOOD]}, "config.yaml: sources[1].name: 'courier' is already the name of sources[0]"),
        ({"database": "${NOT_SET}"}, "config.yaml: database: the environment variable NOT_SET is not set"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(data: dict[str, Any], said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(data)), problems(data)


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = problems({"sorces": [], "crawl": {"delay": 1}, "sources": [{**GOOD, "type": "rss"}, {"name": "A b"}]})
    assert len(found) >= 5


def test_a_webhook_is_the_other_way_into_slack() -> None:
    config = validate({}, {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/SECRET"})
    assert config.alerts.slack is not None
    assert config.alerts.slack.webhook is not None
    assert "SECRET" not in repr(config)
    for wrong in ({}, {"token": "xoxb-1"}, {"token": "xoxb-1", "channel": "C1", "webhook": "https://a.example/SECRET"}):
        (problem,) = problems({"alerts": {"slack": wrong}})
        assert "alerts.slack: this stanza: either token and channel are wanted, or webhook" in problem
    assert "SECRET" not in " ".join(problems({"alerts": {"slack": {"webhook": ["SECRET"]}}}))


def test_the_buttons_need_an_app_token_which_a_webhook_has_no_use_for() -> None:
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C1", "SLACK_APP_TOKEN": "xapp-SECRET"}
    slack = validate({}, tokens).alerts.slack
    assert slack is not None
    assert slack.app_token is not None
    assert "SECRET" not in repr(slack)
    (problem,) = problems({"alerts": {"slack": {"webhook": "https://a.example", "app_token": "xapp-SECRET"}}})
    assert "app_token is of no use to a webhook" in problem
    assert "SECRET" not in problem


def test_slack_comes_from_the_environment() -> None:
    config = validate({}, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C1"})
    assert config.alerts.slack is not None
    assert config.alerts.slack.channel == "C1"


def test_the_schema_for_editors_takes_what_is_taken_and_refuses_what_is_refused() -> None:
    schema = Config.model_json_schema()
    good = {
        "crawl": {"delay": "2s"},
        "alerts": {"watches": [{"to": ["slack"], "kinds": ["remains"]}]},
        "sources": [GOOD],
    }
    jsonschema.validate(good, schema)
    for wrong in ({"crawl": {"delay": "soon"}}, {"sorces": []}, {"sources": [{**GOOD, "type": "rss"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_token_is_never_shown() -> None:
    config = validate({"alerts": {"slack": {"token": "${TOKEN}", "channel": "C1"}}}, {"TOKEN": "xoxb-secret"})
    assert "xoxb-secret" not in repr(config)
    assert "xoxb-secret" not in " ".join(problems({"alerts": {"slack": {"token": ["xoxb-secret"], "channel": "C1"}}}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty or no mapping"),
        (b"- a\n- b\n", "is empty or no mapping"),
        (b"sources: [\n", "line 2, column 1"),
        (b"a: \xff\xfe\n", "is not UTF-8 (byte 3)"),
        (b"a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        (b"a" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_in_a_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    (problem,) = read(path)
    assert problem.startswith("config.yaml: ")
    assert said in problem


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    (problem,) = read(tmp_path / "none.yaml")
    assert "no such file" in problem
    assert "--config" in problem


def test_the_packaged_configuration_names_real_sources() -> None:
    config = load(Path(__file__).parents[2] / "config.yaml", {})
    assert len(config.sources) >= 35
    assert {source.language for source in config.sources} == {"en", "uk", "ru"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"type": "json"}, "needs paths"),
        ({"paths": {"items": "a", "url": "b"}}, "no other has them"),
        ({"type": "json", "paths": {"items": "a[", "url": "b"}}, "a JMESPath expression is wanted"),
        ({"css": {"text": "p[["}}, "a CSS selector is wanted"),
        ({"encoding": "klingon"}, "an encoding is wanted"),
        ({"headers": {"X Key": "secret-value"}}, "headers"),
        ({"cookies": {"session": ["secret-value"]}}, "cookies"),
    ],
)
def test_what_is_wrong_with_a_source(more: dict[str, Any], said: str) -> None:
    (problem,) = problems({"sources": [{**GOOD, **more}]})
    assert said in problem
    assert "secret-value" not in problem


def test_a_network_of_ones_own_is_a_network() -> None:
    assert validate({"crawl": {"private_hosts": ["10.1.2.3/8", "news.internal"]}}, {}).crawl.private_hosts == (
        "10.0.0.0/8",
        "news.internal",
    )
    assert "a host or a network is wanted" in problems({"crawl": {"private_hosts": ["10.0.0.0/99"]}})[0]


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    (tmp_path / "config.yaml").write_text(
        "sources:\n- {name: a, type: feed, url: 'https://a.example/', headers: {X-Key: '${AGENCY_KEY}'}}\n"
    )
    config = load(tmp_path / "config.yaml", {"AGENCY_KEY_FILE": str(tmp_path / "key")})
    assert config.sources[0].headers["X-Key"].get_secret_value() == "from a file"
    with pytest.raises(ConfigError, match="AGENCY_KEY is not set"):
        load(tmp_path / "config.yaml", {"AGENCY_KEY_FILE": str(tmp_path / "gone")})
