#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is asked without sending a message: --serverinfo, --rmqs, --configure.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# ask [option ...]: output is standard output, the errors are in $T/err.
ask() {
  ask_without -C "$T/rc" "$@"
}

# The same without an rc file.
ask_without() {
  status=0
  timeout -s KILL 30 "$POSTHASTE" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- ||
    status=$?
  server_ends
  output=$(<"$T/out")
}

# A line of the output that begins so, with one blank between words.
line() {
  sed -n "s/^ *$1 *//p" "$T/out" | tr -s ' '
}

expect_no_error() {
  expect 0 OK
  [ ! -s "$T/err" ] || { cat "$T/err" && return 1; }
}

# expect_error TEXT: the one line on standard error has it.
expect_error() {
  same "$(wc -l <"$T/err")" 1
  grep -qF -- "$1" "$T/err" || { cat "$T/err" && return 1; }
}

@test "--serverinfo shows a server in the clear" {
  smarthost --caps 'PIPELINING,SIZE 1000,8BITMIME,ETRN,X-OWN thing'
  ask_without --serverinfo --host localhost --port "$PORT"
  expect_no_error
  same "$(line server:)" "localhost:$PORT [127.0.0.1]"
  same "$(line greeting:)" 'smarthost.test ESMTP'
  same "$(line TLS:)" none
  same "$(line SIZE:)" 'takes messages of up to 1000 octets'
  expect_output '  PIPELINING: '
  expect_output '  8BITMIME: '
  expect_output '  ETRN: '
  expect_output '  X-OWN thing'
  expect_nothing_sent
}

@test "-S needs no rc file and no account" {
  smarthost
  ask_without -S --host localhost --port "$PORT"
  expect_no_error
  expect_output "server:       localhost:$PORT"
}

@test "--serverinfo shows TLS and the certificate, and does not log in" {
  smarthost_tls starttls
  rc_login
  ask --serverinfo
  expect_no_error
  [[ $(line TLS:) == TLS1.3\ *', by STARTTLS, certificate verified' ]]
  expect_output 'names:      localhost'
  same "$(line tls_fingerprint)" "$(<"$CERT_DIR/good.sha256")"
  [[ $(line AUTH:) == 'logs in by '*'PLAIN LOGIN' ]]
  ! grep -q '^C: AUTH' "$T/dialogue" || return 1
  expect_nothing_sent
}

@test "--serverinfo shows a certificate that is refused, and fails as a send" {
  smarthost_tls implicit
  rc "tls_trust_file $CERT_DIR/otherca.pem" 'tls_starttls off'
  ask --serverinfo
  expect 69 UNAVAILABLE
  expect_error 'authority that is not trusted'
  [[ $(line TLS:) == *', certificate refused' ]]
  expect_output '  tls_fingerprint '
  expect_output 'names:      localhost'
}

@test "--serverinfo over TLS that is not required says so" {
  smarthost_tls starttls
  rc
  ask --serverinfo
  expect_no_error
  [[ $(line TLS:) == *'certificate not verified' ]]
}

@test "--serverinfo fails as a send does where STARTTLS is missing" {
  smarthost
  rc 'tls on' "tls_trust_file $CERT_DIR/ca.pem"
  ask --serverinfo
  expect 76 PROTOCOL
  expect_error 'STARTTLS: the server does not offer it'
  expect_output 'greeting:     smarthost.test ESMTP'
}

@test "--serverinfo of a host that is not there shows nothing" {
  smarthost
  server_ends
  rc
  ask --serverinfo
  expect 75 TEMPFAIL
  [ -z "$output" ]
}

@test "--serverinfo makes printable what the server says" {
  smarthost --on "greeting reply 220 $(printf '\033[31m') hi"
  rc
  ask --serverinfo
  expect_no_error
  expect_output 'greeting:     \x1b[31m hi'
  ! grep -q "$(printf '\033')" "$T/out" || return 1
}

@test "--serverinfo and --rmqs take no recipients" {
  smarthost
  rc
  submit --serverinfo rcpt@example.net
  expect 64 USAGE
  submit --rmqs=example.org -t
  expect 64 USAGE
  submit --rmqs='two names'
  expect 64 USAGE
  server_ends
  expect_untouched
}

