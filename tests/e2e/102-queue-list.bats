#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What waits is listed and shown, and can be held, released, tried and removed.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  QUEUE=$HOME/.local/state/posthaste/queue
}

teardown() { e2e_teardown; }

# keep [option ...] recipient ...: a message in the queue, for a server that is
# not there; sets ID.
keep() {
  local before
  before=$(ids)
  printf 'host localhost\nport 1\nfrom me@example.org\n' >"$T/rc"
  chmod 600 "$T/rc"
  submit --queue=only "$@"
  expect 0 OK
  ID=$(ids | grep -vxF -- "${before:-none}" || true)
}

ids() {
  ls "$QUEUE/new" 2>/dev/null || true
}

# entry STATE [LINE ...]: one as a file, by whoever writes such files; sets ID.
entry() {
  local state=$1 text=$'Subject: x\r\n\r\nhello\r\n'
  shift
  N=$((${N:-0} + 1))
  ID=20261122-100000-$(printf '%06d' "$N")-0123abcd
  mkdir -p -m 700 "$QUEUE" "$QUEUE/new"
  {
    printf 'posthaste-queue 1\nstate %s\narrived %d.000000\nsize %d\n' \
      "$state" "$(($(date +%s) - 7300))" "${#text}"
    printf '%s\n' "$@" ''
    printf '%s' "$text"
  } >"$QUEUE/new/$ID"
  chmod 600 "$QUEUE/new/$ID"
}

# note NAME LINE ...: beside it.
note() {
  mkdir -p -m 700 "$QUEUE/notes"
  printf '%s\n' "${@:2}" >"$QUEUE/notes/$1"
  chmod 600 "$QUEUE/notes/$1"
}

# queue FLAG ...: what it says on both, in output; the error in stderr.
queue() {
  run --separate-stderr "$POSTHASTE" "$@" </dev/null
  echo "$output"
  echo "$stderr"
}

# by_json EXPRESSION: of the list, in Python, as q.
by_json() {
  "$POSTHASTE" -bp --json >"$T/json"
  python3 -c 'import json, sys
q = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$T/json" "$1"
}

@test "no queue, and an empty one, are listed in sendmail's words" {
  queue -bp
  expect 0 OK
  same "$output$stderr" 'Mail queue is empty'
  [ ! -e "$QUEUE" ]
  keep you@example.net
  queue --queue-remove "$ID"
  expect 0 OK
  same "$output$stderr" ''
  queue -bp
  expect 0 OK
  same "$output$stderr" 'Mail queue is empty'
  queue -bp --json
  same "$output" \
    "{\"queue\":\"$QUEUE\",\"messages\":[],\"failed\":[],\"damaged\":[]}"
}

@test "who has seen enough of it is told of no error" {
  local i
  for i in {1..400}; do
    entry -- 'sender me@example.org' 'set host localhost' \
      "rcpt - $(printf 'a%.0s' {1..200})@example.net"
  done
  "$POSTHASTE" -bp 2>"$T/err" | sed 1q >"$T/out"
  "$POSTHASTE" --queue-show "$ID" 2>>"$T/err" | true
  [ ! -s "$T/err" ]
  grep -q '^ID ' "$T/out"
}

@test "mailq shows age, size, tries, sender, and who waits with the last reply" {
  entry -- 'sender me@example.org' 'set host localhost' 'rcpt - a@example.net' \
    'rcpt + b@example.net' 'rcpt - c@example.net' 'rcpt r d@example.net'
  note "$ID" 'tries 3' "next $(($(date +%s) + 3500))" \
    'rcpt 0 450 4.2.0 greylisted' 'said the line was lost'
  queue -bp
  expect 0 OK
  same "$stderr" ''
  same "$output" \
"ID                               AGE     SIZE      TRIES  NEXT TRY
$ID  2 h     21 B          3  in 59 min
    from me@example.org
    to   a@example.net: 450 4.2.0 greylisted
    to   c@example.net
    taken for 1, refused for 1
    the line was lost

1 message, 21 B"
}

