"""Cross-build projects from their sdists and compare the wheels with the official ones.

    python scripts/compare_official.py [--target TAG ...] [--markdown FILE] [REQUIREMENT ...]
    python scripts/compare_official.py --meson [--built DIR] [--markdown FILE]

Each project is built by the command line, ``crosshook build --adapt``, unmodified, for the version
of Python that runs this script. The official wheel of the same version, Python and platform is
downloaded with pip. Compared are: the extension modules and their names, the machine of each, the
libraries that they need, what Windows modules import from Python's DLL (against its export list),
symbol versions on Linux, and the files that either has and the other lacks.

``--meson`` takes the projects of docs/evidence/meson-wheels.md and the targets that they are built
for;
``--built`` names a directory of wheels that were built before, which are taken from there.

PyYAML's official wheels hold libyaml. So that its module can be built at all, this script compiles
libyaml for the target first, from the copy in the sdist of ruamel.yaml.clib, and hands it to
PyYAML's own ``pyyaml_build_config`` setting.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version
from crosshook.target.tags import own_abi
from crosshook.wheel.reading import Wheel, read_wheel

REQUIREMENTS = (
    "markupsafe==3.0.3",
    "msgpack==1.2.4",
    "wrapt==2.5.2",
    "pyyaml==6.0.3",
    "ujson==6.1.0",
    "kiwisolver==1.5.1",
    "greenlet==3.5.6",
)
MESON = ("contourpy==1.4.0", "pywavelets==1.10.0", "numpy==2.5.5", "bottleneck==1.6.0")
"""Built by meson-python, but for Bottleneck, which setuptools compiles against NumPy."""

MESON_TARGETS = (
    "manylinux_2_28_aarch64",
    "musllinux_1_2_aarch64",
    "win_amd64",
    "win_arm64",
    "macosx_11_0_arm64",
)
OPTIONS = {"numpy": ("-C", "setup-args=-Dallow-noblas=true")}
"""NumPy's official wheels hold OpenBLAS."""

TARGETS = ("win_arm64", "win_amd64", "manylinux_2_28_aarch64")
LIBYAML = "ruamel.yaml.clib==0.2.15"

_OTHERS = re.compile(r"\.(dist-info|libs|dylibs)/")
"""Directories that are not compared: metadata, and libraries that were packed, whose names are made
of hashes."""

OWN_PYTHON = "{}.{}".format(*sys.version_info[:2])


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    requirement: str
    target: str
    modules: int
    differences: tuple[str, ...]
    notes: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=REQUIREMENTS)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    parser.add_argument("--meson", action="store_true")
    parser.add_argument("--built", type=Path)
    arguments = parser.parse_args()
    requirements = MESON if arguments.meson else arguments.requirements
    targets = arguments.target or (MESON_TARGETS if arguments.meson else TARGETS)
    rows = []
    with tempfile.TemporaryDirectory() as work:
        for requirement in requirements:
            for target in targets:
                room = Path(work) / requirement / target
                rows.append(compare(requirement, target, room, arguments.built))
                print(_line(rows[-1]), flush=True)
    if arguments.markdown is not None:
        options = "--meson --built DIR " if arguments.meson else ""
        arguments.markdown.write_text(_page(rows, options), encoding="utf-8")
    return int(any(row.differences for row in rows))


def compare(requirement: str, target: str, room: Path, built: Path | None = None) -> Row:
    """Build a project for a target, download the official wheel, and compare the two.

    :param built: A directory that may hold the wheel already.
    """
    found = built_before(requirement, target, built) if built is not None else None
    ours = found or build(requirement, target, OWN_PYTHON, room / "ours")
    try:
        official = download(requirement, target, OWN_PYTHON, room / "official")
    except subprocess.CalledProcessError:
        wheel = read_wheel(ours)
        return Row(
            requirement=f"{wheel.name}=={wheel.version}",
            target=target,
            modules=len(_modules(wheel)),
            differences=(),
            notes=("pip finds no official wheel",),
        )
    return compare_wheels(ours, official, target)


