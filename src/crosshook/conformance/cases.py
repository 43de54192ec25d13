"""What a frontend has to do with each of the backends in :mod:`odd_backend`."""

from __future__ import annotations

from dataclasses import dataclass

TAG = "manylinux_2_28_aarch64"
"""The target of every case; a wheel platform tag."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A backend, and what a frontend that conforms does with it."""

    backend: str
    """Its name in ``odd_backend``."""
    about: str
    delivers: bool | None
    """Whether there is a wheel in the end; None where the frontend may choose."""
    calls: tuple[str, ...] = ()
    """Hooks that are called."""
    spares: tuple[str, ...] = ()
    """Hooks that are not called."""
    says: str | None = None
    """What is in its output if there is no wheel: the tag or the file that is at fault."""


_NATIVE = ("build_wheel", "get_requires_for_build_wheel")
_CROSS = ("cross_build_wheel",)
_MODULE = "demo/_core."

CASES = (
    Case(backend="no_hook", about="no hook, a pure wheel", delivers=None),
    Case(
        backend="no_hook_native",
        about="no hook, a wheel for the build machine",
        delivers=False,
        says=_MODULE,
    ),
    Case(
        backend="no_hook_hidden_code",
        about="no hook, an object file in a wheel that says it is pure",
        delivers=False,
        says="demo/data.bin",
    ),
    Case(
        backend="no_hook_not_purelib",
        about="no hook, tagged `any`, but not `Root-Is-Purelib`",
        delivers=False,
        says="Root-Is-Purelib",
    ),
    Case(
        backend="no_hook_platform_tag",
        about="no hook, a pure wheel tagged for the target",
        delivers=False,
        says=f"py3-none-{TAG}",
    ),
    Case(
        backend="no_hook_other_python",
        about="no hook, a pure wheel for Python 2",
        delivers=False,
        says="py2-none-any",
    ),
    Case(
        backend="honest",
        about="a wheel for the target",
        delivers=True,
        calls=_CROSS,
        spares=_NATIVE,
    ),
    Case(
        backend="honest_and_pure",
        about="a pure wheel by the hook",
        delivers=True,
        calls=_CROSS,
        spares=_NATIVE,
    ),
    Case(
        backend="prints",
        about="junk on stdout, and a wheel for the target",
        delivers=True,
        calls=_CROSS,
    ),
    Case(
        backend="other_tag",
        about="the build machine's tag",
        delivers=False,
        calls=_CROSS,
        says="linux_x86_64",
    ),
    Case(
        backend="other_machine",
        about="the target's tag, the build machine's code",
        delivers=False,
        calls=_CROSS,
        says=_MODULE,
    ),
    Case(
        backend="other_suffix",
        about="a module named for the build machine",
        delivers=False,
        calls=_CROSS,
        says=_MODULE,
    ),
    Case(
        backend="no_code",
        about="the target's tag, no object file",
        delivers=False,
        calls=_CROSS,
        says=TAG,
    ),
    Case(
        backend="hidden_code",
        about="an object file in a wheel that says it is pure",
        delivers=False,
        calls=_CROSS,
        says="demo/data.bin",
    ),
    Case(
        backend="nested_code",
        about="an object file in a zip archive in a wheel that says it is pure",
        delivers=False,
        calls=_CROSS,
        says="demo/data.zip",
    ),
    Case(
        backend="other_python",
        about="`Requires-Python: <3`",
        delivers=False,
        calls=_CROSS,
        says="Requires-Python",
    ),
    Case(
        backend="two_wheels",
        about="a wheel for the target, and beside it one that it does not return",
        delivers=True,
        calls=_CROSS,
    ),
    Case(
        backend="ends",
        about="a wheel for the target, then `sys.exit(0)`",
        delivers=False,
        calls=_CROSS,
    ),
    Case(
        backend="dies",
        about="a wheel for the target, then `os._exit(0)`",
        delivers=False,
        calls=_CROSS,
    ),
    Case(
        backend="refuses",
        about="raises UnsupportedTarget; `build_wheel` would do",
        delivers=False,
        calls=_CROSS,
        spares=_NATIVE,
        says="not that one",
    ),
    Case(
        backend="raises",
        about="raises; `build_wheel` would do",
        delivers=False,
        calls=_CROSS,
        spares=_NATIVE,
    ),
    Case(
        backend="elsewhere",
        about="returns a path to a wheel outside the directory",
        delivers=False,
        calls=_CROSS,
    ),
    Case(
        backend="not_there",
        about="returns the name of a wheel that is not there",
        delivers=False,
        calls=_CROSS,
    ),
    Case(
        backend="not_a_wheel",
        about="a file that is no zip archive",
        delivers=False,
        calls=_CROSS,
    ),
)
