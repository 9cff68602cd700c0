#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The exit status, for what a server may say or do at each stage.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# Servers for the tables: one in clear, with AUTH PLAIN; one with STARTTLS.
plain_server() {
  smarthost --user me@example.org --password 'sec ret' --mechs PLAIN "$@"
  rc 'tls off' 'auth plain' 'user me@example.org' 'password "sec ret"' \
    'timeout 20'
}

# The same without CHUNKING, so that the message goes by DATA.
data_server() {
  plain_server --caps PIPELINING,8BITMIME "$@"
}

starttls_server() {
  smarthost_tls starttls "$@"
  rc_login 'timeout 20'
}

# outcomes SERVER: each line of standard input, "RULE | STATUS NAME | TEXT",
# is a session with the server by that rule, and how it must end: the status
# and a line on standard error that has the text.
outcomes() {
  local rows row rules=() n=0 code text
  mapfile -t rows
  for row in "${rows[@]}"; do
    rules+=(--on "$((n += 1)):${row%% | *}")
  done
  "$1" "${rules[@]}"
  for row in "${rows[@]}"; do
    echo "$row"
    text=${row##* | }
    code=${row#* | }
    submit rcpt@example.net
    # shellcheck disable=SC2086
    expect_failure ${code% | *} "$text"
  done
  server_ends
  grep -q "^-- connection $n\$" "$T/dialogue"
}

@test "greeting: what the server says decides" {
  outcomes plain_server <<'.'
greeting reply 421 4.3.2 too busy | 75 TEMPFAIL | greeting: refused: 421 4.3.2 too busy
greeting reply 450 4.3.2 too busy | 75 TEMPFAIL | greeting: refused: 450 4.3.2 too busy
greeting reply 554 5.3.2 no service | 69 UNAVAILABLE | greeting: refused: 554 5.3.2 no service
greeting reply 554 5.7.1 go away | 77 NOPERM | greeting: refused: 554 5.7.1 go away
greeting reply 521 5.3.2 no mail here | 69 UNAVAILABLE | greeting: refused: 521 5.3.2 no mail here
greeting reply 250 hello | 76 PROTOCOL | greeting: unexpected reply: 250 hello
greeting reply 354 hello | 76 PROTOCOL | greeting: unexpected reply: 354 hello
greeting reply hello | 76 PROTOCOL | greeting: not an SMTP reply: "hello"
greeting reply 22 hello | 76 PROTOCOL | greeting: not an SMTP reply: "22 hello"
greeting reply 2200 hello | 76 PROTOCOL | greeting: not an SMTP reply: "2200 hello"
greeting reply 120 hello | 76 PROTOCOL | greeting: not an SMTP reply: "120 hello"
greeting reply 600 hello | 76 PROTOCOL | greeting: not an SMTP reply: "600 hello"
greeting half 220-hel | 75 TEMPFAIL | greeting: the server closed the connection
greeting half 220 hel | 75 TEMPFAIL | greeting: the server closed the connection
greeting drop | 75 TEMPFAIL | greeting: the server closed the connection
connect drop | 75 TEMPFAIL | greeting: the server closed the connection
.
  expect_nothing_stored
}

@test "a connection that is reset at once is worth another try" {
  local how
  for how in 'connect reset' 'greeting reset'; do
    smarthost --on "$how"
    rc
    send rcpt@example.net
    expect 75 TEMPFAIL
    # before the connection stands, or behind it
    expect_one_line localhost "$PORT" 'Connection reset by peer'
  done
}

@test "EHLO: what the server says decides" {
  outcomes plain_server <<'.'
ehlo reply 421 4.3.2 too busy | 75 TEMPFAIL | EHLO: refused: 421 4.3.2 too busy
ehlo reply 451 4.3.0 try later | 75 TEMPFAIL | EHLO: refused: 451 4.3.0 try later
ehlo reply 501 5.5.4 bad name | 69 UNAVAILABLE | EHLO: refused: 501 5.5.4 bad name
ehlo reply 550 5.7.1 bad name | 77 NOPERM | EHLO: refused: 550 5.7.1 bad name
ehlo reply 500 5.5.1 what? | 69 UNAVAILABLE | EHLO: refused: 500 5.5.1 what?
ehlo reply 354 hello | 76 PROTOCOL | EHLO: unexpected reply: 354 hello
ehlo reply hello | 76 PROTOCOL | EHLO: not an SMTP reply: "hello"
ehlo half 250-SIZE\r\n250 | 75 TEMPFAIL | EHLO: the server closed the connection
ehlo drop | 75 TEMPFAIL | EHLO: the server closed the connection
ehlo reset | 75 TEMPFAIL | EHLO: connection lost
.
  expect_nothing_stored
}

@test "HELO: what the server says decides" {
  helo_server() {
    smarthost --helo-only "$@"
    rc
  }
  outcomes helo_server <<'.'
helo reply 421 4.3.2 too busy | 75 TEMPFAIL | HELO: refused: 421 4.3.2 too busy
helo reply 451 4.3.0 try later | 75 TEMPFAIL | HELO: refused: 451 4.3.0 try later
helo reply 501 5.5.4 bad name | 69 UNAVAILABLE | HELO: refused: 501 5.5.4 bad name
helo reply hello | 76 PROTOCOL | HELO: not an SMTP reply: "hello"
helo drop | 75 TEMPFAIL | HELO: the server closed the connection
.
  expect_nothing_stored
}

@test "STARTTLS: what the server says decides" {
  outcomes starttls_server <<'.'
starttls reply 421 4.3.2 too busy | 75 TEMPFAIL | STARTTLS: refused: 421 4.3.2 too busy
starttls reply 454 4.7.0 no TLS now | 75 TEMPFAIL | STARTTLS: refused: 454 4.7.0 no TLS now
starttls reply 501 5.5.4 no parameter | 69 UNAVAILABLE | STARTTLS: refused: 501 5.5.4 no parameter
starttls reply 554 5.7.3 not for you | 77 NOPERM | STARTTLS: refused: 554 5.7.3 not for you
starttls reply 250 fine | 76 PROTOCOL | STARTTLS: unexpected reply: 250 fine
starttls reply hello | 76 PROTOCOL | STARTTLS: not an SMTP reply: "hello"
starttls half 220 | 75 TEMPFAIL | STARTTLS: the server closed the connection
starttls drop | 75 TEMPFAIL | STARTTLS: the server closed the connection
starttls reset | 75 TEMPFAIL | STARTTLS: connection lost
tls drop | 75 TEMPFAIL | TLS handshake:
tls reset | 75 TEMPFAIL | TLS handshake:
ehlo#2 drop | 75 TEMPFAIL | EHLO: the server closed the connection
ehlo#2 reset | 75 TEMPFAIL | EHLO:
ehlo#2 reply 421 4.3.2 too busy | 75 TEMPFAIL | EHLO: refused: 421 4.3.2 too busy
mail drop | 75 TEMPFAIL | MAIL FROM:<me@example.org>: the server closed the connection
mail reset | 75 TEMPFAIL | MAIL FROM:<me@example.org>:
.
  expect_nothing_stored
}

@test "AUTH: what the server says decides" {
  outcomes plain_server <<'.'
auth reply 421 4.3.2 too busy | 75 TEMPFAIL | AUTH PLAIN: refused: 421 4.3.2 too busy
auth reply 432 4.7.12 change your password | 75 TEMPFAIL | AUTH PLAIN: refused: 432 4.7.12 change your password
auth reply 454 4.7.0 cannot tell now | 75 TEMPFAIL | AUTH PLAIN: refused: 454 4.7.0 cannot tell now
auth reply 500 5.5.6 line too long | 77 NOPERM | AUTH PLAIN: refused: 500 5.5.6 line too long
auth reply 501 5.5.2 what? | 77 NOPERM | AUTH PLAIN: refused: 501 5.5.2 what?
auth reply 504 5.5.4 not this one | 77 NOPERM | AUTH PLAIN: refused: 504 5.5.4 not this one
auth reply 530 5.7.0 TLS first | 77 NOPERM | AUTH PLAIN: refused: 530 5.7.0 TLS first
auth reply 534 5.7.9 too weak | 77 NOPERM | AUTH PLAIN: refused: 534 5.7.9 too weak; the server wants another mechanism or password: see auth
auth reply 535 5.7.8 who? | 77 NOPERM | AUTH PLAIN: refused: 535 5.7.8 who?; check user and password
auth reply 538 5.7.11 not in clear | 77 NOPERM | AUTH PLAIN: refused: 538 5.7.11 not in clear; the server wants TLS before a login: see tls
auth reply 250 fine | 76 PROTOCOL | AUTH PLAIN: unexpected reply: 250 fine
auth reply 354 fine | 76 PROTOCOL | AUTH PLAIN: unexpected reply: 354 fine
auth reply hello | 76 PROTOCOL | AUTH PLAIN: not an SMTP reply
auth drop | 75 TEMPFAIL | AUTH PLAIN: the server closed the connection
auth reset | 75 TEMPFAIL | AUTH PLAIN: connection lost
.
  expect_nothing_stored
  expect_nothing_sent
}

@test "the AUTH exchange: what the server does decides" {
  login_server() {
    smarthost_tls implicit --mechs LOGIN "$@"
    rc_login 'tls_starttls off'
  }
  outcomes login_server <<'.'
auth-response reply 454 4.7.0 cannot tell now | 75 TEMPFAIL | AUTH LOGIN: refused: 454 4.7.0 cannot tell now
auth-response reply 535 5.7.8 who? | 77 NOPERM | AUTH LOGIN: refused: 535 5.7.8 who?
auth-response#2 reply 535 5.7.8 who? | 77 NOPERM | AUTH LOGIN: refused: 535 5.7.8 who?
auth-response#2 reply 501 5.5.2 what? | 77 NOPERM | AUTH LOGIN: refused: 501 5.5.2 what?
auth-response reply 421 4.3.2 too busy | 75 TEMPFAIL | AUTH LOGIN: refused: 421 4.3.2 too busy
auth-response drop | 75 TEMPFAIL | AUTH LOGIN: the server closed the connection
auth-response#2 reset | 75 TEMPFAIL | AUTH LOGIN:
auth-response#2 reply hello | 76 PROTOCOL | AUTH LOGIN: not an SMTP reply
.
  expect_nothing_stored
  expect_nothing_sent
}

@test "MAIL: what the server says decides" {
  outcomes plain_server <<'.'
mail reply 421 4.3.2 too busy | 75 TEMPFAIL | MAIL FROM:<me@example.org>: refused: 421 4.3.2 too busy
mail reply 450 4.7.1 greylisted | 75 TEMPFAIL | MAIL FROM:<me@example.org>: refused: 450 4.7.1 greylisted
mail reply 452 4.3.1 disk full | 75 TEMPFAIL | MAIL FROM:<me@example.org>: refused: 452 4.3.1 disk full
mail reply 501 5.1.7 bad address | 65 DATAERR | MAIL FROM:<me@example.org>: refused: 501 5.1.7 bad address
mail reply 503 5.5.1 not now | 69 UNAVAILABLE | MAIL FROM:<me@example.org>: refused: 503 5.5.1 not now
mail reply 530 5.7.0 who are you? | 77 NOPERM | MAIL FROM:<me@example.org>: refused: 530 5.7.0 who are you?; this login is not enough for the server: see user and auth
mail reply 530 TLS first | 77 NOPERM | MAIL FROM:<me@example.org>: refused: 530 TLS first
mail reply 550 no | 69 UNAVAILABLE | MAIL FROM:<me@example.org>: refused: 550 no
mail reply 550 5.1.8 bad sender | 69 UNAVAILABLE | MAIL FROM:<me@example.org>: refused: 550 5.1.8 bad sender
mail reply 550 5.7.1 not yours | 77 NOPERM | MAIL FROM:<me@example.org>: refused: 550 5.7.1 not yours
mail reply 552 5.3.4 too big | 65 DATAERR | MAIL FROM:<me@example.org>: refused: 552 5.3.4 too big
mail reply 552 too big | 65 DATAERR | MAIL FROM:<me@example.org>: refused: 552 too big
mail reply 553 5.1.7 no such sender | 65 DATAERR | MAIL FROM:<me@example.org>: refused: 553 5.1.7 no such sender
mail reply 553 5.7.1 not yours | 77 NOPERM | MAIL FROM:<me@example.org>: refused: 553 5.7.1 not yours
mail reply 554 5.6.0 bad content | 65 DATAERR | MAIL FROM:<me@example.org>: refused: 554 5.6.0 bad content
mail reply 555 5.5.4 bad parameter | 69 UNAVAILABLE | MAIL FROM:<me@example.org>: refused: 555 5.5.4 bad parameter
mail reply 599 | 69 UNAVAILABLE | MAIL FROM:<me@example.org>: refused: 599
mail reply hello | 76 PROTOCOL | MAIL FROM:<me@example.org>: not an SMTP reply: it may repeat the password and is not shown
mail drop | 75 TEMPFAIL | MAIL FROM:<me@example.org>: the server closed the connection
mail reset | 75 TEMPFAIL | MAIL FROM:<me@example.org>: connection lost
mail half 250-fine | 75 TEMPFAIL | MAIL FROM:<me@example.org>: the server closed the connection
.
  expect_nothing_stored
}

@test "RCPT: what the server says decides" {
  outcomes plain_server <<'.'
rcpt reply 421 4.3.2 too busy | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: refused: 421 4.3.2 too busy
rcpt reply 450 4.2.1 locked | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: refused: 450 4.2.1 locked
rcpt reply 451 4.7.1 greylisted | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: refused: 451 4.7.1 greylisted
rcpt reply 452 4.2.2 full | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: refused: 452 4.2.2 full
rcpt reply 450 5.1.1 no such user | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: refused: 450 5.1.1 no such user
rcpt reply 501 5.1.3 bad address | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 501 5.1.3 bad address
rcpt reply 503 5.5.1 not now | 69 UNAVAILABLE | RCPT TO:<rcpt@example.net>: refused: 503 5.5.1 not now
rcpt reply 530 5.7.0 who are you? | 77 NOPERM | RCPT TO:<rcpt@example.net>: refused: 530 5.7.0 who are you?
rcpt reply 550 no such user | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 550 no such user
rcpt reply 550 5.1.1 no such user | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 550 5.1.1 no such user
rcpt reply 550 5.1.2 no such host | 68 NOHOST | RCPT TO:<rcpt@example.net>: refused: 550 5.1.2 no such host
rcpt reply 550 5.2.1 disabled | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 550 5.2.1 disabled
rcpt reply 550 5.7.1 no relaying | 77 NOPERM | RCPT TO:<rcpt@example.net>: refused: 550 5.7.1 no relaying
rcpt reply 551 5.1.6 has moved | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 551 5.1.6 has moved
rcpt reply 551 has moved | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 551 has moved
rcpt reply 552 5.2.2 full | 65 DATAERR | RCPT TO:<rcpt@example.net>: refused: 552 5.2.2 full
rcpt reply 553 5.1.3 bad address | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 553 5.1.3 bad address
rcpt reply 553 bad address | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 553 bad address
rcpt reply 554 5.7.1 no relaying | 77 NOPERM | RCPT TO:<rcpt@example.net>: refused: 554 5.7.1 no relaying
rcpt reply 554 no | 69 UNAVAILABLE | RCPT TO:<rcpt@example.net>: refused: 554 no
rcpt reply 554 5.6.7 no UTF-8 | 65 DATAERR | RCPT TO:<rcpt@example.net>: refused: 554 5.6.7 no UTF-8
rcpt reply 556 5.1.10 takes no mail | 67 NOUSER | RCPT TO:<rcpt@example.net>: refused: 556 5.1.10 takes no mail
rcpt reply hello | 76 PROTOCOL | RCPT TO:<rcpt@example.net>: not an SMTP reply: it may repeat the password and is not shown
rcpt reply 354 go on | 76 PROTOCOL | RCPT TO:<rcpt@example.net>: unexpected reply: 354 go on
rcpt drop | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: the server closed the connection
rcpt reset | 75 TEMPFAIL | RCPT TO:<rcpt@example.net>: connection lost
.
  expect_nothing_stored
}

@test "DATA: what the server says decides" {
  outcomes data_server <<'.'
data reply 421 4.3.2 too busy | 75 TEMPFAIL | DATA: refused: 421 4.3.2 too busy
data reply 451 4.3.0 try later | 75 TEMPFAIL | DATA: refused: 451 4.3.0 try later
data reply 503 5.5.1 not now | 69 UNAVAILABLE | DATA: refused: 503 5.5.1 not now
data reply 550 5.7.1 no | 77 NOPERM | DATA: refused: 550 5.7.1 no
data reply 552 5.3.4 too big | 65 DATAERR | DATA: refused: 552 5.3.4 too big
data reply 554 5.5.1 no | 69 UNAVAILABLE | DATA: refused: 554 5.5.1 no
data reply 554 5.6.0 no | 65 DATAERR | DATA: refused: 554 5.6.0 no
data reply hello | 76 PROTOCOL | DATA: not an SMTP reply: it may repeat the password and is not shown
data drop | 75 TEMPFAIL | DATA: the server closed the connection
data reset | 75 TEMPFAIL | DATA: connection lost
.
  expect_nothing_stored
}

# What a server may say to the whole of a message.
judgements() {
  cat <<'.'
end reply 421 4.3.2 too busy | 75 TEMPFAIL | message: refused: 421 4.3.2 too busy
end reply 450 4.7.1 not yet | 75 TEMPFAIL | message: refused: 450 4.7.1 not yet
end reply 452 4.3.1 disk full | 75 TEMPFAIL | message: refused: 452 4.3.1 disk full
end reply 550 no | 69 UNAVAILABLE | message: refused: 550 no
end reply 550 5.7.1 spam | 77 NOPERM | message: refused: 550 5.7.1 spam
end reply 552 5.3.4 too big | 65 DATAERR | message: refused: 552 5.3.4 too big
end reply 552 too big | 65 DATAERR | message: refused: 552 too big
end reply 554 5.6.0 bad content | 65 DATAERR | message: refused: 554 5.6.0 bad content
end reply 554 5.7.1 virus | 77 NOPERM | message: refused: 554 5.7.1 virus
end reply 554 failed | 69 UNAVAILABLE | message: refused: 554 failed
end reply 354 go on | 76 PROTOCOL | message: unexpected reply: 354 go on
end reply hello | 76 PROTOCOL | message: not an SMTP reply: it may repeat the password and is not shown
end half 250-fine | 75 TEMPFAIL | it may have been delivered all the same
end drop | 75 TEMPFAIL | it may have been delivered all the same
end reset | 75 TEMPFAIL | it may have been delivered all the same
.
}

@test "the message by DATA: what the server says decides" {
  outcomes data_server < <(judgements)
  expect_nothing_stored
}

@test "the message by BDAT: what the server says decides" {
  outcomes plain_server < <(judgements)
  expect_nothing_stored
}

@test "BDAT: what the server says decides" {
  outcomes plain_server <<'.'
bdat reply 421 4.3.2 too busy | 75 TEMPFAIL | message: refused: 421 4.3.2 too busy
bdat reply 451 4.3.0 try later | 75 TEMPFAIL | message: refused: 451 4.3.0 try later
bdat reply 503 5.5.1 not now | 69 UNAVAILABLE | message: refused: 503 5.5.1 not now
bdat reply 552 5.3.4 too big | 65 DATAERR | message: refused: 552 5.3.4 too big
bdat drop | 75 TEMPFAIL | message: the server closed the connection
.
  expect_nothing_stored
}

# side_by_side SERVER ACTION STAGE ...: a session for each stage, at which
# the server does that; all at the same time, and all end with 75 after $LIMIT
# seconds, or two, and a line that names each stage.
side_by_side() {
  local server=$1 action=$2 rules=() pids=() n=0 stage limit=${LIMIT:-2}
  shift 2
  for stage; do
    rules+=(--on "$((n += 1)):$stage $action")
  done
  rm -f "$T/dialogue" # of the server before, which had connections, too
  "$server" "${rules[@]}"
  sed -i '/^timeout/d' "$T/rc"
  echo "timeout $limit" >>"$T/rc"
  for ((n = 1; n <= $#; n++)); do
    timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" rcpt@example.net \
      <"$T/mail" >"$T/out$n" 2>"$T/err$n" 3>&- &
    pids+=($!)
    await grep -q -- "^-- connection $n\$" "$T/dialogue"
  done
  for ((n = 1; n <= $#; n++)); do
    echo "${!n} $action"
    status=0
    wait "${pids[n - 1]}" || status=$?
    output=$(cat "$T/err$n")
    expect 75 TEMPFAIL
    expect_output "$(stage_name "${!n}"): nothing came within $limit seconds"
    [ "$(wc -l <"$T/err$n")" -eq 1 ]
    [ ! -s "$T/out$n" ]
  done
  server_ends
}

stage_name() {
  case $1 in
    connect | greeting) echo greeting ;;
    ehlo*) echo EHLO ;;
    starttls) echo STARTTLS ;;
    tls) echo 'TLS handshake' ;;
    auth*) echo "AUTH ${mech:-PLAIN}" ;;
    mail) echo 'MAIL FROM:<me@example.org>' ;;
    rcpt) echo 'RCPT TO:<rcpt@example.net>' ;;
    data) echo DATA ;;
    body | end | bdat) echo message ;;
  esac
}

