"""``crosshook build``, which ``python -m crosshook.frontend`` runs as well."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from crosshook import __version__
from crosshook.api import Delivered, Request, build_wheels
from crosshook.cli._reporter import ConsoleReporter
from crosshook.environments import INSTALLERS
from crosshook.errors import CrosshookError
from crosshook.toolchains import NAMES as TOOLCHAINS


def add_parser(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "build",
        help="build wheels for target platforms",
        description="Build wheels for target platforms, check them, and print their paths.",
    )
    add = parser.add_argument
    add(
        "source",
        nargs="?",
        default=".",
        help="a project's directory (default: the current one), an sdist, or a requirement such "
        "as markupsafe==3.0.3, whose sdist is fetched from the index",
    )
    add(
        "--target",
        action="append",
        required=True,
        metavar="TAG",
        help="a wheel platform tag, such as win_arm64 or manylinux_2_28_aarch64; repeatable",
    )
    add(
        "--outdir",
        "-o",
        metavar="DIR",
        help="where wheels are written (default: dist in the project's directory)",
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
        "--require-native",
        action="store_true",
        help="refuse a wheel without compiled code or without a declared extension module",
    )
    add(
        "--target-python",
        metavar="PREFIX",
        help="an unpacked Python for the target platform (default: composed)",
    )
    add("--toolchain", choices=TOOLCHAINS, help="the compilers (default: zig)")
    add(
        "--no-isolation",
        action="store_true",
        help="run the backend in the environment that runs crosshook",
    )
    add("--installer", choices=INSTALLERS, default="pip", help="installs build requirements")
    add("--json", action="store_true", help="print a JSON object for each target on stdout")
    add("--verbose", "-v", action="store_true", help="show what the backend prints")
    add("--quiet", "-q", action="store_true", help="say nothing but warnings and errors")
    add("--traceback", action="store_true", help="show the traceback of an error")
    add("--version", action="version", version=f"crosshook {__version__}")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build what was asked for; return the exit code."""
    verbosity = -1 if arguments.quiet else int(arguments.verbose)
    reporter = ConsoleReporter(verbosity, arguments.traceback)
    code = 0
    try:
        request = Request(
            source=arguments.source,
            targets=arguments.target,
            outdir=arguments.outdir,
            adapt=arguments.adapt,
            require_native=arguments.require_native,
            config_settings=parse_config_settings(arguments.config_setting),
            target_python=arguments.target_python,
            toolchain=arguments.toolchain,
            isolation=not arguments.no_isolation,
            installer=arguments.installer,
        )
        for delivered in build_wheels(request, reporter=reporter):
            if delivered.error is not None:
                reporter.error(delivered.error)
                code = max(code, delivered.error.exit_code)
            if arguments.json:
                print(json.dumps(_as_json(delivered)), flush=True)
            elif delivered.path is not None:
                print(delivered.path, flush=True)
    except CrosshookError as error:
        reporter.error(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read stdout has gone; there is nobody to tell.
        sys.stderr.close()
        return 1
    return code


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


def _as_json(delivered: Delivered) -> dict[str, Any]:
    data: dict[str, Any] = {"target": delivered.target}
    if delivered.error is not None:
        error = delivered.error
        return {**data, "error": error.message, "hint": error.hint, "detail": error.detail}
    assert delivered.built is not None
    wheel = delivered.built.wheel
    return {
        **data,
        "wheel": str(delivered.path),
        "tags": sorted(str(tag) for tag in wheel.tags),
        "pure": not wheel.objects,
        "hook": delivered.built.hook,
        "warnings": [remark.sentence for remark in delivered.built.remarks],
    }
