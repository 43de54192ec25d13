"""The command line: exit codes, what is on stdout and what on stderr, and what is left."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import crosshook as crosshook_package
from crosshook import __version__
from crosshook.cli.build import parse_config_settings
from crosshook.pythons import pyconfig
from crosshook.target import parse_target
from crosshook.target.platforms import parse_platform
from crosshook.target.systems.glibc import GLIBC
from tests.cli.conftest import AARCH64, DIGITS, PURE, CommandLine, Finished
from tests.conftest import ROWS_WITH_FACTS
from tests.factory import make_wheel

RUNNING = "{}.{}".format(*sys.version_info[:2])
X86_64 = "manylinux_2_28_x86_64"


def test_a_python_that_the_project_does_not_support_is_told_before_the_build(
    crosshook: CommandLine,
) -> None:
    crosshook.wheel()
    file = crosshook.project / "pyproject.toml"
    before = file.read_text()
    file.write_text(
        before + '[project]\nname = "Demo"\nversion = "1"\nrequires-python = ">=3.99"\n'
    )
    done = crosshook()
    assert done.code == 1
    assert (
        f"error: demo: requires-python is '>=3.99', and the target is Python {RUNNING}\n"
        in done.err
    )
    assert "hint: name another: --python VERSION" in done.err
    assert "* building for" not in done.err
    file.write_text(before + '[project]\nname = "Demo"\nversion = "1"\nrequires-python = "!"\n')
    assert crosshook().code == 0


@pytest.mark.parametrize(
    ("tag", "error", "hint"),
    [
        ("win_amd64", "PyPy 3.11 for win_amd64 is not supported: ", "--python 3.11"),
        ("musllinux_1_2_aarch64", "PyPy 3.11 for musllinux_1_2_aarch64 cannot", "--target-python"),
    ],
)
def test_a_pypy_that_cannot_be_had(crosshook: CommandLine, tag: str, error: str, hint: str) -> None:
    """For Windows, an unpacked one would not be taken either."""
    done = crosshook("--adapt", "--python", "pypy3.11", tag=tag)
    assert done.code == 1
    assert f"error: {error}" in done.err
    assert hint in done.err.partition("hint: ")[2]


def test_what_a_failed_build_printed_is_kept(crosshook: CommandLine, tmp_path: Path) -> None:
    crosshook.wheel()
    crosshook.backend("talks")
    done = crosshook()
    log = tmp_path / "cache" / "logs" / f"{crosshook.project.name}-{AARCH64}-{RUNNING}.log"
    assert f"log: {log}\n" in done.err
    assert "ValueError: no wheel today" in log.read_text()
    verbose = crosshook("-v")
    assert "ValueError: no wheel today" in log.read_text()
    assert verbose.err.count("build_wheel was called") <= 1


def test_what_the_project_tells_cibuildwheel(crosshook: CommandLine) -> None:
    crosshook.wheel()
    file = crosshook.project / "pyproject.toml"
    table = '[tool.cibuildwheel]\nskip = "*x86_64"\nconfig-settings = { a = "1", b = "2" }\n'
    file.write_text(file.read_text() + table + 'before-build = "make"\n')
    done = crosshook("-v", "--like-cibuildwheel", "-Cb=3", "--target", X86_64)
    identifier = f"cp{DIGITS}-manylinux"
    assert done.code == 0
    assert f"warning: {identifier}_x86_64: not built: the project skips it" in done.err
    assert f"note: {identifier}_aarch64: of [tool.cibuildwheel]: config-settings, skip" in done.err
    assert "note: [tool.cibuildwheel] before-build: not taken" in done.err
    assert 'build_wheel was called with {"a": "1", "b": "3"}' in done.err
    refused(crosshook("--like-cibuildwheel", tag=X86_64), "[tool.cibuildwheel] skips every wheel")
    assert crosshook("-q").err == ""


MUSL = "musllinux_1_2_s390x"
NATIVE = f"demo-1.0-cp{DIGITS}-cp{DIGITS}-{AARCH64}.whl"

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


def tree(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


# Built


@pytest.mark.parametrize("source", [[], ["."], ["absolute"]])
def test_stdout_is_the_path_of_the_wheel(crosshook: CommandLine, source: list[str]) -> None:
    made = crosshook.wheel()
    arguments = [crosshook.project if word == "absolute" else word for word in source]
    done = crosshook(*arguments)
    path = crosshook.project / "dist" / made.name
    assert done.code == 0, done.err
    assert done.out == f"{path}\n"
    assert path.read_bytes() == made.read_bytes()
    assert f"* building for {AARCH64}" in done.err
    assert "build_wheel was called" not in done.err


@pytest.mark.parametrize("option", ["--outdir", "-o"])
def test_the_output_directory(
    crosshook: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    made = crosshook.wheel()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = crosshook(crosshook.project, option, "deep/er")
    assert done.out == f"{tmp_path / 'here' / 'deep' / 'er' / made.name}\n"
    assert tree(tmp_path / "here") == {"deep", os.path.join("deep", "er")} | {
        os.path.join("deep", "er", made.name)
    }
    assert not (crosshook.project / "dist").exists()


def test_an_older_wheel_of_that_name_is_replaced(crosshook: CommandLine) -> None:
    made = crosshook.wheel()
    (crosshook.project / "dist").mkdir()
    (crosshook.project / "dist" / made.name).write_bytes(b"old")
    assert crosshook().code == 0
    assert (crosshook.project / "dist" / made.name).read_bytes() == made.read_bytes()
    assert tree(crosshook.project / "dist") == {made.name}


def test_json(crosshook: CommandLine) -> None:
    crosshook.wheel()
    done = crosshook("--json")
    assert done.code == 0
    answer = json.loads(done.out)
    assert answer.pop("seconds") >= 0
    delivered = Path(answer["wheel"]).read_bytes()
    assert answer == {
        "target": AARCH64,
        "python": RUNNING,
        "wheel": str(crosshook.project / "dist" / "demo-1.0-py3-none-any.whl"),
        "size": len(delivered),
        "sha256": hashlib.sha256(delivered).hexdigest(),
        "tags": ["py3-none-any"],
        "pure": True,
        "hook": "build_wheel",
        "existing": False,
        "reproduced": False,
        "test": None,
        "warnings": [],
    }


def test_what_is_built_twice(crosshook: CommandLine) -> None:
    made = crosshook.wheel()
    done = crosshook("--verify-reproducible", "--json")
    assert done.code == 0, done.err
    assert f"* building for {AARCH64}, Python {RUNNING} again\n" in done.err
    assert json.loads(done.out)["reproduced"] is True
    assert (crosshook.project / "dist" / made.name).read_bytes() == made.read_bytes()


def test_what_is_not_the_same_twice(crosshook: CommandLine) -> None:
    made = crosshook.wheel()
    crosshook.backend("writes_its_place")
    assert crosshook().code == 0
    (crosshook.project / "dist" / made.name).unlink()
    done = crosshook("--verify-reproducible")
    assert done.code == 1
    assert f"error: {made.name}: built again, it is not the same wheel\n" in done.err
    assert f"  - demo/__init__.py: line 1: \"built_in = '{crosshook.project}" in done.err
    assert tree(crosshook.project / "dist") == set()


def test_the_same_wheel_from_any_directory(
    crosshook: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an sdist, even where the backend writes the path of the source tree into the wheel."""
    crosshook.wheel()
    crosshook.backend("writes_its_place")
    wheels = []
    for place, targets in (("here", ()), ("there", ("--target", X86_64))):
        (tmp_path / place).mkdir()
        with tarfile.open(tmp_path / place / "demo-1.0.tar.gz", "w:gz") as archive:
            archive.add(crosshook.project, "demo-1.0")
        monkeypatch.chdir(tmp_path / place)
        done = crosshook(*targets, tmp_path / place / "demo-1.0.tar.gz")
        assert done.code == 0, done.err
        wheels += [Path(line).read_bytes() for line in done.out.splitlines()]
    assert len(wheels) > 1
    assert len(set(wheels)) == 1


