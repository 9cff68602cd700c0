#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Several servers in "host": when the next one is tried, and when not.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  declare -gA AT=()
  PIDS=()
}

teardown() {
  ends
}

# server NAME [option ...]: one more, whose folder is $T/NAME; AT[NAME] is its
# port.
server() {
  local name=$1 T=$T/$1
  shift
  mkdir -p "$T/store"
  smarthost "$@"
  AT[$name]=$PORT
  PIDS+=("$SERVER_PID")
}

# server_tls NAME CERT [option ...]: with STARTTLS and a login.
server_tls() {
  local name=$1 cert=$2
  shift 2
  server "$name" --tls starttls --cert "$CERT_DIR/$cert.pem" \
    --key "$CERT_DIR/$cert.key" --user me@example.org --password 'sec ret' \
    --mechs 'PLAIN' "$@"
}

# ends: what they heard and stored is now all there.
ends() {
  local pid
  for pid in "${PIDS[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
  PIDS=()
}

# hosts HOST ...: of the rc file; more lines by more().
hosts() {
  printf 'from me@example.org\nhost %s\n' "$*" >"$T/rc"
  chmod 600 "$T/rc"
}

more() {
  printf '%s\n' "$@" >>"$T/rc"
}

# both [line ...]: localhost is server a, and 127.0.0.1 is b.
both() {
  hosts "localhost:${AT[a]}," "127.0.0.1:${AT[b]}"
  [ $# -eq 0 ] || more "$@"
}

both_tls() {
  both "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'password "sec ret"' "$@"
}

# try [option ...]: sends; then they end.
try() {
  submit "$@" you@example.net
  ends
}

# took NAME [N]: it has so many messages, 1 if it is not said.
took() {
  same "$1: $(ls "$T/$1/store" | grep -c eml)" "$1: ${2:-1}"
}

# connections NAME
connections() {
  grep -c '^-- connection' "$T/$1/dialogue" || true
}

untouched() {
  [ ! -s "$T/$1/dialogue" ] || {
    cat "$T/$1/dialogue"
    return 1
  }
}

# silent: exit 0 without a word.
silent() {
  expect 0 OK
  same "$output" ''
}

# lines N
lines() {
  same "$(wc -l <"$T/err")" "$1"
}

# by_second ACTION ...: the first one does so, and the second takes it.
by_second() {
  server a --caps PIPELINING "${@/#/--on=}"
  server b
  both
  try
  silent
  took a 0
  took b
}

# by_none EXIT NAME ACTION: the first one does so, and the second hears nothing.
by_none() {
  server a --caps PIPELINING --on "$3"
  server b
  both
  try
  expect "$1" "$2"
  lines 1
  expect_output "localhost:${AT[a]}: "
  untouched b
}

@test "the first server gets it" {
  server a
  server b
  both
  try
  silent
  took a
  untouched b
}

@test "a server that refuses the connection is passed by, in silence" {
  server b
  hosts 127.0.0.1:1 "localhost:${AT[b]}"
  more "logfile $T/log"
  try
  silent
  took b
  grep -q '^.* host=localhost tls=off .*exitcode=EX_OK$' "$T/log"
}

@test "--debug tells why the next one is tried" {
  server b
  hosts 127.0.0.1:1 "localhost:${AT[b]}"
  try --debug
  expect 0 OK
  expect_output 'connect to 127.0.0.1 [127.0.0.1] port 1: Connection refused'
  expect_output 'the next server is localhost'
}

@test "a name that is none is passed by" {
  server b
  hosts x..y "localhost:${AT[b]}"
  try
  silent
  took b
}

@test "port is for the servers that name none" {
  server a --on 'greeting reply 421 4.3.2 busy'
  server b
  hosts localhost "127.0.0.1:${AT[b]}"
  more "port ${AT[a]}"
  try
  silent
  took b
  same "$(connections a)" 1
}

@test "a greeting that refuses us, for now or for good, is no verdict" {
  by_second 'greeting reply 554 5.3.2 no'
  rm -r "$T/a" "$T/b"
  by_second 'greeting reply-drop 421 4.3.2 busy'
}

@test "nor is an EHLO that is refused, or what is no reply" {
  by_second 'ehlo reply 550 5.7.1 no'
  rm -r "$T/a" "$T/b"
  by_second 'greeting reply hello'
}

@test "nor is a line that is lost before the message is sent" {
  by_second 'ehlo drop'
  rm -r "$T/a" "$T/b"
  by_second 'rcpt drop'
}

@test "4xx to MAIL, all recipients, DATA or the message is for the next one" {
  local stage
  for stage in mail rcpt data end; do
    by_second "$stage reply 451 4.3.0 later"
    rm -r "$T/a" "$T/b"
  done
}

@test "5xx to MAIL, a recipient, DATA or the message is a verdict" {
  local stage
  for stage in mail data end; do
    by_none 69 UNAVAILABLE "$stage reply 554 5.3.0 no"
  done
  by_none 67 NOUSER 'rcpt reply 550 5.1.1 no such user'
}

@test "a recipient refused for good keeps the others here" {
  server a --on 'rcpt=you@example.net reply 550 5.1.1 no' \
    --on 'rcpt reply 450 4.2.0 later'
  server b
  both
  submit you@example.net other@example.net
  ends
  expect 67 NOUSER
  untouched b
}

@test "what is taken for some is not sent for the others to the next one" {
  server a --on 'rcpt=you@example.net reply 450 4.2.0 later'
  server b
  both
  submit you@example.net other@example.net
  ends
  expect 75 TEMPFAIL
  took a
  untouched b
}

@test "a line that is lost behind the message is no reason to send it again" {
  by_none 75 TEMPFAIL 'end drop'
  expect_output 'it may have been delivered all the same'
}

@test "another certificate than the right one is for the next one" {
  server_tls a expired
  server_tls b good
  both_tls
  try
  silent
  took b
  ! grep -q AUTH "$T/a/dialogue"
}

@test "so is a server that offers no STARTTLS where it is required" {
  server a
  server_tls b good
  both_tls
  try
  silent
  took b
  ! grep -q AUTH "$T/a/dialogue"
}

@test "a refused password is shown to no other server" {
  server_tls a good --on 'auth reply 535 5.7.8 no'
  server_tls b good
  both_tls
  try
  expect 77 NOPERM
  lines 1
  untouched b
}

@test "a login that is put off is tried at the next one" {
  server_tls a good --on 'auth reply 454 4.7.0 later'
  server_tls b good
  both_tls
  try
  silent
  took b
}

@test "where all fail, each has a line, and later means 75" {
  hosts 127.0.0.1:1 localhost:1 x..y
  more "logfile $T/log"
  try
  expect 75 TEMPFAIL
  lines 3
  same "$(sed -n 1p "$T/err" | cut -c 1-38)" 'posthaste: connect to 127.0.0.1 [127.0'
  same "$(sed -n 2p "$T/err" | cut -c 1-32)" 'posthaste: connect to localhost '
  sed -n 3p "$T/err" | grep -q 'x\.\.y'
  grep -q "errormsg='connect to 127.0.0.1 .*; connect to localhost .*x\.\.y" \
    "$T/log"
  grep -q ' host=x\.\.y .* exitcode=EX_TEMPFAIL$' "$T/log"
}

@test "a proxy that is down is told once" {
  hosts one.other:1 two.other:1 three.other:1
  more 'proxy_host 127.0.0.1' 'proxy_port 1'
  try
  expect 75 TEMPFAIL
  lines 1
}

@test "where none can do better later, the code is the last one's" {
  server_tls a expired
  server_tls b selfsigned
  both_tls
  try
  expect 69 UNAVAILABLE
  lines 2
  expect_output "localhost:${AT[a]}: TLS handshake: "
  expect_output "127.0.0.1:${AT[b]}: TLS handshake: "
}

@test "a server that said later counts more than one that is not there" {
  server a --on 'rcpt reply 450 4.2.0 later'
  hosts "localhost:${AT[a]}" 127.0.0.1:1
  more "logfile $T/log"
  try
  expect 75 TEMPFAIL
  lines 2
  same "$(sed -n 1p "$T/err" | cut -c 1-32)" 'posthaste: connect to 127.0.0.1 '
  sed -n 2p "$T/err" | grep -q "localhost:${AT[a]}: RCPT TO:.* 450 4.2.0 later"
  grep -q ' host=localhost .*smtpstatus=450' "$T/log"
}

@test "a wrong setting is told once" {
  server_tls a good
  server_tls b good
  both_tls
  sed -i '/^tls_trust_file/d' "$T/rc"
  more "tls_trust_file $T/nothing"
  try
  expect 78 CONFIG
  lines 1
  untouched b
}

@test "so it is where TLS comes first" {
  server a --tls implicit --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key"
  server b
  both "tls_trust_file $T/nothing" 'tls on' 'tls_starttls off'
  try
  expect 78 CONFIG
  lines 1
  untouched b
}

# hole: a port at which nobody ever answers, as its backlog is full.
hole() {
  python3 - "$T/hole" >/dev/null 2>&1 3>&- <<'PY' &
import os, socket, sys, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
held = []
for i in range(4):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(listener.getsockname())
    held.append(s)
with open(sys.argv[1] + ".tmp", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
time.sleep(60)
PY
  PIDS+=($!)
  await test -s "$T/hole"
  AT[hole]=$(<"$T/hole")
}

@test "a server that does not answer has its share of the time" {
  hole
  server b
  hosts "127.0.0.1:${AT[hole]}" "localhost:${AT[b]}"
  more 'timeout 3'
  try --debug
  expect 0 OK
  took b
  expect_output "port ${AT[hole]}: no answer within 1.5 seconds"
}

# named [option ...]: as submit, where one.example to three.example are this
# host, in its strictest sandbox.
named() {
  echo '127.0.0.1 localhost one.example two.example three.example' >"$T/names"
  unshare -rm mount --bind "$T/names" /etc/hosts 2>/dev/null ||
    skip 'no namespaces'
  status=0
  timeout -s KILL 30 unshare -rm sh -c \
    'mount --bind "$1" /etc/hosts && shift && exec "$@"' - "$T/names" \
    "$POSTHASTE" -C "$T/rc" --sandbox strict "$@" you@example.net \
    <"$T/mail" >"$T/out" 2>"$T/err" 3>&- || status=$?
  output=$(<"$T/err")
  [ "$status" -ne 69 ] || skip 'no such sandbox here'
  ends
}

@test "the sandbox lets the next server be reached" {
  server a --on 'mail reply 451 4.3.0 later'
  server b
  hosts "one.example:${AT[a]}" "two.example:${AT[b]}"
  named --debug
  expect 0 OK
  took b
  expect_output 'confined: '
}

@test "localhost is at both of its addresses, though it comes later" {
  grep -q '^0*1 ' /proc/net/if_inet6 || skip 'no IPv6'
  server a --on 'mail reply 451 4.3.0 later'
  server b --listen ::1
  hosts "127.0.0.1:${AT[a]}" "localhost:${AT[b]}"
  named
  silent
  took b
}

@test "so it does with TLS, and keys that were seen first" {
  server_tls a good --on 'auth reply 454 4.7.0 later'
  server_tls b good
  hosts "one.example:${AT[a]}" "two.example:${AT[b]}"
  more 'user me@example.org' 'password "sec ret"' 'tls_trust first_use'
  named
  expect 0 OK
  took b
  same "$(grep -c sha256 "$HOME/.local/state/posthaste/known_hosts")" 2
}

@test "of what is kept, mailq knows why each server failed" {
  hosts 127.0.0.1:1 localhost:1
  more 'queue on'
  try
  expect 0 OK
  output=$("$POSTHASTE" -C "$T/rc" -bp | tr -s ' \n' ' ')
  expect_output ' connect to 127.0.0.1 [127.0.0.1] port 1: Connection refused; '
  expect_output '; connect to localhost [127.0.0.1] port 1: Connection refused '
}

# keep N: so many messages wait.
keep() {
  local n
  more 'queue on'
  for ((n = 1; n <= $1; n++)); do
    submit --queue=only "you$n@example.net"
    expect 0 OK
  done
}

@test "a run goes on with the server that serves it" {
  server a --on 'greeting reply-drop 421 4.3.2 busy'
  server b --on '1:mail#2 reply-drop 421 4.7.0 enough'
  both
  keep 3
  submit -q
  ends
  silent
  took b 3
  same "$(connections a)" 1
  same "$(connections b)" 2
}

@test "in a run, too, a message that is put off is tried at the next one" {
  server a --on 'rcpt=you2@example.net reply 450 4.2.0 later'
  server b
  both
  keep 3
  submit -q
  ends
  silent
  took a 1
  took b 2
}

@test "a run tells of each server that is down, and of the lane in one line" {
  hosts 127.0.0.1:1 localhost:1
  keep 3
  submit -q
  expect 75 TEMPFAIL
  lines 2
  sed -n 1p "$T/err" | grep -q '^posthaste: connect to 127.0.0.1 '
  sed -n 2p "$T/err" | grep -q '^posthaste: 3 messages wait: connect to localh'
  grep -q 'said connect to 127.0.0.1 .*; connect to localhost' \
    "$HOME"/.local/state/posthaste/queue/notes/host-*
}

@test "a message put off by a server does not keep the others from it" {
  server a --on 'rcpt=you1@example.net reply 450 4.2.0 later'
  hosts "localhost:${AT[a]}" 127.0.0.1:1
  keep 3
  submit -q
  ends
  expect 75 TEMPFAIL
  took a 2
  ! ls "$HOME"/.local/state/posthaste/queue/notes | grep -q '^host-'
}

@test "a server that is down is not tried for each message that is put off" {
  server a --on 'rcpt reply 450 4.2.0 later'
  hosts "localhost:${AT[a]}" 127.0.0.1:1
  keep 3
  submit -q
  ends
  expect 75 TEMPFAIL
  same "$(grep -c 'port 1: Connection refused' "$T/err")" 1
  same "$(connections a)" 2
}

@test "--serverinfo is about the first that can be reached" {
  server a
  server b
  hosts 127.0.0.1:1 "localhost:${AT[a]}" "127.0.0.1:${AT[b]}"
  submit --serverinfo
  silent
  grep -q "localhost:${AT[a]}" "$T/out"
  untouched b
}

@test "--serverinfo goes no further though that one will not have us" {
  server a --on 'greeting reply 554 no'
  server b
  hosts 127.0.0.1:1 "localhost:${AT[a]}" "127.0.0.1:${AT[b]}"
  submit --serverinfo
  expect 75 TEMPFAIL
  lines 2
  untouched b
}

@test "--serverinfo shows the TLS of the first though it fails" {
  server a --tls implicit --cert "$CERT_DIR/expired.pem" \
    --key "$CERT_DIR/expired.key"
  server b
  both "tls_trust_file $CERT_DIR/ca.pem" 'tls on' 'tls_starttls off'
  submit --serverinfo
  ends
  expect 69 UNAVAILABLE
  untouched b
}

@test "the servers behind a proxy are tried in turn" {
  server b --on '1:mail reply 451 4.3.0 later'
  "$SOCKSPROXY" --port-file "$T/proxy.port" --to "${AT[b]}" --refuse 5 \
    --refuse-port 1 --log "$T/asked" >/dev/null 2>&1 3>&- &
  PIDS+=($!)
  await test -s "$T/proxy.port"
  hosts one.other:1 "two.other:${AT[b]}" three.other:25
  more 'proxy_host one.example' "proxy_port $(<"$T/proxy.port")"
  named
  silent
  took b
  same "$(cut -d ' ' -f 2 "$T/asked" | paste -sd ' ')" \
    'one.other two.other three.other'
}
