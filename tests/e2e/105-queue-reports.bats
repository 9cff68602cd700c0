#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What could not be delivered is told to its sender, once.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  QUEUE=$HOME/.local/state/posthaste/queue
}

teardown() { e2e_teardown; }

# keep [option ...] RECIPIENT ...: $T/mail waits for them.
keep() {
  submit --queue=only "$@"
  expect 0 OK
  same "$output" ''
}

# flush [option]: a run; sets status and output.
flush() {
  status=0
  timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" "${1:--q}" >"$T/out" \
    2>"$T/err" </dev/null 3>&- || status=$?
  output=$(cat "$T/err")
}

# age SECONDS: all that waits has waited for so long.
age() {
  sed -i "s/^arrived .*/arrived $(($(date +%s) - $1)).000000/" "$QUEUE"/new/*
  chmod 600 "$QUEUE"/new/*
}

# tried N: so often, it or its server.
tried() {
  sed -i "s/^tries .*/tries $1/" "$QUEUE"/notes/2* "$QUEUE"/notes/host-* \
    2>/dev/null || true
}

# expect_in PLACE N: so many files are there.
expect_in() {
  same "$(find "$QUEUE/$1" -type f | wc -l)" "$2"
}

# senders: of the messages that the server was asked to take.
senders() {
  sed -n 's/^C: MAIL FROM:\(<[^>]*>\).*/\1/p' "$T/dialogue" | paste -sd ' '
}

# report N: message N is a report; sets output to what is in it.
report() {
  output=$(python3 "$BATS_TEST_DIRNAME/../lib/report.py" "$T/store/$1.eml")
}

# expect_lines LINE ...: each is a line of the output.
expect_lines() {
  local line
  for line; do
    grep -Fxq -- "$line" <<<"$output" ||
      { printf 'no line: %s\n%s\n' "$line" "$output" && return 1; }
  done
}

@test "a message that is refused, and then its report: one report, kept in failed/" {
  smarthost --on 'rcpt reply 550 5.1.1 no such user'
  rc
  keep you@example.net
  flush
  expect 0 OK
  expect_one_line 'nobody could be told'
  flush
  same "$output" ''
  server_ends
  same "$(senders)" '<me@example.org> <>'
  expect_in new 0
  expect_in failed 1
  "$POSTHASTE" -C "$T/rc" -bp >"$T/list" 3>&-
  grep -q 'from <>' "$T/list"
  grep -q 'to   me@example.org: 550 5.1.1 no such user' "$T/list"
}

@test "mail from nobody that is refused is kept in failed/, and told to nobody" {
  smarthost --on 'rcpt reply 550 5.1.1 no such user'
  rc
  keep -f '<>' you@example.net
  flush
  server_ends
  same "$(senders)" '<>'
  expect_in new 0
  expect_in failed 1
}

@test "a report has its three parts, for those alone who were refused" {
  smarthost --caps PIPELINING,ENHANCEDSTATUSCODES \
    --on 'rcpt=b@example.net reply 550 5.1.1 no such user' \
    --on 'rcpt=c@example.net reply 451 4.2.0 later' \
    --on 'rcpt=d@example.net reply 554 rejected'
  rc "logfile $T/log" 'domain host.example.org'
  keep -V my=id a@example.net b@example.net c@example.net d@example.net
  : >"$T/log"
  flush
  expect 75 TEMPFAIL
  server_ends
  same "$(senders)" '<me@example.org> <>'
  same "$(recipients 1)" 'a@example.net'
  same "$(recipients 2)" 'me@example.org'
  id=$(ls "$QUEUE/new")
  report 2
  expect_lines 'From: Mail Delivery System <MAILER-DAEMON@host.example.org>' \
    'To: me@example.org' 'Subject: Undelivered Mail Returned to Sender' \
    text/plain message/delivery-status text/rfc822-headers \
    '<b@example.net>' '    localhost said: 550 5.1.1 no such user' \
    'Original-Envelope-Id: my=id' 'Reporting-MTA: dns; host.example.org' \
    'Final-Recipient: rfc822; b@example.net' 'Status: 5.1.1' \
    'Diagnostic-Code: smtp; 550 5.1.1 no such user' \
    'Final-Recipient: rfc822; d@example.net' 'Status: 5.0.0' \
    'Diagnostic-Code: smtp; 554 rejected' "Final-Log-ID: $id" \
    'Subject: hello'
  same "$(grep -c '^Action: failed$' <<<"$output")" 2
  refute_output 'c@example.net'
  refute_output 'Hello.'
  grep -q "^rcpt - c@" "$QUEUE/new/$id"
  same "$(grep -c '^rcpt r ' "$QUEUE/new/$id")" 2
  same "$(sed -n 's/.*exitcode=//p' "$T/log" | paste -sd ' ')" 'EX_NOUSER EX_OK'
}

@test "dsn_return full gives back the message, 8-bit text and all" {
  smarthost --caps PIPELINING --on '1:rcpt#1 reply 550 5.1.1 no such user'
  rc 'dsn_return full'
  printf '%s\n' 'Subject: hello' 'MIME-Version: 1.0' \
    'Content-Type: text/plain; charset=utf-8' \
    'Content-Transfer-Encoding: 8bit' '' 'Grüße' >"$T/mail"
  keep you@example.net
  flush
  server_ends
  expect 0 OK
  ! grep -q '[^ -~]' <(tr -d '\r' <"$T/store/1.eml") || return 1
  report 1
  expect_lines hello Grüße
}

