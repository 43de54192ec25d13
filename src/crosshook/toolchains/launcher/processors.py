"""What ``-march=`` and ``-mcpu=`` say, in zig's words; copied to disk, imports no crosshook.

The names are in the table: see :mod:`crosshook.toolchains.flags.processors`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ARCHITECTURES = {"aarch64": "armv", "arm": "armv", "riscv64": "rv"}
"""By family, how the names begin that ``-march=`` takes; those of others are any other."""


def is_tuning(word: str, table: dict[str, Any], *, beside_march: bool) -> bool:
    """Tell whether a flag only says for which processor the code shall be fast, or names the one
    that builds.

    Beside ``-march=``, ``-mcpu=`` means ``-mtune=``, and on x86 in any case. With an underscore
    the value is zig's own, which nobody else has.

    :param beside_march: Whether the command has ``-march=``.
    """
    option, _, value = word.partition("=")
    if option == "-mtune" or word in table["processors"]["native_flags"]:
        return True
    if option != "-mcpu" or "_" in value:
        return False
    return beside_march or table["family"] in ("x86", "x86_64")


def is_of_family(word: str, table: dict[str, Any]) -> bool:
    """Tell whether a flag names a processor that may be of the target's kind.

    Of ``-mcpu=``, zig tells.
    """
    option, _, value = word.partition("=")
    if option != "-march":
        return True
    begins = _ARCHITECTURES.get(table["family"])
    if begins is not None:
        return value.startswith(begins)
    return not value.startswith(tuple(_ARCHITECTURES.values()))


def in_zigs_words(word: str, table: dict[str, Any]) -> list[str]:
    """Return what zig is told: nothing where the flag names what is compiled for in any case."""
    option, _, value = word.partition("=")
    settings, family = table["processors"], table["family"]
    if value in settings["baselines"]:
        return []
    name, *features = value.replace("+", " +").split(" ")
    if family in ("aarch64", "arm") and option == "-march":
        # armv8.2-a: zig has no such processors, but what they have as features.
        version = name.removeprefix("armv").replace("-", "").replace(".", "_")
        name = f"generic+v{version}"
    elif family == "riscv64" and option == "-march":
        name = _riscv(name)
    else:
        name = settings["names"].get(name, name.replace("-", "_").replace(".", "_"))
    return [f"-mcpu={name}" + "".join(_feature(one[1:], settings) for one in features)]


def _feature(name: str, settings: dict[str, Any]) -> str:
    """Return zig's name for a set of instructions that is there, or with ``no`` is not."""
    present = name.removeprefix("no")
    named = settings["features"].get(present, present.replace("-", "_"))
    return f"+{named}" if present == name else f"-{named}"


def _riscv(name: str) -> str:
    """Return zig's name for a processor such as ``rv64imafdc_zba``."""
    letters, *extensions = name[4:].split("_")
    found = [letter for letter in letters.replace("g", "imafd") if letter != "i"]
    return "+".join((f"generic_{name[:4]}", *found, *extensions))
