"""Unpack a Rust compiler, and get Rust's standard library for other targets.

    python -m scripts.rust_targets [TRIPLE ...]

prints the directory that holds ``cargo`` and ``rustc``, to be put in front of ``PATH``. Nothing is
installed into the system; all of it is kept in the user's cache directory, or in that which
``CROSSHOOK_TEST_CACHE`` names. It is for tests on machines that cannot ask rustup: where it works,
``rustup target add TRIPLE`` is all that is needed.

- The compiler and cargo are Debian's packages ``rustc-web`` and ``cargo-web``, with the libraries
  that they need, for x86-64 Debian 12; ``apt-get`` verifies them by the signature of Debian's
  archive. Building programs for this machine, which build scripts are, also takes a ``cc``.
- The standard library for aarch64 Linux is in Debian's package of that architecture, of the same
  version; for every other target it is built from the source in ``rust-web-src``, offline.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import filelock

from crosshook.errors import CrosshookError, ToolchainError
from crosshook.libraries.apt import Apt, run
from scripts.target_pythons import cache, empty_beside

SOURCES = (
    "deb http://deb.debian.org/debian bookworm main\n"
    "deb http://deb.debian.org/debian-security bookworm-security main\n"
)
PACKAGES = ("rustc-web", "cargo-web", "rust-web-src")
DEBIANS_STANDARD_LIBRARIES = {"aarch64-unknown-linux-gnu": "arm64"}
"""Targets whose standard library is in a Debian package, and the architecture of that."""

OF_THE_SYSTEM = ("libc6", "libc6-dev", "libc-dev-bin", "libcrypt1", "linux-libc-dev")
"""Packages that a compiler needs and that are the system's own: not to be mixed with another's."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("triples", nargs="*", metavar="TRIPLE", help="a Rust target")
    arguments = parser.parse_args()
    try:
        print(rust_for(*arguments.triples))
    except CrosshookError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    return 0


def rust_for(*triples: str) -> Path:
    """Return the directory of a cargo and a rustc that have the standard library for targets.

    :param triples: Rust triples, ``aarch64-unknown-linux-gnu``.
    :raises CrosshookError: if it cannot be had.
    """
    prefix = cache() / "rust-debian-bookworm"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = empty_beside(prefix)
            _unpack_compiler(work, prefix)
            (work / "root").rename(prefix)
            shutil.rmtree(work)
    for triple in triples:
        target = prefix / "usr/lib/rustlib" / triple
        with filelock.FileLock(f"{prefix}-{triple}.lock"):
            if not target.is_dir():
                _add_target(prefix, triple, target)
    return prefix / "bin"