def test_a_date_for_the_build(crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    crosshook.wheel()
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(crosshook.project.parent))
    assert "* SOURCE_DATE_EPOCH=1580601600 (2020-02-02), for want of a commit\n" in crosshook().err
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert "SOURCE_DATE_EPOCH" not in crosshook().err


def test_json_of_a_native_wheel(crosshook: CommandLine) -> None:
    crosshook.wheel(native=True)
    crosshook.backend("cross")
    done = crosshook("--json", "--require-native")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["tags"] == [f"cp{DIGITS}-cp{DIGITS}-{AARCH64}"]
    assert (answer["pure"], answer["hook"]) == (False, "cross_build_wheel")


def test_json_of_warnings(crosshook: CommandLine) -> None:
    crosshook.wheel(native=True)
    crosshook.backend("reports")
    done = crosshook("--json")
    assert len(json.loads(done.out)["warnings"]) == 2
    assert done.err.count("warning: the extension module demo._") == 2


def test_a_target_given_twice_is_built_once(crosshook: CommandLine) -> None:
    crosshook.wheel()
    done = crosshook("--target", AARCH64)
    assert len(done.out.splitlines()) == 1


def test_one_target_of_several_fails(crosshook: CommandLine) -> None:
    crosshook.wheel(native=True)
    crosshook.backend("refuses")
    done = crosshook("--target", AARCH64, tag=X86_64)
    path = crosshook.project / "dist" / NATIVE
    assert done.code == 1
    assert done.out == f"{path}\n"
    assert "error: prepared:refuses: cross_build_wheel: aarch64 alone\n" in done.err
    assert "hint: another target\n" in done.err
    assert tree(crosshook.project / "dist") == {NATIVE}


