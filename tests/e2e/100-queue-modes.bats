#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Which messages go to the queue, and what their callers hear.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  QUEUE=$HOME/.local/state/posthaste/queue
  umask 022
}

teardown() { e2e_teardown; }

# closed_port: an rc file for a port that nobody listens on.
closed_port() {
  smarthost
  rc "$@"
  server_ends
}

# waiting: the files of the messages that wait.
waiting() {
  find "$QUEUE/new" -type f 2>/dev/null
}

# expect_waiting N
expect_waiting() {
  same "$(waiting | wc -l)" "$1"
}

# entry: the lines of the message that waits.
entry() {
  sed '/^$/q' "$(waiting)"
}

# expect_entry LINE: it is among them.
expect_entry() {
  entry | grep -Fxq -- "$1" || {
    entry
    return 1
  }
}

@test "the first try counts, and mailq tells why it failed" {
  closed_port 'queue fallback'
  submit a@example.net
  expect 0 OK
  run "$POSTHASTE" -C "$T/rc" -bp
  expect_output 'connect to localhost'
  refute_output ' now'
  run "$POSTHASTE" -C "$T/rc" -bp --json
  expect_output '"tries":1,'
  # many calls within a minute are one failure of the server
  submit b@example.net
  submit c@example.net
  run "$POSTHASTE" -C "$T/rc" -bp --json
  refute_output '"tries":2,'
  same "$(ls "$QUEUE/notes" | wc -l)" 1
}

@test "a server that takes a message is asked again for those that wait" {
  closed_port 'queue_retry_min 1h'
  submit --queue=only a@example.net
  run "$POSTHASTE" -C "$T/rc" -q
  expect 75 TEMPFAIL
  smarthost --port "$PORT"
  submit --queue=fallback b@example.net
  expect 0 OK
  run "$POSTHASTE" -C "$T/rc" -q
  expect 0 OK
  expect_waiting 0
}

@test "a folder named from here is the same to who delivers later" {
  smarthost
  rc
  cd "$T"
  submit --queue=always --queue-dir=here you@example.net
  expect 0 OK
  await test -e "$T/store/1.eml"
  run "$POSTHASTE" -C "$T/rc" -bp --json --queue-dir=here
  expect_output "{\"queue\":\"$T/here\""
}

@test "--queue=only keeps the message and connects to nobody" {
  smarthost
  rc
  submit --queue=only a@example.net b@example.net
  server_ends
  expect 0 OK
  same "$output" ''
  expect_untouched
  expect_waiting 1
  expect_entry 'sender me@example.org'
  expect_entry 'rcpt - a@example.net'
  expect_entry 'rcpt - b@example.net'
  expect_entry "rcfile $T/rc"
  grep -q '^Message-ID: ' "$(waiting)"
  grep -q '^Hello\.' "$(waiting)"
}

# expect_kept: the caller heard that all is well, and the message waits.
expect_kept() {
  expect 0 OK
  same "$output" ''
  expect_waiting 1
}

# keeps RULE: with that rule of the server the message is kept.
keeps() {
  rm -rf "$QUEUE"
  smarthost --caps PIPELINING --on "$1"
  rc 'queue fallback'
  send rcpt@example.net
  expect_kept
}

# value NAME: of the last line of the log.
value() {
  tail -n 1 "$T/log" | sed -n "s/.* $1=\('[^']*'\|[^ ]*\).*/\1/p"
}

@test "what the server takes at once is not kept" {
  smarthost
  rc 'queue fallback'
  send rcpt@example.net
  expect_sent
  expect_waiting 0
}

@test "a message for a server that is not there is kept, without a word" {
  closed_port 'queue fallback'
  submit rcpt@example.net
  expect_kept
  expect_entry 'rcpt - rcpt@example.net'
  grep -q '^Hello\.' "$(waiting)"
}

@test "on is fallback" {
  closed_port 'queue on'
  submit rcpt@example.net
  expect_kept
}

@test "the queue is nobody else's" {
  closed_port 'queue fallback'
  submit rcpt@example.net
  expect_kept
  same "$(stat -c %a "$QUEUE" "$QUEUE"/* | sort -u)" 700
  same "$(stat -c %a "$(waiting)")" 600
}

@test "what the server does not take for now is kept, at each stage" {
  local stage
  for stage in connect greeting mail rcpt data end; do
    keeps "$stage reply 451 4.3.0 later"
  done
}

@test "what speaks of the login and not of the message is kept" {
  keeps 'mail reply 530 5.7.0 log in'
  keeps 'greeting reply 554 5.7.1 not you'
  keeps 'ehlo reply 550 5.7.1 not you'
}

