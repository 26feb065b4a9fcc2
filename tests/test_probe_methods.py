"""Probe methods are found, read and refused alike, whether they are lbsh's own or those of plug-ins."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from bench.editor import Client
from lbsh import app
from lbsh_lang.probes import registry
from lbsh_lang.probes.base import COMMON_OPTIONS, Argument, Method, Option, OptionKind
from lbsh_lang.probes.registry import BUILT_IN, EntryPoint, Methods, built_in, load_plug_ins
from lbsh_lang.probes.validation import fault_of
from lbsh_lang.source import Source
from lbsh_lang.syntax.automaton import AUTOMATON
from lbsh_lang.syntax.methods import METHODS, is_of_kind
from lbsh_lang.values import Protocol
from tests.plugins import ROOT, install, install_example, lbsh_command, run_lbsh
from tests.test_layers import imports

RESERVED = AUTOMATON.reserved

# The built-in methods


def test_the_built_in_methods_are_those_of_the_entry_points() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entries = [EntryPoint(name, value, "lbsh") for name, value in project["entry-points"][registry.GROUP].items()]
    assert entries == [registry.own_entry(name) for name in BUILT_IN]


def test_every_method_has_a_file_and_every_file_is_known() -> None:
    others = {"__init__", "base", "command", "filters", "registry", "validation"}
    assert {path.stem for path in (ROOT / "lbsh_lang" / "probes").glob("*.py")} == {*BUILT_IN} | others


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_method_keeps_to_what_is_asked_of_plug_ins(name: str) -> None:
    assert fault_of(METHODS[name], name, RESERVED) is None


def test_a_method_imports_records_and_values_only() -> None:
    for name in BUILT_IN:
        own = {one for one in imports(ROOT / "lbsh_lang" / "probes" / f"{name}.py") if one.startswith("lbsh")}
        assert all(re.match(r"lbsh_lang\.(probes\.(base|http)|values)\.", one) for one in own), name


def test_built_in_methods_are_found_without_asking_for_entry_points() -> None:
    """That takes longer than to parse 1,000 lines."""
    program = "from lbsh.cli.main import run; assert run(['check', 'examples/isp.lb']) == 0; import sys; "
    asked = "print('importlib.metadata' in sys.modules, 'lbsh_lang.probes.radius' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program + asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False True"


# Records of plug-ins

OPTION = Option(OptionKind.TEXT, "What is said.", required=False)
GOOD = Method("beat", "A server is up if it beats.", frozenset({Protocol.UDP}), None, {"say": OPTION})
ANY_ARGUMENT = Argument("the words", "What is said.")

FAULTY: dict[str, tuple[object, str]] = {
    "no record": ({"name": "beat"}, "it is no `Method` of `lbsh_lang.probes.base`"),
    "a class": (Method, "it is no `Method` of `lbsh_lang.probes.base`"),
    "another name": (GOOD._replace(name="beet"), "its record has another name than its entry point"),
    "a sentence without end": (GOOD._replace(sentence="up"), "`sentence` is no sentence"),
    "a sentence of two lines": (GOOD._replace(sentence="A.\nB."), "`sentence` is no sentence"),
    "a sentence with a link": (GOOD._replace(sentence="[A](https://example.org)."), "`sentence` is no sentence"),
    "half a code span": (GOOD._replace(sentence="A `b."), "`sentence` is no sentence"),
    "a sentence that turns around": (GOOD._replace(sentence="A\u202e."), "`sentence` is no sentence"),
    "no protocols": (GOOD._replace(protocols=frozenset()), "`protocols` is no frozenset"),
    "words for protocols": (GOOD._replace(protocols=cast(frozenset[Protocol], frozenset({"tcp"}))), "`protocols` is"),
    "a bare argument": (GOOD._replace(argument=cast(Argument, "the words")), "`argument` is neither"),
    "a phrase for a snippet": (GOOD._replace(argument=ANY_ARGUMENT._replace(phrase="${1|a,b|}")), "the phrase of its"),
    "ports that are none": (GOOD._replace(usual_ports=(25,)), "`usual_ports` is no frozenset"),  # type: ignore[arg-type]
    "an empty phrase": (GOOD._replace(argument=ANY_ARGUMENT._replace(phrase=" ")), "the phrase of its"),
    "an argument's sentence": (
        GOOD._replace(argument=ANY_ARGUMENT._replace(sentence="")),
        "the sentence of its argument",
    ),
    "a list of options": (GOOD._replace(options=cast(Mapping[str, Option], ["say"])), "`options` is no mapping"),
    "a bare option": (GOOD._replace(options={"say": cast(Option, "text")}), "its option `say` is no `Option`"),
    "a number as an option": (GOOD._replace(options={cast(str, 1): OPTION}), "no script can have the name of one of"),
    "a kind in words": (GOOD._replace(options={"say": OPTION._replace(kind=cast(OptionKind, "TEXT"))}), "the kind of"),
    "an option's sentence": (
        GOOD._replace(options={"say": OPTION._replace(sentence="*")}),
        "the sentence of its option",
    ),
    "a word for required": (
        GOOD._replace(options={"say": OPTION._replace(required=cast(bool, "no"))}),
        "`required` of",
    ),
}


def test_a_good_record_is_taken() -> None:
    assert fault_of(GOOD, "beat", RESERVED) is None
    assert fault_of(GOOD._replace(argument=ANY_ARGUMENT), "beat", RESERVED) is None


@pytest.mark.parametrize("case", FAULTY)
def test_a_faulty_record_is_refused_with_a_reason(case: str) -> None:
    record, reason = FAULTY[case]
    assert (fault_of(record, "beat", RESERVED) or "").startswith(reason)


NO_NAMES = (
    "",
    " ",
    "1st",
    "two words",
    "a,b",
    'a"b',
    "a#b",
    "\x1b[31m",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    "a" * 64,
)
WORDS = (*AUTOMATON.keywords, *NO_NAMES, "a", "imap4", "x-y_z", "A" * 63, "-a", "tcp", "every-day")


def plays(terminal: str, *words: str) -> bool:
    """Whether the last of the words of a line plays a part."""
    return AUTOMATON.read_shape(AUTOMATON.shape_of(words)).terminals[len(words) - 1 :] == (terminal,)


@pytest.mark.parametrize("word", WORDS)
def test_names_that_are_taken_are_read_as_what_they_name(word: str) -> None:
    """All keywords are taken that can be read so, but for `file` as an option, which would look like a value's."""
    as_method = fault_of(GOOD._replace(name=word), word, RESERVED) is None
    as_option = fault_of(GOOD._replace(options={word: OPTION}), "beat", RESERVED) is None
    if word in NO_NAMES or word == "-a":
        assert (as_method, as_option) == (False, False)
    else:
        assert as_method == plays("METHOD", "probe", "A", "with", word)
        assert as_option == (plays("PROBE_OPTION", "probe", "A", "with", "beat", word) and word != "file")


