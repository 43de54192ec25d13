"""The environment that a backend runs in: isolated as ``build`` does it, or the current one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import crosshook
from crosshook import _processes
from crosshook._types import Output
from crosshook._uv import find_uv
from crosshook.errors import BackendError, CrosshookError
from crosshook.frontend import modules
from crosshook.frontend.sources import told_of_packages
from crosshook.frontend.uv_settings import with_uv_variables

_NOT_THE_WRAPPERS = ("cli", "conformance", "frontend")
"""The packages of crosshook that its wrapper backend does not import."""


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
    environ: Mapping[str, str],
    installer: str,
    interpreter: Path | None,
    directory: Path,
    log: Output,
) -> Iterator[Environment]:
    """Make an environment with nothing in it.

    :param environ: The environment variables to start from.
    :param installer: ``pip`` or ``uv``.
    :param interpreter: The Python to make it from; None for the one that runs crosshook.
    :param directory: Where it will be; removing it is the caller's.
    :param log: Where what the installer prints goes, to be kept.
    """
    yield _Isolated(_make(directory, interpreter), environ, installer, directory, log)


def chosen_installer(named: str, environ: Mapping[str, str]) -> str:
    """Return ``pip`` or ``uv``.

    :param named: One of :data:`crosshook.frontend.request.INSTALLERS`.
    :raises CrosshookError: if it is not installed.
    """
    if named == "auto":
        return usual_installer(environ)
    if named == "uv" and find_uv(environ) is None:
        raise CrosshookError(
            "--installer uv: uv is not installed", hint='pip install "crosshook[uv]"'
        )
    return named


def usual_installer(environ: Mapping[str, str]) -> str:
    """Return uv where it is there and what pip was told is nothing that uv would have to know."""
    if find_uv(environ) is None:
        return "pip"
    # What uv's own variables say is among pip's as well by now.
    known = with_uv_variables({name: environ[name] for name in environ if name.startswith("UV_")})
    unknown = {name: value for name, value in environ.items() if known.get(name) != value}
    told = told_of_packages(modules.pip_environ(unknown), sys.executable)
    return "pip" if told else "uv"


@contextlib.contextmanager
def current(environ: Mapping[str, str]) -> Iterator[Environment]:
    """Use the environment that runs crosshook, and install nothing into it."""
    yield _Current(environ)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """A virtual environment without pip."""

    python: str
    scripts: str


def _make(directory: Path, interpreter: Path | None) -> _Made:
    if interpreter is None:
        builder = venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False)
        builder.create(directory)
        context = builder.ensure_directories(directory)
        return _Made(python=str(context.env_exe), scripts=str(context.bin_path))
    import virtualenv

    options = ["--python", str(interpreter), "--no-seed", "--no-periodic-update"]
    try:
        made = virtualenv.cli_run([str(directory), *options], setup_logging=False)
    except (Exception, SystemExit) as error:
        raise BackendError(f"cannot make a build environment with {interpreter}: {error}") from None
    return _Made(python=str(made.creator.exe), scripts=str(made.creator.script_dir))


class _Isolated:
    def __init__(
        self,
        made: _Made,
        environ: Mapping[str, str],
        installer: str,
        directory: Path,
        log: Output,
    ) -> None:
        self._log = log
        self._installer = installer
        self._directory = directory
        self._installer_environ = modules.pip_environ(environ)
        self._latest: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self.python = made.python
        path = os.pathsep.join([made.scripts, environ.get("PATH", os.defpath)])
        # What the user's PYTHONPATH names is not of this environment.
        self.environ: Mapping[str, str] = {**environ, "PATH": path, "PYTHONPATH": ""}

    def install(self, requirements: Sequence[str]) -> None:
        with self._lock:
            # Each target's hook asks for the same.
            if requirements and self._latest != tuple(requirements):
                self._install(requirements)
                self._latest = tuple(requirements)

    def _install(self, requirements: Sequence[str]) -> None:
        # In a file, since pip does not heed environment markers on the command line.
        listed = self._directory / "crosshook-requirements.txt"
        listed.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
        if self._installer == "uv":
            command = [str(find_uv(self._installer_environ)), "pip", "install"]
            command += ["--python", self.python, "-r", str(listed)]
        else:
            command = modules.run(sys.executable, "pip")
            command += ["--python", self.python, "install", "--no-input", "-r", str(listed)]
            command += ["--no-warn-script-location", "--disable-pip-version-check"]
            # A build imports a part of it, and Python keeps what it compiles, where it may.
            if not self._installer_environ.get("PYTHONDONTWRITEBYTECODE"):
                command.append("--no-compile")
        said = _processes.Tail()
        output = _processes.Copies(said, self._log)
        code = _processes.run(command, cwd=None, environ=self._installer_environ, output=output)
        if code:
            # Imported when something fails: most builds do without.
            from crosshook.frontend import causes

            raise BackendError(
                f"cannot install the build requirements {', '.join(requirements)}",
                hint=causes.hint_for_this_machine(said.text()),
                detail=said.text(),
            )

    def install_crosshook(self) -> None:
        # A copy of the package that is running, not a release of it from an index: the two sides
        # belong together, and a checkout has no release.
        from crosshook import overlay
        from crosshook.frontend import adapter_plugins, own_requirements

        plugins = adapter_plugins.adapter_plugins()
        own = own_requirements.own_requirements()
        named = [plugin.distribution for plugin in plugins]
        there = _look(self.python, [*named, *(requirement.name for requirement in own)])
        packages = Path(there.packages)
        # One that the project requires is there in the release that it asks for.
        plugins = tuple(plugin for plugin in plugins if plugin.distribution not in there.installed)
        versions = {name: one.version for name, one in there.installed.items()}
        left = own_requirements.copy_into(packages, own, there=versions, python=there.python)
        self.install([*left, *adapter_plugins.requirements(plugins)])
        adapter_plugins.copy_into(packages, plugins)
        shutil.copytree(
            Path(crosshook.__file__).parent,
            packages / "crosshook",
            ignore=shutil.ignore_patterns("__pycache__", *_NOT_THE_WRAPPERS),
            dirs_exist_ok=True,
        )
        (packages / "crosshook-overlay.pth").write_text(overlay.PATH_FILE, encoding="utf-8")

    def installed(self, names: Sequence[str]) -> Mapping[str, Installed]:
        return _look(self.python, names).installed


class _Current:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.python = sys.executable
        scripts = sysconfig.get_path("scripts")
        self.environ: Mapping[str, str] = {
            **environ,
            "PATH": os.pathsep.join([scripts, environ.get("PATH", os.defpath)]),
        }

    def install(self, requirements: Sequence[str]) -> None:
        from build import check_dependency

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
        return _look(self.python, names).installed


_ASK = """
import importlib.metadata, json, sys, sysconfig
found = {}
for name in sys.argv[1:]:
    try:
        one = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        continue
    files = [str(file) for file in one.files or ()]
    found[name] = {"version": one.version, "directory": str(one.locate_file("")), "files": files}
python = ".".join(map(str, sys.version_info[:3]))
answer = {"python": python, "packages": sysconfig.get_path("purelib")}
print(json.dumps({"installed": found, **answer}))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What an environment says of itself."""

    python: str
    """The version of its Python, such as ``3.13.2``."""
    packages: str
    """Its ``site-packages``."""
    installed: Mapping[str, Installed]


def _look(python: str, names: Sequence[str]) -> _Seen:
    """Ask an environment what it is, and which of some distributions it has."""
    answer = subprocess.run(
        [python, "-Ic", _ASK, *names], capture_output=True, check=True, encoding="utf-8"
    )
    said = json.loads(answer.stdout)
    installed = {
        name: Installed(
            version=one["version"], directory=one["directory"], files=tuple(one["files"])
        )
        for name, one in said.pop("installed").items()
    }
    return _Seen(**said, installed=installed)
