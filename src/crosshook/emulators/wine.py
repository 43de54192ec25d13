"""Wine, for Windows programs of the machine's own processor.

What it needs, found with Wine 8: a state directory (``WINEPREFIX``) that is made in five seconds
and some hundred megabytes at first, so one is kept between builds; no display; ``WINEDEBUG=-all``,
since its diagnostics go to the program's stderr; ``WINEDLLOVERRIDES``, so that it does not ask to
download .NET and a browser. Paths of this machine are on drive ``Z:``.
"""

from __future__ import annotations

import shutil

from crosshook.emulators import LINK, Emulator
from crosshook.emulators.during_builds import (
    WINE_SERVES,
    WINE_SETTINGS,
    WINE_UNSET,
    find_wine,
)
from crosshook.errors import EmulatorError
from crosshook.machine import Machine
from crosshook.target.platforms import Platform


def serves(platform: Platform, machine: Machine) -> bool:
    """Tell whether Wine on this machine's processor could run the platform's programs."""
    return platform.row.arch in WINE_SERVES.get(machine.arch, ())


def find(platform: Platform, machine: Machine) -> Emulator:
    """Return Wine.

    :raises EmulatorError: if it is not installed.
    """
    wine = find_wine(machine.environ)
    if wine is None:
        raise EmulatorError(
            f"no emulator for {platform.tag}: wine is not installed",
            hint="apt-get install wine, or name another: --emulator CMD",
        )
    own = {"WINEPREFIX": str(machine.cache / "wine"), **WINE_SETTINGS}
    environ = {name: machine.environ.get(name) or value for name, value in own.items()}
    kept = None if machine.environ.get("WINEPREFIX") else machine.cache / "wine"
    wineserver = shutil.which("wineserver", path=machine.environ.get("PATH"))
    wait = ((wineserver, "-w"),) if wineserver else ()
    return Emulator(
        name="Wine",
        python=(wine, LINK),
        environ=environ,
        unset=WINE_UNSET,
        state=kept,
        first_run=((wine, "wineboot", "--init"), *wait),
    )
