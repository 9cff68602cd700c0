#!/usr/bin/env bats
# --route and -bv: which way a message would go, and why.

setup() {
  load ../lib/e2e
  e2e_setup
  printf 'root: admin@example.org\n' >"$T/aliases"
  cat >"$HOME/.posthasterc" <<CF
defaults
host mail.example.org
aliases $T/aliases
account work
from *@work.example
port 587
account default
from me@example.org
user me@example.org
password x
CF
  chmod 600 "$HOME/.posthasterc"
}

teardown() { e2e_teardown; }

route() {
  run "$POSTHASTE" --route "$@" </dev/null
  expect 0 OK
}

@test "--route names account, server, sender and recipients, and why" {
  route root you@example.net
  rc=$HOME/.posthasterc
  same "$output" "account   default (account default, $rc:7)
server    mail.example.org ($rc:2)
sender    me@example.org ($rc:8)
recipient admin@example.org (for root)
recipient you@example.net"
}

@test "--route tells that an account was chosen by the sender" {
  route -f joe+x@work.example you@example.net
  expect_output 'account   work (from of account work, '
  expect_output 'server    mail.example.org:587 ('
  expect_output 'sender    joe+x@work.example (--from)'
}

@test "--route tells why a sender is not the one that was given" {
  route -f root you@example.net
  expect_output 'sender    me@example.org (the account'\''s address in the place of "root" (--from), by rewrite_from)'
  route -f '' you@example.net
  expect_output 'sender    <> (--from)'
}

@test "--route -t reads the message's header, and sends nothing" {
  run "$POSTHASTE" --route -t < <(printf 'From: a@work.example\nTo: b@x.example\n\nhi\n')
  expect 0 OK
  expect_output 'account   work '
  expect_output 'sender    a@work.example (the message'
  expect_output 'recipient b@x.example'
}

@test "--route with a server that is named reads no rc file" {
  route --host=h.example -f a@b.example you@example.net
  expect_output 'account   none ('
  expect_output 'server    h.example (--host)'
}

@test "--route without recipients is misuse" {
  run "$POSTHASTE" --route </dev/null
  expect 64 USAGE
}

@test "sendmail -bv tells the same" {
  ln -s "$POSTHASTE" "$T/sendmail"
  run "$T/sendmail" -bv root </dev/null
  expect 0 OK
  expect_output 'recipient admin@example.org (for root)'
}
