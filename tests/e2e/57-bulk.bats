#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Large messages and many recipients: what they cost, counted, not timed.

setup() {
  load ../lib/e2e
  e2e_setup
  caps=PIPELINING,8BITMIME,SIZE,ENHANCEDSTATUSCODES
}

teardown() {
  e2e_teardown
}

# text SIZE: a message of about so many bytes, in $T/in; there are dots at the
# start of lines, so that it grows by a number that is none of a power of two.
text() {
  { printf 'From: me@example.org\nTo: you@example.org\nMessage-ID: <1@x>\n' &&
    printf 'Date: Thu, 1 Jan 2026 00:00:00 +0000\n\n' &&
    yes "$(printf 'The quick brown fox jumps over\n.the lazy dog')" |
    head -c "$1"; echo; } >"$T/in"
  wire_size=$(sed 's/$/\r/' "$T/in" | wc -c)
  wire_hash=$(sed 's/$/\r/' "$T/in" | sha256sum | cut -d' ' -f1)
}

# traced CALLS [COMMAND ...]: the program that sends $T/in is traced, to
# $T/trace.
traced() {
  local calls=$1
  shift
  needs_strace
  run env ASAN_OPTIONS=detect_leaks=0 strace -f -xx -s 100000 -o "$T/trace" \
    -e "trace=$calls" "$POSTHASTE" -C "$T/rc" "$@" <"$T/in"
  expect 0 OK
}

arrived() {
  grep -qx "sha256 $wire_hash" "$T/store/$1.env"
  grep -qx "size $wire_size" "$T/store/$1.env"
}

# at_most NUMBER MOST
at_most() {
  echo "$1, of at most $2"
  [ "$1" -gt 0 ]
  [ "$1" -le "$2" ]
}

# How many system calls sent to the server.
nsent() {
  awk -v port="htons($PORT)" '
    { sub(/^[0-9]+ +/, "") }
    /^connect\(/ && index($0, port) {
      fd = $0
      sub(/^connect\(/, "", fd)
      sub(/,.*/, "", fd)
    }
    fd != "" && $0 ~ "^(write|writev|sendto|sendmsg)\\(" fd "," { n++ }
    END { print n + 0 }' "$T/trace"
}

# How many TLS records of application data went to the server, and how many
# of them had no more than half of what they could.
nrecords() {
  python3 - "$T/trace" <<'PYTHON'
import re, sys
out = b''
for line in open(sys.argv[1]):
    if re.match(r'(\d+ +)?(sendto|sendmsg|write|writev)\(', line):
        for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', line):
            out += bytes.fromhex(text.replace('\\x', ''))
        assert not re.search(r'"\.\.\.', line), 'strace cut it'
at = total = small = 0
while at + 5 <= len(out) and out[at] in (20, 21, 22, 23):
    size = int.from_bytes(out[at + 3:at + 5], 'big')
    total += out[at] == 23
    small += out[at] == 23 and size < 8192
    at += 5 + size
assert at == len(out), 'no TLS at %d' % at
print(total, small)
PYTHON
}

@test "a large message in the clear goes in writes of 64 KB" {
  local way n=0
  text 4000000
  for way in "$caps" "$caps,CHUNKING"; do
    smarthost --caps "$way" --discard
    rc 'tls off'
    n=0
    traced connect,write,writev,sendto,sendmsg you@example.org
    at_most "$(nsent)" $((wire_size / 65536 + 16))
    arrived 1
    kill "$SERVER_PID"
    rm -f "$T/store"/*
  done
}

@test "a large message over TLS goes in records of 16 KB" {
  local way total small
  text 2000000
  for way in "$caps" "$caps,CHUNKING"; do
    smarthost_tls implicit --caps "$way" --discard
    rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
      'password sec ret' 'tls_starttls off'
    traced sendto,sendmsg,writev you@example.org
    nrecords >"$T/records"
    read -r total small <"$T/records"
    at_most "$total" $((wire_size / 16384 + 16))
    at_most "$small" 12
    arrived 1
    kill "$SERVER_PID"
    rm -f "$T/store"/*
  done
}

@test "of a message in a file no copy is made, of a pipe's one without a name" {
  smarthost --caps "$caps" --discard
  rc 'tls off'
  text 1000000
  traced open,openat,creat,memfd_create you@example.org
  ! grep -E 'O_CREAT|O_TMPFILE|creat\(|memfd' "$T/trace" || return 1
  arrived 1
  printf '#!/bin/sh\ncat %q | exec %q "$@"\n' "$T/in" "$POSTHASTE" >"$T/piped"
  chmod +x "$T/piped"
  POSTHASTE=$T/piped traced open,openat,creat,memfd_create,unlink,unlinkat \
    you@example.org
  at_most "$(grep -c O_CREAT "$T/trace")" 1
  [ "$(grep -c '^[0-9 ]*unlink' "$T/trace")" -eq 1 ]
  arrived 2
}

# What the program took of memory at most, in KiB.
peak() {
  command time -f '%M' -o "$T/peak" "$POSTHASTE" -C "$T/rc" you@example.org
}

@test "40 MB take less than 10 MB of memory, from a file and from a pipe" {
  type -P time >/dev/null || skip 'time(1) is not installed'
  ! grep -q __asan_init "$POSTHASTE" || skip 'the sanitizer needs more'
  smarthost_tls implicit --caps "$caps,CHUNKING" --discard
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'password sec ret' 'tls_starttls off'
  text 40000000
  run peak <"$T/in"
  expect 0 OK
  at_most "$(cat "$T/peak")" 10000
  from_pipe() { cat "$T/in" | peak; }
  run from_pipe
  expect 0 OK
  at_most "$(cat "$T/peak")" 10000
  arrived 1
  arrived 2
}

@test "20000 recipients go in 20 transactions, three round trips each at most" {
  smarthost --caps "$caps"
  rc 'tls off'
  {
    printf 'From: me@example.org\nTo: first@example.org'
    seq -f '%.0f' 2 20000 | sed 's/.*/,rcpt&@example.org/' | tr -d '\n'
    printf '\nSubject: bulk\n\nhi\n'
  } >"$T/in"
  run "$POSTHASTE" -C "$T/rc" -t <"$T/in"
  expect 0 OK
  [ "$(grep -c '^C: MAIL FROM' "$T/dialogue")" -eq 20 ]
  [ "$(grep -c '^C: RCPT TO' "$T/dialogue")" -eq 20000 ]
  [ -e "$T/store/20.env" ]
  [ ! -e "$T/store/21.env" ]
  cat "$T/counts"
  at_most "$(sed 's/.*groups=\([0-9]*\).*/\1/' "$T/counts")" 63
}
