# What a guest synced is there, whole, after its host was killed at any moment.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# RINGFORT_KILLS: how often, 50 where it is not set.
load ../cli/support

lines=512 # of tests/guests/synced.c

# check_file TOLD: the file holds nothing but its number, and it is the last that the guest told or the next
check_file() {
    local told=$1 number=0 count=0
    if [ -e box/file ]; then
        number=$(sort -u box/file)
        count=$(wc -l <box/file)
        [[ $number =~ ^[0-9]+$ ]] || { printf 'a mixture: %s\n' "$number"; return 1; }
        [ "$count" = "$lines" ] || { printf 'a part: %s lines\n' "$count"; return 1; }
    fi
    [ "$number" = "$told" ] || [ "$number" = $((told + 1)) ] || {
        printf 'told %s, found %s\n' "$told" "$number"
        return 1
    }
}

@test "what_was_synced_is_there_after_sigkill_at_any_moment" {
    local kills=${RINGFORT_KILLS:-50} i guest told any=0 status
    mkdir box
    ringfort compile "$WASM_GUESTS/synced.wasm" -o synced.cwasm
    for ((i = 0; i < kills; i++)); do
        rm -f box/file box/next
        "$RINGFORT" run --dir box --allow-precompiled synced.cwasm >told 3>&- &
        guest=$!
        sleep "0.$(printf '%03d' $((RANDOM % 150 + 20)))"
        kill -KILL "$guest"
        status=0
        wait "$guest" || status=$?
        [ "$status" = 137 ] || { printf 'ended by itself with %s\n' "$status"; return 1; }
        told=$(wc -l <told) # a number that was cut off, without its newline, was not told
        check_file "$told"
        any=$((any + (told > 0)))
    done
    printf '# %s kills, %s of them after something was synced\n' "$kills" "$any" >&3
    [ "$any" -gt 0 ]
}
