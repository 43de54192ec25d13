"""What is told of a run beside what a person sees: events, logs, a page, and what CI folds."""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from crosshook.cli._events import EventWriter
from crosshook.frontend import running
from crosshook.frontend.logs import LogDirectory
from crosshook.frontend.reporters import CellName
from crosshook.frontend.request import Delivered
from tests.cli.conftest import AARCH64, CommandLine

X86_64 = "manylinux_2_28_x86_64"
RUNNING = "{}.{}".format(*sys.version_info[:2])
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "events.schema.json"
WHEEL = "demo-1.0-py3-none-any.whl"

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)


def events(out: str) -> list[dict[str, Any]]:
    """Return the events of an output, each checked against the schema."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = [json.loads(line) for line in out.splitlines()]
    for event in found:
        jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())
    return found


def test_events(crosshook: CommandLine) -> None:
    crosshook.wheel()
    crosshook.backend("cross")
    done = crosshook("--json=events", "-j1", "--target", X86_64)
    found = events(done.out)
    kinds = [event["event"] for event in found]
    # SOURCE_DATE_EPOCH, before anything is planned.
    assert kinds[0] == "step"
    at = kinds.index("planned")
    assert found[at]["cells"] == [
        {"target": AARCH64, "python": RUNNING},
        {"target": X86_64, "python": RUNNING},
    ]
    own = [event for event in found[at:] if event.get("target") == AARCH64]
    assert own[0]["event"] == "begun"
    phases = [event["phase"] for event in own if event["event"] == "phase"]
    assert phases[:4] == ["environment", "hooks", "compiling", "checking"]
    assert found[-1]["event"] == "done"
    assert found[-1]["exit_code"] == done.code
    assert sorted(event["time"] for event in found) == [event["time"] for event in found]


def test_events_of_what_fails(crosshook: CommandLine) -> None:
    crosshook.wheel()
    crosshook.backend("refuses")
    done = crosshook("--json=events", "-j1", "--target", X86_64)
    found = events(done.out)
    built = [(e["event"], e["target"]) for e in found if e["event"] in ("built", "failed")]
    assert built == [("built", AARCH64), ("failed", X86_64)]
    assert found[-1] | {"time": ""} == {
        "event": "done",
        "time": "",
        "built": 1,
        "failed": 1,
        "exit_code": done.code,
    }


def test_events_of_a_test_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    tested = running.Tested(command="pytest", emulator="QEMU", exit_code=3)
    error = running.FailedTest(
        "demo: the test command ended with exit code 3", tested=tested, detail=None
    )
    cell = EventWriter().cell(CellName(target=AARCH64, python="3.13"))
    cell.came(Delivered(target=AARCH64, python="3.13", error=error))
    begun, test, failed = events(capsys.readouterr().out)
    assert begun["event"] == "begun"
    assert (test["event"], test["emulator"], test["exit_code"]) == ("tested", "QEMU", 3)
    assert (failed["event"], failed["exit_code"]) == ("failed", 3)


def test_events_of_what_is_not_understood(crosshook: CommandLine) -> None:
    done = crosshook("--json=events", tag="windows")
    assert [event["event"] for event in events(done.out)] == ["failed", "done"]
    assert "error: " in done.err


def test_the_source_may_follow_json(crosshook: CommandLine) -> None:
    crosshook.wheel()
    assert json.loads(crosshook("--json", ".").out)["wheel"].endswith(WHEEL)


def test_a_log_of_each_cell(crosshook: CommandLine, tmp_path: Path) -> None:
    crosshook.wheel()
    crosshook.backend("refuses")
    logs = tmp_path / "logs"
    (logs / f"{AARCH64}-{RUNNING}.log").parent.mkdir()
    (logs / f"{AARCH64}-{RUNNING}.log").symlink_to(tmp_path / "elsewhere")
    done = crosshook("--log-dir", logs, "--target", X86_64)
    assert done.code == 1
    assert {file.name for file in logs.iterdir()} == {
        "run.log",
        f"{AARCH64}-{RUNNING}.log",
        f"{X86_64}-{RUNNING}.log",
    }
    assert not (tmp_path / "elsewhere").exists()
    good = (logs / f"{AARCH64}-{RUNNING}.log").read_text()
    assert "build_wheel was called with" in good
    assert f"* built: {crosshook.project / 'dist' / WHEEL}\n" in good
    bad = (logs / f"{X86_64}-{RUNNING}.log").read_text()
    assert re.search("^error: .*aarch64 alone", bad, re.MULTILINE)
    assert "hint: another target\n" in bad
    assert "SOURCE_DATE_EPOCH" in (logs / "run.log").read_text()


def test_the_log_of_a_cell_is_its_own(tmp_path: Path) -> None:
    logs = LogDirectory(tmp_path)
    for source in ("a b", "a/b", "a-b"):
        cell = CellName(target=AARCH64, python="3.13", source=source)
        logs.cell(cell).step(source)
    texts = {file.name: file.read_text() for file in tmp_path.iterdir()}
    ending = f"a-b-{AARCH64}-3.13"
    assert set(texts) == {"run.log", f"{ending}.log", f"{ending}-2.log", f"{ending}-3.log"}
    assert texts[f"{ending}-2.log"].endswith("* a/b\n")


def test_no_credentials_in_a_log(crosshook: CommandLine, tmp_path: Path) -> None:
    crosshook.wheel()
    crosshook("--log-dir", tmp_path, "-Cindex=https://user:secret@host/simple")
    log = (tmp_path / f"{AARCH64}-{RUNNING}.log").read_text()
    assert "https://host/simple" in log
    assert "secret" not in log


@pytest.mark.parametrize("option", ["--log-dir", "--report"])
def test_what_cannot_be_written(crosshook: CommandLine, tmp_path: Path, option: str) -> None:
    crosshook.wheel()
    (tmp_path / "file").touch()
    done = crosshook(option, tmp_path / "file" / "below")
    assert done.code == 2
    assert done.err.startswith(f"error: {option}: cannot write to {tmp_path / 'file'}")
    assert not (crosshook.project / "dist").exists()


class Page(HTMLParser):
    """What is in a page: every element is closed, and nothing of it is elsewhere."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert name not in ("src", "onload", "onclick", "style")
            assert name != "href" or (value or "").startswith("#")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page(crosshook: CommandLine, tmp_path: Path) -> None:
    made = crosshook.wheel()
    crosshook.backend("refuses")
    file = tmp_path / "new" / "report.html"
    done = crosshook("--report", file, "--target", X86_64)
    assert done.code == 1
    page = Page(file.read_text(encoding="utf-8"))
    assert "demo 1.0: 1 wheel, 1 failed" in page.text
    assert made.name in page.text
    assert "aarch64 alone" in page.text
    assert re.search("[0-9a-f]{64}", page.text)
    assert "url(" not in file.read_text(encoding="utf-8")


