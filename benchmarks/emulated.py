"""Time a cross build against a build inside an emulated system of the target's.

    python -m benchmarks.emulated [--repeat N] [--tree DIRECTORY] [--markdown FILE]
        [REQUIREMENT ...]

Emulated is ``pip wheel --no-binary`` with the Python and the gcc of a Debian for arm64, which
QEMU's user emulation runs; cross is ``crosshook build --adapt`` with zig, whose libc and libc++ are
compiled before the clock starts. Both make an isolated environment and fetch from the same index.

Needs ``debootstrap``, ``qemu-aarch64-static``, the right to ``chroot`` and Linux 6.7, which lets a
user namespace say by itself what runs foreign programs: that of the rest of the machine stays as it
is. The packages are unpacked, not configured. ``--tree`` keeps what was unpacked for the next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.cross_against_native import native_arguments
from benchmarks.measuring import TARGET, build, parser, run, smallest, write_table
from scripts.first_run import PASSED_ON, reach_network

REQUIREMENTS = ("markupsafe==3.0.3", "kiwisolver==1.5.1")
RELEASE = "bookworm"
PYTHON = "3.11"
"""Which Python the release has."""
PACKAGES = ("ca-certificates", "g++", "python3-dev", "python3-pip")
GOAL = 0.1

_ENTER = r"""
set -e
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf '%s' "$2" > /proc/sys/fs/binfmt_misc/register
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
tree=$1
shift 2
exec chroot "$tree" "$@"
"""
"""A shell script, for a user namespace of its own."""
_HEADER = r"\x7fELF\x02\x01\x01" + r"\x00" * 9 + r"\x02\x00\xb7\x00"
_MASK = r"\xff" * 7 + r"\x00" + r"\xff" * 8 + r"\xfe\xff\xff\xff"
"""How arm64's programs begin, and what of it counts: ``e_type`` is 2 or 3, ``e_machine`` 183."""


def main() -> None:
    taken = parser(__doc__, repeat=1, requirements=REQUIREMENTS)
    taken.add_argument("--tree", type=Path, metavar="DIRECTORY", help="where it is unpacked")
    arguments = taken.parse_args()
    said = (
        "# Cross build against emulation",
        "",
        f"Written by `python -m benchmarks.emulated --repeat {arguments.repeat} --markdown FILE`:",
        f"`crosshook build --adapt --target {TARGET}`, zig's libc compiled",
        f"before, over `pip wheel --no-binary` inside Debian {RELEASE} for arm64, run by QEMU's",
        f"user emulation; wall-clock time, the least of {arguments.repeat} alternating runs. Both",
        "include the build environment.",
    )
    with tempfile.TemporaryDirectory(prefix="emulated-") as directory:
        tree = (arguments.tree or Path(directory, "tree")).absolute()
        if not (tree / "usr/bin/python3").exists():
            unpack(tree)
        reach_network(tree)
        rows = _rows(arguments.requirements, tree, arguments.repeat)
        columns = ("sdist", "cross / emulated", "goal", "times as fast")
        write_table(said, columns, rows, arguments.markdown)


def _rows(requirements: Sequence[str], tree: Path, repeat: int) -> Iterator[Sequence[str]]:
    # The first run compiles Python's files.
    build_emulated(tree, REQUIREMENTS[0])
    for requirement in requirements:
        ratio = compare(requirement, tree, repeat)
        yield requirement, f"{ratio:.3f}", f"{GOAL}", f"{1 / ratio:.0f}"


def compare(requirement: str, tree: Path, repeat: int) -> float:
    def cross() -> None:
        build(requirement, ("--target", TARGET, "--python", PYTHON))

    cross()
    ways = {"cross": cross, "emulated": lambda: build_emulated(tree, requirement)}
    seconds = smallest(ways, repeat)
    return seconds["cross"] / seconds["emulated"]


def unpack(tree: Path) -> None:
    """Unpack a Debian for arm64 that has a compiler and Python."""
    command = ["debootstrap", "--foreign", "--arch=arm64", "--variant=minbase"]
    command += [f"--include={','.join(PACKAGES)}", RELEASE, str(tree)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for package in sorted((tree / "var/cache/apt/archives").glob("*.deb")):
        with subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE
        ) as archive:
            unpacking = ["tar", "-x", "--keep-directory-symlink", "-C", str(tree)]
            subprocess.run(unpacking, stdin=archive.stdout, check=True)
        if archive.returncode:
            raise SystemExit(f"{package}: dpkg-deb: exit code {archive.returncode}")
    # In a container debootstrap makes it a link.
    (tree / "proc").unlink(missing_ok=True)
    (tree / "proc").mkdir()


def build_emulated(tree: Path, requirement: str) -> None:
    emulator = shutil.which("qemu-aarch64-static")
    if emulator is None:
        raise SystemExit("qemu-aarch64-static is not installed")
    # F: it is opened now, and found inside the tree.
    registered = f":aarch64:M::{_HEADER}:{_MASK}:{emulator}:F"
    own = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"]
    enter = [*own, "sh", "-c", _ENTER, "sh", str(tree), registered]
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environ = {
        **passed,
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    run([*enter, "/usr/bin/python3", *native_arguments(requirement, "/tmp/dist")], environ)


if __name__ == "__main__":
    main()
