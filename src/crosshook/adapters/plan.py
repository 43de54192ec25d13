"""What an adapter answers: a plan. Data, no side effects; :mod:`crosshook.backend.applied` applies
it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from crosshook._types import Command, ConfigSettings
from crosshook.errors import ProjectError
from crosshook.target.python_version import PythonVersion

SCRATCH = "{scratch}"
"""Stands for the directory of the plan's files in ``environ``, ``files`` and ``config_settings``
until it exists."""

RUNNER = "bin/run"
"""In the directory of the plan's files: a program that runs those of the target, where this machine
has something that does."""

SCRIPTS = "scripts"
"""In the directory of the plan's files: programs that are found by name before all others."""

_QUOTED = re.compile(rf"'([^']*{re.escape(SCRATCH)}[^']*)'")
"""A word of a command that the placeholder is in, as ``shlex`` quotes it."""


def filled(template: str, texts: Mapping[str, str]) -> str:
    """Return a template with a text in the place of each placeholder, one after the other."""
    for placeholder, text in texts.items():
        template = template.replace(placeholder, text)
    return template


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What has to be true around a call of the delegate's hook."""

    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables to set. Values may contain :data:`SCRATCH`."""
    unset: frozenset[str] = frozenset()
    """Environment variables that must not reach the delegate."""
    python_path: tuple[str, ...] = ()
    """Directories that the delegate, and Python processes that it starts, import from first.
    May contain :data:`SCRATCH`."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Text of files, by path relative to the scratch directory."""
    config_settings: ConfigSettings = field(default_factory=dict)
    """Added to the user's own, see :meth:`settings_with`."""
    replaced_settings: ConfigSettings = field(default_factory=dict)
    """Put in place of the user's own, which the adapter saw and made these of."""
    executables: frozenset[str] = frozenset()
    """Those of ``files`` that are programs."""
    wheel_platform: str | None = None
    """The wheel platform tag that a wheel which is not pure gets, for delegates that write another
    one."""
    project_sees_target: bool = False
    """Whether ``sys.platform`` and the like speak of the target in the project's own modules."""
    tools_in_project: tuple[str, ...] = ()
    """Directories of the project with build tools that it brings, which see this machine."""
    build_hooks: tuple[str, ...] = ()
    """Packages of the build environment that are the project's build hooks, and see what it
    sees: directories, or files of modules."""
    declared_extensions: str | None = None
    """A file that the delegate's build writes: the dotted name of each extension module that it
    means to build, a JSON line each. May contain :data:`SCRATCH`."""
    scratch: str = SCRATCH
    """The directory of the plan's files, once it exists."""
    requires: tuple[str, ...] = ()
    """Further requirements of the build environment (PEP 508)."""
    notes: tuple[str, ...] = ()
    """What the user should know, one line each."""

    def merged(self, other: Plan) -> Plan:
        """Return both plans in one.

        :raises ProjectError: if both set the same variable or file to different things.
        """
        for kind, mine, theirs in (
            ("environment variable", self.environ, other.environ),
            ("file", self.files, other.files),
        ):
            for key in mine.keys() & theirs.keys():
                if mine[key] != theirs[key]:
                    raise ProjectError(
                        f"two adapters set the {kind} {key}: {mine[key]!r}, {theirs[key]!r}"
                    )
        return Plan(
            environ={**self.environ, **other.environ},
            unset=self.unset | other.unset,
            python_path=tuple(dict.fromkeys(self.python_path + other.python_path)),
            files={**self.files, **other.files},
            config_settings={**self.config_settings, **other.config_settings},
            wheel_platform=self.wheel_platform or other.wheel_platform,
            replaced_settings={**self.replaced_settings, **other.replaced_settings},
            executables=self.executables | other.executables,
            project_sees_target=self.project_sees_target or other.project_sees_target,
            tools_in_project=tuple(dict.fromkeys(self.tools_in_project + other.tools_in_project)),
            build_hooks=tuple(dict.fromkeys(self.build_hooks + other.build_hooks)),
            declared_extensions=self.declared_extensions or other.declared_extensions,
            scratch=self.scratch if self.scratch != SCRATCH else other.scratch,
            requires=tuple(dict.fromkeys(self.requires + other.requires)),
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
        )

    def settings_with(self, users: ConfigSettings) -> ConfigSettings:
        """Return the config settings, the user's own among them.

        Where both name a key, a list of ours is followed by what the user says, so that the user's
        comes last, and otherwise the user's wins. Hyphens in keys do not count: backends spell
        some in two ways.
        """
        theirs = {key.replace("-", ""): value for key, value in users.items()}
        settings = {
            k: v for k, v in self.config_settings.items() if k.replace("-", "") not in theirs
        }
        for key, value in users.items():
            ours = self.config_settings.get(key, "")
            given = [value] if isinstance(value, str) else list(value)
            settings[key] = value if isinstance(ours, str) else [*ours, *given]
        return {**settings, **self.replaced_settings}

    def with_scratch(self, directory: str) -> Plan:
        """Return the plan with :data:`SCRATCH` replaced by the absolute path of a directory.

        :raises ProjectError: if there is a quote in the path, which commands in ``environ`` would
            be split at.
        """
        if "'" in directory or '"' in directory:
            raise ProjectError(
                f"the temporary directory {directory!r} has a quote in its name",
                hint="set TMPDIR to a directory without one",
            )

        def placed(texts: Mapping[str, str]) -> dict[str, str]:
            return {key: text.replace(SCRATCH, directory) for key, text in texts.items()}

        def quoted_where_needed(word: re.Match[str]) -> str:
            # Not every tool takes quotes out of CC.
            return shlex.quote(word[1].replace(SCRATCH, directory))

        environ = {k: _QUOTED.sub(quoted_where_needed, v) for k, v in self.environ.items()}

        def placed_settings(settings: ConfigSettings) -> ConfigSettings:
            return {
                key: value.replace(SCRATCH, directory)
                if isinstance(value, str)
                else [item.replace(SCRATCH, directory) for item in value]
                for key, value in settings.items()
            }

        declared = self.declared_extensions
        return replace(
            self,
            environ=placed(environ),
            python_path=tuple(p.replace(SCRATCH, directory) for p in self.python_path),
            files=placed(self.files),
            config_settings=placed_settings(self.config_settings),
            replaced_settings=placed_settings(self.replaced_settings),
            declared_extensions=declared and declared.replace(SCRATCH, directory),
            scratch=directory,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a command did that an adapter wanted to know the outcome of."""

    code: int | None
    """Its exit code; None if it could not be started."""
    output: str = ""
    """What it printed, on both streams."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildMachine:
    """What an adapter may know of the machine that runs it; read once, at the edge."""

    system: str
    """Meson's name of the operating system: ``linux``, ``darwin``, ``windows``."""
    environ: Mapping[str, str]
    extra_config: str | None = None
    """Text of the file that the user's own ``DIST_EXTRA_CONFIG`` names."""
    python_version: PythonVersion | None = None
    """Of the Python that runs the delegate; None if it is not known."""
    python: str = "python"
    """Its executable."""
    config_settings: ConfigSettings = field(default_factory=dict)
    """The user's own settings of the backend."""
    answers: Mapping[Command, Answer] = field(default_factory=dict)
    """By the commands that the adapter asked for: see :mod:`crosshook.adapters`."""
    site_packages: tuple[str, ...] = ()
    """Where packages of that Python are installed."""
    build_hooks: tuple[str, ...] = ()
    """What is installed there that adds build hooks to a backend: see :attr:`Plan.build_hooks`."""
    runner: Command = ()
    """What runs programs for the target, if there is something: the first words of a command."""

    @property
    def path(self) -> str:
        """``PATH``, or what stands for it where it is not set."""
        return self.environ.get("PATH", os.defpath)

    def which(self, program: str) -> str | None:
        """Return the path of a program of this machine."""
        return shutil.which(program, path=self.path)
