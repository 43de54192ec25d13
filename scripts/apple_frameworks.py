"""List the install names of Apple's frameworks, as official wheels for macOS name them.

    python -m scripts.apple_frameworks WHEEL...

writes ``src/crosshook/toolchains/data/apple-frameworks.txt``. A module says of each framework that
it is linked to where macOS has it, so no SDK is needed to know. The list of today was made from the
wheels for macOS of pyobjc-core 13.0, its frameworks Cocoa 13.0, Quartz 13.0, CoreServices 12.2.2,
Security 12.2.2 and SystemConfiguration 12.2.2, PySide6-Essentials 6.12.0, wxPython 4.3.2, pygame
2.6.1, opencv-python-headless 5.0.0.93, cryptography 50.0.2, uv 0.13.9 and watchfiles 1.1.1.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator
from pathlib import Path

from crosshook.toolchains.apple_frameworks import FRAMEWORKS_FILE, FROM_SYSTEM
from crosshook.wheel.objects import read_object


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheels", nargs="+", type=Path, metavar="WHEEL")
    arguments = parser.parse_args()
    found = {name for wheel in arguments.wheels for name in install_names(wheel)}
    FRAMEWORKS_FILE.write_text("".join(f"{name}\n" for name in sorted(found)), encoding="utf-8")
    print(f"{FRAMEWORKS_FILE.name}: {len(found)}")


def install_names(wheel: Path) -> Iterator[str]:
    """Yield the frameworks of macOS that what is in a wheel is linked to."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            found = read_object(name, archive.read(name))
            for image in found.images if found is not None else ():
                yield from (path for path in image.needed if FROM_SYSTEM.fullmatch(path))


if __name__ == "__main__":
    main()
