# --print-policy: what a guest would be given.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# value NAME: the value of a line of the policy
value() {
    sed -n "s/^${1//./\\.} //p" <<<"$output"
}

@test "a_policy_lists_what_is_granted_and_runs_nothing" {
    mkdir data
    export SECRET=hidden
    run -0 ringfort run --print-policy --dir data::/d --ro /usr --env SECRET --env A=1 --stdin null --stdout made \
        --listen 127.0.0.1:0 --listen '[::1]:0::nonblock' --timeout 1500ms "$PROBE" put /d/file $'a\nb'
    [ "$(value file)" = "$PROBE" ]
    [ "$(value argument.0)" = cli_probe.wasm ]
    [ "$(value argument.3)" = 'a\x0ab' ]
    [ "$(value environment.0)" = SECRET ]
    [ "$(value environment.1)" = A ]
    [[ $output != *hidden* ]]
    [ "$(value descriptor.0)" = null ]
    [ "$(value descriptor.1)" = made ]
    [ "$(value descriptor.2)" = inherit ]
    [ "$(value descriptor.3)" = directory ]
    [ "$(value descriptor.3.guest)" = /d ]
    [ "$(value descriptor.3.host)" = data ]
    [ "$(value descriptor.3.access)" = rw ]
    [ "$(value descriptor.4.access)" = ro ]
    [ "$(value descriptor.5)" = listener ]
    [ "$(value descriptor.5.address)" = 127.0.0.1:0 ]
    [ "$(value descriptor.5.nonblock)" = no ]
    [ "$(value descriptor.6.address)" = '[::1]:0' ]
    [ "$(value descriptor.6.nonblock)" = yes ]
    [ "$(value system-files)" = no ]
    [ "$(value threads)" = none ]
    [ "$(value limit.wall-time)" = 1500 ]
    [ ! -e data/file ]
    [ ! -e made ]
}

@test "a_policy_has_every_limit" {
    run -0 ringfort run --print-policy "$(guest hello)"
    for limit in memory=1073741824 table-elements=1048576 instances=10000 open-files=256 subscriptions=4096 \
        bytes-written=none file-size=none entries-created=none output=none path-length=4095 fuel=none wall-time=none; do
        [ "$(value "limit.${limit%=*}")" = "${limit#*=}" ]
    done
    run -0 ringfort run --print-policy --max-memory 1M --max-table-elements 2 --max-instances 3 --max-open-files 4 \
        --max-subscriptions 5 --max-write 6K --max-file-size 7 --max-entries 8 --max-output 9 --max-path 10 --fuel 11 \
        "$(guest hello)"
    for limit in memory=1048576 table-elements=2 instances=3 open-files=4 subscriptions=5 bytes-written=6144 \
        file-size=7 entries-created=8 output=9 path-length=10 fuel=11; do
        [ "$(value "limit.${limit%=*}")" = "${limit#*=}" ]
    done
}

@test "a_policy_has_every_wall_and_its_state" {
    run -0 ringfort run --print-policy --lockdown auto "$(guest hello)"
    [ "$(value lockdown)" = auto ]
    for wall in privileges namespaces descriptors resources seccomp; do
        [ "$(value "wall.$wall")" = up ]
    done
    [[ $(value wall.landlock) == "up abi "* ]]
    run -0 ringfort run --print-policy --lockdown off "$(guest hello)"
    [ "$(value lockdown)" = off ]
    for wall in privileges namespaces descriptors resources landlock seccomp; do
        [ "$(value "wall.$wall")" = off ]
    done
}

@test "a_policy_says_which_walls_are_missing_and_why" {
    run -0 "$RINGFORT_BUILD/without-calls" unshare,landlock_create_ruleset,seccomp \
        "$RINGFORT" run --print-policy --lockdown auto "$(guest hello)"
    [[ $(value wall.namespaces) == "missing a "*" namespace cannot be had: Operation not permitted" ]]
    [ "$(value wall.landlock)" = "missing the kernel has no Landlock: Operation not permitted" ]
    [[ $(value wall.seccomp) == "missing the kernel takes no filter"* ]]
    [ "$(value wall.privileges)" = up ]
}

@test "a_policy_that_cannot_be_granted_is_refused" {
    run -125 --separate-stderr ringfort run --print-policy --dir no/such "$(guest hello)"
    says "no/such: the directory cannot be opened"
    [ -z "$output" ]
    run -125 --separate-stderr ringfort run --print-policy --env-file no-such "$(guest hello)"
    [ -z "$output" ]
}

@test "a_policy_reads_the_files_of_variables_before_the_walls_stand" {
    printf 'FROM_FILE=1\n' >vars
    run -0 ringfort run --print-policy --lockdown auto --env-file vars "$(guest hello)"
    [ "$(value environment.0)" = FROM_FILE ]
}
