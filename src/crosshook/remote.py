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
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crosshook import __version__, _files
from crosshook._types import Reporter, SilentReporter
from crosshook.api import (
    Delivered,
    Request,
    build_wheels,
    this_machine,
)
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend.hearing import Hearing, Said, tell
from crosshook.frontend.jobs import may_test
from crosshook.frontend.opening import output_directory, source_of, targets_of, with_settings
from crosshook.frontend.reporters import CellName, RunReporter
from crosshook.frontend.resolve import Wanted, oldest_first, provider_of
from crosshook.frontend.working_copy import NOT_COPIED
from crosshook.frontend.workplace import workplace
from crosshook.project import read_project
from crosshook.target.tags import tags_of_python
from crosshook.toolchains.described import is_file_name

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
    streams_hook_output: bool = False
    """Whether what the backend prints is to be shown; so of test commands below."""
    streams_test_output: bool = False
    crosshook: str = __version__
    """The version that asks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What came of a cell; can be pickled."""

    delivered: Delivered
    """Its ``path`` is the wheel's on the machine that built it, and no more there."""
    wheel: bytes | None
    said: tuple[Said, ...]
    """What was said and printed meanwhile."""


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
    """Build a project for each target on an executor's machines; yield what came of each: the
    oldest Python's first.

    A wheel for the stable ABI is built once for each platform, unless wheels are tested.

    :param executor: Its workers can import crosshook with its ``frontend`` extra, the same version.
        Each of them builds one wheel at a time.
    :raises CrosshookError: if the source or an option is at fault, before anything is built.
    """
    reporter = reporter or SilentReporter()
    _check_travels(request)
    with workplace() as work:
        source = source_of(
            request, this_machine(request), work=work, fetched=work / "source", reporter=reporter
        )
        settings = read_project(source.tree).settings
        request = with_settings(request, settings, reporter)
        # A wheel that serves several Pythons is tested with each, where it was built.
        tests = may_test(settings, request)
        # A wheel for the stable ABI serves newer Pythons.
        wanted = oldest_first(targets_of(request))
        outdir = output_directory(request, source)
        run = _Run(executor, _whole(request, source.tree, reporter))
        sent: dict[str, str] = {}
        try:
            reporter.planned([_name_of(one) for one in wanted])
            if tests:
                run.begin(wanted)
            else:
                run.begin_with_oldest(wanted)
            for one in wanted:
                name = _name_of(one)
                cell = reporter.cell(name)
                came = run.result(one)
                tell(cell, came.said)
                delivered = _delivered(came, str(name), outdir, sent)
                cell.came(delivered)
                yield delivered
                if delivered.error is not None and request.fail_fast:
                    return
        finally:
            run.cancel()


def _check_travels(request: Request) -> None:
    """Check that no option names what is on this machine alone.

    :raises UsageError: if one does.
    """
    if not request.isolation:
        raise UsageError("--no-isolation: the build is on another machine")
    elsewhere = "names a place on this machine, and the build is on another"
    for path in request.target_pythons:
        raise UsageError(
            f"--target-python {os.fspath(path)}: {elsewhere}",
            hint="--python-source fetch, by which each machine gets its own",
        )
    if request.toolchain is not None and is_file_name(request.toolchain):
        raise UsageError(
            f"--toolchain {request.toolchain}: {elsewhere}",
            hint="zig, gnu or llvm, which each machine has its own of",
        )
    for text in request.libraries:
        if provider_of(text) is None:
            raise UsageError(
                f"--libraries {text}: {elsewhere}",
                hint="a directory of the project, by [tool.crosshook] libraries, is sent along; or "
                "a package, such as debian:trixie/libxml2-dev",
            )


class _Run:
    """The cells of a request that are with an executor.

    :param whole: A cell whose request has them all.
    """

    def __init__(self, executor: Executor, whole: Cell) -> None:
        self._executor = executor
        self._whole = whole
        self._futures: dict[Wanted, Future[Came]] = {}
        self._served: dict[Wanted, Wanted] = {}

    def begin(self, cells: Iterable[Wanted]) -> None:
        """Hand cells to the executor, those that are not with it yet and not served."""
        for one in cells:
            if one in self._futures or one in self._served:
                continue
            single = replace(
                self._whole.request,
                source=".",
                outdir=None,
                targets=(one.platform.tag,),
                pythons=(str(one.python),),
                jobs=1,
            )
            cell = replace(self._whole, request=single)
            try:
                self._futures[one] = self._executor.submit(build_cell, cell)
            except Exception as error:
                # Of an executor that lost its workers meanwhile.
                lost: Future[Came] = Future()
                lost.set_exception(error)
                self._futures[one] = lost

    def begin_with_oldest(self, cells: Sequence[Wanted]) -> None:
        """Begin with the oldest Python of each platform; whether its wheel serves others, tells
        which of those are begun. A first wheel that serves none says that of all platforms.

        :param cells: The oldest Python's first.
        """
        platforms = tuple(dict.fromkeys(one.platform for one in cells))
        groups = {p: [one for one in cells if one.platform == p] for p in platforms}
        self.begin(group[0] for group in groups.values())
        waiting = {self._futures[group[0]]: group for group in groups.values() if group[1:]}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                oldest, *newer = waiting.pop(future)
                came = _came(future, _name_of(oldest))
                served = [one for one in newer if _serves(came, one)]
                self._served.update(dict.fromkeys(served, oldest))
                self.begin(newer)
                if came.wheel is not None and not served:
                    for group in waiting.values():
                        self.begin(group)
                    return

    def result(self, one: Wanted) -> Came:
        """Return what came of a cell, once something did."""
        builder = self._served.get(one, one)
        came = _came(self._futures[builder], _name_of(builder))
        if builder == one or came.delivered.path is None:
            return came
        served = replace(came.delivered, python=str(one.python), seconds=0.0)
        said = f"{came.delivered.path.name}, built for {_name_of(builder)}, serves {_name_of(one)}"
        return Came(delivered=served, wheel=came.wheel, said=(("step", said),))

    def cancel(self) -> None:
        """Take back what is not begun yet."""
        for future in self._futures.values():
            future.cancel()


def _name_of(one: Wanted) -> CellName:
    return CellName(target=one.platform.tag, python=str(one.python))


def _serves(came: Came, one: Wanted) -> bool:
    """Tell whether a wheel for an older Python of the same platform is for another one as well."""
    if came.delivered.built is None or came.wheel is None:
        return False
    wheel = came.delivered.built.wheel
    fits = tags_of_python(one.python, sorted({tag.platform for tag in wheel.tags}))
    requires = wheel.requires_python
    return not wheel.tags.isdisjoint(fits) and (requires is None or one.python.satisfies(requires))


def build_cell(cell: Cell) -> Came:
    """Build one wheel; what a worker runs."""
    said = Hearing(
        streams_hook_output=cell.streams_hook_output, streams_test_output=cell.streams_test_output
    )
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
    return Came(delivered=outcome, wheel=wheel, said=said.heard)


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


def _whole(request: Request, tree: Path, reporter: Reporter) -> Cell:
    return Cell(
        archive=_packed(tree),
        request=request,
        streams_hook_output=reporter.streams_hook_output,
        streams_test_output=reporter.streams_test_output,
    )
