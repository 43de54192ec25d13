"""Fetching target Pythons from a server that cuts off, exchanges and forgets."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pbs_installer
import pytest

from crosshook._types import SilentReporter
from crosshook.errors import TargetPythonError
from crosshook.pythons.fetching.fetch import fetched_python
from crosshook.pythons.fetching.kept import fetched_before
from crosshook.target.platforms import parse_platform
from scripts.loopback import Server
from tests.conftest import py
from tests.frontend.sources.conftest import tar_gz

NAME = "cpython-3.13.9+20261001-aarch64-unknown-linux-gnu-install_only.tar.gz"
ARCHIVE = tar_gz({"python/bin/python3.13": b"program" * 5000, "python/include/a.h": b"header"})
PACKAGE = "/flat/pythonarm64/3.13.9/pythonarm64.3.13.9.nupkg"


def nupkg(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return stream.getvalue()


class Fetch:
    """A cache directory, and a server in the place of the real ones."""

    def __init__(self, server: Server, cache: Path) -> None:
        self.server = server
        self.cache = cache

    def __call__(self, tag: str = "manylinux_2_28_aarch64", version: str = "3.13") -> Path:
        return fetched_python(
            parse_platform(tag, source="test"),
            py(version),
            cache=self.cache,
            environ={
                "CROSSHOOK_NUGET_INDEX": f"{self.server.url}/v3/index.json",
                "PBS_INSTALLER_BASE_URL": self.server.url,
            },
            reporter=SilentReporter(),
        )

    def left(self) -> set[str]:
        """What is in the cache, locks apart."""
        found = (self.cache / "fetched").iterdir()
        return {path.name for path in found if path.suffix != ".lock"}


@pytest.fixture
def fetch(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    server.files[f"/{NAME}"] = ARCHIVE
    digest = hashlib.sha256(ARCHIVE).hexdigest()

    def link(request: str, **options: object) -> object:
        assert (request, options["arch"], options["platform"]) == ("3.13", "aarch64", "linux")
        return None, (f"{options['base_url']}/{NAME}", digest)

    monkeypatch.setattr(pbs_installer, "get_download_link", link)
    return Fetch(server, tmp_path / "cache")


def test_a_standalone_build(fetch: Fetch) -> None:
    prefix = fetch()
    assert (prefix / "bin/python3.13").read_bytes() == b"program" * 5000
    assert (prefix / "include/a.h").is_file()
    assert fetch.left() == {"fetch-3.13-linux_aarch64"}


def test_a_full_archive(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tar_gz({"python/install/bin/python3.13": b"", "python/build/core.o": b""})
    fetch.server.files["/full.tar.gz"] = content
    found = (f"{fetch.server.url}/full.tar.gz", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(pbs_installer, "get_download_link", lambda *a, **k: (None, found))
    assert (fetch() / "bin/python3.13").is_file()


def test_nothing_is_asked_for_what_is_there(fetch: Fetch) -> None:
    first = fetch()
    fetch.server.files.clear()
    fetch.server.requests.clear()
    assert fetch() == first
    assert fetch.server.requests == []


def test_a_nuget_package(fetch: Fetch) -> None:
    server = fetch.server
    for version in ("3.12.9", "3.13.2", "3.13.9", "3.13.10-rc1", "3.14.1", "nonsense"):
        server.add_nuget("pythonarm64", version, nupkg(f"tools/{version}", "python.nuspec"))
    prefix = fetch("win_arm64")
    assert [path.name for path in (prefix / "tools").iterdir()] == ["3.13.9"]


def test_a_free_threaded_nuget_package(fetch: Fetch) -> None:
    fetch.server.add_nuget("python-freethreaded", "3.13.1", nupkg("tools/python.exe"))
    assert (fetch("win_amd64", "3.13t") / "tools/python.exe").is_file()


def test_what_was_cut_off_is_resumed(fetch: Fetch) -> None:
    fetch.server.cut_off = 50
    with pytest.raises(TargetPythonError, match="cannot be fetched"):
        fetch()
    assert fetch.left() == {f"{NAME}.part"}
    fetch()
    assert fetch.server.requests == [(f"/{NAME}", None), (f"/{NAME}", "bytes=50-")]
    assert fetch.left() == {"fetch-3.13-linux_aarch64"}


def test_a_server_without_ranges(fetch: Fetch) -> None:
    fetch.server.cut_off = 50
    with pytest.raises(TargetPythonError):
        fetch()
    fetch.server.ranges = False
    assert (fetch() / "bin/python3.13").is_file()


def part_of(fetch: Fetch, content: bytes) -> None:
    (fetch.cache / "fetched").mkdir(parents=True)
    (fetch.cache / "fetched" / f"{NAME}.part").write_bytes(content)


@pytest.mark.parametrize(
    "begun", [ARCHIVE, b"of another file", ARCHIVE + b"more"], ids=["whole", "other", "too long"]
)
def test_what_an_earlier_run_left(fetch: Fetch, begun: bytes) -> None:
    part_of(fetch, begun)
    assert (fetch() / "bin/python3.13").is_file()
    assert fetch.left() == {"fetch-3.13-linux_aarch64"}


def test_an_exchanged_file(fetch: Fetch) -> None:
    fetch.server.files[f"/{NAME}"] = ARCHIVE[:-1] + b"?"
    with pytest.raises(TargetPythonError, match=r"its sha256 is .* was expected"):
        fetch()
    assert fetch.left() == set()


def test_a_file_that_is_not_there(fetch: Fetch) -> None:
    del fetch.server.files[f"/{NAME}"]
    with pytest.raises(TargetPythonError, match=r"cannot be fetched: HTTP 404") as caught:
        fetch()
    assert fetch.server.url in caught.value.message
    assert "--target-python PREFIX" in str(caught.value.hint)


def test_no_server(fetch: Fetch) -> None:
    fetch.server.port = 9
    with pytest.raises(TargetPythonError, match=r"127.0.0.1:9/v3/index.json: cannot be fetched"):
        fetch("win_arm64")


@pytest.mark.parametrize("name", ["../evil", "/evil", "tools/../../evil", "C:\\evil"])
def test_a_package_that_leads_out(fetch: Fetch, name: str) -> None:
    fetch.server.add_nuget("pythonarm64", "3.13.9", nupkg("tools/python.exe", name))
    with pytest.raises(TargetPythonError, match=r"nupkg: cannot be unpacked: .*leads out"):
        fetch("win_arm64")
    assert not (fetch.cache.parent / "evil").exists()
    assert fetch.left() == set()


REGISTRATION = "/reg/pythonarm64/3.13.9.json"


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        ("/v3/index.json", {}, "no resources"),
        ("/v3/index.json", [], "no resources"),
        ("/v3/index.json", {"resources": [1, {"@type": "PackageBaseAddress/3.0.0"}]}, "lists no"),
        ("/flat/pythonarm64/index.json", {}, "no versions"),
        ("/flat/pythonarm64/index.json", {"versions": [1, None, "x", "9" * 5000]}, "no release"),
        (REGISTRATION, {}, "no catalogEntry"),
        (REGISTRATION, {"catalogEntry": {}}, "no packageHashAlgorithm"),
        (REGISTRATION, {"catalogEntry": {"packageHashAlgorithm": "CRC"}}, "cannot be checked"),
        (REGISTRATION, {"catalogEntry": {"packageHashAlgorithm": "SHA512"}}, "no packageHash"),
        (
            REGISTRATION,
            {"catalogEntry": {"packageHashAlgorithm": "SHA512", "packageHash": "%"}},
            "is not Base64",
        ),
    ],
)
def test_a_server_that_answers_something_else(
    fetch: Fetch, path: str, answer: object, why: str
) -> None:
    fetch.server.add_nuget("pythonarm64", "3.13.9", nupkg("tools/python.exe"))
    fetch.server.add_json(path, answer)
    with pytest.raises(TargetPythonError, match=why):
        fetch("win_arm64")


def test_an_answer_deep_in_itself(fetch: Fetch) -> None:
    fetch.server.files["/v3/index.json"] = b"[" * 100_000
    with pytest.raises(TargetPythonError, match="not JSON"):
        fetch("win_arm64")


def test_one_that_was_damaged_is_fetched_again(fetch: Fetch) -> None:
    prefix = fetch()
    (prefix / "include/a.h").write_text("other")
    requests = len(fetch.server.requests)
    assert (fetch() / "include/a.h").read_bytes() == b"header"
    assert len(fetch.server.requests) > requests


def test_an_abandoned_draft_is_no_python(fetch: Fetch) -> None:
    (fetch.cache / "fetched" / ".crosshook-draft-x" / "include").mkdir(parents=True)
    (fetch.cache / "fetched" / "fetch-3.13-linux_aarch64" / "include").mkdir(parents=True)
    assert fetched_before(fetch.cache) == ()
    assert fetched_before(fetch.cache / "none") == ()
    prefix = fetch()
    assert fetched_before(fetch.cache) == (prefix,)


def symlink(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


@pytest.mark.parametrize(
    "members",
    [{"python/../../evil": b""}, {"python/link": symlink("python/link", "/etc")}],
    ids=["climbs", "link"],
)
def test_an_archive_that_leads_out(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes | tarfile.TarInfo]
) -> None:
    content = tar_gz(members)
    fetch.server.files["/bad.tar.gz"] = content
    found = (f"{fetch.server.url}/bad.tar.gz", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(pbs_installer, "get_download_link", lambda *a, **k: (None, found))
    with pytest.raises(TargetPythonError, match="cannot be unpacked"):
        fetch()
    assert fetch.left() == set()


def test_what_nobody_builds(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(TargetPythonError, match=r"has no Python 3\.99 for manylinux_2_28_aarch64"):
        fetch(version="3.99")
    fetch.server.add_nuget("pythonarm64", "3.12.9", nupkg("tools/python.exe"))
    with pytest.raises(TargetPythonError, match=r"no release of Python 3\.13"):
        fetch("win_arm64")


def test_the_librarys_own_index(
    server: Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It names a file below the mirror, whose digest no file of ours can have."""
    fetch = Fetch(server, tmp_path / "cache")
    with pytest.raises(TargetPythonError, match="HTTP 404"):
        fetch()
    ((path, _),) = server.requests
    assert path.startswith("/cpython-3.13.")
    assert path.endswith((".tar.gz", ".tar.zst"))
    assert "aarch64-unknown-linux-gnu" in path


