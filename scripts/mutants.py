"""Makes mutants of C sources: copies with one small mistake, of the kinds that a sandbox must not have.

A flag that is left out, a bound that is off by one, a check or a call that is dropped, a comparison or an error that is
another one, a success that comes too early. Sources are taken to be laid out by clang-format: functions begin and end
in column 0.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
import collections
import re

TOKEN = re.compile(
    r"(?P<skip>/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*|\s+)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<number>\d\w*)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<op><<=|>>=|\+\+|--|->|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}\[\]])",
    re.DOTALL | re.MULTILINE,
)
FUNCTION = re.compile(
    r"^(?P<head>[A-Za-z][^;{}=#]*?\b(?P<name>\w+)\([^;{}]*\))\n\{\n(?P<body>.*?)^\}", re.DOTALL | re.MULTILINE
)
FLAG = re.compile(r"(O|AT|RESOLVE|RWF|MSG|MADV|POLL|RIGHT|S|UTIME|EFD)_[A-Z_]+$")
ERROR = re.compile(r"(WASI_)?E[A-Z0-9]{3,}$")
SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++", "<<": ">>", ">>": "<<"}
OPEN, CLOSE = {"(", "[", "{"}, {")", "]", "}"}
KEYWORDS = set("if else for while do switch case default return goto const struct static enum".split())

Token = collections.namedtuple("Token", "kind text start end")
Mutant = collections.namedtuple("Mutant", "file function start end text title")


def tokens_of(source):
    at, found = 0, []
    while at < len(source):
        match = TOKEN.match(source, at)
        if not match:
            raise ValueError(f"no token: {source[at : at + 40]!r}")
        if match.lastgroup != "skip":
            found.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
        at = match.end()
    return found


class Mutator:
    """The changes to one file; each is (start, end, replacement)."""

    def __init__(self, source):
        self.source = source
        self.tokens = tokens_of(source)
        self.partner = self.match_brackets()
        self.changes = []

    def match_brackets(self):
        partner, stack = {}, []
        for i, token in enumerate(self.tokens):
            if token.text in OPEN and token.kind == "op":
                stack.append(i)
            elif token.text in CLOSE and token.kind == "op":
                partner[i] = stack.pop()
                partner[partner[i]] = i
        return partner

    def change(self, first, last, replacement):
        """Replaces the tokens first to last."""
        self.changes.append((self.tokens[first].start, self.tokens[last].end, replacement))

    def text(self, first, last):
        return self.source[self.tokens[first].start : self.tokens[last].end]

    def is_value(self, i):
        return i >= 0 and (self.tokens[i].kind in ("name", "number") or self.tokens[i].text in (")", "]"))

    def end_of(self, i, stops):
        """The last token of the expression that begins at i."""
        while self.tokens[i].text not in stops and self.tokens[i].text not in CLOSE:
            i = self.partner[i] + 1 if self.tokens[i].text in OPEN else i + 1
        return i - 1

    def begin_of(self, i, stops):
        """The first token of the expression that ends at i."""
        while self.tokens[i].text not in stops and self.tokens[i].text not in OPEN:
            i = self.partner[i] - 1 if self.tokens[i].text in CLOSE else i - 1
        return i + 1

    # ---- Kinds of mistakes ----

    def flags(self, i):
        before, token, after = self.tokens[i - 1 : i + 2]
        if token.kind != "name" or not FLAG.match(token.text):
            return
        if before.text == "~" and self.tokens[i - 2].text == "&":
            self.change(i - 2, i, "")
        elif after.text == "|":
            self.change(i, i + 1, "")
        elif before.text == "|":
            self.change(i - 1, i, "")
        elif before.text in ("(", ",", ":", "?", "=") and after.text in (",", ")", ";", ":"):
            self.change(i, i, "0")

    def operators(self, i):
        token = self.tokens[i]
        if token.kind != "op":
            return
        if token.text in SWAPS:
            self.change(i, i, SWAPS[token.text])
        if token.text in ARITHMETIC and (self.is_value(i - 1) or token.text in ("++", "--")):
            self.change(i, i, ARITHMETIC[token.text])
        if token.text == "!":
            self.change(i, i, "")
        if token.text in ("&&", "||"):
            stops = {"?", ":", ";", ",", "=", "return"} | ({"&&", "||"} if token.text == "&&" else {"||"})
            self.change(i, self.end_of(i + 1, stops), "")
            self.change(self.begin_of(i - 1, stops), i, "")

    def numbers(self, i):
        token = self.tokens[i]
        if token.kind == "number":
            digits = re.match(r"0[xX][0-9a-fA-F]+|\d+", token.text).group()
            value = int(digits, 16 if digits[:2].lower() == "0x" else 8 if len(digits) > 1 and digits[0] == "0" else 10)
            self.change(i, i, str(value + 1) + token.text[len(digits) :])
            if value == 1:
                self.change(i, i, "0" + token.text[len(digits) :])

    def errors(self, i):
        token = self.tokens[i]
        found = ERROR.match(token.text)
        if token.kind == "name" and found and token.text not in ("EIO", "WASI_EIO"):
            self.change(i, i, "WASI_EIO" if found.group(1) else "EIO")

    def conditions(self, i):
        token = self.tokens[i]
        if token.text in ("if", "while") and token.kind == "name":
            last = self.partner[i + 1]
            condition = self.text(i + 1, last)
            self.change(i + 1, last, f"(0 && {condition})")
            if token.text == "if":
                self.change(i + 1, last, f"(1 || {condition})")
        if token.text == "?":
            first = self.begin_of(i - 1, {"=", "return", ",", ";", ":", "?", "+=", "-=", "|=", "|", "{"})
            condition = self.text(first, i - 1)
            self.change(first, i - 1, f"(0 && ({condition}))")
            self.change(first, i - 1, f"(1 || ({condition}))")

    def statements(self, i):
        """Drops a call, an assignment or a jump."""
        if i == 0 or self.tokens[i - 1].text not in (";", "{", "}"):
            return
        token, after = self.tokens[i], self.tokens[i + 1]
        is_call_or_assignment = (
            token.kind == "name"
            and token.text not in KEYWORDS
            and after.text in ("(", "=", "+=", "-=", "|=", "&=", "++", "--", "->", ".", "[")
        )
        is_other = token.text in ("*", "(", "++", "--", "break", "continue")
        end = self.end_of(i, {";"}) + 1
        if (is_call_or_assignment or is_other) and self.tokens[end].text == ";":
            self.change(i, end, ";")

    def returns(self, i, kind):
        if self.tokens[i].text == "return" and self.tokens[i + 1].text != ";":
            end = self.end_of(i + 1, {";"})
            for value in successes(kind):
                if self.text(i + 1, end) != value:
                    self.change(i + 1, end, value)

    def mutate(self, first, last, kind):
        """The tokens of a function's body; of what is outside, where kind is None."""
        for i in range(max(first, 1), min(last, len(self.tokens) - 1)):
            self.flags(i)
            self.numbers(i)
            if kind is not None:
                self.operators(i)
                self.errors(i)
                self.conditions(i)
                self.statements(i)
                self.returns(i, kind)
        if kind is not None and first < last:
            start = self.tokens[first].start
            for value in successes(kind) or ([""] if kind == "void" else []):
                self.changes.append((start, start, f"if (1) {{ return {value}; }} "))


