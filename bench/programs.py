"""The programs that are measured, and what there is to know about the machine they run on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.runs import ENVIRONMENT

VERSIONS = {
    "haproxy": ("-v", r"version ([\d.]+)"),
    "ferm": ("--version", r"ferm ([\d.]+)"),
    "nft": ("--version", r"nftables v([\d.]+)"),
    "iptables-restore": ("--version", r"v([\d.]+ \(\w+\))"),
}
"""The command that prints the version of each peer, and the pattern of the version in it."""


def lbsh() -> str:
    """The console script of the environment that runs the benchmarks."""
    path = Path(sys.executable).with_name("lbsh")
    if not path.exists():
        raise SystemExit(f"lbsh is not installed beside {sys.executable}; `make bench` installs it")
    return str(path)


def find(program: str) -> str | None:
    """The path of a program; system directories count even if the path of the user lacks them."""
    return shutil.which(program, path=ENVIRONMENT["PATH"])


def machine() -> str:
    """The versions on which the figures depend besides lbsh."""
    kernel = re.match(r"[\d.]*\d", platform.release())
    facts = [
        f"{os.cpu_count()} processor cores ({platform.machine()})",
        f"{platform.system()} {kernel.group() if kernel else ''}".rstrip(),
        f"{platform.python_implementation()} {platform.python_version()}",
    ]
    for program, (option, pattern) in VERSIONS.items():
        path = find(program)
        if path is not None:
            answer = subprocess.run([path, option], capture_output=True, text=True, check=False, timeout=20).stdout
            version = re.search(pattern, answer)
            facts.append(f"{program} {version.group(1) if version else 'of unknown version'}")
    return ", ".join(facts)
