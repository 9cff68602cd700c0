# SPDX-License-Identifier: ISC
"""session.py FILE [--age SECONDS] [--data-of OTHER]

Forges what posthaste saved of a TLS session: as old as that, with what is
saved of another session.  The format is told in src/net/ticket.c; the file's
name is the key.
"""
import argparse
import hashlib
import os
import time

MARK = b"posthaste tls 2\n"
HEAD = len(MARK) + 8 + 32

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
digest = hashlib.sha256(key + since + data).digest()
with open(args.file, "wb") as f:
    f.write(MARK + since + digest + data)
