"""``--report``: one HTML page on what came of a run. It needs no other file and no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from html import escape
from pathlib import Path

from crosshook import __version__, _files
from crosshook._processes import Tail
from crosshook._types import Output, SilentReporter
from crosshook.cli import _outcome, _shown
from crosshook.errors import CrosshookError
from crosshook.frontend.reporters import CellName, name_of
from crosshook.frontend.request import Delivered

_STYLE = Path(__file__).with_name("page.css")
_COLUMNS = ("For", "Wheel", "Size", "Time", "Checks", "Tests")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What was said of a cell, and what its processes printed."""

    lines: list[str] = field(default_factory=list)
    printed: Tail = field(default_factory=Tail)


class PageReporter(SilentReporter):
    """Keeps what it is told of a run, for the page."""

    def __init__(self) -> None:
        self._run = _Said()
        self._cells: dict[CellName, _Said] = {}

    def note(self, text: str) -> None:
        self._run.lines.append(f"note: {text}")

    def warn(self, text: str) -> None:
        self._run.lines.append(f"warning: {text}")

    def cell(self, cell: CellName) -> _PageCell:
        said = self._cells.setdefault(cell, _Said())
        return _PageCell(said)

    def write(self, file: Path, came: Sequence[Delivered], failure: CrosshookError | None) -> None:
        """Write the page.

        :param failure: Why the run ended, if that is of no single cell.
        """
        page = "\n".join(_page(came, failure, self._run, self._cells))
        with _files.written(file) as stream:
            stream.write(page.encode(errors="backslashreplace"))


class _PageCell(SilentReporter):
    def __init__(self, said: _Said) -> None:
        self._said = said
        self.log: Output = said.printed

    def note(self, text: str) -> None:
        self._said.lines.append(f"note: {text}")

    def warn(self, text: str) -> None:
        self._said.lines.append(f"warning: {text}")


def _page(
    came: Sequence[Delivered],
    failure: CrosshookError | None,
    run: _Said,
    cells: dict[CellName, _Said],
) -> Iterator[str]:
    failed = sum(one.path is None for one in came)
    wheels = [one.built.wheel for one in came if one.built is not None]
    names = dict.fromkeys(f"{wheel.name} {wheel.version}: " for wheel in wheels)
    title = next(iter(names)) if len(names) == 1 else ""
    title += _outcome.counted(len(came) - failed, "wheel")
    title += f", {failed} failed" if failed else ""
    now = datetime.now(timezone.utc)
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield f"<title>crosshook: {_text(title)}</title>"
    yield f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body><main>"
    yield f"<h1>{_text(title)}</h1>"
    yield (
        f'<p class="when">crosshook {_text(__version__)}, '
        f'<time datetime="{now.isoformat(timespec="seconds")}">{now:%Y-%m-%d %H:%M} UTC</time></p>'
    )
    if failure is not None:
        yield from _error(failure)
    yield from _lines(run.lines)
    if came:
        head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
        yield f"<table><thead><tr>{head}</tr></thead><tbody>"
        for number, one in enumerate(came):
            yield from _row(number, one)
        yield "</tbody></table>"
    for number, one in enumerate(came):
        yield from _details(number, one, cells.get(name_of(one), _Said()))
    yield "</main></body></html>\n"


def _row(number: int, one: Delivered) -> Iterator[str]:
    good = one.path is not None
    wheel = one.path.name if one.path is not None else "failed"
    values = (
        f'<a href="#cell-{number}">{_text(str(name_of(one)))}</a>',
        f"<strong>{_text(wheel)}</strong>",
        _text(_outcome.size(one)),
        f"{one.seconds:.0f} s",
        _text(_outcome.checked(one)),
        _text(_outcome.tested(one)),
    )
    yield f'<tr class="{"built" if good else "failed"}">'
    for name, value in zip(_COLUMNS, values, strict=True):
        yield f'<td data-label="{name}">{value}</td>'
    yield "</tr>"


def _details(number: int, one: Delivered, said: _Said) -> Iterator[str]:
    yield f'<section id="cell-{number}"><h2>{_text(str(name_of(one)))}</h2>'
    if one.error is not None:
        yield from _error(one.error)
    yield from _lines(said.lines)
    if one.path is not None and one.built is not None:
        wheel = one.built.wheel
        facts = {
            "Wheel": one.path.name,
            "SHA-256": one.built.digest,
            "Tags": ", ".join(sorted(map(str, wheel.tags))),
            "Hook": one.built.hook,
        }
        if one.tested is not None:
            facts["Test command"] = one.tested.command
        yield "<dl>"
        for name, value in facts.items():
            yield f"<dt>{name}</dt><dd><code>{_text(value)}</code></dd>"
        yield "</dl>"
        if wheel.objects:
            yield f"<details><summary>{_text(_outcome.checked(one))}</summary><ul>"
            for file in wheel.objects:
                needs = f", needs {', '.join(file.needed)}" if file.needed else ""
                yield f"<li><code>{_text(file.name)}</code>: {_text(file.description + needs)}</li>"
            yield "</ul></details>"
    printed = said.printed.text()
    if printed and one.path is None:
        yield f"<details><summary>What was printed</summary><pre>{_block(printed)}</pre></details>"
    yield "</section>"


def _error(error: CrosshookError) -> Iterator[str]:
    yield f'<p class="error"><b>error:</b> {_text(error.message)}</p>'
    if error.hint:
        yield f'<p class="hint"><b>hint:</b> {_text(error.hint)}</p>'
    if error.detail:
        yield f"<details><summary>Details</summary><pre>{_block(error.detail)}</pre></details>"


def _lines(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>"


def _text(text: str) -> str:
    return escape(_shown.line(text))


def _block(text: str) -> str:
    """Return lines; what a terminal takes for commands is left to be seen."""
    shown = _shown.lines(text)
    return escape(
        "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in shown)
    )