def test_json_where_one_target_of_several_fails(crosshook: CommandLine) -> None:
    crosshook.wheel(native=True)
    crosshook.backend("refuses")
    done = crosshook("--json", "--target", AARCH64, tag=X86_64)
    failed, built = map(json.loads, done.out.splitlines())
    assert done.code == 1
    assert set(failed) == {"target", "python", "error", "hint", "detail", "log", "exit_code"}
    assert failed["target"] == X86_64
    assert failed["error"] == "prepared:refuses: cross_build_wheel: aarch64 alone"
    assert failed["hint"] == "another target"
    assert built["target"] == AARCH64
    assert "error" not in built


# Several cells


def test_a_pure_wheel_is_built_and_named_once(crosshook: CommandLine) -> None:
    """Its backend was told of no target: the wheel is the same for all."""
    crosshook.wheel()
    done = crosshook("-v", "--target", X86_64, "--target", MUSL)
    assert done.code == 0, done.err
    assert done.out.count("demo-1.0-py3-none-any.whl") == 1
    assert done.err.count("build_wheel was called") == 1
    serves = f"demo-1.0-py3-none-any.whl, built for {AARCH64}, Python {RUNNING}, serves {MUSL}"
    assert serves in done.err


def test_json_has_an_object_for_every_cell_that_a_wheel_serves(crosshook: CommandLine) -> None:
    crosshook.wheel()
    lines = crosshook("--json", "--target", X86_64).out.splitlines()
    first, second = map(json.loads, lines)
    assert first["wheel"] == second["wheel"]


def test_two_wheels_of_one_name_that_differ(crosshook: CommandLine) -> None:
    for tag in (AARCH64, X86_64):
        directory = crosshook.project / "prepared" / tag
        directory.mkdir(parents=True)
        made = make_wheel(directory, {**PURE, "demo/platform.txt": tag.encode()})
    crosshook.backend("by_platform")
    done = crosshook("-j1", "--target", X86_64)
    assert done.code == 1
    assert (
        f"error: {made.name}: {AARCH64}, Python {RUNNING} gave a wheel of that name, and "
        f"{X86_64}, Python {RUNNING} another\n"
    ) in done.err
    assert "  - demo/platform.txt: differs\n" in done.err
    assert "hint: build the two into different directories, with --outdir\n" in done.err
    with zipfile.ZipFile(crosshook.project / "dist" / made.name) as delivered:
        assert delivered.read("demo/platform.txt").decode() == AARCH64


