"""What the members of a tar archive may be called, and where its links may lead.

``tarfile``'s ``data`` filter asks the file system where each link leads while it unpacks, and some
Pythons can be made to believe the wrong answer (CVE-2025-4517). Here the answer comes from the list
of members alone, before anything is written: no member lies below a link, no link is replaced, and
none, followed through all the others, leaves the tree.
"""

from __future__ import annotations

import bisect
import tarfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LONGEST_NAME = 1024
"""Bytes of a member's name, and of where a link leads: some systems take no longer paths."""
_LONGEST_COMPONENT = 255
_DEEPEST = 64
_MOST_LINKS = 40
"""How many links a path may lead through, as the kernel has it."""
_MOST_STEPS = 2_000_000
"""How many components are gone through to follow all links."""


class UnsafeMember(Exception):
    """A member that no well-made sdist has."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


@dataclass(kw_only=True, slots=True)
class _Tree:
    """What there will be, by path; a file system may not tell case or composition apart."""

    files: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    steps: int = 0


def check_members(members: Sequence[tarfile.TarInfo]) -> None:
    """Check the members of an archive whose names are relative and have no ``..``.

    :raises UnsafeMember: for the first that is no file, directory or link of a well-made sdist.
    """
    tree = _Tree()
    for member in members:
        _add(tree, member)
    files = sorted(tree.files) if tree.links else []
    for path, target in tree.links.items():
        at = bisect.bisect(files, f"{path}/")
        if at < len(files) and files[at].startswith(f"{path}/"):
            raise UnsafeMember(path, "a link in the place of a directory")
        _follow(tree, path, target)


def _add(tree: _Tree, member: tarfile.TarInfo) -> None:
    _check_length(member.name, member.name)
    path = _normal(member.name)
    if tree.links and any(above in tree.links for above in _above(path)):
        raise UnsafeMember(member.name, "it is below a link")
    if path in tree.links:
        raise UnsafeMember(member.name, "there is a link of that name already")
    if member.issym():
        if path in tree.files:
            raise UnsafeMember(member.name, "a link in the place of another member")
        _check_length(member.name, member.linkname)
        tree.links[path] = member.linkname
        return
    if member.islnk():
        _check_length(member.name, member.linkname)
        if _normal(member.linkname) not in tree.files:
            raise UnsafeMember(
                member.name, f"a hard link to {member.linkname!r}, which is no file before it"
            )
    elif not (member.isreg() or member.isdir()):
        raise UnsafeMember(member.name, "a device, a pipe or something unknown")
    if not member.isdir():
        tree.files.add(path)


def _check_length(name: str, path: str) -> None:
    if "\0" in path:
        raise UnsafeMember(name[:80], "a path with a NUL")
    encoded = path.encode(errors="surrogateescape")
    parts = encoded.split(b"/")
    longest = max(map(len, parts))
    too_long = len(encoded) > _LONGEST_NAME or longest > _LONGEST_COMPONENT
    if too_long or len(parts) > _DEEPEST:
        raise UnsafeMember(name[:80], "a path that is too long")


def _normal(path: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    return "/".join(part for part in folded.split("/") if part not in ("", "."))


def _above(path: str) -> Iterator[str]:
    at = path.find("/")
    while at != -1:
        yield path[:at]
        at = path.find("/", at + 1)


def _follow(tree: _Tree, link: str, target: str) -> None:
    """Follow a link through all others; the first component is the tree and must stay."""
    place = link.split("/")[:-1]
    todo = _steps(target, link)
    seen = 0
    while todo:
        tree.steps += 1
        step = todo.pop()
        if step == "..":
            if len(place) <= 1:
                raise UnsafeMember(link, "a link out of the tree")
            place.pop()
            continue
        place.append(step)
        further = tree.links.get("/".join(place))
        if further is None:
            continue
        seen += 1
        if seen > _MOST_LINKS or tree.steps > _MOST_STEPS:
            raise UnsafeMember(link, "a link that leads through too many others")
        place.pop()
        todo += _steps(further, link)


def _steps(target: str, name: str) -> list[str]:
    """Return the components of where a link leads, the first of them last."""
    slashed = target.replace("\\", "/")
    if slashed.startswith("/") or not slashed:
        raise UnsafeMember(name, "a link out of the tree")
    return [part for part in _normal(slashed).split("/") if part][::-1]
