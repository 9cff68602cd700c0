#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Servers that mean harm, or know no better.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# expect_printable: lines of printable ASCII, and nothing else, were said.
expect_printable() {
  ! grep -aq '[^ -~]' "$T/err" || return 1
}

nasty='\x1b[31mred\x1b[0m \x07bell \x00nul caf\xe9 \xc2\x9b8bit '
nasty+='\rposthaste: sent'

@test "escape sequences and control characters of a server are shown as text" {
  local stage
  for stage in greeting ehlo mail rcpt end; do
    smarthost --on "$stage reply 550 5.7.1 $nasty"
    rc
    send rcpt@example.net
    expect_failure 77 NOPERM 'refused: 550 5.7.1' 31mred 8bit
    expect_nothing_stored
  done
}

@test "what is no reply is shown as text, too" {
  smarthost --on "mail reply $nasty"
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'not an SMTP reply' 31mred
}

@test "what is out of turn is shown as text, too" {
  smarthost --on "ehlo inject 250 $nasty"
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'out of turn' 31mred
}

@test "--debug shows what a server says as text" {
  smarthost --on "greeting reply 220 $nasty" \
    --on "ehlo accept 250-$nasty\r\n250 $nasty" --on "end accept 250 $nasty"
  rc
  send -d rcpt@example.net
  expect 0 OK
  expect_output 31mred
  expect_printable
  [ -s "$T/store/1.eml" ]
}

@test "the mechanisms that a server offers are shown as text" {
  smarthost_tls starttls --mechs '' --caps $'AUTH \e[31mRED'
  rc_login
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'none of the mechanisms' 31mRED
}

@test "a long reply is cut where it is shown" {
  smarthost --on "mail reply 550 5.7.1 $(printf '%04000d' 0)"
  rc
  send rcpt@example.net
  expect_failure 77 NOPERM 'refused: 550 5.7.1 0000'
  [ "$(wc -c <"$T/err")" -lt 1000 ]
}

@test "a reply of many lines is one line where it is shown" {
  local lines
  lines=$(seq -f '550-5.7.1 reason %g\r\n' 100 | tr -d '\n')
  smarthost --on "mail reply ${lines}550 5.7.1 that is all"
  rc
  send rcpt@example.net
  expect_failure 77 NOPERM 'refused: 550 5.7.1 reason 1 reason 2'
}

@test "a reply line of 100 KB ends the session" {
  local stage
  for stage in greeting ehlo mail rcpt end; do
    smarthost --on "$stage reply 250 $(printf '%0100000d' 0)"
    rc
    send rcpt@example.net
    expect_failure 76 PROTOCOL 'line without end'
    expect_nothing_stored
  done
}

@test "a reply whose lines have different codes is none" {
  local stage
  for stage in greeting ehlo mail rcpt end; do
    smarthost --on "$stage reply 250-yes\r\n550 no"
    rc
    send rcpt@example.net
    expect_failure 76 PROTOCOL 'different codes: "550 no"'
    expect_nothing_stored
  done
}

@test "an intermediate reply where none belongs ends the session" {
  local stage
  for stage in greeting ehlo mail rcpt end; do
    smarthost --on "$stage reply 354 go ahead"
    rc
    send rcpt@example.net
    expect_failure 76 PROTOCOL 'unexpected reply: 354 go ahead'
    expect_nothing_stored
  done
}

@test "354 to MAIL does not begin the message" {
  smarthost --caps '' --on 'mail reply 354 go ahead'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'MAIL FROM:<me@example.org>: unexpected reply'
  ! grep '^C: \(RCPT\|DATA\|<message\)' "$T/dialogue" || return 1
}

@test "250 to DATA does not begin the message" {
  smarthost --caps PIPELINING --on 'data reply 250 fine'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'DATA: unexpected reply: 250 fine'
  ! grep '^C: \(Subject\|<message\)' "$T/dialogue" || return 1
}

@test "235 to MAIL, and other yeses of a wrong kind, are no harm" {
  smarthost --on 'mail accept 235 welcome' --on 'rcpt accept 220 hello'
  rc
  send rcpt@example.net
  expect_sent
}

# large N: adds as many bytes of text to the message.
large() {
  yes 'a line of the text, and no short one at that' | head -c "$1" >>"$T/mail"
  echo >>"$T/mail"
}

# each_way COMMAND ...: with a server that takes BDAT, one that has only DATA,
# and one with TLS; its buffer is kept small by a rule that never applies.
each_way() {
  local rules=(--on 'noop noread 1')
  while [ "$1" = --on ]; do
    rules+=(--on "$2")
    shift 2
  done
  smarthost "${rules[@]}"
  rc
  "$@"
  smarthost "${rules[@]}" --caps PIPELINING,8BITMIME
  rc
  "$@"
  smarthost_tls starttls "${rules[@]}"
  rc
  "$@"
}

