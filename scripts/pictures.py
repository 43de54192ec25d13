"""Make the pictures of the documentation, by running what they show in a terminal.

    python -m scripts.pictures [NAME ...]

writes ``docs/_static/NAME.svg`` for each command below, and, where there is Chromium,
``report.png`` of the page that ``--report`` writes. Takes some minutes where compilers have to make
their libraries first. In the pictures, the directory that this works in is called ``/home/me``.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from crosshook.api import cache_directory
from crosshook.wheel.retag import retag
from scripts.terminal import Running, Terminal

REPOSITORY = Path(__file__).parents[1]
PICTURES = REPOSITORY / "docs" / "_static"
HOME = "/home/me"

_TARGETS = "win_arm64,manylinux_2_28_aarch64,musllinux_1_2_x86_64,macosx_11_0_arm64"
_BUILD = f"crosshook build --adapt --target {_TARGETS} markupsafe==3.0.3"
# Viewers of pictures load nothing for them.
_WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\n    \}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A command, and what of it is shown."""

    command: str
    columns: int = 100
    at: Callable[[Terminal], bool] | None = None
    """When the picture is taken; None for the end."""
    lines: int | None = None
    """How many lines are shown; None for all."""


_TWO_ROWS = re.compile(r"\[2/4\] 2 being built.*\n.*\n?.*compiling.*\n.*\n?.* \d:\d\d$")


def _two_are_built(terminal: Terminal) -> bool:
    return _TWO_ROWS.search(terminal.text) is not None


PICTURES_OF: Mapping[str, Picture] = {
    "doctor": Picture(command="crosshook doctor --target win_arm64,manylinux_2_28_aarch64 demo"),
    "wrap": Picture(command="crosshook wrap demo"),
    "explain": Picture(command="crosshook explain --target win_arm64 demo", lines=32),
    "building": Picture(command=_BUILD, at=_two_are_built),
    "build": Picture(command=f"{_BUILD} --report report.html"),
    "narrow": Picture(command=f"{_BUILD} --outdir narrow", columns=44, at=_two_are_built),
    "check": Picture(command="crosshook check dist/*win_arm64.whl dist/wrong/*.whl"),
}
"""By name, in the order in which they are made: one uses what another made."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help=", ".join(PICTURES_OF))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        work = Path(name)
        shutil.copytree(REPOSITORY / "tests" / "fixtures" / "plain", work / "demo")
        for title, picture in PICTURES_OF.items():
            if title == "check":
                _mislabel(work / "dist")
            if not arguments.name or title in arguments.name:
                place = PICTURES / f"{title}.svg"
                place.write_text(_taken(picture, work), encoding="utf-8")
                print(place)
        if (work / "report.html").is_file():
            _photograph(work / "report.html", PICTURES / "report.png")
    return 0


def _taken(picture: Picture, work: Path) -> str:
    """Run a command and return a picture of its terminal."""
    script = picture.command.replace("crosshook", f"{shlex.quote(sys.executable)} -m crosshook", 1)
    environ = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "COLUMNS")}
    running = Running(["sh", "-c", script], picture.columns, cwd=work, environ=environ)
    if picture.at is not None:
        running.wait_for(picture.at)
    else:
        running.end()
    terminal = Terminal(picture.columns)
    printed = running.printed
    if picture.at is not None:
        running.end()
    terminal.feed(f"\x1b[1m$ {picture.command}\x1b[0m\r\n".encode())
    terminal.feed(_without_places(printed, work))
    lines = terminal.coloured.splitlines()
    if picture.lines is not None and len(lines) > picture.lines:
        lines = [*lines[: picture.lines], "..."]
    console = Console(record=True, width=picture.columns, file=io.StringIO())
    console.print(Text.from_ansi("\n".join(lines)), soft_wrap=True)
    return console.export_svg(title="crosshook", code_format=_WITHOUT_FONTS, unique_id="crosshook")


def _without_places(printed: bytes, work: Path) -> bytes:
    """Return what was printed without the directories of this machine."""
    places = {
        str(work): HOME,
        str(REPOSITORY): HOME,
        str(cache_directory()): f"{HOME}/.cache/crosshook",
        str(Path.home()): HOME,
    }
    for place, shown in places.items():
        printed = printed.replace(place.encode(), shown.encode())
    return printed


def _mislabel(directory: Path) -> None:
    """Make a wheel whose tag says another processor than its code is for."""
    (directory / "wrong").mkdir()
    for wheel in directory.glob("*manylinux*aarch64.whl"):
        retag(Path(shutil.copy(wheel, directory / "wrong")), "manylinux_2_28_x86_64")


def _photograph(page: Path, place: Path) -> None:
    """Write a picture of a page, if there is a browser for it."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print(f"{place}: left as it is: none of {', '.join(_BROWSERS)} is installed")
        return
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1000,760"]
    command: Sequence[str] = [browser, *options, f"--screenshot={place}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    print(place)


if __name__ == "__main__":
    sys.exit(main())
