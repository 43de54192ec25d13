"""What is built for: a platform, a Python, the tools. A part of the proposal.

:class:`Target` is the frozen form of the mapping that ``cross_build_wheel`` receives;
``target.schema.json`` beside this file describes the mapping.
"""

from crosshook.target.mapping import (
    SCHEMA_VERSION,
    TOOL_VARIABLES,
    Target,
    Toolchain,
    parse_target,
)

__all__ = ["SCHEMA_VERSION", "TOOL_VARIABLES", "Target", "Toolchain", "parse_target"]
