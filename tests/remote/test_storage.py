"""What shell and commands get: content, digest, text, and one kind of error."""

from __future__ import annotations

from hashlib import sha256

import pytest

from lbsh import programs
from lbsh.remote.errors import RemoteError
from lbsh.remote.limits import USUAL
from lbsh.remote.storage import Fetched, fetch, no_includes, put
from lbsh.remote.urls import parse_url
from lbsh_lang.check import check
from lbsh_lang.source import Source

URL = parse_url("tftp://192.0.2.1/site.lb")


def test_digest_is_that_of_the_operator() -> None:
    fetched = Fetched(URL, b"text\n")
    digest = sha256(b"text\n").hexdigest()
    fetched.require_sha256(digest)
    fetched.require_sha256(digest.upper())
    with pytest.raises(RemoteError, match="is not the file that was meant"):
        fetched.require_sha256("0" * 64)
    for faulty in ("", digest[:-1], digest + "0", "g" * 64, f" {digest}"):
        with pytest.raises(RemoteError, match="64 hexadecimal digits"):
            fetched.require_sha256(faulty)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a\0b", "NUL byte in line 1"), (b"a\n\xff", "not UTF-8"), (b"\xff\xfea\0", "UTF-16")],
)
def test_what_is_no_text_is_no_script(content: bytes, words: str) -> None:
    with pytest.raises(RemoteError, match=words):
        Fetched(URL, content).source()


def test_source_has_the_name_of_the_url() -> None:
    source = Fetched(URL, b"\xef\xbb\xbfline\n").source()
    assert (source.name, source.text) == ("tftp://192.0.2.1/site.lb", "line\n")


def test_script_from_elsewhere_includes_nothing() -> None:
    checked = check(Source.of("site.lb", 'include "/etc/passwd"\n'), no_includes)
    assert any("a script that was fetched includes no files" in str(one) for one in checked.diagnostics)


def test_missing_program_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SEARCH_PATH", "/no/such/folder")
    monkeypatch.setenv("PATH", "/no/such/folder")
    with pytest.raises(RemoteError, match="is not fetched: the program `sftp` is not installed here"):
        fetch(parse_url("sftp://192.0.2.1/site.lb"))


def test_too_large_a_text_is_not_sent() -> None:
    with pytest.raises(RemoteError, match="is not stored: it is larger than"):
        put(URL, "xx", USUAL._replace(size=1))
