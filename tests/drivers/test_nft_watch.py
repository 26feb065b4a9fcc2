"""Notices of nftables as bytes: which transactions touched our tables."""

from __future__ import annotations

import socket
import struct

from lbsh.drivers.netlink import attribute
from lbsh.drivers.nft_watch import Reader, Touch

NEW_RULE, NEW_GENERATION = 10 << 8 | 6, 10 << 8 | 15


def notice(kind: int, family: int, attributes: bytes) -> bytes:
    return struct.pack("=IHHIIBBH", 20 + len(attributes), kind, 0, 0, 0, family, 0, 0) + attributes


def rule(family: int, table: str) -> bytes:
    return notice(NEW_RULE, family, attribute(1, table.encode() + b"\0"))


def generation(number: int, program: bytes = b"nft") -> bytes:
    parts = (
        attribute(1, struct.pack("!I", number)) + attribute(2, struct.pack("!I", 77)) + attribute(3, program + b"\0")
    )
    return notice(NEW_GENERATION, 0, parts)


def test_a_transaction_is_told_from_those_of_other_tables() -> None:
    reader = Reader(["ip lbsh", "ip6 lbsh"])
    heard = rule(socket.AF_INET, "docker") + generation(5) + rule(socket.AF_INET6, "lbsh") + generation(6)
    assert [*reader.read(heard)] == [Touch(5, ""), Touch(6, "nft (process 77)")]


def test_a_table_of_another_family_or_name_is_not_ours() -> None:
    reader = Reader(["ip lbsh"])
    heard = rule(socket.AF_INET6, "lbsh") + rule(socket.AF_INET, "lbsh.dmz") + generation(7)
    assert [*reader.read(heard)] == [Touch(7, "")]


def test_a_transaction_may_come_in_several_parts() -> None:
    reader = Reader(["ip lbsh"])
    assert [*reader.read(rule(socket.AF_INET, "lbsh"))] == []
    assert [*reader.read(rule(socket.AF_INET, "docker"))] == []
    assert [*reader.read(generation(8) + generation(9))] == [Touch(8, "nft (process 77)"), Touch(9, "")]


def test_lost_notices_leave_nothing_behind() -> None:
    reader = Reader(["ip lbsh"])
    assert [*reader.read(rule(socket.AF_INET, "lbsh"))] == []
    reader.forget()
    assert [*reader.read(generation(8))] == [Touch(8, "")]


def test_a_name_of_a_program_is_harmless_and_what_is_cut_off_is_left_out() -> None:
    reader = Reader(["ip lbsh"])
    heard = rule(socket.AF_INET, "lbsh") + generation(8, b"\x1b[31m")
    assert [*reader.read(heard + heard[:30])] == [Touch(8, "?[31m (process 77)")]
