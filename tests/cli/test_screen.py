"""What a person sees of ``crosshook build``, on a terminal and off one."""

from __future__ import annotations

import os
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from crosshook.target.python_version import running_python
from tests.factory import make_wheel

if sys.platform == "win32":
    pytest.skip("a terminal of Unix", allow_module_level=True)

from scripts.terminal import Running, Terminal

PYTHON = str(running_python())
TAGS = ("manylinux_2_28_aarch64", "musllinux_1_2_x86_64")
LAST = "musllinux_1_2_aarch64"

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


class Gate:
    """Where builds wait until they are let go."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.port: int = server.getsockname()[1]
        self._waiting: list[socket.socket] = []

    def wait_for(self, count: int) -> None:
        """Wait until so many builds have come."""
        self._waiting += [self._server.accept()[0] for _ in range(count)]

    def let_go(self, *, good: bool = True) -> None:
        """Let go the one that came first."""
        with self._waiting.pop(0) as first:
            first.sendall(b"!" if good else b"?")

    def close(self) -> None:
        for one in self._waiting:
            one.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        gate = Gate(server)
        yield gate
        gate.close()


class Screen:
    """Starts ``crosshook build`` in a project whose backend waits at a gate."""

    def __init__(self, project: Path, cache: Path, port: int) -> None:
        self.project = project
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "PYTHONPATH")}
        self.environ: Mapping[str, str] = {
            **kept,
            "CC": "a-compiler-that-is-never-run",
            "CROSSHOOK_CACHE_DIR": str(cache),
            "MEETING_POINT": str(port),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __call__(
        self,
        *arguments: str,
        columns: int = 120,
        tags: tuple[str, ...] = TAGS,
        stdout: int | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> Running:
        words = [sys.executable, "-m", "crosshook", "build", "--no-isolation", "-j2"]
        words += ["--toolchain", "environment", "--target", ",".join(tags), *arguments]
        return Running(
            words,
            columns,
            cwd=self.project,
            environ={**self.environ, **environ},
            stdout=stdout,
        )


@pytest.fixture
def screen(copy_project: Callable[[str], Path], tmp_path: Path, gate: Gate) -> Screen:
    project = copy_project("prepared")
    (project / "prepared").mkdir()
    make_wheel(project / "prepared", {"demo/__init__.py": b""}, tag="py3-none-any", purelib=True)
    # The backend is known to heed targets: none of its builds has to be the first.
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "prepared:waits"\n'
        'backend-path = ["_build"]\n'
    )
    return Screen(project, tmp_path / "cache", gate.port)


def shows(text: str) -> Callable[[Terminal], bool]:
    return lambda terminal: text in terminal.text


@pytest.mark.parametrize("columns", [44, 120])
def test_the_table(screen: Screen, gate: Gate, columns: int) -> None:
    running = screen(columns=columns)
    gate.wait_for(1)

    def is_drawn(terminal: Terminal) -> bool:
        """Tell whether the whole table is there; a read may end in the middle of one."""
        rows = terminal.lines
        at = [i for i, line in enumerate(rows) if line.startswith(f"{TAGS[0]} {PYTHON}")]
        return (
            any(line.startswith("[0/2] 1 being built, 1 to come  0:") for line in rows)
            and bool(at)
            and "compiling" in "".join(rows[at[0] :][: 1 if columns > 44 else 2])
        )

    running.wait_for(is_drawn)
    assert max(map(len, running.terminal.lines)) <= columns
    gate.let_go()
    gate.wait_for(1)
    gate.let_go()
    assert running.end() == 0
    text = running.terminal.text
    assert "being built" not in text
    assert "compiling" not in text
    assert running.terminal.shows_cursor
    assert f"[1/2] {TAGS[0]}, Python {PYTHON}: demo-1.0-py3-none-any.whl" in text.replace("\n", "")
    for tag in TAGS:
        assert f"{tag} {PYTHON}" in text
    assert "pure, checked" in text
    assert text.replace("\n ", "").count("no test command") == 2


def test_an_error_is_printed_above_the_table(screen: Screen, gate: Gate) -> None:
    running = screen(tags=(*TAGS, LAST))
    gate.wait_for(1)
    gate.let_go(good=False)
    gate.wait_for(2)
    running.wait_for(shows("[1/3] 2 being built, 1 failed"))
    # The last line that is printed, and the table below it.
    running.wait_for(shows("hint: "))
    running.wait_for(lambda terminal: terminal.lines[-3].startswith("[1/3] "))
    lines = running.terminal.lines
    at = lines.index("no wheel")
    assert lines[at + 1] == "in two lines"
    assert any(line.startswith("error: ") for line in lines[at:])
    # Both begin at once: either may be the first.
    assert {line.split()[0] for line in lines[-2:]} == {TAGS[1], LAST}
    gate.let_go()
    gate.let_go()
    assert running.end() == 1
    lines = running.terminal.lines
    assert [line.split()[2] for line in lines[-3:]] == ["failed", *[lines[-1].split()[2]] * 2]
    assert not any("being built" in line for line in lines)


def test_ctrl_c(screen: Screen, gate: Gate) -> None:
    running = screen()
    gate.wait_for(1)
    running.wait_for(shows("compiling"))
    running.interrupt()
    assert running.end() == 130
    assert running.terminal.lines[-1].endswith("interrupted")
    assert running.terminal.shows_cursor
    assert "being built" not in running.terminal.text
    assert "compiling" not in running.terminal.text


def test_what_is_interrupted_did_not_fail(screen: Screen, gate: Gate) -> None:
    running = screen(tags=(*TAGS, LAST))
    gate.wait_for(1)
    gate.let_go()
    gate.wait_for(2)
    running.wait_for(shows("[1/3] 2 being built"))
    running.interrupt()
    assert running.end() == 130
    assert "[1/3] " in running.terminal.text
    assert "failed" not in running.terminal.text
    assert running.terminal.lines[-1].endswith("interrupted")


def test_results_that_go_elsewhere_are_there_at_once(
    screen: Screen, gate: Gate, tmp_path: Path
) -> None:
    file = tmp_path / "results"
    with file.open("wb") as stream:
        running = screen(stdout=stream.fileno(), tags=TAGS)
    gate.wait_for(1)
    gate.let_go()
    gate.wait_for(1)
    running.wait_for(shows("[1/2] 1 being built"))
    wheel = screen.project / "dist" / "demo-1.0-py3-none-any.whl"
    assert file.read_text() == f"{wheel}\n"
    gate.let_go()
    assert running.end() == 0
    assert str(wheel) not in running.terminal.text


@pytest.mark.parametrize(
    ("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "unknown")]
)
def test_plain_lines(screen: Screen, gate: Gate, variable: str, value: str) -> None:
    running = screen(environ={variable: value})
    gate.wait_for(1)
    gate.let_go()
    gate.wait_for(1)
    gate.let_go()
    assert running.end() == 0
    assert b"\x1b" not in running.printed
    assert f"* building for {TAGS[0]}, Python {PYTHON}" in running.terminal.lines


def test_in_ci_no_line_is_written_anew(screen: Screen, gate: Gate) -> None:
    running = screen(environ={"CI": "true"})
    gate.wait_for(1)
    gate.let_go()
    gate.wait_for(1)
    gate.let_go()
    assert running.end() == 0
    assert b"\x1b[?25l" not in running.printed
    assert f"* building for {TAGS[0]}, Python {PYTHON}" in running.terminal.lines


def test_quiet(screen: Screen, gate: Gate) -> None:
    running = screen("-q")
    gate.wait_for(1)
    gate.let_go()
    gate.wait_for(1)
    gate.let_go()
    assert running.end() == 0
    assert running.terminal.text == str(screen.project / "dist" / "demo-1.0-py3-none-any.whl")


def test_without_rich(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['rich'] = None; from crosshook.cli import script; "
        "script(['build', '--target', 'win_arm64', './nowhere'])"
    )
    running = Running([sys.executable, "-c", code], 100, cwd=tmp_path, environ=os.environ)
    assert running.end() == 2
    assert running.terminal.lines[0].startswith("error: ")
    assert b"\x1b" not in running.printed