accepted_early() {
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'accepted it before its end was sent'
  expect_nothing_stored
}

@test "a yes to the message before its end is none" {
  large 9000000
  each_way --on 'body reply 250 2.0.0 taken as 7' accepted_early
}

refused_early() {
  send rcpt@example.net
  expect_failure 65 DATAERR 'message: refused: 552 5.3.4 too big for us'
  refute_output 'may have been delivered'
  expect_nothing_stored
}

@test "a refusal within the message is reported in its words" {
  large 9000000
  each_way --on 'body reply 552 5.3.4 too big for us' refused_early
}

@test "a refusal within the message and a lost line: the words count" {
  large 9000000
  each_way --on 'body reply-drop 552 5.3.4 too big for us' refused_early
}

later_early() {
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'message: refused: 421 4.3.2 shutting down'
  expect_nothing_stored
}

@test "421 within the message is reported in its words" {
  large 9000000
  each_way --on 'body reply-drop 421 4.3.2 shutting down' later_early
}

lost_early() {
  send rcpt@example.net
  expect_failure 75 TEMPFAIL message
  refute_output 'may have been delivered'
  expect_nothing_stored
}

@test "a line lost within the message leaves nothing open" {
  large 9000000
  each_way --on 'body drop' lost_early
}

sent_in_full() {
  n=$((${n:-0} + 1))
  send rcpt@example.net
  expect_sent "$n"
  [ "$(stat -c %s "$T/store/$n.eml")" -gt 5000000 ]
  tail -n 1 "$T/store/$n.eml" | grep -q '^the end'
}

@test "a server that does not read for a while gets it all the same" {
  large 5000000
  echo 'the end' >>"$T/mail"
  each_way --on 'body noread 500' sent_in_full
}

stuck() {
  sed -i '$a timeout 1' "$T/rc"
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'message: nothing came within 1 second'
  expect_nothing_stored
}

@test "a server that never reads runs into the deadline" {
  large 9000000
  each_way --on 'body noread 20000' stuck
}

@test "replies behind the greeting are out of turn" {
  smarthost --on 'greeting inject 250 hello'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL EHLO 'the server spoke out of turn: hello'
  ! grep -q '^C: EHLO' "$T/dialogue" || return 1
}

@test "two greetings are one too many" {
  smarthost --on 'greeting reply 220 one\r\n220 two'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'the server spoke out of turn: two'
}

@test "a reply before its command is out of turn" {
  local stage
  for stage in ehlo mail rcpt; do
    smarthost --caps '' --on "$stage inject 250 2.0.0 fine"
    rc
    send rcpt@example.net
    expect_failure 76 PROTOCOL 'the server spoke out of turn'
    expect_nothing_stored
  done
}

@test "a yes behind the one to the login is out of turn" {
  smarthost_tls starttls --on 'auth-response#2 inject 250 2.1.0 fine'
  rc_login
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'the server spoke out of turn'
  expect_nothing_sent
}

@test "a yes behind 354 is none to the message" {
  smarthost --caps PIPELINING --on 'data inject 250 2.0.0 taken as 7'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'the server spoke out of turn: 2.0.0 taken as 7'
  expect_nothing_stored
}

@test "replies without end to one command are out of turn" {
  smarthost --caps '' --on 'mail endless 250 fine'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'the server spoke out of turn'
  expect_nothing_stored
}

@test "421 out of turn is a good-bye" {
  smarthost --caps '' --on 'mail inject 421 4.3.2 shutting down'
  rc
  send rcpt@example.net
  expect_failure 75 TEMPFAIL '421 4.3.2 shutting down'
  expect_nothing_stored
}

@test "a subject with a line end cannot forge a line of ours" {
  printf 'Subject: a\n posthaste: sent\r\tb\n\nHello.\n' >"$T/mail"
  smarthost --on 'end reply 554 5.7.1 Subject: a\rposthaste: sent'
  rc
  send rcpt@example.net
  expect_failure 77 NOPERM 'message: refused: 554 5.7.1 Subject: a'
  ! grep '^posthaste: sent' "$T/err" || return 1
}

@test "an address with a line end cannot forge a line, and is not sent" {
  smarthost
  rc
  local end
  for end in $'\n' $'\r' $'\r\n'; do
    submit "rcpt@example.net${end}posthaste: sent"
    expect 65 DATAERR
    expect_one_line 'rcpt@example.net'
    submit -f "me@example.org${end}posthaste: sent" rcpt@example.net
    expect 65 DATAERR
    expect_one_line '-f'
  done
  server_ends
  [ ! -s "$T/dialogue" ]
}

