#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A run over the queue: what waits is delivered.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  QUEUE=$HOME/.local/state/posthaste/queue
  OTHER_PID=
  umask 022
}

teardown() {
  [ -z "$OTHER_PID" ] || kill "$OTHER_PID" 2>/dev/null || true
  e2e_teardown
}

# keep N [option ...]: messages N to 1 you@example.net, "Subject: N", wait.
keep() {
  printf 'Subject: %s\n\nHello.\n' "$1" >"$T/mail"
  shift
  submit --queue=only "$@" you@example.net
  expect 0 OK
}

# keep_many N: the subjects are 1001 to 1000 + N, each to somebody else.
keep_many() {
  local first n
  keep 1001
  first=$(ls "$QUEUE/new")
  for ((n = 2; n <= $1; n++)); do
    sed "s/^Subject: 1001/Subject: $((1000 + n))/
      s/^rcpt - you@/rcpt - you+$n@/" "$QUEUE/new/$first" \
      >"$QUEUE/new/$(printf '20990101-000000-%06d-00000000' "$n")"
  done
  chmod 600 "$QUEUE/new"/*
}

# flush [option ...]: a run; sets status and output.
flush() {
  status=0
  timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" "${@:--q}" >"$T/out" \
    2>"$T/err" </dev/null 3>&- || status=$?
  output=$(cat "$T/err")
  [ ! -s "$T/out" ]
}

waiting() {
  ls "$QUEUE/new"
}

# expect_waiting N
expect_waiting() {
  same "$(waiting | wc -l)" "$1"
}

# subjects: of what the server has, in its order.
subjects() {
  local n=1
  while [ -e "$T/store/$n.eml" ]; do
    sed -n 's/^Subject: \([^\r]*\)\r*$/\1/p' "$T/store/$n.eml"
    n=$((n + 1))
  done | paste -sd ' '
}

# connections: how many there were.
connections() {
  grep -c '^-- connection' "$T/dialogue" || true
}

# server_note: of the only server.
server_note() {
  cat "$QUEUE"/notes/host-*
}

@test "where nothing waits, -q is silent and makes nothing" {
  smarthost
  rc
  flush
  expect 0 OK
  same "$output" ''
  [ ! -e "$QUEUE" ]
  keep 1
  rm "$QUEUE"/new/*
  flush
  expect 0 OK
  same "$output" ''
  expect_untouched
}

@test "30 messages take one connection, one login, one round trip each" {
  smarthost_tls starttls --caps PIPELINING,CHUNKING,8BITMIME,SIZE
  rc_login "logfile $T/log"
  keep_many 30
  flush
  server_ends
  expect 0 OK
  same "$output" ''
  expect_waiting 0
  same "$(subjects)" "$(seq -s ' ' 1001 1030)"
  same "$(connections)" 1
  same "$(grep -c '^C: AUTH' "$T/dialogue")" 1
  same "$(grep -c '^C: RSET' "$T/dialogue")" 0
  grep -q '^session=1 groups=3[0-9] ' "$T/counts" || {
    cat "$T/counts"
    return 1
  }
  same "$(grep -c 'queue=.*exitcode=EX_OK' "$T/log")" 30
  grep -q ' queue=2099.*-000030-.* exitcode=EX_OK' "$T/log"
}

@test "queue_per_connection is the most on one connection" {
  smarthost
  rc 'queue_per_connection 4'
  keep_many 10
  flush
  server_ends
  expect 0 OK
  same "$(subjects)" "$(seq -s ' ' 1001 1010)"
  same "$(connections)" 3
}

@test "a server that has had enough is connected to once more" {
  smarthost --on '1:mail#3 reply-drop 421 4.7.0 enough'
  rc
  keep_many 5
  flush
  server_ends
  expect 0 OK
  same "$output" ''
  same "$(subjects)" "$(seq -s ' ' 1001 1005)"
  same "$(connections)" 2
}

@test "a server that is down is tried once a run, and more and more seldom" {
  smarthost --on 'greeting reply-drop 421 4.3.2 down'
  rc "logfile $T/log" 'queue_retry_min 1m'
  keep_many 40
  : >"$T/log"
  flush
  expect 75 TEMPFAIL
  expect_one_line '40 messages wait: ' 'localhost:' '421 4.3.2 down'
  same "$(wc -l <"$T/log")" 1
  grep -q "40 messages wait: .*exitcode=EX_TEMPFAIL" "$T/log"
  same "$(ls "$QUEUE/notes")" "$(cd "$QUEUE/notes" && echo host-*)"
  server_note | grep -q '^tries 1$'
  server_note | grep -q '421 4.3.2 down'
  first=$(server_note | sed -n 's/^next //p')
  # its time has not come: nothing is tried or told
  flush
  expect 0 OK
  same "$output" ''
  same "$(connections)" 1
  # by name it is tried all the same
  flush -qSme@
  expect 75 TEMPFAIL
  same "$(connections)" 2
  same "$(wc -l <"$T/log")" 2
  server_note | grep -q '^tries 2$'
  [ "$(server_note | sed -n 's/^next //p')" -gt "$first" ]
  expect_waiting 40
}

@test "a server that serves again is forgotten to have failed" {
  smarthost --on '1:greeting reply-drop 421 4.3.2 down'
  rc
  keep 1
  flush
  expect 75 TEMPFAIL
  expect_output 'a message waits: '
  flush -qS me
  server_ends
  expect 0 OK
  expect_waiting 0
  same "$(ls "$QUEUE/notes")" ''
}

@test "what was taken is not sent again, though the server hangs up behind it" {
  smarthost --on 'end reply-drop 250 2.0.0 taken'
  rc
  keep_many 3
  flush
  expect 0 OK
  flush
  server_ends
  same "$output" ''
  expect_waiting 0
  same "$(connections)" 3
  same "$(grep -c '^C: MAIL' "$T/dialogue")" 3
}

@test "three connections lost in a row end the run of that server" {
  smarthost --caps PIPELINING --on 'data drop'
  rc
  keep_many 10
  flush
  server_ends
  expect 75 TEMPFAIL
  same "$(connections)" 3
  expect_output '8 messages wait: '
  server_note | grep -q '^tries 1$'
  expect_waiting 10
}

@test "messages that a server cannot bear do not hold up others for ever" {
  smarthost --caps PIPELINING --on 'rcpt=you@example.net drop' \
    --on 'rcpt=you+2@example.net drop' --on 'rcpt=you+3@example.net drop'
  rc
  keep_many 6
  flush
  expect 75 TEMPFAIL
  expect_waiting 6
  flush -qSme
  server_ends
  expect 75 TEMPFAIL
  same "$(subjects)" '1004 1005 1006'
  expect_waiting 3
}

@test "a connection that is full is left with QUIT" {
  smarthost --caps 'PIPELINING,LIMITS MAILMAX=2'
  rc
  keep_many 4
  flush
  server_ends
  expect 0 OK
  same "$(subjects)" "$(seq -s ' ' 1001 1004)"
  same "$(connections)" 2
  same "$(grep -c '^C: QUIT' "$T/dialogue")" 2
}

@test "two runs at once deliver each message once" {
  smarthost --on 'mail sleep 20'
  rc
  keep_many 15
  "$POSTHASTE" -C "$T/rc" -q 3>&- &
  first=$!
  flush
  expect 0 OK
  # one that is told what to do waits for who is at it
  flush -qS me
  expect 0 OK
  wait "$first"
  server_ends
  expect_waiting 0
  same "$(subjects)" "$(seq -s ' ' 1001 1015)"
}

@test "a server that hangs delays its own mail only" {
  smarthost --on 'greeting stall'
  OTHER_PID=$SERVER_PID
  stuck=$PORT
  smarthost
  rc
  keep 1 --port "$stuck"
  keep 2
  "$POSTHASTE" -C "$T/rc" -q 2>"$T/err" 3>&- &
  runner=$!
  await test -e "$T/store/1.eml"
  same "$(subjects)" 2
  kill -0 "$runner"
  kill "$OTHER_PID"
  status=0
  wait "$runner" || status=$?
  same "$status" 75
  grep -q "a message waits: .*localhost:$stuck" "$T/err"
  expect_waiting 1
}

@test "a process that dies leaves its mail, and is told" {
  smarthost --on 'greeting stall'
  rc
  keep 1
  "$POSTHASTE" -C "$T/rc" -q 2>"$T/err" 3>&- &
  runner=$!
  await grep -q '^-- connection' "$T/dialogue"
  kill -9 "$(ps -o pid= --ppid "$runner" | tr -d ' ')"
  status=0
  wait "$runner" || status=$?
  same "$status" 75
  grep -q 'was ended by signal 9' "$T/err"
  expect_waiting 1
}

@test "a wrong password keeps the mail and says so" {
  smarthost_tls starttls
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'password wrong' "logfile $T/log"
  keep_many 3
  : >"$T/log"
  flush
  expect 75 TEMPFAIL
  expect_one_line '3 messages wait: ' '535 '
  expect_waiting 3
  server_note | grep -q '^said .*535 '
  same "$(wc -l <"$T/log")" 1
  grep -q ' tls=on auth=on .*exitcode=EX_NOPERM' "$T/log"
  rc_login
  flush -qS me
  server_ends
  expect 0 OK
  same "$(subjects)" '1001 1002 1003'
  same "$(grep -c '^C: AUTH' "$T/dialogue")" 2
}

@test "a certificate that is refused keeps the mail" {
  smarthost_tls starttls
  rc 'user me@example.org' 'password "sec ret"'
  keep 1
  flush
  expect 75 TEMPFAIL
  expect_output 'certificate'
  expect_waiting 1
  rc_login
  flush -qS me
  server_ends
  expect 0 OK
  expect_waiting 0
}

@test "a fault in the rc file keeps the mail, and is told" {
  smarthost
  rc
  keep_many 2
  echo 'hots localhost' >>"$T/rc"
  flush
  expect 75 TEMPFAIL
  expect_output '2 messages wait: '
  expect_output 'hots'
  expect_waiting 2
  expect_untouched
  rc
  flush
  server_ends
  expect 0 OK
  same "$output" ''
  expect_waiting 0
}

@test "a fault in the user's own rc file is told once" {
  printf 'host localhost\nport 1\n' >"$HOME/.posthasterc"
  "$POSTHASTE" --queue=only you@example.net <"$T/mail"
  echo 'hots localhost' >>"$HOME/.posthasterc"
  run "$POSTHASTE" -q
  expect 75 TEMPFAIL
  same "${#lines[@]}" 1
  expect_output 'a message waits: '
  run "$POSTHASTE" -q
  expect 0 OK
  same "$output" ''
  "$POSTHASTE" --queue-dir "$QUEUE" --queue-remove all
  run "$POSTHASTE" -q
  expect 0 OK
  same "${#lines[@]}" 1
  expect_output 'hots'
}

@test "a fault in an rc file is told once until its time has come, or another" {
  smarthost
  rc
  cp "$T/rc" "$T/other"
  keep 1 -C "$T/other"
  echo 'hots localhost' >>"$T/other"
  flush
  expect 75 TEMPFAIL
  expect_one_line 'a message waits: ' 'hots'
  flush
  expect 0 OK
  same "$output" ''
  flush -qSme
  expect 75 TEMPFAIL
  expect_one_line 'hots'
  sed -i 's/hots/prot/' "$T/other"
  flush
  expect 75 TEMPFAIL
  expect_one_line 'prot'
  # that its time comes is noted
  sed -i 's/^next .*/next 1/' "$QUEUE"/notes/lane-*
  flush
  expect 75 TEMPFAIL
  expect_one_line 'prot'
  cp "$T/rc" "$T/other"
  flush
  server_ends
  expect 0 OK
  same "$output" ''
  expect_waiting 0
  same "$(ls "$QUEUE/notes")" ''
}