def test_two_wheels_of_one_name_that_are_the_same(crosshook: CommandLine) -> None:
    crosshook.wheel()
    crosshook.backend("cross")
    done = crosshook("--target", X86_64)
    assert done.code == 0, done.err
    assert done.out.count(".whl") == 1


@contextlib.contextmanager
def meeting_point() -> Iterator[int]:
    """Serve a port on which two have to be connected at the same time."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def let_in() -> None:
            with server.accept()[0] as one, server.accept()[0] as other:
                one.sendall(b"!")
                other.sendall(b"!")

        thread = threading.Thread(target=let_in, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(30)


def test_several_are_built_at_once(crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is built alone, since it is not known whether the backend heeds targets."""
    crosshook.wheel()
    crosshook.backend("meets")
    with meeting_point() as port:
        monkeypatch.setenv("MEETING_POINT", str(port))
        first = "manylinux_2_17_aarch64"
        more = ["--target", AARCH64, "--target", X86_64]
        done = crosshook("-v", "-j2", *more, tag=first)
    assert done.code == 0, done.err
    assert done.out.count(".whl") == 1
    for tag in (first, AARCH64, X86_64):
        assert f"{tag}, Python {RUNNING}: here is {tag}\n" in done.err
    assert "[3/3] " in done.err
    rows = done.err.splitlines()[-3:]
    assert [row.split()[0] for row in rows] == [first, AARCH64, X86_64]
    assert all(row.endswith("  pure, checked  no test command") for row in rows)


def test_fail_fast(crosshook: CommandLine) -> None:
    crosshook.wheel(native=True)
    crosshook.backend("refuses")
    done = crosshook("--fail-fast", "-j1", "--target", AARCH64, tag=X86_64)
    assert done.code == 1
    assert done.out == ""
    assert (
        f"error: {AARCH64}, Python {RUNNING}: not begun: --fail-fast, and {X86_64}, "
        f"Python {RUNNING} failed\n"
    ) in done.err


def test_no_jobs_at_once(crosshook: CommandLine) -> None:
    done = crosshook("-j0")
    assert done.code == 2
    assert "error: --jobs: 0 is less than 1\n" in done.err


def test_quiet(crosshook: CommandLine) -> None:
    made = crosshook.wheel()
    done = crosshook("-q")
    assert done == Finished(code=0, out=f"{crosshook.project / 'dist' / made.name}\n", err="")


def test_quiet_still_tells_warnings_and_errors(crosshook: CommandLine) -> None:
    crosshook.wheel(native=True)
    crosshook.backend("reports")
    assert "warning: " in crosshook("-q").err
    crosshook.backend("talks")
    assert "error: prepared:talks" in crosshook("-q").err


def test_verbose(crosshook: CommandLine) -> None:
    crosshook.wheel()
    done = crosshook("-v")
    assert done.code == 0
    assert len(done.out.splitlines()) == 1
    assert "build_wheel was called with null" in done.err


def test_settings(crosshook: CommandLine) -> None:
    crosshook.wheel()
    done = crosshook("-v", "-Ca=1", "--config-setting", "b=2", "-C", "b=3=3", "-C--flag", "-Cb=")
    settings = '{"a": "1", "b": ["2", "3=3", ""], "--flag": ""}'
    assert f"build_wheel was called with {settings}\n" in done.err


@pytest.mark.parametrize(
    ("texts", "settings"),
    [
        ([], {}),
        (["a"], {"a": ""}),
        (["a="], {"a": ""}),
        (["a=b=c"], {"a": "b=c"}),
        (["a=1", "a=2"], {"a": ["1", "2"]}),
        (["a=1", "b=x", "a=2", "a=3"], {"a": ["1", "2", "3"], "b": "x"}),
        (["--build-option=--x y"], {"--build-option": "--x y"}),
    ],
)
def test_settings_as_build_has_them(texts: list[str], settings: dict[str, object]) -> None:
    assert parse_config_settings(texts) == settings


# Failed: 1


