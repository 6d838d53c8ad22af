# Turns the log of one of Go's test programs (-test.v=test2json) into lines of results: see verdict.awk.
#
# Usage: awk -v package=NAME -f go-results.awk TESTS LOG
# TESTS is what -test.list prints. A failure that comes only from a failed subtest is not one more.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

FILENAME == ARGV[1] {
    if ($0 ~ /^(Test|Example|Fuzz)/) {
        listed[$0] = 1
    }
    next
}

# A verdict's line begins with the byte 0x16, which no test prints; it may stand behind a line without an end.
match($0, /\026 *--- (PASS|FAIL|SKIP): /) {
    name = substr($0, RSTART + RLENGTH)
    verdict = tolower(substr($0, RSTART + RLENGTH - 6, 4))
    sub(/ \([0-9.]+s\)$/, "", name)
    verdict_of[name] = verdict
}

$0 != "" {
    last = $0
}

# Marks the tests above a failed one, which fail because of it.
function mark_parents(name) {
    while (match(name, /\/[^\/]*$/)) {
        name = substr(name, 1, RSTART - 1)
        has_failed_subtest[name] = 1
    }
}

END {
    for (name in verdict_of) {
        if (verdict_of[name] == "fail") {
            failed = 1
            mark_parents(name)
        }
    }
    for (name in verdict_of) {
        if (!(name in has_failed_subtest)) {
            print verdict_of[name] "\t" package ":" name
        }
    }
    for (name in listed) {
        if (!(name in verdict_of)) {
            print "run\t" package ":" name
        }
    }
    # The program itself is one test more: it has to come to its end.
    print ((last ~ /^\026?PASS$/ || failed) ? "pass" : "fail") "\t" package
}