@test "a message that is put off does not hold up others, but its like" {
  smarthost --on '1:rcpt=you@example.net reply 450 4.2.0 greylisted'
  rc
  keep 1
  keep 2
  printf 'Subject: 3\n\nHello.\n' >"$T/mail"
  submit --queue=only her@example.net
  flush
  expect 75 TEMPFAIL
  expect_one_line '450 4.2.0 greylisted'
  same "$(subjects)" 3
  same "$(connections)" 1
  first=$(waiting | head -n 1)
  grep -q '^tries 1$' "$QUEUE/notes/$first"
  grep -q '^rcpt 0 450 4.2.0 greylisted$' "$QUEUE/notes/$first"
  same "$(ls "$QUEUE/notes")" "$first"
  # not due yet, and the other waits behind it
  flush
  expect 0 OK
  same "$(connections)" 1
  flush -qR you@
  server_ends
  expect 0 OK
  same "$(subjects)" '3 1 2'
  same "$(ls "$QUEUE/notes")" ''
}

@test "who got it does not get it again" {
  smarthost --on '1:rcpt=b@example.net reply 451 4.3.0 not now'
  rc
  submit --queue=only a@example.net b@example.net c@example.net
  flush
  expect 75 TEMPFAIL
  expect_output 'b@example.net'
  same "$(recipients 1)" 'a@example.net c@example.net'
  sed '/^$/q' "$QUEUE"/new/* | grep -Fxq 'rcpt + a@example.net'
  sed '/^$/q' "$QUEUE"/new/* | grep -Fxq 'rcpt - b@example.net'
  flush -qR B@EXAMPLE
  server_ends
  expect 0 OK
  same "$(recipients 2)" 'b@example.net'
  expect_waiting 0
}

# taken N: so many are noted to have got it.
taken() {
  [ "$(cat "$QUEUE"/new/* | grep -c '^rcpt +')" -eq "$1" ]
}

@test "who got it is noted before the server is asked for the next ones" {
  smarthost --rcpt-limit 2 --on 'mail#3 stall'
  rc
  keep 1 1@example.net 2@example.net 3@example.net 4@example.net
  "$POSTHASTE" -C "$T/rc" -q 2>/dev/null 3>&- &
  OTHER_PID=$!
  await taken 4
}

@test "an outcome that nobody knows is tried again, and said so" {
  smarthost --on '1:end drop'
  rc
  keep 1
  flush
  expect 75 TEMPFAIL
  expect_output 'may have been delivered'
  grep -q 'may have been delivered' "$QUEUE"/notes/2*
  flush -qI -
  server_ends
  expect 0 OK
  expect_waiting 0
}

@test "a series arrives in order, though runs race" {
  smarthost --on 'mail sleep 5'
  rc
  pids=()
  for n in 1 2 3 4 5 6 7 8; do
    keep "$n"
    "$POSTHASTE" -C "$T/rc" -q 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid"
  done
  server_ends
  expect_waiting 0
  same "$(subjects)" '1 2 3 4 5 6 7 8'
}

@test "-qI, -qR and -qS choose by a part, due or not" {
  smarthost
  rc
  keep 1
  keep 2 -f Other@example.org
  keep 3
  id=$(waiting | tail -n 1)
  flush -qS oTHER@
  expect 0 OK
  same "$(subjects)" 2
  flush -qI "${id#*-}"
  expect 0 OK
  same "$(subjects)" '2 3'
  flush -qR nobody
  expect 0 OK
  same "$(subjects)" '2 3'
  flush -qR YOU@
  server_ends
  same "$(subjects)" '2 3 1'
}

@test "what is held is passed over" {
  smarthost
  rc
  keep 1
  keep 2
  first=$(waiting | head -n 1)
  sed -i 's/^state --/state h-/' "$QUEUE/new/$first"
  chmod 600 "$QUEUE/new/$first"
  flush
  expect 0 OK
  flush -qS me
  expect 0 OK
  server_ends
  same "$(waiting)" "$first"
  same "$(subjects)" 2
}

@test "what makes no sense is set aside, and the run goes on" {
  smarthost
  rc
  keep 1
  for id in 20200101-000000-000001-00000000 20990101-000000-000001-00000000
  do
    echo nonsense >"$QUEUE/new/$id"
    chmod 600 "$QUEUE/new/$id"
  done
  flush
  server_ends
  expect 0 OK
  expect_output '20200101-000000-000001-00000000: set aside in '
  expect_output '20990101-000000-000001-00000000: set aside in '
  same "$(subjects)" 1
  expect_waiting 0
  grep -q . "$QUEUE/damaged/20200101-000000-000001-00000000.why"
}

@test "a strict sandbox has room for a run" {
  smarthost --on '1:mail#3 reply-drop 421 4.7.0 enough' \
    --on '1:rcpt#2 reply 550 5.1.1 no such user'
  rc 'sandbox strict' "logfile $T/log"
  keep_many 4
  flush
  [ "$status" -ne 69 ] || [ "${output/sandbox/}" = "$output" ] ||
    skip 'this kernel cannot do all that "strict" promises'
  server_ends
  expect 0 OK
  expect_waiting 0
  # the second is refused; its sender hears of it by the same connections
  same "$(grep -c 'MAIL FROM:<>' "$T/dialogue")" 1
  same "$(connections)" 2
  same "$(grep -c 'exitcode=EX_NOUSER' "$T/log")" 1
}

@test "-q1s goes on until it is told to end, whatever its caller ignores" {
  smarthost
  rc
  keep 1
  env --ignore-signal=CHLD "$POSTHASTE" -C "$T/rc" -q1s 2>"$T/err" 3>&- &
  OTHER_PID=$!
  await test -e "$T/store/1.eml"
  keep 2
  await test -e "$T/store/2.eml"
  kill "$OTHER_PID"
  wait "$OTHER_PID"
  OTHER_PID=
  same "$(cat "$T/err")" ''
  expect_waiting 0
}

@test "SIGTERM ends -q15m behind the message that is on its way" {
  smarthost --on 'mail sleep 500'
  rc
  keep_many 2
  "$POSTHASTE" -C "$T/rc" -q15m 2>"$T/err" 3>&- &
  OTHER_PID=$!
  await grep -q '^C: MAIL' "$T/dialogue"
  kill "$OTHER_PID"
  wait "$OTHER_PID"
  OTHER_PID=
  server_ends
  same "$(subjects)" 1001
  expect_waiting 1
}

# memory_has PID TEXT: what is in the memory of its own, which root may read.
memory_has() {
  python3 - "$1" "$2" <<'PY'
import sys
memory = open('/proc/%s/mem' % sys.argv[1], 'rb', 0)
for line in open('/proc/%s/maps' % sys.argv[1]):
    where, rights = line.split()[:2]
    start, end = (int(n, 16) for n in where.split('-'))
    if rights.startswith('rw') and '[v' not in line:
        memory.seek(start)
        if sys.argv[2].encode() in memory.read(end - start):
            sys.exit(0)
sys.exit(1)
PY
}

@test "between two runs, and for whoever leads one, there is no password" {
  [ "$(id -u)" -eq 0 ] || skip 'for root only, who can look'
  ! ldd "$POSTHASTE" | grep -q 'lib[a-z]*asan' ||
    skip 'the address sanitizer has more memory than can be looked through'
  smarthost_tls starttls --on 'mail stall'
  rc_login
  keep 1
  "$POSTHASTE" -C "$T/rc" -q15m 2>"$T/err" 3>&- &
  OTHER_PID=$!
  await grep -q '^C: MAIL' "$T/dialogue"
  local runner lane
  runner=$(ps -o pid= --ppid "$OTHER_PID" | tr -d ' ')
  lane=$(ps -o pid= --ppid "$runner" | tr -d ' ')
  memory_has "$lane" 'sec ret'
  ! memory_has "$runner" 'sec ret' || return 1
  ! memory_has "$OTHER_PID" 'sec ret' || return 1
  kill -KILL "$lane" "$OTHER_PID"
}

@test "at a terminal it is said what waits for later" {
  smarthost --on '1:rcpt reply 450 4.2.0 greylisted'
  rc
  keep 1
  flush
  expect 75 TEMPFAIL
  timeout -s KILL 30 python3 "$BATS_TEST_DIRNAME/../lib/terminal.py" \
    "$T/seen" wait "$POSTHASTE" -C "$T/rc" -q </dev/null 3>&-
  grep -q '1 message waits for a later time, the next from .* on; --queue-retry all' \
    "$T/seen"
}

@test "without a default account, -q has nothing to complain of" {
  smarthost
  printf 'account a\nhost localhost\nport %s\nfrom me@example.org\n' "$PORT" \
    >"$T/rc"
  chmod 600 "$T/rc"
  keep 1 -a a
  flush
  server_ends
  expect 0 OK
  same "$output" ''
  same "$(subjects)" 1
}

# is_idle: nothing is at work on this test's queue any more.
is_idle() {
  ! grep -lsF -- "$T/rc" /proc/[0-9]*/cmdline
}