def built_before(requirement: str, target: str, directory: Path) -> Path | None:
    """Return the wheel of a project that is in a directory for a target, if there is one."""
    name = requirement.replace("==", "-")
    return next(iter(sorted(directory.glob(f"{name}-*-{target}.whl"))), None)


def compare_wheels(wheel: Path, official_wheel: Path, target: str) -> Row:
    """Compare a wheel with the official one."""
    ours, official = read_wheel(wheel), read_wheel(official_wheel)
    differences, notes = [], []
    for label, mine, theirs in (
        ("extension modules", _modules(ours), _modules(official)),
        ("machines", _machines(ours), _machines(official)),
    ):
        for whose, alone in (("ours", mine - theirs), ("the official wheel", theirs - mine)):
            if alone:
                differences.append(f"{label} of {whose} alone: {', '.join(sorted(alone))}")
    more = _files(ours) - _files(official)
    if more:
        differences.append(f"files that the official wheel lacks: {', '.join(sorted(more))}")
    lacking = _files(official) - _files(ours)
    if lacking:
        notes.append(f"the official wheel also has {_some(lacking)}")
    only = _needed(official) - _needed(ours)
    if only:
        notes.append(f"the official modules also need {_some(only)}")
    return Row(
        requirement=f"{ours.name}=={ours.version}",
        target=target,
        modules=len(_modules(ours)),
        differences=tuple(differences),
        notes=tuple(notes),
    )


def tags_of(wheel: Path) -> str:
    """Return the Python and ABI tags of a wheel: ``cp313-cp313``."""
    return ", ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in read_wheel(wheel).tags}))


def tags_beside(wheel: Path, official: Path) -> str:
    """Return a wheel's Python and ABI tags, and the official wheel's if they are others."""
    ours, theirs = tags_of(wheel), tags_of(official)
    return ours if ours == theirs else f"{ours} (official: {theirs})"


def _some(names: Iterable[str]) -> str:
    """Return names for a cell of a table: of many, the first ones."""
    first = sorted(names)
    return f"{', '.join(first[:4])}{f' and {len(first) - 4} more' if first[4:] else ''}"


