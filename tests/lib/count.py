# SPDX-License-Identifier: ISC
"""Prints "PASSED FAILED SKIPPED" of the logs that meson wrote of a suite,
NAME.junit.xml and NAME.json beside it."""
import json
import sys
import xml.etree.ElementTree as xml

passed = failed = skipped = 0
told = set()
for suite in xml.parse(sys.argv[1]).getroot().iter("testsuite"):
    for case in suite.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            told.add(suite.get("name").split(".", 1)[1])
            print(f"failed: {suite.get('name')}: {case.get('name')}",
                  file=sys.stderr)
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1

# The first keeps silent about a program that failed behind its last test, by
# a leak or by what valgrind found.
with open(sys.argv[1].replace(".junit.xml", ".json"), encoding="utf-8") as log:
    for program in map(json.loads, log):
        good = program["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
        if not good and program["name"] not in told:
            failed += 1
            print(f"failed: {program['name']}: {program['result']}",
                  file=sys.stderr)
print(passed, failed, skipped)
