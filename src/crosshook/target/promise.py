"""What the tag of a target promises: one record, made once, which a wheel is checked against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from packaging.tags import Tag

from crosshook.target import Target
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion
from crosshook.target.stable_abi import stable_abi_dlls
from crosshook.target.tags import (
    accepted_tags,
    oldest_of_stable_abi,
    own_abi,
    promised_version,
)

INTERPRETER = "python"
"""The key of :attr:`Promise.exports` where modules name no library that Python's names are from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What a wheel may rely on where it is installed."""

    platform: Platform
    python: PythonVersion
    abi_flags: tuple[str, ...] = ()
    """As :attr:`crosshook.target.Target.abi_flags`."""
    accepted: tuple[Tag, ...]
    """The tags of wheels that may be delivered, best first."""
    suffixes: tuple[str, ...]
    """Those of extension modules that the target Python imports, its own first."""
    exports: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names that the target Python exports, by DLL name in lower case, or under
    :data:`INTERPRETER`; empty where they are not known."""
    tag: str
    """The platform tag that counts: the target's, or a wheel's oldest."""
    version: tuple[int, int] | None
    """Of glibc, musl, macOS or Windows: the oldest that the tag promises to run on."""
    wider: tuple[Tag, ...] = ()
    """Those of a wheel's tags that promise more Pythons than the target's."""

    def for_wheel(self, tags: Iterable[Tag]) -> Promise:
        """Return what a wheel with some tags may rely on: no more than the least of them promises.

        Installers elsewhere believe any one of its tags.
        """
        tags = frozenset(tags)
        found = promised_version(tags, self.platform)
        unnamed = self.platform.system.unnamed_version
        tag, version = found if found is not None else (self.platform.tag, unnamed)
        wider = tuple(sorted(self._wider(tags), key=str))
        return replace(self, tag=tag, version=version, wider=wider)

    def _wider(self, tags: frozenset[Tag]) -> Iterable[Tag]:
        own = self.python.tag
        abi = own_abi(self.python, self.abi_flags)
        # In a wheel without a tag of the target's own, another Python's is not more but wrong.
        has_own = any((tag.interpreter, tag.abi) == (own, abi) for tag in tags)
        for tag in tags:
            many = tag.interpreter != own if tag.abi == "none" else has_own and tag.abi != abi
            if many or tag.abi in ("abi3", "abi3t"):
                yield tag

    @property
    def stable(self) -> tuple[tuple[Tag, PythonVersion], ...]:
        """The tags for a stable ABI among the wider ones, with the oldest Python of each."""
        found = ((tag, oldest_of_stable_abi(tag)) for tag in self.wider)
        return tuple((tag, oldest) for tag, oldest in found if oldest is not None)

    @property
    def python_dlls(self) -> tuple[str, ...]:
        """The DLL of the target Python, and those of the stable ABIs that it can load."""
        names = (self.python.dll, *stable_abi_dlls(self.python))
        debug = "_d" if "d" in self.abi_flags else ""
        return tuple(name.replace(".dll", f"{debug}.dll") for name in names)

    def brings(self, library: str) -> bool:
        """Tell whether every machine that the tag is for has a library, other than Python's.

        :param library: As object files name it: a DLL, ELF ``NEEDED``, an install name.
        """
        return self.platform.system.brings(self.platform.row, library)


def promise_of(target: Target, exports: Mapping[str, frozenset[str]] | None = None) -> Promise:
    """Return what a target promises to a wheel.

    :param exports: As :attr:`Promise.exports`."""
    promise = Promise(
        platform=target.platform,
        python=target.python_version,
        abi_flags=target.abi_flags,
        accepted=accepted_tags(target),
        suffixes=target.extension_suffixes,
        exports=exports or {},
        tag=target.platform.tag,
        version=None,
    )
    return promise.for_wheel(())
