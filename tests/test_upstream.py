"""The diffs that give released tools the hook: they add lines, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import upstream

PAGE = Path(__file__).parents[1] / "docs" / "evidence" / "upstream.md"


def test_there_is_one_for_every_tool() -> None:
    assert set(upstream.diffs()) == {*upstream.FRONTEND, *upstream.PROJECTS}


def test_the_page_has_their_sizes() -> None:
    rows = re.findall(r"^\| (\S+) (\S+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    written = {f"{name}-{version}": int(lines) for name, version, lines in rows}
    assert written == {name: upstream.count(lines) for name, lines in upstream.diffs().items()}


@pytest.mark.parametrize("name", sorted([*upstream.FRONTEND, *upstream.PROJECTS]))
def test_they_name_nothing_of_crosshooks(name: str) -> None:
    lines = [line for insertion in upstream.diffs()[name] for line in insertion.lines]
    assert "crosshook" not in "\n".join(lines)


def test_inserting(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\nthree\n", encoding="utf-8")
    text = (
        "--- a/a.py\n+++ b/a.py\n@@ -0,0 +1 @@\n+zero\n@@ -2,0 +4,2 @@\n+and\n+\n"
        "--- a/b.py\n+++ b/b.py\n@@ -0,0 +1 @@\n+new\n"
    )
    insertions = upstream.parse(text)
    assert upstream.count(insertions) == 3
    upstream.apply(insertions, tmp_path)
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "zero\none\ntwo\nand\n\nthree\n"
    assert (tmp_path / "b.py").read_text(encoding="utf-8") == "new\n"


@pytest.mark.parametrize("line", ["-two", " two", "@@ -2 +2 @@", "@@ -2,0 +3 @@ def two():"])
def test_lines_of_the_tools_are_refused(line: str) -> None:
    """What ``diff -p`` writes behind a hunk is one of them."""
    text = f"--- a/a.py\n+++ b/a.py\n@@ -1,0 +2 @@\n+one\n{line}\n"
    with pytest.raises(ValueError, match="not an insertion"):
        upstream.parse(text)