@test "with SMTPUTF8 the report has the addresses as they are" {
  smarthost --caps PIPELINING,8BITMIME,SMTPUTF8 \
    --on '1:rcpt#1 reply 550 5.1.1 no such user'
  rc
  keep -f jö@example.org zoë@example.net
  flush
  server_ends
  expect 0 OK
  grep -Fq 'MAIL FROM:<> BODY=8BITMIME SMTPUTF8' "$T/store/1.env"
  report 1
  expect_lines 'To: jö@example.org' message/global-delivery-status \
    '<zoë@example.net>' 'Final-Recipient: utf-8; zoë@example.net'
}

@test "a report asks for no report, and for nothing that would keep it back" {
  smarthost --caps PIPELINING,DSN,DELIVERBY,FUTURERELEASE \
    --on 'rcpt=you@example.net reply 550 5.1.1 no such user'
  rc 'dsn_notify success,failure' 'dsn_return headers' 'deliver_by 1h' \
    'hold_for 1h'
  keep -V id you@example.net
  flush
  server_ends
  expect 0 OK
  grep -q '^C: MAIL FROM:<me@example.org> .*RET=HDRS' "$T/dialogue"
  grep -q '^C: RCPT TO:<you@example.net> NOTIFY=SUCCESS,FAILURE' "$T/dialogue"
  grep -Fxq 'C: MAIL FROM:<>' "$T/dialogue"
  grep -Fxq 'C: RCPT TO:<me@example.org>' "$T/dialogue"
}

@test "what the server has not for a message does not keep its report" {
  smarthost --caps PIPELINING
  rc 'dsn_notify success,failure'
  keep you@example.net
  flush
  server_ends
  expect 0 OK
  same "$output" ''
  same "$(senders)" '<>'
  expect_in failed 0
  report 1
  expect_lines 'Final-Recipient: rfc822; you@example.net' 'Status: 5.0.0'
  grep -q '^Diagnostic-Code: x-posthaste; .*does not offer DSN' <<<"$output"
}

@test "who wants no report gets none" {
  smarthost --caps PIPELINING,DSN --on 'rcpt reply 550 5.1.1 no such user'
  rc 'dsn_notify never'
  keep you@example.net
  flush
  server_ends
  expect 0 OK
  same "$(senders)" '<me@example.org>'
  expect_in new 0
  expect_in failed 0
}

@test "queue_bounces is the most in a day, and what is more is in failed/" {
  smarthost --on 'rcpt=you@example.net reply 550 5.1.1 no such user'
  rc 'queue_bounces 2'
  for n in 1 2 3; do
    keep you@example.net
  done
  flush
  same "$(grep -c 'MAIL FROM:<>' "$T/dialogue")" 2
  expect_in failed 1
  # that was yesterday
  sed -i "s/^next .*/next $(($(date +%s) / 86400 - 1))/" \
    "$QUEUE/notes/bounces"
  keep you@example.net
  flush
  server_ends
  same "$(grep -c 'MAIL FROM:<>' "$T/dialogue")" 3
  expect_in failed 1
}

@test "what waits for longer than queue_lifetime is given up, told and logged" {
  smarthost --on 'rcpt=you@example.net reply 451 4.2.0 come later'
  rc "logfile $T/log" 'queue_lifetime 2d'
  keep you@example.net
  flush
  expect 75 TEMPFAIL
  age $((2 * 86400 - 60))
  flush -qSme
  expect 75 TEMPFAIL
  expect_in new 1
  age $((2 * 86400 + 60))
  : >"$T/log"
  # not by the clock alone, which may have been wrong
  flush
  expect_in new 1
  tried 5
  # its time has not come
  flush
  server_ends
  expect 0 OK
  expect_in new 0
  same "$(senders)" '<me@example.org> <me@example.org> <>'
  report 1
  expect_lines 'Action: failed' 'Status: 4.4.7' \
    'Diagnostic-Code: smtp; 451 4.2.0 come later'
  expect_output 'It was tried again'
  grep -q 'recipients=you@example.net .*given up .*451 4.2.0 come later.*exitcode=EX_UNAVAILABLE' "$T/log"
}

@test "a server that is down for queue_lifetime is told, when it is up" {
  smarthost --on '1:greeting reply-drop 421 4.3.2 down'
  rc 'queue_lifetime 2d'
  keep you@example.net
  flush
  expect 75 TEMPFAIL
  age $((2 * 86400 + 60))
  tried 5
  flush
  expect 0 OK
  same "$(grep -c '^-- connection' "$T/dialogue")" 1
  expect_in new 1
  grep -q '^sender $' "$QUEUE"/new/*
  flush -qRme@
  server_ends
  expect 0 OK
  same "$(senders)" '<>'
  report 1
  expect_lines 'Status: 4.4.7'
  expect_output '421 4.3.2 down'
}

@test "queue_warn_after warns once, and the message still waits" {
  smarthost --on 'rcpt=you@example.net reply 451 4.2.0 come later'
  rc 'queue_warn_after 4h'
  keep you@example.net
  age $((4 * 3600 - 60))
  flush
  expect 75 TEMPFAIL
  same "$(senders)" '<me@example.org>'
  age $((4 * 3600 + 60))
  for n in 1 2 3; do
    flush -qSme@
  done
  server_ends
  same "$(grep -c 'MAIL FROM:<>' "$T/dialogue")" 1
  expect_in new 1
  report 1
  expect_lines 'Subject: Delayed Mail (still being retried)' \
    'Action: delayed' 'Status: 4.2.0' 'Will-Retry-Until: ...' \
    'THIS IS ONLY A WARNING. YOU NEED NOT SEND YOUR MESSAGE AGAIN.'
}
