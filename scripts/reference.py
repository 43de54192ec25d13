"""Write the pages of the reference that repeat what the code says.

    python -m scripts.reference

writes the command-line options from the parsers, the target platforms from their table, and every
message that has a hint from the source, into ``docs/reference/``. ``tests/test_reference.py`` fails
where a page there is not what this writes.
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
below the project's directory; scripts of the project that a Python of the build runs; and code that
they give to a Python with `-c`. Backends whose adapter does not say so, such as meson-python, have
no such modules. `[tool.crosshook] project-sees = "build"` lets them see the machine that builds.
"""

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
