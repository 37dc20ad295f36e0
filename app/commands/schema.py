"""The configuration's keys -> a JSON Schema, by which an editor completes and checks config.yaml."""

from __future__ import annotations

import json

from app.commands.options import command_app, example
from core.config import Config

app = command_app()


@app.command(epilog=example("exchangewatch schema > config.schema.json"))
def schema() -> int:
    """Print the JSON Schema of config.yaml for editors."""
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}
    print(json.dumps(told | {"title": "ExchangeWatch configuration"}, indent=2))
    return 0
