"""Write the pages of the reference that repeat what the code says.

    python -m scripts.reference

writes the command-line options from the parsers, the target platforms and the compiler flags from
their tables, and every message that has a hint from the source, into ``docs/reference/``.
``tests/test_reference.py`` fails where a page there is not what this writes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from crosshook import cli
from crosshook.overlay.questions import QUESTIONS, Told
from crosshook.target.platforms import parse_platform
from crosshook.toolchains.flags import Effect, Rule, flag_tables
from scripts.messages import messages_by_section

PAGES = Path(__file__).parents[1] / "docs" / "reference"
SOURCE = Path(__file__).parents[1] / "src" / "crosshook"

_WRITTEN = "% Written by `python -m scripts.reference`."

_COMMAND_LINE = """# Command line

`crosshook build` is the same as `python -m crosshook.frontend`. Results are printed on stdout,
everything else on stderr. [Exit codes](exit-codes.md) have a page of their own.
"""

_TARGETS = """# Target platforms

A target is named by a wheel platform tag. The table has one tag for each platform; tags of newer
glibc, musl and macOS versions than the oldest one are accepted as well, and for Linux the plain
`linux_*` tags. It is what `crosshook targets` prints; `crosshook targets --json` has more.

*CPython* lists the minor versions whose development files can be
[composed](target-pythons.md#composed).

[The evidence](../evidence/index.md) says what was built, compared and run for which platform.
"""

_ANSWERS = """# What is answered in a build

Code that runs in a cross build asks what platform and Python it is for. The tables have each
question, and who gets the target's answer; [why](../explanation/what-setup-py-sees.md) is another
page. What is not in a table is answered by the machine that builds.

*The project's own modules* are `setup.py`, an in-tree backend, and what they import or execute
below the project's directory; scripts of the project that a Python of the build runs; code that a
Python of the build is given with `-c`, by `meson.build` for one; and plugins of hatchling, build
hooks of pdm-backend, and commands that packages add to setuptools. maturin's projects have none of
it. `[tool.crosshook] project-sees = "build"` lets all that see the machine that builds.
"""

_COMPILER_FLAGS = """# Compiler flags

Projects write flags for the compiler that their wheels are made with: MSVC on Windows, gcc on
Linux, Apple's clang on macOS. `zig cc`, which crosshook brings, takes a part of each's. What stands
in front of it translates:

- A flag that has a counterpart **becomes** that.
- One that says what is **so in any case** is left out, and nothing is said of it.
- One without which the code does the same is **left out**. At the end of the build, one note lists
  what was left out.
- One without which other code would be made is **refused**: the compiler fails, and names it. A
  project that tries whether its compiler takes a flag goes on without.

All other flags are handed on. This is so in `CFLAGS`, `LDFLAGS`, response files and what a
`setup.py`, CMake, Meson or Cargo gives; and not with a compiler that you name yourself by `CC`,
which is only asked [what it compiles for](environment.md).

Some things that are in no table:

Processors
: `-march=` and `-mcpu=` are spelled as zig spells them: `-march=armv8.2-a+fp16` becomes
  `-mcpu=generic+v8_2a+fullfp16`. `-mtune=` is left out: zig would make code that runs on nothing
  older. So are `-march=native` and `-mcpu=native`, also where the machine that builds is of the
  kind that is built for: a wheel is for every processor that its tag names. `-mcpu=` beside
  `-march=`, and on x86, means `-mtune=`.

Standards
: `-std=c++17` is left out where C is compiled, and `-std=c11` where C++ is. gcc and MSVC only warn.

Errors in C
: Calls of functions that are not declared, integers taken for pointers and pointers for pointers of
  another kind are warnings where the compiler of official wheels warns: everywhere on Windows and
  Linux, some on macOS. `-Werror=implicit-function-declaration` and the like bring them back.

Libraries of Windows
: `-lUser32`, `user32.lib` and `#pragma comment(lib, "User32.lib")` are the same. Those of MSVC's
  runtime, such as `msvcrt` and `vcruntime`, are left out.

OpenMP
: `-fopenmp` and `/openmp` need LLVM's runtime library, libomp, for the target, and zig brings none.
  They are refused unless `omp.h` or libomp is found where `--libraries`, `-I`, `-L`, `CPATH`,
  `LIBRARY_PATH` or `LDFLAGS` say; then `-lomp` is linked. gcc's libgomp cannot stand in for it.
  [OpenMP](../how-to/openmp.md) says where libomp can be had.

Optimization when linking
: `-flto` is left out for Windows and macOS, in all its forms: zig links with it for Linux alone.

Directories of this machine
: `-I/usr/include`, `-L/usr/lib`, `-L/usr/lib/x86_64-linux-gnu` and the like are left out: the
  headers of libc and the libraries there are not the target's. So with `-isystem`, `-iquote` and
  `-idirafter`. A library that is needed is named by `--libraries`.

Rust
: `-Ctarget-cpu=native`, wherever Cargo has it from, is left out of what is compiled for the target.

"""

_TABLES = {
    "MSVC's compiler": (
        "win_amd64",
        "msvc",
        "A hyphen may stand for the slash, but where gcc has a flag of that name. What 32-bit x86 "
        "or Arm alone have is not shown.",
    ),
    "MSVC's linker": (
        "win_amd64",
        "msvc_linker",
        "In any case, with a slash or a hyphen, after `/link` or not.",
    ),
    "gcc and clang": ("manylinux_2_28_x86_64", "compiler", "For every target."),
    "GNU ld and LLD for Linux": (
        "manylinux_2_28_x86_64",
        "linker",
        "In `-Wl,` or after `-Xlinker`; long names with one hyphen or two, and values after `=` or "
        "as the next word.",
    ),
    "GNU ld and LLD for Windows": (
        "win_amd64",
        "linker",
        "As for Linux; what is shown there is not shown again.",
    ),
    "Apple's clang": ("macosx_11_0_arm64", "compiler", "For macOS, beside those of gcc and clang."),
    "Apple's ld": ("macosx_11_0_arm64", "linker", "In `-Wl,` or after `-Xlinker`."),
}
"""By title, whose rules are in a table, and what is said above it."""

_MESSAGES = """# Messages

Every error message that comes with a hint, and the hint. `<words>` stand for what differs from case
to case. Above an error stands what belongs to it: the compiler's or the installer's output, or the
list of what is wrong with a wheel. `--traceback` shows where in crosshook it was raised.

[What to do if a build fails](../how-to/when-a-build-fails.md) starts from what you see instead.
"""


def main() -> int:
    for name, page in pages().items():
        (PAGES / name).write_text(page(), encoding="utf-8")
        print(PAGES / name)
    return 0


def pages() -> Mapping[str, Callable[[], str]]:
    """Return what writes each page, by file name."""
    return {
        "answers.md": lambda: _page(_ANSWERS, _answers()),
        "command-line.md": lambda: _page(_COMMAND_LINE, _command_line()),
        "compiler-flags.md": lambda: _page(_COMPILER_FLAGS, _compiler_flags()),
        "messages.md": lambda: _page(_MESSAGES, _messages()),
        "targets.md": lambda: _page(_TARGETS, _targets()),
    }


def _page(head: str, lines: Iterator[str]) -> str:
    title, _, rest = head.partition("\n")
    return "\n".join([title, "", _WRITTEN, rest, *lines]).rstrip() + "\n"


def _command_line() -> Iterator[str]:
    _, parsers = cli.make_parser(cli.COMMANDS)
    for name, parser in parsers.items():
        yield from (f"## crosshook {name}", "", str(parser.description), "")
        # argparse has no public way to the groups and what is in them.
        for group in parser._action_groups:
            actions = [a for a in group._group_actions if a.help != argparse.SUPPRESS]
            if not actions:
                continue
            if group.title not in ("positional arguments", "options"):
                yield from (f"### {str(group.title).capitalize()}", "")
            kind = "argument" if group.title == "positional arguments" else "option"
            yield from (f"| {kind} | means |", "|---|---|")
            for action in actions:
                yield f"| {_names(action)} | {_cell(_help(action))} |"
            yield ""


def _names(action: argparse.Action) -> str:
    value = action.metavar
    if action.choices is not None:
        # No bar: it would end the cell of the table.
        value = "{" + ",".join(action.choices) + "}"
    if not action.option_strings:
        return f"`{value or action.dest.upper()}`"
    takes = f" {value or action.dest.upper()}" if action.nargs != 0 else ""
    return ", ".join(f"`{name}{takes}`" for name in action.option_strings)


def _help(action: argparse.Action) -> str:
    return (action.help or "") % {**vars(action), "prog": "crosshook"}


def _targets() -> Iterator[str]:
    yield "| tag | oldest version | sysconfig | zig | Rust | CPython |"
    yield "|---|---|---|---|---|---|"
    for target in json.loads(_printed("targets", "--json")):
        keys = ("sysconfig_platform", "zig_triple", "rust_triple")
        names = [f"`{target[key]}`" if target[key] else "" for key in keys]
        pythons = ", ".join(_ranges(target["pythons"]))
        cells = [f"`{target['tag']}`", target["oldest"] or "", *names, pythons]
        yield f"| {' | '.join(cells)} |"


def _ranges(versions: Sequence[str]) -> Iterator[str]:
    """Yield minor versions of Python, ``3.10 to 3.12`` where none is left out."""
    free_threaded = [version for version in versions if version.endswith("t")]
    for kind, suffix in ((set(versions) - set(free_threaded), ""), (free_threaded, "t")):
        minors = sorted(int(version.removesuffix(suffix)[2:]) for version in kind)
        for _, run in itertools.groupby(enumerate(minors), lambda pair: pair[1] - pair[0]):
            first, *_, last = (f"3.{minor}{suffix}" for _, minor in [*run] * 2)
            yield first if first == last else f"{first} to {last}"


def _answers() -> Iterator[str]:
    for told in Told:
        yield from (f"## Told of the target: {told.value}", "")
        yield from ("| asked | after | to be known |", "|---|---|---|")
        for question in QUESTIONS:
            if question.told is told:
                asks = "<br>".join(f"`{_cell(expression)}`" for expression in question.asks)
                yield f"| {asks} | `{question.imports}` | {_cell(_markdown(question.why))} |"
        yield ""


def _compiler_flags() -> Iterator[str]:
    shown: set[Rule] = set()
    for title, (tag, name, about) in _TABLES.items():
        rules = flag_tables(parse_platform(tag, source=title))[name]
        yield from (f"## {title}", "", about, "")
        yield from ("| flags | what becomes of them |", "|---|---|")
        for rule in rules:
            if rule.effect is Effect.BECOMES and rule not in shown:
                words = " ".join(rule.becomes).replace("{}", "<value>")
                why = f": {_cell(rule.why)}" if rule.why else ""
                yield f"| `{rule.written}` | `{words}`{why} |"
        for effect in (e for e in Effect if e is not Effect.BECOMES):
            whys = dict.fromkeys(r.why for r in rules if r.effect is effect and r not in shown)
            for why in whys:
                same = [r for r in rules if r.why == why and r.effect is effect and r not in shown]
                flags = " ".join(f"`{rule.written}`" for rule in same)
                yield f"| {flags} | **{effect.value}**: {_cell(why)} |"
        shown.update(rules)
        yield ""


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _messages() -> Iterator[str]:
    for section, messages in messages_by_section(SOURCE):
        yield from (f"## {section.title}", "", section.text, "")
        for message in messages:
            yield f"- `{message.text}`\\"
            yield "\\\n".join(f"  hint: `{hint}`" for hint in message.hints)
        yield ""


def _printed(*arguments: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        cli.main(arguments)
    return stream.getvalue()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