@test "--json has exact times, and all that is known" {
  entry -- 'sender me@example.org' 'account work' 'rcpt - a@example.net' \
    'rcpt + b@example.net' 'original root'
  note "$ID" 'tries 3' "next $(($(date +%s) + 3500))" 'rcpt 0 450 4.2.0 greylisted'
  same "$(by_json 'q["messages"][0]["id"]')" "$ID"
  same "$(by_json 'q["messages"][0]["state"]')" waiting
  same "$(by_json 'q["messages"][0]["account"]')" work
  same "$(by_json 'q["messages"][0]["next"]')" \
    "$(TZ=UTC date -d "@$(sed -n 's/^next //p' "$QUEUE/notes/$ID")" +%FT%TZ)"
  same "$(by_json '7300 <= q["messages"][0]["age"] < 7400')" True
  same "$(by_json 'q["messages"][0]["recipients"]')" \
    "[{'address': 'a@example.net', 'state': 'waiting', 'said': '450 4.2.0 greylisted'}, {'address': 'b@example.net', 'original': 'root', 'state': 'taken'}]"
}

@test "a server that is not there is told at each of its messages" {
  keep a@example.net
  local first=$ID
  keep b@example.net
  run "$POSTHASTE" -q
  queue -bp
  expect 0 OK
  same "$(grep -c 'port 1: Connection refused' <<<"$output")" 2
  same "$(grep -c ' in [0-9]* \(s\|min\)$' <<<"$output")" 2
}

@test "a typo in the rc file is told where the mail is that waits for it" {
  keep you@example.net
  printf 'hots example.org\n' >>"$T/rc"
  queue -bp
  expect 0 OK
  same "$stderr" ''
  grep -F "$T/rc:4: " <<<"$output"
  same "$(by_json 'q["messages"][0]["said"]')" \
    "$T/rc:4: unknown setting \"hots\", did you mean \"host\"?"
}

@test "an rc file that is wrong hides no mail, but from what would change it" {
  keep you@example.net
  printf 'hots example.org\n' >"$HOME/.posthasterc"
  queue -bp
  expect 78 CONFIG
  expect_output "$ID"
  case $stderr in *"$HOME/.posthasterc:1: "*) ;; *) false ;; esac
  queue --queue-remove all
  expect 78 CONFIG
  same "$(ids)" "$ID"
  queue --queue-dir "$QUEUE" --queue-remove all
  expect 0 OK
  same "$(ids)" ''
}

@test "the queue is where the rc file says" {
  keep --queue-dir "$T/elsewhere" you@example.net
  printf 'host localhost\nqueue_dir %s\n' "$T/elsewhere" >"$HOME/.posthasterc"
  queue -bp
  expect 0 OK
  expect_output 'you@example.net'
  POSTHASTE_QUEUE_DIR=$T/nowhere queue -bp
  same "$output" 'Mail queue is empty'
}

@test "without a default account the queue is that of all" {
  printf 'defaults\nqueue_dir ~/q\naccount a\nhost localhost\nport 1\n' \
    >"$HOME/.posthasterc"
  run "$POSTHASTE" --queue=only -a a you@example.net <"$T/mail"
  expect 0 OK
  queue -bp
  expect 0 OK
  expect_output 'you@example.net'
  queue --queue-remove all
  expect 0 OK
  same "$(ls "$HOME/q/new")" ''
  printf 'account b\nhost localhost\nqueue_dir auto\n' >>"$HOME/.posthasterc"
  queue --queue-remove all
  expect 78 CONFIG
  [[ $stderr == *'no account "default"'*'; say by -a or --queue-dir which queue'* ]]
}

@test "a place that depends on the current folder is no queue" {
  printf 'host localhost\nqueue_dir queue\n' >"$HOME/.posthasterc"
  queue -bp
  expect 78 CONFIG
  [[ $stderr == *"$HOME/.posthasterc:2: queue_dir: \"queue\" is no"* ]]
  run "$POSTHASTE" --queue=only you@example.net <"$T/mail"
  expect 78 CONFIG
  run "$POSTHASTE" --queue-dir "${T#/}" -bp
  expect 0 OK
}

