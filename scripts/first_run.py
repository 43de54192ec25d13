"""Do the tutorial on a bare machine: a minimal Debian without a compiler, nothing kept from before.

    python -m scripts.first_run --markdown docs/evidence/first-run.md

makes a tree with ``debootstrap``, with the two packages that the tutorial names, copies this
checkout into it, and follows the page there with ``scripts/tutorial.py`` and the tree's own Python,
as root by ``unshare``. Of this machine it gets the names of hosts, the certificates and pip's
configuration, without which there may be no network. What debootstrap makes stands for a container
and is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
RELEASE = "bookworm"
PACKAGES = ("ca-certificates", "python3-dev", "python3-venv")
OF_THIS_MACHINE = (
    "etc/resolv.conf",
    "etc/hosts",
    "etc/pip.conf",
    "etc/ssl/certs/ca-certificates.crt",
)
PASSED_ON = ("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "HTTPS_PROXY", "https_proxy")
"""Variables that say how to reach the network, here and in the tree."""
WORK = "root/work"
"""Where the checkout is, in the tree."""
TUTORIAL = "root/tutorial"
"""Where the tutorial is done, in the tree."""
PLACES = {
    "the environment, with crosshook and its compiler": f"{TUTORIAL}/tutorial",
    "what is kept for the next build, such as the C libraries of three targets": (
        "root/.cache/crosshook"
    ),
    "pip's downloads": "root/.cache/pip",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--markdown", type=Path, help="where to write the table")
    parser.add_argument("--tree", type=Path, help="what debootstrap made before; it is changed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="first-run-") as directory:
        tree = arguments.tree or make_tree(Path(directory) / "tree")
        prepare(tree)
        seconds, sizes = follow(tree)
    text = "\n".join(report(seconds, sizes)) + "\n"
    if arguments.markdown is None:
        print(text)
    else:
        arguments.markdown.write_text(text, encoding="utf-8")
    return 0


def make_tree(tree: Path) -> Path:
    """Return a minimal Debian with the packages that the tutorial names."""
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    subprocess.run([*command, RELEASE, str(tree)], check=True, stdout=subprocess.DEVNULL)
    return tree


def prepare(tree: Path) -> None:
    """Copy the checkout into a tree, and what it takes to reach the network."""
    reach_network(tree)
    ignored = shutil.ignore_patterns(".*", "build", "dist", "__pycache__")
    for name in (WORK, TUTORIAL, "root/.cache"):
        shutil.rmtree(tree / name, ignore_errors=True)
    shutil.copytree(REPOSITORY, tree / WORK, ignore=ignored)


def reach_network(tree: Path) -> None:
    """Copy into a tree what this machine says of the network."""
    for name in OF_THIS_MACHINE:
        source, copy = Path("/", name), tree / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copyfile(source, copy)


def follow(tree: Path) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """Follow the tutorial in a tree; return what it took, in seconds and in megabytes.

    :raises subprocess.CalledProcessError: if it does not go as the page shows.
    """
    told = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environ = {**told, "HOME": "/root", "LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    times = tree / "root" / "times.json"
    script = [f"/{WORK}/scripts/tutorial.py", "--directory", f"/{TUTORIAL}"]
    script += ["--times", "/root/times.json"]
    # As a container has it, with a /proc of its own.
    enter = ["unshare", "--mount", "--pid", "--fork", "--mount-proc=/proc", f"--root={tree}"]
    subprocess.run([*enter, "python3", *script], env=environ, check=True)
    sizes = {what: megabytes(tree, pattern) for what, pattern in PLACES.items()}
    return json.loads(times.read_text(encoding="utf-8")), sizes


def megabytes(tree: Path, pattern: str) -> int:
    """Return how much of the disk what a pattern matches has."""
    found = [str(path) for path in tree.glob(pattern)]
    done = subprocess.run(
        ["du", "--summarize", "--total", "--block-size=1M", *found],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.splitlines()[-1].split()[0])


def report(seconds: Mapping[str, float], sizes: Mapping[str, int]) -> Iterator[str]:
    yield "# The tutorial on a bare machine"
    yield ""
    yield "% Written by `python -m scripts.first_run`."
    yield ""
    yield (
        f"A minimal Debian {RELEASE} with {' and '.join(f'`{name}`' for name in PACKAGES[1:])}, "
        f"without a compiler, on {os.cpu_count()} cores. Each command of the "
        "[tutorial](../tutorial.md) was typed, and printed what the page shows. The first build "
        "for a target compiles its C library."
    )
    yield ""
    yield "| command | seconds |"
    yield "|---|---|"
    yield from (f"| `{shown(command)}` | {took:.0f} |" for command, took in seconds.items())
    yield f"| all | {sum(seconds.values()):.0f} |"
    yield ""
    yield "| on the disk afterwards | MB |"
    yield "|---|---|"
    yield from (f"| {what} | {size} |" for what, size in sizes.items())


def shown(command: str) -> str:
    return command if len(command) <= 90 else f"{command[:87]}..."


if __name__ == "__main__":
    sys.exit(main())
