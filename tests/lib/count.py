# SPDX-License-Identifier: ISC
"""Prints "PASSED FAILED SKIPPED" of a JUnit file that meson wrote."""
import sys
import xml.etree.ElementTree as xml

passed = failed = skipped = 0
for suite in xml.parse(sys.argv[1]).getroot().iter("testsuite"):
    for case in suite.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print(f"failed: {suite.get('name')}: {case.get('name')}",
                  file=sys.stderr)
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
print(passed, failed, skipped)
