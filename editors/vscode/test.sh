#!/bin/sh
# Checks, tests and packages the extension, and drives it in a real editor. What it needs it installs: node packages here,
# code-server in build/, Chromium where it is missing (as root on Debian and its kin).
#   LBSH=FILE            the program under test, .venv/bin/lbsh of the repository without it
#   CHROMIUM=FILE        another browser than the system's
#   UPDATE_SCREENSHOT=1  renews images/editor.png
set -eu

code_server_version=4.139.1
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && pwd)/build
cd "$here"

die() {
  echo "$*" >&2
  exit 1
}

need_chromium() {
  CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
  if [ -z "$CHROMIUM" ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
      echo "installing chromium"
      DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
      DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
      CHROMIUM=$(command -v chromium) || die "chromium was installed, but is not there"
    else
      die "chromium is missing; install it, or name a browser of its kind with CHROMIUM=FILE"
    fi
  fi
  export CHROMIUM
}

# On Linux the packages bring their own node; elsewhere it must be new enough.
need_node() {
  command -v npm >/dev/null || die "npm is missing: install Node.js"
  npm ci --no-progress --loglevel=error
  PATH=$here/node_modules/.bin:$PATH
  export PATH
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 24 ] || die "Node.js 24 or later is needed, this is $major"
}

# Without the scripts of packages there are no native modules, which the editor can do without.
need_code_server() {
  CODE_SERVER=$build/code-server/node_modules/code-server/out/node/entry.js
  export CODE_SERVER
  stamp=$build/code-server/installed-$code_server_version
  [ -f "$stamp" ] && return
  echo "installing code-server"
  rm -rf "$build/code-server"
  mkdir -p "$build/code-server"
  cd "$build/code-server"
  echo '{"private": true}' >package.json
  npm install --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error "code-server@$code_server_version"
  cd node_modules/code-server/lib/vscode
  npm install --ignore-scripts --omit=dev --no-audit --no-fund --no-progress --loglevel=error
  cd "$here"
  touch "$stamp"
}

LBSH=${LBSH:-$here/../../.venv/bin/lbsh}
[ -x "$LBSH" ] || die "$LBSH is missing; make it with: make .venv/dev, or name another with LBSH=FILE"
export LBSH

need_chromium
need_node
npm run --silent lint
npm run --silent test:unit
npm run --silent test:grammar
npm run --silent package
need_code_server
npm run --silent test:editor
