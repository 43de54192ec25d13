"""A channel of conda packages on this machine: real ones, made here, and its index by rattler."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PLACEHOLDER = "/opt/placehold_placehold_placehold_placehold_placehold_placehold_placehold_placehold"
"""A path that packages have in their files, in place of the prefix that they get into."""


def add_package(
    channel: Path,
    name: str,
    version: str,
    *,
    subdir: str,
    files: Mapping[str, bytes],
    links: Mapping[str, str] | None = None,
    depends: Sequence[str] = (),
) -> Path:
    """Write ``NAME-VERSION-0.tar.bz2`` into a channel; return it."""
    links = links or {}
    index = {
        "name": name,
        "version": version,
        "build": "0",
        "build_number": 0,
        "subdir": subdir,
        "depends": list(depends),
        "license": "Zlib",
    }
    paths = [_file(path, content) for path, content in files.items()]
    paths += [{"_path": path, "path_type": "softlink"} for path in links]
    members = {
        "info/index.json": json.dumps(index).encode(),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
        "info/files": "".join(f"{path}\n" for path in (*files, *links)).encode(),
        "info/licenses/LICENSE": f"the licence of {name}\n".encode(),
        **files,
    }
    place = channel / subdir / f"{name}-{version}-0.tar.bz2"
    place.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(place, "w:bz2") as archive:
        for path, content in members.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for path, leads_to in links.items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, leads_to
            archive.addfile(member)
    return place


def _file(path: str, content: bytes) -> Mapping[str, object]:
    entry: dict[str, object] = {
        "_path": path,
        "path_type": "hardlink",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_in_bytes": len(content),
    }
    if PLACEHOLDER.encode() in content:
        mode = "binary" if b"\0" in content else "text"
        entry |= {"prefix_placeholder": PLACEHOLDER, "file_mode": mode}
    return entry


def write_index(channel: Path) -> None:
    """Write ``repodata.json`` of each subdir."""
    from rattler.index import index_fs

    (channel / "noarch").mkdir(exist_ok=True)
    asyncio.run(index_fs(channel, write_zst=False, write_shards=False))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@contextlib.contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a directory on loopback meanwhile; yield its URL."""
    handler = functools.partial(_Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
