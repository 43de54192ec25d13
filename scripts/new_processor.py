"""Find out the facts about one more Linux processor, and add them to those that there are.

    python -m scripts.new_processor ARCH [--pyconfig VERSION=PYCONFIG_H ...]

ARCH stands in :data:`crosshook.target.systems._linux.PROCESSORS` already. For glibc, the facts are
x86_64's with what Debian's Pythons for the two processors have differently: the newest release that
has the processor serves for the versions that Debian has not, as for the other processors. For
musl, zig's headers and linker are asked what CPython's configure asks, for both processors.

What is asked stands in the pyconfig.h of a CPython for x86_64 Linux of each version: Debian's, or
one that is installed here, or the one that ``--pyconfig`` names. Facts about other processors are
kept as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crosshook.errors import CrosshookError, TargetPythonError
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.pythons.installed import find_headers
from crosshook.target.python_version import parse_python_version
from crosshook.target.systems.glibc import GLIBC
from crosshook.target.systems.musl import MUSL
from scripts.probe_facts import entries_of, facts_of
from scripts.python_facts import DATA, Macros, factored, macros_as_on, macros_of, pair, write_macros
from scripts.target_pythons import DEBIAN_RELEASES, cache, debian_python


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("arch", choices=[row.arch for row in GLIBC.rows])
    parser.add_argument("--pyconfig", action="append", default=[], type=pair)
    arguments = parser.parse_args()
    try:
        add_glibc(arguments.arch)
        add_musl(arguments.arch, dict(arguments.pyconfig))
    except CrosshookError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    return 0


def add_glibc(arch: str) -> None:
    facts = _read("linux")
    real = _debian(arch)
    found = _expanded(facts)
    for version, by_arch in found.items():
        by_arch[arch] = macros_as_on(arch, by_arch["x86_64"], real, version)
    write_macros("linux", {**factored(found), "since_glibc": facts["since_glibc"]})


def add_musl(arch: str, pyconfigs: Mapping[str, Path]) -> None:
    tags = {row.arch: row.plain_tag for row in MUSL.rows if row.arch in (arch, "x86_64")}
    found = _expanded(_read(MUSL.facts))
    for version, by_arch in found.items():
        entries = entries_of(pyconfigs.get(version) or _x86_64_pyconfig(version))
        # Which names stand in a pyconfig.h differs from one bug-fix release to the next: what
        # counts is the difference to x86_64's answers.
        answers = {
            one: {version: facts_of(entries, tag, version, MUSL)} for one, tag in tags.items()
        }
        by_arch[arch] = macros_as_on(arch, by_arch["x86_64"], answers, version)
    write_macros(MUSL.facts, factored(found))


def _debian(arch: str) -> Mapping[str, Mapping[str, Macros]]:
    """Return what Debian's pyconfig.h for a processor and for x86_64 say, by processor and version.

    :raises TargetPythonError: if no release has the processor.
    """
    triples = {row.arch: row for row in GLIBC.rows}
    real: dict[str, dict[str, Macros]] = {arch: {}, "x86_64": {}}
    for version in DEBIAN_RELEASES:
        try:
            files = {one: _debian_pyconfig(one, version) for one in real}
        except TargetPythonError:
            print(f"Debian {DEBIAN_RELEASES[version]} has none for {arch}", file=sys.stderr)
            continue
        for one, file in files.items():
            real[one][version] = macros_of(file, triples[one].zig.triple)
    if not real[arch]:
        raise TargetPythonError(f"no release of Debian has a Python for {arch}")
    return real


def _debian_pyconfig(arch: str, version: str) -> Path:
    (multiarch,) = (row.multiarch for row in GLIBC.rows if row.arch == arch)
    prefix = debian_python(ARCHITECTURES[arch], version)
    return prefix / "usr" / "include" / str(multiarch) / f"python{version}" / "pyconfig.h"


def _x86_64_pyconfig(version: str) -> Path:
    if version in DEBIAN_RELEASES:
        return _debian_pyconfig("x86_64", version)
    python = parse_python_version(version, source="facts")
    found = find_headers(python, environ=os.environ, cache=cache())
    if found is None:
        raise TargetPythonError(f"no pyconfig.h of Python {version}: --pyconfig {version}=FILE")
    return found.headers / "pyconfig.h"


def _read(name: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((DATA / f"pyconfig-{name}.json").read_text("utf-8"))
    return data


def _expanded(facts: Mapping[str, Any]) -> dict[str, dict[str, Macros]]:
    """Return every macro by version and processor: what :func:`factored` was made of."""
    return {
        version: {
            arch: {
                **facts["common"],
                **of_version,
                **of_arch,
                **facts["rest"].get(version, {}).get(arch, {}),
            }
            for arch, of_arch in facts["by_arch"].items()
        }
        for version, of_version in facts["by_version"].items()
    }


if __name__ == "__main__":
    sys.exit(main())