def test_the_common_options_are_those_of_the_grammar() -> None:
    assert {
        word for word in AUTOMATON.keywords if plays(AUTOMATON.keywords[word], "probe", "A", "with", "x", word)
    } == {*COMMON_OPTIONS}


# Entry points of plug-ins


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module with records, under the name `beats`."""
    module = ModuleType("beats")
    vars(module).update(BEAT=GOOD, BEET=GOOD._replace(name="beet"), NOTHING=None)
    monkeypatch.setitem(sys.modules, "beats", module)
    yield module


@pytest.mark.usefixtures("modules")
def test_a_plug_in_is_asked_for_names_that_lbsh_does_not_know() -> None:
    asked: list[int] = []

    def find() -> Iterator[EntryPoint]:
        asked.append(1)
        yield from (registry.own_entry(name) for name in BUILT_IN)
        yield EntryPoint("beat", "beats:BEAT [extra]", "beats")

    methods = Methods(RESERVED, find)
    assert ([methods[name] for name in BUILT_IN], asked) == ([*built_in().values()], [])
    assert (methods["beat"], methods.get("beet"), asked) == (GOOD, None, [1])
    assert (tuple(methods), len(methods), asked) == ((*BUILT_IN, "beat"), 13, [1])
    assert (dict(methods.refused()), methods.complaints()) == ({}, ())


ENTRIES: dict[str, tuple[list[EntryPoint], dict[str, str]]] = {
    "two plug-ins with one name": (
        [EntryPoint("beat", "beats:BEAT", "second"), EntryPoint("beat", "beats:BEET", "first")],
        {
            "beat": "more than one plug-in has a method of this name: `second` (beats:BEAT) and `first` (beats:BEET)",
        },
    ),
    "a name of lbsh": (
        [registry.own_entry("tcp"), EntryPoint("tcp", "beats:BEAT", "beats")],
        {"tcp": "lbsh has a method of this name, which `beats` (beats:BEAT) cannot replace"},
    ),
    "no such module": (
        [EntryPoint("beat", "nowhere:BEAT", "beats")],
        {"beat": "its plug-in `beats` (nowhere:BEAT) cannot be loaded: No module named 'nowhere'"},
    ),
    "no such attribute": (
        [EntryPoint("beat", "beats:GONE", "beats")],
        {"beat": "its plug-in `beats` (beats:GONE) cannot be loaded: module 'beats' has no attribute 'GONE'"},
    ),
    "no attribute": (
        [EntryPoint("beat", "beats", "beats")],
        {"beat": "its plug-in `beats` (beats) cannot be loaded: module 'beats' has no attribute ''"},
    ),
    "no module": (
        [EntryPoint("beat", ":BEAT", "beats")],
        {"beat": "its plug-in `beats` (:BEAT) cannot be loaded: Empty module name"},
    ),
    "no method": (
        [EntryPoint("beat", "beats:NOTHING", "beats")],
        {"beat": "its plug-in `beats` (beats:NOTHING) cannot be used: it is no `Method` of `lbsh_lang.probes.base`"},
    ),
    "hostile words": (
        [EntryPoint("a\x1b[31m", "no\n\x1bwhere:A", "\u202e" + "b" * 300)],
        {
            "a\x1b[31m": f"its plug-in `\ufffd{'b' * 198}…` (no \ufffdwhere:A) cannot be loaded: "
            "No module named 'no\\n\\x1bwhere'",
        },
    ),
}


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize("case", ENTRIES)
def test_what_cannot_be_used_is_refused_and_all_are_named(case: str) -> None:
    entries, refused = ENTRIES[case]
    found = load_plug_ins([*entries, EntryPoint("beet", "beats:BEET", "beets")], RESERVED)
    assert found.refused == refused
    assert [*found.methods] == ["beet"]
    (complaint,) = Methods(RESERVED, lambda: entries).complaints()
    assert complaint.isprintable()


# Values of options

LONG = "a" * 64

VALUES: dict[OptionKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    OptionKind.TEXT: (('""', '"x y"'), ("x",)),
    OptionKind.FILE: (('"/a b"',), ("x",)),
    OptionKind.STATUSES: (("200", "200-399"), ("99", "600", "300-200", '"200"')),
    OptionKind.SWITCH: (("on", "off"), ("yes", "ON", '"on"')),
    OptionKind.RECORD: (("A", "SOA"), ("a", "ANY")),
    OptionKind.CODE: (("NOERROR", "NXDOMAIN"), ("noerror", "0", '"NOERROR"')),
    OptionKind.PATH: (
        ('"/"', '"/a?b=c&d"', '"/%20"'),
        ('""', '"a"', '"/a b"', '"http://x/"', '"/\u00e9"', "/", '"/\x7f"'),
    ),
    OptionKind.HOST: (
        ('"www.example.net"', '"a"', '"10.0.0.1"', '"_x.a-b"'),
        ('""', '"a b"', '"a:80"', '".a"', '"a."', '"-a"', f'"{LONG}"', '"\u00e9"', '"a\r"', "a"),
    ),
    OptionKind.SITE: (
        ('"www.example.net"', '"a:80"', '"[2001:db8::1]"', '"[::1]:8080"'),
        ('""', '"a:"', '"a:b"', '"::1"', '"a b"', '"a\r\nX: y"'),
    ),
    OptionKind.DOMAIN: (
        ('"example.net"', '"example.net."', '"."', '"_sip._udp.a"', '"0/25.2.0.192.in-addr.arpa"'),
        ('""', '"a..b"', '".a"', f'"{LONG}"', f'"{".".join(["a" * 60] * 5)}"', '"a b"', '"\u00e9"', "a"),
    ),
    OptionKind.FILTER: (('"(uid=probe)"', '"(&(a=b)(c=*))"'), ('""', '"uid=probe"', '"(a=b"', "(a=b)")),
}


@pytest.mark.parametrize("kind", OptionKind)
def test_values_of_options_are_held_to_their_kind(kind: OptionKind) -> None:
    good, bad = VALUES[kind]
    judged = {text: is_of_kind(kind, text, text.strip('"')) for text in (*good, *bad)}
    assert judged == dict.fromkeys(good, True) | dict.fromkeys(bad, False)


# Libraries of methods


DNS_SITE = """\
interface external em0
service DNS is 203.0.113.1 udp 53
pool dns_pool for DNS
add 10.0.0.1 to dns_pool
probe DNS with dns query "example.net"
"""


@pytest.mark.parametrize("request_for", [None, "nftables"])
def test_a_missing_library_is_a_finding_that_a_comment_allows(
    monkeypatch: pytest.MonkeyPatch, request_for: str | None
) -> None:
    chosen = app.choose(request_for, None) if request_for else None
    allowed = DNS_SITE.replace('"example.net"', '"example.net"  # lbsh: allow LB507')
    sources = Source.of("x.lb", DNS_SITE), Source.of("y.lb", allowed)
    assert [app.check_for_any(source, chosen).diagnostics for source in sources] == [(), ()]
    monkeypatch.setitem(sys.modules, "dns", None)
    found = [app.check_for_any(source, chosen).diagnostics for source in sources]
    assert [[one.code for one in of_script] for of_script in found] == [["LB507"], []]


# The plug-in of the example


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plug-in of the example."""
    folder = tmp_path_factory.mktemp("example")
    install_example(folder)
    return folder


