"""Commands and included files: which files are opened at all, which a script may include, and which are quoted."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from lbsh import plugins
from lbsh.reading import ReadError, read_regular
from lbsh_lang.site.faults import Inadmissible, Unreadable
from lbsh_lang.site.script import Found
from lbsh_lang.source import Source
from lbsh_lang.syntax.nodes import Token
from lbsh_lang.syntax.statement import Stated
from tests.limits import LONGEST
from tests.profiles import is_gate

CLEAN = "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
FARM = "service B is 203.0.113.2 tcp 80\npool q for B\nadd 10.0.0.2 to q\n"
SECRET = "root:$6$hunter2:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"
KERNEL_LOG = Path("/proc/kmsg")

COMMANDS = {
    "check": ("check", "{}"),
    "check --fix": ("check", "--fix", "{}"),
    "check sarif": ("check", "--format", "sarif", "{}"),
    "check github": ("check", "--format", "github", "{}"),
    "emit": ("emit", "--backend", "nftables", "{}"),
    "emit --since": ("emit", "--backend", "nftables", "--since", "{}", "{}"),
    "diff": ("diff", "{}", "{}"),
    "trace": ("trace", "--from", "192.0.2.9", "--to", "203.0.113.1:80", "{}"),
    "ast": ("ast", "{}"),
}
"""Commands that read scripts with all that these include; `{}` stands for a script."""


def lbsh(*arguments: str, cwd: Path, stdin: bytes = b"", pass_fds: Sequence[int] = ()) -> tuple[int, str]:
    """The exit status of a command, and what it prints on both streams."""
    done = subprocess.run(
        [sys.executable, "-m", "lbsh", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=LONGEST,
        pass_fds=pass_fds,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def command(name: str, script: str, *options: str) -> list[str]:
    """A command on a script, with further options."""
    words = [script if word == "{}" else word for word in COMMANDS[name]]
    return [*words, *options]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for scripts, beside a farm and a secret that are in another one."""
    for folder in ("site", "shared"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shared" / "farm.lb").write_text(FARM)
    (tmp_path / "shared" / "secret").write_text(SECRET)
    return tmp_path / "site"


# What is opened


@pytest.fixture
def unending(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Files from which a read would wait, or never end, by kind."""
    with ExitStack() as stack:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        controller, terminal = pty.openpty()
        stack.callback(os.close, controller)
        stack.callback(os.close, terminal)
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(tmp_path / "socket"))
        yield {
            "fifo": fifo,
            "terminal": Path(os.ttyname(terminal)),
            "socket": tmp_path / "socket",
            "zeros": Path("/dev/zero"),
            "kernel log": KERNEL_LOG,
        }


KINDS = {
    "fifo": "is no regular file",
    "terminal": "is no regular file",
    "socket": "is no regular file",
    "zeros": "is no regular file",
    "kernel log": None,
}
"""The reason why a file of each kind is not read; the one for the kernel's log depends on what others have read of it."""


def refusals_of(path: Path) -> tuple[str, ...]:
    """The possible reasons why the kernel's log is not read."""
    if not path.exists():
        return ("no such file or directory",)
    if os.geteuid() != 0:
        return ("permission denied", "operation not permitted")
    return ("has no size, so it may not end", "does not end: there is nothing to read now, and may be later")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_may_not_end_is_not_read(kind: str, unending: dict[str, Path]) -> None:
    with pytest.raises(ReadError) as raised:
        read_regular(str(unending[kind]))
    assert str(raised.value) in (KINDS[kind], *refusals_of(KERNEL_LOG))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("through", ["path", "link"])
def test_no_command_waits_for_an_included_file(name: str, through: str, site: Path, unending: dict[str, Path]) -> None:
    lines = []
    for kind, path in unending.items():
        link = site / f"{kind}.lb"
        link.symlink_to(path)
        lines.append(f'include "{path if through == "path" else link.name}"\n')
    (site / "site.lb").write_text(CLEAN + "".join(lines))
    status, shown = lbsh(*command(name, "site.lb", "--include-from", "/"), cwd=site)
    assert status in {1, 2}
    if name != "emit --since" and name != "diff":
        assert shown.count("LB004") >= len(lines)
    assert shown.count("is no regular file") >= len(lines) - 1


def test_a_pipe_that_is_included_is_left_to_its_writer(site: Path) -> None:
    """It is not even opened: the writer would believe that somebody reads."""
    os.mkfifo(site / "fifo.lb")
    (site / "site.lb").write_text('include "fifo.lb"\n')
    writer = subprocess.Popen([sys.executable, "-c", "import sys; open(sys.argv[1], 'wb')", site / "fifo.lb"])
    try:
        assert lbsh("check", cwd=site)[0] == 1
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()


def test_a_terminal_that_is_included_does_not_become_that_of_the_command(site: Path) -> None:
    controller, terminal = pty.openpty()
    try:
        (site / "site.lb").write_text(f'include "{os.ttyname(terminal)}"\n')
        program = "import os, sys; from lbsh.__main__ import main; sys.argv[1:] = ['check', '--include-from', '/dev']\n"
        program += "main()\ntry: os.open('/dev/tty', os.O_RDWR)\nexcept OSError: print('none')"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=site, capture_output=True, start_new_session=True, check=False
        )
    finally:
        os.close(controller)
        os.close(terminal)
    assert done.stdout.decode().endswith("none\n")


@pytest.mark.parametrize("content", [b"", CLEAN.encode(), b"# \n" * 100_000])
def test_a_regular_file_is_read_as_a_whole(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert read_regular(str(tmp_path / "file")) == content


def test_a_file_larger_than_any_script_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ReadError, match="larger than 64 MiB"):
        read_regular(str(tmp_path / "large"))


def test_a_file_that_ends_before_its_size_is_read(tmp_path: Path) -> None:
    """Files of sysfs state the size of a page."""
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    if not Path(path).exists():
        pytest.skip("this kernel has no such file")
    assert read_regular(path) == Path(path).read_bytes()


# The script itself may be a pipe


def piped(text: str) -> int:
    """The end of a pipe from which a text can be read."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


@pytest.mark.parametrize("include", ["", 'include "farm.lb"\n'])
def test_the_script_may_come_from_a_pipe(include: str, site: Path) -> None:
    (site / "farm.lb").write_text(FARM)
    reader = piped(CLEAN + include)
    try:
        assert lbsh("check", f"/dev/fd/{reader}", cwd=site, pass_fds=[reader]) == (0, "no findings\n")
    finally:
        os.close(reader)
    for name in ("-", "/dev/stdin"):
        assert lbsh("check", name, cwd=site, stdin=(CLEAN + include).encode()) == (0, "no findings\n")


def test_the_script_may_be_a_named_pipe(site: Path) -> None:
    os.mkfifo(site / "made.lb")
    (site / "farm.lb").write_text(FARM)
    process = subprocess.Popen(
        [sys.executable, "-m", "lbsh", "check", "made.lb"], cwd=site, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    (site / "made.lb").write_text(CLEAN + 'include "farm.lb"\n')
    assert process.communicate(timeout=LONGEST)[0] == b"no findings\n"


# Where included files may lie


@pytest.mark.sampled
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("path", ["../shared/farm.lb", "{shared}/farm.lb", "link.lb", "folder/farm.lb"])
def test_a_file_elsewhere_needs_the_option(name: str, path: str, site: Path) -> None:
    shared = site.parent / "shared"
    (site / "link.lb").symlink_to(shared / "farm.lb")
    (site / "folder").symlink_to(shared)
    (site / "site.lb").write_text(CLEAN + f'include "{path.format(shared=shared)}"\n')
    status, shown = lbsh(*command(name, "site.lb"), cwd=site)
    assert status in {1, 2}
    assert "LB004" in shown
    assert "--include-from DIR" in shown
    assert lbsh(*command(name, "site.lb", "--include-from", "../shared"), cwd=site)[0] == 0


@pytest.mark.parametrize(
    "folders", [["{shared}"], [".."], ["/"], ["link"], ["/usr", "../shared"], ["../shared", "/usr"]]
)
def test_a_folder_may_be_named_in_any_way(folders: list[str], site: Path) -> None:
    shared = site.parent / "shared"
    (site / "link").symlink_to(shared)
    (site / "site.lb").write_text(CLEAN + 'include "../shared/farm.lb"\n')
    options = [f"--include-from={folder.format(shared=shared)}" for folder in folders]
    assert lbsh("check", *options, cwd=site) == (0, "no findings\n")


PLACES = [
    ("site.lb", {"site.lb": 'include "a/b.lb"\n', "a/b.lb": FARM}, []),
    ("site.lb", {"site.lb": 'include "a/../b.lb"\n', "b.lb": FARM}, []),
    ("site.lb", {"site.lb": 'include "a/b.lb"\n', "a/b.lb": 'include "../c/d.lb"\n', "c/d.lb": FARM}, []),
    (
        "a/site.lb",
        {"a/site.lb": 'include "b/c.lb"\n', "a/b/c.lb": 'include "../../d.lb"\n', "d.lb": FARM},
        ["a/b/c.lb"],
    ),
    ("a/site.lb", {"a/site.lb": 'include "../ab/c.lb"\n', "ab/c.lb": FARM}, ["a/site.lb"]),
    ("a/site.lb", {"a/site.lb": 'include "../none.lb"\n'}, ["a/site.lb"]),
]
"""A script, files, and the files with a finding: the folder of the script decides, not that of an included file."""


@pytest.mark.parametrize(("root", "files", "faulty"), PLACES)
def test_the_folder_of_the_script_decides(root: str, files: dict[str, str], faulty: list[str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("interface external em0\n" * (name == root) + text)
    (tmp_path / "a").mkdir(exist_ok=True)
    for path in (root, str(tmp_path / root)):
        shown = lbsh("check", "--format", "json", path, cwd=tmp_path)[1]
        found = json.loads(shown)["diagnostics"]
        assert [one["code"] for one in found] == ["LB004"] * len(faulty)
        assert [os.path.relpath(tmp_path / one["file"], tmp_path) for one in found] == faulty
        assert all("out of the folder" in one["message"] for one in found)


def test_a_file_elsewhere_is_not_looked_at(site: Path) -> None:
    """Whether it exists is not said either."""
    shown = {
        lbsh("check", "-", cwd=site, stdin=f'include "{path}"'.encode())[1].replace(path, "")
        for path in ("../shared/farm.lb", "../shared/none.lb", "../shared/not/a/farm")
    }
    assert len({text.replace("^", "") for text in shown}) == 1


def test_each_of_two_scripts_has_its_own_folder(tmp_path: Path) -> None:
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "farm.lb").write_text(FARM)
        (tmp_path / folder / "site.lb").write_text(CLEAN + 'include "farm.lb"\n')
    scripts = ("old/site.lb", "new/site.lb")
    assert lbsh("diff", *scripts, cwd=tmp_path)[0] == 0
    assert lbsh("emit", "--backend", "nftables", "--since", *scripts, cwd=tmp_path)[0] == 0
    (tmp_path / "new" / "site.lb").write_text(CLEAN + 'include "../old/farm.lb"\n')
    assert lbsh("diff", *scripts, cwd=tmp_path)[0] == 2
    assert lbsh("emit", "--backend", "nftables", "--since", *scripts, cwd=tmp_path)[0] == 1
    assert lbsh("diff", *scripts, "--include-from", "old", cwd=tmp_path)[0] == 0


def test_a_fix_reaches_only_files_that_the_script_may_include(site: Path) -> None:
    farm = site.parent / "shared" / "farm.lb"
    farm.write_text(FARM.replace("tcp", "TCP"))
    (site / "site.lb").write_text('include "../shared/farm.lb"\n' + CLEAN)
    lbsh("check", "--fix", cwd=site)
    assert "TCP" in farm.read_text()
    lbsh("check", "--fix", "--include-from", "../shared", cwd=site)
    assert farm.read_text() == FARM


@pytest.mark.parametrize(
    ("folder", "words"), [("none", "does not exist"), ("site.lb", "is a file"), ("", "does not exist")]
)
def test_a_folder_that_is_none(folder: str, words: str, site: Path) -> None:
    (site / "site.lb").write_text(CLEAN)
    status, shown = lbsh("check", "--include-from", folder, cwd=site)
    assert status == 2
    assert "--include-from" in shown
    assert words in shown


# What is quoted

NO_SCRIPTS = {
    "a file of passwords": SECRET,
    "one line": "hunter2\n",
    "settings": "# the database\nDB_USER=hunter2\nDB_PASSWORD=hunter2\n",
    "a key": "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
    "lines with the words of statements": "pool hunter2.example.org iburst\nservice hunter2\nadd hunter2 to\n",
    "a very large file": "hunter2\n" * (10_000 if is_gate() else 3_000),
}


@pytest.mark.sampled
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", NO_SCRIPTS)
def test_a_file_that_is_no_script_is_never_quoted(name: str, kind: str, site: Path) -> None:
    (site / "secret").write_text(NO_SCRIPTS[kind])
    (site / "site.lb").write_text(CLEAN + 'include "secret"\n')
    status, shown = lbsh(*command(name, "site.lb"), cwd=site)
    assert status in {1, 2}
    assert "hunter2" not in shown
    assert "cannot include" in shown
    assert "it is no script" in shown


SCRIPTS = {
    "nothing": ("", []),
    "comments": ("# nothing\n\n", []),
    "a statement": (SECRET + "status\n", ["LB701", "LB003", "LB003"]),
    "a statement with a wrong value": ("internal net 10.0.0.1/24\n", ["LB203"]),
    "a plug-in that is missing": ("# lbsh: needs farmer\nfarmer A\n", ["LB003"]),
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_script_with_faults_is_quoted(kind: str, site: Path) -> None:
    text, codes = SCRIPTS[kind]
    (site / "part.lb").write_text(text)
    (site / "site.lb").write_text(CLEAN + 'include "part.lb"\n')
    shown = lbsh("check", "--format", "json", cwd=site)[1]
    assert sorted(one["code"] for one in json.loads(shown)["diagnostics"]) == sorted(codes)


def test_the_script_itself_is_always_quoted(site: Path) -> None:
    assert "LB003" in lbsh("check", "../shared/secret", cwd=site)[1]


def test_a_file_without_statements_of_lbsh_may_have_those_of_plugins() -> None:
    token = Token('"farm.lb"', 8, "farm.lb")
    at = Stated(0, Source.of("site.lb", 'include "farm.lb"'), 0, None)
    assert plugins.may_matter([Found(at, Unreadable(token, Inadmissible.NO_SCRIPT))])
    assert not plugins.may_matter([Found(at, Unreadable(token, Inadmissible.OUTSIDE))])
