"""The allowed imports of layers, and the bounds of the pure core. ARCHITECTURE.md gives the reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
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
    "importlib": {"lbsh_lang.backends.registry", "lbsh_lang.probes.registry", "oyster.plugins"},
}
"""Backends, probe methods and commands of a shell are found through entry points."""

SHELL = {
    *("oyster.__main__", "oyster.history", "oyster.pipes", "oyster.predefined", "oyster.saving", "oyster.session"),
    *("oyster.starting", "oyster.streams", "oyster.terminal"),
}
"""The part of oyster that reads, writes and waits. The rest of it is as pure as the core."""


def modules() -> Iterator[tuple[str, Path]]:
    for root, package in ((ROOT, "lbsh"), (ROOT, "lbsh_lang"), (ROOT / "lsp", "lbsh_lsp"), (ROOT, "oyster")):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> Sequence[ast.AST]:
    """All nodes of a module, at any depth."""
    return list(ast.walk(tree_of(path)))


@cache
def imports(path: Path) -> Sequence[str]:
    return list(imports_in(nodes_of(path)))


def imports_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
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


def every_import() -> Iterator[tuple[str, str]]:
    return ((name, imported) for name, path in MODULES for imported in imports(path))


def test_a_module_imports_only_what_its_layer_may() -> None:
    of_layers = OWN | {"click", "lark", "pygls", "lsprotocol", "prompt_toolkit", "websockets"}
    for name, imported in every_import():
        if imported.split(".")[0] in of_layers:
            layer = layer_of(name)
            allowed = (layer, *LAYERS[layer])
            assert any(within(imported, package) for package in allowed), f"{name} imports {imported}"


def test_rooms_of_the_analysis_import_one_way() -> None:
    for name, imported in every_import():
        if within(name, FACADE) and name != FACADE and within(imported, FACADE):
            (room,) = (room for room in ROOMS if within(name, room))
            assert any(within(imported, allowed) for allowed in (room, *ROOMS[room])), f"{name} imports {imported}"


def test_clients_import_the_analysis_through_its_facade() -> None:
    """Only from there; and what no client imports is not exported."""
    exported = {f"{FACADE}.{name}" for name in analysis.__all__}
    clients = [
        path
        for folder in ("lsp/lbsh_lsp", "tests/lsp", "lbsh/shell", "tests/shell")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    used = {imported: path for path in clients for imported in imports(path) if within(imported, FACADE)}
    for imported, path in used.items():
        assert imported in exported, f"{path} imports {imported}"
    assert exported - used.keys() == set()


CORE = [
    (name, path)
    for name, path in MODULES
    if within(name, "lbsh_lang") or (within(name, "oyster") and name not in SHELL)
]


def test_the_core_imports_what_is_pure() -> None:
    for name, path in CORE:
        for imported in imports(path):
            top = imported.split(".")[0]
            if top in {"lbsh_lang", "oyster", "lark"}:  # of these the layers have the say
                continue
            assert top in STANDARD_LIBRARY_OF_THE_CORE, f"{name} imports {imported}"
            assert top not in LICENSED or name in LICENSED[top], f"{name} has no licence for {top}"


def test_the_core_calls_what_is_pure() -> None:
    for name, path in CORE:
        calls = [node.func for node in nodes_of(path) if isinstance(node, ast.Call)]
        called = {function.id for function in calls if isinstance(function, ast.Name)}
        assert not called & {"open", "print", "input", "exec", "eval"}, name


def test_lark_is_imported_where_it_is_needed_only() -> None:
    for name, path in MODULES:
        at_once = [node for node in tree_of(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not any("lark" in ast.unparse(node).replace(".", " ").split() for node in at_once), name


def test_no_import_is_for_a_type_checker_only() -> None:
    """It may hide a circle."""
    for name, path in MODULES:
        for node in nodes_of(path):
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
                own = [imported for imported in imports_in(ast.walk(node)) if imported.split(".")[0] in OWN]
                assert own == [], f"{name} imports {own}"


def test_nothing_is_imported_by_a_name_in_a_text() -> None:
    """But for entry points."""
    for name, path in MODULES:
        if name in LICENSED["importlib"]:
            continue
        nodes = nodes_of(path)
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        imported_names = {imported.split(".")[-1] for imported in imports(path)}
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


def test_programs_are_started_in_one_place() -> None:
    importers = {name for name, path in MODULES if any(one.split(".")[0] == "subprocess" for one in imports(path))}
    assert importers == {"lbsh.programs"}


def test_no_backend_imports_another() -> None:
    shared = {"any", "base", "registry"}
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