@test "an address with a line end cannot say a command" {
  smarthost
  rc
  send $'rcpt@example.net>\r\nRCPT TO:<other@example.net'
  expect 65 DATAERR
  [ ! -s "$T/dialogue" ]
}

@test "a host with control characters cannot forge a line" {
  smarthost
  rc
  send --host $'no-such\nposthaste: sent\e[31m' rcpt@example.net
  [ "$status" -ne 0 ]
  expect_one_line '--host'
  [ ! -s "$T/dialogue" ]
}

# What a server hears of the password: itself, its base64 and, by PLAIN only,
# the base64 of user and password.
told=('sec ret' 'c2VjIHJldA==' 'AG1lQGV4YW1wbGUub3JnAHNlYyByZXQ=')

# telling RULE STATUS NAME TEXT ...: a server that says, where RULE has an @,
# each of what it was told is not quoted, by PLAIN and LOGIN, and with --debug
# neither.
telling() {
  local rule=$1 secret mech
  shift
  for mech in PLAIN LOGIN; do
    for secret in "${told[@]}"; do
      echo "$mech, ${rule/@/"$secret"}"
      smarthost_tls starttls --mechs "$mech" --on "${rule/@/"$secret"}"
      rc_login
      send rcpt@example.net
      expect_failure "$@"
      expect_untold
      expect_nothing_stored

      smarthost_tls starttls --mechs "$mech" --on "${rule/@/"$secret"}"
      rc_login
      send -d rcpt@example.net
      expect "$1" "$2"
      expect_untold
      expect_printable
    done
  done
}

expect_untold() {
  local secret
  for secret in "${told[@]}"; do
    refute_output "$secret"
  done
}

@test "what AUTH PLAIN sends is what these tests take it for" {
  smarthost_tls starttls --mechs PLAIN
  rc_login
  send rcpt@example.net
  expect_sent
  grep -qxF "C: AUTH PLAIN ${told[2]}" "$T/dialogue"
}

@test "a refusal of the sender that repeats the password is not quoted" {
  telling 'mail reply 550 5.7.1 not with @' 77 NOPERM \
    'MAIL FROM:<me@example.org>: refused: 550 (its words repeat the password)'
}

@test "a refusal of a recipient that repeats the password is not quoted" {
  telling 'rcpt reply 550 5.7.1 not with @' 77 NOPERM \
    'RCPT TO:<rcpt@example.net>: refused: 550 (its words repeat the password)'
}

@test "a refusal of the message that repeats the password is not quoted" {
  telling 'end reply 554 5.7.1 not with @' 77 NOPERM \
    'message: refused: 554 (its words repeat the password)'
}

@test "a line out of turn that repeats the password is not quoted" {
  # LOGIN has two responses, and PLAIN none of its own
  told_in_turn() {
    local stage=auth secret
    [ "$1" = PLAIN ] || stage='auth-response#2'
    for secret in "${told[@]}"; do
      smarthost_tls starttls --mechs "$1" \
        --on "$stage inject 250 2.1.0 $secret"
      rc_login
      send "${@:2}" rcpt@example.net
      expect 76 PROTOCOL
      expect_output 'the server spoke out of turn'
      expect_untold
      expect_nothing_sent
    done
  }
  told_in_turn PLAIN
  told_in_turn PLAIN -d
  told_in_turn LOGIN
  told_in_turn LOGIN -d
}

@test "what is no reply and repeats the password is not quoted" {
  telling 'mail reply you said @' 76 PROTOCOL \
    'MAIL FROM:<me@example.org>: not an SMTP reply' 'not shown'
  telling 'rcpt reply 2500 @' 76 PROTOCOL \
    'RCPT TO:<rcpt@example.net>: not an SMTP reply' 'not shown'
}

@test "what is no reply and stands out of turn is not quoted either" {
  telling 'auth inject you said @' 76 PROTOCOL 'out of turn'
}

@test "a yes that repeats the password is not shown by --debug" {
  local secret n=0
  for secret in "${told[@]}"; do
    smarthost_tls starttls --mechs PLAIN \
      --on "mail accept 250 2.1.0 you said $secret" \
      --on "end accept 250-2.0.0 you said\r\n250 2.0.0 $secret"
    rc_login
    send -d rcpt@example.net
    expect 0 OK
    [ -s "$T/store/$((n += 1)).eml" ]
    expect_untold
  done
}