@test "a server that stalls runs into the deadline at each stage" {
  side_by_side plain_server stall \
    connect greeting ehlo auth mail rcpt bdat body end
  expect_nothing_stored
}

@test "a server that stalls runs into the deadline at each stage of DATA" {
  side_by_side data_server stall mail rcpt data body end
  expect_nothing_stored
}

@test "a server that stalls runs into the deadline at each stage of TLS" {
  mech=SCRAM-SHA-256-PLUS
  side_by_side starttls_server stall \
    starttls tls 'ehlo#2' auth auth-response 'auth-response#2' mail end
  expect_nothing_stored
}

@test "a byte now and then does not put the deadline off" {
  local LIMIT=4 # what goes well has its time on a busy machine
  side_by_side plain_server 'trickle 1500' greeting ehlo mail rcpt
  expect_nothing_stored
  side_by_side data_server 'trickle 1500' data end
}

@test "lines now and then do not put the deadline off" {
  # each line is a reply that does not end
  smarthost --on 'mail trickle 100' \
    --on 'mail accept 250-\r\n250-\r\n250-\r\n250-\r\n250-\r\n250-\r\n250 end'
  rc 'timeout 2'
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'MAIL FROM:<me@example.org>: nothing came within 2'
}

# slowly RULE DATA|BDAT: a message of 3 MB to a server that reads
# by that rule, with a short deadline.
slowly() {
  local rule=$1 caps=PIPELINING,8BITMIME
  [ "$2" = DATA ] || caps+=,CHUNKING
  yes 'a line of the text, and no short one at that' |
    head -c 3000000 >>"$T/mail"
  echo >>"$T/mail"
  smarthost --caps "$caps" --on "$rule"
  rc 'timeout 2'
  send rcpt@example.net
}

