"""Sdists made on the spot, and a package index on the loopback interface to serve them."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import threading
import venv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PYPROJECT = b'[build-system]\nrequires = []\nbuild-backend = "backend"\n'


def tar_gz(members: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    """A .tar.gz of files by name; a TarInfo stands for a member without content."""
    tar_bytes = io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return gzip.compress(tar_bytes.getvalue(), mtime=0)


def sdist(name: str, version: str) -> bytes:
    top = f"{name}-{version}"
    return tar_gz({f"{top}/pyproject.toml": PYPROJECT, f"{top}/PKG-INFO": version.encode()})


@dataclass
class Served:
    """One file of the index."""

    content: bytes
    sha256: str | None
    requires_python: str | None = None
    yanked: str | bool = False


@dataclass
class Index:
    """What the server offers; changed by the tests, read by its threads."""

    port: int = 0
    projects: dict[str, dict[str, Served]] = field(default_factory=dict)
    html: bool = False
    credentials: tuple[str, str] | None = None
    status: int | None = None
    body: bytes | None = None
    body_type: str = "application/vnd.pypi.simple.v1+json"
    encoding: str | None = None
    """``Content-Encoding`` of :attr:`body`."""
    endless: bool = False
    cut: bool = False
    requested: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple/"

    @property
    def url_with_credentials(self) -> str:
        assert self.credentials is not None
        return self.url.replace("://", "://{}:{}@".format(*self.credentials))

    def add(
        self,
        filename: str,
        content: bytes | None = None,
        *,
        sha256: str | None = "",
        requires_python: str | None = None,
        yanked: str | bool = False,
    ) -> None:
        name, version = filename.split("-")[0:2]
        version = version.removesuffix(".tar.gz")
        content = sdist(name, version) if content is None else content
        self.projects.setdefault(name, {})[filename] = Served(
            content=content,
            sha256=hashlib.sha256(content).hexdigest() if sha256 == "" else sha256,
            requires_python=requires_python,
            yanked=yanked,
        )

    def as_json(self, project: str) -> bytes:
        files = []
        for filename, served in self.projects[project].items():
            entry: dict[str, object] = {"filename": filename, "url": f"/files/{project}/{filename}"}
            entry["hashes"] = {"sha256": served.sha256} if served.sha256 else {}
            entry["yanked"] = served.yanked
            if served.requires_python:
                entry["requires-python"] = served.requires_python
            files.append(entry)
        meta = {"api-version": "1.1"}
        return json.dumps({"meta": meta, "name": project, "files": files}).encode()

    def as_html(self, project: str) -> bytes:
        lines = []
        for filename, served in self.projects[project].items():
            fragment = f"#sha256={served.sha256}" if served.sha256 else ""
            more = ""
            if served.requires_python:
                escaped = served.requires_python.replace(">", "&gt;").replace("<", "&lt;")
                more += f' data-requires-python="{escaped}"'
            if served.yanked:
                more += f' data-yanked="{served.yanked}"'
            href = f"../../files/{project}/{filename}{fragment}"
            lines.append(f'<a href="{href}"{more}>{filename}</a>')
        return b"<!DOCTYPE html>\n" + "\n".join(lines).encode()


class _Handler(BaseHTTPRequestHandler):
    index: Index

    def do_GET(self) -> None:
        index = self.index
        index.requested.append(self.path)
        if index.credentials is not None:
            wanted = base64.b64encode(":".join(index.credentials).encode()).decode()
            if self.headers.get("Authorization") != f"Basic {wanted}":
                self._answer(401, b"")
                return
        parts = self.path.strip("/").split("/")
        if parts[0] == "simple" and index.status is not None:
            self._answer(index.status, b"", "text/html")
        elif parts[0] == "simple" and index.body is not None:
            self._answer(200, index.body, index.body_type)
        elif parts[0] == "simple" and parts[-1] in index.projects:
            if index.html:
                self._answer(200, index.as_html(parts[-1]), "text/html")
            else:
                page = index.as_json(parts[-1])
                self._answer(200, page, "application/vnd.pypi.simple.v1+json")
        elif parts[0] == "files" and parts[2] in index.projects[parts[1]]:
            self._answer(200, index.projects[parts[1]][parts[2]].content)
        else:
            self._answer(404, b"", "text/html")

    def _answer(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.index.endless:
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                while True:
                    self.wfile.write(b" " * 65536)
        if self.index.encoding is not None and body is self.index.body:
            self.send_header("Content-Encoding", self.index.encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = self.index.cut and kind == "application/octet-stream"
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def make_index() -> Iterator[Callable[[], Index]]:
    servers = []

    def make() -> Index:
        index = Index()
        handler = type("Handler", (_Handler,), {"index": index})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return index

    yield make
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def index(make_index: Callable[[], Index]) -> Index:
    return make_index()


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own proxies, passwords and certificates."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment without pip settings; the null device keeps pip from its files."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        kept.pop(name, None)
    return {**kept, "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}


@pytest.fixture(scope="session")
def python_without_pip(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("bare") / "env"
    venv.create(place, with_pip=False, symlinks=sys.platform != "win32")
    if sys.platform == "win32":
        return str(place / "Scripts" / "python.exe")
    return str(place / "bin" / "python")
