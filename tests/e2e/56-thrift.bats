#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What a small message costs, as far as it can be counted: system calls, files
# that are opened, writes to the server.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  unset LD_LIBRARY_PATH # which meson sets, and the loader looks there first
  PORT=0
  # nothing is missing, such as a date by the file of the time zone
  printf '%s\n' 'From: me@example.org' 'To: rcpt@example.net' \
    'Date: Thu, 1 Jan 2026 00:00:00 +0000' 'Message-ID: <a@example.org>' \
    'Subject: hello' '' 'Hello.' >"$T/mail"
}

teardown() {
  e2e_teardown
}

# From here on submit runs the program under strace; the trace is $T/trace.
traced() {
  ! ldd "$POSTHASTE" | grep -q 'lib[a-z]*asan' ||
    skip 'the address sanitizer makes system calls of its own'
  needs_strace
  printf '#!/bin/sh\nexec strace -f -o %q %q "$@"\n' "$T/trace" "$POSTHASTE" \
    >"$T/posthaste"
  chmod +x "$T/posthaste"
  POSTHASTE=$T/posthaste
}

# What main() did, one call a line; the libraries that it loads aside: from
# the cache of where they are to the end of that.
calls() {
  sed -n '/PR_SET_DUMPABLE/,$p' "$T/trace" |
    grep -v -e 'resumed>' -e '+++' -e '---' | awk '
      /ld\.so\.cache", O_RDONLY\|O_CLOEXEC\)/ { is_loading = 1 }
      !is_loading
      is_loading && /munmap\(/ { is_loading = 0 }'
}

# costs MOST ALL: no more calls in main(), and with those that it takes to get
# there, and to load libraries.  A reply that comes in two parts takes two more.
costs() {
  local n total
  n=$(calls | wc -l)
  total=$(grep -cv -e 'resumed>' -e '+++' -e '---' "$T/trace")
  echo "$n calls in main(), at most $1; $total in all, at most $2"
  calls
  [ "$n" -le "$1" ]
  # before libgsasl was loaded only by who uses it, there were 40 more
  grep -q libgsasl "$T/trace" || [ "$total" -le "$2" ]
}

# expect_opened [FILE ...]: these, each once, and nothing else but libraries.
expect_opened() {
  local file
  calls | sed -nE 's/.*open(at)?\(([A-Z_0-9]*, )?"([^"]*)".*/\3/p' |
    grep -vE '\.so(\.|$)|/ld\.so\.cache$' | sort >"$T/opened"
  for file; do echo "$file"; done | sort | diff - "$T/opened"
}

# How often it wrote to the server, and read.
nwrites() {
  calls | grep -cE 'send(to|msg)\('
}

nreads() {
  calls | grep -c 'recvfrom('
}

# serve TLS [option ...]: a server that knows the sessions of the one before.
serve() {
  local tls=$1
  shift
  smarthost_tls "$tls" --ticket-key "$T/key" --port "$PORT" \
    --mechs PLAIN "$@"
}

# settings [line ...]: the host is localhost, which is not looked up.
settings() {
  rc_login 'auth plain' "$@"
}

sent() {
  submit rcpt@example.net
  expect_sent "$1"
}

@test "a message in the clear takes few system calls" {
  traced
  smarthost
  rc 'tls off'
  sent 1
  costs 41 80
  expect_opened "$T/rc"
}

@test "a message by TLS takes few system calls, and opens two files" {
  traced
  serve implicit
  settings 'tls_starttls off' 'tls_session_cache off'
  sent 1
  costs 57 180
  expect_opened "$T/rc" "$CERT_DIR/ca.pem"
}

@test "a resumed session takes few system calls, and opens what it is in" {
  traced
  serve implicit
  settings 'tls_starttls off'
  sent 1
  sent 2
  costs 76 196
  calls | sed -E 's/"\.new-[0-9a-f]*"/".new"/' >"$T/calls"
  calls() {
    cat "$T/calls"
  }
  # what was saved, and what is saved
  expect_opened "$T/rc" "$CERT_DIR/ca.pem" \
    "$HOME/.cache/posthaste/tls-sessions" .new .new
}

@test "a large file of authorities is opened once, and read in large pieces" {
  [ -s /etc/ssl/certs/ca-certificates.crt ] || skip 'no certificates here'
  cat /etc/ssl/certs/ca-certificates.crt "$CERT_DIR/ca.pem" >"$T/large.pem"
  traced
  serve implicit
  settings 'tls_starttls off' 'tls_session_cache off'
  sed -i "s:^tls_trust_file .*:tls_trust_file $T/large.pem:" "$T/rc"
  sent 1
  costs 61 184
  expect_opened "$T/rc" "$T/large.pem"
}

@test "what TLS has to say goes in one write a turn" {
  traced
  # the hello, the end of the handshake, EHLO, AUTH, the message, good-bye
  serve implicit
  settings 'tls_starttls off' 'tls_session_cache off'
  sent 1
  same "$(nwrites)" 6
  [ "$(nreads)" -le 10 ]
  server_ends
  # EHLO and STARTTLS before; the second EHLO is with the handshake's end
  serve starttls
  settings 'tls_starttls on' 'tls_session_cache off'
  sent 2
  same "$(nwrites)" 7
}

# The length of the first message of the handshake.
hello() {
  calls | sed -nE 's/.*(sendto|sendmsg)\(.*"\\26\\3.* = ([0-9]+)$/\2/p' | head -n 1
}

@test "who resumes makes one key, where the server took the first last time" {
  traced
  local one both
  serve implicit
  settings 'tls_starttls off'
  sent 1
  sent 2
  one=$(hello)
  same "$(nwrites)" 6
  server_ends
  # now it wants another, which is told by a turn, and noted
  local other=NORMAL:-GROUP-ALL:+GROUP-X25519
  serve implicit --tls-priority "$other"
  sent 3
  same "$(nwrites)" 7
  sent 4
  both=$(hello)
  same "$(nwrites)" 6
  # 32 octets, their length and what they are (RFC 8446 4.2.8)
  same "$both" $((one + 36))
  same "$(sed -n 's/^-- tls .*resumed=//p' "$T/dialogue" | paste -sd ' ')" \
    'no yes yes yes'
}

@test "a message is put in the queue without a look at the time zone" {
  traced
  smarthost
  rc 'queue only'
  submit rcpt@example.net
  expect 0 OK
  calls | grep -q 'fsync('
  ! calls | grep -E 'zoneinfo|localtime' || return 1
}
