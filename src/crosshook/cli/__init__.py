"""The console script: ``crosshook COMMAND``. All that prints is in this package.

A command is a module with ``add_arguments(parser)`` and ``run(arguments)``. Only the one that is
run is imported.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol, cast

from crosshook import __version__

_REQUIRED = (
    "build",
    "elftools",
    "filelock",
    "httpx2",
    "packaging",
    "pip",
    "platformdirs",
    "pyproject_hooks",
    "python_discovery",
    "unearth",
    "virtualenv",
)
"""What the ``frontend`` extra installs, by import name."""

INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Listed:
    """A command, as far as it is known before its module is imported."""

    help: str
    description: str


COMMANDS = {
    "build": _Listed(
        help="build wheels for target platforms",
        description="Build wheels for target platforms, check them, and print their paths.",
    ),
    "check": _Listed(
        help="check wheels, whoever built them",
        description="Check wheels, from whichever tool: whether the code in them is for the "
        "platform and the Python that their tags, or --target and --python, say. Exits with 1 if "
        "something is wrong.",
    ),
    "doctor": _Listed(
        help="say what is there and what is missing",
        description="Say what this machine has to build for a target and to test there, what is "
        "missing, and what to type for it. Exits with 1 if a build would fail.",
    ),
    "explain": _Listed(
        help="say what a build for a target would be told, by whom",
        description="Print every variable, setting and file that a build of a project for a "
        "target is told of, by whom. Nothing is built.",
    ),
    "test": _Listed(
        help="run a wheel's tests on its target",
        description="Check wheels that are there already, and run a test command for each with a "
        "Python of its target: natively, or by an emulator.",
    ),
    "wrap": _Listed(
        help="put the wrapper in front of a project's backend, in pyproject.toml",
        description="Put crosshook's wrapper in front of the backend in a project's "
        "pyproject.toml, and print what has changed. Comments and order stay.",
    ),
    "targets": _Listed(
        help="list the target platforms",
        description="List the target platforms: a wheel platform tag of each, the oldest glibc, "
        "musl or macOS that a tag may name, what others call it, and the CPythons whose "
        "development files can be composed.",
    ),
    "describe": _Listed(
        help="print what the hook receives for a target",
        description="Print the target mapping that cross_build_wheel receives, as JSON; its "
        '"python" is PEP 739 data of the target Python. The development files that it names are '
        "made, if they have to be.",
    ),
    "matrix": _Listed(
        help="print the wheels to build as jobs of a CI service",
        description="Print the wheels to build as jobs of a CI service, shared out so that all "
        "take about as long as each other, by the times of earlier builds that are kept on this "
        "machine.",
    ),
    "run": _Listed(
        help="run a command that makes a C library for a target",
        description="Run a command in the environment of a target: compilers, pkg-config, CMake, "
        "Meson, Cargo and configure scripts work for it. What it installs into {prefix} is for "
        "--libraries.",
    ),
    "env": _Listed(
        help="print what build tools are told of a target",
        description="Print the environment of a target, in which crosshook run starts a command.",
    ),
    "completion": _Listed(
        help="print what completes commands in a shell",
        description="Print a script that lets a shell complete commands and options: "
        'eval "$(crosshook completion bash)", in ~/.bashrc.',
    ),
    "cache": _Listed(
        help="show, check or empty what is kept between builds",
        description="Show what is kept between builds and how much it is; check it, or remove it.",
    ),
}


class _Command(Protocol):
    """A module of this package."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command and return the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 done, 1 failed, 2 not understood."""
    missing = [name for name in _REQUIRED if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"error: the frontend's requirements are not installed: {', '.join(missing)}\n"
            'hint: pip install "crosshook[cli]"',
            file=sys.stderr,
        )
        return 1
    words = sys.argv[1:] if argv is None else list(argv)
    if not words:
        make_parser([])[0].print_help(sys.stderr)
        return 2
    named = next((word for word in words if word in COMMANDS), None)
    parser, parsers = make_parser([named] if named is not None else [])
    if named is None and not _BARE.intersection(words):
        return _reported(lambda: _no_command(words))
    arguments, rest = parser.parse_known_args(words)
    if named == "build" and not any(word.startswith("-") for word in rest):
        # argparse takes sources that stand together, and leaves those behind another option.
        arguments.sources += rest
        rest = []
    if rest:
        return _reported(lambda: _not_understood(rest, parsers.get(named or "", parser)))
    from crosshook.cli import _failures, _signals

    with _signals.raised():
        return _failures.exit_code_of(
            lambda: int(arguments.run(arguments)),
            show_traceback=getattr(arguments, "traceback", False),
        )


