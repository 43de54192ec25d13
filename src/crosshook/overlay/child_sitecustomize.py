"""Installed as ``sitecustomize`` for the Python processes that a cross build starts."""

from __future__ import annotations

import importlib
import importlib.machinery
import json
import os
import re
import sys

_here = os.path.dirname(os.path.abspath(__file__))


def _install() -> None:
    overlay = importlib.import_module("_crosshook_overlay")
    with open(os.path.join(_here, "overlay.json"), encoding="utf-8") as file:
        # As crosshook.overlay.ASKED_LOG.
        log = os.path.join(os.path.dirname(_here), "asked.jsonl")
        overlay.install(json.load(file), log)


def _is_pip() -> bool:
    """Tell whether this process installs something: for the build, which imports it here.

    Before ``__main__`` runs, only the command line says so.
    """
    words = sys.orig_argv[1:]
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "-m":
            return words[:1] == ["pip"]
        if option in ("-W", "-X"):
            words = words[1:]
        elif option[:2] in ("-m", "-c"):
            return option == "-mpip"
    return bool(words and re.search(r"(^|[\\/])pip[\d.]*(\.exe)?$", words[0]))


def _run_the_one_behind() -> None:
    # Only one sitecustomize is imported: the next one on the path (pip's build isolation and
    # coverage have one) would be lost.
    path = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        module = module_from_spec(spec)
        # In place of this one: a package imports its own modules by its name.
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if not _is_pip():
    _install()
_run_the_one_behind()