@test "a server that reads slowly, but steadily, gets all by DATA" {
  slowly 'body slowread 500000' DATA
  expect_sent
  [ "$(stat -c %s "$T/store/1.eml")" -gt 3000000 ]
}

@test "a server that reads slowly, but steadily, gets all by BDAT" {
  slowly 'body slowread 500000' BDAT
  expect_sent
  [ "$(stat -c %s "$T/store/1.eml")" -gt 3000000 ]
}

@test "a server that takes some octets now and then runs into the deadline" {
  # what the kernels hold between them may be all of it
  slowly 'body slowread 1000' DATA
  expect_failure 75 TEMPFAIL 'message: nothing came within 2 seconds'
}

@test "a server that stops reading for good runs into the deadline" {
  local how start=$SECONDS
  for how in DATA BDAT; do
    slowly 'body slowread 1000000 1000000' "$how"
    expect_failure 75 TEMPFAIL 'message: nothing came within 2 seconds'
    expect_nothing_stored
  done
  [ $((SECONDS - start)) -lt 20 ]
}

@test "a reply without end is none" {
  outcomes plain_server <<'.'
greeting endless 220 | 76 PROTOCOL | greeting: reply without end
ehlo endless 250 | 76 PROTOCOL | EHLO: reply without end
auth endless 235 | 76 PROTOCOL | AUTH PLAIN:
.
  relay_server() {
    smarthost "$@"
    rc
  }
  outcomes relay_server <<'.'
mail endless 250 | 76 PROTOCOL | MAIL FROM:<me@example.org>: reply without end
rcpt endless 550 | 76 PROTOCOL | RCPT TO:<rcpt@example.net>: reply without end
end endless 250 | 76 PROTOCOL | message: reply without end
greeting flood x | 76 PROTOCOL | greeting: line without end
ehlo flood 250 x | 76 PROTOCOL | EHLO: line without end
mail flood 250 x | 76 PROTOCOL | MAIL FROM:<me@example.org>: line without end
.
  expect_nothing_stored
}

