"""Wheels for other Pythons than the one that runs: free-threaded ones, and a newer version."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.errors import CrosshookError
from crosshook.frontend import algorithm, environments
from crosshook.frontend.algorithm import Built
from crosshook.frontend.environments import Environment
from crosshook.frontend.resolve import Machine, Wanted, resolve
from crosshook.project import Project, read_project
from crosshook.pythons.exports import exports
from crosshook.pythons.installed import InstalledPython
from crosshook.target.platforms import parse_platform
from scripts.target_pythons import cache, headers_of
from tests.conftest import py

pytestmark = pytest.mark.integration

CopyProject = Callable[[str], Path]


Build = Callable[[Path, str, str, Path], Built]

ENVIRON = {**os.environ, "CROSSHOOK_CACHE_DIR": str(cache() / "crosshook")}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Return what builds as the command line does, for a Python that it could be told about.

    One environment serves all projects that require the same.
    """
    made: dict[tuple[str, ...], Environment] = {}
    with contextlib.ExitStack() as stack:

        def build(source: Path, tag: str, version: str, work: Path) -> Built:
            work.mkdir()
            project = read_project(source)
            if project.requires not in made:
                place = tmp_path_factory.mktemp("environment") / "made"
                log = SilentReporter().log
                context = environments.isolated(ENVIRON, "pip", None, place, log)
                environment = stack.enter_context(context)
                environment.install(project.requires)
                environment.install_crosshook()
                made[project.requires] = environment
            return build_in(made[project.requires], project, tag, version, work)

        yield build


def build_in(
    environment: Environment, project: Project, tag: str, version: str, work: Path
) -> Built:
    machine = Machine(
        system=sys.platform,
        arch=platform.machine(),
        environ=ENVIRON,
        python=InstalledPython(
            executable=Path(sys.executable), version=py(version), headers=headers_of(py(version))
        ),
        cache=cache() / "crosshook",
    )
    reporter = SilentReporter()
    wanted = Wanted(platform=parse_platform(tag, source="test"), python=py(version))
    resolved = resolve(wanted, prefix=None, toolchain="zig", machine=machine, reporter=reporter)
    return algorithm.build_for_target(
        project,
        resolved.target,
        work,
        environment=environment,
        options=algorithm.Options(adapt=True, require_native=True, config_settings={}),
        reporter=reporter,
        python_exports=resolved.python_exports,
    )


@pytest.mark.parametrize("version", ["3.13t", "3.14", "3.14t", "3.15", "3.15t"])
@pytest.mark.parametrize("tag", ["win_amd64", "win_arm64"])
def test_windows(
    build: Build, copy_project: CopyProject, tmp_path: Path, tag: str, version: str
) -> None:
    built = build(copy_project("plain"), tag, version, tmp_path / "work")
    nodot, digits = py(version).nodot, py(version).digits
    # As official wheels are called: numpy-2.5.5-cp313-cp313t-win_arm64.whl.
    assert built.wheel.path.name == f"plain-1.0-cp{nodot}-cp{digits}-{tag}.whl"
    (module,) = built.wheel.objects
    assert module.name == f"plain_ext.cp{digits}-{tag}.pyd"
    (dll,) = (name for name in module.imports if name.startswith("python"))
    assert dll == f"python{digits}.dll"
    assert set(module.imports[dll]) <= exports(py(version), stable_abi=False).keys()


@pytest.mark.parametrize("version", ["3.13t", "3.14", "3.14t", "3.15", "3.15t"])
def test_linux(build: Build, copy_project: CopyProject, tmp_path: Path, version: str) -> None:
    tag = "manylinux_2_28_aarch64"
    built = build(copy_project("plain"), tag, version, tmp_path / "work")
    nodot, digits = py(version).nodot, py(version).digits
    assert built.wheel.path.name == f"plain-1.0-cp{nodot}-cp{digits}-{tag}.whl"
    (module,) = built.wheel.objects
    assert module.name == f"plain_ext.cpython-{digits}-aarch64-linux-gnu.so"


@pytest.mark.parametrize("version", ["3.14", "3.15"])
@pytest.mark.parametrize(
    ("tag", "module"),
    [
        ("win_amd64", "abi3_ext.pyd"),
        ("win_arm64", "abi3_ext.pyd"),
        # Not abi3_ext.abi3-aarch64-linux-gnu.so, which 3.10 does not import.
        ("manylinux_2_28_aarch64", "abi3_ext.abi3.so"),
    ],
)
def test_stable_abi(
    build: Build, copy_project: CopyProject, tmp_path: Path, tag: str, module: str, version: str
) -> None:
    built = build(copy_project("abi3"), tag, version, tmp_path / "work")
    assert built.wheel.path.name == f"abi3-1.0-cp310-abi3-{tag}.whl"
    (found,) = built.wheel.objects
    assert found.name == module
    dlls = {name for name in found.imports if name.startswith("python")}
    assert dlls == ({"python3.dll"} if module.endswith(".pyd") else set())


@pytest.mark.parametrize("tag", ["win_amd64", "win_arm64"])
def test_stable_abi_of_free_threaded_pythons(
    build: Build, copy_project: CopyProject, tmp_path: Path, tag: str
) -> None:
    built = build(copy_project("abi3t"), tag, "3.15t", tmp_path / "work")
    assert built.wheel.path.name == f"abi3t-1.0-cp315-abi3.abi3t-{tag}.whl"
    (found,) = built.wheel.objects
    assert (found.name, found.init_functions) == ("abi3t_ext.pyd", ("PyModExport_abi3t_ext",))
    assert {name for name in found.imports if name.startswith("python")} == {"python3t.dll"}


def test_a_promise_of_older_pythons_that_abi3t_cannot_keep(
    build: Build, copy_project: CopyProject, tmp_path: Path
) -> None:
    project = copy_project("abi3t")
    (project / "setup.cfg").write_text("[bdist_wheel]\npy_limited_api = cp310\n")
    with pytest.raises(CrosshookError) as caught:
        build(project, "manylinux_2_28_aarch64", "3.15t", tmp_path / "work")
    said = "\n".join(getattr(caught.value, "problems", ()))
    assert "tag cp310-abi3t-" in said
    assert "free-threaded Pythons before 3.15 have no stable ABI" in said
    assert "Python 3.10 looks for PyInit_ functions, and it has PyModExport_abi3t_ext" in said


@pytest.mark.parametrize("version", ["3.13t", "3.14t"])
def test_free_threaded_pythons_have_no_stable_abi(
    build: Build, copy_project: CopyProject, tmp_path: Path, version: str
) -> None:
    """setuptools refuses the wheel; where it is not told, Python's headers refuse the code."""
    project = copy_project("abi3")
    with pytest.raises(CrosshookError) as caught:
        build(project, "win_amd64", version, tmp_path / "work")
    assert "`Py_LIMITED_API` is incompatible with `Py_GIL_DISABLED`" in str(caught.value.detail)
    (project / "setup.cfg").unlink()
    with pytest.raises(CrosshookError) as caught:
        build(project, "win_amd64", version, tmp_path / "again")
    assert "limited API is not currently supported" in str(caught.value.detail)
