"""Prints each piece of text that the sources of check have for advice (`fix:`), one a line.

usage: advice_texts.py FILE.cpp...

Advice is the fourth argument of say(), what is assigned to a `.fix`, the third member of an OtherTool, and what functions
named remedy_*, fix_* or advice_* have in them. Advice that calls another function would not be seen: that is a failure.
"""

import re
import sys

LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
KNOWN_CALL = re.compile(r"(remedy|fix|advice)_\w+|to_string|local_words|family|is_from_us")


def argument_list(text, start):
    """The arguments of a call whose parenthesis opens just before `start`."""
    depth, begin, arguments = 1, start, []
    position = start
    while depth:
        literal = LITERAL.match(text, position)
        if literal:
            position = literal.end()
            continue
        depth += (text[position] in "({[") - (text[position] in ")}]")
        if depth == 0 or (depth == 1 and text[position] == ","):
            arguments.append(text[begin:position])
            begin = position + 1
        position += 1
    return arguments


def advice_in(text):
    for call in re.finditer(r"\bsay\(", text):
        yield from argument_list(text, call.end())[3:]
    yield from re.findall(r"\.fix\s*=\s*([^;]*);", text)
    yield from re.findall(r'^    \{"[^"]*", Grade::\w+,\s*("[^"]*")', text, re.MULTILINE)


def functions_in(text):
    return re.findall(
        r"^std::string (?:Diagnosis::)?(?:remedy|fix|advice)_\w+\((?:.|\n)*?^\}", text, re.MULTILINE
    )


def main():
    texts, unknown = set(), set()
    for path in sys.argv[1:]:
        with open(path) as source:
            text = re.sub(r"//.*", "", source.read())
        advice = list(advice_in(text))
        unknown.update(
            call
            for call in re.findall(r"(\w+)\(", LITERAL.sub("", "\n".join(advice)))
            if not KNOWN_CALL.fullmatch(call)
        )
        joined = re.sub(r'"\s*\n\s*"', "", "\n;".join(advice + functions_in(text)))
        texts.update(literal[1:-1] for literal in LITERAL.findall(joined))
    for call in sorted(unknown):
        print(f"advice calls {call}(), which is not looked into", file=sys.stderr)
    print(*sorted(texts - {""}), sep="\n")
    return 1 if unknown or len(texts) < 20 else 0


sys.exit(main())