@test "nobody listens on the port" {
  smarthost
  rc
  server_ends
  send rcpt@example.net
  expect 75 TEMPFAIL
  expect_one_line 'connect to localhost [' "port $PORT: Connection refused"
}

# nobody_at HOST: skips if somebody listens where no port is given.
nobody_at() {
  local port
  for port in 465 587 25; do
    ! (exec 3<>"/dev/tcp/$1/$port") 2>/dev/null ||
      skip "somebody listens on port $port"
  done
}

@test "nobody listens on any of the usual ports" {
  nobody_at 127.0.0.1
  status=0
  "$POSTHASTE" --host 127.0.0.1 -f me@example.org rcpt@example.net \
    <"$T/mail" >"$T/out" 2>"$T/err" || status=$?
  output=$(cat "$T/err")
  expect 75 TEMPFAIL
  expect_one_line 'connect to 127.0.0.1 [127.0.0.1] port ' 'Connection refused'
}

# tried PORT: at 127.0.0.1, as --debug says it.
tried() {
  grep -Eq "\\[127\.0\.0\.1\](:| port )$1: " "$T/err"
}

@test "port 25 is tried without a login, and never with one" {
  nobody_at 127.0.0.1
  PORT=1
  rc
  sed -i '/^port/d' "$T/rc"
  submit -d --host 127.0.0.1 rcpt@example.net
  expect 75 TEMPFAIL
  tried 465
  tried 587
  tried 25

  rc_login
  sed -i '/^port/d' "$T/rc"
  submit -d --host 127.0.0.1 rcpt@example.net
  expect 75 TEMPFAIL
  tried 465
  tried 587
  ! tried 25 || return 1
}

