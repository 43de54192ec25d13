"""Builds by the workers of an executor."""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import re
import signal
import sys
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crosshook.api import Request
from crosshook.cli import main
from crosshook.cli._reporter import ConsoleReporter
from crosshook.errors import CrosshookError, HeedsNoTarget, RefusedWheel, UsageError
from crosshook.frontend.hearing import Hearing
from crosshook.frontend.logs import LogDirectory
from crosshook.frontend.reporters import Several
from crosshook.remote import Cell, build_cell, build_wheels_on, executor_at
from scripts import machines
from scripts.machines import Cluster
from tests.factory import make_elf, make_wheel

DIGITS = "{}{}".format(*sys.version_info[:2])
AARCH64 = "manylinux_2_28_aarch64"
X86_64 = "manylinux_2_28_x86_64"

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


@pytest.fixture
def project(
    copy_project: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a project whose backend hands out a wheel for aarch64, and refuses other targets."""
    monkeypatch.setenv("CC", "a-compiler-that-is-never-run")
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "cache"))
    root = copy_project("prepared")
    module = f"demo/_core.cpython-{DIGITS}-aarch64-linux-gnu.so"
    tag = f"cp{DIGITS}-cp{DIGITS}-{AARCH64}"
    (root / "prepared").mkdir()
    make_wheel(root / "prepared", {"demo/__init__.py": b"", module: make_elf(183)}, tag=tag)
    use_backend(root, "refuses")
    return root


def use_backend(root: Path, name: str) -> None:
    (root / "pyproject.toml").write_text(
        f'[build-system]\nrequires = []\nbuild-backend = "prepared:{name}"\n'
        'backend-path = ["_build"]\n'
    )


@contextlib.contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as executor:
        yield executor


def test_wheels_and_errors_come_back(project: Path, tmp_path: Path) -> None:
    request = Request(
        source=project,
        targets=(X86_64, AARCH64),
        outdir=tmp_path / "out",
        toolchain="environment",
    )
    with workers(2) as executor:
        failed, built = build_wheels_on(executor, request)
    assert failed.error is not None
    assert failed.error.message == "prepared:refuses: cross_build_wheel: aarch64 alone"
    assert failed.error.hint == "another target"
    assert built.path is not None
    (original,) = (project / "prepared").iterdir()
    assert built.path == tmp_path / "out" / original.name
    assert built.path.read_bytes() == original.read_bytes()
    assert [path.name for path in (tmp_path / "out").iterdir()] == [original.name]


def test_what_is_printed_elsewhere_is_in_the_log_here(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    use_backend(project, "talks")
    logs = LogDirectory(tmp_path / "logs")
    request = Request(source=project, targets=(AARCH64,), toolchain="environment")
    reporter = Several([ConsoleReporter(1, show_traceback=False), logs])
    with workers(1) as executor:
        (came,) = build_wheels_on(executor, request, reporter=reporter)
    assert came.error is not None
    (log,) = (tmp_path / "logs").glob(f"{AARCH64}-*.log")
    lines = log.read_text().splitlines()
    building = next(n for n, line in enumerate(lines) if line.startswith("* building for "))
    begin = lines.index("line 0")
    assert building < begin
    assert lines[begin : begin + 300] == [f"line {number}" for number in range(300)]
    assert lines[-1].startswith("error: ")
    # -v shows it.
    shown = capfd.readouterr().err
    assert shown.count("line 299\n") == 1


def test_what_is_printed_without_end_is_cut() -> None:
    hearing = Hearing(streams_hook_output=False, streams_test_output=False)
    for _ in range(70):
        hearing.log.write(b"x" * (1 << 20))
    assert sum(len(what) for kind, what in hearing.heard if kind == "log") == 1 << 26
    assert [kind for kind, _ in hearing.heard].count("note") == 1


def test_a_worker_of_another_version(project: Path) -> None:
    request = Request(targets=(AARCH64,), pythons=("3.13",))
    came = build_cell(Cell(archive=b"", request=request, crosshook="0.0"))
    assert came.delivered.error is not None
    assert "and 0.0 asks it" in came.delivered.error.message


def test_an_environment_that_is_not_on_the_other_machine(project: Path) -> None:
    request = Request(source=project, targets=(AARCH64,), isolation=False)
    with workers(1) as executor, pytest.raises(UsageError, match="on another machine"):
        list(build_wheels_on(executor, request))


class Counts(ThreadPoolExecutor):
    """Remembers which Pythons it was asked to build for."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += args[0].request.pythons
        return super().submit(fn, *args, **kwargs)


NEWER = f"{sys.version_info[0]}.{sys.version_info[1] + 1}"


@pytest.mark.parametrize(
    ("test_command", "asked"), [(None, [DIGITS]), ("true", [DIGITS, NEWER.replace(".", "")])]
)
def test_a_wheel_for_the_stable_abi_is_built_once(
    project: Path, tmp_path: Path, test_command: str | None, asked: list[str]
) -> None:
    """Where it is tested, it is with each Python."""
    (original,) = (project / "prepared").iterdir()
    original.unlink()
    files = {"demo/__init__.py": b"", "demo/_core.abi3.so": make_elf(183)}
    made = make_wheel(project / "prepared", files, tag=f"cp{DIGITS}-abi3-{AARCH64}", purelib=False)
    request = Request(
        source=project,
        targets=(AARCH64,),
        pythons=(NEWER, "{}.{}".format(*sys.version_info)),
        outdir=tmp_path / "out",
        toolchain="environment",
        test_command=test_command,
    )
    with Counts() as executor:
        oldest, newer = build_wheels_on(executor, request)
    assert [text.replace(".", "") for text in executor.asked] == asked
    if test_command is None:
        assert oldest.path == newer.path == tmp_path / "out" / made.name, oldest.error
    assert newer.python == NEWER


def test_a_wheel_for_one_python_serves_no_other(project: Path, tmp_path: Path) -> None:
    request = Request(
        source=project,
        targets=(X86_64, AARCH64),
        pythons=("{}.{}".format(*sys.version_info), NEWER),
        outdir=tmp_path / "out",
        toolchain="environment",
    )
    with Counts() as executor:
        came = list(build_wheels_on(executor, request))
    assert len(executor.asked) == 4
    assert [one.path is not None for one in came] == [False, True, False, False]


def test_an_executor_that_takes_no_more(project: Path, tmp_path: Path) -> None:
    request = Request(source=project, targets=(AARCH64,), outdir=tmp_path / "out")
    executor = Counts()
    executor.shutdown()
    (came,) = build_wheels_on(executor, request)
    assert came.error is not None
    assert "lost: RuntimeError: cannot schedule" in came.error.message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"libraries": ("deps/{tag}",)}, "--libraries deps/{tag}: names a place on this machine"),
        ({"libraries": ("debian:sid/a", "dir:b")}, "--libraries dir:b: names a place"),
        ({"target_pythons": ("/opt/python",)}, "--target-python /opt/python: names a place"),
        ({"toolchain": "gcc.toml"}, "--toolchain gcc.toml: names a place on this machine"),
    ],
)
def test_what_is_on_this_machine_alone(project: Path, options: dict[str, Any], said: str) -> None:
    request = Request(source=project, targets=(AARCH64,), **options)
    with Counts() as executor, pytest.raises(UsageError, match=re.escape(said)) as caught:
        list(build_wheels_on(executor, request))
    assert caught.value.hint
    assert executor.asked == []


