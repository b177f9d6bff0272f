"""Prints each piece of text that the sources of check have for a finding's `fix`, one a line.

usage: advice_texts.py FILE.cpp...

A fix is the sixth member of a Finding, `{Grade, "code", ifname, text, because, fix}`; the last argument of a say() that
begins with a code; what is assigned or added to a `.fix`; and the third member of an OtherTool. What it is made of is
looked into: functions of these files, whatever a local name was set to, and constants. What cannot be is a failure.
"""

import re
import sys

LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
ADJACENT = re.compile(LITERAL.pattern + r"(?:\s+" + LITERAL.pattern + ")+")
# Names, but for those of namespaces and types; then whether they are called, or are an object whose member is meant.
NAME = re.compile(r"(?<!::)\b([A-Za-z_]\w*)\b(?!::|[&*>])\s*(\(|\.|->)?")
FUNCTION = re.compile(
    r"^(?:[\w:<>,*&]+ )+(?:Diagnosis::)?(\w+)\((?:[^;{}]|\{\})*?\) ?(?:const )?\{\n(?:.*\n)*?^\}", re.MULTILINE
)
CONSTANT = re.compile(r'constexpr char (k\w+)\[\] = ("[^"]*");')
WORDS = set("const char auto std string size_t true false nullptr return if else for".split())
# What a value is asked, and what it is asked of: no text of check's.
VALUES = re.compile(
    r"(is|has|needs)_\w+|empty|front|begin|end|family|to_string|name_of|number|priority|table|Family|v4|v6"
    r"|ip_command|format_address|shell_word"
)


def joined_literals(match):
    return '"' + "".join(part[1:-1] for part in LITERAL.findall(match[0])) + '"'


def bracketed(text, start):
    """The members of a list whose bracket opens just before `start`, and where it ends."""
    depth, begin, members = 1, start, []
    position = start
    while depth and position < len(text):
        literal = LITERAL.match(text, position) or re.compile(r"'(?:[^'\\]|\\.)'").match(text, position)
        if literal:
            position = literal.end()
            continue
        depth += (text[position] in "({[") - (text[position] in ")}]")
        if depth == 0 or (depth == 1 and text[position] == ","):
            members.append(text[begin:position].strip())
            begin = position + 1
        position += 1
    return members, position


class Sources:
    def __init__(self, paths):
        self.texts = [re.sub(r"//.*", "", open(path).read()) for path in paths]
        self.functions, self.constants = {}, {}
        for text in self.texts + [re.sub(r"//.*", "", open(path).read()) for path in headers(paths)]:
            for match in FUNCTION.finditer(text):
                self.functions.setdefault(match[1], []).append(match[0])
            self.constants.update(CONSTANT.findall(text))

    def advice(self):
        """(expression, what is around it)"""
        for text in self.texts:
            bodies = [(match.start(), match.end(), match[0]) for match in FUNCTION.finditer(text)]

            def around(position):
                return next((body for start, end, body in bodies if start <= position < end), text)

            for match in re.finditer(r"\{", text):
                members, _ = bracketed(text, match.end())
                if len(members) >= 6 and re.search(r"\bGrade::|^bad$", members[0]):
                    yield members[5], around(match.start())
                elif re.match(r'"[\w -]*"$', members[0]) and len(members) == 5 and members[1].startswith("Grade::"):
                    yield members[2], ""
            for match in re.finditer(r"\bsay\(", text):
                members, _ = bracketed(text, match.end())
                if len(members) == 4 and members[0].startswith('"'):
                    yield members[3], around(match.start())
            for match in re.finditer(r"\bfix \+?= ([^;]*);", text):
                yield match[1], around(match.start())


def headers(paths):
    directories = {path.rsplit("/", 1)[0] for path in paths}
    return [directory + "/diagnosis.hpp" for directory in directories]


class Reader:
    def __init__(self, sources):
        self.sources, self.texts, self.unknown, self.done = sources, set(), set(), set()

    def read(self, expression, body):
        if (expression, body) in self.done:
            return
        self.done.add((expression, body))
        # Where something is, and what it is compared with, is not in the text.
        expression = re.sub(r"\.(find|substr)\([^()]*\)|[!=]= (\"[^\"]*\"|'[^']*'|\w+)", "", expression)
        joined = ADJACENT.sub(joined_literals, expression)
        self.texts.update(re.sub(r"\\(.)", r"\1", literal[1:-1]) for literal in LITERAL.findall(joined))
        joined = re.sub(r"'[^']*'", "", LITERAL.sub("", joined))
        for match in NAME.finditer(joined):
            name, follows = match.groups()
            is_member = re.search(r"(\.|->)$", joined[: match.start()])
            if name in self.sources.constants:
                self.texts.add(self.sources.constants[name][1:-1])
            elif follows == "(" and name in self.sources.functions:
                for function in self.sources.functions[name]:
                    self.read_function(function)
            elif is_member or follows in (".", "->") or name in WORDS or VALUES.fullmatch(name):
                continue
            elif follows == "(" or not self.read_local(name, body):
                self.unknown.add(name)

    def read_function(self, function):
        """What it returns; of a pair the second."""
        is_pair = function.startswith("std::pair<")
        for match in re.finditer(r"\breturn ([^;]*);", function):
            lists = [bracketed(match[1], brace.end())[0] for brace in re.finditer(r"\{", match[1])] if is_pair else []
            for member in [members[1] for members in lists if len(members) == 2] or [match[1]]:
                self.read(member, function)

    def read_local(self, name, body):
        """Whatever it was set to; what a parameter is set to stands where the function is called."""
        if re.search(r"(?!string|auto|return)\b\w+[&*]? (?:const )?" + name + r"\b(?: =|\{| :)", body):
            return True  # no text by its type
        found = re.findall(r"(?<![\w.>])" + name + r"(?:\.(?:push|emplace)_back\(|\s\+?=\s|\()([^;]*);", body)
        found += re.findall(r"\[[\w, ]*\b" + name + r"\b[\w, ]*\] = ([^;]*);", body)
        found += re.findall(r"for \([^;()]*\b" + name + r"\b[^;()]* : ([^;{]*)\)", body)
        for expression in found:
            self.read(expression, body)
        return bool(found) or re.search(r"[(,]\s*(?:const )?[\w:<>]+[&*]? " + name + r"[,)]", body)


def main():
    reader = Reader(Sources(sys.argv[1:]))
    for expression, body in reader.sources.advice():
        reader.read(expression, body)
    for name in sorted(reader.unknown):
        print(f"a fix is made of {name}, which is not looked into", file=sys.stderr)
    print(*sorted(text for text in reader.texts if re.search(r"\w", text)), sep="\n")
    return 1 if reader.unknown or len(reader.texts) < 20 else 0


sys.exit(main())
