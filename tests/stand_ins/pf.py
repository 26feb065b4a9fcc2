"""In place of FreeBSD's pfctl: takes the commands of the tutorial, and reads rules by the tests' own strict reader.

It keeps what is loaded in a folder, knows the members of tables, and refuses what pfctl would: rules that are wrong, and
tables that are not there.
"""

from __future__ import annotations

import argparse
import os
import sys
from ipaddress import ip_address
from pathlib import Path

from tests.pf_reader import PfError, Ruleset, read_pf

STATE = Path(os.environ["STAND_IN_STATE"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="pfctl")
    parser.add_argument("-a", dest="anchor", default="")
    parser.add_argument("-n", dest="dry", action="store_true")
    parser.add_argument("-f", dest="file")
    parser.add_argument("-s", dest="show", choices=["nat"])
    parser.add_argument("-t", dest="table")
    parser.add_argument("-T", dest="verb", choices=["add", "delete", "show"])
    parser.add_argument("addresses", nargs="*")
    asked = parser.parse_args()
    try:
        if asked.file:
            return load(asked.anchor, Path(asked.file).read_text(), dry=asked.dry)
        if asked.table:
            return change(asked.anchor, asked.table, asked.verb, asked.addresses)
        print(
            "".join(line for line in loaded(asked.anchor).splitlines(keepends=True) if line.startswith(("nat", "rdr")))
        )
    except (PfError, OSError, KeyError) as error:
        print(f"pfctl: {error}", file=sys.stderr)
        return 1
    return 0


def load(anchor: str, text: str, *, dry: bool) -> int:
    rules = read_pf(text, anchor=bool(anchor))
    if not dry:
        STATE.mkdir(exist_ok=True)
        (STATE / f"rules-{anchor}").write_text(text)
        for name in rules.tables:
            members(anchor, name).write_text("".join(f"{one}\n" for one in first_members(rules, name)))
    return 0


def first_members(rules: Ruleset, name: str) -> list[str]:
    return [str(block.network_address) for block in rules.tables[name].members or ()]


def change(anchor: str, table: str, verb: str, addresses: list[str]) -> int:
    path = members(anchor, table)
    known = path.read_text().split()
    if verb == "show":
        print("".join(f"   {address}\n" for address in sorted(known, key=ip_address)), end="")
        return 0
    done = [address for address in addresses if (address in known) is (verb == "delete")]
    kept = [address for address in known if address not in done]
    path.write_text("".join(f"{address}\n" for address in (kept + done if verb == "add" else kept)))
    print(f"{len(done)}/{len(addresses)} addresses {'added' if verb == 'add' else 'deleted'}.", file=sys.stderr)
    return 0


def loaded(anchor: str) -> str:
    return (STATE / f"rules-{anchor}").read_text()


def members(anchor: str, table: str) -> Path:
    return STATE / f"table-{anchor}-{table}"


if __name__ == "__main__":
    sys.exit(main())
