"""The values that environment markers (PEP 508) have for a target."""

from __future__ import annotations

from collections.abc import Mapping

from crosshook.target import Target


def environment_markers(target: Target) -> Mapping[str, str]:
    """Return the values by name; of versions of the system, nothing is known."""
    row = target.platform.row
    dotted = target.python_version.dotted
    full = target.full_version
    return {
        "os_name": row.system.os_name,
        "sys_platform": row.system.sys_platform,
        "platform_machine": row.platform_machine,
        "platform_python_implementation": target.python_version.implementation.title,
        "platform_release": "",
        "platform_system": row.system.platform_system,
        "platform_version": "",
        "python_full_version": full,
        "python_version": dotted,
        "implementation_name": target.implementation,
        "implementation_version": target.implementation_version,
    }
