"""What is printed of texts that came from elsewhere."""

from __future__ import annotations

import pytest

from crosshook.cli import _shown
from crosshook.cli._reporter import ConsoleReporter
from crosshook.errors import CrosshookError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:secret@host/simple/", "https://host/simple/"),
        ("demo @ https://secret@host/demo.tar.gz", "demo @ https://host/demo.tar.gz"),
        ("find-links: user:secret@host/page", "find-links: host/page"),
        ("'user:secret@host:8080/x'", "'host:8080/x'"),
        ("(user:sec?ret@[::1]/x)", "([::1]/x)"),
        ("https://host/x.tar.gz?sig=secret", "https://host/x.tar.gz"),
        ("INDEX=https://u:secret@host/index.json: 404", "INDEX=https://host/index.json: 404"),
        ("git+ssh://git:secret@host/x", "git+ssh://host/x"),
        ("/a:b@c/d", "/a:b@c/d"),
        ("C:\\Users\\a@b", "C:\\Users\\a@b"),
        ("x.c:12:3: error: '@' here", "x.c:12:3: error: '@' here"),
        ("mail a@b.example", "mail a@b.example"),
        ("setuptools>=77", "setuptools>=77"),
    ],
)
def test_credentials(text: str, shown: str) -> None:
    assert _shown.line(text) == _shown.data(text) == shown
    assert _shown.lines(text) == shown


def test_data() -> None:
    secret = "https://user:secret@host/"
    assert _shown.data({"a": [secret, 1, None], "b": {"c": secret}}) == {
        "a": ["https://host/", 1, None],
        "b": {"c": "https://host/"},
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nerror: b", "a\\nerror: b"),
        ("a\r\tb", "a\\r\\tb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("caf\u00e9 \u4e2d", "caf\u00e9 \u4e2d"),
        ("\udcff", "\\udcff"),
        ("\u2028\u202e", "\\u2028\\u202e"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert _shown.line(text) == shown


def test_a_very_long_line() -> None:
    shown = _shown.line("a" * 10_000 + "z")
    assert len(shown) < 4100
    assert "[6001 characters left out]" in shown
    assert shown.endswith("az")


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = CrosshookError("a\nb https://u:secret@h/", hint="c\nd", detail="e\nuser:secret@f/")
    ConsoleReporter(0, False).error(error)
    assert capsys.readouterr().err.splitlines() == [
        "e",
        "f/",
        "error: a\\nb https://h/",
        "hint: c\\nd",
    ]
