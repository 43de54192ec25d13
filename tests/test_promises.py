"""The page of promises: each has tests, and they exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "explanation" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!promise|-)(.+?) \| (.*) \|$", PAGE, re.M)
"""What is promised, and the tests."""
NAMED = [(promise, re.findall(r"`([^`]+)`", tests)) for promise, tests in ROWS]


def test_the_page_is_read() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert len(NAMED) == len(lines) - lines.count("| promise | tests |") > 20


@pytest.mark.parametrize(("promise", "tests"), NAMED)
def test_each_promise_has_tests(promise: str, tests: list[str]) -> None:
    assert tests


@pytest.mark.parametrize("test", sorted({test for _, tests in NAMED for test in tests}))
def test_the_tests_exist(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
