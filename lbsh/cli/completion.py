"""`lbsh completion`: scripts that make a shell complete `lbsh`.

The scripts ask `lbsh completion SHELL --answer` with the line in two variables, as click's own scripts do; click walks
through the commands and answers. The scripts differ from click's in three things: FILE means scripts and folders,
`--option=value` is completed in every shell, and only answers reach the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lbsh.cli.terminal import CLEAN, TROUBLE

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

_BASH = r"""# Completion of lbsh for bash 4 and later.
_lbsh_completion() {
    local IFS=$'\n' kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            script)
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -X '!*.lb' -- "$2"; compgen -d -X '*.lb' -- "$2")
                [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o default
                ;;
            file) compopt -o default ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD "$1" completion bash --answer 2>/dev/null </dev/null)
}
complete -o nosort -F _lbsh_completion lbsh 2>/dev/null || complete -F _lbsh_completion lbsh
"""

_ZSH = r"""#compdef lbsh
# Completion of lbsh for zsh: to be loaded after compinit, or as the file _lbsh of a folder in fpath.
_lbsh() {
    local kind value about
    local -a answer plain described whole
    answer=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        ${~words[1]} completion zsh --answer 2>/dev/null </dev/null)}")
    # Answers take the place of the whole word, in other letters if need be; behind `--option=` they go on from there.
    if [[ $PREFIX == --*=* ]]; then compset -P 1 '*='; else whole=(-U); fi
    for kind value about in $answer; do
        case $kind in
            plain) if [[ $about == _ ]]; then plain+=("$value"); else described+=("$value:$about"); fi ;;
            script) _files -g '*.lb(-.)' ;;
            file) _files ;;
        esac
    done
    (( $#described )) && _describe -V lbsh described $whole
    (( $#plain )) && compadd $whole -V lbsh -a plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _lbsh "$@"
else
    compdef _lbsh lbsh
fi
"""

_FISH = r"""# Completion of lbsh for fish 3.1 and later.
function __lbsh_completion
    set -l words (commandline -opc)
    set -lx COMP_WORDS (commandline -cp)
    set -lx COMP_CWORD (commandline -ct)
    for line in (command $words[1] completion fish --answer 2>/dev/null </dev/null)
        set -l parts (string split -m 1 , -- $line)
        switch $parts[1]
            case plain
                echo -- $parts[2]
            case script
                __fish_complete_suffix .lb
            case file
                __fish_complete_path (commandline -ct)
        end
    end
end
complete --command lbsh --erase
complete --command lbsh --no-files --keep-order --arguments '(__lbsh_completion)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


@click.command()
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
@click.option("--answer", is_flag=True, hidden=True)
@click.pass_context
def completion(ctx: click.Context, shell: str, answer: bool) -> int:
    """Print what makes a shell complete lbsh: commands, options, scripts, backends, codes.

    To have it in every session:

    \b
    bash  add to ~/.bashrc:
            eval "$(lbsh completion bash)"
    zsh   add to ~/.zshrc, below compinit:
            eval "$(lbsh completion zsh)"
          or write it to a file _lbsh in a folder of fpath
    fish  run once:
            lbsh completion fish > ~/.config/fish/completions/lbsh.fish
    """
    if not answer:
        click.echo(SCRIPTS[shell], nl=False)
        return CLEAN
    try:
        click.echo(_dialect(shell, ctx.find_root().command).complete())
    except (KeyError, ValueError):  # not asked by one of the scripts
        return TROUBLE
    return CLEAN


def _dialect(shell: str, group: click.Command) -> ShellComplete:
    """click's reader of a shell's line and writer of answers, corrected for `--option=value`."""
    from click import shell_completion as dialects  # noqa: PLC0415 -- printing a script does without

    class Bash(dialects.BashComplete):
        def get_completion_args(self) -> tuple[list[str], str]:
            """bash makes three words of `--option=value`."""
            args, incomplete = super().get_completion_args()
            return [word for word in args if word != "="], incomplete

    class Fish(dialects.FishComplete):
        def get_completions(self, args: list[str], incomplete: str) -> list[dialects.CompletionItem[str]]:
            """fish wants the whole word `--option=value`."""
            items = super().get_completions(args, incomplete)
            head, equals, _ = incomplete.partition("=")
            if head.startswith("--") and equals:
                items = [dialects.CompletionItem(f"{head}={one.value}", one.type, one.help) for one in items]
            return items

    kinds: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": dialects.ZshComplete, "fish": Fish}
    return kinds[shell](group, {}, "lbsh", "")