@test "what is kept first arrives in order, by one connection or few" {
  smarthost --on 'mail sleep 30'
  rc 'queue always'
  for n in 1 2 3 4 5 6 7 8; do
    keep "$n" --queue=always
  done
  await is_idle
  server_ends
  expect_waiting 0
  same "$(subjects)" '1 2 3 4 5 6 7 8'
}

# at_work N: so many processes are at work on this test's queue.
at_work() {
  grep -lsF -- "$T/rc" /proc/[0-9]*/cmdline >"$T/work" || true
  [ "$(wc -l <"$T/work")" -eq "$1" ]
}

# is_awaited FILE: somebody waits for its lock.
is_awaited() {
  grep -q -- "-> FLOCK .*:$(stat -c %i "$1") " /proc/locks
}

@test "whoever has the line, one waits behind, and so nothing is forgotten" {
  smarthost
  rc 'queue always'
  keep 1 --queue=always
  await is_idle
  lane=$(ls "$QUEUE"/locks/*)
  exec 4<"$lane"
  flock 4
  keep 2 --queue=always
  await is_awaited "$lane"
  keep 3 --queue=always
  keep 4 --queue=always
  await at_work 1
  is_awaited "$lane"
  submit --queue-remove "$(ls "$QUEUE/new" | head -n 1)"
  expect 0 OK
  exec 4<&-
  await is_idle
  server_ends
  same "$(subjects)" '1 3 4'
  expect_waiting 0
}

@test "many calls do not ask a server that is down many times" {
  smarthost --on 'greeting reply-drop 421 4.3.2 down'
  rc 'queue always' "logfile $T/log"
  for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
    keep "$n" --queue=always
  done
  await is_idle
  server_ends
  expect_waiting 12
  same "$(connections)" 1
  same "$(grep -cE 'messages? waits?: ' "$T/log")" 1
}
