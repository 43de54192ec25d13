"""Which C libraries: what ``--libraries`` names, as prefixes without the toolchain's own files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook._types import Reporter
from crosshook.errors import UsageError
from crosshook.frontend.resolve.machine import Machine
from crosshook.libraries import SOURCES, LibraryProvider, providers
from crosshook.project import Project
from crosshook.target import Target
from crosshook.target.platforms import Platform

VARIABLE = "CROSSHOOK_LIBRARIES"


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A text that names libraries, and where it stands."""

    text: str
    """A directory, or ``NAME:WANTED`` for a provider; ``{tag}`` stands for the platform tag."""
    source: str
    base: Path
    """What a relative path is relative to."""


def named_libraries(
    option: Sequence[str], environ: Mapping[str, str], project: Project | None
) -> tuple[Named, ...]:
    """Return what names libraries, the nearest to the user first.

    :param option: ``--libraries``.
    :param environ: The user's environment: :data:`VARIABLE` holds words as a shell has them.
    :raises UsageError: if it cannot be split into words.
    :param project: Which may name some in ``[tool.crosshook] libraries``.
    """
    here = Path.cwd()
    try:
        words = shlex.split(environ.get(VARIABLE, ""), posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(f"{VARIABLE}: {environ[VARIABLE]!r}: {error}") from None
    texts = [(text, "--libraries", here) for text in option]
    texts += [(text, VARIABLE, here) for text in words]
    if project is not None:
        own = project.settings.libraries
        texts += [(text, "tool.crosshook.libraries", project.root) for text in own]
    return tuple(Named(text=text, source=source, base=base) for text, source, base in texts)


def find_libraries(
    named: Sequence[Named], target: Target, machine: Machine, reporter: Reporter
) -> tuple[str, ...]:
    """Return the prefixes of C libraries for a target, best first.

    :param target: All else is known of it.
    :raises UsageError: if there are none in a directory, or they are for another machine.
    :raises CrosshookError: if a provider cannot get them.
    """
    if not named:
        return ()
    # What looks into them is imported when it is needed, as what gets them is: it takes longer than
    # to describe a target.
    from crosshook.frontend.resolve import _prefixes as prefixes

    found: list[str] = []
    for one in named:
        directory = _directory(one, target, machine, reporter)
        found += prefixes.prefixes_in(directory, target, machine, reporter, source=one.source)
    return tuple(dict.fromkeys(found))


def provider_of(text: str) -> str | None:
    """Return the provider that a text of ``--libraries`` names; None if it names a directory."""
    provider, colon, _ = text.partition(":")
    # One letter is a drive of Windows.
    is_path = not colon or len(provider) < 2 or "/" in provider or "\\" in provider
    return None if is_path or provider == "dir" else provider


def _directory(named: Named, target: Target, machine: Machine, reporter: Reporter) -> Path:
    platform = target.platform
    text = named.text.replace("{tag}", platform.tag)
    if not text.strip():
        raise UsageError(f"{named.source}: empty", hint="leave it out, or name a directory")
    provider = provider_of(text)
    if provider is None:
        return Path(os.path.abspath(named.base / text.removeprefix("dir:")))
    wanted = text.partition(":")[2]
    if provider in SOURCES:
        reporter.step(f"libraries for {platform.tag}: {text}")
    cache, note, source = machine.cache, reporter.note, named.source
    if provider == "debian":
        from crosshook.libraries import debian

        return debian.provide(wanted, platform, cache=cache, note=note, source=source)
    if provider == "conda":
        from crosshook.libraries import conda

        environ = machine.environ
        return conda.provide(
            wanted, platform, environ=environ, cache=cache, note=note, source=source
        )
    if provider == "pypi":
        from crosshook.frontend.resolve import _pypi as pypi

        return pypi.provide(wanted, target, machine=machine, note=note, source=source)
    return _plugged(provider, wanted, named, platform, machine, reporter)


def _plugged(
    provider: str,
    wanted: str,
    named: Named,
    platform: Platform,
    machine: Machine,
    reporter: Reporter,
) -> Path:
    """Return the libraries of another distribution's provider."""
    plugins = providers()
    if provider not in plugins:
        text = f"{provider}:{wanted}"
        raise UsageError(
            f"{named.source}: {text!r}: {provider!r} is none of {', '.join([*SOURCES, *plugins])}",
            hint=f"a directory of that name: dir:{text}",
        )
    loaded: LibraryProvider = plugins[provider].load(("provide",))
    with plugins[provider].blamed():
        return loaded.provide(
            wanted,
            platform,
            environ=machine.environ,
            cache=machine.cache,
            note=reporter.note,
        )
