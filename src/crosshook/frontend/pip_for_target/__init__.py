"""Packages for a target: what pip finds, chooses and unpacks for a Python that it does not run in.

pip has options for another platform and another Python (``--platform``, ``--python-version`` ...),
and still evaluates environment markers (``; sys_platform == "win32"``) for the Python that it runs
in. ``pip_with_markers.py`` beside this file hands it the target's. What the target Python brings
itself, as PyPy does cffi, pip is shown as wheels without files: it would look for others.
"""

from __future__ import annotations

import json
import shlex
import string
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import canonicalize_name

from crosshook import _processes
from crosshook.errors import CrosshookError
from crosshook.frontend import modules

_SCRIPT = Path(__file__).parent / "pip_with_markers.py"


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetSite:
    """Somewhere to install packages for a target Python, and what pip must know of that Python."""

    directory: Path
    """``site-packages``, or any directory."""
    python_version: str
    """``3.13``."""
    tags: tuple[Tag, ...]
    """The wheel tags that it accepts, best first."""
    markers: Mapping[str, str]
    """The values of its environment markers, as :pep:`508` names them."""
    brought: Mapping[str, str] = field(default_factory=dict)
    """By name, the versions of the distributions that it has without anything being installed."""


def install(
    site: TargetSite, requirements: Sequence[str], *, environ: Mapping[str, str], work: Path
) -> None:
    """Install requirements, and what they require, from wheels for the target.

    :param requirements: PEP 508 requirements.
    :param environ: Environment variables for pip, which read its configuration.
    :param work: A directory for files of this call.
    :raises CrosshookError: if pip fails, with what it printed.
    """
    markers, listed = work / "markers.json", work / "requirements.txt"
    markers.write_text(json.dumps(dict(site.markers)), encoding="utf-8")
    listed.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
    if site.brought:
        brought = work / "brought.txt"
        brought.write_text("".join(f"{line}\n" for line in _brought(site, work)), encoding="utf-8")
        # On the command line, it would take the place of the user's own.
        with listed.open("a", encoding="utf-8") as file:
            file.write(f"-c {shlex.quote(str(brought))}\n")
    command = [sys.executable, str(_SCRIPT), str(markers), "install", *_options(site)]
    command += ["-r", str(listed)]
    kept = modules.pip_environ(environ)
    kept.pop("PYTHONPATH", None)
    said = _processes.Tail()
    code = _processes.run(command, cwd=str(work), environ=kept, output=said)
    if code:
        raise CrosshookError(
            f"cannot install for {site.markers['sys_platform']}, "
            f"{site.markers['platform_machine']}: {' '.join(requirements)}",
            hint="only wheels for the target can be installed; see what pip said above",
            detail=said.text() or None,
        )


def _brought(site: TargetSite, work: Path) -> Iterator[str]:
    """Yield constraints for what the target Python brings: wheels that hold their metadata alone.

    As URLs, which pip takes pre-releases by: PyPy's cffi is one.
    """
    for name, version in site.brought.items():
        stem = f"{canonicalize_name(name).replace('-', '_')}-{version}"
        path = work / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            info = f"{stem}.dist-info"
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            wheel.writestr(f"{info}/METADATA", metadata)
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
            wheel.writestr(f"{info}/RECORD", "")
        yield f"{name} @ {path.as_uri()}"


def _options(site: TargetSite) -> list[str]:
    options = ["--target", str(site.directory), "--only-binary", ":all:", "--no-compile"]
    options += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    implementation = site.tags[0].interpreter.rstrip(string.digits)
    options += ["--python-version", site.python_version, "--implementation", implementation]
    abis = dict.fromkeys(tag.abi for tag in site.tags)
    platforms = dict.fromkeys(tag.platform for tag in site.tags if tag.platform != "any")
    for option, values in (("--abi", abis), ("--platform", platforms)):
        for value in values:
            options += [option, value]
    return options