def build(
    requirement: str, target: str, python: str, outdir: Path, options: Sequence[str] = ()
) -> Path:
    """Cross-build by the command line. What it delivers has passed its checks.

    :param python: Minor version, ``3.13t``.
    """
    command = [
        sys.executable,
        "-m",
        "crosshook.frontend",
        "--adapt",
        "--require-native",
        "--quiet",
    ]
    command += ["--target", target, "--python", python, "--outdir", str(outdir), *options]
    command += OPTIONS.get(requirement.partition("==")[0], ())
    if requirement.startswith("pyyaml"):
        command += ["-C", f"pyyaml_build_config={json.dumps(libyaml(target, outdir / 'libyaml'))}"]
    done = subprocess.run([*command, requirement], stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def download(requirement: str, target: str, python: str, directory: Path) -> Path:
    """Download the official wheel that pip takes for a Python, ``3.13t`` or ``pypy3.11``, on a
    target."""
    version = parse_python_version(python, source="--python")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    command += [str(directory), "--only-binary", ":all:"]
    command += ["--implementation", version.implementation.tag, "--python-version", version.nodot]
    if version.stable_abi != "abi3":
        command += ["--abi", own_abi(version, version.threads)]
    for tag in _official_tags(target):
        command += ["--platform", tag]
    subprocess.run([*command, requirement], check=True)
    (wheel,) = directory.glob("*.whl")
    return wheel


def libyaml(target: str, directory: Path) -> dict[str, object]:
    """Compile libyaml for a target with zig, as a static library; return PyYAML's settings."""
    directory.mkdir(parents=True)
    source = fetch_sdist(LIBYAML, directory)
    zig = [sys.executable, "-m", "ziglang"]
    platform = parse_platform(target, source="--target")
    flags = ["-target", platform.zig_target, "-O2", "-fPIC", "-DYAML_DECLARE_STATIC"]
    version = ["-DYAML_VERSION_MAJOR=0", "-DYAML_VERSION_MINOR=2", "-DYAML_VERSION_PATCH=5"]
    version.append('-DYAML_VERSION_STRING="0.2.5"')
    names = ("api", "dumper", "emitter", "loader", "parser", "reader", "scanner", "writer")
    if platform.system.name == "windows":
        flags.remove("-fPIC")
    for name in names:
        compile_one = [*zig, "cc", *flags, *version, "-c", f"{name}.c", "-o", f"{name}.o"]
        subprocess.run(compile_one, cwd=source, check=True)
    objects = [f"{name}.o" for name in names]
    subprocess.run([*zig, "ar", "rcs", "libyaml.a", *objects], cwd=source, check=True)
    return {
        "include_dirs": [str(source)],
        "library_dirs": [str(source)],
        "define": [["YAML_DECLARE_STATIC", "1"]],
    }


def fetch_sdist(requirement: str, directory: Path) -> Path:
    """Fetch a project's sdist from the index, and return its unpacked source tree."""
    from crosshook.frontend.sources import obtain

    source = obtain(
        requirement,
        directory,
        python_version=sys.version_info[:2],
        environ={},
        python=sys.executable,
        report=lambda text: None,
    )
    return source.tree


def _official_tags(target: str) -> Sequence[str]:
    platform = parse_platform(target, source="--target")
    if platform.glibc is None:
        return (target,)
    arch = platform.row.arch
    newer = [f"manylinux_2_{minor}_{arch}" for minor in range(40, 16, -1)]
    return (*newer, f"manylinux2014_{arch}")


def _modules(wheel: Wheel) -> frozenset[str]:
    return frozenset(found.name for found in wheel.objects if found.modules)


def _machines(wheel: Wheel) -> frozenset[str]:
    return frozenset(found.description for found in wheel.objects if found.modules)


def _needed(wheel: Wheel) -> frozenset[str]:
    return frozenset(library.lower() for found in wheel.objects for library in found.needed)


def _files(wheel: Wheel) -> frozenset[str]:
    """Files of the package; metadata differs by the versions of the tools.

    Meson packs import libraries and static libraries, MSVC's as ``x.lib`` where MinGW's are
    ``x.dll.a`` and ``libx.a``.
    """
    own = frozenset(n for n in wheel.files if not _OTHERS.search(n))
    if not any("win" in tag.platform for tag in wheel.tags):
        return own
    return frozenset(re.sub(r"(?:\.dll\.a|(?<=/)lib([^/]+)\.a)$", r"\1.lib", name) for name in own)


def _line(row: Row) -> str:
    verdict = "; ".join(row.differences) or "same"
    return f"{row.requirement} {row.target}: {row.modules} modules, {verdict}; {list(row.notes)}"


def _page(rows: Sequence[Row], options: str) -> str:
    return "\n".join(
        [
            "# Compared with the official wheels",
            "",
            f"Written by `python scripts/compare_official.py {options}--markdown FILE`, with",
            f"CPython {OWN_PYTHON} on {sysconfig.get_platform()}; the script says what is"
            " compared.",
            "Every wheel below also passed the checks of `crosshook build`: tags, suffixes,",
            "machines, libraries, symbols of Python's DLL, symbol versions.",
            "",
            "| sdist | target | extension modules | differences | notes |",
            "|---|---|---|---|---|",
            *_table(rows),
            "",
        ]
    )


def _table(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        differences = "; ".join(row.differences) or "none"
        cells = (row.requirement, row.target, str(row.modules), differences, "; ".join(row.notes))
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
