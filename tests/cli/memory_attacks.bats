# Addresses and counts that a host must not trust, each in a process of its own: see tests/guests/memory_attacks.c.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
load support

# attack GUEST FUNCTION STEP: one in STEP of the attacks; the library's own test runs all of them
attack() {
    run -0 python3 "$RINGFORT_SOURCE/tests/cli/memory_attacks.py" "$WASM_GUESTS/$1.wasm" "$2" "$3"
    [[ $output == *" attacks held" ]]
}

@test "bad_addresses_and_counts_end_in_an_errno_or_a_trap" {
    attack memory_attacks attack 47
}

@test "bad_addresses_and_counts_of_unstable_end_in_an_errno_or_a_trap" {
    attack memory_attacks_unstable attack 151
}

@test "bad_addresses_and_counts_in_4_gib_end_in_an_errno_or_a_trap" {
    attack memory_attacks attack_grown 151
}