@pytest.mark.parametrize(
    ("backend", "native", "said"),
    [
        ("pure", True, f"error: {NATIVE}: not a pure wheel, and the backend prepared:pure has no"),
        ("talks", False, "error: prepared:talks: build_wheel: ValueError: no wheel today\n"),
        ("sdist_only", False, "error: prepared:sdist_only: it has no build_wheel hook\n"),
        ("missing", False, "error: prepared:missing: import: AttributeError: "),
        ("needs", False, "error: --no-isolation: not installed: a-distribution-that-is-not-there"),
    ],
)
def test_a_build_that_fails(crosshook: CommandLine, backend: str, native: bool, said: str) -> None:
    crosshook.wheel(native=native)
    crosshook.backend(backend)
    done = crosshook()
    assert done.code == 1
    assert done.out == ""
    assert said in done.err
    assert tree(crosshook.project / "dist") == set()


@pytest.mark.parametrize("options", [[], ["--adapt"]])
def test_a_backend_that_heeds_no_target_is_tried_once(
    crosshook: CommandLine, options: list[str]
) -> None:
    """Without the hook its wheel has to be pure; with it, the wheel was for aarch64 alone."""
    crosshook.wheel(native=True)
    crosshook.backend("pure")
    done = crosshook(*options, "--target", MUSL, "--target", AARCH64, tag=X86_64)
    assert done.code == 1
    assert (
        f"error: {MUSL}, Python 3.{DIGITS[1:]}: not tried: the backend built for its own"
        in done.err
    )
    assert done.err.count("* building for") == (2 if options else 1)
    assert bool(done.out) is bool(options)


def test_a_failed_build_leaves_the_older_wheel(crosshook: CommandLine) -> None:
    made = crosshook.wheel()
    (crosshook.project / "dist").mkdir()
    (crosshook.project / "dist" / made.name).write_bytes(b"old")
    assert crosshook("--require-native").code == 1
    assert (crosshook.project / "dist" / made.name).read_bytes() == b"old"


def test_a_wheel_that_cannot_be_delivered(crosshook: CommandLine) -> None:
    in_the_way = crosshook.project / "dist" / crosshook.wheel().name
    in_the_way.mkdir(parents=True)
    done = crosshook()
    assert (done.code, done.out) == (1, "")
    assert f"error: cannot write {in_the_way}: " in done.err
    assert tree(crosshook.project / "dist") == {in_the_way.name}


def test_build_requirements_that_are_not_installed(crosshook: CommandLine) -> None:
    crosshook.wheel()
    file = crosshook.project / "pyproject.toml"
    text = file.read_text()
    file.write_text(text.replace("requires = []", 'requires = ["not-there-at-all>=1"]'))
    done = crosshook()
    assert (done.code, done.out) == (1, "")
    assert "error: --no-isolation: not installed: not-there-at-all>=1\n" in done.err
    assert "hint: " in done.err
    assert '-m pip install "not-there-at-all>=1"' in done.err


@pytest.mark.parametrize("option", [[], ["--traceback"]])
def test_a_traceback_is_shown_when_it_is_asked_for(
    crosshook: CommandLine, option: list[str]
) -> None:
    crosshook.backend("sdist_only")
    done = crosshook(*option)
    assert ("Traceback" in done.err) is bool(option)
    assert "error: prepared:sdist_only: it has no build_wheel hook\n" in done.err


# Not understood: 2


def refused(done: Finished, said: str) -> None:
    assert done.code == 2
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("windows-arm64", "did you mean win_arm64?"),
        ("aarch64-unknown-linux-gnu", "did you mean manylinux_2_28_aarch64 or linux_aarch64?"),
        ("manylinux_2_4_x86_64", "the oldest is manylinux_2_5_x86_64"),
        ("solaris_sparc", "`crosshook targets` lists all; win_arm64, "),
    ],
)
def test_an_unknown_target(crosshook: CommandLine, tag: str, hint: str) -> None:
    done = crosshook(tag=tag)
    refused(done, f"error: --target: {'unknown' if '2_4' not in tag else repr(tag)}")
    assert f"hint: {hint}" in done.err


def test_one_unknown_target_of_several_is_found_before_anything_is_built(
    crosshook: CommandLine,
) -> None:
    crosshook.wheel()
    refused(crosshook("--target", "nonsense"), "unknown wheel platform tag 'nonsense'")
    assert not (crosshook.project / "dist" / "demo-1.0-py3-none-any.whl").exists()


