"""`lbsh save`: all rules as the kernel has them, in a file that loads them again; and what it does not replace."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.drivers.iptables_saved import read_saved
from lbsh.drivers.nft_ruleset import lacking, read_ruleset
from lbsh.drivers.nft_saving import NftSaver
from lbsh.drivers.saving import Copy
from lbsh.lab.namespaces import Namespace, run
from lbsh_lang.backends.base import Options
from tests.gateway.world import FIG_7
from tests.system.device import ROOT, Device, Done, without_capabilities

FOREIGN = """\
table inet admin {
    set bad { type ipv4_addr; elements = { 192.0.2.1 comment "a, } b", 192.0.2.2, 192.0.2.3 } }
    set seen { type ipv4_addr; flags dynamic,timeout; timeout 10m; elements = { 192.0.2.9 } }
    chain in {
        type filter hook input priority 0; policy accept;
        iif lo accept
        ip saddr @bad counter drop comment "x { y"
        tcp dport { 23, 25 } limit rate 5/second accept
    }
}
"""


@pytest.fixture
def device(bare: Device) -> Device:
    bare.lbsh("run", "-", stdin=FIG_7)
    bare.nft(FOREIGN)
    return bare


@pytest.fixture
def fresh() -> Iterator[Namespace]:
    made = Namespace("fresh")
    yield made
    made.delete()


def save(device: Device, *words: str, status: int = 0) -> str:
    """What `lbsh save` says."""
    done = device.lbsh("save", *words, status=status)
    return done.out + done.errors


def test_what_is_saved_loads_the_same_rules(device: Device, fresh: Namespace) -> None:
    path = device.folder / "rules.nft"
    assert save(device, str(path)) == f"Saved to {path}\n"
    text = path.read_text()
    assert text.startswith("#!/usr/sbin/nft -f\n# All rules of this device, written by `lbsh save`.\n\nflush ruleset\n")
    assert "192.0.2.9" not in text, "what packets left there is no configuration"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    fresh.run("nft", "-f", str(path))
    fresh_device = Device(fresh, device.folder)
    assert fresh_device.rules() == device.rules().replace("\t\telements = { 192.0.2.9 }\n", "")
    again = device.folder / "again.nft"
    save(fresh_device, str(again))
    assert again.read_text() == text
    assert save(device, str(path)) == f"{path} has these rules already\n"
    assert not [*device.folder.glob("*before-lbsh*")]


def test_the_old_file_is_kept_with_its_mode(device: Device) -> None:
    path = device.folder / "rules.nft"
    path.write_text("#!/usr/sbin/nft -f\nflush ruleset\n" + FOREIGN)
    path.chmod(0o755)
    old = path.read_text()
    kept = path.with_name("rules.nft.before-lbsh")
    assert save(device, str(path)) == f"Saved to {path} (the old file: {kept})\n"
    assert (kept.read_text(), stat.S_IMODE(path.stat().st_mode)) == (old, 0o755)
    device.run("add 192.168.1.77 to mx_pool")
    assert save(device, str(path)) == f"Saved to {path} (the old file: {kept}.1)\n"
    assert kept.read_text() == old
    assert "192.168.1.77" in path.read_text()
    assert not [*device.folder.glob(".lbsh-*")]


def test_what_only_the_file_has_is_not_lost(device: Device) -> None:
    path = device.folder / "rules.nft"
    path.write_text(f"flush ruleset\n{FOREIGN.replace('23, 25', '22')}table ip gone {{ }}\n")
    old = path.read_text()
    said = save(device, str(path), status=1)
    assert f"{path}: is not replaced, since it has what is not loaded" in said
    assert "`table ip gone`" in said
    assert "`table inet admin, chain in: tcp dport 22 limit rate 5/second accept`" in said
    assert "--force" in said
    assert path.read_text() == old
    assert "the old file" in save(device, "--force", str(path))


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("text", "words"),
    [("no rules\n", "nft does not load it"), ('include "/nowhere/x.nft"\n', "nft does not load it")],
)
def test_a_file_that_cannot_be_judged_is_not_replaced(device: Device, text: str, words: str) -> None:
    path = device.folder / "rules.nft"
    path.write_text(text)
    assert words in save(device, str(path), status=1)
    assert path.read_text() == text


def test_included_rules_count_and_are_noted(device: Device) -> None:
    part = device.folder / "part.nft"
    part.write_text("table ip part { }\n")
    path = device.folder / "rules.nft"
    path.write_text(f'include "{part}"\n')
    assert "`table ip part`" in save(device, str(path), status=1)
    device.nft(part.read_text())
    assert "it included other files, whose rules are in the new one now" in save(device, str(path))


def test_rules_that_name_an_interface_of_the_device_are_judged(device: Device) -> None:
    device.namespace.run("ip", "link", "add", "wan7", "type", "bridge")
    try:
        path = device.folder / "rules.nft"
        path.write_text("table ip t { chain c { iif wan7 accept; }\n }\n")
        assert '`table ip t, chain c: iif "wan7" accept`' in save(device, str(path), status=1)
        device.nft(path.read_text())
        assert "Saved to" in save(device, str(path))
    finally:
        device.namespace.run("ip", "link", "delete", "wan7")


def test_a_look_at_a_file_makes_the_interfaces_that_it_names(device: Device) -> None:
    """The kernel of a firewall loads no module for a mere look, such as `bridge`."""
    program, asked = shutil.which("ip"), device.folder / "asked"
    device.put("ip", f'tee -a {asked} | {program} "$@"')
    path = device.folder / "rules.nft"
    try:
        for name in ("wan7", "wan8"):
            device.namespace.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p")
        path.write_text("table ip t { }\n")
        save(device, str(path), status=1)
        assert not asked.exists()
        path.write_text("table ip t { chain c { iif wan7 accept; }\n }\n")
        assert '`table ip t, chain c: iif "wan7" accept`' in save(device, str(path), status=1)
        assert asked.read_text() == "link add name wan7 type veth peer name lbsh0\n"
    finally:
        for name in ("wan7", "wan8"):
            device.namespace.run("ip", "link", "delete", name)


def test_tables_of_iptables_are_named_and_refused(device: Device) -> None:
    device.namespace.run("iptables-nft", "-A", "INPUT", "-m", "recent", "--name", "x", "--set", "-j", "ACCEPT")
    path = device.folder / "rules.nft"
    said = save(device, str(path), status=2)
    assert "iptables-nft manages the table `ip filter`" in said
    assert "iptables-save" in said
    assert not path.exists()


@pytest.mark.sampled
@pytest.mark.parametrize("options", [(), ("--each",), ("--keep-going",)], ids=str)
def test_where_the_statement_writes(device: Device, options: tuple[str, ...]) -> None:
    target = device.folder / "x.nft"
    named = f'save "{target}"'
    script, inner = device.folder / "script.lb", device.folder / "inner.lb"
    inner.write_text("save\n")
    for text in (named, 'include "inner.lb"'):
        script.write_text(text + "\n")
        done = device.lbsh("run", *options, str(script), status=1)
        assert "writes no file" in done.errors
    for stdin in (named, "save"):
        for name in ("-", "/dev/stdin"):
            assert "writes no file" in device.lbsh("run", *options, name, stdin=stdin, status=1).errors
    with script.open("w") as file:
        file.write("save\n")
    done = device.lbsh("run", *options, "/dev/stdin", before=("sh", "-c", f'exec "$@" <{script}', "sh"), status=1)
    assert "writes no file" in done.errors
    assert not target.exists()
    assert device.lbsh("run", *options, "-c", named).out == f"Saved to {target}\n"


def test_a_hostile_file_writes_nowhere(device: Device) -> None:
    before = Path("/etc/passwd").read_bytes()
    script = device.folder / "script.lb"
    script.write_text('save "/etc/passwd"\n')
    assert "`save` with a name in a file" in device.lbsh("run", str(script), status=1).errors
    assert Path("/etc/passwd").read_bytes() == before


def test_a_link_that_others_may_have_placed_is_not_followed(device: Device) -> None:
    secret = device.folder / "secret"
    secret.write_text("# nothing\n")
    shared = device.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "rules.nft").symlink_to(secret)
    (shared / "way").symlink_to(device.folder)
    for path in (shared / "rules.nft", shared / "way" / "secret"):
        said = save(device, "--force", str(path), status=2)
        assert "is a symbolic link in a folder that others may write to" in said
    assert secret.read_text() == "# nothing\n"
    shared.chmod(0o755)
    assert f"Saved to {secret} (" in save(device, "--force", str(shared / "rules.nft"))
    assert (shared / "rules.nft").is_symlink()


def test_missing_rights_are_named(device: Device) -> None:
    path = device.folder / "rules.nft"
    done = device.lbsh("save", str(path), before=without_capabilities("net_admin"), status=2)
    assert "CAP_NET_ADMIN" in done.errors
    path.write_text("table ip t { }\n")
    done = device.lbsh("save", str(path), before=without_capabilities("sys_admin"), status=1)
    assert "CAP_SYS_ADMIN" in done.errors
    device.folder.chmod(0o755)
    folder = device.folder / "closed"
    folder.mkdir(mode=0o555)
    os.chown(folder, 12345, 12345)
    done = device.lbsh("save", str(folder / "x"), before=without_capabilities("dac_override"), status=2)
    assert "lacks the right to write there" in done.errors
    assert "there is no folder" in save(device, "/nowhere/x", status=2)


# The usual places


@pytest.fixture
def with_etc(bare: Device) -> Device:
    """A device with a folder `etc` that commands see in place of /etc."""
    (bare.folder / "etc" / "iptables").mkdir(parents=True)
    for name in ("alternatives", "protocols", "services"):
        if Path("/etc", name).exists():
            run("cp", "-a", f"/etc/{name}", str(bare.folder / "etc" / name))
    return bare


def in_etc(device: Device, *words: str, status: int = 0, stdin: str = "") -> Done:
    """Runs a command that sees the folder `etc` of the device in place of /etc."""
    script = f'mount --bind {device.folder / "etc"} /etc && exec "$@"'
    return device.lbsh(*words, status=status, stdin=stdin, before=("unshare", "-m", "sh", "-c", script, "sh"))


def files_in_etc(device: Device) -> set[str]:
    return {path.name for path in (device.folder / "etc").rglob("*") if "alternatives" not in path.parts}


@pytest.mark.parametrize("kind", ["nft", "legacy"])
def test_both_files_of_iptables(with_etc: Device, fresh: Namespace, kind: str) -> None:
    device = with_etc
    programs = {}
    for program in ("iptables", "ip6tables"):
        for end in ("", "-save", "-restore"):
            real = f"{program}-{kind}{end}"
            device.put(program + end, f'exec /usr/sbin/{real} "$@"')
            programs[program + end] = real
    foreign = ("-A", "FORWARD", "-s", "192.0.2.7", "-m", "comment", "--comment", "a b", "-j", "DROP")
    device.namespace.run(programs["iptables"], *foreign)
    device.namespace.run(programs["ip6tables"], "-P", "INPUT", "DROP")
    try:
        device.lbsh("apply", "--driver", "iptables", "-", stdin=FIG_7)
        etc = device.folder / "etc" / "iptables"
        said = in_etc(device, "save").out
        assert said == "Saved to /etc/iptables/rules.v4\nSaved to /etc/iptables/rules.v6\n"
        for program, name in (("iptables", "rules.v4"), ("ip6tables", "rules.v6")):
            fresh.run(programs[f"{program}-restore"], text=(etc / name).read_text())
            listings = [one.run(programs[f"{program}-save"]) for one in (fresh, device.namespace)]
            there, here = map(read_saved, listings)
            assert there == here
        assert "LBSH" in (etc / "rules.v4").read_text()
        assert "these rules already" in in_etc(device, "save").out
        device.run("remove SMTP")
        assert "the old file: /etc/iptables/rules.v4.before-lbsh" in in_etc(device, "save").out
        device.namespace.run(programs["iptables"], "-D", *foreign[1:])
        said = in_etc(device, "save", status=1).errors
        assert "/etc/iptables/rules.v4: is not replaced" in said
        assert "`table filter: -A FORWARD -s 192.0.2.7/32" in said
    finally:
        for program in ("iptables", "ip6tables"):
            device.namespace.run(programs[f"{program}-restore"], text=EMPTY)


EMPTY = "".join([f"*{table}\n:INPUT ACCEPT\nCOMMIT\n" for table in ("filter", "nat", "mangle")])


def test_a_policy_of_iptables_is_not_lost(with_etc: Device) -> None:
    with_etc.lbsh("apply", "--driver", "iptables", "-", stdin=FIG_7)
    path = with_etc.folder / "etc" / "iptables" / "rules.v6"
    path.write_text("*filter\n:FORWARD DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n")
    said = in_etc(with_etc, "save", status=1).errors
    assert "`table filter: chain FORWARD, policy DROP`, `table filter: -A INPUT -p tcp -j ACCEPT`" in said
    assert not (with_etc.folder / "etc" / "iptables" / "rules.v4").exists()


def test_the_usual_place_of_nftables(with_etc: Device) -> None:
    with_etc.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    script = with_etc.folder / "more.lb"
    script.write_text("save\n")
    path = with_etc.folder / "etc" / "nftables.conf"
    assert in_etc(with_etc, "run", str(script)).out == "Saved to /etc/nftables.conf\n"
    text = path.read_text()
    path.unlink()
    in_etc(with_etc, "run", "-c", "save")
    assert path.read_text() == text


@pytest.mark.sampled
@pytest.mark.parametrize("mode", [(), ("--each",), ("--keep-going",)], ids=str)
@pytest.mark.parametrize("line", ["save", 'save "/etc/rules.nft"'])
def test_no_other_script_has_a_file_written(with_etc: Device, mode: tuple[str, ...], line: str) -> None:
    """Pasted, by a pipe, included (from what is typed, too), applied."""
    device = with_etc
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    inner, outer = device.folder / "inner.lb", device.folder / "outer.lb"
    inner.write_text(f"{line}\n")
    outer.write_text(f'include "{inner.name}"\n')
    before = files_in_etc(device)
    said = [
        in_etc(device, "run", *mode, "-", stdin=f"{line}\n", status=1),
        in_etc(device, "run", *mode, "/dev/stdin", stdin=f"{line}\n", status=1),
        in_etc(device, "run", *mode, str(outer), status=1),
        in_etc(device, "run", *mode, "--include-from", str(device.folder), "-c", f'include "{inner}"', status=1),
    ]
    assert all("writes no file" in one.errors for one in said)
    in_etc(device, "apply", "-", stdin=f"{FIG_7}{line}\n")
    in_etc(device, "apply", "--running")
    assert files_in_etc(device) == before


def test_rules_that_nft_cannot_read_back_are_not_saved(device: Device) -> None:
    device.put("nft", 'case "$*" in *ruleset*) echo "table ip x {\nwhat\n}";; *) exec /usr/sbin/nft "$@";; esac')
    path = device.folder / "rules.nft"
    assert "refuses the rules as they are listed" in save(device, str(path), status=2)
    assert not path.exists()


def test_texts_of_others_stay_what_they_are(device: Device, fresh: Namespace) -> None:
    device.nft('table ip x {\n comment "flush ruleset } #"\n chain y {\n counter comment "; drop"\n }\n}\n')
    path = device.folder / "rules.nft"
    save(device, str(path))
    fresh.run("nft", "-f", str(path))
    assert 'comment "flush ruleset } #"' in Device(fresh, device.folder).rules()
    path.write_text(path.read_text().replace("; drop", "; accept"))
    assert "; accept" in save(device, str(path), status=1)


@pytest.mark.sampled
@pytest.mark.parametrize("path", ["/dev/null", "/nowhere/x", ".", "-", "/"])
def test_places_that_are_no_file(device: Device, path: str) -> None:
    assert save(device, "--force", path, status=2).startswith("lbsh: ")


def test_owners_stay(device: Device) -> None:
    path = device.folder / "rules.nft"
    path.write_text("# only a comment\n")
    os.chown(path, 12, 34)
    save(device, str(path))
    for one in (path, path.with_name("rules.nft.before-lbsh")):
        assert (one.stat().st_uid, one.stat().st_gid) == (12, 34)


def test_the_driver_none_has_nothing_to_save(bare: Device) -> None:
    bare.lbsh("apply", "--driver", "none", "-", stdin=FIG_7, status=2)
    assert "the driver `none` has no rules" in bare.lbsh("save", status=2).errors


RULES = (ROOT / "tests" / "golden" / "rules").glob("*/nftables-1.0.rules")
GOLDEN = sorted(path.parent.name for path in RULES if not path.read_text().startswith("error"))


@pytest.mark.sampled
@pytest.mark.parametrize("site", GOLDEN)
def test_rules_of_every_site_go_round(bare: Device, fresh: Namespace, site: str) -> None:
    """What is saved, loaded elsewhere and saved again says the same, and from then on in the same words.

    nft loads a set of one element as the element.
    """
    bare.nft((ROOT / "tests" / "golden" / "rules" / site / "nftables-1.0.rules").read_text())
    options = Options("1.0")

    def copy() -> Copy:
        return NftSaver().copies(options, lambda: None)[0]

    saved = bare.namespace.call(copy)
    bare.namespace.call(NftSaver().test, saved, options)
    rules = bare.rules()
    fresh.run("nft", "-f", "-", text=saved.text)
    again = fresh.call(copy)
    there = Device(fresh, bare.folder).rules()
    assert [*lacking(read_ruleset(rules), read_ruleset(there), ())] == []
    assert [*lacking(read_ruleset(there), read_ruleset(rules), ())] == []
    bare.nft(again.text)
    assert bare.namespace.call(copy).text == again.text


def test_a_change_that_waits_for_confirmation_is_not_saved(bare: Device) -> None:
    bare.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    bare.lbsh("apply", "--confirm", "1h", "-", stdin=f"{FIG_7}add 192.168.1.77 to mx_pool\n", status=None)
    path = bare.folder / "rules.nft"
    assert "waits for confirmation" in bare.lbsh("save", str(path), status=1).errors
    assert not path.exists()
    bare.lbsh("confirm")
    bare.lbsh("save", str(path))
    assert "192.168.1.77" in path.read_text()
