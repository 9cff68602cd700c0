"""What a program makes of a report (RFC 3464, RFC 6522): a line for each field
and part, for tests to compare.

usage: report.py FILE
Fails where it is no report, or breaks a rule of MIME on the way.
"""
import email
import email.policy
import sys


def check(condition, what):
    if not condition:
        sys.exit("report.py: " + what)


def show(text):
    print(text.replace("\r\n", "\n"))


def groups(part):
    """The fields, in groups: of the message, then of each recipient."""
    if part.get_content_type() == "message/delivery-status":
        return [group.items() for group in part.get_payload()]
    # of RFC 6533, which Python takes for a message
    policy = email.policy.SMTPUTF8.clone(linesep="\n", max_line_length=0)
    text = part.get_payload(0).as_bytes(policy=policy).decode("utf-8")
    return [
        [tuple(line.split(": ", 1)) for line in group.split("\n")]
        for group in text.strip().split("\n\n")
    ]


def main(path):
    with open(path, "rb") as file:
        octets = file.read()
    check(octets.count(b"\n") == octets.count(b"\r\n"), "a bare line feed")
    check(max(map(len, octets.split(b"\r\n"))) <= 998, "a line is too long")
    report = email.message_from_bytes(octets, policy=email.policy.SMTPUTF8)
    check(report.get_content_type() == "multipart/report", "no report")
    check(report.get_param("report-type") == "delivery-status", "of no type")
    check(report["MIME-Version"] == "1.0", "no version of MIME")
    check(report["Auto-Submitted"] == "auto-replied", "not automatic")
    check(report["Date"] and report["Message-ID"], "no date or id")
    for name in ("From", "To", "Subject"):
        print("%s: %s" % (name, report[name]))
    for part in report.walk():
        check(not part.defects, repr(part.defects))
    text, status, original = report.iter_parts()
    for part in (text, status, original):
        print(part.get_content_type())
    show(text.get_content())
    for group in groups(status):
        for name, value in group:
            is_time = "Date" in name or "Until" in name
            check(not is_time or value.endswith("+0000"), name)
            shown = " ".join(value.split())
            print("%s: %s" % (name, "..." if is_time else shown))
    print("--")
    if original.get_content_maintype() == "text":
        show(original.get_content())
    else:
        inner = original.get_payload(0)
        print(inner["Subject"])
        show(inner.get_payload(decode=True).decode())


main(*sys.argv[1:])
