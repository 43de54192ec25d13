"""Download a file whose digest is known: verified, resumed where it was cut off."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2

from crosshook import _files
from crosshook._types import Reporter
from crosshook.errors import TargetPythonError

Unpack = Callable[[Path, str, Path], None]
"""Unpacks an archive of a file name into a directory."""

_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """A file on the network."""

    url: str
    name: str
    """Its file name."""
    algorithm: str
    """Of the digest, as :mod:`hashlib` names it."""
    digest: str
    """In hexadecimal."""


def download(remote: Remote, directory: Path, client: httpx2.Client, reporter: Reporter) -> Path:
    """Download a file into a directory and return its path; nothing is there under that name before
    it is verified.

    What a download that was cut off has left is taken up again.

    :raises TargetPythonError: if it cannot be fetched, or is another than was promised.
    """
    reporter.step(f"downloading {remote.url}")
    part = directory / f"{remote.name}.part"
    if os.path.lexists(part) and (part.is_symlink() or not part.is_file()):
        _files.remove(part)
    begun = part.is_file() and part.stat().st_size > 0
    _transfer(remote, part, client, reporter)
    found = _digest(part, remote.algorithm)
    if found != remote.digest and begun:
        # What was there before may have been the beginning of something else.
        part.unlink()
        _transfer(remote, part, client, reporter)
        found = _digest(part, remote.algorithm)
    if found != remote.digest:
        _files.remove(part)
        raise TargetPythonError(
            f"{remote.url}: its {remote.algorithm} is {found}, {remote.digest} was expected",
            hint="try again; if it stays so, the file was exchanged or a proxy alters it",
        )
    archive = directory / remote.name
    if archive.is_dir():
        _files.remove(archive)
    return part.replace(archive)


def _transfer(remote: Remote, part: Path, client: httpx2.Client, reporter: Reporter) -> None:
    """Download the rest of a file, or all of it if the server does not serve parts."""
    have = part.stat().st_size if part.is_file() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with client.stream("GET", remote.url, headers=headers) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # Nothing is missing; the digest will tell.
                return
            response.raise_for_status()
            resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
            length = response.headers.get("Content-Length")
            before = have if resumed else 0
            total = before + int(length) if length else None
            with (
                part.open("ab" if resumed else "wb") as file,
                reporter.progress(remote.name, total) as advance,
            ):
                advance(before)
                for chunk in response.iter_raw():
                    file.write(chunk)
                    advance(len(chunk))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise network_error(remote.url, error) from None
    except OSError as error:
        raise _files.failure(error) from None


def network_error(url: str, error: Exception) -> TargetPythonError:
    """Return what to raise for a request that failed."""
    if isinstance(error, httpx2.HTTPStatusError):
        why = f"HTTP {error.response.status_code} {error.response.reason_phrase}".strip()
    else:
        why = str(error) or type(error).__name__
    return TargetPythonError(
        f"{url}: cannot be fetched: {why}",
        hint="without the network: --target-python PREFIX, or leave --python-source out",
    )


def _digest(file: Path, algorithm: str) -> str:
    found = hashlib.new(algorithm, usedforsecurity=False)
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
