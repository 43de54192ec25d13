"""What is in a prefix of C libraries; the wrapper reads it in other people's build environments.

The files in it may say that they are somewhere else: ``make install`` writes the directory that was
configured into ``.pc`` files and ``*-config`` scripts, and Debian ``/usr``. What is handed on of
them says where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crosshook.target import Target

SHARED_SUFFIXES = (".so", ".dylib", ".dll.a", ".tbd")
"""Of files that a linker takes for a shared library."""

_PKGCONFIG = ("pkgconfig",)
_SHARE_PKGCONFIG = ("share/pkgconfig", "libdata/pkgconfig")
_LARGEST_SCRIPT = 200_000
_STATED_PREFIX = re.compile(r"^(?P<name>prefix|PREFIX)=(?P<value>[^\n]*)$", re.MULTILINE)
_PATH = r"[^\s\"':;]*"
_STATED_PATH = re.compile(
    rf"(?P<flag>-[ILF])(?P<path>/{_PATH}?(?P<own>/(?:include|lib|lib64)(?![\w.+-]){_PATH}))",
    re.MULTILINE,
)
"""A flag with a directory, and what of the directory is below some prefix."""
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]|@@HOMEBREW_\w+@@/")
"""Beginnings of a path; of a bottle of Homebrew's, before it is installed."""
_LIBRARY = re.compile(r"(?<!\S)-l(\S+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefix:
    """A directory of C libraries."""

    root: Path
    multiarch: str | None = None
    """Debian's name of the target, such as ``aarch64-linux-gnu``: ``lib`` and ``include`` may have
    a directory of that name."""

    @property
    def include(self) -> tuple[str, ...]:
        """Directories of headers."""
        return self._there(*self._with_multiarch("include"))

    @property
    def library(self) -> tuple[str, ...]:
        """Directories of libraries to link to."""
        return self._there(*self._with_multiarch("lib"), "lib64")

    @property
    def has_multiarch(self) -> bool:
        """Whether there is a directory of the target's name."""
        return self.multiarch is not None and bool(self._there(f"lib/{self.multiarch}"))

    @property
    def pkgconfig(self) -> tuple[str, ...]:
        """Directories of ``.pc`` files."""
        below = [f"{directory}/{name}" for directory in self.library for name in _PKGCONFIG]
        # Where Conan writes them.
        beside = ["."] if any(self.root.glob("*.pc")) else []
        return self._there(*below, *_SHARE_PKGCONFIG, *beside)

    def package_files(self) -> Mapping[str, str]:
        """Return the texts of the ``.pc`` files by file name, with paths as they are here.

        What has static libraries alone is linked with what these need in turn, which pkg-config
        says only if it is asked for.
        """
        texts: dict[str, str] = {}
        for directory in map(Path, self.pkgconfig):
            for file in sorted(directory.glob("*.pc")):
                if file.is_file():
                    text = file.read_text(encoding="utf-8", errors="replace")
                    text = text.replace("${pcfiledir}", str(directory))
                    texts.setdefault(file.name, self._static(self.moved(text)))
        return texts

    def scripts(self) -> Mapping[str, str]:
        """Return scripts such as ``xml2-config`` by name, with paths as they are here.

        Programs among them are the target's, and do not run.
        """
        texts = {}
        for file in sorted((self.root / "bin").glob("*[-_]config")):
            if file.is_file() and file.stat().st_size <= _LARGEST_SCRIPT:
                data = file.read_bytes()
                if data.startswith(b"#!"):
                    texts[file.name] = self.moved(data.decode("utf-8", errors="replace"))
        return texts

    def moved(self, text: str) -> str:
        """Return a text with where the prefix is in place of the one that it states itself.

        Where it states none, directories in flags are those of this prefix that are called so.
        """
        stated = _STATED_PREFIX.search(text)
        if stated is None:
            return _STATED_PATH.sub(self._flag_as_here, text)
        value = stated["value"].strip().strip("\"'").rstrip("/")
        if not _ABSOLUTE.match(value) or value == str(self.root):
            return text
        before, after = text[: stated.start()], text[stated.end() :]
        path = re.compile(rf"(?:(?<=[\s=\"':])|(?<=-[ILF])){re.escape(value)}(?=[/\s\"':;]|$)")
        here = str(self._place_of(value)).replace("\\", "/")
        head = f"{stated['name']}={here}"
        return path.sub(lambda _: here, before) + head + path.sub(lambda _: here, after)

    def _flag_as_here(self, flag: re.Match[str]) -> str:
        """Return ``-I/usr/include/x`` with this directory in it, if that is there."""
        own = Path(f"{self.root}{flag['own']}")
        known = Path(flag["path"]).is_relative_to(self.root) or not own.is_dir()
        return flag[0] if known else f"{flag['flag']}{own}".replace("\\", "/")

    def _place_of(self, stated: str) -> Path:
        """Return where a stated prefix is: here, or where Conan deployed it below."""
        parts = PurePosixPath(stated).parts[1:]
        below = (self.root.joinpath(*parts[number:]) for number in range(len(parts)))
        found = (place for place in below if any((place / n).is_dir() for n in ("include", "lib")))
        return next(found, self.root)

    def _static(self, text: str) -> str:
        """Return the text of a ``.pc`` file that asks for private parts where they are needed."""
        fields = dict(re.findall(r"^([\w.]+):[ \t]*(.*)$", text, re.MULTILINE))
        names = _LIBRARY.findall(fields.get("Libs", ""))
        if not names or not all(self._is_static(name) for name in names):
            return text
        for public, private in (("Libs", "Libs.private"), ("Requires", "Requires.private")):
            if fields.get(private):
                joined = f"{public}: {fields.get(public, '')} {fields[private]}"
                text = re.sub(rf"^{re.escape(private)}:.*$\n?", "", text, flags=re.MULTILINE)
                text = re.sub(rf"^{public}:.*$\n?", "", text, flags=re.MULTILINE)
                text = f"{text.rstrip()}\n{joined}\n"
        return text

    def _is_static(self, name: str) -> bool:
        shared = any(
            Path(directory, f"lib{name}{suffix}").exists()
            for directory in self.library
            for suffix in SHARED_SUFFIXES
        )
        archives = (Path(directory, f"lib{name}.a") for directory in self.library)
        return not shared and any(archive.is_file() for archive in archives)

    def _with_multiarch(self, name: str) -> Iterator[str]:
        yield name
        if self.multiarch is not None:
            yield f"{name}/{self.multiarch}"

    def _there(self, *names: str) -> tuple[str, ...]:
        found = (self.root / name for name in names)
        return tuple(str(path).replace("\\", "/") for path in found if path.is_dir())


def prefixes_of(target: Target) -> tuple[Prefix, ...]:
    """Return the prefixes of libraries that a target names."""
    multiarch = target.platform.row.multiarch
    return tuple(Prefix(root=Path(root), multiarch=multiarch) for root in target.libraries)
