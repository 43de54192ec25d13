"""Build 24 wheels on three machines that are processes, and kill one of them in the middle.

    python -m scripts.machines [--markdown FILE] [REQUIREMENT]

Starts a scheduler of Dask's and three workers on loopback, each worker with a temporary directory
of its own; they share the caches of this machine, as it has two cores to compile with. Once
a third of the wheels is there, the worker that is at work is killed by SIGKILL. What came is
compared with what is built here without an executor.

Needs crosshook's extra ``distributed``, and Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosshook import _files
from crosshook.api import Request, build_wheels
from crosshook.frontend.request import Delivered
from crosshook.remote import build_wheels_on, executor_at

REQUIREMENT = "markupsafe==3.0.3"
TARGETS = (
    *("win_arm64", "win_amd64", "manylinux_2_28_aarch64", "manylinux_2_28_x86_64"),
    *("macosx_11_0_arm64", "macosx_11_0_x86_64", "musllinux_1_2_aarch64", "musllinux_1_2_x86_64"),
)
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = 3


@dataclass
class Cluster:
    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirement", nargs="?", default=REQUIREMENT)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        lines = demonstrate(arguments.requirement, root)
    print("\n".join(lines))
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join([*lines, ""]), encoding="utf-8")


def demonstrate(requirement: str, root: Path) -> list[str]:
    """Return the page that says what came of it."""
    cells = len(TARGETS) * len(PYTHONS)
    request = Request(
        source=requirement,
        targets=TARGETS,
        pythons=PYTHONS,
        adapt=True,
        outdir=root / "machines",
    )
    with cluster(root) as machines:
        start = time.monotonic()
        came, killed = build_and_kill(machines, request, cells // 3)
        seconds = time.monotonic() - start
        ended = [worker.poll() for worker in machines.workers]
    built = {one.path.name: _files.digest(one.path) for one in came if one.path is not None}
    alone = {
        one.path.name: _files.digest(one.path)
        for one in build_wheels(Request(**{**fields(request), "outdir": root / "alone"}))
        if one.path is not None
    }
    same = sum(alone.get(name) == digest for name, digest in built.items())
    left = [path.name for path in (root / "machines").iterdir() if path.suffix != ".whl"]
    return [
        "# Three machines, one of them killed",
        "",
        f"Written by `python -m scripts.machines --markdown FILE {requirement}`: {cells} cells",
        f"({len(TARGETS)} targets, {len(PYTHONS)} Pythons) on {MACHINES} workers of Dask's on",
        "loopback; one was killed by SIGKILL while it built.",
        "",
        "| what | |",
        "|---|---|",
        f"| cells | {len(came)} |",
        f"| wheels delivered | {len(built)} |",
        f"| errors | {sum(one.error is not None for one in came)} |",
        f"| killed after | {killed} cells |",
        f"| workers that ended | {sum(code is not None for code in ended)} of {MACHINES} |",
        f"| the same bytes as built on one machine | {same} |",
        f"| other files in the output directory | {len(left)} |",
        f"| seconds | {seconds:.0f} |",
    ]


def fields(request: Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in ("source", "targets", "pythons", "adapt")}


def build_and_kill(
    machines: Cluster, request: Request, after: int
) -> tuple[Sequence[Delivered], int]:
    """Return what came of the cells, and how many had when a worker was killed."""
    came: list[Delivered] = []
    killed = 0
    with executor_at(f"dask://{machines.address}") as executor:
        for delivered in build_wheels_on(executor, request):
            came.append(delivered)
            if len(came) >= after and not killed:
                busy = next(
                    (w for w in machines.workers if children_of(w.pid)), machines.workers[0]
                )
                busy.send_signal(signal.SIGKILL)
                killed = len(came)
    return came, killed


def children_of(pid: int) -> list[str]:
    """Return the processes that a process has started, of all its threads."""
    found: list[str] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        found += (thread / "children").read_text().split()
    return found


def shared_caches(directory: Path) -> Mapping[str, str]:
    """Return the variables of a machine that shares this one's caches."""
    return {"TMPDIR": str(directory)}


def own_caches(directory: Path) -> Mapping[str, str]:
    """Return the variables of a machine that has nothing yet."""
    return {"TMPDIR": str(directory), "CROSSHOOK_CACHE_DIR": str(directory / "cache")}


@contextlib.contextmanager
def cluster(
    root: Path, variables: Callable[[Path], Mapping[str, str]] = shared_caches
) -> Iterator[Cluster]:
    """Start a scheduler and workers, a process each, on loopback; they are ended afterwards.

    :param variables: Returns those of the machine that has a directory.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"127.0.0.1:{port}"
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
    commands = [[*scheduler, "--port", str(port), "--no-dashboard"]]
    commands += [[*worker, "--nthreads", "1", "--no-dashboard"] for _ in range(MACHINES)]
    begun = []
    try:
        for number, command in enumerate(commands):
            directory = root / f"machine-{number}"
            directory.mkdir()
            environ = {**os.environ, **variables(directory)}
            begun.append(
                subprocess.Popen(command, cwd=directory, env=environ, stderr=subprocess.DEVNULL)
            )
        wait_for_workers(address)
        yield Cluster(address=address, workers=begun[1:])
    finally:
        for process in begun:
            process.kill()
            process.wait()


def wait_for_workers(address: str) -> None:
    import distributed

    connect: Any = distributed.Client
    with connect(f"tcp://{address}", set_as_default=False) as client:
        client.wait_for_workers(MACHINES)


if __name__ == "__main__":
    main()