@pytest.mark.parametrize(
    "error",
    [
        UsageError("no", hint="yes"),
        RefusedWheel("no", problems=("a", "b"), hint="yes"),
        HeedsNoTarget("no", problems=("a",), hint="yes", machines=frozenset({("elf", 62)})),
    ],
)
def test_errors_survive_the_way(error: CrosshookError) -> None:
    came = pickle.loads(pickle.dumps(error))
    assert type(came) is type(error)
    assert came.__dict__ == error.__dict__
    assert str(came) == str(error)


@pytest.mark.parametrize("address", ["", "dask", "dask://", "ray://here:1"])
def test_no_executor(address: str) -> None:
    with pytest.raises(UsageError, match="is not dask://HOST:PORT"):
        executor_at(address)


# Dask


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    with machines.cluster(tmp_path, machines.own_caches) as begun:
        yield begun


@pytest.mark.integration
def test_a_worker_that_dies_costs_a_retry(
    project: Path, tmp_path: Path, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first build kills the process that started it: the worker."""
    backend = project / "_build" / "prepared.py"
    backend.write_text(
        backend.read_text()
        + f"""

def _kills(wheel_directory, target, config_settings=None, metadata_directory=None):
    try:
        Path({str(tmp_path / "killed")!r}).touch(exist_ok=False)
    except FileExistsError:
        return _by_platform(wheel_directory, target)
    os.kill(os.getppid(), {int(signal.SIGKILL)})


kills = SimpleNamespace(cross_build_wheel=_kills)
"""
    )
    use_backend(project, "kills")
    (original,) = (project / "prepared").iterdir()
    targets = [f"manylinux_2_{glibc}_aarch64" for glibc in range(28, 36)]
    for tag in targets:
        (project / "prepared" / tag).mkdir()
        name = original.name.replace(AARCH64, tag)
        module = f"demo/_core.cpython-{DIGITS}-aarch64-linux-gnu.so"
        files = {"demo/__init__.py": b"", module: make_elf(183)}
        made = make_wheel(
            project / "prepared" / tag, files, tag=f"cp{DIGITS}-cp{DIGITS}-{tag}", purelib=False
        )
        assert made.name == name
    original.unlink()
    options = [word for tag in targets for word in ("--target", tag)]
    options += ["--toolchain", "environment", "--outdir", str(tmp_path / "out"), str(project)]
    code = main(["build", "--executor", f"dask://{cluster.address}", *options])
    out, err = capfd.readouterr()
    assert code == 0, err
    assert len(out.splitlines()) == len(targets) == len(list((tmp_path / "out").iterdir()))
    assert sum(process.poll() is not None for process in cluster.workers) == 1


@pytest.mark.integration
def test_no_scheduler_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("crosshook.remote._CONNECT_SECONDS", 1)
    with pytest.raises(CrosshookError, match="no scheduler answers") as caught:
        executor_at("dask://127.0.0.1:9")
    assert "dask scheduler" in str(caught.value.hint)
