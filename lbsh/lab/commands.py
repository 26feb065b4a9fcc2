"""The commands of the laboratory, as a table. Every other line is a statement, which the device carries out.

A command gets its words, and returns its exit status: 0, or 1 if what it is for did not come about. One that cannot be
carried out at all raises `LabError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lbsh.lab.errors import LabError
from lbsh.lab.servers import listened_port
from lbsh.lab.session import Session, Target, near
from lbsh.lab.talk import Answer, Outcome
from lbsh.lab.views import fault_lines, load_line, map_lines, outcome_words, spread_lines
from lbsh.lab.words import machine_in, number_behind, number_of, port_of
from lbsh_lang.site.status import State
from lbsh_lang.syntax.nodes import ALL_FORMS
from lbsh_lang.values import Protocol

DONE, FAILED = 0, 1
"""Exit statuses."""

_USUAL_SPREAD = 12

Action = Callable[[Session, list[str]], int]


class Command(NamedTuple):
    """A command of the laboratory: its first word, its notation, what it does in a line, and the function that does it."""

    name: str
    usage: str
    help: str
    action: Action


class Leave(Exception):
    """The session is over."""


def carry_out(session: Session, line: str) -> int:
    """Carries out a line, and says what became of the connections that stay open; its exit status.

    Raises `LabError`, `CommandError` and `Leave`.
    """
    words = line.split("#", maxsplit=1)[0].split()
    if not words:
        return DONE
    command = COMMANDS.get(words[0])
    if command is not None and not (words[0] in ("help", "status") and len(words) > 1):
        status = command.action(session, words[1:])
    elif command is None and words[0] not in HEADS and (similar := near(words[0], COMMANDS)):
        raise LabError(f"there is no command `{words[0]}`{similar}")
    else:
        status = session.carry_out(line)
    if command is None or command.name in CHANGING:
        session.watch()
    return status


# Connections


def _connect(session: Session, words: list[str]) -> int:
    client, words = machine_in(words)
    times, words = number_behind(words, "times", 1)
    target = _target(session, "connect", words)
    machine = session.client(client).name if client else session.clients_for(target)[0].name
    status = DONE
    for _ in range(times):
        link, outcome = session.connect(machine, target)
        link.close()
        session.say(f"{machine} to {target}: {outcome_words(outcome)}")
        status = max(status, _status(outcome))
    return status


def _spread(session: Session, words: list[str]) -> int:
    client, words = machine_in(words)
    number = number_of(words.pop()) if len(words) > 1 and words[-1].isdecimal() else _USUAL_SPREAD
    target = _target(session, "spread", words)
    machines = [session.client(client).name] if client else [one.name for one in session.clients_for(target)]
    outcomes = []
    for turn in range(number):
        link, outcome = session.connect(machines[turn % len(machines)], target)
        link.close()
        outcomes.append(outcome)
    session.say(f"{target}: {number} connections from {', '.join(machines[:number])}")
    for line in spread_lines(outcomes, target.service, session.miniature.topology.toys):
        session.say(line)
    return max(map(_status, outcomes))


def _load(session: Session, words: list[str]) -> int:
    if not words:
        for name, links in session.loads.items():
            session.say(load_line(name, links))
        return DONE
    client, words = machine_in(words)
    if len(words) < 2 or not words[-1].isdecimal():
        raise LabError(f"say how many: `{COMMANDS['load'].usage}`")
    number = number_of(words.pop(), 0)
    target = _target(session, "load", words)
    machines = [session.client(client).name] if client else [one.name for one in session.clients_for(target)]
    links = session.loads.setdefault(target.name, [])
    while len(links) > number:
        links.pop().close()
    status = DONE
    while len(links) < number:
        link, outcome = session.connect(machines[len(links) % len(machines)], target)
        if not isinstance(outcome, Answer):
            link.close()
            session.say(f"{target}: {outcome_words(outcome)}")
            status = FAILED
            break
        links.append(link)
    session.say(load_line(target.name, links))
    return status


def _status(outcome: Outcome) -> int:
    return DONE if isinstance(outcome, Answer) else FAILED


# What befalls servers


def _kill(session: Session, words: list[str]) -> int:
    if len(words) not in (1, 2):
        raise LabError(f"say which server: `{COMMANDS['kill'].usage}`")
    toy = session.toy(words[0])
    port = port_of(words[1]) if len(words) > 1 else None
    listened = None if port is None else listened_port(toy, port)
    if port is not None and listened is None:
        raise LabError(f"{toy.name} does not listen on port {port}")
    session.miniature.kill(toy, listened)
    what = "killed" if port is None else f"killed on port {port}"
    _befall(session, toy.name, what, f"{toy.name} ({toy.address or 'all'}) is {what}: it refuses connections")
    return DONE


def _freeze(session: Session, words: list[str]) -> int:
    toy = session.toy(_only(words, "freeze"))
    session.miniature.farm.freeze(toy.name)
    _befall(
        session,
        toy.name,
        "frozen",
        f"{toy.name} ({toy.address or 'all'}) is frozen: it takes connections, and answers nothing",
    )
    return DONE


def _cut(session: Session, words: list[str]) -> int:
    toy = session.toy(_only(words, "cut"))
    if "cut" not in session.faults.get(toy.name, ()):
        session.miniature.cut(toy)
    _befall(session, toy.name, "cut", f"{toy.name} ({toy.address or 'all'}) is cut off: nothing reaches it")
    return DONE


def _befall(session: Session, name: str, what: str, words: str) -> None:
    faults = session.faults.setdefault(name, [])
    if what not in faults:
        faults.append(what)
    session.say(words)


def _revive(session: Session, words: list[str]) -> int:
    toy = session.toy(_only(words, "revive"))
    faults = session.faults.pop(toy.name, [])
    if not faults:
        session.say(f"{toy.name} is well")
        return DONE
    if "cut" in faults:
        session.miniature.mend(toy)
    if any(fault.startswith("killed") for fault in faults):
        session.miniature.start(toy)
    session.miniature.farm.thaw(toy.name)
    session.say(f"{toy.name} ({toy.address or 'all'}) is well again")
    return DONE


# The poller


def _poll(session: Session, words: list[str]) -> int:
    session.say(session.poller.start())
    return DONE


def _wait(session: Session, words: list[str]) -> int:
    states = {"up": State.UP, "down": State.DOWN}
    if len(words) not in (2, 3) or words[-1] not in states:
        raise LabError(f"say for what: `{COMMANDS['wait'].usage}`")
    service = session.service(words[1]).name if len(words) > 2 else None
    for line in session.poller.wait_for(session.toy(words[0]), service, states[words[-1]]):
        session.say(line)
    return DONE


# The session


def _show(session: Session, words: list[str]) -> int:
    for line in map_lines(session.miniature.topology):
        session.say(line)
    return DONE


def _show_status(session: Session, words: list[str]) -> int:
    status = session.carry_out("status")
    for line in fault_lines(session.faults):
        session.say(line)
    for name, links in session.loads.items():
        session.say(load_line(name, links))
    return status


def _help(session: Session, words: list[str]) -> int:
    width = max(len(command.usage) for command in COMMANDS.values())
    for command in COMMANDS.values():
        session.say(f"{command.usage:{width}}  {command.help}")
    session.say("SERVER is a name such as server1, or an address; CLIENT is any machine that `machines` lists.")
    session.say("Every other line is a statement of the language, such as `drain server`: `help drain` shows its form.")
    return DONE


def _exit(session: Session, words: list[str]) -> int:
    raise Leave


# Words


def _only(words: list[str], name: str) -> str:
    if len(words) != 1:
        raise LabError(f"say which server: `{COMMANDS[name].usage}`")
    return words[0]


def _target(session: Session, name: str, words: list[str]) -> Target:
    """`SERVICE|IP [tcp|udp] [PORT]`."""
    usage = f"`{COMMANDS[name].usage}`"
    if not words:
        raise LabError(f"say what to connect to: {usage}")
    subject, rest = words[0], words[1:]
    protocols = {one.value: one for one in Protocol}
    protocol = protocols[rest.pop(0)] if rest and rest[0] in protocols else None
    port = port_of(rest.pop(0)) if rest else None
    if rest:
        raise LabError(f"too many words, from `{rest[0]}` on: {usage}")
    return session.target(subject, protocol, port)


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        Command(
            "connect",
            "connect [from CLIENT] SERVICE|IP [tcp|udp] [PORT] [times N]",
            "open connections; shows who answers, and which address it sees",
            _connect,
        ),
        Command(
            "spread",
            "spread [from CLIENT] SERVICE|IP [tcp|udp] [PORT] [N]",
            "open N connections, 12 without N; shows how many each server gets",
            _spread,
        ),
        Command(
            "load",
            "load [[from CLIENT] SERVICE N]",
            "keep N connections open, and say what becomes of them; alone, list them",
            _load,
        ),
        Command("kill", "kill SERVER [PORT]", "end the server's program, or what it does on a port", _kill),
        Command("freeze", "freeze SERVER", "let it take connections and answer nothing", _freeze),
        Command("cut", "cut SERVER", "pull its cable", _cut),
        Command("revive", "revive SERVER", "mend all that befell it", _revive),
        Command("poll", "poll", "start the poller, which finds failed servers and takes them out", _poll),
        Command(
            "wait",
            "wait SERVER [SERVICE] up|down",
            "wait until the poller has found it so, and the rules say it",
            _wait,
        ),
        Command("status", "status [SERVICE|POOL|IP]", "what the device does, and what befell servers", _show_status),
        Command("machines", "machines", "the map: all machines with their addresses", _show),
        Command("show", "show", "the same", _show),
        Command("help", "help [STATEMENT]", "this list", _help),
        Command("exit", "exit", "end the laboratory", _exit),
    )
}
"""All commands by their first words. Those that statements have too, with more words, are left to these."""

CHANGING = frozenset({"kill", "freeze", "cut", "revive", "wait"})
"""Commands after which connections may have another state."""

HEADS = frozenset(form.head.split()[0] for form in ALL_FORMS)
"""The first words of statements."""
