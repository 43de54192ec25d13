"""The options that say what is built for, which several commands have."""

from __future__ import annotations

import argparse

from crosshook.frontend.request import Request

TOOLCHAIN_HELP = (
    "zig (default), gnu, llvm, msvc, environment, a plugin's, or a file that describes compilers, "
    "FILE.toml"
)


def add_target_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--target",
        action="append",
        default=[],
        metavar="TAG",
        help="a wheel platform tag; repeatable, or several with commas between",
    )
    add(
        "--python",
        action="append",
        default=[],
        metavar="VERSION",
        help="a minor version of the target Python; repeatable (default: that of the Python that "
        "runs this)",
    )
    add(
        "--target-python",
        action="append",
        default=[],
        metavar="PATH",
        help="an unpacked Python for a target, or its build-details.json, or a directory of "
        "several Pythons; repeatable",
    )
    add_python_source(parser)
    add("--toolchain", metavar="NAME", help=TOOLCHAIN_HELP)
    add("--traceback", action="store_true", help="show the traceback of an error")


def add_cells(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which wheels are built; without, ``[tool.crosshook]`` does."""
    add = parser.add_argument
    add(
        "--target",
        action="append",
        default=[],
        metavar="TAG",
        help="a wheel platform tag, such as win_arm64 or manylinux_2_28_aarch64, or a name for "
        "several, such as all or all-windows; repeatable, or several with commas between "
        "(`crosshook targets` lists them; default: targets of [tool.crosshook])",
    )
    add(
        "--python",
        action="append",
        default=[],
        metavar="VERSION",
        help="a minor version of the target Python, such as 3.13, 3.13t for the free-threaded "
        "build, or pypy3.11; repeatable, or several with commas between (default: pythons of "
        "[tool.crosshook], or that of the Python that runs this)",
    )


def add_python_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python-source",
        metavar="NAME",
        help="where target Pythons come from otherwise: composed of headers and facts, to build "
        "with alone; or downloaded, to run tests with: uv, debian or fetch; or a plugin's name "
        "(default: CROSSHOOK_PYTHON_SOURCE, or composed)",
    )


def add_libraries(parser: argparse.ArgumentParser) -> None:
    """Add the option that names C libraries, which other commands have as well."""
    parser.add_argument(
        "--libraries",
        action="append",
        default=[],
        metavar="DIR",
        help="C libraries for the target: a directory with include and lib, of make install, "
        "vcpkg, Conan, conda or an unpacked Debian; or packages: debian:RELEASE/PACKAGE,..., "
        "conda:CHANNEL/PACKAGE,..., pypi:PACKAGE,..., such as debian:trixie/libxml2-dev; {tag} is "
        "the platform tag; repeatable",
    )


def request_of(arguments: argparse.Namespace, source: str) -> Request:
    """Return what the options of :func:`add_target_options` ask for, and ``--libraries`` where a
    command has it."""
    return Request(
        source=source,
        targets=arguments.target,
        pythons=arguments.python,
        target_pythons=arguments.target_python,
        python_source=arguments.python_source,
        toolchain=arguments.toolchain,
        libraries=getattr(arguments, "libraries", ()),
    )
