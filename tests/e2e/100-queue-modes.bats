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
