"""Target Pythons: where the headers, import libraries and sysconfig data of one come from.

:mod:`~crosshook.pythons.prefix` reads an unpacked Python; :mod:`~crosshook.pythons.composed` makes
the files from the headers of a CPython on this machine and the facts in ``data``. Nothing here
writes a file or starts a process.
"""
