"""The composition root: puts files, language and backends together for the commands. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec

from lbsh.files import FileError, include_loader, rewrite
from lbsh_lang.backends.any import AnyBackend
from lbsh_lang.backends.base import Artifact, Backend, Options
from lbsh_lang.backends.registry import BackendError, installed, load_backend
from lbsh_lang.check import Checked, Rendering, check_resolved
from lbsh_lang.checks.filters import may_exceed_all
from lbsh_lang.checks.quoting import scripts_only
from lbsh_lang.checks.run import check_faults
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.reported import ReportedError
from lbsh_lang.site.faults import Refusal, RefusedByFilter
from lbsh_lang.site.model import Site
from lbsh_lang.site.resolve import Resolution
from lbsh_lang.site.script import Found, Loader, Script, no_files, read_script
from lbsh_lang.site.uplinks import DEFAULT_MARKS, Marks
from lbsh_lang.source import Source
from lbsh_lang.syntax.language import Lbsh
from lbsh_lang.syntax.methods import METHODS
from lbsh_lang.syntax.nodes import Token
from oyster.near import NearMisses


class ChoiceError(ReportedError):
    """A requested backend, target or flag does not exist; the text lists the existing ones."""


@dataclass(frozen=True, slots=True)
class Request:
    """A backend with the target and the flags to render for."""

    backend: Backend
    options: Options


@dataclass(frozen=True, slots=True)
class Fixed:
    """The remaining findings of a script whose safe fixes were made, and the number of fixes of each file, by its name.

    `complaint` says why no fix was made if a file could not be rewritten.
    """

    diagnostics: tuple[Diagnostic, ...]
    counts: dict[str, int]
    complaint: str | None = None


def parse_source(source: Source, load: Loader) -> Script:
    """The statements of a script and of the files that it includes, including those of plug-ins.

    Of the files that the loader finds, those are included that are scripts; no other may be quoted.

    Raises `ExtensionError` where a line may be a plug-in's, and the plug-ins cannot be used.
    """
    script = read_script(source, scripts_only(load))
    if script.faults:
        from lbsh import plugins  # noqa: PLC0415 -- scripts without a fault have no line that may be a plug-in's

        if plugins.may_matter(script.faults) and plugins.installed_language() is not script.language:
            language = plugins.installed_language()
            return read_script(source, scripts_only(load, language), language)
    return script


def language_of(lines: Iterable[str]) -> Lbsh:
    """The language of lines: with plug-ins if a line may be a plug-in's. Raises `ExtensionError`."""
    return parse_source(Source.of("", "\n".join(lines)), no_files).language


def check_source(source: Source, request: Request | None = None, load: Loader | None = None) -> Checked:
    """All findings about a script; with a backend, also the limits of that backend.

    Without a loader the script includes the files below its own folder.
    """
    return check_resolved(Resolution(parse_source(source, load or include_loader(source))), _rendering(request))


def _rendering(request: Request | None) -> Rendering | None:
    if request is None:
        return None
    return Rendering(request.backend, request.options.target, all_backends(), request.options.name)


def check_for_any(source: Source, request: Request | None = None, load: Loader | None = None) -> Checked:
    """The same, and what this machine lacks for it; without a backend, also what no installed backend can express."""
    checked = check_source(source, request, load)
    resolution, missing = checked.resolution, missing_modules(checked.resolution)
    if request is None and may_exceed_all(resolution):
        backends = all_backends()
        return check_resolved(resolution, Rendering(AnyBackend(backends), None, backends), missing)
    return check_resolved(resolution, _rendering(request), missing) if missing else checked


def missing_modules(resolution: Resolution) -> frozenset[str]:
    """The modules of libraries that the probes of a script need, and that are not installed."""
    nodes = [life.probe.node for life in resolution.current_services() if life.probe is not None]
    methods = (METHODS.get(name) for name in {node.method.text for node in nodes if node.method is not None})
    modules = {method.library.module for method in methods if method is not None and method.library is not None}
    return frozenset(module for module in modules if find_spec(module) is None)


