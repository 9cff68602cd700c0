#!/usr/bin/env bats
# Killed at any of its system calls, or with any of them failing, the program
# neither loses a message nor says that it took one that is not there.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  "$KILLAT" true 2>/dev/null || skip 'nothing can be watched here'
  printf 'From: me@example.org\nSubject: hi\n\ntext\n' >"$T/msg"
  Q=$T/queue
}

teardown() { e2e_teardown; }

# posthaste_at OPTION... -- FLAG...: at is what happened.
posthaste_at() {
  local options=()
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  result=0
  "$KILLAT" -s files -p "$Q" -w "$T/at" "${options[@]}" \
    "$POSTHASTE" -C "$T/rc" "$@" <"$T/msg" >"$T/out" 2>"$T/err" || result=$?
}

waiting() {
  find "$Q/new" -type f 2>/dev/null | wc -l
}

# What is in new/ is whole, and nothing is anywhere else for good.
expect_whole() {
  local file
  for file in "$Q"/new/*; do
    [ -e "$file" ] || continue
    [ "$(tail -n 1 "$file")" = $'text\r' ] || { cat "$file"; return 1; }
  done
}

@test "a put that is killed at any call leaves the message once or not at all" {
  PORT=1
  rc "queue_dir $Q"
  for ((n = 1; n < 200; n++)); do
    rm -rf "$Q"
    posthaste_at -b "$n" -- --queue=only you@example.org
    grep -q none "$T/at" && break
    [ "$(waiting)" -le 1 ]
    [ "$result" -ne 0 ] || [ "$(waiting)" -eq 1 ]
    expect_whole
  done
  [ "$n" -gt 10 ] && [ "$n" -lt 200 ]
}

@test "a put of which any call fails is an error, or the message is there" {
  PORT=1
  rc "queue_dir $Q"
  for error in ENOSPC EIO; do
    for ((n = 1; n < 200; n++)); do
      rm -rf "$Q"
      posthaste_at -b "$n" -e "$error" -- --queue=only you@example.org
      grep -q none "$T/at" && break
      if [ "$result" -eq 0 ]; then
        [ "$(waiting)" -eq 1 ]
      else
        [ "$result" -eq 73 ] || [ "$result" -eq 74 ] || [ "$result" -eq 78 ]
        [ "$(waiting)" -eq 0 ]
        [ -s "$T/err" ]
      fi
      expect_whole
    done
    [ "$n" -gt 10 ] && [ "$n" -lt 200 ]
  done
}

# times ADDRESS: how often the server took a message for it.
times() {
  cat "$T"/store/*.env 2>/dev/null | grep -c "^rcpt RCPT TO:<$1>" || true
}

# once_or_twice ADDRESS...
once_or_twice() {
  local address
  for address; do
    [ "$(times "$address")" -ge 1 ] && [ "$(times "$address")" -le 2 ] || {
      echo "$address: $(times "$address") times, killed at $(cat "$T/at")"
      return 1
    }
  done
}

@test "a run that is killed at any call delivers to all, and tells of all, at worst twice" {
  smarthost --on 'rcpt=no@example.org reply 550 5.1.1 nobody'
  rc "queue_dir $Q" 'queue_retry_min 1'
  for ((n = 1; n < 200; n++)); do
    rm -rf "$Q" "$T"/store/*
    "$POSTHASTE" -C "$T/rc" --queue=only \
      one@example.org no@example.org two@example.org <"$T/msg"
    posthaste_at -f -b "$n" -- -q
    grep -q none "$T/at" && break
    "$POSTHASTE" -C "$T/rc" -qR example.org 2>"$T/err" || true
    "$POSTHASTE" -C "$T/rc" -qR example.org 2>"$T/err" || true
    [ "$(waiting)" -eq 0 ]
    once_or_twice one@example.org two@example.org
    # the report
    once_or_twice me@example.org
  done
  [ "$n" -gt 5 ] && [ "$n" -lt 200 ]
}

# waits N ADDRESS...: it is put in the queue for them, N times.
waits() {
  local n=$1
  shift
  for ((; n > 0; n--)); do
    "$POSTHASTE" -C "$T/rc" --queue=only "$@" <"$T/msg"
  done
}

@test "where nothing can be written, a run sends nothing" {
  smarthost
  rc "queue_dir $Q"
  waits 2 you@example.org
  status=0
  output=$(ulimit -f 0 && "$POSTHASTE" -C "$T/rc" -q 2>&1) || status=$?
  expect 75 TEMPFAIL
  expect_output 'note in '
  expect_nothing_sent
  [ "$(waiting)" -eq 2 ]
}

# asks ADDRESS: how often the server was asked to take a message for it.
asks() {
  grep -c "^C: RCPT TO:<$1>" "$T/dialogue" || true
}

@test "what became of a message and could not be noted is no reason for haste" {
  smarthost --on 'rcpt=no@example.org reply 550 5.1.1 nobody'
  rc "queue_dir $Q"
  waits 1 you@example.org no@example.org
  waits 1 other@example.org
  result=0
  # 1: as it was, 2: who has it
  "$KILLAT" -f -s pwrite64 -b 3 -e EIO -w "$T/at" \
    "$POSTHASTE" -C "$T/rc" -q 2>"$T/err" || result=$?
  [ "$result" -eq 75 ]
  grep -q 'note in .*: Input/output error' "$T/err"
  [ "$(times other@example.org)" -eq 0 ]
  "$POSTHASTE" -C "$T/rc" -q
  [ "$(asks no@example.org)" -eq 1 ]
  [ "$(times other@example.org)" -eq 1 ]
  "$POSTHASTE" -C "$T/rc" -qR no@
  [ "$(asks no@example.org)" -eq 2 ]
  [ "$(times you@example.org)" -eq 1 ]
  [ "$(waiting)" -eq 0 ]
}

@test "a message that cannot be opened for once is told" {
  smarthost
  rc "queue_dir $Q"
  waits 1 you@example.org
  result=0
  "$KILLAT" -f -s openat -p "$(ls "$Q/new")" -b 1 -e EMFILE -w "$T/at" \
    "$POSTHASTE" -C "$T/rc" -q 2>"$T/err" || result=$?
  [ "$result" -eq 75 ]
  grep -q 'open it: Too many open files' "$T/err"
  [ "$(waiting)" -eq 1 ]
}
