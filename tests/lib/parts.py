"""What a mail reader makes of a message: its parts, decoded, a line each.

usage: parts.py FILE...
With two files: fails, and shows them, unless both mean the same.
"""
import email
import email.header
import hashlib
import sys


def words(value):
    text = ""
    flat = value.replace("\r", "").replace("\n", "")
    for part, charset in email.header.decode_header(flat):
        if isinstance(part, str):
            text += part
        else:
            known = charset if charset not in (None, "unknown-8bit") else "utf-8"
            text += part.decode(known, "surrogateescape")
    return text


def body(part):
    """Decoded, with the line ends of the wire."""
    octets = part.get_payload(decode=True)
    octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return "%d %s" % (len(octets), hashlib.sha256(octets).hexdigest()[:16])


def parts(part, path):
    line = "%s %s" % (path or "/", part.get_content_type())
    subject = dict(part.raw_items()).get("Subject")
    if subject is not None:
        raw = str(subject).encode("ascii", "surrogateescape")
        line += " " + repr(words(raw.decode("utf-8", "surrogateescape")))
    if part.is_multipart():
        yield line
        for i, inner in enumerate(part.get_payload()):
            yield from parts(inner, "%s/%d" % (path, i))
    else:
        yield line + " " + body(part)


def read(name):
    with open(name, "rb") as file:
        return list(parts(email.message_from_binary_file(file), ""))


found = [read(name) for name in sys.argv[1:]]
if len(found) != 2 or found[0] != found[1]:
    for lines in found:
        print(*lines, sep="\n", end="\n\n")
    sys.exit(len(found) == 2)
