"""What users of uv have said of indexes, in the words of pip, which is asked and run here.

uv's variables, and ``[tool.uv]`` of the user's own project. Where both are set, pip's index comes
first, and its directories are beside uv's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosshook.project import Project

_INDEX, _EXTRA, _LINKS = "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"


def with_uv_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables with what uv's say of indexes among pip's."""
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or ""
    extra = [
        *environ.get("UV_INDEX", "").split(),
        *environ.get("UV_EXTRA_INDEX_URL", "").split(),
    ]
    links = [part for part in environ.get("UV_FIND_LINKS", "").split(",") if part]
    return _with(environ, _url(default), [_url(one) for one in extra], links)


def with_uv_table(environ: Mapping[str, str], project: Project) -> dict[str, str]:
    """Return environment variables with what a project's ``[tool.uv]`` says among them.

    :param project: The user's own: an sdist does not say where a build looks for packages.
    """
    table = project.tool("uv")
    listed = table.get("index", [])
    indexes = [one for one in listed if isinstance(one, Mapping) and not one.get("explicit")]
    default = [str(one["url"]) for one in indexes if one.get("default") and "url" in one]
    others = [str(one["url"]) for one in indexes if not one.get("default") and "url" in one]
    named = table.get("index-url")
    return _with(
        environ,
        next(iter(default), named if isinstance(named, str) else ""),
        [*others, *_texts(table.get("extra-index-url"))],
        [_below(project, link) for link in _texts(table.get("find-links"))],
    )


def _with(
    environ: Mapping[str, str], index: str, extra: list[str], links: list[str]
) -> dict[str, str]:
    changed = dict(environ)
    if index and not environ.get(_INDEX):
        changed[_INDEX] = index
    for name, more in ((_EXTRA, extra), (_LINKS, links)):
        words = [*environ.get(name, "").split(), *more]
        if more:
            changed[name] = " ".join(dict.fromkeys(words))
    return changed


def _url(text: str) -> str:
    """Return a URL without the name that uv lets stand before it: ``internal=https://...``."""
    name, _, url = text.partition("=")
    return url if "://" in url and "://" not in name else text


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _below(project: Project, link: str) -> str:
    return link if "://" in link else str(project.root / link)
