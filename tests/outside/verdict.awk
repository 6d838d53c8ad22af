# Judges the results of a suite by its list of expected failures: prints what is wrong, then one line of counts.
#
# Usage: awk -F'\t' -v suite=NAME -v units='245 packages' -f verdict.awk LIST RESULTS
# RESULTS has lines `run`, `pass`, `skip` or `fail`, a tab, and a test's name. A test that was run and got no verdict
# has failed. LIST has lines of a name, a tab and a reason; a line that starts with # is a comment.
# The exit status is 1 where anything is wrong.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

function complain(what) {
    printf "%s: %s\n", suite, what
    unexpected++
}

FILENAME == ARGV[1] {
    if ($0 ~ /^(#|$)/) {
        next
    }
    if (NF != 2 || $2 == "") {
        complain("line " FNR " of the list is not a name, a tab and a reason: " $0)
    }
    if ($1 in reason) {
        complain("the list has " $1 " twice")
    }
    reason[$1] = $2
    next
}

# A name may come twice, from two runs: a failure of either counts.
$1 == "run" {
    if (!($2 in verdict)) {
        verdict[$2] = "run"
    }
    next
}

$1 ~ /^(pass|skip|fail)$/ {
    if (verdict[$2] != "fail") {
        verdict[$2] = $1
    }
    next
}

{
    complain("not a line of results: " $0)
}

END {
    for (name in verdict) {
        if (verdict[name] == "run") {
            verdict[name] = "fail"
            ended[name] = " (it ended the program, or ran out of time)"
        }
        count[verdict[name]]++
        if (verdict[name] == "fail" && !(name in reason)) {
            complain(name " failed" ended[name])
        } else if (verdict[name] == "fail") {
            expected++
        } else if (name in reason) {
            complain(name " is in the list of failures, but its verdict is " verdict[name] "; remove it from the list")
        }
    }
    for (name in reason) {
        if (!(name in verdict)) {
            complain(name " is in the list of failures, but no test has this name; remove it from the list")
        }
    }
    if (count["pass"] == 0) {
        complain("no test passed")
    }
    printf "%s: %s, %d tests passed, %d skipped by the suite itself, %d expected failures, %d unexpected\n", suite,
        units, count["pass"], count["skip"], expected, unexpected
    exit unexpected > 0
}
