"""Where one name ends and another begins."""

from __future__ import annotations

import pytest

from crosshook.libraries.names import split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("b,a", ("a", "b")),
        ("a, ,b,a", ("a", "b")),
        ("zlib>=1.2,<2,libxml2", ("libxml2", "zlib>=1.2,<2")),
        ("x==1,!=1.2,~=1.1", ("x==1,!=1.2,~=1.1",)),
        ("x[a,b]>=1,y", ("x[a,b]>=1", "y")),
        ("zlib=1.3.*,_libgcc_mutex", ("_libgcc_mutex", "zlib=1.3.*")),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert split_names(text) == names
