"""The pictures of the documentation."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("they are made in a terminal of Unix", allow_module_level=True)

from scripts.pictures import HOME, PICTURES, PICTURES_OF, REPOSITORY

PAGES = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


@pytest.mark.parametrize("name", PICTURES_OF)
def test_a_picture_shows_no_place_of_the_machine_that_made_it(name: str) -> None:
    picture = ElementTree.parse(PICTURES / f"{name}.svg")
    text = "".join(picture.getroot().itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert f"$ {PICTURES_OF[name].command.split()[0]}" in text
    for place in re.findall(r"(?<![\w./:{}])/(?:[\w.-]+/)+", text):
        assert place.startswith((HOME, "/usr/", "/packages/")), place
    assert "@font-face" not in (PICTURES / f"{name}.svg").read_text(encoding="utf-8")


def test_each_is_shown_and_said_in_words() -> None:
    shown = set()
    for page in PAGES:
        for words, target in SHOWN.findall(page.read_text(encoding="utf-8")):
            assert len(words) > 10, (page, target)
            if "://" not in target:
                assert (page.parent / target).is_file(), (page, target)
                shown.add(Path(target).name)
    assert {f"{name}.svg" for name in PICTURES_OF} <= shown
