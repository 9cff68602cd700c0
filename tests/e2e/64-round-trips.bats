#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# How often the client and the server wait for each other, and in how many
# pieces the client talks; all of it counted, nothing timed.
#
# A group is what the client says before it waits for a reply.  Round trips
# are those of TCP (1), of TLS 1.3 (1), of the greeting (1), and of each group
# but QUIT, whose reply is not waited for.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  # no leak is looked for in what is traced: two cannot
  export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
}

teardown() {
  e2e_teardown
}

# channel CHANNEL EXTENSIONS: clear, lmtp, implicit or starttls; sets options
# and lines for the server and the rc file.
channel() {
  options=(--caps "$2") lines=()
  case $1 in
    clear) ;;
    lmtp)
      options+=(--lmtp)
      lines+=('protocol lmtp')
      ;;
    implicit) lines+=('tls_starttls off') ;;&
    implicit | starttls)
      options+=(--tls "$1" --cert "$CERT_DIR/good.pem"
        --key "$CERT_DIR/good.key" --user me@example.org --password secret
        --mechs 'SCRAM-SHA-256 PLAIN')
      lines+=("tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org'
        'password secret' 'tls_session_cache off')
      ;;
  esac
}

recipients_of() {
  seq -f 'r%g@example.net' "$1"
}

# talk CHANNEL MECHANISM EXTENSIONS RECIPIENTS: sends, and sets groups
talk() {
  local options lines
  channel "$1" "$3"
  [ "$2" = - ] || lines+=("auth $2")
  rm -f "$T/counts"
  smarthost "${options[@]}"
  rc "${lines[@]}"
  # shellcheck disable=SC2046
  send $(recipients_of "$4")
  expect 0 OK
  [ -z "$output" ]
  ! grep 'too early' "$T/dialogue" || return 1
  same "$(sed -n 's/.* quit=//p' "$T/counts")" yes
  groups=$(sed -n 's/^session=1 groups=\([0-9]*\) .*/\1/p' "$T/counts")
}

# expect_trips: lines of CHANNEL MECHANISM EXTENSIONS, and the round trips
# with 1 and with 20 recipients
expect_trips() {
  local channel mechanism extensions one twenty meant n with groups
  while read -r channel mechanism extensions one twenty; do
    with=2 # TCP and the greeting
    case $channel in implicit | starttls) with=3 ;; esac
    for n in 1 20; do
      [ "$n" -eq 1 ] && meant=$one || meant=$twenty
      talk "$channel" "$mechanism" "${extensions/#-/8BITMIME}" "$n"
      same "$channel $mechanism $extensions $n: $((groups - 1 + with))" \
        "$channel $mechanism $extensions $n: $meant"
    done
  done
}

@test "six round trips with TLS at once, and eight with STARTTLS" {
  expect_trips <<'END'
implicit PLAIN PIPELINING,CHUNKING 6 6
starttls PLAIN PIPELINING,CHUNKING 8 8
END
}

@test "four in clear, where nobody logs in" {
  expect_trips <<'END'
clear - PIPELINING,CHUNKING 4 4
END
}

@test "without CHUNKING it is one more" {
  expect_trips <<'END'
implicit PLAIN PIPELINING 7 7
starttls PLAIN PIPELINING 9 9
clear - PIPELINING 5 5
END
}

@test "SCRAM costs two more" {
  expect_trips <<'END'
implicit SCRAM-SHA-256 PIPELINING,CHUNKING 8 8
starttls SCRAM-SHA-256 PIPELINING,CHUNKING 10 10
implicit SCRAM-SHA-256 PIPELINING 9 9
END
}

# RFC 5321 4.1.1: a command waits for the reply to the one before.
@test "without PIPELINING it is one for each command, and no more" {
  expect_trips <<'END'
implicit PLAIN CHUNKING 8 27
implicit PLAIN - 9 28
starttls PLAIN - 11 30
clear - CHUNKING 6 25
clear - - 7 26
END
}

@test "LMTP costs what SMTP by DATA does" {
  expect_trips <<'END'
lmtp - PIPELINING,CHUNKING 5 5
lmtp - PIPELINING 5 5
lmtp - - 7 26
END
}

# trace CHANNEL EXTENSIONS RECIPIENTS: sends, and sets what writes.py tells
trace() {
  local options lines
  needs_strace
  channel "$1" "$2"
  printf '#!/bin/sh\nexec strace -f -xx -s 1000000 -o %q -e trace=%s %q "$@"\n' \
    "$T/trace" connect,setsockopt,write,writev,sendto,sendmsg "$POSTHASTE" \
    >"$T/traced"
  chmod +x "$T/traced"
  smarthost "${options[@]}"
  rc "${lines[@]}"
  # shellcheck disable=SC2046
  POSTHASTE=$T/traced send $(recipients_of "$3")
  expect 0 OK
  groups=$(sed -n 's/^session=1 groups=\([0-9]*\) .*/\1/p' "$T/counts")
  python3 "$BATS_TEST_DIRNAME/../lib/writes.py" "$PORT" "$T/trace" >"$T/writes"
  cat "$T/writes"
  rm -f "$T/counts"
  local word words
  read -ra words <"$T/writes"
  for word in "${words[@]}"; do
    declare -g "$word"
  done
}

# A write that waits for the reply to the one before never meets Nagle's
# algorithm or a delayed acknowledgement; two in a row would.
@test "each group is one write, on a socket that delays nothing" {
  local extensions n
  for extensions in PIPELINING,CHUNKING PIPELINING 8BITMIME; do
    for n in 1 20; do
      trace clear "$extensions" "$n"
      same "$writes of $groups" "$groups of $groups"
      same "$nodelay" yes
    done
  done
}

# Beyond the groups TLS says hello, that the cipher changes, that it is
# finished (RFC 8446 D.4 has the second for old boxes on the way), and its
# good-bye.
@test "with TLS each group is one record, and the handshake one round trip" {
  local channel n
  for channel in implicit starttls; do
    for n in 1 20; do
      trace "$channel" PIPELINING,CHUNKING "$n"
      [ "$writes" -le $((groups + 4)) ]
      [ "$records" -le $((groups + 4)) ]
      same "$hellos" 1
      same "$nodelay" yes
    done
  done
}

@test "a megabyte is a record for each 16 KB, and no write is for less" {
  local channel extensions most
  yes 'a line of the text, which is what a line of text is' |
    head -c 1000000 >>"$T/mail"
  for extensions in PIPELINING,CHUNKING PIPELINING; do
    trace implicit "$extensions" 1
    # the message's last piece, and where it is in two chunks, too
    most=$((bytes / 16384 + groups + 6))
    [ "$records" -le "$most" ]
    [ "$writes" -le "$most" ]
    trace clear "$extensions" 1
    [ "$writes" -le $((bytes / 16384 + groups + 2)) ]
  done
}