@test "no text of strangers reaches the terminal as it is, or makes a line wide" {
  local evil=$'\e[2J\e]0;x\a\x9b31m' i long=
  for i in {1..500}; do long+="word$i "; done
  entry -- 'sender me@example.org' "account $evil" 'set host localhost' \
    "rcpt - j$'\xc3\xb6'rg@example.net"
  note "$ID" 'tries 1' "said 450 $evil $long" "rcpt 0 450 $evil"
  queue -bp
  expect 0 OK
  ! grep -aq $'[\x01-\x09\x0b-\x1f\x7f]' <<<"$output" || return 1
  python3 -c 'import sys; sys.stdin.buffer.read().decode()' <<<"$output"
  expect_output 'account \x1b[2J\x1b]0;x\x07\x9b31m)'
  [ "$(LC_ALL=C.UTF-8 awk 'length > 79' <<<"$output" | wc -l)" -le 1 ]
  same "$(by_json '[c for c in open(sys.argv[1]).read() if ord(c) < 32]')" "['\\n']"
  queue --queue-show "$ID"
  ! grep -aq $'[\x01-\x09\x0b-\x1f\x7f]' <<<"$output"
}

@test "what is damaged is listed with the reason, and can be shown and removed" {
  keep you@example.net
  local good=$ID
  entry -- 'sender me@example.org' 'rcpt ? a@example.net'
  queue -bp
  expect 0 OK
  expect_output "Damaged; "
  expect_output 'line 6 makes no sense'
  expect_output '1 message, '
  expect_output '; 1 damaged'
  local broken=$ID
  entry -- 'sender me@example.org' 'rcpt - a@example.net'
  printf more >>"$QUEUE/new/$ID"
  queue -bp
  expect_output 'octets, not 21'
  expect_output '; 2 damaged'
  queue --queue-show "$ID"
  expect 0 OK
  expect_output 'posthaste-queue 1'
  queue --queue-remove "$ID"
  expect 0 OK
  ID=$broken
  run "$POSTHASTE" -q
  [ -e "$QUEUE/damaged/$ID" ]
  queue -bp
  expect_output 'line 6 makes no sense'
  same "$(by_json 'q["damaged"][0]["id"]')" "$ID"
  same "$(by_json 'q["damaged"][0]["why"]')" 'line 6 makes no sense'
  queue --queue-show "$ID"
  expect 0 OK
  expect_output 'state:    damaged: line 6 makes no sense'
  expect_output 'rcpt ? a@example.net'
  queue --queue-remove "$ID"
  expect 0 OK
  same "$(ls "$QUEUE/damaged")" ''
  same "$(ids)" "$good"
}

@test "what failed is listed, shown and removed, but not tried" {
  keep -f '' you@example.net
  mv "$QUEUE/new/$ID" "$QUEUE/failed/$ID"
  queue -bp
  expect 0 OK
  expect_output 'Failed, and nobody could be told'
  expect_output 'from <>'
  same "$(by_json 'q["failed"][0]["state"]')" failed
  queue --queue-hold "$ID"
  expect 66 NOINPUT
  queue --queue-show "$ID"
  expect 0 OK
  expect_output 'failed, and nobody could be told'
  queue --queue-remove all
  expect 0 OK
  same "$(ls "$QUEUE/failed")" ''
}

@test "--queue-show has the envelope in words, an empty line, and the message" {
  keep -F 'A B' you@example.net other@example.net
  queue --queue-show "${ID: -8}"
  expect 0 OK
  same "$stderr" ''
  expect_output "id:       $ID"
  expect_output 'state:    waiting, next try now'
  expect_output 'tries:    0'
  expect_output 'from:     me@example.org'
  expect_output 'to:       you@example.net: waiting'
  expect_output 'to:       other@example.net: waiting'
  sed '1,/^$/d' <<<"$output" >"$T/shown"
  sed '1,/^$/d' "$QUEUE/new/$ID" | tr -d '\r' | diff - "$T/shown"
}