@test "a message is kept where the line is lost" {
  keeps 'ehlo drop'
  keeps 'rcpt drop'
  keeps 'body drop'
}

@test "a message whose verdict is lost is kept, and the log says so" {
  smarthost --caps PIPELINING --on 'end drop'
  rc 'queue fallback' "logfile $T/log"
  send rcpt@example.net
  expect_kept
  same "$(value exitcode)" EX_TEMPFAIL
  same "$(value queue)" "$(basename "$(waiting)")"
  value errormsg | grep -q 'may have been delivered'
}

# refuses RULE EXIT NAME: it is told, and nothing is kept.
refuses() {
  smarthost --caps PIPELINING --on "$1"
  rc 'queue fallback'
  send rcpt@example.net
  expect_failure "$2" "$3" 'refused'
  expect_waiting 0
}

@test "what the server refuses for good is told and not kept" {
  refuses 'mail reply 550 5.7.1 no' 77 NOPERM
  refuses 'rcpt reply 550 5.1.1 nobody' 67 NOUSER
  refuses 'data reply 554 5.0.0 no' 69 UNAVAILABLE
  refuses 'end reply 554 5.0.0 no' 69 UNAVAILABLE
}

@test "what the server cannot take by what it offers is told and not kept" {
  smarthost --caps 'SIZE 20'
  rc 'queue fallback'
  send rcpt@example.net
  expect_failure 65 DATAERR
  expect_waiting 0
}

@test "of several recipients those are kept who are not decided" {
  smarthost --caps PIPELINING --on 'rcpt=b@example.net reply 450 4.2.0 later' \
    --on 'rcpt=c@example.net reply 550 5.1.1 nobody'
  rc 'queue fallback' "logfile $T/log"
  send a@example.net b@example.net c@example.net
  expect 67 NOUSER
  same "$(recipients)" a@example.net
  expect_waiting 1
  same "$(entry | grep '^rcpt')" 'rcpt - b@example.net'
  local id
  id=$(basename "$(waiting)")
  same "$output" "posthaste: localhost:$PORT: RCPT TO:<c@example.net>: \
refused: 550 5.1.1 nobody
posthaste: kept in the queue as $id for 1 of 3 recipients: \
localhost:$PORT: RCPT TO:<b@example.net>: refused: 450 4.2.0 later"
  same "$(value queue)" "$id"
  same "$(value exitcode)" EX_NOUSER
}

@test "who got it does not get it again where the rest is kept" {
  smarthost --caps PIPELINING --on 'rcpt=b@example.net reply 450 4.2.0 later'
  rc 'queue fallback'
  send a@example.net b@example.net
  expect_kept
  same "$(recipients)" a@example.net
  same "$(entry | grep '^rcpt')" 'rcpt - b@example.net'
}

@test "all are kept where one is to wait and partial_delivery is off" {
  smarthost --caps PIPELINING --on 'rcpt=b@example.net reply 450 4.2.0 later'
  rc 'queue fallback' 'partial_delivery off'
  send a@example.net b@example.net
  expect_kept
  expect_nothing_stored
  same "$(entry | grep -c '^rcpt -')" 2
}

@test "a message that is refused as a whole is kept for who was to wait" {
  smarthost --caps PIPELINING --on 'end reply 554 5.6.0 no' \
    --on 'rcpt=b@example.net reply 450 4.2.0 later'
  rc 'queue fallback'
  send a@example.net b@example.net
  expect 65 DATAERR
  expect_output 'refused: 554 5.6.0 no'
  expect_output 'for 1 of 2 recipients: '
  same "$(entry | grep '^rcpt')" 'rcpt - b@example.net'
}

@test "a message is kept where the password is wrong" {
  smarthost_tls starttls
  rc_login 'queue fallback' "logfile $T/log"
  sed -i 's/"sec ret"/"not this"/' "$T/rc"
  send rcpt@example.net
  expect_kept
  same "$(value exitcode)" EX_TEMPFAIL
  value errormsg | grep -q AUTH
}

@test "a message is kept where no password can be had" {
  smarthost_tls starttls
  rc_login 'queue fallback'
  sed -i 's/^password .*/passwordeval "exit 3"/' "$T/rc"
  send rcpt@example.net
  expect_kept
  expect_untouched
}

@test "a message is kept where the certificate is not trusted" {
  smarthost_tls starttls
  rc_login 'queue fallback'
  sed -i '/^tls_trust_file/d' "$T/rc"
  send rcpt@example.net
  expect_kept
}

