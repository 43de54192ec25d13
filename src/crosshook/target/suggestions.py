"""What a user may have meant by a wheel platform tag that there is not.

Names of other ecosystems, names of a system or of a processor alone, platforms that nothing is
known of here, and typos.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from crosshook.target.processors import AARCH64, X86_64
from crosshook.target.systems import ROWS, SYSTEMS, Row, System
from crosshook.target.systems.glibc import GLIBC
from crosshook.target.systems.macos import MACOS
from crosshook.target.systems.musl import MUSL
from crosshook.target.systems.windows import WINDOWS

_MOST = 3
"""More candidates than this are no help to choose."""

_ALL = "`crosshook targets` lists all"
_SOME = "win_arm64, manylinux_2_28_aarch64 and musllinux_1_2_x86_64 are some"

_ELSEWHERE = {
    "android": "crosshook does not build for Android, whose tags are android_API_ABI (PEP 738): "
    "cibuildwheel does",
    "ios": "crosshook does not build for iOS, whose tags are ios_X_Y_ARCH_SDK (PEP 730): "
    "cibuildwheel does, on a Mac",
    "pyodide": "crosshook does not build for Pyodide, whose tags are pyodide_YEAR_PATCH_wasm32: "
    "`pyodide build` and cibuildwheel do",
    "pyemscripten": "crosshook does not build for Pyodide, whose tags are "
    "pyemscripten_YEAR_PATCH_wasm32 (PEP 783): `pyodide build` and cibuildwheel do",
    "emscripten": "crosshook does not build for Emscripten: `pyodide build` and cibuildwheel do",
    **dict.fromkeys(
        ("wasm", "wasm32"),
        "crosshook does not build for WebAssembly: `pyodide build` and cibuildwheel do",
    ),
    "wasi": "crosshook does not build for WASI, and there are no wheel platform tags for it",
    "universal2": "a wheel is for one processor: --target macosx_11_0_arm64 --target "
    "macosx_10_9_x86_64; `delocate-merge` joins the two",
    **dict.fromkeys(
        ("native", "host", "local", "auto"),
        "for the machine that builds, `python -m build` does; crosshook takes its tag, too: "
        "`crosshook targets` lists all",
    ),
    **{
        title.lower(): f"crosshook does not build for {title}, and PyPI takes no wheels for it"
        for title in ("FreeBSD", "OpenBSD", "NetBSD")
    },
    "any": "a pure wheel needs no target: `python -m build` makes it",
}
"""By a word of the tag: what is known of platforms that are none here."""


def example_tags() -> tuple[str, ...]:
    """Return one wheel platform tag for each row, and the ``linux_*`` one where there is one."""
    return tuple(tag for row in ROWS for tag in _tags_of(row))


def hint_for(tag: str) -> str:
    """Return what to say to someone who named a platform by a tag that there is not."""
    spelled = _folded(tag.strip().lower())
    for word, known in _ELSEWHERE.items():
        if f"_{word}_" in f"_{spelled}_":
            return known
    meant = _by_another_name(spelled)
    candidates = () if meant else _with_a_processor(spelled) or _of_a_part(spelled)
    if len(candidates) > 1:
        more = f"; {_ALL}" if len(candidates) > _MOST else ""
        return f"which one? {_either(candidates[:_MOST])}{more}"
    close = difflib.get_close_matches(spelled, example_tags(), n=2, cutoff=0.75)
    found = meant or candidates or close
    return f"did you mean {_either(found)}?" if found else f"{_ALL}; {_SOME}"


def _tags_of(row: Row) -> tuple[str, ...]:
    return tuple(dict.fromkeys((row.usual_tag, row.plain_tag)))


def _either(tags: Sequence[str]) -> str:
    *others, last = tags
    return f"{', '.join(others)} or {last}" if others else last


def _folded(name: str) -> str:
    return re.sub(r"[-./\s]+", "_", name)


def _processors(row: Row) -> frozenset[str]:
    names = {row.arch, row.machine_name, row.processor.meson_cpu_family, *row.processor.also}
    return frozenset(name.lower() for name in names)


def _aliases(row: Row) -> Iterable[str]:
    return {
        row.sysconfig_platform,
        row.zig.triple,
        row.rust.triple,
        *row.rust.mingw,
        row.system.gnu_type(row) or row.zig.triple,
        *row.system.aliases(row, _processors(row)),
    }


def _by_another_name(spelled: str) -> tuple[str, ...]:
    """Return the tags of the one row that was named in full, in other words."""
    for row in ROWS:
        if spelled in map(_folded, _aliases(row)):
            return _tags_of(row)
    if any(system.read_tag(spelled) is not None for system in SYSTEMS):
        return (spelled,)
    for row in ROWS:
        for name in map(_folded, _processors(row)):
            tag = f"{spelled.removesuffix(name)}{row.arch}"
            if spelled.endswith(f"_{name}") and row.system.read_tag(tag) is not None:
                return _tags_of(row) if tag == row.plain_tag else (tag,)
    return ()


def _with_a_processor(spelled: str) -> tuple[str, ...]:
    """Return the tags that begin with what was spelled, which lacks a processor."""
    found = []
    for row in _often_used_first(ROWS):
        tag = f"{spelled}_{row.arch}"
        read = row.system.read_tag(tag)
        if read is not None and (read[1] is None or row.system.exists(read[1])):
            found.append(row.usual_tag if tag == row.plain_tag else tag)
    return tuple(found)


def _of_a_part(spelled: str) -> tuple[str, ...]:
    """Return the tags of rows whose system, or processor, or both, are all that was spelled."""
    words = f"_{spelled}_"
    named = {name for row in ROWS for name in _processors(row) if f"_{_folded(name)}_" in words}
    processor = max(named, key=len, default=None)
    if processor is not None:
        words = words.replace(f"_{_folded(processor)}_", "_")
    rest = frozenset(word for word in words.split("_") if word and not word.isdecimal())
    systems = {system: len(rest & _names(system)) for system in SYSTEMS}
    if rest - frozenset(name for system in SYSTEMS for name in _names(system)) or not (
        rest or processor
    ):
        return ()
    most = max(systems.values())
    return tuple(
        row.usual_tag
        for row in _often_used_first(ROWS)
        if systems[row.system] == most and (processor is None or processor in _processors(row))
    )


def _names(system: System) -> frozenset[str]:
    return frozenset({system.name, system.sys_platform, *system.also})


def _often_used_first(rows: Iterable[Row]) -> Sequence[Row]:
    processors, systems = (X86_64, AARCH64), (GLIBC, WINDOWS, MACOS, MUSL)

    def place(row: Row) -> tuple[int, int]:
        processor = row.processor
        often = processors.index(processor) if processor in processors else len(processors)
        return often, systems.index(row.system) if row.system in systems else len(systems)

    return sorted(rows, key=place)