@test "on a terminal the message's own control characters are made visible" {
  printf 'Subject: x\n\nred \033[31m\ttab\n' >"$T/mail"
  keep you@example.net
  queue --queue-show "$ID"
  expect_output $'red \e[31m\ttab'
  timeout -s KILL 60 python3 "$BATS_TEST_DIRNAME/../lib/terminal.py" \
    "$T/seen" 'wait' "$POSTHASTE" --queue-show "$ID" </dev/null
  grep -aF 'red \x1b[31m' "$T/seen"
  ! grep -aq $'\e' "$T/seen"
}

@test "who is held is not tried until it is released" {
  smarthost
  rc
  submit --queue=only you@example.net
  ID=$(ids)
  queue --queue-hold "$ID"
  expect 0 OK
  same "$output$stderr" ''
  queue -bp
  expect_output '  held'
  run "$POSTHASTE" -q
  expect_untouched
  queue --queue-retry "$ID"
  expect 75 TEMPFAIL
  same "$stderr" \
    "posthaste: $ID is held; --queue-release lets it be tried"
  expect_untouched
  queue --queue-release "$ID"
  expect 0 OK
  queue --queue-retry "$ID"
  server_ends
  expect 0 OK
  same "$output$stderr" ''
  same "$(ids)" ''
  [ -s "$T/store/1.eml" ]
}

@test "--queue-retry tries what is not due yet" {
  smarthost
  rc
  submit --queue=only you@example.net
  ID=$(ids)
  note "$ID" 'tries 3' "next $(($(date +%s) + 3500))"
  run "$POSTHASTE" -q
  expect_untouched
  queue --queue-retry all
  server_ends
  expect 0 OK
  same "$(ids)" ''
}

@test "--queue-retry says what is still not delivered" {
  keep you@example.net
  queue --queue-retry "$ID"
  expect 75 TEMPFAIL
  case $stderr in *'port 1: Connection refused'*) ;; *) false ;; esac
  same "$(ids)" "$ID"
}

@test "a part of an id is enough if no other has it; else they are named" {
  keep a@example.net
  local first=$ID
  keep b@example.net
  queue --queue-remove "${first: -8}" 2026
  expect 64 USAGE
  case $stderr in *"$first"*"$ID"*'"2026" is in the ids of 2 messages'*) ;; *) false ;; esac
  same "$(ids | wc -l)" 2
  queue --queue-hold "${first: -8}" "$ID"
  expect 0 OK
  same "$(by_json '[m["state"] for m in q["messages"]]')" "['held', 'held']"
  queue --queue-remove "${first: -8}"
  expect 0 OK
  same "$(ids)" "$ID"
  queue --queue-remove "$first" "$ID"
  expect 66 NOINPUT
  case $stderr in *"\"$first\""*'mailq lists them'*) ;; *) false ;; esac
  same "$(ids)" "$ID"
}

@test "all of them are held, released and removed, but not shown" {
  keep a@example.net
  keep b@example.net
  queue --queue-hold all
  expect 0 OK
  same "$(by_json '[m["state"] for m in q["messages"]]')" "['held', 'held']"
  queue --queue-show all
  expect 64 USAGE
  queue --queue-release all
  same "$(by_json '[m["state"] for m in q["messages"]]')" \
    "['waiting', 'waiting']"
  queue --queue-remove all
  expect 0 OK
  same "$output$stderr" ''
  same "$(ids)" ''
  same "$(ls "$QUEUE/notes")" ''
}

@test "what is being tried is shown so, and left alone" {
  keep you@example.net
  exec 8<"$QUEUE/new/$ID"
  flock 8
  queue -bp
  expect 0 OK
  expect_output 'being tried'
  same "$(by_json 'q["messages"][0]["state"]')" trying
  for flag in remove hold release; do
    queue --queue-$flag "$ID"
    expect 75 TEMPFAIL
    case $stderr in *'being tried right now'*) ;; *) false ;; esac
  done
  exec 8<&-
  same "$(ids)" "$ID"
}
