"""PEP 739's schema, for tests of what writes and what reads ``build-details.json``."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(Path(__file__).with_name("build-details.schema.json").read_text(encoding="utf-8"))
)