@pytest.mark.parametrize(
    "mistake",
    [
        "target",
        "toml",
    ],
)
def test_a_mistake_leaves_no_output_directory(crosshook: CommandLine, mistake: str) -> None:
    if mistake == "toml":
        (crosshook.project / "pyproject.toml").write_text("[")
    before = tree(crosshook.project)
    assert crosshook(tag="nonsense" if mistake == "target" else AARCH64).code == 2
    assert tree(crosshook.project) == before


def test_no_project(crosshook: CommandLine, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(crosshook(empty), f"error: {empty}: no project: neither pyproject.toml nor setup.py")
    assert tree(empty) == set()


def test_invalid_toml(crosshook: CommandLine) -> None:
    (crosshook.project / "pyproject.toml").write_text("[build-system\n")
    refused(crosshook(), "pyproject.toml: not valid TOML: ")


def test_toml_with_a_wrong_value(crosshook: CommandLine) -> None:
    (crosshook.project / "pyproject.toml").write_text("[build-system]\nrequires = 1\n")
    refused(crosshook(), "requires: 1 is not a list of strings")


def test_brackets_in_messages_are_not_markup(crosshook: CommandLine) -> None:
    (crosshook.project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["[bold]x[/bold]"]\n'
    )
    refused(crosshook(), "'[bold]x[/bold]'")


@pytest.mark.parametrize("name", ["./not-there", "not-there/at-all", "/not/there.tar.gz"])
def test_a_path_that_is_not_there(crosshook: CommandLine, name: str) -> None:
    refused(crosshook(name), "not-there" if name.startswith((".", "n")) else "there.tar.gz")


def test_a_file_in_the_place_of_the_output_directory(
    crosshook: CommandLine, tmp_path: Path
) -> None:
    crosshook.wheel()
    file = tmp_path / "file"
    file.write_bytes(b"kept")
    for outdir in (file, file / "below"):
        done = crosshook("--outdir", outdir)
        refused(done, f"error: --outdir: cannot write to {outdir}: ")
        assert "\nhint: name another directory with --outdir\n" in done.err
    assert file.read_bytes() == b"kept"


def test_no_compiler_in_the_environment(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC")
    refused(crosshook(), "error: --toolchain environment: CC is not set\n")


def test_a_compiler_that_cannot_be_taken_apart(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "cc 'unclosed")
    refused(crosshook(), 'error: CC: "cc \'unclosed": No closing quotation\n')


def test_a_compiler_that_is_blank(crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "  ")
    refused(crosshook(), "CC is not set")


def test_a_cache_that_cannot_be_written(
    crosshook: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "file"))
    refused(crosshook(), "error: CROSSHOOK_CACHE_DIR: cannot write to ")


def test_a_target_python_that_is_not_there(crosshook: CommandLine, tmp_path: Path) -> None:
    done = crosshook("--target-python", tmp_path / "nowhere")
    nowhere = tmp_path / "nowhere"
    refused(done, f"error: --target-python: {nowhere}: neither a directory nor a file\n")


def test_without_a_command_they_are_listed(crosshook: CommandLine) -> None:
    done = crosshook.plain()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: crosshook")
    assert "build wheels for target platforms" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--target"], "--target: expected one argument"),
        (["build", "--target", AARCH64, "--installer", "conda"], "--installer: invalid choice: "),
        (["build", "--test", "x"], "ambiguous option: --test could match --test-command, "),
    ],
)
def test_what_the_parser_refuses_is_said_in_one_line(
    crosshook: CommandLine, arguments: list[str], said: str
) -> None:
    done = crosshook.plain(*arguments)
    refused(done, f"error: {said}")
    _, hint = done.err.splitlines()
    assert hint == f"hint: see `crosshook {arguments[0]} --help`"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bild"], "'bild' is no command of crosshook\nhint: did you mean build?"),
        (["wheel"], "'wheel' is no command of crosshook\nhint: there are build, "),
        (["--target", AARCH64], "--target: no command before it\nhint: crosshook build --target"),
        (["build", "--adpat"], "'--adpat' is not understood\nhint: did you mean --adapt?"),
        (["build", "--targets=x"], "'--targets=x' is not understood\nhint: did you mean --target?"),
        (
            ["build", "--platform", "x"],
            "'--platform' is not understood\nhint: did you mean --target?",
        ),
        (["build", "-w", "x"], "'-w' is not understood\nhint: did you mean --outdir?"),
        (["check", "--arch", "x"], "'--arch' is not understood\nhint: did you mean --target?"),
        (
            ["build", "--python-version=3.12"],
            "'--python-version=3.12' is not understood\nhint: did you mean --python?",
        ),
        (["build", "--xyz"], "'--xyz' is not understood\nhint: see `crosshook build --help`"),
        (["build", "one", "two"], "--target: none given\nhint: `crosshook targets` lists them"),
        (["build"], "--target: none given\nhint: `crosshook targets` lists them"),
    ],
)
def test_what_is_not_understood_is_told_what_may_be_meant(
    crosshook: CommandLine, arguments: list[str], said: str
) -> None:
    refused(crosshook.plain(*arguments), f"error: {said}")


