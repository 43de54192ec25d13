"""The draft: every normative sentence is mapped to tests that exist, every footnote is cited."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosshook.conformance.cases import CASES
from crosshook.target import parse_target
from scripts import upstream

REPOSITORY = Path(__file__).parents[1]
DRAFT = (REPOSITORY / "PEP-DRAFT.md").read_text(encoding="utf-8")
TABLE = (REPOSITORY / "docs" / "evidence" / "proposal-tests.md").read_text(encoding="utf-8")
KEY_WORDS = re.compile(r"\b(MUST|SHOULD|MAY)\b")
KIT = "src/crosshook/conformance/"
SECTIONS = (
    "Abstract",
    "Motivation",
    "Rationale",
    "Specification",
    "Backwards Compatibility",
    "Security Implications",
    "How to Teach This",
    "Reference Implementation",
    "Rejected Ideas",
    "Open Issues",
    "Footnotes",
    "Copyright",
)


def section(name: str) -> str:
    """Return a section of the draft, without code."""
    found = re.split(r"^# (.+)\n", re.sub(r"(?ms)^```.*?^```$", "", DRAFT), flags=re.M)
    return found[found.index(name) + 1]


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of paragraphs and list items, on one line each; no tables, no titles."""
    text = re.sub(r"^(\||#).*$", "", text, flags=re.M)
    for block in re.split(r"\n\s*\n|\n(?=\* )", text):
        line = " ".join(block.removeprefix("* ").split())
        yield from filter(None, re.split(r"(?<=[.?!:])\s+(?=[A-Z`\"*])", line))


def normative() -> list[str]:
    found = [s for s in sentences(section("Specification")) if KEY_WORDS.search(s)]
    # The first says what the words mean.
    return found[1:]


def mapped() -> dict[str, list[str]]:
    """Return the tests of each sentence, from the table in the documentation."""
    rows = re.findall(r"^\| (.*[^ ]) +\| (`.*`) +\|$", TABLE, re.M)
    return {sentence: re.findall(r"`([^`]+)`", tests) for sentence, tests in rows}


def test_the_sections_are_pep_12s() -> None:
    without_code = re.sub(r"(?ms)^```.*?^```$", "", DRAFT)
    assert tuple(re.findall(r"^# (.+)$", without_code, re.M)) == SECTIONS


def test_sentences_are_found() -> None:
    text = "One: it MUST.\nIt is. *Two*\n\n| a MUST |\n## MUST\n* three\n  MAY,\n* `four` SHOULD\n"
    assert list(sentences(text)) == [
        "One: it MUST.",
        "It is.",
        "*Two*",
        "three MAY,",
        "`four` SHOULD",
    ]


def test_there_are_key_words_in_the_specification_alone() -> None:
    for name in set(SECTIONS) - {"Specification"}:
        assert not KEY_WORDS.search(section(name)), name


def test_every_normative_sentence_is_mapped() -> None:
    assert list(mapped()) == normative()
    assert all(mapped().values())


@pytest.mark.parametrize("test", sorted({test for tests in mapped().values() for test in tests}))
def test_the_tests_exist(test: str) -> None:
    file, _, rest = test.partition("::")
    name, _, case = rest.partition("[")
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if case:
        assert file == f"{KIT}test_frontend.py"
        assert case.removesuffix("]") in {known.backend for known in CASES}


def test_every_case_of_the_kit_is_mapped() -> None:
    """What frontends are tested with is in the draft."""
    named = " ".join(test for tests in mapped().values() for test in tests)
    assert {case.backend for case in CASES if f"[{case.backend}]" not in named} == set()


def test_every_check_of_the_kit_is_mapped() -> None:
    named = {test.partition("[")[0] for tests in mapped().values() for test in tests}
    for file in ("test_backend.py", "test_frontend.py"):
        tree = ast.parse((REPOSITORY / KIT / file).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        checks = {f"{KIT}{file}::{name}" for name in names if name.startswith("test_")}
        assert checks <= named


def test_the_tables_have_the_keys_of_the_schema() -> None:
    schema = json.loads((REPOSITORY / "src/crosshook/target/target.schema.json").read_text("utf-8"))
    toolchain = schema["$defs"]["toolchain"]
    tables = re.findall(r"^\| key \|.*?(?=\n\n)", DRAFT, re.M | re.S)
    for table, described in zip(tables, (schema, toolchain), strict=True):
        rows = re.findall(r"^\| `(\w+)` \|.*?\| (yes|no) \|", table, re.M)
        assert [key for key, _ in rows] == list(described["properties"])
        assert [key for key, required in rows if required == "yes"] == described["required"]
    commands = toolchain["properties"]["commands"]["properties"]
    assert ", ".join(f"`{key}`" for key in commands) in tables[1]


def test_the_example_is_a_target() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```$", DRAFT, re.M | re.S)
    target = parse_target(json.loads(example))
    assert target.to_json()["toolchain"]["commands"] == json.loads(example)["toolchain"]["commands"]


def test_every_footnote_is_cited_and_every_citation_has_one() -> None:
    text, _, notes = DRAFT.partition("# Footnotes")
    cited = list(dict.fromkeys(re.findall(r"\[(\d+)\]", text)))
    defined = re.findall(r"^\[(\d+)\] .*", notes, re.M)
    # Numbered in the order in which they are first cited.
    assert cited == defined == [str(number + 1) for number in range(len(defined))]
    assert notes.count("<https://") == len(defined)


def test_the_files_that_are_named_exist() -> None:
    named = re.findall(r"`((?:docs|benchmarks|src|scripts)/[\w./-]+)`", DRAFT)
    assert named
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("name", sorted(upstream.diffs()))
def test_the_sizes_of_the_changes_are_true(name: str) -> None:
    tool = name.rpartition("-")[0]
    lines = upstream.count(upstream.diffs()[name])
    assert f"{lines} for {tool}" in " ".join(section("Rationale").split())
