"""What the user asked for: every target with every Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crosshook.errors import UsageError
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.presets import expanded
from crosshook.target.python_version import PythonVersion, parse_python_version

_OLDEST = (3, 8)
"""No older one is understood, unpacked or by what it says of itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A target, before anything is known of it but its name and the version of its Python."""

    platform: Platform
    python: PythonVersion


def oldest_first(targets: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Return targets in the order of their Pythons, the one with the GIL first of each version."""
    return tuple(sorted(targets, key=lambda one: (one.python.numbers, one.python.free_threaded)))


def wanted_targets(
    tags: Sequence[str], pythons: Sequence[str], *, default: PythonVersion
) -> tuple[Wanted, ...]:
    """Return every target with every Python, each once.

    :param tags: ``--target``: wheel platform tags and names of
        :data:`crosshook.target.presets.PRESETS`; a text may hold several, with commas between.
    :param pythons: ``--python``: minor versions, ``3.13`` or ``3.13t``; likewise.
    :param default: The Python, if none is named.
    :raises UsageError: if one of either cannot be understood.
    """
    if not tags:
        raise UsageError(
            "--target: none given",
            hint="`crosshook targets` lists them: --target win_arm64, for one",
        )
    versions = [parse_python_version(text, source="--python") for text in _split(pythons)]
    platforms = [
        parse_platform(tag, source="--target")
        for text in _split(tags)
        for tag in expanded(text, source="--target")
    ]
    for version in versions:
        if version.numbers < _OLDEST:
            raise UsageError(
                f"--python: crosshook builds for no Python as old as {version.title}",
                hint="for 3.10 and newer; for 3.8 and 3.9 with --target-python PREFIX",
            )
    return tuple(
        dict.fromkeys(
            Wanted(platform=platform, python=version)
            for version in versions or [default]
            for platform in platforms
        )
    )


def _split(texts: Sequence[str]) -> Iterator[str]:
    """Yield what stands between the commas; a comma at the end of a list is none too many."""
    for text in texts:
        parts = [part.strip() for part in text.split(",")]
        yield from [part for part in parts if part] or parts[:1]
