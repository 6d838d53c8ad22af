# Judges the log of one of Go's test programs (-test.v=test2json) by go-std.txt: prints what is wrong, or the counts.
#
# Usage: awk -v package=NAME -v status=EXIT -f go-verdict.awk go-std.txt TESTS LOG
# TESTS is what -test.list prints. The exit status is 1 where anything is wrong.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

function complain(what) {
    print package ": " what
    wrong = 1
}

# The rows of go-std.txt: a verdict, a package, a pattern of whole test names, the reason's name.
FILENAME == ARGV[1] {
    if ($0 !~ /^(#|$)/ && $2 == package) {
        rows++
        row_verdict[rows] = $1
        row_pattern[rows] = $3
    }
    next
}

FILENAME == ARGV[2] {
    if ($0 ~ /^(Test|Example|Fuzz)/) {
        listed[$0] = 1
    }
    next
}

# A verdict's line begins with the byte 0x16, which no test prints; it may stand behind a line without an end.
match($0, /\026 *--- (PASS|FAIL|SKIP): /) {
    rest = substr($0, RSTART + RLENGTH)
    verdict = substr($0, RSTART + RLENGTH - 6, 4)
    sub(/ \([0-9.]+s\)$/, "", rest)
    verdict_of[rest] = verdict
    count[verdict]++
}

{
    if ($0 != "") {
        last = $0
    }
}

# A failure that comes only from a failed subtest is not one more.
function is_leaf(name, other) {
    for (other in verdict_of) {
        if (verdict_of[other] == "FAIL" && index(other, name "/") == 1) {
            return 0
        }
    }
    return 1
}

function is_expected(verdict, name, i) {
    for (i = 1; i <= rows; i++) {
        if (tolower(verdict) == row_verdict[i] && name ~ ("^(" row_pattern[i] ")$")) {
            row_used[i] = 1
            return 1
        }
    }
    return 0
}

END {
    for (name in verdict_of) {
        verdict = verdict_of[name]
        if (verdict == "FAIL" && is_leaf(name) && !is_expected(verdict, name)) {
            complain(name " failed")
        } else if (verdict == "SKIP" && !is_expected(verdict, name)) {
            complain(name " was skipped, and go-std.txt does not say why")
        }
    }
    for (i = 1; i <= rows; i++) {
        if (!row_used[i]) {
            complain("go-std.txt expects " row_verdict[i] " of " row_pattern[i] ", which no test answered")
        }
        if (row_verdict[i] == "fail") {
            may_fail = 1
        }
    }
    for (name in listed) {
        tests++
        if (!(name in verdict_of)) {
            complain(name " did not come to an end")
        }
    }
    if (tests == 0) {
        complain("the program lists no tests")
    }
    if (!may_fail && (status != 0 || last !~ /^\026?PASS$/)) {
        complain("exit status " status ", and the last line is: " last)
    }
    printf "%s: %d tests; with subtests %d passed, %d skipped by Go itself, %d failed\n", package, tests,
        count["PASS"], count["SKIP"], count["FAIL"]
    exit wrong
}
