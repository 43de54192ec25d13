"""Asks a Python what it is; run by the target's Python, so with the standard library alone.

Prints one line of JSON behind a marker, since an emulator may print lines of its own.
"""

import json
import os
import platform
import sys
import sysconfig
from pathlib import Path

try:
    libc = os.confstr("CS_GNU_LIBC_VERSION")
except (AttributeError, OSError, ValueError):
    libc = None

# PyPy has cffi beside its standard library.
brought = {}
for place in map(Path, sys.path):
    for metadata in place.glob("*.dist-info/METADATA"):
        import email.parser

        with metadata.open(encoding="utf-8") as file:
            fields = email.parser.HeaderParser().parse(file)
        brought[fields["Name"]] = fields["Version"]

full = platform.python_version()
print(
    "crosshook-probe:"
    + json.dumps(
        {
            "libc": libc,
            "brought": brought,
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
