"""What a project tells cibuildwheel, as far as it is of use here: ``[tool.cibuildwheel]``.

Much-used projects compile their extension modules only with a variable that stands there. Options
are those of cibuildwheel's reference: the table, then that of the operating system, then the
overrides whose pattern matches, then the variables ``CIBW_...`` of whoever builds.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from crosshook._types import ConfigSettings, Reporter
from crosshook.errors import ProjectError
from crosshook.frontend.request import Request
from crosshook.frontend.resolve import Machine, Wanted
from crosshook.project import Project, TargetTests, check_requirement
from crosshook.target import TOOL_VARIABLES
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_TAKEN = (
    "environment",
    "config-settings",
    "test-command",
    "test-requires",
    "test-extras",
    "test-groups",
    "test-sources",
    "test-environment",
    "test-skip",
    "skip",
    "build",
)
_TABLES = ("overrides", "linux", "macos", "windows", "android", "ios", "pyodide")
_OF_NO_USE = (
    *("archs", "build-frontend", "build-verbosity", "enable", "container-engine", "xbuild-tools"),
    *("dependency-versions", "free-threaded-support", "debug-keep-container", "debug-traceback"),
    # Every variable of the user is passed on.
    "environment-pass",
)
"""Options about how cibuildwheel works, which nobody misses."""
_WHY_NOT: Mapping[str, str] = {
    "before-all": "it prepares the machine of cibuildwheel; what builds a C library for the target "
    "goes into --before-build",
    "before-build": "it is written for the machine of cibuildwheel; what builds a C library for "
    "the target goes into --before-build",
    "before-test": "it runs before the wheel is installed; put it before the test-command",
    "repair-wheel-command": "the wheel is checked, and --repair packs what it needs",
}
"""What is said of an option that would be missed."""
_OF_THE_TARGET = frozenset(
    {
        *TOOL_VARIABLES.values(),
        *("NM", "LD", "STRIP", "ARCHFLAGS", "MACOSX_DEPLOYMENT_TARGET", "_PYTHON_HOST_PLATFORM"),
    }
)
"""Variables that name compilers, or a target, of the machine that cibuildwheel runs on."""
_SYSTEMS = {"glibc": "linux", "musl": "linux", "macos": "macos", "windows": "windows"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What is taken for one wheel."""

    identifier: str = ""
    """As cibuildwheel calls it: ``cp313-manylinux_aarch64``."""
    skipped: bool = False
    """Whether the project does not build it."""
    environ: Mapping[str, str] = field(default_factory=dict)
    config_settings: ConfigSettings = field(default_factory=dict)
    tests: TargetTests = field(default_factory=TargetTests)
    names: tuple[str, ...] = ()
    """The options that were taken."""
    left: tuple[str, ...] = ()
    """The options that were not, and why, a line each."""


def taken_for(
    target: Wanted, project: Project, request: Request, machine: Machine, reporter: Reporter
) -> Taken:
    """Return what is taken for a target, if the user or the project wants it, and say what.

    :raises ProjectError: as :func:`read_options`.
    """
    if not (request.like_cibuildwheel or project.settings.like_cibuildwheel):
        return Taken()
    taken = read_options(project, target.platform, target.python, machine.environ)
    names = ", ".join(taken.names) or "nothing"
    if taken.skipped:
        reporter.warn(f"{taken.identifier}: not built: the project skips it in [tool.cibuildwheel]")
        return taken
    reporter.note(f"{taken.identifier}: of [tool.cibuildwheel]: {names}")
    for line in taken.left:
        reporter.note(f"[tool.cibuildwheel] {line}")
    return taken


def read_options(
    project: Project, platform: Platform, python: PythonVersion, environ: Mapping[str, str]
) -> Taken:
    """Return what a project's ``[tool.cibuildwheel]`` says for a wheel.

    :param environ: The user's variables: ``CIBW_...``, and those that values refer to.
    :raises ProjectError: if a value is of a wrong kind.
    """
    identifier = f"cp{python.digits}-{_platform_part(platform)}"
    where = f"{project.root / 'pyproject.toml'}: tool.cibuildwheel"
    options, variables = _options(project, platform, identifier, environ, where)
    told, untold = _environment(options.get("environment", {}), environ, f"{where}.environment")
    build = _words(options.get("build", "*"), f"{where}.build") or ["*"]
    skip = _words(options.get("skip", ""), f"{where}.skip")
    for_tests, untold_tests = _environment(
        options.get("test-environment", {}), {**environ, **told}, f"{where}.test-environment"
    )
    requires, unread = _requires(options, project, where)
    command = _command(options, where)
    if _matches(identifier, _words(options.get("test-skip", ""), f"{where}.test-skip")):
        command = ""
    return Taken(
        identifier=identifier,
        skipped=not _matches(identifier, build) or _matches(identifier, skip),
        environ=told,
        config_settings=_settings(options.get("config-settings", {}), f"{where}.config-settings"),
        tests=TargetTests(
            command=command,
            requires=(*requires, *_of_groups(options, project, where)),
            extras=tuple(_words(options.get("test-extras", ""), f"{where}.test-extras")),
            sources=tuple(_words(options.get("test-sources", ""), f"{where}.test-sources")),
            environ={**told, **for_tests},
        ),
        names=tuple(variables.get(name, name) for name in _TAKEN if options.get(name)),
        left=(*_not_taken(options), *untold, *untold_tests, *unread),
    )


def _not_taken(options: Mapping[str, Any]) -> Iterator[str]:
    for key in options:
        if key in _TAKEN or key in _OF_NO_USE or key.endswith("-image"):
            continue
        why = _WHY_NOT.get(key)
        yield f"{key}: not taken" + (f": {why}" if why is not None else "")
    if "args" in str(options.get("build-frontend", "")):
        yield f"build-frontend: its arguments are not taken: {options['build-frontend']}"


