#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""writes.py PORT FILE: how a client talked to the server at that port.

FILE is of strace -f -xx -s 1000000 with connect, setsockopt and all that
writes to a socket.  Prints one line:

    writes=N bytes=N hellos=N records=N largest=N nodelay=yes

writes are system calls, records those of TLS and the largest is without its
head; hellos are the handshake messages in clear, of which there is one if
the server did not ask for another.
"""
import re
import sys

CALL = re.compile(r"(?:(\d+) +)?(\w+)\((.*)")
WRITERS = ("write", "writev", "send", "sendto", "sendmsg")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
HANDSHAKE = 22


def calls(lines):
    """The calls as pid, name, the rest of the line; those that were cut in
    two as they began, with what they returned."""
    cut = {}
    for line in lines:
        resumed = re.match(r"(?:(\d+) +)?<\.\.\. \w+ resumed>(.*)", line)
        if resumed:
            name, rest = cut.pop(resumed[1], (None, ""))
            if name:
                yield name, rest + resumed[2]
            continue
        call = CALL.match(line)
        if not call:
            continue
        pid, name, rest = call.groups()
        if rest.endswith("<unfinished ...>"):
            cut[pid] = name, rest[: -len("<unfinished ...>")]
        else:
            yield name, rest


def records(written):
    """Type and length of each record, from the first hello on."""
    stream = None
    for block in written:
        if stream is not None:
            stream += block
        elif block[:2] == bytes((HANDSHAKE, 3)):
            stream = bytearray(block)
    at = 0
    while stream is not None and at + 5 <= len(stream):
        length = int.from_bytes(stream[at + 3 : at + 5], "big")
        yield stream[at], length
        at += 5 + length


def main(port, path):
    fd = None
    nodelay = set()
    written = []
    with open(path, encoding="ascii", errors="replace") as lines:
        for name, rest in calls(line.rstrip("\n") for line in lines):
            number = re.match(r"\d+", rest)
            result = rest.rsplit("= ", 1)[-1]
            if not number:
                continue
            if name == "connect" and f"htons({port})" in rest:
                fd = number[0]
            elif name == "setsockopt" and "TCP_NODELAY" in rest:
                nodelay.add(number[0])
            elif name in WRITERS and number[0] == fd and result.isdigit():
                text = "".join(STRING.findall(rest))
                block = bytes.fromhex(text.replace("\\x", ""))
                written.append(block[: int(result)])
    sizes = list(records(written))
    print(
        f"writes={len(written)} bytes={sum(map(len, written))}",
        f"hellos={sum(kind == HANDSHAKE for kind, _ in sizes)}",
        f"records={len(sizes)}",
        f"largest={max((size for _, size in sizes), default=0)}",
        f"nodelay={'yes' if fd in nodelay else 'no'}",
    )


main(*sys.argv[1:])
