"""Rules checked by the filter's own program: a refused line leads back to its statement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lbsh import app
from lbsh.drivers.verify import Complaint, read_complaints, verify_artifact
from lbsh.programs import CommandError, Outcome
from lbsh_lang.backends.base import Artifact, Line, Verifier
from lbsh_lang.check import Checked
from lbsh_lang.source import Source

SITE = (
    "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
    "service B is 2001:db8::1 tcp 80\npool q for B\nadd fd00::1 to q\n"
)


def rendered(backend: str) -> tuple[Checked, Artifact, app.Request]:
    request = app.choose(backend, None)
    checked = app.check_source(Source.of("site.lb", SITE), request)
    return checked, app.render(checked.site, request), request


def broken(artifact: Artifact, place: str) -> Artifact:
    """The same rules with a word of nonsense in the last line that serves a statement."""
    lines = list(artifact.lines)
    index = max(index for index, line in enumerate(lines) if line.origin and line.origin.place == place)
    text = lines[index].text
    lines[index] = replace(lines[index], text=text.replace("10.0.0.1", "10.0.0.nonsense"))
    assert lines[index].text != text
    return Artifact(tuple(lines))


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_sound_rules_are_taken(backend: str) -> None:
    checked, artifact, request = rendered(backend)
    assert app.verify(checked, artifact, request) == ()


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_refused_line_is_a_finding_at_its_statement(backend: str) -> None:
    checked, artifact, request = rendered(backend)
    place = (
        "site.lb:4" if any(line.origin and line.origin.place == "site.lb:4" for line in artifact.lines) else "site.lb:2"
    )
    found = app.verify(checked, broken(artifact, place), request)
    assert {(one.code, f"site.lb:{one.span.start.line + 1}") for one in found} == {("LB403", place)}
    assert "refuses what is made of this" in found[0].message


def test_a_missing_program_is_named() -> None:
    with pytest.raises(CommandError, match="`no-such-program` is not installed here"):
        verify_artifact(Artifact((Line("x"),)), Verifier(("no-such-program",), "(?P<line>1)"))


def test_a_failure_without_a_line_is_told_in_the_programs_words() -> None:
    refusing = Verifier(("ls", "/no/such/folder"), r"line (?P<line>\d+)")
    with pytest.raises(CommandError, match="No such file or directory"):
        verify_artifact(Artifact((Line("x"),)), refusing)


@pytest.mark.parametrize(
    "said",
    [
        "iptables-restore: line 1 failed: Permission denied (you must be root).",
        "/dev/stdin:1:1-5: Error: Could not process rule: Operation not permitted",
        "pfctl: /dev/pf: Permission denied",
    ],
)
def test_a_lack_of_rights_is_no_fault_of_a_line(said: str) -> None:
    refusing = Verifier(("ls", said), r"line (?P<line>\d+)")  # `ls` repeats the name of a file that is not there
    with pytest.raises(CommandError, match="lacks the rights to look at rules; run lbsh as root"):
        verify_artifact(Artifact((Line("x"),)), refusing)


WORDS = {
    "nftables": ("/dev/stdin:2:3-5: Error: syntax error\n  foo\n  ^^^\n", Complaint(1, "syntax error")),
    "iptables": (
        "iptables-restore v1.8.9: bad port\nError occurred at line: 2\nTry -h\n",
        Complaint(1, "iptables-restore v1.8.9: bad port"),
    ),
    "pf": (
        "stdin:2: syntax error\npfctl: Syntax error in config file: pf rules not loaded\n",
        Complaint(1, "syntax error"),
    ),
}


@pytest.mark.parametrize("backend", WORDS)
def test_complaints_are_read(backend: str) -> None:
    said, complaint = WORDS[backend]
    verifier = app.choose(backend, None).backend.verifiers(app.check_source(Source.of("site.lb", SITE)).site)[0]
    assert read_complaints(Outcome(1, said), verifier, 3) == (complaint,)


def test_iptables_complaints_at_commit_are_read() -> None:
    verifier = app.choose("iptables", None).backend.verifiers(app.check_source(Source.of("site.lb", SITE)).site)[0]
    said = "iptables-restore: line 3 failed: No such file or directory.\n"
    assert read_complaints(Outcome(1, said), verifier, 3) == (Complaint(2, "failed: No such file or directory."),)
    said = "iptables-restore v1.8.9 (nf_tables):\nline 3: RULE_APPEND failed (No such file or directory): rule in chain A\n"
    assert read_complaints(Outcome(1, said), verifier, 3)[0].line == 2