def _platform_part(platform: Platform) -> str:
    row = platform.row
    return {"glibc": f"manylinux_{row.arch}", "musl": f"musllinux_{row.arch}"}.get(
        platform.system.name, f"macosx_{row.arch}" if platform.macos else row.plain_tag
    )


def _options(
    project: Project, platform: Platform, identifier: str, environ: Mapping[str, str], where: str
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return the options for a wheel, and the variables that some come from."""
    table = project.tool("cibuildwheel")
    system = _SYSTEMS.get(platform.system.name, "")
    own = table.get(system, {})
    options = {key: value for key, value in table.items() if key not in _TABLES}
    options.update(own if isinstance(own, Mapping) else {})
    overrides = table.get("overrides", [])
    for number, override in enumerate(overrides if isinstance(overrides, list) else []):
        at = f"{where}.overrides[{number}]"
        if not isinstance(override, Mapping):
            raise ProjectError(f"{at}: {override!r} is not a table")
        if _matches(identifier, _words(override.get("select", ""), f"{at}.select")):
            _override(options, override)
    variables = {}
    for key in (*_TAKEN, *_WHY_NOT):
        name = f"CIBW_{key.upper().replace('-', '_')}"
        for variable in (name, f"{name}_{system.upper()}"):
            if variable in environ:
                options[key] = environ[variable]
                variables[key] = variable
    return options, variables


def _override(options: dict[str, Any], override: Mapping[str, Any]) -> None:
    inherit = override.get("inherit", {})
    for key, value in override.items():
        if key in ("select", "inherit"):
            continue
        before = options.get(key)
        how = inherit.get(key, "none") if isinstance(inherit, Mapping) else "none"
        if how == "none" or before is None:
            options[key] = value
        elif isinstance(before, Mapping) and isinstance(value, Mapping):
            options[key] = {**before, **value} if how == "append" else {**value, **before}
        else:
            parts = [before, value] if how == "append" else [value, before]
            options[key] = [
                word for part in parts for word in ([part] if isinstance(part, str) else part)
            ]


def _matches(identifier: str, patterns: list[str]) -> bool:
    found = (one for pattern in patterns for one in _braces_expanded(pattern))
    return any(fnmatchcase(identifier, pattern) for pattern in found)


def _braces_expanded(pattern: str) -> Iterator[str]:
    """Yield the patterns of ``cp3{12,13}-*``, as a shell has it."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        yield pattern
        return
    for choice in match[1].split(","):
        yield from _braces_expanded(pattern[: match.start()] + choice + pattern[match.end() :])


def _words(value: object, where: str) -> list[str]:
    """Return the words of a text, or of a list of texts."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ProjectError(f"{where}: {value!r} is neither a string nor a list of strings")
    if isinstance(value, list):
        return list(texts)
    try:
        return shlex.split(texts[0])
    except ValueError as error:
        raise ProjectError(f"{where}: {value!r}: {error}") from None


def _command(options: Mapping[str, Any], where: str) -> str:
    value = options.get("test-command", "")
    if isinstance(value, str):
        return value
    return " && ".join(_words(value, f"{where}.test-command"))


def _assignments(value: object, where: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    pairs = [word.partition("=") for text in _listed(value) for word in _words(text, where)]
    return {name: text for name, _, text in pairs}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _environment(
    value: object, environ: Mapping[str, str], where: str
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return variables with the references in them filled in, and what is said of the others."""
    told: dict[str, str] = {}
    left = []
    for name, text in _assignments(value, where).items():
        if name in _OF_THE_TARGET:
            left.append(f"environment {name}: not taken, the target's is another")
        elif "$(" in str(text) or "`" in str(text):
            left.append(f"environment {name}: not taken, it is the output of a command")
        else:
            known = {**environ, **told}
            told[name] = _filled(str(text), known)
    return told, tuple(left)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: known.get(m[1] or m[2], ""), text)


def _settings(value: object, where: str) -> ConfigSettings:
    settings: dict[str, str | list[str]] = {}
    for key, setting in _assignments(value, where).items():
        settings[key] = (
            [str(item) for item in setting] if isinstance(setting, list) else str(setting)
        )
    return settings


def _of_groups(options: Mapping[str, Any], project: Project, where: str) -> tuple[str, ...]:
    """Return the requirements of ``test-groups``, as ``[dependency-groups]`` has them."""
    from packaging.dependency_groups import resolve_dependency_groups

    names = _words(options.get("test-groups", ""), f"{where}.test-groups")
    try:
        return resolve_dependency_groups(project.dependency_groups, *names) if names else ()
    except Exception as error:
        # Groups of them, of whatever the table holds.
        causes = getattr(error, "exceptions", (error,))
        raise ProjectError(f"{where}.test-groups: {'; '.join(map(str, causes))}") from None


def _requires(
    options: Mapping[str, Any], project: Project, where: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ``test-requires``, with the lines of files that it names."""
    words = iter(_words(options.get("test-requires", ""), f"{where}.test-requires"))
    found: list[str] = []
    left = []
    for word in words:
        if word.startswith("-r"):
            name = word[2:].strip() or next(words, "")
            file = project.root / name.replace("{project}/", "").replace("{package}/", "")
            lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
            found += [line.partition(" #")[0].strip() for line in lines]
        else:
            found.append(word)
    kept = [text for text in found if text and not text.startswith("#")]
    for text in [text for text in kept if check_requirement(text) is not None]:
        left.append(f"test-requires {text}: not taken, not a requirement")
        kept.remove(text)
    return tuple(kept), tuple(left)
