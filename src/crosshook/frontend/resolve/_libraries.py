"""Which C libraries: what ``--libraries`` names, as prefixes without the toolchain's own files."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook import _files, _kept
from crosshook._types import Reporter
from crosshook.errors import UsageError
from crosshook.frontend.resolve import _pypi as pypi
from crosshook.frontend.resolve.machine import Machine
from crosshook.libraries import SOURCES, LibraryProvider, conda, debian, providers, without_libc
from crosshook.libraries.layout import Layout, look
from crosshook.libraries.prefix import Prefix
from crosshook.project import Project
from crosshook.target import Target, Toolchain
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
    found = []
    for one in named:
        directory = _directory(one, target, machine, reporter)
        layout = look(directory, target.platform, source=one.source)
        found += [
            str(_own(prefix, layout, target.toolchain, machine, reporter))
            for prefix in layout.prefixes
        ]
    return tuple(dict.fromkeys(found))


def _directory(named: Named, target: Target, machine: Machine, reporter: Reporter) -> Path:
    platform = target.platform
    text = named.text.replace("{tag}", platform.tag)
    if not text.strip():
        raise UsageError(f"{named.source}: empty", hint="leave it out, or name a directory")
    provider, colon, wanted = text.partition(":")
    # One letter is a drive of Windows.
    if not colon or len(provider) < 2 or "/" in provider or "\\" in provider:
        return Path(os.path.abspath(named.base / text))
    if provider == "dir":
        return Path(os.path.abspath(named.base / wanted))
    if provider in SOURCES:
        reporter.step(f"libraries for {platform.tag}: {text}")
    cache, note, source = machine.cache, reporter.note, named.source
    if provider == "debian":
        return debian.provide(wanted, platform, cache=cache, note=note, source=source)
    if provider == "conda":
        environ = machine.environ
        return conda.provide(
            wanted, platform, environ=environ, cache=cache, note=note, source=source
        )
    if provider == "pypi":
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


def _own(
    prefix: Prefix,
    layout: Layout,
    toolchain: Toolchain | None,
    machine: Machine,
    reporter: Reporter,
) -> Path:
    """Return a prefix, or where it is without libc."""
    plain = layout.tree is None and not without_libc.has_libc(prefix)
    if plain or toolchain is None or "cc" not in toolchain.commands:
        return prefix.root
    links = without_libc.links(prefix, layout.tree, _headers(toolchain))
    key = hashlib.sha256(json.dumps(links, sort_keys=True).encode()).hexdigest()[:16]
    place = machine.cache / "libraries" / f"without-libc-{key}"
    return _kept.keep_directory(
        place, functools.partial(_files.write_links, links=links), note=reporter.note
    )


def _headers(toolchain: Toolchain) -> Iterator[str]:
    command = [*toolchain.commands["cc"], "-E", "-v", "-x", "c", os.devnull]
    done = subprocess.run(
        command,
        env={**os.environ, **toolchain.environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    yield from without_libc.compiler_headers(done.stdout + done.stderr)
