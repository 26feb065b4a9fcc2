"""In place of FreeBSD's pfctl: keeps anchors, tables, states and source nodes, and answers as pfctl does, lies included.

Rules are read by the tests' own strict reader. They are printed otherwise than they are written, as PF does, by one printer
for what is loaded and for `-n -v`. What pfctl was seen to do and this does too: `-T add` and `-T replace` make a missing
table; `-s nat` of a missing anchor complains and ends with 0; counts go to standard error; a persistent table outlives its
rules; `-k` with two addresses ends no redirected connection.
"""

from __future__ import annotations

import fcntl
import getopt
import json
import sys
from collections.abc import Callable
from typing import IO, NamedTuple

EMPTY: dict[str, object] = {"enabled": True, "busy": 0, "deaf": False, "anchors": {}, "states": [], "sources": []}
"""What is kept: `busy` loads that fail first; `deaf` pfctl, which says that it loads and does not. An anchor has `rules`, as
printed, and `tables`. A state has its `lines` and `id`."""

PRINTED = ("nat", "rdr", "no ")


def locked(folder: str) -> IO[str]:
    """Keeps other runs waiting, as the kernel does, until it is closed."""
    lock = open(f"{folder}/pf.lock", "w")  # noqa: PTH123, SIM115
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


class Pf:
    """What one run of pfctl sees and changes."""

    def __init__(self, folder: str) -> None:
        self._file = f"{folder}/pf.json"
        self._lock = locked(folder)  # until the run ends
        try:
            with open(self._file) as kept:  # noqa: PTH123
                self.kept = json.load(kept)
        except FileNotFoundError:
            self.kept = json.loads(json.dumps(EMPTY))

    def save(self) -> None:
        with open(self._file, "w") as kept:  # noqa: PTH123
            json.dump(self.kept, kept)

    def anchor(self, name: str) -> dict[str, object]:
        found: dict[str, object] = self.kept["anchors"].setdefault(name, {"rules": [], "tables": {}})
        return found


class Asked(NamedTuple):
    """The options of a call."""

    anchor: str
    file: str
    show: str
    table: str
    verb: str
    flush: str
    dry: bool
    verbose: bool
    kill: list[str]
    nodes: list[str]
    addresses: list[str]


def main(folder: str, words: list[str]) -> int:
    # argparse would take most of the time of a call
    given, addresses = getopt.gnu_getopt(words, "a:f:s:t:T:F:k:K:nvP")
    last = dict(given)
    anchor, file, show, table, verb, flush = (last.get(f"-{letter}", "") for letter in "afstTF")
    kill, nodes = ([value for option, value in given if option == wanted] for wanted in ("-k", "-K"))
    asked = Asked(anchor, file, show, table, verb, flush, "-n" in last, "-v" in last, kill, nodes, addresses)
    pf = Pf(folder)
    with open(f"{folder}/calls", "a") as calls:  # noqa: PTH123 -- pathlib takes as long to import as Python to start
        calls.write(f"{' '.join(words)}\n")
    try:
        return _carry_out(pf, asked)
    finally:
        pf.save()


def _carry_out(pf: Pf, asked: Asked) -> int:
    if asked.kill:
        return _kill_state(pf, asked.kill)
    if asked.nodes:
        return _kill_nodes(pf, asked.nodes)
    if asked.file:
        return _load(pf, asked)
    if asked.table:
        return _change_table(pf, asked)
    if asked.flush:
        return _flush(pf, asked)
    return SHOWN[asked.show](pf, asked)


def complain(words: str, status: int = 1) -> int:
    print(f"pfctl: {words}", file=sys.stderr)
    return status


def _load(pf: Pf, asked: Asked) -> int:
    from tests.pf_reader import PfError, read_pf  # most calls start without it

    text = sys.stdin.read()
    for number, line in enumerate(text.splitlines(), start=1):
        if "no;sense" in line:
            print(f"stdin:{number}: syntax error", file=sys.stderr)
            return complain("Syntax error in config file: pf rules not loaded")
    try:
        rules = read_pf(text, anchor=bool(asked.anchor))
    except PfError as error:
        print(f"stdin:1: {error}", file=sys.stderr)
        return complain("Syntax error in config file: pf rules not loaded")
    printed = [_printed(line) for line in text.splitlines() if line.startswith(PRINTED)]
    if asked.dry:
        print("\n".join(printed) if asked.verbose else "", end="\n" if asked.verbose else "")
        return 0
    if pf.kept["busy"]:
        pf.kept["busy"] -= 1
        return complain("DIOCXBEGIN: Device busy")
    print('pfctl: warning: table <x> already defined in anchor "y"', file=sys.stderr)
    if not pf.kept["deaf"]:
        persistent = {name: one for name, one in pf.anchor(asked.anchor)["tables"].items() if one["persist"]}  # type: ignore[attr-defined]
        own = {
            name: {"persist": False, "members": sorted(str(net.network_address) for net in table.members or ())}
            for name, table in rules.tables.items()
        }
        pf.kept["anchors"][asked.anchor] = {"rules": printed, "tables": {**persistent, **own}}
    return 0


