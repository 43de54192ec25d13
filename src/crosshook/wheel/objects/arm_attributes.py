"""``.ARM.attributes``: what compilers for 32-bit Arm noted of the code.

Layout and numbers are those of "Addenda to, and Errata in, the ABI for the Arm Architecture".
"""

from __future__ import annotations

import struct

_FILE = 1
_COMPATIBILITY = 32
_ABI_VFP_ARGS = 28
_IN_FLOATING_POINT_REGISTERS = 1
_IN_NONE = 3


def floating_point_arguments(section: bytes, order: str) -> bool | None:
    """Tell whether floats are passed in floating-point registers; None if nobody noted it.

    Code without any floats goes with both.

    :param order: The byte order, ``<`` or ``>``.
    :raises ValueError: if the section is damaged.
    """
    if section[:1] != b"A":
        return None
    at = 1
    while at + 4 <= len(section):
        (size,) = struct.unpack_from(f"{order}I", section, at)
        vendor, _, rest = section[at + 4 : at + size].partition(b"\0")
        if vendor == b"aeabi":
            return _of_file(rest, order)
        at += max(size, 4)
    return None


def _of_file(attributes: bytes, order: str) -> bool | None:
    if len(attributes) < 5 or attributes[0] != _FILE:
        return None
    (size,) = struct.unpack_from(f"{order}I", attributes, 1)
    at, end = 5, min(size, len(attributes))
    while at < end:
        tag, at = _uleb128(attributes, at)
        is_text = tag in (4, 5) or (tag > _COMPATIBILITY and tag % 2 == 1)
        if not is_text:
            value, at = _uleb128(attributes, at)
            if tag == _ABI_VFP_ARGS:
                return value in (_IN_FLOATING_POINT_REGISTERS, _IN_NONE)
        if is_text or tag == _COMPATIBILITY:
            at = attributes.index(b"\0", at) + 1
    # Without the attribute it is 0, the base standard; but compilers for hard float write it.
    return False


def _uleb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError(".ARM.attributes is cut off")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
