#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of packages.txt that are missing. Needs apt-get, and root or sudo, only if some are.
# MOTE_SKIP_PACKAGES=1 leaves the machine's packages alone. Written in sh, since Python may be one of them.
set -u
here=$(dirname "$0")
log=build/logs/packages.log

# Prints NAME[|NAME] of every line of packages.txt that is not satisfied.
missing() {
    sed -e 's/#.*//' "$here/packages.txt" | while read -r names program; do
        [ -n "$names" ] || continue
        if [ -n "$program" ]; then
            command -v "$program" >/dev/null 2>&1 || echo "$names"
        else
            installed "$names" || echo "$names"
        fi
    done
}

# Whether one of NAME[|NAME] is installed; without dpkg there is no way to know, so yes.
installed() {
    command -v dpkg-query >/dev/null 2>&1 || return 0
    for name in $(echo "$1" | tr '|' ' '); do
        case $(dpkg-query -W -f '${Status}' "$name" 2>/dev/null) in
            *"ok installed") return 0 ;;
        esac
    done
    return 1
}

# Of each NAME|NAME the first that this release has.
known() {
    for names in "$@"; do
        found=${names%%|*}
        for name in $(echo "$names" | tr '|' ' '); do
            if apt-cache show "$name" >/dev/null 2>&1; then
                found=$name
                break
            fi
        done
        echo "$found"
    done
}

stop() {
    echo "error: $1" >&2
    echo "  -> $2" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" \
        >>"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" | sed 's/^/    | /' >&2
        stop "apt-get $1 failed; all of its output is in $log" \
            "see to the network or the apt sources, or install these yourself: $(echo $need | sed 's/|[^ ]*//g')"
    }
}

[ "${MOTE_SKIP_PACKAGES:-0}" = 1 ] && exit 0
need=$(missing)
[ -n "$need" ] || exit 0
plain=$(echo $need | sed 's/|[^ ]*//g')
command -v apt-get >/dev/null 2>&1 ||
    stop "this machine has no apt-get, and lacks what these Debian packages hold: $plain" \
        "install the same by your own package manager"
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
        stop "Debian packages are missing, and this is neither root nor is there sudo" \
            "as root: apt-get install $plain"
    sudo -n true 2>/dev/null || sudo -v || stop "sudo did not let us in" "as root: apt-get install $plain"
fi
mkdir -p build/logs && : >"$log" || stop "build/logs cannot be written" "see to the permissions of $PWD"
echo "  packages   from Debian: $plain (up to 3 min)"
start=$(date +%s)
apt update
# shellcheck disable=SC2046,SC2086  # words on purpose
apt install --no-install-recommends $(known $need)
left=$(missing)
[ -z "$left" ] || stop "still missing after apt-get: $(echo $left)" "install them by hand; the log is $log"
echo "  packages   done in $(($(date +%s) - start)) s"