SITE = """\
interface external em0
service MAIL is 203.0.113.1 tcp imap
pool mail_pool for MAIL
add 10.0.0.1 to mail_pool
"""


def findings(folder: Path, *scripts: str) -> list[list[tuple[str, str, list[str]]]]:
    """Codes, messages and help of what is found in each script."""
    names = [f"{number}.lb" for number in range(len(scripts))]
    for name, script in zip(names, scripts, strict=True):
        (folder / name).write_text(script)
    done = run_lbsh(folder, "check", "--format", "json", *names)
    assert done.stderr == ""
    found: dict[str, list[tuple[str, str, list[str]]]] = {name: [] for name in names}
    for one in json.loads(done.stdout)["diagnostics"]:
        found[one["file"]].append((one["code"], one["message"], one["help"]))
    return list(found.values())


def test_a_script_with_the_method_is_sound(example: Path) -> None:
    script = SITE + 'probe MAIL with nntp tls on capability "READER" every 5s\n'
    assert findings(example, script) == [[]]
    assert run_lbsh(example, "emit", "--backend", "nftables", "-", stdin=script).returncode == 0


FINDINGS = {
    "probe MAIL with nntp": ("LB502", "the method `nntp` needs the option `tls`", []),
    "probe MAIL with nntp tls perhaps": ("LB502", "the option `tls` takes `on` or `off`", []),
    "probe MAIL with nntp tls on capability READER": (
        "LB502",
        "the option `capability` takes a text in quotes",
        ['`"READER"` may be meant'],
    ),
    "probe MAIL with nntp tsl on": (
        "LB502",
        "the method `nntp` has no option `tsl`; "
        "its options are `tls`, `capability`, `port`, `every`, `timeout`, `rise`, `fall`, `recheck`",
        ["`tls` may be meant"],
    ),
    'probe MAIL with nntp "x" tls on': ("LB502", "the method `nntp` takes no text of its own", []),
    "probe MAIL with nnpt": (
        "LB205",
        "`nnpt` is not a probe method",
        ["a probe method with a similar name exists: `nntp`"],
    ),
    "probe MAIL with nonsense": (
        "LB205",
        "`nonsense` is not a probe method",
        [
            "known are `tcp`, `syn`, `http`, `https`, `smtp`, `imap`, `pop3`, `ldap`, `dns`, `radius`, `icmp`, `exec`, "
            "`nntp`"
        ],
    ),
}