@test "no password is in what is kept, nor in the text of its settings" {
  printf 'sec ret\n' >"$T/secret"
  chmod 600 "$T/secret"
  smarthost_tls starttls --on 'mail reply 451 later'
  rc_login 'queue fallback'
  send rcpt@example.net
  expect_kept
  rm -rf "$QUEUE"
  smarthost_tls starttls --on 'mail reply 451 later'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'queue fallback'
  send --user me@example.org --password-file "$T/secret" rcpt@example.net
  expect_kept
  expect_entry "set password_file $T/secret"
  ! grep -r 'sec ret' "$QUEUE" || return 1
}

@test "a service's credential is not what the queue is run with" {
  mkdir "$T/credentials"
  printf 'sec ret\n' >"$T/credentials/posthaste.password"
  chmod 600 "$T/credentials/posthaste.password"
  smarthost_tls starttls --on 'mail reply 451 later'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' 'queue fallback'
  CREDENTIALS_DIRECTORY=$T/credentials send rcpt@example.net
  expect_kept
  grep -q '^C: MAIL' "$T/dialogue"
  ! entry | grep password_file || return 1
}

@test "a password for this call only is not enough for a queue" {
  smarthost_tls starttls
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' 'password_fd 7'
  status=0
  "$POSTHASTE" -C "$T/rc" --queue=only rcpt@example.net <"$T/mail" \
    >"$T/out" 2>"$T/err" 7<<<'sec ret' || status=$?
  output=$(<"$T/err")
  expect 78 CONFIG
  expect_one_line "$T/rc:6: password_fd is closed" 'set password_file'
  expect_waiting 0
}

@test "a password for this call only is told of where the message is kept" {
  smarthost_tls starttls --on 'mail reply 451 later'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'password_fd 7' 'queue fallback'
  status=0
  "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" \
    >"$T/out" 2>"$T/err" 7<<<'sec ret' || status=$?
  output=$(<"$T/err")
  expect 0 OK
  expect_one_line "$T/rc:6: password_fd is closed" 'set password_file'
  expect_waiting 1
}

@test "--debug tells what is kept, and why" {
  closed_port 'queue fallback'
  submit --debug rcpt@example.net
  expect 0 OK
  expect_output "posthaste: kept in the queue as $(basename "$(waiting)"): "
  expect_output 'refused'
}

@test "who reads at a terminal hears that it is kept" {
  command -v python3 >/dev/null || skip 'no python3'
  closed_port 'queue fallback'
  python3 - "$POSTHASTE" "$T/rc" "$T/mail" >"$T/seen" <<'PY'
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
with open(sys.argv[3]) as mail:
    code = subprocess.call([sys.argv[1], "-C", sys.argv[2], "a@example.net"],
                           stdin=mail, stderr=theirs)
os.close(theirs)
print(code, os.read(ours, 4096).decode())
PY
  grep -q '^0 posthaste: kept in the queue as ' "$T/seen"
}

@test "with queue off nothing is kept, whatever -od says" {
  closed_port
  local letter
  for letter in i b q d; do
    submit "-od$letter" rcpt@example.net
    expect 75 TEMPFAIL
  done
  [ ! -e "$QUEUE" ]
}

@test "-odq and -odd keep, -odi tries first" {
  smarthost
  rc 'queue fallback'
  submit -odq a@example.net
  expect_kept
  submit -O DeliveryMode=d b@example.net
  expect 0 OK
  expect_waiting 2
  expect_untouched
  rc 'queue only'
  send -odi c@example.net
  expect_sent
  expect_waiting 2
}

@test "sendmail's name and -odq are enough" {
  closed_port 'queue fallback'
  ln -s "$POSTHASTE" "$T/sendmail"
  mkdir -p "$HOME/.config/posthaste"
  cp -p "$T/rc" "$HOME/.config/posthaste/posthasterc"
  "$T/sendmail" -odq -oi -f me@example.org rcpt@example.net <"$T/mail"
  expect_waiting 1
}

@test "queue always returns while the server does not answer" {
  smarthost --on 'greeting stall'
  rc 'queue always'
  submit rcpt@example.net
  expect_kept
  server_ends
  local n=0
  until [ -n "$(find "$QUEUE/notes" -type f)" ]; do # it was tried
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
}

@test "two messages within a second are both kept" {
  closed_port 'queue only'
  submit rcpt@example.net
  submit rcpt@example.net
  expect 0 OK
  expect_waiting 2
}

# becomes_empty: the queue is run in the background until nothing waits.
becomes_empty() {
  local n=0
  while [ -n "$(waiting)" ]; do
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
}

