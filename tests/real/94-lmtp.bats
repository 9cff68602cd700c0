#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# LMTP to Dovecot, which delivers to maildirs: over TCP, and over a socket.

setup_file() {
  load ../lib/real
  real_setup_file
  real_start --lmtp lmtp
}

teardown_file() {
  load ../lib/real
  real_teardown_file
}

setup() {
  load ../lib/e2e
  load ../lib/real
  real_setup
  use lmtp
  rm -rf "${LMTP_MAIL:?}"/*
  printf '%s\n' 'From: me@example.org' 'To: you@example.org' \
    'Date: Thu, 01 Jan 1970 00:00:00 +0000' 'Message-ID: <1@example.org>' \
    'Subject: two lines' '' '.' '..and no end' >"$T/in"
}

# by socket|tcp: the way to go from now on; sets where, as it is called
by() {
  if [ "$1" = socket ]; then
    where=$LMTP_SOCKET
    printf 'socket %s\n' "$LMTP_SOCKET"
  else
    where=localhost:$LMTP_PORT
    printf 'host localhost\nport %s\n' "$LMTP_PORT"
  fi >"$T/rc"
  printf 'protocol lmtp\nfrom me@example.org\n' >>"$T/rc"
}

# expect_mail USER N: so many, each as it was sent
expect_mail() {
  local mails=("$LMTP_MAIL/$1@example.org"/new/*) mail
  [ -e "${mails[0]}" ] || mails=()
  same "$1: ${#mails[@]}" "$1: $2"
  for mail in "${mails[@]}"; do
    # what the server put in front: Return-Path, and Received on four lines
    same "$(head -n 1 "$mail")" 'Return-Path: <me@example.org>'
    sed '/^From:/,$!d' "$mail" | cmp - "$T/in"
  done
}

@test "all are known: each has the mail, and nothing is said" {
  local way n=0
  for way in tcp socket; do
    by "$way"
    run posthaste tester@example.org second@example.org <"$T/in"
    expect_success
    n=$((n + 1))
    expect_mail tester "$n"
    expect_mail second "$n"
  done
}

@test "one of two is unknown: 67 and who, and the other has the mail" {
  local way n=0
  for way in tcp socket; do
    by "$way"
    run posthaste nobody@example.org tester@example.org <"$T/in"
    expect 67 NOUSER
    same "${#lines[@]}" 2
    expect_output "$where: RCPT TO:<nobody@example.org>: refused: 550 5.1.1 "
    expect_output 'accepted for the other 1 of 2 recipients'
    n=$((n + 1))
    expect_mail tester "$n"
  done
}

@test "one of two has no room: that comes behind the message, and is named" {
  local way n=0
  for way in tcp socket; do
    by "$way"
    run posthaste full@example.org tester@example.org <"$T/in"
    expect 65 DATAERR
    same "${#lines[@]}" 2
    expect_output "$where: message for <full@example.org>: refused: 552 5.2.2 "
    expect_output 'accepted for the other 1 of 2 recipients'
    n=$((n + 1))
    expect_mail tester "$n"
    expect_mail full 0
  done
}

@test "one of two cannot be delivered to for now: 75, and who" {
  : >"$LMTP_MAIL/second@example.org" # where a folder should be
  by socket
  run posthaste second@example.org tester@example.org <"$T/in"
  expect 75 TEMPFAIL
  expect_output 'message for <second@example.org>: refused: 451 4.2.0 '
  expect_output 'accepted for the other 1 of 2 recipients'
  expect_mail tester 1
}

@test "all are unknown: each is named, and nothing is delivered" {
  by tcp
  run posthaste one@example.org two@example.org <"$T/in"
  expect 67 NOUSER
  expect_output 'RCPT TO:<one@example.org>: refused: 550 5.1.1 '
  expect_output 'RCPT TO:<two@example.org>: refused: 550 5.1.1 '
  [ -z "$(find "$LMTP_MAIL" -type f)" ]
}

@test "three fates in one transaction" {
  by socket
  run posthaste nobody@example.org full@example.org tester@example.org \
    second@example.org <"$T/in"
  expect 67 NOUSER # of equals the first
  expect_output 'RCPT TO:<nobody@example.org>: refused: 550 5.1.1 '
  expect_output 'message for <full@example.org>: refused: 552 5.2.2 '
  expect_output 'accepted for the other 2 of 4 recipients'
  expect_mail tester 1
  expect_mail second 1
}

@test "a large message gets there as it is, from a file and from a pipe" {
  yes 'a line of the text' | head -n 100000 >>"$T/in"
  by tcp
  run posthaste tester@example.org <"$T/in"
  expect_success
  by socket
  run posthaste tester@example.org < <(cat "$T/in")
  expect_success
  expect_mail tester 2
}

@test "the queue takes who was refused for now, and delivers later" {
  : >"$LMTP_MAIL/second@example.org"
  by socket
  echo 'queue fallback' >>"$T/rc"
  run posthaste second@example.org tester@example.org <"$T/in"
  expect 0 OK
  expect_mail tester 1
  rm "$LMTP_MAIL/second@example.org"
  run posthaste --queue-retry all
  expect 0 OK
  expect_mail second 1
  expect_mail tester 1
}
