"""Other distributions, installed into a directory for a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.conftest import FIXTURES

EXAMPLE = FIXTURES / "plugins" / "crosshook-example"


def install(
    directory: Path,
    entry_points: Mapping[str, Mapping[str, str]],
    *,
    name: str = "broken-plugin",
    modules: Mapping[str, str] | None = None,
) -> Path:
    """Write a distribution's modules and metadata into a directory that is on ``sys.path``.

    :param entry_points: By group, references by name.
    :param modules: Text by module name.
    """
    info = directory / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, offered in entry_points.items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in offered.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module, text in (modules or {}).items():
        (directory / f"{module}.py").write_text(text)
    return directory


def install_example(directory: Path) -> Path:
    """Install the worked example: its package by a link, its entry points as pyproject.toml has
    them."""
    lines = (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    groups: dict[str, dict[str, str]] = {}
    group = ""
    for line in lines:
        if line.startswith("[project.entry-points."):
            group = line.split('"')[1]
        elif group and " = " in line:
            key, _, value = line.partition(" = ")
            groups.setdefault(group, {})[key] = value.strip('"')
    install(directory, groups, name="crosshook-example")
    (directory / "crosshook_example").symlink_to(EXAMPLE / "src" / "crosshook_example")
    return directory