@test "a message does not overtake an earlier one to the same recipient" {
  smarthost
  rc 'queue fallback'
  submit -odq b@example.net
  submit a@example.net b@example.net
  expect 0 OK
  becomes_empty
  server_ends
  same "$(recipients 1)" b@example.net
  same "$(recipients 2)" 'a@example.net b@example.net'
}

@test "mail to others than those that wait is tried at once" {
  smarthost
  rc 'queue fallback'
  submit -odq b@example.net
  send c@example.net
  expect_sent
  expect_waiting 1
}

@test "queue always delivers in the background" {
  smarthost
  rc 'queue always'
  submit rcpt@example.net
  expect 0 OK
  becomes_empty
  server_ends
  same "$(recipients)" rcpt@example.net
}

@test "what is held holds nobody up" {
  smarthost
  rc 'queue fallback'
  submit -odq b@example.net
  sed -i 's/^state --/state h-/' "$(waiting)"
  send b@example.net
  expect_sent
}

@test "mail of another sender waits for nobody" {
  smarthost
  rc 'queue fallback'
  submit -odq b@example.net
  send -f you@example.org b@example.net
  expect_sent
}

@test "a full disk is told, and nothing is left of the message" {
  closed_port 'queue only'
  head -c 100000 /dev/zero | tr '\0' 'x' | fold >>"$T/mail"
  status=0
  output=$(ulimit -f 8 && "$POSTHASTE" -C "$T/rc" rcpt@example.net \
    <"$T/mail" 2>&1) || status=$?
  expect 73 CANTCREAT
  expect_output "$QUEUE: write the message to the queue: "
  same "$(find "$QUEUE" -type f)" ''
}

@test "what could neither be sent nor kept fails as it would have" {
  closed_port 'queue fallback' "logfile $T/log"
  ln -s "$T" "$T/link"
  submit --queue-dir "$T/link" rcpt@example.net
  expect 75 TEMPFAIL
  expect_output "posthaste: not kept in the queue: $T/link is a link"
  expect_output "port $PORT: "
  same "$(value exitcode)" EX_TEMPFAIL
  value errormsg | grep -q 'not kept in the queue'
  same "$(value queue)" ''
}

@test "a queue that cannot be used is no matter where the server is there" {
  smarthost
  rc 'queue fallback'
  ln -s "$T" "$T/link"
  send --queue-dir "$T/link" rcpt@example.net
  expect_sent
}

@test "a folder that others could change is no queue" {
  closed_port 'queue only'
  mkdir -m 777 "$T/open"
  ln -s "$T" "$T/link"
  submit --queue-dir "$T/open" rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/open is not this user's alone" "; chmod 700 $T/open"
  submit --queue-dir "$T/link" rcpt@example.net
  expect 73 CANTCREAT
  expect_one_line "$T/link is a link"
}

# homeless COMMAND: then a message is kept by who has no home, where
# /var/spool is the test's own.
homeless() {
  [ -d /var/spool ] && unshare -m true 2>/dev/null ||
    skip 'no name space can be made here'
  closed_port 'queue only'
  export T
  run unshare -m sh -c "mount -t tmpfs none /var/spool && $1 &&
    HOME=$T/missing '$POSTHASTE' -C '$T/rc' rcpt@example.net <'$T/mail' &&
    find /var/spool -path '*/$(id -u)/new/*' | wc -l"
}

@test "without a home the queue is the system's" {
  homeless 'mkdir -m 1777 /var/spool/posthaste'
  expect 0 OK
  same "$output" 1
}

@test "without a home and a place of the system's the reason is told" {
  homeless true
  expect 78 CONFIG
  expect_output /var/spool/posthaste
}

@test "in the sandbox a message is kept as well" {
  local sandbox
  for sandbox in on strict; do
    rm -rf "$QUEUE"
    smarthost --on 'end reply 451 later'
    rc 'queue fallback' "sandbox $sandbox" "logfile $T/log"
    send rcpt@example.net
    expect_kept
    same "$(value queue)" "$(basename "$(waiting)")"
  done
}

@test "a large message from a pipe is kept whole" {
  smarthost --on 'end reply 451 later'
  rc 'queue fallback'
  yes 'a line of the text' | head -n 30000 >>"$T/mail"
  cat "$T/mail" | "$POSTHASTE" -C "$T/rc" rcpt@example.net
  sed 's/\r$//' "$(waiting)" | tail -n 30000 |
    cmp - <(tail -n 30000 "$T/mail")
}

@test "what is wrong with the call is told and not kept" {
  closed_port 'queue fallback'
  submit
  expect 64 USAGE
  submit 'a@b@c'
  expect 65 DATAERR
  echo 'no_such_setting on' >>"$T/rc"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_waiting 0
}
