#!/usr/bin/env bash
# Sourced by scripts that make something once and keep it in the user's cache folder.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# once WITNESS OUT LOCK: where the file or folder WITNESS is there, prints OUT and ends the script. Else it returns with
# the lock, which goes with the script; a run that makes the same at this time is waited for.
once() {
    if [ ! -e "$1" ]; then
        mkdir -p "${3%/*}"
        exec 9>"$3"
        if ! flock -n 9; then
            printf '%s: another run makes the same already; waiting for it\n' "${0##*/}" >&2
            flock 9
        fi
    fi
    if [ -e "$1" ]; then
        printf '%s\n' "$2"
        exit 0
    fi
}
