"""Where a run's wheels go: a wheel that serves several cells is built and named once."""

from __future__ import annotations

import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path

from crosshook import _files
from crosshook.errors import RefusedWheel
from crosshook.frontend.algorithm import Built
from crosshook.target.promise import Promise
from crosshook.wheel.checks import accept_for_target, check_requires_python


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A wheel that is in the output directory."""

    path: Path
    built: Built
    cell: str
    """What it was built for: a wheel platform tag and a Python."""
    platform_tag: str
    place: Path
    """The directory that the project was built in, which no other project of the run has."""


class Outbox:
    """Delivers wheels into a directory; may be used by several threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sent: dict[str, Sent] = {}
        self._lock = threading.Lock()

    def serving(self, promise: Promise, place: Path) -> Sent | None:
        """Return a wheel of this run that is right for another cell as well.

        One for the stable ABI is, for the Pythons that its tag names; a pure one is for every
        platform if its backend was not told about any.

        :param place: The directory that the cell's project is built in.
        """
        with self._lock:
            sent = tuple(self._sent.values())
        return next((one for one in sent if one.place == place and _serves(one, promise)), None)

    def send(self, built: Built, *, cell: str, promise: Promise, place: Path) -> Sent:
        """Deliver a wheel, or return the one of that name that serves the cell and is there.

        :raises RefusedWheel: if another cell's wheel has its name and is another.
        :raises CrosshookError: if it cannot be written, or is not what was checked.
        """
        name = built.wheel.path.name
        with self._lock:
            before = self._sent.get(name)
            if before is not None:
                if before.place != place or not _serves(before, promise):
                    _check_same(before, built, cell)
                return before
            path = _files.deliver(built.wheel.path, self._directory, checked=built.digest)
            self._sent[name] = Sent(
                path=path,
                built=built,
                cell=cell,
                platform_tag=promise.platform.tag,
                place=place,
            )
            return self._sent[name]


def _serves(sent: Sent, promise: Promise) -> bool:
    wheel = sent.built.wheel
    anywhere = all(tag.platform == "any" for tag in wheel.tags)
    if anywhere and sent.built.hook == "build_wheel":
        pass
    elif sent.platform_tag != promise.platform.tag:
        return False
    if wheel.tags.isdisjoint(promise.accepted):
        return False
    try:
        check_requires_python(accept_for_target(sent.path, promise), promise)
    except RefusedWheel:
        return False
    return True


def _check_same(before: Sent, built: Built, cell: str) -> None:
    there, new = _members(before.path), _members(built.wheel.path)
    differing = sorted(
        name for name in there.keys() | new.keys() if there.get(name) != new.get(name)
    )
    if differing:
        raise RefusedWheel(
            f"{before.path.name}: {before.cell} gave a wheel of that name, and {cell} another",
            problems=tuple(f"{name}: differs" for name in differing),
            hint="build the two into different directories, with --outdir",
        )


def _members(wheel: Path) -> dict[str, tuple[int, int]]:
    """Return the size and the checksum of what is in a wheel; RECORD only repeats it."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            info.filename: (info.file_size, info.CRC)
            for info in archive.infolist()
            if not info.filename.endswith(".dist-info/RECORD")
        }
