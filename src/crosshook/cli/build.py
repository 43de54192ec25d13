"""``crosshook build``, which ``python -m crosshook.frontend`` runs as well."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crosshook import __version__
from crosshook.cli import _showing
from crosshook.cli._target_options import (
    TOOLCHAIN_HELP,
    add_cells,
    add_libraries,
    add_python_source,
)
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend.memory import parse_size
from crosshook.frontend.reporters import RunReporter
from crosshook.frontend.request import INSTALLERS, REPAIR, Delivered, Request
from crosshook.project import COMPILER_LAUNCHERS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_what_to_build(parser)
    _add_tests(parser)
    _add_tools(parser)
    _add_ways_to_run(parser)
    _showing.add_arguments(parser)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "sources",
        nargs="*",
        metavar="source",
        help="a project's directory (default: the current one), an sdist, or a requirement such "
        "as markupsafe==3.0.3, whose sdist is fetched from the index; several are built in one run",
    )
    add(
        "--requirement",
        "-r",
        action="append",
        default=[],
        metavar="FILE",
        help="a file with such a source on each line, as pip's requirements files; repeatable",
    )


def _add_what_to_build(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    add_cells(parser)
    add = parser.add_argument
    add(
        "--outdir",
        "-o",
        metavar="DIR",
        help="where wheels are written (default: dist in the project's directory; in the current "
        "one for what is no directory, and for several sources)",
    )
    add(
        "--config-setting",
        "-C",
        action="append",
        default=[],
        metavar="KEY[=VALUE]",
        help="a setting for the backend; repeatable",
    )
    add(
        "--adapt",
        action="store_true",
        help="put crosshook's wrapper around the backend that the project declares, in the "
        "build environment only",
    )
    add(
        "--like-cibuildwheel",
        action="store_true",
        help="take what the project's [tool.cibuildwheel] says of variables, config settings and "
        "tests, and skip what it skips",
    )
    add(
        "--require-native",
        action="store_true",
        help="refuse a wheel without compiled code or without a declared extension module",
    )
    add(
        "--verify-reproducible",
        action="store_true",
        help="build each wheel again, from a copy of the source tree in another directory, and "
        "refuse it if one byte differs",
    )
    add(
        "--target-python",
        action="append",
        default=[],
        metavar="PATH",
        help="an unpacked Python for a target platform, its build-details.json, or a directory of "
        "several Pythons; repeatable, each is used for the targets that it fits",
    )


def _add_tests(parser: argparse.ArgumentParser) -> None:
    tests = parser.add_argument_group("testing what was built")
    test = tests.add_argument
    test(
        "--test-command",
        metavar="CMD",
        help="a shell command, run for each wheel with the target's Python before it is delivered; "
        "{project} and {wheel} are replaced (default: test-command of [tool.crosshook])",
    )
    test(
        "--test-requires",
        action="append",
        default=[],
        metavar="REQUIREMENT",
        help="installed for the test command; repeatable",
    )
    test(
        "--test-extras",
        action="append",
        default=[],
        metavar="EXTRA",
        help="an extra of the project that is installed for the test command; repeatable",
    )
    test(
        "--test-timeout",
        type=_seconds,
        default=1800.0,
        metavar="SECONDS",
        help="ends the test command (default: 1800; 0: never)",
    )
    test(
        "--emulator",
        metavar="CMD",
        help="what runs the target's programs: the first words of a command line (default: this "
        "machine, binfmt_misc, qemu-user or Wine)",
    )
    test(
        "--keep-going",
        action="store_true",
        help="deliver a wheel whose test command failed, with a warning",
    )


def _add_tools(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--toolchain", metavar="NAME", help=TOOLCHAIN_HELP)
    add(
        "--compiler-launcher",
        choices=COMPILER_LAUNCHERS,
        help="keeps what compilers make, so that the same is not compiled again (default: "
        "CROSSHOOK_COMPILER_LAUNCHER, then compiler-launcher of [tool.crosshook])",
    )
    add_libraries(parser)
    add(
        "--before-build",
        action="append",
        default=[],
        metavar="CMD",
        help="a shell command that builds a C library for the target and installs it into "
        "{prefix}, where the build finds it; {host}, {cmake-toolchain}, {meson-cross-file} and "
        "{project} are replaced as well; repeatable (default: before-build of [tool.crosshook])",
    )
    add(
        "--repair",
        choices=REPAIR,
        default="auto",
        help="pack C libraries into the wheel: where it needs some of --libraries that its tag "
        "does not promise (auto, the default), never or always",
    )
    add_python_source(parser)


def _add_ways_to_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--no-isolation",
        action="store_true",
        help="run the backend in the environment that runs crosshook",
    )
    add(
        "--build-timeout",
        type=_seconds,
        default=21600.0,
        metavar="SECONDS",
        help="ends a hook of the backend (default: 21600, six hours; 0: never)",
    )
    add(
        "--jobs",
        "-j",
        type=int,
        metavar="N",
        help="how many wheels are built at once (default: as many as there are cores)",
    )
    add(
        "--executor",
        metavar="ADDRESS",
        help="build on other machines: dask://HOST:PORT, a scheduler of Dask's whose workers can "
        "import crosshook",
    )
    add(
        "--skip-existing",
        action="store_true",
        help="build no wheel where the output directory has one of that version that is right for "
        "the target",
    )
    add(
        "--memory",
        metavar="SIZE",
        help="how much memory all builds may take together, such as 8G: another is begun if what "
        "the project's builds took before is left (default: not watched)",
    )
    add("--fail-fast", action="store_true", help="begin no other wheel once one failed")
    add(
        "--installer",
        choices=INSTALLERS,
        default="auto",
        help="installs build requirements (default: auto, uv where it is installed and pip has no "
        "settings about packages and indexes, which uv does not read; otherwise pip)",
    )
    add("--version", action="version", version=f"crosshook {__version__}")


def run(arguments: argparse.Namespace) -> int:
    """Build what was asked for; return the exit code."""
    console = _showing.console_for(arguments, os.environ)
    try:
        showing = _showing.Showing(arguments, console)
    except CrosshookError as error:
        console.error(error)
        return error.exit_code
    with showing:
        try:
            requests = _requests(arguments, os.environ)
            outcomes = _outcomes(requests, arguments.executor, showing.reporter)
            # Closed at once where it is interrupted, which ends what is still being built.
            with contextlib.closing(outcomes):
                for delivered in outcomes:
                    showing.came(delivered)
        except CrosshookError as error:
            showing.failed(error)
    return showing.exit_code


def _requests(arguments: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Request, ...]:
    """Return a request for each source that is named, each once."""
    sources: list[str] = list(arguments.sources)
    for file in arguments.requirement:
        from crosshook.frontend.sources.requirements_files import read_requirements

        sources += read_requirements(Path(file), environ)
    distinct = {os.path.realpath(text) if os.path.exists(text) else text: text for text in sources}  # noqa: PTH110
    common = _request(arguments)
    if len(distinct) > 1:
        common = replace(common, outdir=common.outdir or "dist")
    return tuple(replace(common, source=text) for text in distinct.values() or (".",))


def _request(arguments: argparse.Namespace) -> Request:
    return Request(
        targets=arguments.target,
        outdir=arguments.outdir,
        adapt=arguments.adapt,
        require_native=arguments.require_native,
        verify_reproducible=arguments.verify_reproducible,
        config_settings=parse_config_settings(arguments.config_setting),
        pythons=arguments.python,
        target_pythons=arguments.target_python,
        python_source=arguments.python_source,
        toolchain=arguments.toolchain,
        compiler_launcher=arguments.compiler_launcher,
        libraries=arguments.libraries,
        before_build=arguments.before_build,
        repair=arguments.repair,
        test_command=arguments.test_command,
        test_requires=arguments.test_requires,
        test_extras=arguments.test_extras,
        test_timeout=arguments.test_timeout or None,
        build_timeout=arguments.build_timeout or None,
        emulator=arguments.emulator,
        like_cibuildwheel=arguments.like_cibuildwheel,
        keep_going=arguments.keep_going,
        jobs=arguments.jobs,
        memory=_bytes(arguments.memory),
        fail_fast=arguments.fail_fast,
        skip_existing=arguments.skip_existing,
        isolation=not arguments.no_isolation,
        installer=arguments.installer,
    )


def _outcomes(
    requests: Sequence[Request], executor: str | None, reporter: RunReporter
) -> Generator[Delivered, None, None]:
    if executor is None:
        from crosshook.api import build_wheels

        yield from build_wheels(*requests, reporter=reporter)
        return
    from crosshook.remote import build_wheels_on, executor_at

    request, *others = requests
    if others:
        raise UsageError(
            "--executor: builds one source, and several are named",
            hint="run the command for each of them",
        )
    if request.skip_existing or request.memory is not None:
        raise UsageError("--executor: heeds neither --skip-existing nor --memory")
    with executor_at(executor) as machines:
        yield from build_wheels_on(machines, request, reporter=reporter)


def parse_config_settings(texts: list[str]) -> dict[str, str | list[str]]:
    """Return ``KEY=VALUE`` texts as a mapping; as in ``python -m build``, a key given twice is a
    list, and a key without a value is an empty string."""
    settings: dict[str, str | list[str]] = {}
    for text in texts:
        key, _, value = text.partition("=")
        if key not in settings:
            settings[key] = value
            continue
        before = settings[key]
        settings[key] = [*([before] if isinstance(before, str) else before), value]
    return settings


def _bytes(text: str | None) -> int | None:
    return None if text is None else parse_size(text, source="--memory")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError
    return seconds