def fix_source(source: Source, request: Request | None = None, load: Loader | None = None) -> Fixed:
    """Makes the safe fixes of a script, in its own file and in those that it includes.

    Without a loader the script includes the files below its own folder.
    """
    from lbsh_lang.fixes import mend  # noqa: PLC0415 -- `check` without `--fix` starts without it

    known = {source.identity: source}
    find = load or include_loader(source)

    def look(changed: Mapping[str, Source]) -> Sequence[Diagnostic]:
        def load_changed(path: str, includer: Source) -> Source | Refusal | str:
            found = find(path, includer)
            if not isinstance(found, Source):
                return found
            return changed.get(found.identity, known.setdefault(found.identity, found))

        return check_for_any(changed.get(source.identity, source), request, load_changed).diagnostics

    mended = mend(look)
    changed = mended.sources.values()
    try:
        rewrite([(known[one.identity], one.text) for one in changed])
    except FileError as error:
        return Fixed(tuple(look({})), {}, str(error))
    return Fixed(tuple(mended.found), {one.name: mended.counts[one.identity] for one in changed})


def render(site: Site, request: Request) -> Artifact:
    """The rules of a site without errors."""
    return request.backend.render(site, request.options)


def render_change(old: Site, new: Site, request: Request) -> Artifact:
    """The change from the rules of one site to those of another. Raises `ChoiceError` if a backend has only whole rules."""
    change = request.backend.render_change(old, new, request.options)
    if change is None:
        raise ChoiceError(f"{request.backend.name} has its rules exchanged as a whole: emit them without --since")
    return change


def verify(checked: Checked, artifact: Artifact, request: Request) -> tuple[Diagnostic, ...]:
    """The lines that the packet filter's own programs refuse, as findings at the statements that made them.

    Raises `CommandError` if a program is missing, cannot be run, or refuses a line that serves no single statement.
    """
    from lbsh.drivers.verify import verify_artifact  # noqa: PLC0415 -- `check` starts without drivers
    from lbsh.programs import CommandError  # noqa: PLC0415

    found: list[Diagnostic] = []
    context = checked.context.contexts.fault
    for verifier in request.backend.verifiers(checked.site):
        for complaint in verify_artifact(artifact, verifier):
            origin = artifact.lines[complaint.line].origin
            words = f"{verifier.arguments[0]} refuses what is made of this: {complaint.words}"
            if origin is None:
                raise CommandError(f"{verifier.arguments[0]} refuses line {complaint.line + 1}: {complaint.words}")
            refused = Found(origin, RefusedByFilter(Token("", 0, None), words))
            found += check_faults([refused], context)
    return tuple(found)


def all_backends() -> tuple[Backend, ...]:
    """Every installed backend that can be loaded, by name: a broken backend must not disable the others."""
    found = []
    for name in installed():
        with suppress(BackendError):
            found.append(load_backend(name))
    return tuple(found)


def broken_backends() -> tuple[str, ...]:
    """The faults of the installed backends that cannot be loaded."""
    complaints = []
    for name in installed():
        try:
            load_backend(name)
        except BackendError as error:
            complaints.append(str(error))
    return tuple(complaints)


def broken_methods() -> tuple[str, ...]:
    """The faults of the probe methods of plug-ins that cannot be used."""
    return METHODS.complaints()


def choose(
    name: str,
    target: str | None,
    flags: frozenset[str] = frozenset(),
    rules_name: str = "",
    marks: Marks = DEFAULT_MARKS,
) -> Request:
    """A backend by its name, the name of its rules, and their marks. Raises `ChoiceError` and `BackendError`."""
    if name not in installed():
        near = NearMisses(installed()).of(name)
        hint = f"; a backend with a similar name exists: `{near}`" if near else ""
        raise ChoiceError(f"there is no backend `{name}`{hint} (installed are {', '.join(installed())})")
    backend = load_backend(name)
    if target is not None and target not in backend.targets:
        raise ChoiceError(f"{name} has no target `{target}`; its targets are {', '.join(backend.targets)}")
    strange = sorted(flags - set(backend.flags))
    if strange:
        raise ChoiceError(f"{name} has no option --{strange[0]}")
    options = Options(target or backend.targets[0], flags, rules_name, marks)
    reason = backend.conflict(options)
    if reason is not None:
        raise ChoiceError(f"{name}: {reason}")
    return Request(backend, options)
