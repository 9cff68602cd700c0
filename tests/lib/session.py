# SPDX-License-Identifier: ISC
"""session.py FILE [--age SECONDS] [--data-of OTHER]

Forges what posthaste saved of a TLS session: as old as that, with what is
saved of another session.  The format is told in src/net/ticket.c; the file's
name is the key.
"""
import argparse
import os
import time

MARK = b"posthaste tls 3\n"
HEAD = len(MARK) + 8 + 8


def sum_of(octets):
    """FNV-1a, of 64 bits."""
    n = 0xcbf29ce484222325
    for octet in octets:
        n = (n ^ octet) * 0x100000001b3 % 2**64
    return n.to_bytes(8, "big")


parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--age", type=int, default=0)
parser.add_argument("--data-of")
args = parser.parse_args()

with open(args.data_of or args.file, "rb") as f:
    content = f.read()
assert content.startswith(MARK) and len(content) > HEAD
data = content[HEAD:]
key = bytes.fromhex(os.path.basename(args.file))
since = (int(time.time()) - args.age).to_bytes(8, "big")
with open(args.file, "wb") as f:
    f.write(MARK + since + sum_of(key + since + data) + data)
