"""URLs: what is one, what it is taken for, and what is said of one that is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lbsh.remote.errors import RemoteError
from lbsh.remote.schemes import ABILITIES, Scheme
from lbsh.remote.urls import Url, is_url, parse_url

GOOD: dict[str, Url] = {
    "sftp://backup/site.lb": Url(Scheme.SFTP, "", "backup", 22, "/site.lb"),
    "sftp://ops@backup.example.net:2222/srv/a%20b.lb": Url(
        Scheme.SFTP, "ops", "backup.example.net", 2222, "/srv/a b.lb"
    ),
    "sftp://ops@backup/~/site.lb": Url(Scheme.SFTP, "ops", "backup", 22, "/~/site.lb"),
    "sftp://[2001:DB8::0:1]:22/site.lb": Url(Scheme.SFTP, "", "2001:db8::1", 22, "/site.lb"),
    "SFTP://Backup.Example.NET/Site.lb": Url(Scheme.SFTP, "", "Backup.Example.NET", 22, "/Site.lb"),
    "sftp://h/-r": Url(Scheme.SFTP, "", "h", 22, "/-r"),
    "sftp://h/!%22%5C%2a": Url(Scheme.SFTP, "", "h", 22, '/!"\\*'),
    "sftp://h/%CE%95": Url(Scheme.SFTP, "", "h", 22, "/\u0395"),
    "sftp://my_host/...": Url(Scheme.SFTP, "", "my_host", 22, "/..."),
    "tftp://192.0.2.1/site.lb": Url(Scheme.TFTP, "", "192.0.2.1", 69, "/site.lb"),
    "tftp://1.example/a:b@c;mode=octet": Url(Scheme.TFTP, "", "1.example", 69, "/a:b@c;mode=octet"),
    "https://h:8443/a/b?ref=main&x=%20": Url(Scheme.HTTPS, "", "h", 8443, "/a/b", "?ref=main&x=%20"),
}


@pytest.mark.parametrize("text", GOOD)
def test_url_is_read(text: str) -> None:
    assert is_url(text)
    assert parse_url(text) == GOOD[text]


@pytest.mark.parametrize("text", GOOD)
def test_url_that_is_shown_is_the_same(text: str) -> None:
    url = parse_url(text)
    shown = str(url).replace("?…", url.query)
    assert parse_url(shown) == url


BAD: dict[str, str] = {
    "site.lb": "is no URL",
    "http://h/x": "files are not fetched by `http`",
    "scp://h/x": "files are not fetched by `scp`",
    "file://h/x": "files are not fetched by `file`",
    "sftp://h": "names a folder",
    "sftp://h/": "names a folder",
    "sftp://h/a/": "names a folder",
    "sftp:///x": "names no host",
    "sftp://@h/x": "`` is no name of a user",
    "sftp://-oProxyCommand=id@h/x": "is no name of a user",
    "sftp://-l@h/x": "is no name of a user",
    "sftp://a%40b@h/x": "is no name of a user",
    "sftp://a@b@h/x": "is no name of a user",
    "sftp://-h/x": "is no name of a host",
    "sftp://h-/x": "is no name of a host",
    "sftp://a..b/x": "is no name of a host",
    "sftp://h./x": "is no name of a host",
    "sftp://a%2fb/x": "is no name of a host",
    "sftp://$(id)/x": "is no name of a host",
    "sftp://127.1/x": "is no address of IPv4",
    "sftp://0x7f000001/x": "is no address of IPv4",
    "sftp://2130706433/x": "is no address of IPv4",
    "sftp://192.0.2.01/x": "is no address of IPv4",
    "sftp://2001:db8::1/x": "stands in brackets",
    "sftp://[192.0.2.1]/x": "is no address of IPv6",
    "sftp://[fe80::1%25eth0]/x": "zone",
    "sftp://[::1]x/x": "stands in brackets",
    "sftp://h:/x": "is no port",
    "sftp://h:0/x": "is no port",
    "sftp://h:022/x": "is no port",
    "sftp://h:65536/x": "is no port",
    "sftp://h:22a/x": "is no port",
    "sftp://h//x": "two `/` in a row",
    "sftp://h/a/../x": "`.` or `..`",
    "sftp://h/%2e%2E/x": "`.` or `..`",
    "sftp://h/./x": "`.` or `..`",
    "sftp://h/a%2fb": "no name of a file here has",
    "sftp://h/a%0ab": "no name of a file here has",
    "sftp://h/a%00": "no name of a file here has",
    "sftp://h/%1b[31m": "only as `%`",
    "sftp://h/%e2%80%ae": "no name of a file here has",
    "sftp://h/%c2%a0": "no name of a file here has",
    "sftp://h/%ff": "is not UTF-8",
    "sftp://h/%ed%a0%80": "is not UTF-8",
    "sftp://h/%c0%af": "is not UTF-8",
    "sftp://h/%zz": "only as `%`",
    "sftp://h/%4": "only as `%`",
    'sftp://h/"': "only as `%`",
    "sftp://h/a\\b": "only as `%`",
    "sftp://h/a b": "blanks or other characters",
    "sftp://h/a\nb": "blanks or other characters",
    "sftp://h/ä": "blanks or other characters",
    "sftp://h/x?y": "only a URL of https",
    "tftp://h/x?y": "only a URL of https",
    "sftp://h/x#y": "behind `#`",
    "https://h/x?a\\b": "must be written with `%`",
    "https://u@h/x": "only a URL of sftp names a user",
    "tftp://u@h/x": "only a URL of sftp names a user",
    "sftp://h/" + "x" * 2048: "longer than",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_url_is_refused_in_words(text: str) -> None:
    assert BAD[text] in refusal(text)


def refusal(text: str) -> str:
    with pytest.raises(RemoteError) as caught:
        parse_url(text)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("scheme", [one.value for one in Scheme])
def test_a_password_is_refused_and_not_repeated(scheme: str) -> None:
    for text in (f"{scheme}://ops:s3cret@h/x", f"{scheme}://:s3cret@h/x", f"{scheme}://ops:s3cret@@h/x"):
        assert "no password" in refusal(text)
        assert "s3cret" not in refusal(text)


def test_a_query_is_not_shown() -> None:
    assert str(parse_url("https://h/x?token=s3cret")) == "https://h/x?…"


def test_a_windows_path_and_a_name_with_a_colon_are_no_urls() -> None:
    assert not any(map(is_url, ("C:\\site.lb", "a:b", "dir/sftp://h/x", "://h/x", "")))


@given(st.text(max_size=40))
@example("\x1b]0;x\x07://h/x")
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    for one in (text, f"sftp://{text}", f"sftp://h/{text}", f"https://h/x?{text}"):
        try:
            url = parse_url(one)
        except RemoteError as error:
            assert str(error).isprintable()
        else:
            assert not url.host.startswith("-")
            assert not url.user.startswith("-")
            assert url.path.startswith("/")
            assert (url.path + url.host + url.user + str(url)).isprintable()


def test_every_scheme_says_what_it_can_do() -> None:
    assert ABILITIES.keys() == set(Scheme)
    for abilities in ABILITIES.values():
        assert abilities.needs_consent == (not abilities.proves_server)
        assert bool(abilities.note) == (not abilities.is_encrypted)
