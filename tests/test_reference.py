"""The reference says what the code says, of options, targets, messages, keys and exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crosshook import errors, project
from crosshook.cli import INTERRUPTED
from crosshook.errors import CrosshookError
from scripts import reference
from scripts.messages import messages_in

FIRST_CELL = re.compile(r"^\| (.+?) \|", re.M)


def page(name: str) -> str:
    return (reference.PAGES / name).read_text(encoding="utf-8")


def first_cells(name: str) -> set[str]:
    """Return what stands in code spans in the first column of a page's tables."""
    return {
        code for cell in FIRST_CELL.findall(page(name)) for code in re.findall(r"`(.+?)`", cell)
    }


@pytest.mark.parametrize(("name", "write"), reference.pages().items(), ids=reference.pages())
def test_written_pages(name: str, write: Callable[[], str]) -> None:
    """``python -m scripts.reference`` writes them."""
    assert page(name) == write()


def test_the_table_in_pyproject() -> None:
    assert first_cells("pyproject.md") == set(project._KNOWN)


def test_environment_variables() -> None:
    """Those of crosshook's own; that others are read as described is tested where they are read."""
    code = "\n".join(f.read_text(encoding="utf-8") for f in reference.SOURCE.rglob("*.py"))
    own = set(re.findall(r"\bCROSSHOOK_[A-Z_]*[A-Z]\b", code))
    assert own
    assert own <= first_cells("environment.md")


def test_exit_codes() -> None:
    codes = {error.exit_code for error in tree(CrosshookError)}
    assert {str(code) for code in codes | {0, INTERRUPTED}} <= first_cells("exit-codes.md")
    for error in tree(CrosshookError):
        if error.__module__ == errors.__name__:
            assert f"`{error.__name__}`" in page("exit-codes.md")


def tree(error: type[CrosshookError]) -> Iterator[type[CrosshookError]]:
    yield error
    for below in error.__subclasses__():
        yield from tree(below)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise E("no", hint="yes")', [("no", "yes")]),
        ('E(f"{a.path_of}: {b!r}", hint=f"as {c[0]} is")', [("<path of>: <b>", "as <c> is")]),
        ('E("no", hint="a" if b else "c")', [("no", "a"), ("no", "c")]),
        ('E(f"{root / \'a.toml\'}", hint="b" + f"{d}")', [("<root>/a.toml", "b<d>")]),
        ('HINT = "so"\ndef f():\n    E("no", hint=HINT)', [("no", "so")]),
        ('def f():\n    hint = "so"\n    E("no", hint=hint)', [("no", "so")]),
        ('def f():\n    a, hint = 1, "so"\n    E("no", hint=hint)', [("no", "so")]),
        ('E("{} and {}".format(*a), hint="so")', [("<...> and <...>", "so")]),
        ('E("no", hint=None)', []),
        ('E("no")', []),
        (
            'class A(E):\n    def __init__(self, text):\n        super().__init__(text, hint="so")'
            '\nA("no")',
            [("no", "so")],
        ),
        # The hint of another error.
        ('E("no", hint=error.hint)', []),
        ('def f(hint):\n    E("no", hint=hint)', []),
        ('print(f"error: no {a}\\nhint: so")', [("no <a>", "so")]),
    ],
)
def test_messages_in(code: str, found: list[tuple[str, str]]) -> None:
    assert list(messages_in(code)) == found


def test_links_to_files_outside_of_the_site() -> None:
    """Sphinx checks the others."""
    docs = reference.PAGES.parent
    for file in docs.rglob("*.md"):
        for link in re.findall(r"\]\(((?:\.\./)+[^)#]+)\)", file.read_text(encoding="utf-8")):
            assert (file.parent / link).exists(), f"{file}: {link}"


REPOSITORY = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_of_the_front_pages(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