def environment(*triples: str) -> dict[str, str]:
    """Return this process's environment with that cargo first on ``PATH``."""
    path = os.pathsep.join([str(rust_for(*triples)), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path}


def wine_environment() -> dict[str, str]:
    """Return the variables for a Wine that runs programs made with Rust.

    Rust's standard library needs ``bcryptprimitives.dll``, which Wine before 9 lacks. It is made of
    a function of another DLL, in a state directory of its own.
    """
    prefix = cache() / "wine-rust"
    library = prefix / "drive_c/windows/system32/bcryptprimitives.dll"
    with filelock.FileLock(f"{prefix}.lock"):
        if not library.is_file():
            overrides = "mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d"
            own = {"WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": overrides}
            environ = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
            run(["wine", "wineboot", "--init"], cache(), {**environ, **own})
            run(["wineserver", "-w"], cache(), {**environ, **own})
        if not library.is_file():
            source = prefix / "bcryptprimitives.c"
            source.write_text(BCRYPTPRIMITIVES)
            made = prefix / "bcryptprimitives.dll"
            command = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-windows-gnu"]
            command += ["-O2", "-s", "-shared", str(source), "-ladvapi32", "-o", str(made)]
            run(command, prefix, os.environ)
            shutil.move(made, library)
    return {"WINEPREFIX": str(prefix)}


BCRYPTPRIMITIVES = """\
__declspec(dllimport) unsigned char SystemFunction036(void *data, unsigned long size);
__declspec(dllexport) int ProcessPrng(unsigned char *data, unsigned long long size) {
    return SystemFunction036(data, (unsigned long)size);
}
"""


def _add_target(prefix: Path, triple: str, target: Path) -> None:
    work = empty_beside(target)
    library = work / "found" / "lib"
    library.mkdir(parents=True)
    if triple in DEBIANS_STANDARD_LIBRARIES:
        apt = Apt(DEBIANS_STANDARD_LIBRARIES[triple], SOURCES, work)
        version = _output(["rustc", "--version"], prefix).split()[1]
        apt.unpack([f"libstd-rust-web-{version.rpartition('.')[0]}", "libstd-rust-web-dev"])
        found = work / "root/usr/lib/rustlib" / triple / "lib"
        # Since 1.96 the metadata of Debian's libraries is beside them.
        files = [path for path in found.iterdir() if path.suffix in (".rlib", ".rmeta")]
    else:
        files = _build_standard_library(prefix, triple, work)
    if not any(path.name.startswith("libstd-") for path in files):
        raise ToolchainError(f"{triple}: the standard library is not among {files}")
    for path in files:
        shutil.copyfile(path, library / path.name)
    (work / "found").rename(target)
    shutil.rmtree(work)


def _build_standard_library(prefix: Path, triple: str, work: Path) -> list[Path]:
    """Build the standard library from its source and return the files.

    Cargo's ``-Zbuild-std`` does it, for a crate with nothing in it. Bitcode is what link-time
    optimisation of a project needs. ``panic_abort`` has to be compiled as what asks for it is.
    """
    (vendored,) = prefix.glob("usr/src/rustc-*/library/vendor")
    files = {
        "Cargo.toml": (
            'cargo-features = ["profile-rustflags"]\n'
            '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n'
            '[profile.release.package.panic_abort]\nrustflags = ["-Cpanic=abort"]\n'
        ),
        "src/lib.rs": "#![no_std]\n",
        ".cargo/config.toml": (
            '[source.crates-io]\nreplace-with = "vendored"\n'
            f'[source.vendored]\ndirectory = "{vendored}"\n'
        ),
    }
    crate = work / "crate"
    for name, text in files.items():
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text(text, encoding="utf-8")
    command = ["cargo", "build", "--offline", "--release", "-Zbuild-std=std,panic_abort"]
    command += ["--target", triple, "--target-dir", str(work / "target")]
    extra = {"RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": "-Cembed-bitcode=yes"}
    _output(command, prefix, cwd=crate, environ=extra)
    rlibs = (work / "target" / triple / "release" / "deps").glob("*.rlib")
    return [path for path in rlibs if not path.name.startswith("libnothing-")]


def _unpack_compiler(work: Path, prefix: Path) -> None:
    apt = Apt("amd64", SOURCES, work)
    apt.unpack(name for name in apt.needed(PACKAGES) if _is_taken(name))
    programs = work / "root" / "bin"
    programs.mkdir()
    libraries = prefix / "usr/lib/x86_64-linux-gnu"
    for name in ("cargo", "rustc", "rustdoc"):
        launcher = programs / name
        launcher.write_text(
            f"#!/bin/sh\nLD_LIBRARY_PATH={shlex.quote(str(libraries))} "
            f'exec {shlex.quote(str(prefix / "usr/bin" / name))} "$@"\n'
        )
        launcher.chmod(0o755)


def _is_taken(package: str) -> bool:
    """Tell whether a package is needed to run the compiler: of libraries, what is not to build."""
    if package in PACKAGES:
        return True
    return (
        package.startswith("lib")
        and not package.endswith("-dev")
        and (package not in OF_THE_SYSTEM)
    ) or package == "libstd-rust-web-dev"


def _output(
    command: list[str], prefix: Path, *, cwd: Path | None = None, environ: Mapping[str, str] = {}
) -> str:
    path = os.pathsep.join([str(prefix / "bin"), os.environ.get("PATH", os.defpath)])
    # Cargo hands the tests' own settings on to the compiler.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CARGO_", "RUST"))}
    home = {k: v for k, v in os.environ.items() if k == "CARGO_HOME"}
    return run(command, cwd or prefix, {**kept, **home, "PATH": path, **environ})


if __name__ == "__main__":
    sys.exit(main())
