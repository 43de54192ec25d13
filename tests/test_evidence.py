"""Tests that the evidence names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
EVIDENCE = TESTS.parent / "docs" / "evidence"


@pytest.mark.parametrize("page", ["kinds.md", "wheel-checks.md"])
def test_each_line_names_tests_that_are_there(page: str) -> None:
    rows = re.findall(r"^\| (?!kind ).*\|$", (EVIDENCE / page).read_text(encoding="utf-8"), re.M)
    assert rows
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert named, row
        for file, test in named:
            texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob(file)]
            assert any(f"def {test}(" in text for text in texts), (file, test)
