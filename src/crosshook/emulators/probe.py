"""Asks a Python what it is; run by the target's Python, so with the standard library alone.

Prints one line of JSON behind a marker, since an emulator may print lines of its own.
"""

import json
import os
import platform
import sys
import sysconfig

try:
    libc = os.confstr("CS_GNU_LIBC_VERSION")
except (AttributeError, OSError, ValueError):
    libc = None

full = platform.python_version()
print(
    "crosshook-probe:"
    + json.dumps(
        {
            "libc": libc,
            "extension_suffix": sysconfig.get_config_var("EXT_SUFFIX"),
            "markers": {
                "os_name": os.name,
                "sys_platform": sys.platform,
                "platform_machine": platform.machine(),
                "platform_python_implementation": platform.python_implementation(),
                "platform_release": platform.release(),
                "platform_system": platform.system(),
                "platform_version": platform.version(),
                "python_full_version": full,
                "python_version": ".".join(full.split(".")[:2]),
                "implementation_name": sys.implementation.name,
                "implementation_version": full,
            },
        }
    )
)
