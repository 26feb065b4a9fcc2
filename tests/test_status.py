"""What `status` says of rules that are not those of the running script."""

from __future__ import annotations

import pytest

from lbsh.cli.status import print_status
from lbsh.store.memory import Memory, MemoryStore
from lbsh.store.protocol import Act, File, Loaded
from lbsh.stores import boot

ACT = Act(1_700_000_000_000, "root", "", "apply site.lb")
FILES = (File("site.lb", "/etc/site.lb", ""),)


@pytest.mark.parametrize(
    ("start", "revision", "said"),
    [
        ("another", 1, "nothing was loaded since the machine started; `lbsh apply --running` loads the running script"),
        (boot(), 2, "revision 1 is loaded"),
    ],
)
def test_what_is_not_loaded_is_said(capsys: pytest.CaptureFixture[str], start: str, revision: int, said: str) -> None:
    store = MemoryStore(Memory())
    with store.lock("test") as writer:
        for _ in range(revision):
            writer.replace(FILES, ACT)
        writer.note_loaded(Loaded(1, frozenset(), "nftables", {}, {"boot": start}))
    print_status(store, None)
    assert f"not loaded: {said}" in capsys.readouterr().out
