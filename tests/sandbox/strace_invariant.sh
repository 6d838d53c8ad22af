#!/usr/bin/env bash
# The invariant of paths, seen from outside and without a second wall: over the battery and the guests that work with
# files, openat2 with RESOLVE_BENEATH is the only call that gets a path of a guest's, and every other gets one name.
#
#     strace_invariant.sh openat2|walk     (walk: with openat2 denied to this process)
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set -euo pipefail

resolver=$1
here=$(cd "$(dirname "$0")" && pwd)
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # the leak checker wants to trace too
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]; then
    export TMPDIR=/dev/shm # as battery.sh
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

judge() {
    local marked=0
    if grep -qF '"\x62\x65\x67\x69\x6e\x0a"' "$1"; then
        marked=1
    fi
    awk -v marked="$marked" -f "$here/strace_invariant.awk" "$1"
}

traced() {
    strace -ff -qq --seccomp-bpf -xx -s 5000 -e trace=%file,write,writev,pwrite64,pwritev,pwritev2 -o "$work/log/t" "$@"
}

# ---- The judge knows a violation when it sees one ----

# judged VIOLATIONS LINE: of a guest that has begun; in LINE, names are plain
judged() {
    local line=$2 hex name
    while [[ $line == *\'* ]]; do
        name=${line#*\'}
        name=${name%%\'*}
        hex=$(printf '%s' "$name" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')
        line="${line%%\'*}\"$hex\"${line#*\'*\'}"
    done
    printf '%s\n' 'write(1, "\x62\x65\x67\x69\x6e\x0a", 6) = 6' "$line" >"$work/line"
    judge "$work/line" | grep -q "^$1 1 .* counts$" || fail "not $1 violations: $2"
}

judged 0 "openat(5, 'name', O_RDONLY) = 6"
judged 0 "openat(5, '.', O_RDONLY) = 6"
judged 0 "readlinkat(5, '', 0x7ffc, 4096) = 10"
judged 0 "newfstatat(5, '', {st_mode=S_IFREG}, AT_EMPTY_PATH) = 0"
judged 0 "symlinkat('../any/text', 5, 'name') = 0"
judged 0 "openat2(5, '../a', {flags=O_PATH, resolve=RESOLVE_BENEATH}, 24) = 6"
judged 1 "openat2(5, '../a', {flags=O_PATH, resolve=RESOLVE_NO_MAGICLINKS}, 24) = 6"
judged 1 "openat2(AT_FDCWD, 'a', {flags=O_PATH, resolve=RESOLVE_BENEATH}, 24) = 6"
judged 1 "openat(5, 'a/b', O_RDONLY) = 6"
judged 1 "openat(5, 'a/', O_RDONLY) = 6"
judged 1 "openat(5, '..', O_RDONLY) = 6"
judged 1 "openat(5, '.', O_RDWR|O_CREAT, 0666) = 6"
judged 1 "openat(AT_FDCWD, 'a', O_RDONLY) = 6"
judged 1 "newfstatat(5, '', {st_mode=S_IFREG}, 0) = 0"
judged 1 "newfstatat(5, 'a/', {st_mode=S_IFREG}, AT_SYMLINK_NOFOLLOW) = 0"
judged 1 "unlinkat(5, '.', AT_REMOVEDIR) = 0"
judged 1 "symlinkat('text', 5, 'a/b') = 0"
judged 1 "renameat2(5, 'a', 6, 'b/c', 0) = 0"
judged 2 "linkat(5, 'a/b', 6, '..', 0) = 0"
judged 1 "mkdir('a', 0777) = 0"

# ---- The battery, and guests that do what guests do ----

mkdir "$work/log" "$work/root" "$work/box"
"$RINGFORT_BUILD/tests/battery" prepare "$work/root"
traced "$RINGFORT_BUILD/tests/battery-command" "$RINGFORT" "$WASM_GUESTS/battery_preview1.wasm" "$work/root" \
    --lockdown=off 2>"$work/stderr" || fail "the battery: $(cat "$work/stderr")"
"$RINGFORT_BUILD/tests/battery" check "$work/root" | tail -n1 || held=no
export XDG_CACHE_HOME="$work/cache"
for guest in files links directories; do # the first run fills the cache
    "$RINGFORT" run --lockdown=off --dir "$work/box::/box" "$WASM_GUESTS/$guest.wasm" >/dev/null || held=no
    traced "$RINGFORT" run --lockdown=off --dir "$work/box::/box" "$WASM_GUESTS/$guest.wasm" >/dev/null || held=no
done

find "$work/log" -type f -size +0 >"$work/logs"
while IFS= read -r log; do
    judge "$log"
done <"$work/logs" >"$work/judged"
awk '!/ counts$/ && ++shown <= 20' "$work/judged"
read -r violations begun beneath bare itself others < <(awk '/ counts$/ { for (i = 1; i < 7; i++) sum[i] += $i }
    END { print sum[1], sum[2], sum[3], sum[4], sum[5], sum[6] }' "$work/judged")
printf '%d guests of the battery: %d paths to openat2, %d bare names, %d descriptors themselves, %d violations\n' \
    "$begun" "$beneath" "$bare" "$itself" "$violations"

forms=$("$RINGFORT_BUILD/tests/battery" list "$work/root" | grep -v '\.start	' | cut -f1 | uniq | wc -l)
[ "$begun" -eq "$forms" ] || fail "$forms guests should have begun"
[ "$others" -eq 3 ] || fail "$others other guests, and not 3, had their code"
[ "$bare" -gt 1000 ] || fail 'too few bare names to be true'
if [ "$resolver" = walk ]; then
    [ "$beneath" -eq 0 ] || fail 'openat2 was there after all'
else
    [ "$beneath" -gt 1000 ] || fail 'too few paths to openat2 to be true'
fi
[ "$violations" -eq 0 ] || fail "$violations violations"
[ "${held:-yes}" = yes ]