def test_several_targets_and_pythons_with_commas_between(crosshook: CommandLine) -> None:
    crosshook.wheel()
    done = crosshook("--json", "--python", f"{RUNNING},", tag=f"{AARCH64}, {X86_64}")
    refused(done, "--python: ''")
    done = crosshook("--json", "--python", f"cp{DIGITS}", tag=f"{AARCH64}, {X86_64}")
    assert [json.loads(line)["target"] for line in done.out.splitlines()] == [AARCH64, X86_64]


def test_a_toolchain_that_nobody_has(crosshook: CommandLine) -> None:
    done = crosshook.plain("build", "--target", AARCH64, "--toolchain", "gcc")
    known = "zig, gnu, llvm, msvc, environment, or a file, FILE.toml"
    refused(done, f"--toolchain: unknown toolchain 'gcc'\nhint: known: {known}\n")


def test_a_source_of_pythons_that_nobody_has(crosshook: CommandLine) -> None:
    done = crosshook.plain("build", "--target", AARCH64, "--python-source", "disk")
    refused(
        done,
        "--python-source: 'disk' is none of composed, uv, debian, fetch\nhint: composed, which is ",
    )


@pytest.mark.parametrize("arguments", [["--version"], ["build", "--version"]])
def test_version(crosshook: CommandLine, arguments: list[str]) -> None:
    done = crosshook.plain(*arguments)
    assert done == Finished(code=0, out=f"crosshook {__version__}\n", err="")


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"]])
def test_help(crosshook: CommandLine, arguments: list[str]) -> None:
    done = crosshook.plain(*arguments)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: crosshook")


