"""The HTTP client for package indexes and sdists: what a server sends has an end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
from unearth.fetchers import PyPIClient

_LARGEST_PAGE = 40 << 20
"""Bytes of an index page; those of the largest projects on PyPI have less than half of that."""
_PAGE_SECONDS = 300


class TooLarge(httpx2.HTTPError):
    """A server sends more than it may, or for longer."""


class LimitedClient(PyPIClient):
    """A client that takes pages up to a size and a time, and files up to a size.

    :param largest_file: In bytes.
    """

    def __init__(self, *, largest_file: int, **options: Any) -> None:
        super().__init__(headers={"Accept-Encoding": "gzip, deflate"}, **options)
        self._largest_file = largest_file

    def get(self, url: httpx2.URL | str, **options: Any) -> httpx2.Response:
        """Return the response to a request for a page, read to its end."""
        until = time.monotonic() + _PAGE_SECONDS
        with self.stream("GET", url, **options) as response:
            _check_encoding(response)
            chunks, size = [], 0
            for chunk in response.iter_bytes(1 << 16):
                chunks.append(chunk)
                size += len(chunk)
                if size > _LARGEST_PAGE:
                    raise TooLarge(f"a page of more than {_LARGEST_PAGE} bytes")
                if time.monotonic() > until:
                    raise TooLarge(f"a page that takes more than {_PAGE_SECONDS} seconds")
            kept = response.headers.multi_items()
            headers = [(k, v) for k, v in kept if k.lower() not in _ABOUT_THE_TRANSFER]
            return httpx2.Response(
                response.status_code,
                headers=headers,
                content=b"".join(chunks),
                request=response.request,
                history=response.history,
            )

    @contextlib.contextmanager
    def get_stream(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx2.Response]:
        """Send a request for a file, and yield the response before its content is read."""
        with super().get_stream(url, headers=headers) as response:
            _check_encoding(response)
            whole = response.iter_bytes

            def limited(chunk_size: int | None = None) -> Iterator[bytes]:
                size = 0
                for chunk in whole(chunk_size):
                    size += len(chunk)
                    if size > self._largest_file:
                        raise TooLarge(f"a file of more than {self._largest_file} bytes")
                    yield chunk

            response.iter_bytes = limited  # type: ignore[method-assign]
            yield response


def _check_encoding(response: httpx2.Response) -> None:
    """Check that a little of what is sent cannot become very much of it at once."""
    encodings = response.headers.get("Content-Encoding", "identity").split(",")
    for encoding in (text.strip().lower() for text in encodings):
        if encoding not in ("identity", "gzip", "x-gzip", "deflate", ""):
            raise TooLarge(f"what is compressed by {encoding!r}, which it was not asked for")


_ABOUT_THE_TRANSFER = ("content-encoding", "content-length", "transfer-encoding")
