"""The allowed imports of layers, and the bounds of the pure core. ARCHITECTURE.md gives the reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from lbsh_lang import analysis
from tools.generate.layers import LAYERS, ROOMS

ROOT = Path(__file__).parents[1]

FACADE = "lbsh_lang.analysis"

OWN = {"lbsh", "lbsh_lang", "lbsh_lsp", "oyster"}

STANDARD_LIBRARY_OF_THE_CORE = {
    "__future__",
    "base64",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "importlib",
    "inspect",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "typing",
    "unicodedata",
}
"""Nothing here opens a file, a socket or a process; `importlib` has a licence for two modules."""

LICENSED = {
    "importlib": {"lbsh_lang.backends.registry", "lbsh_lang.probes.registry"},
}
"""Backends and probe methods are found through entry points."""


def modules() -> Iterator[tuple[str, Path]]:
    for root, package in ((ROOT, "lbsh"), (ROOT, "lbsh_lang"), (ROOT / "lsp", "lbsh_lsp"), (ROOT, "oyster")):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(imports_in(tree_of(path)))


def imports_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(module: str) -> str:
    return max((layer for layer in LAYERS if within(module, layer)), key=len)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


MODULES = [(name, path) for name, path in modules() if name != "lbsh_lang"]


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_only_what_its_layer_may(name: str, path: Path) -> None:
    layer = layer_of(name)
    for imported in imports(path):
        if imported.split(".")[0] in OWN | {"click", "lark", "pygls", "lsprotocol", "websockets"}:
            allowed = (layer, *LAYERS[layer])
            assert any(within(imported, package) for package in allowed), f"{name} imports {imported}"


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_rooms_of_the_analysis_import_one_way(name: str, path: Path) -> None:
    if not within(name, FACADE) or name == FACADE:
        return
    (room,) = (room for room in ROOMS if within(name, room))
    for imported in imports(path):
        if within(imported, FACADE):
            assert any(within(imported, allowed) for allowed in (room, *ROOMS[room])), f"{name} imports {imported}"


def test_clients_import_the_analysis_through_its_facade() -> None:
    """Only from there; and what no client imports is not exported."""
    exported = {f"{FACADE}.{name}" for name in analysis.__all__}
    clients = [path for folder in ("lsp/lbsh_lsp", "tests/lsp") for path in sorted((ROOT / folder).rglob("*.py"))]
    used = {imported: path for path in clients for imported in imports(path) if within(imported, FACADE)}
    for imported, path in used.items():
        assert imported in exported, f"{path} imports {imported}"
    assert exported - used.keys() == set()


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_core_is_pure(name: str, path: Path) -> None:
    if not (within(name, "lbsh_lang") or within(name, "oyster")):
        return
    for imported in imports(path):
        top = imported.split(".")[0]
        if top in {"lbsh_lang", "oyster", "lark"}:  # of these the layers have the say
            continue
        assert top in STANDARD_LIBRARY_OF_THE_CORE, f"{name} imports {imported}"
        assert top not in LICENSED or name in LICENSED[top], f"{name} has no licence for {top}"
    nodes = ast.walk(tree_of(path))
    calls = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"open", "print", "input", "exec", "eval"}


def test_lark_is_imported_where_it_is_needed_only() -> None:
    for name, path in MODULES:
        at_once = [node for node in tree_of(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not any("lark" in ast.unparse(node).replace(".", " ").split() for node in at_once), name


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_no_import_is_hidden(name: str, path: Path) -> None:
    """None that only a type checker sees, as it may hide a circle, and but for entry points none by a name in a text."""
    tree = tree_of(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            own = [imported for imported in imports_in(node) if imported.split(".")[0] in OWN]
            assert own == [], f"{name} imports {own} for a type checker only"
    if name in LICENSED["importlib"]:
        return
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported_names = {imported.split(".")[-1] for imported in imports_in(tree)}
    assert not (names | attributes | imported_names) & {"import_module", "__import__", "exec_module"}, name


@pytest.mark.parametrize("package", ["lbsh_lang", "lbsh_lsp", "lbsh"])
def test_modules_import_one_way(package: str) -> None:
    """There is an order in which each module comes after those that it imports."""
    own = {name: path for name, path in MODULES if within(name, package)}
    needs = {
        name: {one for one in map(module_of, imports(path)) if one in own and one != name} for name, path in own.items()
    }
    assert set(TopologicalSorter(needs).static_order()) == own.keys()


def module_of(imported: str) -> str:
    """The module that an import names, or that has the name which is imported."""
    return imported if imported in dict(MODULES) else imported.rpartition(".")[0]


def test_subprocess_is_imported_by_drivers_only() -> None:
    importers = {name for name, path in MODULES if any(one.split(".")[0] == "subprocess" for one in imports(path))}
    assert importers == {"lbsh.drivers.commands"}


def test_no_backend_imports_another() -> None:
    shared = {"base", "registry"}
    for name, path in MODULES:
        if not within(name, "lbsh_lang.backends") or name == "lbsh_lang.backends":
            continue
        own = name.split(".")[2]
        for imported in imports(path):
            if within(imported, "lbsh_lang.backends"):
                assert imported.split(".")[2] in shared | {own}, f"{name} imports {imported}"


def test_nothing_runs_a_shell() -> None:
    for name, path in MODULES:
        text = path.read_text()
        assert "shell=True" not in text, name
        assert "os.system" not in text, name