# usual_port PORT [option ...]: the server where it is looked for if no port
# is given; skips if it cannot be there.
usual_port() {
  nobody_at 127.0.0.1
  if ! smarthost --port "$@"; then
    grep -q ': listen on ' "$T/smarthost.err" || return 1
    skip "port $1 is not for me"
  fi
  rc
  sed -i '/^port/d' "$T/rc"
  HOST=127.0.0.1
}

@test "without a login, a server on port 587 without TLS gets no mail" {
  usual_port 587
  send --host 127.0.0.1 rcpt@example.net
  expect_failure 76 PROTOCOL STARTTLS 'the server does not offer it'
  expect_nothing_sent
  expect_nothing_stored
}

@test "without a login, a server on port 587 that nobody vouches for gets no mail" {
  usual_port 587 --tls starttls --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  send --host 127.0.0.1 rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake: ' 'certificate'
  expect_nothing_sent
  expect_nothing_stored
}

@test "without a login, a server on port 465 that nobody vouches for gets no mail" {
  usual_port 465 --tls implicit --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  send --host 127.0.0.1 rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake: ' 'certificate'
  expect_nothing_sent
  expect_nothing_stored
}

# with_resolver HOSTS: runs posthaste where names are looked up in these ways
# only (nsswitch.conf), and no network is there.
with_resolver() {
  echo "hosts: $1" >"$T/nsswitch.conf"
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' \
    >"$T/resolv.conf"
  # shellcheck disable=SC2016
  local mount='
    mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf &&
    mount --bind "$1/resolv.conf" /etc/resolv.conf || exit 1
    shift
    exec "$@"'
  unshare -rmn sh -c "$mount" sh "$T" true 2>/dev/null ||
    skip 'no mounts for me here'
  PORT=25
  rc
  status=0
  timeout -s KILL 30 unshare -rmn sh -c "$mount" sh "$T" \
    "$POSTHASTE" -C "$T/rc" --host no-such-host.example rcpt@example.net \
    <"$T/mail" >"$T/out" 2>"$T/err" 3>&- || status=$?
  output=$(cat "$T/err")
}

@test "a host that does not exist is a mistake" {
  with_resolver files
  expect 68 NOHOST
  expect_one_line 'look up host no-such-host.example: ' \
    'check the spelling of host'
}

@test "a name server in trouble is worth another try" {
  with_resolver dns
  expect 75 TEMPFAIL
  expect_one_line 'look up host no-such-host.example: '
}

@test "SIGTERM while the server stalls is no success" {
  smarthost --on 'end stall'
  rc
  "$POSTHASTE" -C "$T/rc" rcpt@example.net \
    <"$T/mail" >"$T/out" 2>"$T/err" 3>&- &
  local pid=$!
  await grep -q -- '^-- stalled by the script' "$T/dialogue"
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  output=$(cat "$T/err")
  expect 143 SIGTERM
  expect_nothing_stored
}

@test "success says nothing" {
  smarthost
  rc
  send rcpt@example.net
  expect_sent
}
