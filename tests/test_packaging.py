"""The wheel works in an empty environment, and so do the other ways to install."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from bench.editor import Client
from tests.limits import LONGEST

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parents[1]
SCRIPT = "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"


def run(*arguments: str | Path, cwd: Path) -> str:
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path) -> Path:
    """An environment with Python alone; where its programs are."""
    venv.create(folder / "env")
    return folder / "env" / "bin"


def install(programs: Path, *what: str | Path) -> None:
    """Installs into an environment by the pip of this one: to give each a pip of its own takes longer than all else."""
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "--quiet", "--disable-pip-version-check")
    run(*pip, "install", *what, cwd=programs)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "lbsh_lang/lbsh.lark" in names
    assert any(name.endswith("share/man/man1/lbsh.1") for name in names)
    for file in ("lbsh.service", "sysusers.conf", "rc.d/lbsh"):
        assert any(name.endswith(f"share/lbsh/{file}") for name in names)
    assert "lbsh_lang/py.typed" in names
    assert "lbsh/py.typed" in names
    assert "oyster/py.typed" in names
    assert "lbsh_lsp/codes/LB101.md" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"lbsh", "lbsh_lang", "lbsh_lsp", "oyster"}


def test_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    programs = environment(tmp_path)
    install(programs, wheel)
    (tmp_path / "site.lb").write_text(SCRIPT)
    assert run(programs / "lbsh", "--version", cwd=tmp_path).startswith("lbsh ")
    assert run(programs / "lbsh", "check", cwd=tmp_path) == "no findings\n"
    listed = run(programs / "lbsh", "backends", cwd=tmp_path)
    for backend in ("iptables", "nftables", "pf"):
        assert f"\n{backend}: " in listed
        assert "site.lb:2" in run(programs / "lbsh", "emit", "--backend", backend, cwd=tmp_path)


def test_without_its_extra_the_language_server_says_what_to_install(wheel: Path, tmp_path: Path) -> None:
    programs = environment(tmp_path)
    install(programs, wheel)
    refused = subprocess.run(
        (programs / "lbsh", "lsp"), cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert refused.stderr == (
        "lbsh: the language server needs pygls, which is not installed: pip install 'lbsh[lsp]'\n"
    )
    install(programs, f"lbsh[lsp] @ {wheel.as_uri()}")
    assert served(programs / "lbsh").startswith((tmp_path / "env").resolve().as_uri())


@pytest.mark.parametrize("editable", [(), ("-e",)], ids=["installed from the tree", "editable"])
def test_the_language_server_is_found_in_every_kind_of_install(editable: tuple[str, ...], tmp_path: Path) -> None:
    programs = environment(tmp_path)
    install(programs, *editable, f"{ROOT}[lsp]")
    assert served(programs / "lbsh").endswith("/LB003.md")


def served(program: Path) -> str:
    """What the language server of an installation finds in a faulty script: where the page of the code is."""
    item = {"uri": "untitled:x.lb", "languageId": "lbsh", "version": 1, "text": "nonsense"}
    with Client((str(program), "lsp")) as client:
        client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        client.notify("textDocument/didOpen", {"textDocument": item})
        (found,) = client.notification("textDocument/publishDiagnostics")["diagnostics"]
        client.ask("shutdown")
        client.notify("exit")
        assert client.ended() == 0, client.log
    page = str(found["codeDescription"]["href"])
    assert Path(page.removeprefix("file://")).is_file()
    return page


def test_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    (source,) = tmp_path.glob("*.tar.gz")
    run(sys.executable, "-m", "tarfile", "-e", source, tmp_path / "tree", cwd=tmp_path)
    (tree,) = (tmp_path / "tree").iterdir()
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tree, cwd=tmp_path)
    (built,) = tmp_path.glob("*.whl")
    assert sorted(zipfile.ZipFile(built).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
