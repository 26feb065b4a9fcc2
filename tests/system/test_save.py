"""`lbsh save`: the file gives an empty kernel the same rules, and replaces nothing else; scripts choose none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbsh.lab.namespaces import Namespace, run
from lbsh.programs import CommandError
from tests.gateway.world import FIG_7
from tests.system.device import Device, Done, without_capabilities

OWN = """\
table inet mine {
    set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
    set fixed { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 comment "a, } b" } }
    chain input {
        type filter hook input priority 0; policy drop;
        update @seen { ip saddr } counter packets 5 bytes 600 accept comment "x { y"
    }
}
add element inet mine seen { 192.0.2.99 }
"""


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    namespace = Namespace("device")
    (tmp_path / "etc" / "iptables").mkdir(parents=True)
    for name in ("alternatives", "protocols", "services"):
        if Path("/etc", name).exists():
            run("cp", "-a", f"/etc/{name}", str(tmp_path / "etc" / name))
    try:
        yield Device(namespace, tmp_path)
    finally:
        namespace.delete()


def loaded(text: str, *command: str) -> str:
    """What an empty kernel has after a file was loaded, by `nft` or iptables-restore."""
    other = Namespace("other")
    try:
        other.run(*command, text=text)
        listing = ("nft", "-s", "list", "ruleset") if command[0] == "nft" else (command[0].replace("restore", "save"),)
        return other.run(*listing)
    finally:
        other.delete()


def in_etc(device: Device, *words: str, status: int = 0, stdin: str = "") -> Done:
    """Runs a command that sees the folder `etc` of the device in place of /etc."""
    script = f'mount --bind {device.folder / "etc"} /etc && exec "$@"'
    return device.lbsh(*words, status=status, stdin=stdin, before=("unshare", "-m", "sh", "-c", script, "sh"))


def test_the_file_gives_the_rules_to_an_empty_kernel(device: Device) -> None:
    device.nft(OWN)
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    done = device.lbsh("save", str(path))
    assert done.out == f"Saved the rules to {path}\n"
    text = path.read_text()
    assert "192.0.2.99" not in text
    assert "packets" not in text
    assert "192.0.2.2" in text
    assert path.stat().st_mode & 0o777 == 0o640
    before = device.rules()
    assert re.sub(r"\n\t\telements = \{ 192.0.2.99 [^}]*\}|\n\t\telements = \{ 192.0.2.99 \}", "", before) == loaded(
        text, "nft", "-f", "-"
    )
    assert device.rules() == before
    assert device.lbsh("save", str(path)).out == f"{path} has these rules already\n"


def test_both_files_of_iptables(device: Device) -> None:
    device.namespace.run(
        "iptables", "-A", "FORWARD", "-s", "192.0.2.7", "-m", "comment", "--comment", "a b", "-j", "DROP"
    )
    device.namespace.run("ip6tables", "-P", "INPUT", "DROP")
    device.lbsh("apply", "--driver", "iptables", "-", stdin=FIG_7)
    in_etc(device, "save")
    for program, name in (("iptables", "rules.v4"), ("ip6tables", "rules.v6")):
        text = (device.folder / "etc" / "iptables" / name).read_text()
        plain = [re.sub(r"\[\d+:\d+\]", "", line) for line in loaded(text, f"{program}-restore").splitlines()]
        here = [re.sub(r"\[\d+:\d+\]", "", line) for line in device.namespace.run(f"{program}-save").splitlines()]
        assert [one for one in plain if one[:1] != "#"] == [one for one in here if one[:1] != "#"]
    assert "LBSH" in (device.folder / "etc" / "iptables" / "rules.v4").read_text()


LOST = "table inet mine {\n chain more {\n  tcp dport 22 accept\n }\n}\n"


def test_rules_that_are_not_loaded_are_not_lost(device: Device) -> None:
    device.nft(OWN)
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    path.write_text("# mine\nflush ruleset\n" + LOST)
    path.chmod(0o755)
    os.chown(path, 12, 34)
    done = device.lbsh("save", str(path), status=2)
    assert (
        "has rules that are not loaded: `table inet mine chain more`; `table inet mine chain more tcp dport 22"
        in done.errors
    )
    assert "--force" in done.errors
    assert LOST in path.read_text()
    done = device.lbsh("save", "--force", str(path))
    assert done.out == f"Saved the rules to {path}, the former file is {path}.before-lbsh\n"
    for one in (path, Path(f"{path}.before-lbsh")):
        status = one.stat()
        assert (status.st_mode & 0o777, status.st_uid, status.st_gid) == (0o755, 12, 34)
    assert LOST in Path(f"{path}.before-lbsh").read_text()
    device.run("remove SMTP")
    assert device.lbsh("save", str(path)).out.endswith(f", the former file is {path}.old\n")
    assert LOST in Path(f"{path}.before-lbsh").read_text()


def test_a_file_that_says_the_same_in_other_words_is_replaced(device: Device) -> None:
    device.nft(OWN)
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    path.write_text("define port = 22\n" + OWN.split("chain")[0] + "}\n")
    assert "the former file is" in device.lbsh("save", str(path)).out


@pytest.mark.sampled
@pytest.mark.parametrize("text", ['include "/nowhere/x"\n', "add rule ip nat x iif em9 accept\n", "what is this\n"])
def test_what_cannot_be_compared_is_not_replaced(device: Device, text: str) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    path.write_text(text)
    assert "cannot be told" in device.lbsh("save", str(path), status=2).errors
    assert path.read_text() == text
    assert sorted(one.name for one in device.folder.iterdir() if "rules" in one.name) == ["rules.nft"]


def test_a_lost_policy_of_iptables(device: Device) -> None:
    device.lbsh("apply", "--driver", "iptables", "-", stdin=FIG_7)
    path = device.folder / "etc" / "iptables" / "rules.v6"
    path.write_text("*filter\n:FORWARD DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n")
    done = in_etc(device, "save", status=2)
    assert "`filter :FORWARD DROP`; `filter -A INPUT -p tcp -j ACCEPT`" in done.errors
    assert not (device.folder / "etc" / "iptables" / "rules.v4").exists()


def test_rules_that_the_filter_cannot_read_back_are_not_saved(device: Device) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    device.put("nft", 'case "$*" in *ruleset*) echo "table ip x { what }";; *) exec /usr/sbin/nft "$@";; esac')
    path = device.folder / "rules.nft"
    assert "refuses the rules as they are listed" in device.lbsh("save", str(path), status=2).errors
    assert not path.exists()


def test_links(device: Device) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path, real = device.folder / "rules.nft", device.folder / "real"
    path.symlink_to(real)
    device.lbsh("save", str(path))
    assert path.is_symlink()
    assert "lbsh" in real.read_text()
    os.chown(path, 4242, 4242, follow_symlinks=False)
    assert "is a link of another user" in device.lbsh("save", str(path), status=2).errors


@pytest.mark.sampled
@pytest.mark.parametrize("path", ["/dev/null", "/nowhere/x", "."])
def test_places_that_are_no_file(device: Device, path: str) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    assert path.rstrip(".") in device.lbsh("save", path, status=2).errors


def test_without_rights(device: Device) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    done = device.lbsh("save", str(path), status=2, before=without_capabilities("net_admin"))
    assert "CAP_NET_ADMIN" in done.errors
    assert not path.exists()
    path.write_text("")
    path.chmod(0o400)
    os.chown(path, 4242, 4242)
    done = device.lbsh("save", str(path), status=2, before=without_capabilities("dac_override"))
    assert "permission denied" in done.errors


def test_the_statement_saves_where_it_was_typed(device: Device) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    assert device.run(f'save "{path}"').out == f"Saved the rules to {path}\n"
    in_etc(device, "run", "-c", "save")
    assert (device.folder / "etc" / "nftables.conf").read_text() == path.read_text()


def test_a_file_of_run_saves_to_the_usual_place_alone(device: Device) -> None:
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    script, path = device.folder / "more.lb", device.folder / "rules.nft"
    script.write_text("save\n")
    in_etc(device, "run", str(script))
    assert (device.folder / "etc" / "nftables.conf").exists()
    script.write_text(f'save "{path}"\n')
    assert "is for the command line" in in_etc(device, "run", str(script), status=2).errors
    assert not path.exists()


@pytest.mark.sampled
@pytest.mark.parametrize("mode", [(), ("--each",), ("--keep-going",)], ids=str)
@pytest.mark.parametrize("line", ["save", 'save "{}"'])
def test_no_other_script_has_a_file_written(device: Device, mode: tuple[str, ...], line: str) -> None:
    """Pasted, by a pipe, included (from what is typed, too), applied."""
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "etc" / "rules.nft"
    text = line.format(path) + "\n"
    inner, outer = device.folder / "inner.lb", device.folder / "outer.lb"
    inner.write_text(text)
    outer.write_text(f'include "{inner.name}"\n')
    include = f'include "{inner}"'
    before = set((device.folder / "etc").rglob("*"))
    said = [
        in_etc(device, "run", *mode, "-", stdin=text, status=2),
        in_etc(device, "run", *mode, "/dev/stdin", stdin=text, status=2),
        in_etc(device, "run", *mode, str(outer), status=2),
        in_etc(device, "run", *mode, "--include-from", str(device.folder), "-c", include, status=2),
    ]
    assert all("`save` writes no file from" in one.errors for one in said)
    in_etc(device, "apply", "-", stdin=FIG_7 + text)
    in_etc(device, "apply", "--running")
    assert set((device.folder / "etc").rglob("*")) == before


def test_saved_files_of_a_hostile_kernel(device: Device) -> None:
    """Texts of others in rules are quoted, and stay what they are."""
    device.nft('table ip x {\n comment "flush ruleset } #"\n chain y {\n counter comment "; drop"\n }\n}\n')
    device.lbsh("apply", "--driver", "nftables", "-", stdin=FIG_7)
    path = device.folder / "rules.nft"
    device.lbsh("save", str(path))
    assert loaded(path.read_text(), "nft", "-f", "-") == device.rules()
    path.write_text(path.read_text().replace("; drop", "; accept"))
    assert "; accept" in device.lbsh("save", str(path), status=2).errors


def test_the_driver_none_has_nothing_to_save(device: Device) -> None:
    device.lbsh("apply", "--driver", "none", "-", stdin=FIG_7, status=2)
    assert "the driver `none` has no rules" in device.lbsh("save", status=2).errors
    with pytest.raises(CommandError):
        device.namespace.run("nft", "list", "table", "ip", "lbsh")
