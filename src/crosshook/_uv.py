"""The uv that is there: beside crosshook, or on ``PATH``."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping


def find_uv(environ: Mapping[str, str]) -> str | None:
    """Return the path of uv; None if it is not installed.

    :param environ: Its ``PATH`` is looked into where the package ``uv`` is not installed.
    """
    with contextlib.suppress(ImportError):
        import uv

        # It raises where the package is there and its program is not.
        with contextlib.suppress(FileNotFoundError):
            return str(uv.find_uv_bin())
    return shutil.which("uv", path=environ.get("PATH"))
