"""The hooks for pre-commit, for a user who names this repository in `.pre-commit-config.yaml`.

Needs git, and the packages that `pip install` of this project needs: pre-commit makes an environment of its own, into
which it installs a copy of the working tree.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.limits import LONGEST

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parents[1]
WHAT_IS_BUILT = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
FOLDERS = ("lbsh", "lbsh_lang", "oyster", "grammar", "docs")

CLEAN = "interface external em0\nservice A is 203.0.113.1 tcp 80\npool p for A\nadd 10.0.0.1 to p\n"
FAULTY = CLEAN.replace("for A", "for B")
UNTIDY = CLEAN.replace("tcp 80", "tcp    80")


def environment(home: Path) -> dict[str, str]:
    """Without the variables by which an outer git, which may run these tests, tells its hooks where they are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    kept.pop("PYTHONPATH", None)  # the hooks are to run what they installed
    return {**kept, "PRE_COMMIT_HOME": str(home / "cache")} | IDENTITY


IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{role}_NAME": "lbsh" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "lbsh@example.net" for role in ("AUTHOR", "COMMITTER")},
}


def git(*arguments: str, cwd: Path) -> str:
    command = ["git", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=environment(cwd.parent), capture_output=True, text=True, timeout=LONGEST, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit_all(folder: Path) -> str:
    git("init", "--quiet", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message", "all", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of somebody's scripts, which uses the hooks."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed; tools/filter-programs installs it")
    top = tmp_path_factory.mktemp("pre-commit")
    (top / "lbsh").mkdir()
    for name in WHAT_IS_BUILT:
        shutil.copy(ROOT / name, top / "lbsh" / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, top / "lbsh" / name, ignore=shutil.ignore_patterns("__pycache__"))
    revision = commit_all(top / "lbsh")
    scripts = top / "scripts"
    scripts.mkdir()
    hooks = "".join(f"      - id: {hook}\n" for hook in ("lbsh-check", "lbsh-fmt"))
    repository = f"repos:\n  - repo: {top / 'lbsh'}\n    rev: {revision}\n    hooks:\n{hooks}"
    (scripts / ".pre-commit-config.yaml").write_text(repository)
    return scripts


def run_hook(hook: str, work: Path) -> subprocess.CompletedProcess[str]:
    git("add", "--all", cwd=work)
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--color", "never"],
        cwd=work, env=environment(work.parent), capture_output=True, text=True, timeout=LONGEST, check=False,
    )  # fmt: skip


def write(work: Path, text: str) -> None:
    git("init", "--quiet", cwd=work)
    (work / "notes.txt").write_text(FAULTY)  # no script by its name
    (work / "site.lb").write_text(text)


@pytest.mark.parametrize(
    ("hook", "text", "status", "said"),
    [
        ("lbsh-check", CLEAN, 0, "Passed"),
        ("lbsh-check", FAULTY, 1, "error[LB101]: undefined service `B`"),
        ("lbsh-check", UNTIDY, 0, "Passed"),
        ("lbsh-fmt", CLEAN, 0, "Passed"),
        ("lbsh-fmt", UNTIDY, 1, "files were modified by this hook"),
    ],
)
def test_hook(hook: str, text: str, status: int, said: str, work: Path) -> None:
    write(work, text)
    done = run_hook(hook, work)
    assert (done.returncode, done.stderr) == (status, ""), done.stdout
    assert said in done.stdout
    assert (work / "site.lb").read_text() == (CLEAN if hook == "lbsh-fmt" else text)
    assert (work / "notes.txt").read_text() == FAULTY


def test_a_repository_without_scripts_has_nothing_to_do(work: Path) -> None:
    write(work, CLEAN)
    (work / "site.lb").unlink()
    done = run_hook("lbsh-check", work)
    assert done.returncode == 0
    assert "(no files to check)" in done.stdout


@pytest.mark.parametrize(
    "snippet", re.findall(r"```yaml\n(repos:.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)
)
def test_pre_commit_takes_what_the_page_shows(snippet: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(snippet)
    command = [sys.executable, "-m", "pre_commit", "validate-config", "config.yaml"]
    subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), timeout=LONGEST, check=True)
    known = set(re.findall(r"^- id: (\S+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE))
    assert set(re.findall(r"- id: (\S+)", snippet)) <= known