def _reported(command: Callable[[], int]) -> int:
    from crosshook.cli import _failures

    return _failures.exit_code_of(command, show_traceback=False)


_BARE = frozenset({"-h", "--help", "--version"})
"""Options that need no command."""


def _no_command(words: Sequence[str]) -> NoReturn:
    """
    :raises UsageError: that names the command that was meant.
    """
    from crosshook.errors import UsageError

    first = words[0]
    if first.startswith("-"):
        raise UsageError(f"{first}: no command before it", hint=f"crosshook build {first} ...")
    close = difflib.get_close_matches(first, COMMANDS, n=1)
    raise UsageError(
        f"{first!r} is no command of crosshook",
        hint=f"did you mean {close[0]}?" if close else f"there are {', '.join(COMMANDS)}",
    )


_OF_OTHER_TOOLS = {
    **dict.fromkeys(("--platform", "--plat", "--plat-name", "--arch", "--archs"), "--target"),
    **dict.fromkeys(("--python-version", "--interpreter", "-i"), "--python"),
    **dict.fromkeys(("--output", "--output-dir", "--wheel-dir", "-w", "--dest", "-d"), "--outdir"),
    **dict.fromkeys(("--config-settings", "--config-json"), "--config-setting"),
    "--no-build-isolation": "--no-isolation",
    "--only": "--target",
}
"""By an option of pip, build, uv, cibuildwheel or maturin: what it is called here."""


def _not_understood(rest: Sequence[str], parser: argparse.ArgumentParser) -> NoReturn:
    """
    :raises UsageError: that names the option that was meant.
    """
    from crosshook.errors import UsageError

    first = rest[0]
    name = first.partition("=")[0]
    options = [option for action in parser._actions for option in action.option_strings]
    elsewhere = [_OF_OTHER_TOOLS[name]] if _OF_OTHER_TOOLS.get(name) in options else []
    close = elsewhere or difflib.get_close_matches(name, options, n=1)
    raise UsageError(
        f"{first!r} is not understood",
        hint=f"did you mean {close[0]}?" if close else f"see `{parser.prog} --help`",
    )


def script(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code."""
    _forget_current_directory()
    from crosshook.cli._signals import ignored_from_now_on

    try:
        code = main(argv)
    except KeyboardInterrupt:
        # Before anything was begun.
        print("interrupted", file=sys.stderr)
        code = INTERRUPTED
    ignored_from_now_on()
    sys.exit(code)


def _forget_current_directory() -> None:
    """Let nothing be imported from where the user happens to be.

    ``python -m`` puts that directory first, and it may hold a ``rich`` or a ``pip`` of a stranger.
    """
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    first = os.path.realpath(sys.path[0]) if sys.path else own
    if first == os.path.realpath(os.curdir) and first != os.path.realpath(own):
        del sys.path[0]


class _Parser(argparse.ArgumentParser):
    """One that says what is wrong as everything here does, without the list of all options."""

    def error(self, message: str) -> NoReturn:
        """End the process."""
        sys.exit(_reported(lambda: _wrong(message, self)))


def _wrong(message: str, parser: argparse.ArgumentParser) -> NoReturn:
    """
    :raises UsageError: with the message of argparse.
    """
    from crosshook.errors import UsageError

    raise UsageError(message.removeprefix("argument "), hint=f"see `{parser.prog} --help`")


def make_parser(
    named: Collection[str],
) -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the command line, and that of each command by its name.

    :param named: The commands whose options are needed; they are imported.
    """
    parser = _Parser(prog="crosshook", description="Build wheels for another platform.")
    parser.add_argument("--version", action="version", version=f"crosshook {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, listed in COMMANDS.items():
        own = commands.add_parser(name, help=listed.help, description=listed.description)
        if name in named:
            command = _imported(name)
            command.add_arguments(own)
            own.set_defaults(run=command.run)
    return parser, commands.choices


def _imported(name: str) -> _Command:
    return cast("_Command", importlib.import_module(f"crosshook.cli.{name}"))