def test_two_at_once(server: Server, tmp_path: Path) -> None:
    server.add_nuget("pythonarm64", "3.13.9", nupkg("tools/python.exe"))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from crosshook._types import SilentReporter\n"
        "from crosshook.pythons.fetching.fetch import fetched_python\n"
        "from crosshook.target.platforms import parse_platform\n"
        "from crosshook.target.python_version import parse_python_version as py\n"
        "print(fetched_python(parse_platform('win_arm64', source=''), py('3.13', source=''),"
        " cache=Path(sys.argv[1]), environ={'CROSSHOOK_NUGET_INDEX': sys.argv[2]},"
        " reporter=SilentReporter()))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path), f"{server.url}/v3/index.json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    printed = {process.communicate()[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(printed) == 1
    assert [path for path, _ in server.requests].count(PACKAGE) == 1


def test_progress(fetch: Fetch, tmp_path: Path) -> None:
    told: list[tuple[str, int | None, int]] = []

    class Reporter(SilentReporter):
        def progress(self, what: str, total: int | None):  # type: ignore[no-untyped-def]
            import contextlib

            @contextlib.contextmanager
            def context():  # type: ignore[no-untyped-def]
                yield lambda size: told.append((what, total, size))

            return context()

    fetched_python(
        parse_platform("manylinux_2_28_aarch64", source="test"),
        py("3.13"),
        cache=tmp_path,
        environ={"PBS_INSTALLER_BASE_URL": fetch.server.url},
        reporter=Reporter(),
    )
    assert {(what, total) for what, total, _ in told} == {(NAME, len(ARCHIVE))}
    assert sum(size for _, _, size in told) == len(ARCHIVE)
