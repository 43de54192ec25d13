"""apt for another processor, with a state of its own: nothing is installed into the system.

apt verifies packages by the signature of the archive, and ``dpkg-deb`` unpacks them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from crosshook.errors import LibraryError

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
"""Where Debian's package of its keys puts them."""


def debian_source(suite: str) -> str:
    """Return the line of a ``sources.list`` for a release of Debian: ``trixie``."""
    signed = f"[signed-by={KEYRING}] " if Path(KEYRING).is_file() else ""
    return f"deb {signed}http://deb.debian.org/debian {suite} main\n"


DPKG_LISTS = "var/lib/dpkg/info"
"""Where dpkg keeps, below the root, the paths of each package's files."""


class Apt:
    """apt for some architecture, with its state below a directory."""

    def __init__(self, architecture: str, sources: str, work: Path) -> None:
        """Fetch the lists of packages.

        :param architecture: Debian's name of it: ``arm64``.
        :param sources: The text of a ``sources.list``.
        :param work: An empty directory.
        :raises LibraryError: if apt or dpkg is not there, or fails; so do the methods.
        """
        self._work = work
        for name in ("state/lists/partial", "cache/archives/partial", "root", "packages"):
            (work / name).mkdir(parents=True)
        # Nothing is installed: everything is needed.
        (work / "status").touch()
        (work / "sources.list").write_text(sources)
        settings = {
            "Dir::State": work / "state",
            "Dir::State::Lists": work / "state/lists",
            "Dir::State::status": work / "status",
            "Dir::Cache": work / "cache",
            "Dir::Etc::SourceList": work / "sources.list",
            "Dir::Etc::SourceParts": "-",
            "APT::Architecture": architecture,
            "APT::Architectures::": architecture,
            "APT::Sandbox::User": "root",
        }
        self._options = [f"-o{key}={value}" for key, value in settings.items()]
        self._run(["apt-get", "-qq", *self._options, "update"])

    @property
    def root(self) -> Path:
        """Where packages are unpacked."""
        return self._work / "root"

    def needed(self, packages: Iterable[str]) -> list[str]:
        """Return the packages that have to be installed for some, themselves included.

        Without what they recommend.
        """
        simulated = ["apt-get", *self._options, "--simulate", "--no-install-recommends", "install"]
        lines = self._run([*simulated, *packages]).splitlines()
        return [line.split()[1] for line in lines if line.startswith("Inst ")]

    def unpack(self, packages: Iterable[str]) -> None:
        """Download packages and unpack them below :attr:`root`, with a list of what is in each
        where dpkg has them."""
        lists = self.root / DPKG_LISTS
        lists.mkdir(parents=True, exist_ok=True)
        self._run(["apt-get", "-qq", *self._options, "download", *packages], cwd="packages")
        for package in sorted((self._work / "packages").glob("*.deb")):
            # It prints the names, as they are in the package: ./usr/share/doc
            names = self._run(["dpkg-deb", "--vextract", str(package), str(self.root)])
            text = "".join(f"{line.removeprefix('.')}\n" for line in names.splitlines())
            name = package.name.partition("_")[0]
            (lists / f"{name}.list").write_text(text, encoding="utf-8")

    def _run(self, command: list[str], cwd: str = ".") -> str:
        if shutil.which(command[0]) is None:
            raise LibraryError(
                f"{command[0]} is not installed, which gets Debian's packages",
                hint="on other systems, name a directory: --libraries DIR",
            )
        return run(command, self._work / cwd, os.environ)


def run(command: list[str], cwd: Path, environ: Mapping[str, str]) -> str:
    """Return what a command prints on stdout.

    :raises LibraryError: with all that it printed, if it fails.
    """
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = [word for word in command if not word.startswith("-o")]
        raise LibraryError(
            f"failed: {' '.join(words)}", detail=f"{done.stdout}{done.stderr}".strip() or None
        )
    return done.stdout
