"""``--before-build``: commands that make C libraries for a target, before the wheel is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crosshook import _files, _processes
from crosshook._types import Reporter
from crosshook.errors import LibraryError
from crosshook.frontend import commands, workplace
from crosshook.frontend.resolve import Machine
from crosshook.frontend.target_environment import target_environment
from crosshook.libraries.layout import look
from crosshook.libraries.prefix import Prefix
from crosshook.libraries.provenance import SHARED_LICENCES, stem_of
from crosshook.libraries.source_licences import licences_named, shared_libraries
from crosshook.target import Target


def with_libraries(
    target: Target,
    before: Sequence[str],
    directory: Path,
    *,
    machine: Machine,
    work: Path,
    reporter: Reporter,
) -> Target:
    """Return the target with the libraries that commands installed into their ``{prefix}``.

    Each is told of what those before it installed.

    :param before: Shell commands, one at least.
    :param directory: The project's, in which they run.
    :param work: A directory for the libraries.
    :raises LibraryError: if a command fails.
    :raises UsageError: if what they installed is for another machine.
    """
    prefix = work / "libraries"
    known: frozenset[Path] = frozenset()
    since: list[str] = []
    for command in before:
        found = target_environment(target, prefix, directory, machine, note=reporter.note)
        filled = commands.fill(command, found.values)
        reporter.step(f"before the build: {filled.text}")
        reporter.phase("libraries")
        kept = _processes.Tail()
        own = {**machine.environ, **filled.environ, **workplace.environ_of(work)}
        code = _processes.run(
            ["/bin/sh", "-c", filled.text],
            cwd=str(directory),
            environ=found.around(own),
            output=_processes.Copies(kept, reporter.log),
        )
        if code:
            raise LibraryError(
                f"--before-build: ended with exit code {code}: {command}",
                hint="see what it printed above; crosshook run --target "
                f"{target.platform.tag} -- CMD runs a command in the same way",
                detail=kept.text() or None,
            )
        since.append(filled.text)
        libraries = shared_libraries(Prefix(root=prefix, multiarch=target.platform.row.multiarch))
        if libraries - known:
            _keep_licences(prefix, libraries - known, licences_named(since, directory))
            known, since = libraries, []
    look(prefix, target.platform, source="--before-build")
    return replace(target, libraries=(str(prefix), *target.libraries))


def _keep_licences(prefix: Path, libraries: Iterable[Path], licences: Mapping[str, bytes]) -> None:
    """Write the licences of libraries that were just installed to where they are looked for."""
    for stem in sorted({stem_of(file.name) for file in libraries}):
        directory = prefix / SHARED_LICENCES / stem
        for name, text in licences.items():
            _files.make_directory(directory)
            with _files.written(directory / name) as stream:
                stream.write(text)
