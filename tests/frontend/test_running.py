"""The test command, with this machine's own Python in the place of an emulated one."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import packaging.tags
import pytest

from tests.cli.conftest import CommandLine, crosshook
from tests.factory import make_elf, make_wheel
from tests.frontend.test_interrupt import heed_interrupts, read_pipe

__all__ = ["crosshook"]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or "64" not in next(packaging.tags.platform_tags()),
    reason="needs Linux on a processor that crosshook knows",
)

OWN = [tag for tag in packaging.tags.platform_tags() if tag.startswith("manylinux_")]
ARCH = OWN[0].split("_", 3)[3] if OWN else ""
MACHINE = {"x86_64": 62, "aarch64": 183}.get(ARCH, 0)
DIGITS = "{}{}".format(*sys.version_info[:2])
TAG = f"manylinux_2_17_{ARCH}"
WHEEL = f"demo-1.0-cp{DIGITS}-cp{DIGITS}-{TAG}.whl"
WIN_ARM64 = "win_arm64"

Run = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def built(crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A project whose wheel is for this machine; pip looks at no index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    prepared = crosshook.project / "prepared"
    prepared.mkdir()
    files = {
        "demo/__init__.py": b"answer = 42\n",
        f"demo/_core.cpython-{DIGITS}-{ARCH}-linux-gnu.so": make_elf(MACHINE),
    }
    make_wheel(prepared, files, tag=f"cp{DIGITS}-cp{DIGITS}-{TAG}", purelib=False)
    crosshook.backend("cross")
    return crosshook


def run(crosshook: CommandLine, command: str, *options: str | Path) -> tuple[int, str, str]:
    done = crosshook("--test-command", command, *options, tag=TAG)
    return done.code, done.out, done.err


def wheels(crosshook: CommandLine) -> set[str]:
    return {path.name for path in (crosshook.project / "dist").iterdir()}


def test_what_the_command_sees(built: CommandLine, tmp_path: Path) -> None:
    code = (
        "import demo, json, os, sys; print(json.dumps([demo.answer, sys.prefix != sys.base_prefix,"
        " os.listdir(), os.path.dirname(os.path.dirname(demo.__file__)) in sys.path]))"
    )
    out = tmp_path / "seen"
    exit_code, printed, said = run(
        built, f"python -c '{code}' > {out} && test -d {{project}} && test -f {{wheel}}"
    )
    assert exit_code == 0, said
    assert json.loads(out.read_text()) == [42, True, [], True]
    assert printed == f"{built.project / 'dist' / WHEEL}\n"
    assert "* testing on this machine: python -c" in said


def test_sources_and_variables_of_the_tests(built: CommandLine) -> None:
    """As cibuildwheel has them; the table names what is copied to where the command runs."""
    (built.project / "checks").mkdir()
    (built.project / "checks" / "check.py").write_text("assert True\n")
    (built.project / "a.cfg").write_text("")
    with (built.project / "pyproject.toml").open("a") as file:
        file.write(
            "\n[tool.crosshook]\nlike-cibuildwheel = true\n[tool.cibuildwheel]\n"
            'environment = "A=1"\ntest-environment = "B=2"\n'
            'test-sources = ["checks/check.py", "a.cfg"]\n'
            'test-command = "test $A$B = 12 && python checks/check.py && ls a.cfg checks"\n'
        )
    done = built(tag=TAG)
    assert done.code == 0, done.err
    assert "\na.cfg\n\nchecks:\ncheck.py\n" in done.err


@pytest.mark.parametrize("name", ["not-there", "../prepared", "/etc/passwd"])
def test_sources_that_are_not_in_the_project(built: CommandLine, name: str) -> None:
    with (built.project / "pyproject.toml").open("a") as file:
        file.write(f"\n[tool.crosshook]\ntest-command = 'true'\ntest-sources = [{name!r}]\n")
    done = built(tag=TAG)
    assert done.code == 2
    assert f"error: test-sources: {name!r}: no file or directory in the project" in done.err


def test_sub_processes_are_the_same_python(built: CommandLine) -> None:
    code = (
        "import subprocess, sys; "
        'subprocess.run([sys.executable, "-c", "import demo; demo.answer"], check=True)'
    )
    exit_code, _, said = run(built, f"python3 -c '{code}'")
    assert exit_code == 0, said


def test_what_the_command_prints_goes_to_stderr(built: CommandLine) -> None:
    _, printed, said = run(built, "echo out; echo err >&2")
    assert "\nout\nerr\n" in said
    assert printed == f"{built.project / 'dist' / WHEEL}\n"


def test_json(built: CommandLine) -> None:
    _, printed, _ = run(built, "test -f {wheel} && test -d {project}", "--json")
    outcome = json.loads(printed)["test"]
    assert (outcome["emulator"], outcome["exit_code"]) == ("this machine", 0)
    assert outcome["command"].endswith(f"{WHEEL} && test -d {built.project}")


def test_a_command_that_a_signal_ends(built: CommandLine) -> None:
    assert run(built, "kill -TERM $$")[0] == 128 + 15


def test_its_exit_code_is_passed_on(built: CommandLine) -> None:
    exit_code, printed, said = run(built, "echo why; exit 7")
    assert exit_code == 7
    assert printed == ""
    assert f"error: {WHEEL}: the test command ended with exit code 7: echo why; exit 7\n" in said
    assert "\nhint: --keep-going delivers the wheel all the same\n" in said
    assert wheels(built) == set()


def test_quiet_shows_the_output_of_a_failure_alone(built: CommandLine) -> None:
    assert run(built, "echo fine", "-q")[2] == ""
    assert run(built, "echo why; exit 7", "-q")[2].startswith("why\nerror: ")


def test_keep_going_delivers_with_a_warning(built: CommandLine) -> None:
    exit_code, printed, said = run(built, "exit 7", "--keep-going", "--json")
    assert exit_code == 0
    assert f"warning: {WHEEL}: the test command ended with exit code 7: exit 7; deliv" in said
    assert json.loads(printed)["test"] == {
        "command": "exit 7",
        "emulator": "this machine",
        "exit_code": 7,
    }
    assert wheels(built) == {WHEEL}


def test_a_command_that_does_not_end(built: CommandLine) -> None:
    # The shell's child holds the pipe; it is ended as well.
    exit_code, _, said = run(built, "cat /dev/zero > /dev/null; echo", "--test-timeout", "0.2")
    assert exit_code == 124
    assert "the test command did not end in 0.2 seconds" in said
    assert wheels(built) == set()


def test_the_projects_own_command(built: CommandLine) -> None:
    file = built.project / "pyproject.toml"
    settings = '[tool.crosshook]\ntest-command = ["python -c \'import demo\'", "exit 5"]\n'
    file.write_text(file.read_text() + settings)
    assert built(tag=TAG).code == 5
    assert built("--test-command", "exit 6", tag=TAG).code == 6
    assert built("--test-command", "", tag=TAG).code == 0


def test_requirements_that_cannot_be_had(built: CommandLine) -> None:
    exit_code, _, said = run(built, "exit 0", "--test-requires", "not-there-at-all")
    assert exit_code == 1
    assert "No matching distribution found for not-there-at-all" in said
    assert wheels(built) == set()


def test_an_emulator_of_the_users(built: CommandLine) -> None:
    command = "python -c 'import os; print(os.environ[\"EMULATED\"])'"
    exit_code, _, said = run(built, command, "--emulator", "env EMULATED=by-env")
    assert exit_code == 0, said
    assert "* testing on env: " in said
    assert "\nby-env\n" in said


def test_an_emulator_that_runs_nothing(built: CommandLine) -> None:
    # As Wine without 32-bit support does with a 32-bit program: it exits with 0.
    exit_code, _, said = run(built, "exit 0", "--emulator", "true")
    assert exit_code == 1
    assert "the target's Python does not run here (true; exit code 0)" in said
    assert "* building for" not in said


def test_another_python_than_the_targets(built: CommandLine, tmp_path: Path) -> None:
    liar = tmp_path / "liar"
    liar.write_text(
        '#!/bin/sh\necho \'crosshook-probe:{"libc": null, "extension_suffix": ".x.so", '
        '"markers": {}, "brought": {}}\'\n'
    )
    liar.chmod(0o755)
    exit_code, _, said = run(built, "exit 0", "--emulator", str(liar))
    assert exit_code == 1
    assert "a Python whose extension modules end in .x.so" in said


def test_what_nothing_can_run_is_delivered_untested(
    built: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is in the import libraries is not looked at: the last argument is where to.
    writes = "import sys; open(sys.argv[-1], 'x').close()"
    monkeypatch.setenv("DLLTOOL", shlex.join([sys.executable, "-c", writes]))
    name = "demo-1.0-py3-none-any.whl"
    (built.project / "prepared" / WHEEL).unlink()
    make_wheel(built.project / "prepared", {"demo/__init__.py": b""})
    built.backend("pure")
    done = built("--json", "--test-command", "exit 7", tag=WIN_ARM64)
    assert done.code == 0, done.err
    reason = json.loads(done.out)["test"]["skipped"]
    assert reason.startswith("Wine on ")
    assert f"warning: win_arm64: not tested: {reason}\n" in done.err
    assert wheels(built) == {name}


def test_no_python_for_the_target(built: CommandLine) -> None:
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[ARCH]
    done = built("--test-command", "exit 0", tag=f"manylinux_2_28_{other}")
    assert done.code == 1
    assert f" for manylinux_2_28_{other} to run the tests with" in done.err
    assert "hint: --python-source " in done.err
    assert "* building for" not in done.err


def test_ctrl_c_ends_the_command(built: CommandLine, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    command = [
        sys.executable,
        "-m",
        "crosshook.frontend",
        "--no-isolation",
        "--target",
        TAG,
    ]
    command += ["--toolchain", "environment", "--test-command"]
    # The command is a group of its own, which the terminal's signal does not reach.
    command += [f"echo $$ > {begun}; cat /dev/zero > /dev/null"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    ) as process:
        shell = int(read_pipe(begun, process))
        os.killpg(process.pid, signal.SIGINT)
        printed, said = process.communicate()
    assert process.returncode == 130, said
    assert printed == ""
    assert said.splitlines()[-1] == "interrupted"
    assert wheels(built) == set()
    with pytest.raises(ProcessLookupError):
        os.kill(shell, 0)
