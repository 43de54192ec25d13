"""What a user asks for, and what comes of it: the vocabulary of :mod:`crosshook.api`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crosshook._types import ConfigSettings
from crosshook.errors import CrosshookError, UsageError
from crosshook.project import check_requirement

if TYPE_CHECKING:
    from crosshook.frontend.algorithm import Built
    from crosshook.frontend.running import Tested

_EXTRA = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
"""As PEP 508 has identifiers."""

INSTALLERS = ("pip", "uv")
"""What ``--installer`` takes."""

REPAIR = ("auto", "never", "always")
"""What ``--repair`` takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What to build, for what, and how: the options of ``crosshook build``."""

    source: str | os.PathLike[str] = "."
    """A project's directory, an sdist, or a requirement such as ``markupsafe==3.0.3``."""
    targets: Sequence[str]
    """Wheel platform tags."""
    pythons: Sequence[str] = ()
    """Minor versions of CPython, ``3.13`` or ``3.13t``: a wheel is built for each on every target.
    By default that of the Python that runs crosshook."""
    outdir: str | os.PathLike[str] | None = None
    """Where wheels are written: by default ``dist`` in the project's directory, or in the current
    directory if the source is not a directory."""
    adapt: bool = False
    """Put crosshook's wrapper in front of the backend that the project declares."""
    require_native: bool = False
    """Refuse a wheel without compiled code, and one that lacks a declared extension module."""
    config_settings: ConfigSettings = field(default_factory=dict)
    target_pythons: Sequence[str | os.PathLike[str]] = ()
    """Unpacked Pythons for target platforms, or the ``build-details.json`` of some, each used for
    the targets that it fits; composed where none does."""
    python_source: str | None = None
    """Where other target Pythons come from: ``composed``, or ``uv``, ``debian`` or ``fetch`` from
    the network. By default ``CROSSHOOK_PYTHON_SOURCE``, or composed."""
    toolchain: str | None = None
    """``zig``, ``msvc`` or ``environment``."""
    libraries: Sequence[str] = ()
    """Where C libraries for the targets are: directories, or ``debian:RELEASE/PACKAGE,...``,
    ``conda:CHANNEL/PACKAGE,...``, ``pypi:PACKAGE,...``; looked into before ``CROSSHOOK_LIBRARIES``
    and the project's ``[tool.crosshook] libraries``."""
    before_build: Sequence[str] = ()
    """Shell commands that install C libraries for a target into ``{prefix}``; by default the
    project's ``[tool.crosshook] before-build``."""
    repair: str = "auto"
    """When C libraries are packed into the wheel: ``auto``, where it needs some of ``libraries``
    that the tag does not promise; ``never``; or ``always``, whatever is needed."""
    test_command: str | None = None
    """Run for each wheel before it is delivered, with ``{project}`` and ``{wheel}``; by default
    the project's ``[tool.crosshook] test-command``; nothing is run if it is empty."""
    test_requires: Sequence[str] = ()
    """Installed for the test command, beside the project's ``test-requires``."""
    test_extras: Sequence[str] = ()
    """Extras installed for it, beside the project's ``test-extras``."""
    test_timeout: float | None = 1800.0
    """Seconds after which the test command is ended; None for never."""
    build_timeout: float | None = None
    """Seconds after which a hook of the backend is ended; None for never."""
    emulator: str | None = None
    """The first words of a command line that runs programs of the target."""
    verify_reproducible: bool = False
    """Build each wheel twice, and refuse it if the second is another."""
    like_cibuildwheel: bool = False
    """Take what is of use of the project's ``[tool.cibuildwheel]``: variables, config settings,
    tests, and what it skips."""
    keep_going: bool = False
    """Deliver a wheel whose test command failed, with a warning."""
    jobs: int | None = None
    """How many wheels are built at once; None for as many as there are cores."""
    fail_fast: bool = False
    """Begin no other wheel once one failed."""
    isolation: bool = True
    installer: str = "pip"
    """``pip`` or ``uv``."""
    cache: str | os.PathLike[str] | None = None
    """Where files are kept between builds: by default ``CROSSHOOK_CACHE_DIR``, or the platform's
    cache directory."""

    def __post_init__(self) -> None:
        """Check what can be checked without looking at the machine.

        :raises UsageError: if a choice is none that there is.
        """
        if self.outdir is not None and not os.fspath(self.outdir).strip():
            raise UsageError("--outdir: empty", hint="--outdir . is the current directory")
        if not all(os.fspath(path).strip() for path in self.target_pythons):
            raise UsageError("--target-python: empty", hint="leave it out, or name a path")
        for text in self.test_requires:
            problem = check_requirement(text)
            if problem is not None:
                raise UsageError(f"--test-requires: {text!r}: {problem}")
        for text in self.test_extras:
            if not _EXTRA.fullmatch(text):
                raise UsageError(f"--test-extras: {text!r} is not the name of an extra")
        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"--jobs: {self.jobs} is less than 1", hint="leave it out, or -j 1")
        if self.repair not in REPAIR:
            raise UsageError(f"--repair: {self.repair!r} is none of {', '.join(REPAIR)}")
        if self.installer not in INSTALLERS:
            raise UsageError(f"--installer: {self.installer!r} is none of {', '.join(INSTALLERS)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What came of one target."""

    target: str
    """The wheel platform tag that was asked for."""
    python: str
    """The minor version of its Python."""
    source: str = ""
    """Where several sources are built: the one, as it was asked for, without credentials."""
    path: Path | None = None
    """The wheel, in the output directory; None if there is an error."""
    error: CrosshookError | None = None
    built: Built | None = None
    """What is known of the wheel; its own path is no longer there."""
    reproduced: bool = False
    """Whether it was built twice, with the same bytes."""
    tested: Tested | None = None
    """What came of the test command, if there was one and something to run it with."""
    seconds: float = 0.0
    """How long it took."""
    untested: str | None = None
    """Why the test command was not run, if there was one and nothing on this machine runs it."""