def test_the_options_of_the_method_are_checked(example: Path) -> None:
    app.check_source(Source.of("x.lb", f"{SITE}probe MAIL with nnpt\n"))  # what is known here, no fork may go by
    found = findings(example, *(f"{SITE}{line}\n" for line in FINDINGS))
    assert dict(zip(FINDINGS, found, strict=True)) == {line: [one] for line, one in FINDINGS.items()}


def test_the_method_is_in_the_lists_of_those_that_fit(example: Path) -> None:
    script = SITE + 'probe MAIL with radius user "a" secret file "b"\n'
    (((code, _, helps),),) = findings(example, script)
    assert (code, helps) == (
        "LB504",
        ["methods that can: tcp, syn, http, https, smtp, imap, pop3, ldap, dns, icmp, exec, nntp"],
    )


DIFFERENCE = """\
~ the nntp probe of MAIL has tls off instead of on
~ the nntp probe of MAIL has capability "ID" instead of "READER"
"""


def test_formatter_and_difference_know_the_options(example: Path) -> None:
    formatted = run_lbsh(example, "fmt", "-", stdin='probe MAIL with nntp every 5s capability "READER" tls on\n')
    assert formatted.stdout == 'probe MAIL with nntp tls on capability "READER" every 5s\n'
    for name, options in (("old", 'tls on capability "READER"'), ("new", 'tls off capability "ID"')):
        (example / f"{name}.lb").write_text(f"{SITE}probe MAIL with nntp {options}\n", encoding="utf-8")
    done = run_lbsh(example, "diff", "old.lb", "new.lb")
    assert done.stdout == DIFFERENCE