@pytest.mark.parametrize("module", ["crosshook", "crosshook.frontend"])
def test_as_a_module(crosshook: CommandLine, module: str) -> None:
    command = [sys.executable, "-m", module, *(["build"] if module == "crosshook" else [])]
    done = subprocess.run(
        [*command, "--target", "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "unknown wheel platform tag 'nonsense'" in done.stderr


@pytest.mark.parametrize("module", ["crosshook build", "crosshook.frontend"])
def test_without_the_frontends_requirements(module: str) -> None:
    # -S: without site-packages.
    done = subprocess.run(
        [sys.executable, "-S", "-m", *module.split(), "--target", "win_arm64"],
        env={**os.environ, "PYTHONPATH": str(Path(crosshook_package.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the frontend's requirements are not installed: build, ")
    assert done.stderr.endswith('hint: pip install "crosshook[cli]"\n')


def test_without_zig(crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if it were not installed: what find_spec() makes of it.
    monkeypatch.setitem(sys.modules, "ziglang", None)
    monkeypatch.delenv("CC", raising=False)
    before = tree(crosshook.project)
    done = crosshook("--toolchain", "zig")
    assert (done.code, done.out) == (1, "")
    assert "error: no compiler for the target: the ziglang package is not installed" in done.err
    assert 'hint: pip install "crosshook[cli]"' in done.err
    assert tree(crosshook.project) - before <= {"dist"}


def test_without_zig_the_environments_compiler_is_enough(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ziglang", None)
    crosshook.wheel()
    assert crosshook().code == 0


# crosshook targets, crosshook describe


def test_the_list_of_targets(crosshook: CommandLine) -> None:
    done = crosshook.plain("targets")
    assert (done.code, done.err) == (0, "")
    table, _, names = done.out.partition("\nnames for several:\n")
    assert "  all-windows: win_amd64 win32 win_arm64\n" in names
    heading, *lines = (line.split() for line in table.splitlines())
    assert heading == ["tag", "oldest", "zig", "Rust", "CPython"]
    assert len(lines) == len(ROWS_WITH_FACTS)
    by_tag = {line[0]: line[1:] for line in lines}
    assert by_tag["win_arm64"][:3] == ["aarch64-windows-gnu", "aarch64-pc-windows-gnullvm", "3.10"]
    assert by_tag["manylinux_2_28_aarch64"][:2] == ["2.17", "aarch64-linux-gnu"]
    assert "3.13t" in by_tag["macosx_11_0_arm64"]


@pytest.mark.parametrize(
    ("room", "headings"),
    [
        (44, ["tag", "oldest"]),
        (80, ["tag", "oldest", "zig"]),
        (300, ["tag", "oldest", "zig", "Rust", "CPython"]),
    ],
)
def test_the_list_of_targets_has_the_columns_that_the_terminal_has_room_for(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch, room: int, headings: list[str]
) -> None:
    monkeypatch.setattr("crosshook.cli._terminal.columns", lambda stream: room)
    table, *rest = crosshook.plain("targets").out.split("\n\n")
    assert table.splitlines()[0].split() == headings
    assert max(map(len, table.splitlines())) <= room
    assert any("--json, also shows: " in text for text in rest) is (len(headings) < 5)


def test_a_row_without_facts_is_not_listed(
    crosshook: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = (row for row in GLIBC.rows if row.arch == "riscv64")
    by_arch = pyconfig._facts(GLIBC.facts)["by_arch"]
    monkeypatch.delitem(by_arch, row.arch)
    tags = [line.partition(" ")[0] for line in crosshook.plain("targets").out.splitlines()]
    assert "manylinux_2_28_aarch64" in tags
    assert row.usual_tag not in tags


def test_the_list_of_targets_as_json(crosshook: CommandLine) -> None:
    found = json.loads(crosshook.plain("targets", "--json").out)
    rows = [parse_platform(target["tag"], source="test").row for target in found]
    assert rows == list(ROWS_WITH_FACTS)
    assert len(rows) >= 21

    (arm64,) = (target for target in found if target["tag"] == "win_arm64")
    assert arm64 == {
        "tag": "win_arm64",
        "presets": ["all", "all-windows"],
        "oldest": None,
        "sysconfig_platform": "win-arm64",
        "system": "windows",
        "libc": None,
        "machine": "aarch64",
        "object_format": "PE",
        "zig_triple": "aarch64-windows-gnu",
        "rust_triple": "aarch64-pc-windows-gnullvm",
        "meson_cpu_family": "aarch64",
        "pythons": arm64["pythons"],
    }
    assert {"3.10", "3.13t", "3.14"} <= set(arm64["pythons"])


def test_what_the_hook_receives(crosshook: CommandLine) -> None:
    done = crosshook.plain("describe", AARCH64, "--python", RUNNING, "--toolchain", "environment")
    assert (done.code, done.err) == (0, "")
    target = parse_target(json.loads(done.out))
    assert target.platform.tag == AARCH64
    assert target.extension_suffixes[0] == f".cpython-{DIGITS}-aarch64-linux-gnu.so"
    assert (Path(target.python["c_api"]["headers"]) / "pyconfig.h").is_file()


def test_a_target_that_cannot_be_described(crosshook: CommandLine) -> None:
    done = crosshook.plain("describe", AARCH64, "--python", "3.99")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    done = crosshook.plain("describe", "win_arm46")
    assert (done.code, done.out) == (2, "")


def test_nobody_reads_the_list(crosshook: CommandLine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "crosshook", "targets", "--json"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
