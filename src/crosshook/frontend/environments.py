"""The environment that a backend runs in: isolated as ``build`` does it, or the current one."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from build import check_dependency
from build.env import DefaultIsolatedEnv
from packaging.requirements import Requirement

import crosshook
from crosshook.errors import BackendError, CrosshookError
from crosshook.frontend import adapter_plugins


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """A distribution that is installed in an environment."""

    version: str
    directory: str
    """What the names of its files are relative to: ``site-packages``."""
    files: tuple[str, ...]


class Environment(Protocol):
    """Somewhere that a backend can be imported."""

    @property
    def python(self) -> str:
        """The Python executable."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of processes in it."""

    def install(self, requirements: Sequence[str]) -> None:
        """Make requirements (PEP 508) importable, or raise :class:`CrosshookError`."""

    def install_crosshook(self) -> None:
        """Make this crosshook importable, for its wrapper backend, and adapters that other
        distributions offer here."""

    def installed(self, names: Sequence[str]) -> Mapping[str, Installed]:
        """Return which of the distributions are there, by the names that were asked for."""


@contextlib.contextmanager
def isolated(
    environ: Mapping[str, str], installer: str, interpreter: Path | None
) -> Iterator[Environment]:
    """Make an environment with nothing in it, and remove it afterwards.

    :param environ: The environment variables to start from.
    :param installer: ``pip`` or ``uv``.
    :param interpreter: The Python to make it from; None for the one that runs crosshook.
    """
    if installer == "uv" and not _uv_is_there():
        raise CrosshookError(
            "--installer uv: uv is not installed", hint='pip install "crosshook[uv]"'
        )
    if interpreter is None:
        with DefaultIsolatedEnv(installer=cast("Any", installer)) as env:
            yield _Isolated(env, environ)
    else:
        with _OtherIsolatedEnv(interpreter, installer) as other:
            yield _Isolated(other, environ)


@contextlib.contextmanager
def current(environ: Mapping[str, str]) -> Iterator[Environment]:
    """Use the environment that runs crosshook, and install nothing into it."""
    yield _Current(environ)


class _OtherIsolatedEnv:
    """What ``build``'s ``DefaultIsolatedEnv`` is, for another Python than the running one."""

    def __init__(self, interpreter: Path, installer: str) -> None:
        self._interpreter = interpreter
        self._installer = installer

    def __enter__(self) -> _OtherIsolatedEnv:
        import virtualenv

        self._directory = tempfile.mkdtemp(prefix="crosshook-env-")
        try:
            options = ["--python", str(self._interpreter), "--no-seed", "--no-periodic-update"]
            made = virtualenv.cli_run([self._directory, *options], setup_logging=False)
        except BaseException as error:
            self.__exit__()
            if isinstance(error, (Exception, SystemExit)):
                raise BackendError(
                    f"cannot make a build environment with {self._interpreter}: {error}"
                ) from None
            raise
        self.python_executable = str(made.creator.exe)
        self._scripts = str(made.creator.script_dir)
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)

    def make_extra_environ(self) -> dict[str, str]:
        path = os.environ.get("PATH", os.defpath)
        return {"PATH": os.pathsep.join([self._scripts, path]), "PYTHONPATH": ""}

    def install(self, requirements: Sequence[str]) -> None:
        if self._installer == "uv":
            uv = [sys.executable, "-m", "uv"] if importlib.util.find_spec("uv") else ["uv"]
            command = [*uv, "pip", "install", "--python", self.python_executable]
        else:
            command = [sys.executable, "-m", "pip", "--python", self.python_executable, "install"]
            command += ["--no-warn-script-location", "--disable-pip-version-check"]
        subprocess.run([*command, *requirements], check=True, capture_output=True)


class _Isolated:
    def __init__(
        self, env: DefaultIsolatedEnv | _OtherIsolatedEnv, environ: Mapping[str, str]
    ) -> None:
        self._env = env
        self.python = env.python_executable
        # build sets PYTHONPATH to nothing, which hides the user's from the backend.
        self.environ: Mapping[str, str] = {**environ, **(env.make_extra_environ() or {})}

    def install(self, requirements: Sequence[str]) -> None:
        if not requirements:
            return
        try:
            self._env.install(requirements)
        except subprocess.CalledProcessError as error:
            raise BackendError(
                f"cannot install the build requirements {', '.join(requirements)}",
                hint="see what the installer said above",
                detail=_said(error),
            ) from None

    def install_crosshook(self) -> None:
        # A copy of the package that is running, not a release of it from an index: the two sides
        # belong together, and a checkout has no release.
        plugins = adapter_plugins.adapter_plugins()
        # One that the project requires is there in the release that it asks for.
        there = self.installed([plugin.distribution for plugin in plugins])
        plugins = tuple(plugin for plugin in plugins if plugin.distribution not in there)
        self.install([*_own_requirements(), *adapter_plugins.requirements(plugins)])
        packages = self._purelib()
        adapter_plugins.copy_into(packages, plugins)
        shutil.copytree(
            Path(crosshook.__file__).parent,
            packages / "crosshook",
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )

    def installed(self, names: Sequence[str]) -> Mapping[str, Installed]:
        return _installed(self.python, names)

    def _purelib(self) -> Path:
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        answer = subprocess.run(
            [self.python, "-Ic", code], capture_output=True, check=True, encoding="utf-8"
        )
        return Path(answer.stdout.strip())


class _Current:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.python = sys.executable
        scripts = sysconfig.get_path("scripts")
        self.environ: Mapping[str, str] = {
            **environ,
            "PATH": os.pathsep.join([scripts, environ.get("PATH", os.defpath)]),
        }

    def install(self, requirements: Sequence[str]) -> None:
        missing = [
            " needs ".join(chain)
            for requirement in requirements
            for chain in check_dependency(requirement)
        ]
        if missing:
            raise CrosshookError(
                f"--no-isolation: not installed: {', '.join(missing)}",
                hint=f"{sys.executable} -m pip install "
                + " ".join(f'"{requirement}"' for requirement in requirements),
            )

    def install_crosshook(self) -> None:
        """Nothing to do: this process runs in that environment."""

    def installed(self, names: Sequence[str]) -> Mapping[str, Installed]:
        return _installed(self.python, names)


_ASK = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        one = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        continue
    files = [str(file) for file in one.files or ()]
    found[name] = {"version": one.version, "directory": str(one.locate_file("")), "files": files}
print(json.dumps(found))
"""


def _installed(python: str, names: Sequence[str]) -> Mapping[str, Installed]:
    answer = subprocess.run(
        [python, "-Ic", _ASK, *names], capture_output=True, check=True, encoding="utf-8"
    )
    return {
        name: Installed(
            version=one["version"], directory=one["directory"], files=tuple(one["files"])
        )
        for name, one in json.loads(answer.stdout).items()
    }


def _own_requirements() -> list[str]:
    """Return what crosshook requires without its extras; the markers are for the installer, whose
    Python may be another than the one that runs."""
    requirements = [Requirement(text) for text in importlib.metadata.requires("crosshook") or ()]
    return [str(r) for r in requirements if "extra ==" not in str(r.marker)]


def _uv_is_there() -> bool:
    try:
        importlib.metadata.version("uv")
    except importlib.metadata.PackageNotFoundError:
        return shutil.which("uv") is not None
    return True


def _said(error: subprocess.CalledProcessError) -> str:
    streams = (error.stdout, error.stderr)
    texts = [s.decode(errors="replace") if isinstance(s, bytes) else s for s in streams if s]
    return "\n".join(texts).strip()
