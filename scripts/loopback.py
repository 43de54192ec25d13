"""A server on the loopback interface that has archives, as the real ones serve them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """What is served, and what was asked for."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    """By path."""
    ranges: bool = True
    cut_off: int | None = None
    """Bytes after which the next answer breaks off."""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and ``Range`` of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add_nuget(self, package: str, version: str, content: bytes) -> None:
        """Serve a package as NuGet's API has it."""
        name = f"{package}.{version}.nupkg"
        digest = hashlib.sha512(content).digest()
        self.add_json(
            "/v3/index.json",
            {
                "version": "3.0.0",
                "resources": [
                    {"@id": f"{self.url}/flat/", "@type": "PackageBaseAddress/3.0.0"},
                    {"@id": f"{self.url}/old/", "@type": "RegistrationsBaseUrl"},
                    {"@id": f"{self.url}/reg/", "@type": "RegistrationsBaseUrl/3.6.0"},
                    {"@id": f"{self.url}/search", "@type": "SearchQueryService"},
                ],
            },
        )
        listed = f"/flat/{package}/index.json"
        known = json.loads(self.files.get(listed, b'{"versions": []}'))["versions"]
        self.add_json(listed, {"versions": [*known, version]})
        self.files[f"/flat/{package}/{version}/{name}"] = content
        catalog = f"/catalog/{name}.json"
        self.add_json(f"/reg/{package}/{version}.json", {"catalogEntry": f"{self.url}{catalog}"})
        self.add_json(
            catalog,
            {
                "packageHash": base64.b64encode(digest).decode(),
                "packageHashAlgorithm": "SHA512",
                "packageSize": len(content),
            },
        )

    def add_json(self, path: str, data: object) -> None:
        self.files[path] = json.dumps(data).encode()


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Run a server for a while."""
    served = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            served.requests.append((self.path, wanted))
            content = served.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = 0
            if wanted and served.ranges:
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
                if start >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end, served.cut_off = served.cut_off, None
            self.wfile.write(content[start:] if end is None else content[start : start + end])

        def log_message(self, *arguments: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        served.port = http.server_address[1]
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            http.shutdown()
            thread.join()
