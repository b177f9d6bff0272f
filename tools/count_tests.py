"""Counts the cases of a JUnit file as meson writes it, and prints the closing line of the tests.

usage: count_tests.py FILE FAILED NO_SKIPS    (the latter two are "yes" or "no")
"""

import sys
import xml.etree.ElementTree as ElementTree


def main(path, failed, no_skips):
    passed, broken, skipped = 0, [], []
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            name = "%s: %s" % (suite.get("name"), case.get("name"))
            if case.find("failure") is not None or case.find("error") is not None:
                broken.append(name)
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                skipped.append(name)
            else:
                passed += 1
    for name in broken:
        print("failed:  " + name)
    for name in skipped:
        print("skipped: " + name)
    # A program that died before it could say which case failed is in no list.
    if failed == "yes" and not broken:
        broken.append("a test program")
    print("%d passed, %d failed, %d skipped" % (passed, len(broken), len(skipped)))
    return 1 if broken or not passed or (skipped and no_skips == "yes") else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
