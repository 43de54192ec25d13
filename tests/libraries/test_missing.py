"""The library that a build ended for."""

from __future__ import annotations

import pytest

from crosshook.libraries.missing import Missing, missing_libraries, way_out
from crosshook.libraries.package_names import KNOWN, packages_with
from crosshook.target.platforms import parse_platform


@pytest.mark.parametrize(
    ("output", "kind", "name"),
    [
        ("a.c:1:10: fatal error: 'libxml/tree.h' file not found", "header", "libxml/tree.h"),
        ("a.c:1:10: fatal error: zlib.h: No such file or directory", "header", "zlib.h"),
        ("a.c(1): fatal error C1083: Cannot open include file: 'ffi.h': No", "header", "ffi.h"),
        ("ld.lld: error: unable to find library -lz", "library", "z"),
        ("/usr/bin/ld: cannot find -lssl: No such file or directory", "library", "ssl"),
        ('error: unable to find dynamic system library "z" using strategy', "library", "z"),
        ("ld: library not found for -lyaml", "library", "yaml"),
        ("ld: library 'yaml' not found", "library", "yaml"),
        ("LINK : fatal error LNK1181: cannot open input file 'zlib.lib'", "library", "zlib"),
        ('meson.build:3:7: ERROR: Dependency "zlib" not found, tried pkgconfig', "package", "zlib"),
        ("meson.build:3:7: ERROR: C shared or static library 'z' not found", "library", "z"),
        (
            "CMake Error at FindPackageHandleStandardArgs.cmake:230 (message):\n"
            "  Could NOT find OpenSSL, try to set the path",
            "package",
            "OpenSSL",
        ),
        (
            'Could not find a package configuration file provided by "pybind12" with any',
            "package",
            "pybind12",
        ),
        ("The following required packages were not found:\n\n   - libzmq\n", "package", "libzmq"),
        ("Package libffi was not found in the pkg-config search path.", "package", "libffi"),
        ("No package 'hdf5' found", "package", "hdf5"),
        ("Package 'x', required by 'virtual:world', not found", "package", "x"),
        ("a.cpp:1:10: fatal error: 'Eigen/Core' file not found", "header", "Eigen/Core"),
        ("The system library `z` required by crate `z-sys` was not found.", "package", "z"),
        ("Could not find directory of OpenSSL installation, and this", "package", "OpenSSL"),
        ("/bin/sh: 1: xml2-config: not found", "program", "xml2-config"),
        ("Error: pg_config executable not found.", "program", "pg_config"),
        ("The headers or library files could not be found for jpeg,", "package", "jpeg"),
    ],
)  # fmt: skip
def test_words(output: str, kind: str, name: str) -> None:
    assert missing_libraries(f"before\n{output}\nafter") == (Missing(kind=kind, name=name),)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "a.c:1:10: error: expected ';'",
        "-- Could NOT find OpenSSL (missing: OPENSSL_INCLUDE_DIR)",
        "Run-time dependency zlib found: NO (tried pkgconfig)",
        "a.c:1:10: fatal error: 'Python.h' file not found",
        "a.c:1:10: fatal error: 'pybind11/pybind11.h' file not found",
        "a.c:1:10: fatal error: 'sys/mman.h' file not found",
        "  Could NOT find Python3 (missing: Interpreter)",
    ],
)
def test_other_failures(output: str) -> None:
    assert missing_libraries(output) == ()


def test_in_the_output_s_order() -> None:
    output = "No package 'z' found\nfatal error: 'a.h' file not found\nunable to find library -lb\n"
    found = missing_libraries(output)
    assert [(one.name, one.ends) for one in found] == [("z", False), ("a.h", True), ("b", True)]
    assert output[found[1].at :].startswith("fatal error")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("manylinux_2_41_aarch64", "--libraries debian:trixie/zlib1g-dev; or --libraries conda:"),
        ("manylinux_2_39_aarch64", "--libraries debian:bookworm/zlib1g-dev; or --libraries conda"),
        (
            "manylinux_2_28_aarch64",
            "--target manylinux_2_36_aarch64 --libraries debian:bookworm/zlib1g-dev; or",
        ),
        ("linux_aarch64", "--target manylinux_2_36_aarch64 --libraries debian:"),
    ],
)
def test_what_to_type(tag: str, expected: str) -> None:
    missing = Missing(kind="header", name="zlib.h")
    assert way_out(missing, parse_platform(tag, source="test")).startswith(expected)


@pytest.mark.parametrize(
    ("name", "tag", "expected"),
    [
        (
            "zlib.h",
            "win_arm64",
            "--libraries conda:conda-forge/zlib; or --libraries DIR, a directory with it, built "
            "for win_arm64; --before-build CMD can build it",
        ),
        (
            "zlib.h",
            "musllinux_1_2_aarch64",
            "--libraries DIR, a directory with it, built for musllinux_1_2_aarch64; "
            "--before-build CMD can build it",
        ),
        (
            "scipy-openblas",
            "manylinux_2_28_aarch64",
            "--libraries pypi:scipy-openblas64; or --libraries DIR, a directory with it, built for "
            "manylinux_2_28_aarch64",
        ),
        (
            "nobodys",
            "manylinux_2_41_aarch64",
            "--libraries debian:trixie/PACKAGE, a package of Debian's that has it; or --libraries "
            "DIR, a directory with it, built for manylinux_2_41_aarch64",
        ),
    ],
)
def test_all_that_may_be_typed(name: str, tag: str, expected: str) -> None:
    missing = Missing(kind="package", name=name)
    assert way_out(missing, parse_platform(tag, source="test")) == expected


@pytest.mark.parametrize("name", ["python3.11", "python311", "python3", "libpython3.13t"])
def test_the_library_of_python_is_nothing_to_have(name: str) -> None:
    missing = Missing(kind="library", name=name)
    said = way_out(missing, parse_platform("manylinux_2_28_aarch64", source="test"))
    assert said.startswith(f"leave {name} out of what the project links")


@pytest.mark.parametrize(
    ("include", "own"),
    [('"tree_sitter/parser.h"', True), ("<tree_sitter/parser.h>", False), ('"zlib.h"', False)],
)
def test_a_header_that_may_be_the_project_s_own(include: str, own: bool) -> None:
    name = include.strip('"<>')
    output = (
        f"src/parser.c:1:10: fatal error: '{name}' file not found\n    1 | #include {include}\n"
    )
    (missing,) = missing_libraries(output)
    said = way_out(missing, parse_platform("win_arm64", source="test"))
    assert said.startswith("if it is the project's own, the source tree lacks it; if not, -") is own


@pytest.mark.parametrize(
    ("name", "debian", "conda"),
    [
        ("libxml/tree.h", "libxml2-dev", "libxml2-devel"),
        ("Eigen/Core", "libeigen3-dev", "eigen"),
        ("OpenSSL", "libssl-dev", "openssl"),
        ("pg_config", "libpq-dev", "libpq"),
        ("OpenMP", "libomp-dev", "llvm-openmp"),
    ],
)
def test_packages(name: str, debian: str, conda: str) -> None:
    found = packages_with(name)
    assert found is not None
    assert (found.debian, found.conda) == (debian, conda)


@pytest.mark.parametrize("name", ["nobodys", "libxml"])
def test_packages_that_are_not_known(name: str) -> None:
    assert packages_with(name) is None


def test_packages_are_named_once() -> None:
    names = [name for known in KNOWN for name in known.has.split()]
    assert len(names) == len(set(names))