def test_editors_know_the_method(example: Path) -> None:
    """Completion, hover, the parts of a form and colours, by the language server."""
    line = SITE.count("\n")
    text = SITE + 'probe MAIL with nntp tls on capability "READER"\nprobe MAIL with \nprobe MAIL with nntp \n'
    document = {"uri": "untitled:x.lb"}
    with Client(lbsh_command(example, "lsp")) as client:
        made = client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        legend = made["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
        item = {**document, "languageId": "lbsh", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": item})

        def asked(feature: str, line: int, column: int) -> object:
            position = {"line": line, "character": column}
            return client.ask(f"textDocument/{feature}", {"textDocument": document, "position": position})

        def labels(line: int, column: int) -> list[str]:
            found = asked("completion", line, column)
            items = found["items"] if isinstance(found, dict) else found
            assert isinstance(items, list)
            return [one["label"] for one in items]

        assert "nntp" in labels(line + 1, 16)
        assert labels(line + 2, 21)[:2] == ["tls", "capability"]
        assert labels(line, 25)[:2] == ["on", "off"]
        assert "A server is up if it greets as a news server does." in json.dumps(asked("hover", line, 17))
        assert "Whether the connection is encrypted from its first byte." in json.dumps(asked("hover", line, 22))
        assert "What the server must say that it can do." in json.dumps(asked("hover", line, 40))
        assert "What the server must say that it can do." in json.dumps(asked("signatureHelp", line, 39))
        tokens = client.ask("textDocument/semanticTokens/full", {"textDocument": document})["data"]
    words = text.splitlines()[line].split()
    kinds = [legend[kind] for below, _, kind in rows_of(tokens) if below == line]
    assert dict(zip(words, kinds, strict=True)) == {
        "probe": "keyword",
        "MAIL": "class",
        "with": "keyword",
        "nntp": "enumMember",
        "tls": "property",
        "on": "enumMember",
        "capability": "property",
        '"READER"': "string",
    }


def rows_of(data: list[int]) -> Iterator[tuple[int, int, int]]:
    """Line, column and type of each token (language server protocol, semantic tokens)."""
    line = column = 0
    for start in range(0, len(data), 5):
        below, beside, _, kind, _ = data[start : start + 5]
        line, column = line + below, beside if below else column + beside
        yield line, column, kind


# A plug-in that is broken


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with plug-ins that cannot be used, and one that can."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "sick.py").write_text("raise RuntimeError('no\\nlibrary \\x1b[31m')\n", encoding="utf-8")
    install_example(folder)
    install(folder, "sick", {registry.GROUP: {"beat": "sick:METHOD", "nntp": "sick:METHOD", "icmp": "sick:METHOD"}})
    return folder


def test_a_broken_plug_in_is_a_finding_where_its_method_is_named(broken: Path) -> None:
    reasons = {
        "beat": "its plug-in `sick` (sick:METHOD) cannot be loaded: no library \ufffd[31m",
        "nntp": "more than one plug-in has a method of this name: `lbsh-example` (lbsh_example.nntp:METHOD) and "
        "`sick` (sick:METHOD)",
    }
    scripts = [f"{SITE}probe MAIL with {name} tls on\n" for name in reasons]
    found = findings(broken, *scripts, SITE + "probe MAIL with icmp\n")
    assert found == [*[[("LB205", f"`{name}`: {reason}", [])] for name, reason in reasons.items()], []]


def test_what_is_installed_and_cannot_be_used_is_a_line_for_the_administrator(broken: Path) -> None:
    done = run_lbsh(broken, "backends")
    complaints = done.stderr.splitlines()
    assert (done.returncode, len(complaints)) == (0, 3)
    assert all(re.match("lbsh: the probe method `(beat|icmp|nntp)`: .*`sick`", line) for line in complaints)