def test_the_page_takes_no_markup_from_elsewhere(crosshook: CommandLine, tmp_path: Path) -> None:
    crosshook.wheel()
    crosshook.backend("shows_markup")
    file = tmp_path / "report.html"
    assert crosshook("--report", file).code == 1
    page = Page(file.read_text(encoding="utf-8"))
    assert page.tags.isdisjoint({"script", "img"})
    assert "<script>alert(1)</script>" in page.text
    assert "details" in page.tags
    assert "\x1b" not in page.text


def test_the_page_of_a_run_that_did_not_begin(crosshook: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    crosshook("--report", file, tag="windows")
    assert "error: " in Page(file.read_text(encoding="utf-8")).text


def test_github_folds_what_was_printed(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    crosshook.wheel()
    crosshook.backend("reports")
    done = crosshook()
    lines = done.err.splitlines()
    at = lines.index(f"::group::{AARCH64}, Python {RUNNING}")
    token = lines[at + 1].removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", token)
    end = lines.index(f"::{token}::")
    assert lines[end + 1] == "::endgroup::"
    assert "build_wheel was called with null" in lines[at:end]
    assert any(line.startswith("::warning::the extension module demo._a") for line in lines)


def test_github_takes_no_commands_from_a_build(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    crosshook.wheel()
    crosshook.backend("shows_markup")
    lines = crosshook().err.splitlines()
    stopped: str | None = None
    for line in lines:
        if stopped is not None:
            stopped = None if line == stopped else stopped
        elif line.startswith("::stop-commands::"):
            stopped = f"::{line.removeprefix('::stop-commands::')}::"
        else:
            assert not line.startswith("::add-path")
    assert stopped is None
    assert any(line.startswith("::error::") for line in lines)
    assert "::add-path::/evil" in lines


def test_gitlab_folds_what_was_printed(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    crosshook.wheel()
    err = crosshook().err
    name = re.escape(f"{AARCH64}_python_{RUNNING}")
    found = re.search(
        rf"\x1b\[0Ksection_start:(\d+):{name}\[collapsed=true\]\r\x1b\[0K(.*)\n(.*\n)+"
        rf"\x1b\[0Ksection_end:\d+:{name}\r\x1b\[0K\n",
        err,
    )
    assert found is not None
    assert found[2] == f"{AARCH64}, Python {RUNNING}"
    assert "build_wheel was called with null\n" in found[0]
