"""Build the wheels of a request on other machines, through any ``concurrent.futures.Executor``.

from concurrent.futures import ProcessPoolExecutor
from crosshook.api import Request
from crosshook.remote import build_wheels_on

request = Request(source=".", targets=("win_arm64", "macosx_11_0_arm64"), adapt=True)
with ProcessPoolExecutor() as executor:
    for delivered in build_wheels_on(executor, request):
        print(delivered.path or delivered.error)

The source is obtained here and sent along with each cell; a worker builds and checks one wheel with
the caches, the compilers and the emulators that its machine has, and the wheel comes back.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crosshook import __version__, _files
from crosshook._types import SilentReporter
from crosshook.api import (
    Delivered,
    Request,
    build_wheels,
    this_machine,
)
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend.opening import output_directory, source_of, targets_of, with_settings
from crosshook.frontend.reporters import CellName, RunReporter
from crosshook.frontend.working_copy import NOT_COPIED
from crosshook.frontend.workplace import workplace
from crosshook.project import read_project

__all__ = ["Came", "Cell", "build_cell", "build_wheels_on", "executor_at"]

_CONNECT_SECONDS = 15
_RETRIES = 2
_NOT_SENT = NOT_COPIED | {".venv"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One wheel to build somewhere else; can be pickled."""

    archive: bytes
    """The source tree: a tar archive with one directory, compressed by gzip."""
    request: Request
    """With one target and one Python; its ``source`` and ``outdir`` are not used."""
    crosshook: str = __version__
    """The version that asks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What came of a cell; can be pickled."""

    delivered: Delivered
    """Its ``path`` is the wheel's on the machine that built it, and no more there."""
    wheel: bytes | None
    said: tuple[tuple[str, str], ...]
    """What was said meanwhile: ``step``, ``note`` or ``warn``, and the text."""


def executor_at(address: str) -> Executor:
    """Return the executor that an address names.

    :param address: ``dask://HOST:PORT``, the address of a scheduler of Dask's.
    :raises UsageError: if it is none, or Dask is not installed.
    :raises CrosshookError: if the scheduler does not answer.
    """
    scheme, _, place = address.partition("://")
    if scheme != "dask" or not place:
        raise UsageError(
            f"--executor: {address!r} is not dask://HOST:PORT",
            hint="other executors: crosshook.remote.build_wheels_on, from Python",
        )
    try:
        import distributed
    except ImportError:
        raise UsageError(
            f"--executor {address}: Dask is not installed",
            hint='pip install "crosshook[distributed]"',
        ) from None
    # It has no types.
    connect: Any = distributed.Client
    try:
        client = connect(f"tcp://{place}", timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CrosshookError(
            f"--executor {address}: no scheduler answers: {error}",
            hint="dask scheduler --port PORT, and on each machine: dask worker HOST:PORT "
            "--nthreads 1",
        ) from None
    executor: Executor = client.get_executor(retries=_RETRIES, pure=False)
    return executor


def build_wheels_on(
    executor: Executor, request: Request, *, reporter: RunReporter | None = None
) -> Iterator[Delivered]:
    """Build a project for each target on an executor's machines; yield what came of each, in the
    order of the targets.

    :param executor: Its workers can import crosshook with its ``frontend`` extra, the same version.
        Each of them builds one wheel at a time.
    :raises CrosshookError: if the source or an option is at fault, before anything is built.
    """
    reporter = reporter or SilentReporter()
    if not request.isolation:
        raise UsageError("--no-isolation: the build is on another machine")
    with workplace() as work:
        source = source_of(
            request, this_machine(request), work=work, fetched=work / "source", reporter=reporter
        )
        request = with_settings(request, read_project(source.tree).settings, reporter)
        wanted = targets_of(request)
        outdir = output_directory(request, source)
        archive = _packed(source.tree)
        begun: list[tuple[Request, Future[Came]]] = []
        sent: dict[str, str] = {}
        try:
            for one in wanted:
                tag, python = one.platform.tag, str(one.python)
                single = replace(
                    request, source=".", outdir=None, targets=(tag,), pythons=(python,), jobs=1
                )
                future = executor.submit(build_cell, Cell(archive=archive, request=single))
                begun.append((single, future))
            names = [CellName(target=one.platform.tag, python=str(one.python)) for one in wanted]
            reporter.planned(names)
            for name, (_, future) in zip(names, begun, strict=True):
                cell = reporter.cell(name)
                came = _came(future, name)
                for kind, text in came.said:
                    getattr(cell, kind)(text)
                delivered = _delivered(came, str(name), outdir, sent)
                cell.came(delivered)
                yield delivered
                if delivered.error is not None and request.fail_fast:
                    return
        finally:
            for _, future in begun:
                future.cancel()


def build_cell(cell: Cell) -> Came:
    """Build one wheel; what a worker runs."""
    said = _Said()
    target, python = cell.request.targets[0], cell.request.pythons[0]
    outcome = Delivered(target=target, python=python)
    if cell.crosshook != __version__:
        error = CrosshookError(
            f"the worker has crosshook {__version__}, and {cell.crosshook} asks it",
            hint="install the same version on all machines",
        )
        return Came(delivered=replace(outcome, error=error), wheel=None, said=())
    with tempfile.TemporaryDirectory(prefix="crosshook-cell-") as name:
        directory = Path(name)
        try:
            packed = directory / "source.tar.gz"
            packed.write_bytes(cell.archive)
            request = replace(cell.request, source=packed, outdir=directory / "out")
            (outcome,) = build_wheels(request, reporter=said)
        except CrosshookError as error:
            outcome = replace(outcome, error=error)
        wheel = None if outcome.path is None else outcome.path.read_bytes()
    return Came(delivered=outcome, wheel=wheel, said=tuple(said.lines))


def _came(future: Future[Came], name: CellName) -> Came:
    try:
        return future.result()
    except Exception as error:
        # What kills a worker again and again, or keeps it from importing crosshook.
        lost = CrosshookError(
            f"{name}: lost: {type(error).__name__}: {error}",
            hint="see the worker's own log; each of them needs crosshook[frontend]",
        )
        delivered = Delivered(target=name.target, python=name.python, error=lost)
        return Came(delivered=delivered, wheel=None, said=())


def _delivered(came: Came, name: str, outdir: Path, sent: dict[str, str]) -> Delivered:
    """Return what came of a cell, with its wheel in the output directory."""
    delivered = came.delivered
    if delivered.path is None or came.wheel is None or delivered.built is None:
        return delivered
    wheel = delivered.path.name
    digest = delivered.built.digest
    try:
        if sent.setdefault(wheel, digest) != digest:
            raise CrosshookError(
                f"{wheel}: {name} gave another wheel of that name than a cell before",
                hint="build the two into different directories, with --outdir",
            )
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, wheel)
            file.write_bytes(came.wheel)
            path = _files.deliver(file, outdir, checked=digest)
    except CrosshookError as error:
        return replace(delivered, path=None, error=error)
    return replace(delivered, path=path)


def _packed(tree: Path) -> bytes:
    """Return a tar archive of a source tree, without what is made anew anyway."""

    def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if Path(member.name).name in _NOT_SENT else member

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        archive.add(os.fspath(tree), arcname="source", filter=kept)
    return stream.getvalue()


class _Said(SilentReporter):
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def step(self, text: str) -> None:
        self.lines.append(("step", text))

    def note(self, text: str) -> None:
        self.lines.append(("note", text))

    def warn(self, text: str) -> None:
        self.lines.append(("warn", text))
