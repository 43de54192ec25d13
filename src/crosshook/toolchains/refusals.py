"""What gcc accepts and clang refuses, zig's clang as well: a reason to name the other compiler.

The texts are clang's own, of its ``DiagnosticSemaKinds.td``; a test has zig say each.
"""

from __future__ import annotations

import re

from crosshook.target.platforms import Platform

_REFUSALS = {
    r"error: (always_inline function '\w+' requires target feature '[^']+'"
    r"|'__builtin_\w+' needs target feature \w+)": (
        "where `#pragma GCC target` stands before that code, gcc heeds it and clang does not"
    ),
    r"error: function definition is not allowed here": (
        "gcc takes functions inside functions, and clang does not"
    ),
    r"error: .*'variable length array in structure' extension will never be supported": (
        "gcc takes arrays of variable length in structures, and clang does not"
    ),
    r"error: register '\w+' unsuitable for global register variables": (
        "gcc takes variables that are registers, and clang does not"
    ),
}
"""By what clang prints, what it is about."""


def other_compiler(output: str, platform: Platform) -> str | None:
    """Return a hint to use GNU's compiler, if that would take what clang refused.

    None where clang refused nothing of the kind, or GNU has no compiler for the platform.

    :param output: What a build printed.
    """
    if not platform.system.gnu_prefixes(platform.row):
        return None
    for pattern, why in _REFUSALS.items():
        if re.search(pattern, output):
            return f"{why}: --toolchain gnu"
    return None