def successes(kind):
    """What a function of this type returns where nothing is wrong."""
    if kind == "wasi_errno":
        return ["WASI_SUCCESS"]
    if kind == "bool":
        return ["true", "false"]
    return ["0"] if re.search(r"\b(int|long|ssize_t|u?int\d+_t)$", kind) else []


def kind_of(head, name):
    head = head[: head.rindex(name + "(")]
    words = re.sub(r"\b(static|inline|CHECKED|__attribute__\(\(.*?\)\))", "", head, flags=re.DOTALL).split()
    return " ".join(words)


def line_of(source, start, end):
    """The line, or lines, that the range stands in, as one."""
    begin = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    return begin, len(source) if stop < 0 else stop


def mutants_of(file, source):
    """All mutants of a file. Titles tell them apart and do not change when other lines do."""
    mutator = Mutator(source)
    starts = [token.start for token in mutator.tokens]
    inside = []
    at = 0
    for function in FUNCTION.finditer(source):
        first = next(i for i, start in enumerate(starts) if start >= function.start("body"))
        last = next(i for i, start in enumerate(starts) if start >= function.end() - 1)
        mutator.mutate(at, next(i for i, start in enumerate(starts) if start >= function.start()), None)
        mutator.mutate(first, last, kind_of(function["head"], function["name"]))
        inside.append((function.start(), function.end(), function["name"]))
        at = last + 1
    mutator.mutate(at, len(starts), None)

    seen, made = collections.Counter(), {"".join(source.split())}
    for start, end, text in mutator.changes:
        code = "".join((source[:start] + text + source[end:]).split())
        if code in made:
            continue
        made.add(code)
        name = next((name for begin, stop, name in inside if begin <= start < stop), None)
        begin, stop = line_of(source, start, end)
        old = " ".join(source[begin:stop].split())
        new = " ".join((source[begin:start] + text + source[end:stop]).split())
        title = f"{file}: {name or '-'}: `{old}` -> `{new}`"
        seen[title] += 1
        if seen[title] > 1:
            title += f" #{seen[title]}"
        yield Mutant(file, name, start, end, text, title)