@test "called as sendmail, there is neither" {
  ln -s "$POSTHASTE" "$T/sendmail"
  local flag
  for flag in --serverinfo --rmqs=x --configure=a@example.org; do
    status=0
    "$T/sendmail" "$flag" </dev/null >"$T/out" 2>"$T/err" || status=$?
    expect 64 USAGE
  done
}

@test "--rmqs asks with ETRN and is silent" {
  smarthost --caps 'ETRN,PIPELINING'
  rc
  ask --rmqs=@example.org
  expect_no_error
  [ -z "$output" ]
  grep -qx 'C: ETRN @example.org' "$T/dialogue"
  grep -qx 'C: QUIT' "$T/dialogue"
  expect_nothing_sent
}

@test "--rmqs logs in first" {
  smarthost_tls starttls --caps ETRN --require-auth
  rc_login
  ask --rmqs=example.org
  expect_no_error
  same "$(grep -o '^C: \(AUTH\|ETRN\)' "$T/dialogue" | paste -sd ' ')" \
    'C: AUTH C: ETRN'
}

@test "--rmqs where ETRN is not offered" {
  smarthost
  rc
  ask --rmqs=example.org
  expect 69 UNAVAILABLE
  expect_error 'ETRN example.org: the server does not offer it'
}

@test "--rmqs exits as the server's reply deserves" {
  local reply exit
  while read -r exit reply; do
    smarthost --caps ETRN --on "etrn reply $reply"
    rc
    ask --rmqs=example.org
    same "$status $reply" "$exit $reply"
    [ "$exit" -eq 0 ] || expect_error "ETRN example.org: refused: $reply"
  done <<'END'
0 250 OK, queuing started
0 251 OK, no messages waiting
0 252 OK, pending messages started
0 253 OK, 3 pending messages started
75 458 Unable to queue messages
75 459 Node not allowed
69 500 Syntax error
69 502 not here
77 550 5.7.1 not you
END
}

# by_dns RECORD ... -- [option ...]: asks within a network of its own, whose
# only name server has those records.
by_dns() {
  local records=()
  while [ "$1" != -- ]; do
    records+=("$1")
    shift
  done
  shift
  echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
  echo 'ip link set lo up && mount --bind "$1" /etc/resolv.conf' >"$T/enter"
  unshare -rnm sh "$T/enter" "$T/resolv.conf" 2>/dev/null ||
    skip 'no namespaces, or no ip(8)'
  cat >"$T/inside" <<'END'
. "$T/enter"
eval "$RECORDS"
"$NAMESERVER" 53 "$@" >"$T/says" &
while [ ! -s "$T/says" ]; do sleep 0.02; done
status=0
eval "$CALL" >"$T/out" 2>"$T/err" || status=$?
kill $!
exit $status
END
  status=0
  T=$T RECORDS="set -- $(printf '%q ' "$T/resolv.conf" "${records[@]}"); shift" \
    CALL=$(printf '%q ' "$POSTHASTE" "$@") \
    unshare -rnm bash "$T/inside" "$T/resolv.conf" 3>&- || status=$?
  output=$(<"$T/out")
}

@test "--configure shows settings that work, but for the password" {
  by_dns '_submissions._tcp.example.org 0 1 4650 mail.example.org' -- \
    --configure=me@example.org
  expect_no_error
  expect_output 'host         mail.example.org'
  cp "$T/out" "$T/rc"
  echo 'password x' >>"$T/rc"
  chmod 600 "$T/rc"
  "$POSTHASTE" -C "$T/rc" --pretend | grep -q '^port 4650 '
}

@test "--configure of a domain that names no server" {
  by_dns '_submission._tcp.example.org 0 0 0 .' -- --configure me@example.org
  expect 68 NOHOST
  expect_error 'DNS says that there is no server for mail of example.org'
  [ -z "$output" ]
  by_dns '_submission._tcp.example.org nxdomain' -- --configure me@example.org
  expect 68 NOHOST
  expect_error 'DNS names no server for mail of example.org'
  [ -z "$output" ]
}

@test "--configure wants an address" {
  ask_without --configure=example.org
  expect 64 USAGE
  expect_error '--configure: '
  ask_without --configure=me@example.org rcpt@example.net
  expect 64 USAGE
}
