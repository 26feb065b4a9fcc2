#!/bin/sh
# Tests the editors' files: installs what is missing (as root on Debian; elsewhere it says what is missing), then runs
# pytest on the test of each editor. Arguments go to pytest, such as editors/neovim. Needs the .venv of `make lint`.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$root/build/editors
python=$root/.venv/bin/python
cd "$root"
mkdir -p "$build"
[ -x "$python" ] || { echo "editors/test.sh needs .venv: make lint" >&2; exit 1; }

# Each program with the packages that have it, the best one first: their names differ between releases of Debian.
wanted="nvim:neovim emacs:emacs-nox vim.nox:vim-nox batcat:bat cc:gcc node:nodejs git:git
kate-syntax-highlighter:libkf5syntaxhighlighting-tools"

lacking() {
  for pair in $wanted; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || printf '%s ' "${pair#*:}"
  done
  [ -d /usr/share/vim/vimfiles/pack/dist-bundle/opt/ale ] || dpkg -s vim-ale >/dev/null 2>&1 || printf 'vim-ale '
  emacs -Q --batch --eval "(require 'eglot)" >/dev/null 2>&1 || dpkg -s elpa-eglot >/dev/null 2>&1 || printf 'elpa-eglot '
  [ -f /usr/include/stdio.h ] || printf 'libc6-dev '
}

install() {
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "the tests of the editors need these packages of Debian: $*" >&2
    exit 1
  fi
  echo "installing $*"
  DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null
}

packages=$(lacking)
# Several names.
# shellcheck disable=SC2086
[ -z "$packages" ] || install $packages

sh editors/newer-programs.sh "$build"

[ -d "$build/python/tree_sitter" ] ||
  "$python" -m pip install --quiet --disable-pip-version-check --target "$build/python" tree-sitter==0.25.2

[ $# -gt 0 ] || set -- editors/tree-sitter-lbsh editors/neovim editors/vim editors/emacs editors/helix editors/kate \
  editors/sublime
# A configuration of its own would be read from the home of whoever runs this.
export XDG_CONFIG_HOME="$build/home/config" XDG_CACHE_HOME="$build/home/cache" XDG_DATA_HOME="$build/home/data"
export XDG_STATE_HOME="$build/home/state" EDITORS_BUILD="$build" PYTHONPATH="$root:$build/python"
exec "$python" -m pytest -p no:cacheprovider "$@" </dev/null
