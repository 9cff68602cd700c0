#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""late.py LIST SONAME HEADER SOURCE: what base/late.h tells of.

LIST has the library's headers, as C includes them, and the names of functions
and variables of it that are used, one a line.  Without a SONAME ("") the
library is linked with, and the header has nothing but those includes.

Packagers' tools find the SONAME in an ELF note (systemd.io/ELF_DLOPEN_METADATA).
"""
import json
import os
import sys

HEADER = """\
/* Made from {list} by late.py. */
#ifndef BASE_LATE_{upper}_H
#define BASE_LATE_{upper}_H

{includes}

#include "base/late.h"

extern struct late late_{lib};
{table}
#endif
"""

TABLE = """
struct late_table_{lib} {{
{fields}
}};
extern struct late_table_{lib} late_table_{lib};

static inline struct late_table_{lib} *
late_use_{lib}(void)
{{
	if (late_{lib}.handle == NULL)
		late_insist(&late_{lib});
	return &late_table_{lib};
}}

{macros}
"""

SOURCE_LATE = """\
/* Made from {list} by late.py. */
#include "base/late_{lib}.h"

#include <stdint.h>

struct late_table_{lib} late_table_{lib};

static const char *const names[] = {{
{names}
}};

_Static_assert(sizeof(late_table_{lib}) ==
	sizeof(names) / sizeof(names[0]) * sizeof(void *),
    "a table of pointers");

struct late late_{lib} = {{
	.soname = {soname},
	.names = names,
	.nnames = sizeof(names) / sizeof(names[0]),
	.table = &late_table_{lib},
}};

#define NOTE {note}

static const struct {{
	uint32_t name_size, note_size, type;
	char name[4];
	_Alignas(4) char note[sizeof(NOTE)];
}} note __attribute__((used, section(".note.dlopen"), aligned(4))) = {{
	4, sizeof(NOTE), 0x407c0c0a, "FDO", NOTE
}};
"""

SOURCE_LINKED = """\
/* Made from {list} by late.py. */
#include "base/late_{lib}.h"

struct late late_{lib};
"""


def quoted(text):
    """As a C string literal; JSON has the same escapes for what is here."""
    return json.dumps(text)


def main():
    listed, soname, header, source = sys.argv[1:]
    with open(listed, encoding="ascii") as f:
        lines = [line.strip() for line in f]
    includes = [line for line in lines if line.startswith("#include ")]
    comments = [line for line in lines if line.startswith("# ")]
    names = [line for line in lines
             if line and line not in includes and line not in comments]
    lib = os.path.splitext(os.path.basename(listed))[0]
    about = comments[0][2:]
    words = {
        "list": os.path.basename(listed),
        "lib": lib,
        "upper": lib.upper(),
        "includes": "\n".join(includes),
        "soname": quoted(soname),
        "names": "\n".join(f"\t{quoted(name)}," for name in names),
        "fields": "\n".join(
            f"\t__typeof__({name}) *{name};" for name in names),
        "macros": "\n".join(
            f"#define {name} (*late_use_{lib}()->{name})" for name in names),
        "note": quoted(json.dumps([{
            "feature": lib,
            "description": about,
            "priority": "required",
            "soname": [soname],
        }])),
    }
    words["table"] = TABLE.format(**words) if soname else ""
    with open(header, "w", encoding="ascii") as f:
        f.write(HEADER.format(**words))
    with open(source, "w", encoding="ascii") as f:
        f.write((SOURCE_LATE if soname else SOURCE_LINKED).format(**words))


main()
