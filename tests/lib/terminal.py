# SPDX-License-Identifier: ISC
"""terminal.py SEEN SCRIPT COMMAND...: COMMAND at a terminal of its own.

Its standard input is ours, which is the message; output and error are the
terminal, and what that shows goes to the file SEEN.  The steps of SCRIPT,
";" between:

  expect TEXT  it is shown          type TEXT   the keys, \\n and \\xNN known
  hidden       keys are not shown   shown       they are
  kill NAME    the signal, to it    stopped     it has stopped
  continue     it goes on           wait        it has ended
  quiet        (first) output and error go elsewhere
  background   (first) another program is in the foreground

The exit status is the command's, 128 and the signal's number if it died of
one; 99 if a step failed.
"""
import os
import pty
import select
import shlex
import signal
import sys
import termios
import time

seen_path, script, command = sys.argv[1], sys.argv[2], sys.argv[3:]
steps = [s for s in (shlex.split(part, posix=True)
                     for part in script.split(";")) if s]
names = [s[0] for s in steps]
seen = b""
expected = 0
status = None


def fail(why):
    finish()
    sys.stderr.write("terminal: %s; seen: %r\n" % (why, seen))
    os._exit(99)


def finish():
    with open(seen_path, "wb") as out:
        out.write(seen)


# The session's leader, as a shell would be: ours to wait in, so that the
# command's group has a parent that could let it go on.
report_read, report_write = os.pipe()
message = os.dup(0)  # pty.fork() puts the terminal there
leader, tty = pty.fork()


def child():
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.setpgid(0, 0)
    if "background" not in names:
        os.tcsetpgrp(2, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.dup2(message, 0)
    if "quiet" in names:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
    os.execv(command[0], command)


if leader == 0:
    pid = os.fork()
    if pid == 0:
        child()
    os.write(report_write, b"pid %d\n" % pid)
    while True:
        _, what = os.waitpid(pid, os.WUNTRACED)
        if os.WIFSTOPPED(what):
            os.write(report_write, b"stopped\n")
            continue
        code = (os.WEXITSTATUS(what) if os.WIFEXITED(what)
                else 128 + os.WTERMSIG(what))
        os.write(report_write, b"exit %d\n" % code)
        signal.pause()  # until what is on its way to the terminal is read

os.close(report_write)
reports = b""
deadline = time.monotonic() + 30


def pump():
    """Takes what there is of output and reports; waits for it."""
    global seen, reports
    if time.monotonic() > deadline:
        fail("too slow")
    ready, _, _ = select.select([tty, report_read], [], [], 0.05)
    if tty in ready:
        seen += os.read(tty, 65536)
    if report_read in ready:
        reports += os.read(report_read, 65536)
    return ready


def await_report(word):
    global reports
    while True:
        for line in reports.split(b"\n")[:-1]:
            if line.startswith(word):
                reports = reports.replace(line + b"\n", b"", 1)
                return line
        pump()


pid = int(await_report(b"pid").split()[1])
for step in steps:
    word, text = step[0], " ".join(step[1:])
    if word == "expect":
        while text.encode() not in seen[expected:]:
            pump()
        expected = seen.index(text.encode(), expected) + len(text)
    elif word == "type":
        keys = text.encode().decode("unicode_escape").encode("latin-1")
        while keys:
            keys = keys[os.write(tty, keys[:512]):]
            pump()
    elif word in ("hidden", "shown"):
        is_shown = bool(termios.tcgetattr(tty)[3] & termios.ECHO)
        if is_shown != (word == "shown"):
            fail("not " + word)
    elif word == "kill":
        os.kill(pid, getattr(signal, "SIG" + text))
    elif word == "stopped":
        await_report(b"stopped")
    elif word == "continue":
        os.kill(pid, signal.SIGCONT)
    elif word == "wait":
        status = int(await_report(b"exit").split()[1])
        while pump():
            pass
finish()
os.kill(leader, signal.SIGKILL)
os._exit(99 if status is None else status)
