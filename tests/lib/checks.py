# SPDX-License-Identifier: ISC
"""checks.py COMPILE-COMMANDS FOLDER: a shell command, ended by a NUL, for each
source below FOLDER, by which the compiler looks at it and makes nothing."""
import json
import os
import shlex
import sys

done = set()
with open(sys.argv[1], encoding="utf-8") as database:
    entries = json.load(database)
for entry in entries:
    source = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
    words = shlex.split(entry["command"])
    if not source.startswith(sys.argv[2]) or source in done:
        continue
    done.add(source)
    command = shlex.join([w for w in words if w != "-c"] + ["-fsyntax-only"])
    sys.stdout.write(f"cd {shlex.quote(entry['directory'])} && {command}\0")
