"""Build wheels for another platform through one optional PEP 517 hook.

This package imports nothing by itself: the wrapper backend lives in other people's build
environments. The Python interface of the frontend is :func:`crosshook.api.build_wheel`.
"""

__version__ = "0.1.0"
