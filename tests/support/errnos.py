#!/usr/bin/env python3
"""The errnos of each call in each situation: measures what a host answers, and compares it with docs/errnos.md.

Usage: errnos.py measure GUESTS FOLDER COMMAND…    prints CALL|SITUATION|ERRNO; GUESTS holds errnos_*.wasm, FOLDER is made,
                                                   COMMAND gets --dir HOST::GUEST MODULE [NUMBER]
       errnos.py check DOCUMENT COLUMN MEASURED    compares a column (Wasmtime, standard, node) with what was measured
       errnos.py rows DOCUMENT WASMTIME STANDARD NODE
                                                   prints the rows that three measurements make, with the document's reasons
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import os
import re
import shutil
import subprocess
import sys

COLUMNS = ('Wasmtime', 'standard', 'node')
NO_SUCH_NUMBER = 3
PATH_CALLS = 'every call with a path'


def errno_names():
    rows = os.path.join(os.path.dirname(__file__), '../../src/abi/errno.def')
    with open(rows, encoding='utf-8') as file:
        return re.findall(r'^(?:HOST|ONLY)\(E?(\w+),', file.read(), re.MULTILINE)


# ---- Measuring ----

def make_tree(folder):
    """What the situations are about; names that are not UTF-8 are the host's."""
    shutil.rmtree(folder, ignore_errors=True)
    box = os.fsencode(os.path.join(folder, 'box'))
    for name in (b'd/e', b'full', b'raw', b'\xfd'):
        os.makedirs(os.path.join(box, name))
    for name, text in ((b'f', b'0123'), (b't', b'0123'), (b'full/x', b''), (b'raw/plain', b''), (b'raw/\xff\xfe', b'')):
        with open(os.path.join(box, name), 'wb') as file:
            file.write(text)
    for name, text in ((b'lf', b'f'), (b'ld', b'd'), (b'ln', b'none'), (b'lo', b'lo'), (b'up', b'..'), (b'labs', b'/etc'),
                       (b'lraw', b'\xff'), (b'ldraw', b'\xfd')):
        os.symlink(text, os.path.join(box, name))
    return os.fsdecode(box)


def run(command, box, module, *arguments):
    made = subprocess.run([*command, '--dir', f'{box}::box', module, *arguments], input=b'',
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)
    return made.returncode, made.stdout.decode(), made.stderr.decode()


def measure(guests, folder, command):
    names = errno_names()
    box = make_tree(folder)
    lines = []
    for module in ('errnos_descriptors.wasm', 'errnos_paths.wasm'):
        status, output, errors = run(command, box, os.path.join(guests, module))
        if status != 0:
            sys.exit(f'{module} ended with {status}: {errors}')
        lines += output.splitlines()
    status = 0
    number = 0
    while status != NO_SUCH_NUMBER:
        status, output, _ = run(command, box, os.path.join(guests, 'errnos_descriptors.wasm'), str(number))
        lines += [output.strip() if status == 0 else output.strip() + 'trap'] if output else []
        number += 1
        if number > 100:
            sys.exit('the guest does not end')
    for line in lines:
        call, situation, errno = line.split('|')
        print(f'{call}|{situation}|{names[int(errno)] if errno.isdigit() else errno}')


def measured(path):
    with open(path, encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('|') for line in file]
    return {(call, situation): errno for call, situation, errno in rows}


def path_calls(keys):
    return sorted({call for call, situation in keys if situation == 'an absolute path' and call != 'path_symlink of a text'})


# ---- The document: | calls | situations | Wasmtime | standard | node | why | ----

def table_of(document, keys):
    """Each (call, situation) with its errnos and the reason."""
    table = {}
    with open(document, encoding='utf-8') as file:
        for line in file:
            cells = [cell.strip() for cell in line.strip().strip('|').split(' | ')]
            if not line.startswith('| ') or len(cells) != 6 or cells[0] == 'call':
                continue
            calls = path_calls(keys) if cells[0] == PATH_CALLS else cells[0].replace('`', '').split(', ')
            for call in calls:
                for situation in cells[1].split('; '):
                    if (call, situation) in table:
                        sys.exit(f'{document} has two rows for {call}: {situation}')
                    table[call, situation] = (cells[2:5], cells[5])
    return table


def check(document, column, path):
    found = measured(path)
    table = table_of(document, found)
    wrong = [f'no row for {call}: {situation} ({found[call, situation]})' for call, situation in sorted(set(found) - set(table))]
    wrong += [f'a row that nothing measures: {call}: {situation}' for call, situation in sorted(set(table) - set(found))]
    for key in sorted(set(found) & set(table)):
        said, why = table[key]
        if said[COLUMNS.index(column)] != found[key]:
            wrong.append(f'{key[0]}: {key[1]}: the document says {said[COLUMNS.index(column)]}, {column} answers {found[key]}')
        if (said[0] != said[1]) != (why not in ('', 'same')):
            wrong.append(f'{key[0]}: {key[1]}: a difference needs a reason, and only a difference')
    print('\n'.join(wrong + [f'{len(found)} answers, {len(wrong)} wrong']))
    return 1 if wrong else 0


def merged(pairs):
    """(what, with what) pairs: all that go with the same set are one."""
    groups = {}
    for what, others in pairs.items():
        groups.setdefault(tuple(others), []).append(what)
    return groups


def rows(document, paths):
    columns = [measured(path) for path in paths]
    reasons = table_of(document, columns[0]) if os.path.exists(document) else {}
    whole = path_calls(columns[0])
    by_answer = {}
    for key in columns[0]:
        errnos = tuple(column.get(key, '?') for column in columns)
        why = reasons.get(key, (None, ''))[1] if errnos[0] != errnos[1] else 'same'
        by_answer.setdefault((errnos, why), {}).setdefault(key[1], []).append(key[0])
    for (errnos, why), situations in sorted(by_answer.items(), key=lambda item: (item[0][1] == 'same', item[0])):
        for calls, names in merged(situations).items():
            what = PATH_CALLS if sorted(calls) == whole else ', '.join(f'`{call}`' for call in calls)
            print(f'| {what} | {"; ".join(names)} | {" | ".join(errnos)} | {why} |')


if __name__ == '__main__':
    if sys.argv[1] == 'measure':
        measure(sys.argv[2], sys.argv[3], sys.argv[4:])
    elif sys.argv[1] == 'check':
        sys.exit(check(*sys.argv[2:5]))
    else:
        rows(sys.argv[2], sys.argv[3:6])