def _printed(rule: str) -> str:
    return f"{rule.replace('->', '  ->')}{' round-robin' if rule.endswith('>') else ''}"


def _change_table(pf: Pf, asked: Asked) -> int:
    tables = pf.anchor(asked.anchor)["tables"]
    assert isinstance(tables, dict)
    if asked.verb in {"show", "kill", "delete"} and asked.table not in tables:
        return complain("Table does not exist.", 255)
    if asked.verb == "kill":
        del tables[asked.table]
        print("1 table deleted.", file=sys.stderr)
        return 0
    if asked.verb == "show":
        print("".join(f"   {address}\n" for address in tables[asked.table]["members"]), end="")
        return 0
    if asked.table not in tables:
        print("1 table created.", file=sys.stderr)
    table = tables.setdefault(asked.table, {"persist": True, "members": []})
    before = set() if asked.verb == "replace" else set(table["members"])
    table["members"] = sorted(before | set(asked.addresses))
    print(f"{len(asked.addresses)} addresses added.", file=sys.stderr)
    return 0


def _flush(pf: Pf, asked: Asked) -> int:
    anchor = pf.anchor(asked.anchor)
    if asked.flush == "nat":
        anchor["rules"] = []
        print("nat cleared", file=sys.stderr)
    if asked.flush == "Tables":
        anchor["tables"] = {}
    return 0


def _show_rules(pf: Pf, asked: Asked) -> int:
    if asked.anchor and asked.anchor not in pf.kept["anchors"]:
        return complain("DIOCGETRULES: Invalid argument", 0)
    print("".join(f"{rule}\n" for rule in pf.anchor(asked.anchor)["rules"]), end="")  # type: ignore[attr-defined]
    return 0


def _show_tables(pf: Pf, asked: Asked) -> int:
    for name, table in pf.anchor(asked.anchor)["tables"].items():  # type: ignore[attr-defined]
        print(
            f"-{'p' if table['persist'] else '-'}a-r--\t{name}\t{asked.anchor}\n\tAddresses:   {len(table['members'])}"
        )
        print("\tCleared:     Fri Nov 27 00:00:00 2026\n\tReferences:  [ Anchors: 0                  Rules: 2 ]")
    return 0


def _show_running(pf: Pf, asked: Asked) -> int:
    print("Enabled" if pf.kept["enabled"] else "Disabled")
    return 0 if pf.kept["enabled"] else 1


def _show_states(pf: Pf, asked: Asked) -> int:
    print("".join(f"{state['lines']}\n" for state in pf.kept["states"]), end="")
    return 0


def _show_sources(pf: Pf, asked: Asked) -> int:
    for client, server in pf.kept["sources"]:
        print(f"{client} -> {server} ( states 1, connections 1, rate 0.0/0s )")
    return 0


def _kill_state(pf: Pf, words: list[str]) -> int:
    kept = [one for one in pf.kept["states"] if words[0] != "id" or one["id"] != words[1]]
    print(f"killed {len(pf.kept['states']) - len(kept)} states", file=sys.stderr)
    pf.kept["states"] = kept
    return 0


def _kill_nodes(pf: Pf, words: list[str]) -> int:
    kept = [[client, server] for client, server in pf.kept["sources"] if server != words[1]]
    print(f"killed {len(pf.kept['sources']) - len(kept)} src nodes from 1 sources and 1 destinations", file=sys.stderr)
    pf.kept["sources"] = kept
    return 0


SHOWN: dict[str, Callable[[Pf, Asked], int]] = {
    "nat": _show_rules,
    "Tables": _show_tables,
    "Running": _show_running,
    "states": _show_states,
    "Sources": _show_sources,
}
