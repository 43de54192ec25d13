"""Fetching a project's sdist from where pip would look for it.

``unearth`` reads the indexes (PEP 503, PEP 691, links pages, directories), logs in, downloads and
checks hashes. It is asked for every file of the project; which of them is built is decided here,
because only then can the reason be told why none is. ``pip download`` would not do: it runs the
backend to learn a dependency list that nobody here needs, and some backends compile for that.
"""

from __future__ import annotations

import logging
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx2
from packaging.requirements import Requirement
from unearth import HashMismatchError, Link, Package, PackageFinder, UnpackError
from unearth.auth import MultiDomainBasicAuth
from unearth.collector import is_secure_origin
from unearth.fetchers import Fetcher

from crosshook._redact import redact
from crosshook.errors import SourceError, UsageError
from crosshook.frontend.sources._archive import LIMIT_VARIABLE
from crosshook.frontend.sources._choose import choose, newest
from crosshook.frontend.sources._client import LimitedClient, TooLarge
from crosshook.frontend.sources._pip_settings import IndexSettings

# Its warnings repeat what is raised here, and reach stderr when nobody has set up logging.
logging.getLogger("unearth").addHandler(logging.NullHandler())

_STRONGEST_FIRST = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")
# What an index answers for a project that it does not have; object stores say 403.
_NOT_THERE = (403, 404, 410)
_PAGE_TYPES = ("text/html", "application/vnd.pypi.simple.v1+")
_CREDENTIALS_HINT = (
    "give credentials as pip takes them: in the index URL, in .netrc or through keyring"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A file that was fetched, or found on this machine."""

    path: Path
    url: str
    """Without credentials."""
    version: str | None
    """None where a URL was given instead of a version."""


@dataclass(kw_only=True, slots=True)
class _Answer:
    """The last response of a server, redirects followed: the finder drops what was no success."""

    url: str = ""
    status: int = 0
    content_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Session:
    client: Fetcher
    answer: _Answer
    report: Callable[[str], None]

    @property
    def finder(self) -> PackageFinder:
        # For any Python and any platform: wheels are of interest only in the reasons.
        return PackageFinder(session=self.client, ignore_compatibility=True)


def fetch_sdist(
    requirement: Requirement,
    into: Path,
    *,
    settings: IndexSettings,
    python_version: tuple[int, int],
    report: Callable[[str], None],
) -> Fetched:
    """Fetch the newest sdist that a requirement without a URL allows.

    :raises SourceError: if there is none, with the reason; if an index cannot be reached; if the
        file does not have the hash that the index gives for it.
    """
    asked = redact(str(requirement))
    sources = _find_links(settings, report) + [(url, "index") for url in settings.index_urls]
    if not sources:
        raise SourceError(
            f"{asked}: nowhere to look: pip's no-index is set, without find-links",
            hint="give the path of an sdist or a directory instead",
        )
    with _session(settings, report) as session:
        found: list[Package] = []
        for url, kind in sources:
            found += _packages(session, url, kind, requirement.name)
        package = choose(
            found,
            requirement,
            python_version=python_version,
            pre=settings.pre,
            looked_in=tuple(redact(url) for url, _ in sources),
        )
        latest = newest(found, requirement.specifier, pre=settings.pre)
        if latest is not None and latest.version != package.version and latest.link.is_wheel:
            report(
                f"{asked}: {latest.version} is there as wheels only, "
                f"so {package.version} is built, the newest with an sdist"
            )
        path = _download(session, package.link, into)
    return Fetched(path=path, url=redact(package.link.url), version=package.version)


def fetch_url(
    url: str, into: Path, *, settings: IndexSettings, report: Callable[[str], None]
) -> Fetched:
    """Fetch the file or find the directory that a URL names.

    :raises SourceError: if it cannot be had, or does not have the hash in the URL's fragment.
    """
    with _session(settings, report) as session:
        path = _download(session, Link(url), into)
    return Fetched(path=path, url=redact(url), version=None)


@contextmanager
def _session(settings: IndexSettings, report: Callable[[str], None]) -> Iterator[_Session]:
    answer = _Answer()

    def note(response: httpx2.Response) -> None:
        answer.url = redact(str(response.url))
        answer.status = response.status_code
        answer.content_type = response.headers.get("Content-Type", "")

    insecure = {}
    if settings.proxy:
        # unearth's own transports for trusted hosts would go past the proxy.
        insecure = {
            f"all://{host}": httpx2.HTTPTransport(verify=False, proxy=settings.proxy)
            for host in settings.trusted_hosts
        }
    try:
        client = LimitedClient(
            largest_file=settings.largest_file,
            trusted_hosts=settings.trusted_hosts,
            verify=_ssl_context(settings),
            timeout=settings.timeout,
            follow_redirects=True,
            proxy=settings.proxy,
            mounts=insecure,
            event_hooks={"response": [note]},
        )
    except (ValueError, httpx2.InvalidURL) as error:
        raise UsageError(
            f"pip's settings for the network are wrong: {redact(str(error))}"
        ) from None
    # Nobody may be there to answer a prompt for a password.
    client.auth = MultiDomainBasicAuth(prompting=False, index_urls=settings.index_urls)
    with client:
        # unearth's own client does not quite fit unearth's protocol for clients (the URL's type).
        yield _Session(client=cast(Fetcher, client), answer=answer, report=report)


def _ssl_context(settings: IndexSettings) -> ssl.SSLContext | bool:
    if settings.cert is None and settings.client_cert is None:
        return True
    try:
        if settings.cert is None:
            context = ssl.create_default_context()
        elif Path(settings.cert).is_dir():
            context = ssl.create_default_context(capath=settings.cert)
        else:
            context = ssl.create_default_context(cafile=settings.cert)
        if settings.client_cert is not None:
            context.load_cert_chain(settings.client_cert)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(f for f in (settings.cert, settings.client_cert) if f)
        raise UsageError(f"pip's settings cert, client-cert: {files}: {error}") from error
    return context


def _find_links(settings: IndexSettings, report: Callable[[str], None]) -> list[tuple[str, str]]:
    sources = []
    for place in settings.find_links:
        expanded = place if "://" in place else os.path.expanduser(place)
        if "://" in place or Path(expanded).exists():
            sources.append((expanded, "find_links"))
        else:
            report(f"pip's setting find-links: {place} does not exist, not looked at")
    return sources


def _packages(session: _Session, url: str, kind: str, name: str) -> list[Package]:
    """Return all files that one index or links page has for a project."""
    shown = redact(url)
    session.answer.status = 0
    place = urlsplit(url)
    remote = place.scheme in ("http", "https")
    if remote and not is_secure_origin(session.client, Link(url)):
        raise SourceError(
            f"{shown}: refused: it is not https, and pip's trusted-host does not name it",
            hint=f"use https, or set PIP_TRUSTED_HOST={place.hostname}",
        )
    finder = session.finder
    finder.sources = [{"url": url, "type": kind}]
    with _network_errors(shown):
        try:
            packages = list(finder.find_all_packages(name, allow_yanked=True))
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            raise SourceError(
                f"{shown}: what it says of {name} cannot be understood: {redact(str(error))}",
                hint="is this a package index (PEP 503 or PEP 691)? see `pip config list`",
            ) from error
    if remote and kind == "index":
        _judge(session, shown, name)
    return packages


def _judge(session: _Session, index: str, name: str) -> None:
    """Refuse to go on when an index did not say what it has.

    pip goes on to the next index. But a build must not take a stranger's project of that name
    from a public index because the private one is down.
    """
    answer = session.answer
    if answer.status in _NOT_THERE:
        if answer.status == 403:
            session.report(f"{index}: answered 403 (forbidden) for {name}, taken for: not there")
        return
    if answer.status == 401:
        raise SourceError(f"{index}: needs credentials (HTTP 401)", hint=_CREDENTIALS_HINT)
    if answer.status != 200:
        raise SourceError(
            f"{index}: could not be asked for {name}: HTTP {answer.status}", hint="try again later"
        )
    if not answer.content_type.lower().startswith(_PAGE_TYPES):
        raise SourceError(
            f"{index}: is no package index: it answers with {answer.content_type or 'no type'!r}",
            hint="see `pip config list`; the URL of PyPI's index ends in /simple/",
        )


def _download(session: _Session, link: Link, into: Path) -> Path:
    """Return the local path of a link's file, its hash checked; downloads get their name last."""
    shown = redact(link.url)
    session.answer.status = 0
    if not link.is_file:
        session.report(f"downloading {shown}")
    into.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="download-", dir=into))
    try:
        with _network_errors(shown):
            path = session.finder.download(link, place, hashes=_hashes(link))
            return path if link.is_file else path.replace(into / path.name)
    except HashMismatchError as error:
        raise SourceError(
            f"{shown}: refused: its hash is not the one that the index or the URL gives",
            hint="try again; if it stays so, the file was exchanged or a proxy alters it",
            detail=redact(str(error)),
        ) from None
    except UnpackError as error:
        status = session.answer.status
        if status == 401:
            raise SourceError(
                f"{shown}: needs credentials (HTTP 401)", hint=_CREDENTIALS_HINT
            ) from None
        what = f"HTTP {status}" if status >= 400 else redact(str(error))
        raise SourceError(
            f"{shown}: could not be downloaded: {what}", hint="try again later"
        ) from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _hashes(link: Link) -> dict[str, list[str]] | None:
    """Return the strongest hash only: unearth is content when any one of several is right."""
    known = link.hash_option or {}
    for algorithm in _STRONGEST_FIRST:
        if algorithm in known:
            return {algorithm: [str(digest).lower() for digest in known[algorithm]]}
    if known:
        raise SourceError(
            f"{redact(link.url)}: refused: its hash is by {', '.join(map(repr, sorted(known)))}, "
            "which crosshook cannot check",
            hint=f"an index or a URL that gives one of {', '.join(_STRONGEST_FIRST)}",
        )
    return None


@contextmanager
def _network_errors(shown: str) -> Iterator[None]:
    try:
        yield
    except httpx2.TimeoutException as error:
        raise SourceError(
            f"{shown}: no answer in time",
            hint="try again, or set PIP_DEFAULT_TIMEOUT to more seconds",
        ) from error
    except TooLarge as error:
        raise SourceError(
            f"{shown}: refused: the server sends {error}",
            hint=f"a larger sdist may be meant: {LIMIT_VARIABLE}=BYTES; or give its directory",
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        # Certificates come out as connection errors too, so the text has to stay.
        what = redact(str(error)) or type(error).__name__
        raise SourceError(
            f"{shown}: cannot be read: {what}",
            hint="check the network and pip's settings (`pip config list`)",
        ) from error
