"""Where sdists are looked for: the settings that pip would use.

People have told pip once where their packages come from; nobody should have to tell crosshook
again. ``pip config list`` knows every file and its rank, so pip is asked rather than imitated.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crosshook._redact import redact
from crosshook.errors import UsageError
from crosshook.frontend import modules
from crosshook.frontend.sources._archive import USUAL_LIMIT, read_limit

PYPI = "https://pypi.org/simple/"

_LINE = re.compile(r"(?P<section>[^\s=]+?)\.(?P<key>[a-z0-9-]+)=(?P<value>'.*'|\".*\")")
# `pip download` reads its own section over [global]; the environment is over both.
_SECTIONS = ("global", "download", ":env:")
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}
_TRUE = ("y", "yes", "t", "true", "on", "1")
_FALSE = ("n", "no", "f", "false", "off", "0")
_DEFAULT_TIMEOUT = 15.0
_NO_PIP = "No module named pip"


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexSettings:
    """pip's settings, as far as they say where an sdist comes from and how it is fetched."""

    index_urls: tuple[str, ...] = (PYPI,)
    """The index and the extra ones; none with ``no-index``."""
    find_links: tuple[str, ...] = ()
    """URLs and paths of pages, directories and files."""
    trusted_hosts: tuple[str, ...] = ()
    pre: bool = False
    timeout: float = _DEFAULT_TIMEOUT
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    largest_file: int = USUAL_LIMIT
    """Bytes that an sdist may have; pip has no such setting."""


def read_pip_settings(
    *, environ: Mapping[str, str], python: str, report: Callable[[str], None]
) -> IndexSettings:
    """Return the settings that ``python -m pip download`` would use.

    Without pip the ``PIP_*`` variables alone count, and ``report`` is told so.

    :raises UsageError: if pip cannot read its configuration, or a value makes no sense.
    """
    listed = _config_list(environ=environ, python=python)
    if listed is None:
        report(f"{python} has no pip: pip's configuration files are not read, only PIP_* variables")
        values = _from_environ(environ)
    else:
        values = _merge(listed)
    return _settings(values, environ)


_SAME_WITHOUT = {
    *("cache-dir", "config-file", "default-timeout", "disable-pip-version-check", "no-color"),
    *("no-input", "progress-bar", "quiet", "retries", "root-user-action", "timeout", "verbose"),
}
"""Settings that change nothing in what is installed, or from where."""


def told_of_packages(environ: Mapping[str, str], python: str) -> tuple[str, ...]:
    """Return settings of pip that change what it installs, or from where: their keys, sorted.

    Those of the environment; where there are none, those of files, for which pip is asked.

    :raises UsageError: if pip cannot read its configuration.
    """
    told = _from_environ(environ).keys() - _SAME_WITHOUT
    if not told:
        listed = _config_list(environ=environ, python=python) or {}
        told = _merge(listed).keys() - _SAME_WITHOUT
    return tuple(sorted(told))


def _config_list(*, environ: Mapping[str, str], python: str) -> dict[tuple[str, str], str] | None:
    """Return section and key to value, or None if there is no pip to ask."""
    output = _run_pip("list", environ=environ, python=python)
    if output is None:
        return None
    values: dict[tuple[str, str], str] = {}
    for line in output.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            continue
        place = (match["section"], match["key"])
        value = str(ast.literal_eval(match["value"]))
        if values.get(place, value) != value:
            # Newer pips print every file, sorted by file name: only pip knows which one wins.
            answer = _run_pip("get", ".".join(place), environ=environ, python=python)
            value = value if answer is None else answer.strip()
        values[place] = value
    return values


def _run_pip(*arguments: str, environ: Mapping[str, str], python: str) -> str | None:
    # A `quiet` among the settings would silence the answer too, a `verbose` would clutter it.
    level = {"PIP_QUIET": "0", "PIP_VERBOSE": "0"}
    extra = {"PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            [*modules.run(python, "pip"), "config", *arguments],
            env={**environ, **level, **extra},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=120,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{python}: pip cannot be asked for its settings: {error}") from error
    if done.returncode == 0:
        return done.stdout
    if _NO_PIP in done.stderr:
        return None
    raise UsageError(
        f"{python}: pip cannot read its settings",
        hint=f"see what `{python} -m pip config debug` says",
        detail=redact(done.stderr.strip()) or None,
    )


def _merge(listed: Mapping[tuple[str, str], str]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for section in _SECTIONS:
        for (where, key), value in listed.items():
            if where == section and value:  # pip takes an empty value for none
                merged[_ALIASES.get(key, key)] = value
    return merged


def _from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    prefix = "PIP_"
    return _merge(
        {
            (":env:", name.removeprefix(prefix).lower().replace("_", "-")): value
            for name, value in environ.items()
            if name.startswith(prefix)
        }
    )


def _settings(values: Mapping[str, str], environ: Mapping[str, str]) -> IndexSettings:
    indexes: tuple[str, ...] = ()
    if not _boolean(values, "no-index"):
        main = values.get("index-url", PYPI).strip()
        indexes = tuple(
            dict.fromkeys(_index_url(u) for u in (main, *_words(values, "extra-index-url")))
        )
    # requests, which pip fetches with, reads these two where pip's own setting is not given.
    cert = values.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    return IndexSettings(
        index_urls=indexes,
        find_links=tuple(_words(values, "find-links")),
        trusted_hosts=tuple(_words(values, "trusted-host")),
        pre=_boolean(values, "pre"),
        timeout=_seconds(values, "timeout"),
        cert=_existing(cert, "cert"),
        client_cert=_existing(values.get("client-cert"), "client-cert"),
        proxy=_proxy(values.get("proxy")),
        largest_file=read_limit(environ),
    )


def _words(values: Mapping[str, str], key: str) -> Iterator[str]:
    """Split a list as pip does: a line for each or all on one, so no path may hold a blank."""
    yield from values.get(key, "").split()


def _index_url(text: str) -> str:
    """Return a URL for an index, which may be given as a directory."""
    if "://" in text or not Path(text).is_dir():
        return text
    return Path(text).absolute().as_uri()


def _boolean(values: Mapping[str, str], key: str) -> bool:
    text = values.get(key, "false").strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise _bad(key, text, "true or false")
    return text in _TRUE


def _seconds(values: Mapping[str, str], key: str) -> float:
    text = values.get(key)
    if text is None:
        return _DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        raise _bad(key, text, "a number of seconds") from None
    if not 0 < seconds < float("inf"):
        raise _bad(key, text, "a number of seconds")
    return seconds


def _existing(path: str | None, key: str) -> str | None:
    if path is None:
        return None
    expanded = os.path.expanduser(path)
    if not Path(expanded).exists():
        raise _bad(key, path, "an existing file")
    return expanded


def _proxy(text: str | None) -> str | None:
    if text is None or "://" in text:
        return text
    return f"http://{text}"


def _bad(key: str, value: str, expected: str) -> UsageError:
    return UsageError(
        f"pip's setting {key}: {redact(value)!r} is not {expected}",
        hint="`pip config debug` shows which file or variable it comes from",
    )
