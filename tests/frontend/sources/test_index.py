"""Looking an sdist up in a real index, on the loopback interface."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from crosshook._redact import redact
from crosshook.errors import SourceError, UsageError
from crosshook.frontend.sources import _client
from crosshook.frontend.sources._index import Fetched, fetch_sdist, fetch_url
from crosshook.frontend.sources._pip_settings import (
    PYPI,
    IndexSettings,
    read_pip_settings,
    told_of_packages,
)

from .conftest import Index, sdist

Fetch = Callable[..., Fetched]


@pytest.fixture
def fetch(tmp_path: Path, index: Index, reports: list[str]) -> Fetch:
    def run(
        requirement: str, *, python_version: tuple[int, int] = (3, 13), **settings: object
    ) -> Fetched:
        merged = dataclasses.replace(
            IndexSettings(index_urls=(index.url,)),
            **settings,  # type: ignore[arg-type]
        )
        return fetch_sdist(
            Requirement(requirement),
            tmp_path / "wörk dir",
            settings=merged,
            python_version=python_version,
            report=reports.append,
        )

    return run


def _leftovers(tmp_path: Path) -> list[Path]:
    work = tmp_path / "wörk dir"
    return list(work.iterdir()) if work.is_dir() else []


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_newest_sdist(fetch: Fetch, index: Index, html: bool) -> None:
    index.html = html
    for version in ("1.0", "1.10", "1.9"):
        index.add(f"demo-{version}.tar.gz")
    index.add("demo-1.10-py3-none-any.whl", b"wheel")
    fetched = fetch("Demo>=1.0")
    assert fetched.version == "1.10"
    assert fetched.path.name == "demo-1.10.tar.gz"
    assert fetched.path.read_bytes() == sdist("demo", "1.10")
    assert fetched.url == index.url.replace("simple/", "files/demo/demo-1.10.tar.gz")
    assert not any(path.endswith(".whl") for path in index.requested)


def test_pinned(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0.tar.gz")
    assert fetch("demo==1.0").version == "1.0"


def test_no_such_project(fetch: Fetch, index: Index) -> None:
    with pytest.raises(SourceError, match="demo: no such project in") as caught:
        fetch("demo")
    assert index.url in caught.value.message


def test_no_such_version(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz")
    with pytest.raises(SourceError, match=r"demo==2\.0: no version matches") as caught:
        fetch("demo==2.0")
    assert caught.value.hint == "there are sdists of 1.0"


def test_wheels_only(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0-py3-none-any.whl", b"wheel")
    index.add("demo-2.0-cp39-cp39-win32.whl", b"wheel")
    with pytest.raises(SourceError, match=r"has demo 2\.0, 1\.0 as wheels only, no sdist"):
        fetch("demo")


def test_version_as_wheels_only(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0-py3-none-any.whl", b"wheel")
    with pytest.raises(SourceError, match=r"has 2\.0 as wheels only") as caught:
        fetch("demo==2.0")
    assert "sdists of 1.0" in (caught.value.hint or "")


def test_newer_version_as_wheels_only_is_told(
    fetch: Fetch, index: Index, reports: list[str]
) -> None:
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0-py3-none-any.whl", b"wheel")
    assert fetch("demo").version == "1.0"
    assert any("2.0 is there as wheels only" in line for line in reports)


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_yanked_only_if_pinned(fetch: Fetch, index: Index, html: bool) -> None:
    index.html = html
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0.tar.gz", yanked="broken metadata")
    assert fetch("demo").version == "1.0"
    assert fetch("demo==2.0").version == "2.0"
    for requirement in ("demo>1", "demo==2.*"):
        with pytest.raises(SourceError, match=r"only yanked.*2\.0: broken metadata") as caught:
            fetch(requirement)
        assert "demo==2.0" in (caught.value.hint or "")


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_requires_python_of_the_target(fetch: Fetch, index: Index, html: bool) -> None:
    index.html = html
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0.tar.gz", requires_python=">=3.11.4,!=3.11.5")
    assert fetch("demo", python_version=(3, 10)).version == "1.0"
    assert fetch("demo", python_version=(3, 11)).version == "2.0"
    with pytest.raises(SourceError, match=r"2\.0 requires Python .*target Python is 3\.10"):
        fetch("demo==2.0", python_version=(3, 10))


def test_prereleases(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0rc1.tar.gz")
    assert fetch("demo").version == "1.0"
    assert fetch("demo", pre=True).version == "2.0rc1"
    assert fetch("demo>=2.0rc1").version == "2.0rc1"


def test_formats_of_one_version(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.zip", b"zip")
    index.add("demo-1.0.tar.gz")
    assert fetch("demo").path.name == "demo-1.0.tar.gz"


def test_extra_index(fetch: Fetch, index: Index, make_index: Callable[[], Index]) -> None:
    extra = make_index()
    index.add("demo-1.0.tar.gz")
    extra.add("demo-2.0.tar.gz")
    assert fetch("demo", index_urls=(index.url, extra.url)).url.startswith(
        extra.url.removesuffix("simple/")
    )


def test_no_second_index_in_place_of_one_that_fails(
    fetch: Fetch, index: Index, make_index: Callable[[], Index]
) -> None:
    public = make_index()
    public.add("demo-99.tar.gz")
    index.status = 503
    with pytest.raises(SourceError, match="HTTP 503") as caught:
        fetch("demo", index_urls=(index.url, public.url))
    assert index.url in caught.value.message
    assert public.requested == []


@pytest.mark.parametrize("status", [403, 404])
def test_second_index_has_it(
    fetch: Fetch, index: Index, make_index: Callable[[], Index], status: int
) -> None:
    extra = make_index()
    extra.add("demo-1.0.tar.gz")
    index.status = status
    assert fetch("demo", index_urls=(index.url, extra.url)).version == "1.0"


def test_find_links_without_index(fetch: Fetch, index: Index, tmp_path: Path) -> None:
    place = tmp_path / "häuser"
    place.mkdir()
    (place / "demo-1.0.tar.gz").write_bytes(sdist("demo", "1.0"))
    (place / "readme.txt").write_bytes(b"")
    fetched = fetch("demo", index_urls=(), find_links=(str(place),))
    assert fetched.path == place / "demo-1.0.tar.gz"
    assert _leftovers(tmp_path) == []
    assert index.requested == []


def test_find_links_before_index(fetch: Fetch, index: Index, tmp_path: Path) -> None:
    (tmp_path / "demo-1.0.tar.gz").write_bytes(sdist("demo", "1.0"))
    index.add("demo-1.0.tar.gz")
    fetched = fetch("demo", find_links=(str(tmp_path),))
    assert fetched.path == tmp_path / "demo-1.0.tar.gz"


def test_find_links_page(fetch: Fetch, index: Index) -> None:
    index.html = True
    index.add("demo-1.0.tar.gz")
    assert fetch("demo", index_urls=(), find_links=(index.url + "demo/",)).version == "1.0"


def test_find_links_that_does_not_exist(fetch: Fetch, index: Index, reports: list[str]) -> None:
    index.add("demo-1.0.tar.gz")
    assert fetch("demo", find_links=("/no/such/place",)).version == "1.0"
    assert any("/no/such/place does not exist" in line for line in reports)


def test_nowhere_to_look(fetch: Fetch) -> None:
    with pytest.raises(SourceError, match="no-index"):
        fetch("demo", index_urls=())


def test_index_in_a_directory(fetch: Fetch, tmp_path: Path) -> None:
    page = tmp_path / "simple" / "demo" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="demo-1.0.tar.gz">demo</a>')
    (page.parent / "demo-1.0.tar.gz").write_bytes(sdist("demo", "1.0"))
    assert fetch("demo", index_urls=((tmp_path / "simple").as_uri(),)).version == "1.0"


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_hash_mismatch(fetch: Fetch, index: Index, tmp_path: Path, html: bool) -> None:
    index.html = html
    index.add("demo-1.0.tar.gz", sha256="0" * 64)
    with pytest.raises(SourceError, match="hash is not the one") as caught:
        fetch("demo")
    assert "0" * 64 in (caught.value.detail or "")
    assert _leftovers(tmp_path) == []


def test_index_without_hashes(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz", sha256=None)
    assert fetch("demo").version == "1.0"


def test_connection_cut_off(fetch: Fetch, index: Index, tmp_path: Path) -> None:
    index.add("demo-1.0.tar.gz", sha256=None)
    index.cut = True
    with pytest.raises(SourceError, match=r"demo-1\.0\.tar\.gz: cannot be read"):
        fetch("demo")
    assert _leftovers(tmp_path) == []


def test_file_is_gone(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz")
    index.body = index.as_json("demo").replace(b"demo-1.0", b"demo-2.0")
    with pytest.raises(SourceError, match="could not be downloaded: HTTP 404"):
        fetch("demo")


def test_nobody_listens(fetch: Fetch) -> None:
    url = "http://user:secret@127.0.0.1:1/simple/"
    with pytest.raises(SourceError, match=r"http://127\.0\.0\.1:1/simple/: cannot be read"):
        fetch("demo", index_urls=(url,))


def test_no_index_at_all(fetch: Fetch, index: Index) -> None:
    index.body, index.body_type = b"hello", "text/plain"
    with pytest.raises(SourceError, match="is no package index: it answers with 'text/plain'"):
        fetch("demo")


def test_index_answers_nonsense(fetch: Fetch, index: Index) -> None:
    for body in (b"{", b"[]", b'{"files": [{"url": 3}]}'):
        index.body = body
        with pytest.raises(SourceError, match="cannot be understood"):
            fetch("demo")


@pytest.mark.parametrize(
    "hashes", [{"blake2b": "00"}, {"sha3_256": "00"}, {"crc32": "00", "nonsense": "00"}]
)
def test_a_hash_that_cannot_be_checked(
    fetch: Fetch, index: Index, tmp_path: Path, hashes: dict[str, str]
) -> None:
    index.add("demo-1.0.tar.gz")
    page = json.loads(index.as_json("demo"))
    page["files"][0]["hashes"] = hashes
    index.body = json.dumps(page).encode()
    with pytest.raises(SourceError, match=f"its hash is by '{sorted(hashes)[0]}'"):
        fetch("demo")
    assert _leftovers(tmp_path) == []
    index.body = json.dumps({**page, "files": [{**page["files"][0], "hashes": {}}]}).encode()
    assert fetch("demo").version == "1.0"


def test_numbers_of_many_digits(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz", requires_python=f">={'9' * 5000}")
    assert fetch("demo").version == "1.0"


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000])
def test_a_page_deep_in_itself(fetch: Fetch, index: Index, deep: bytes) -> None:
    index.body = deep
    with pytest.raises(SourceError, match="cannot be understood"):
        fetch("demo")


def test_a_page_without_end(fetch: Fetch, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "_LARGEST_PAGE", 1 << 20)
    index.endless = True
    index.add("demo-1.0.tar.gz")
    with pytest.raises(SourceError, match="refused: the server sends a page of more than"):
        fetch("demo")


def test_a_page_that_takes_too_long(
    fetch: Fetch, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "_PAGE_SECONDS", 0)
    index.add("demo-1.0.tar.gz")
    with pytest.raises(SourceError, match="a page that takes more than 0 seconds"):
        fetch("demo")


def test_a_page_that_unpacks_to_too_much(
    fetch: Fetch, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "_LARGEST_PAGE", 1 << 20)
    index.add("demo-1.0.tar.gz")
    index.encoding, index.body = "gzip", gzip.compress(index.as_json("demo"))
    assert len(index.body) < _client._LARGEST_PAGE
    index.body = gzip.compress(b" " * (2 << 20))
    with pytest.raises(SourceError, match="a page of more than"):
        fetch("demo")


def test_a_page_that_is_packed(fetch: Fetch, index: Index) -> None:
    index.add("demo-1.0.tar.gz", sha256=None)
    index.encoding, index.body = "gzip", gzip.compress(index.as_json("demo"))
    assert fetch("demo").path.read_bytes() == sdist("demo", "1.0")


def test_an_encoding_that_was_not_asked_for(fetch: Fetch, index: Index) -> None:
    index.encoding, index.body = "zstd", b"x"
    with pytest.raises(SourceError, match="compressed by 'zstd'"):
        fetch("demo")


def test_a_file_that_is_too_large(fetch: Fetch, index: Index, tmp_path: Path) -> None:
    index.add("demo-1.0.tar.gz")
    with pytest.raises(SourceError, match="a file of more than 10 bytes") as caught:
        fetch("demo", largest_file=10)
    assert "CROSSHOOK_MAX_SDIST_SIZE=BYTES" in str(caught.value.hint)
    assert _leftovers(tmp_path) == []


def test_untrusted_http(fetch: Fetch) -> None:
    with pytest.raises(SourceError, match="not https") as caught:
        fetch("demo", index_urls=("http://user:secret@index.invalid/simple/",))
    assert caught.value.hint == "use https, or set PIP_TRUSTED_HOST=index.invalid"


def _said(error: SourceError, reports: list[str]) -> str:
    return "\n".join([error.message, error.hint or "", error.detail or "", *reports])


def test_credentials_are_used_and_never_shown(
    fetch: Fetch, index: Index, reports: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    index.credentials = ("user", "secret")
    index.add("demo-1.0.tar.gz")
    index.add("demo-2.0.tar.gz", sha256="0" * 64)
    urls = (index.url_with_credentials,)
    fetched = fetch("demo==1.0", index_urls=urls)
    said = [fetched.url, *reports]
    for requirement in ("demo==3.0", "other", "demo"):
        with pytest.raises(SourceError) as caught:
            fetch(requirement, index_urls=urls)
        said.append(_said(caught.value, reports))
    said += capfd.readouterr()
    assert "secret" not in "\n".join(said)
    assert "user" not in "\n".join(said)


def test_credentials_from_netrc(
    fetch: Fetch, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    index.credentials = ("user", "secret")
    index.add("demo-1.0.tar.gz")
    assert fetch("demo").version == "1.0"


@pytest.mark.parametrize("given", [None, ("user", "wrong")])
def test_credentials_needed(
    fetch: Fetch, index: Index, reports: list[str], given: tuple[str, str] | None
) -> None:
    index.credentials = given or ("a", "b")
    url = index.url_with_credentials if given else index.url
    index.credentials = ("user", "secret")
    with pytest.raises(SourceError, match="needs credentials") as caught:
        fetch("demo", index_urls=(url,))
    assert ".netrc" in (caught.value.hint or "")
    assert "wrong" not in _said(caught.value, reports)


def test_url(index: Index, tmp_path: Path, reports: list[str]) -> None:
    index.add("demo-1.0.tar.gz")
    url = index.url.replace("simple/", "files/demo/demo-1.0.tar.gz")
    good = index.projects["demo"]["demo-1.0.tar.gz"].sha256
    for fragment in ("", f"#sha256={good}"):
        fetched = fetch_url(
            url + fragment, tmp_path, settings=IndexSettings(), report=reports.append
        )
        assert (fetched.url, fetched.version) == (url, None)
        assert fetched.path.read_bytes() == sdist("demo", "1.0")
    with pytest.raises(SourceError, match="hash is not the one"):
        fetch_url(
            f"{url}#sha256={'0' * 64}", tmp_path, settings=IndexSettings(), report=reports.append
        )


def test_bad_certificate_setting(fetch: Fetch, tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    cert.write_text("nonsense")
    with pytest.raises(UsageError, match="cert"):
        fetch("demo", cert=str(cert))


def test_proxy_is_used(fetch: Fetch, make_index: Callable[[], Index]) -> None:
    proxy = make_index()
    with pytest.raises(SourceError, match="no such project"):
        fetch(
            "demo",
            index_urls=("http://index.invalid/simple/",),
            trusted_hosts=("index.invalid",),
            proxy=proxy.url.removesuffix("/simple/"),
        )
    assert proxy.requested == ["http://index.invalid/simple/demo/"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pass@host/simple/", "https://host/simple/"),
        ("https://token@host/simple/", "https://host/simple/"),
        ("https://u:p%40ss@host:8080/x", "https://host:8080/x"),
        ("https://u:p@ss@host/x", "https://host/x"),
        ("https://u:p/a?s#s@host/x", "https://host/x"),
        ("https://host:8080/@scope/x", "https://host:8080/@scope/x"),
        ("https://host/x.tar.gz?Signature=key#sha256=0", "https://host/x.tar.gz"),
        ("a @ https://u:p@h/a.zip; b 'https://u:p@h/?k'", "a @ https://h/a.zip; b 'https://h/'"),
        ("demo==1.0 from a/b@c", "demo==1.0 from a/b@c"),
        ("conda:https://host/t/key/name/zlib", "conda:https://host/t/name/zlib"),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert redact(text) == shown


def _settings(environ: dict[str, str], python: str, reports: list[str]) -> IndexSettings:
    return read_pip_settings(environ=environ, python=python, report=reports.append)


def _needs_pip() -> str:
    pytest.importorskip("pip")
    return sys.executable


def test_settings_without_any(environ: dict[str, str], reports: list[str]) -> None:
    assert _settings(environ, _needs_pip(), reports) == IndexSettings(index_urls=(PYPI,))
    assert reports == []


@pytest.mark.parametrize("pip", [True, False], ids=["pip", "no pip"])
def test_settings_from_the_environment(
    environ: dict[str, str],
    reports: list[str],
    tmp_path: Path,
    python_without_pip: str,
    pip: bool,
) -> None:
    cert = tmp_path / "cert.pem"
    cert.touch()
    environ |= {
        "PIP_INDEX_URL": "https://u:p@a.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://b.example/simple https://c.example/simple",
        "PIP_FIND_LINKS": "/a /b",
        "PIP_TRUSTED_HOST": "a.example b.example:8080",
        "PIP_DEFAULT_TIMEOUT": "7.5",
        "PIP_PRE": "1",
        "PIP_CERT": str(cert),
        "PIP_CLIENT_CERT": str(cert),
        "PIP_PROXY": "proxy.example:3128",
        "PIP_QUIET": "3",
    }
    python = _needs_pip() if pip else python_without_pip
    assert _settings(environ, python, reports) == IndexSettings(
        index_urls=(
            "https://u:p@a.example/simple",
            "https://b.example/simple",
            "https://c.example/simple",
        ),
        find_links=("/a", "/b"),
        trusted_hosts=("a.example", "b.example:8080"),
        timeout=7.5,
        pre=True,
        cert=str(cert),
        client_cert=str(cert),
        proxy="http://proxy.example:3128",
    )
    assert [("has no pip" in line) for line in reports] == ([] if pip else [True])
    assert _settings(environ | {"PIP_NO_INDEX": "yes"}, python, reports).index_urls == ()


def test_settings_from_pip_conf(
    environ: dict[str, str], reports: list[str], tmp_path: Path
) -> None:
    conf = tmp_path / "pip ö.conf"
    conf.write_text(
        "[global]\nindex-url = https://a.example/simple\ntimeout = 3\nquiet = 2\n"
        "extra-index-url =\n    https://b.example/simple\n    https://c.example/simple\n"
        "[download]\ntimeout = 4\n[install]\ntimeout = 5\n",
        encoding="utf-8",
    )
    environ["PIP_CONFIG_FILE"] = str(conf)
    settings = _settings(environ, _needs_pip(), reports)
    assert settings.index_urls == (
        "https://a.example/simple",
        "https://b.example/simple",
        "https://c.example/simple",
    )
    assert settings.timeout == 4
    environ["PIP_TIMEOUT"] = "6"
    environ["PIP_INDEX_URL"] = ""
    settings = _settings(environ, _needs_pip(), reports)
    assert (settings.timeout, settings.index_urls[0]) == (6, "https://a.example/simple")


@pytest.mark.skipif(sys.platform == "win32", reason="the user's file is elsewhere there")
def test_settings_from_two_files(
    environ: dict[str, str], reports: list[str], tmp_path: Path
) -> None:
    """pip ranks its files; the order in which it lists them is another one."""
    del environ["PIP_CONFIG_FILE"]
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        environ[name] = str(tmp_path / name.lower())
    system, user = tmp_path / "xdg_config_dirs", tmp_path / "xdg_config_home"
    if sys.platform == "darwin":
        pytest.skip("the files are elsewhere there")
    for place, host in ((system, "system"), (user, "user")):
        (place / "pip").mkdir(parents=True)
        (place / "pip" / "pip.conf").write_text(
            f"[global]\nindex-url = https://{host}.example/simple\nquiet = 3\n"
        )
    first = _settings(environ, _needs_pip(), reports).index_urls
    assert first == ("https://user.example/simple",)
    # The same with names that sort the other way round.
    user.rename(tmp_path / "a_user")
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "a_user")
    assert _settings(environ, _needs_pip(), reports).index_urls == first


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIP_TIMEOUT", "soon"),
        ("PIP_TIMEOUT", "-1"),
        ("PIP_PRE", "perhaps"),
        ("PIP_CERT", "/no/such/file"),
    ],
)
def test_settings_that_make_no_sense(
    environ: dict[str, str], reports: list[str], python_without_pip: str, name: str, value: str
) -> None:
    with pytest.raises(UsageError, match=value) as caught:
        _settings(environ | {name: value}, python_without_pip, reports)
    assert "pip config debug" in (caught.value.hint or "")


def test_settings_that_pip_cannot_read(
    environ: dict[str, str], reports: list[str], tmp_path: Path
) -> None:
    conf = tmp_path / "pip.conf"
    conf.write_text("index-url = https://u:secret@a.example/simple\n")
    environ["PIP_CONFIG_FILE"] = str(conf)
    with pytest.raises(UsageError, match="cannot read its settings") as caught:
        _settings(environ, _needs_pip(), reports)
    assert "pip.conf" in (caught.value.detail or "")
    assert "secret" not in (caught.value.detail or "")


def test_no_such_python(environ: dict[str, str], reports: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be asked"):
        _settings(environ, str(tmp_path / "python"), reports)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, ()),
        ({"PIP_TIMEOUT": "3", "PIP_NO_INPUT": "1", "PIP_CACHE_DIR": "/c"}, ()),
        ({"PIP_INDEX_URL": "https://example.org", "PIP_PRE": "1"}, ("index-url", "pre")),
        ({"PIP_CONSTRAINT": "c.txt"}, ("constraint",)),
    ],
)
def test_what_pip_is_told_of_packages(environ: dict[str, str], told: tuple[str, ...]) -> None:
    without_files = {"PIP_CONFIG_FILE": os.devnull, "PATH": os.defpath}
    assert told_of_packages({**without_files, **environ}, sys.executable) == told
