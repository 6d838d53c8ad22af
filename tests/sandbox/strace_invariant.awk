# Judges what strace saw of one thread: which call may get which name. Reads the output of `strace -xx`, where a string
# has nothing but escapes, and tells each violation and, at the end, its counts.
#
# From a descriptor, openat2 with RESOLVE_BENEATH or RESOLVE_IN_ROOT alone may get a path. Every other call gets one name,
# or works on the descriptor itself: with an empty name, or, to open it anew, with openat's constant ".".
# Once the guest has begun, no call names a file without a descriptor, but for what the C library reads for itself.
#
# A guest of the battery says when it begins, and nothing before is judged (-v marked=1). Other guests begin where the
# command has their compiled code; before, it walks the paths of its own options, which may have `..`.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
BEGIN {
    begin = "\"\\x62\\x65\\x67\\x69\\x6e\\x0a\""
    slash = "\\x2f"
    dot = "\"\\x2e\""
    dotdot = "\"\\x2e\\x2e\""
    # malloc, before it gives memory back: /proc/sys/vm/overcommit_memory
    own = "\"\\x2f\\x70\\x72\\x6f\\x63\\x2f\\x73\\x79\\x73\\x2f\\x76\\x6d\\x2f\\x6f\\x76\\x65\\x72\\x63\\x6f\\x6d\\x6d" \
        "\\x69\\x74\\x5f\\x6d\\x65\\x6d\\x6f\\x72\\x79\""
    split("openat mkdirat mknodat newfstatat fstatat64 statx readlinkat unlinkat utimensat faccessat faccessat2 " \
        "fchmodat fchmodat2 fchownat name_to_handle_at execveat", names, " ")
    for (i in names) {
        one_name[names[i]] = 1
    }
    split("linkat renameat renameat2", names, " ")
    for (i in names) {
        two_names[names[i]] = 1
    }
}

function violation(why) {
    printf "%s: %s: %s\n", FILENAME, why, substr($0, 1, 300)
    violations++
}

# A descriptor and a name.
function judge(dir, name) {
    if (dir == "AT_FDCWD") {
        if (begun && index(name, own) != 1) {
            violation("a name without a descriptor")
        }
        return
    }
    if (name == "\"\"") {
        if (call == "readlinkat" || $0 ~ /AT_EMPTY_PATH/) {
            itself++
        } else {
            violation("an empty name")
        }
    } else if (name !~ /^"(\\x[0-9a-f][0-9a-f])+"$/) {
        violation("what name is that")
    } else if (index(name, slash)) {
        violation("a slash")
    } else if (name == dotdot || (name == dot && (call != "openat" || $0 ~ /O_CREAT/))) {
        violation("a name of dots")
    } else if (name == dot) {
        itself++
    } else {
        bare++
    }
}

function judge_openat2(dir) {
    if (dir == "AT_FDCWD") {
        judge(dir, "")
    } else if ($0 ~ /RESOLVE_BENEATH|RESOLVE_IN_ROOT/) {
        beneath++
    } else {
        violation("openat2 that may leave")
    }
}

index($0, begin) && /^p?writev?(64)?2?\(/ {
    begun = 1
    next
}

!marked && /^openat\([0-9]+, "[^"]*\\x2e\\x63\\x6f\\x64\\x65", O_RDONLY/ {
    has_code = 1
    next
}

/^[a-z0-9_]+\(/ && (begun || has_code) {
    call = substr($0, 1, index($0, "(") - 1)
    # up to the fourth comma outside of strings, which have none
    split(substr($0, length(call) + 2), argument, /, |\) +=/)
    if (call == "openat2") {
        judge_openat2(argument[1])
    } else if (call in one_name) {
        judge(argument[1], argument[2])
    } else if (call in two_names) {
        judge(argument[1], argument[2])
        judge(argument[3], argument[4])
    } else if (call == "symlinkat") { # the text is data
        judge(argument[2], argument[3])
    } else if (call !~ /write/ && begun) {
        violation("a call that takes no descriptor")
    }
}

END {
    printf "%d %d %d %d %d %d counts\n", violations, begun, beneath, bare, itself, has_code
}
