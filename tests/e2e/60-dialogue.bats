#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The dialogue: what is said, in which groups, and what becomes of whom.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# expect_lines N TEXT ...: so many printable lines on standard error, which
# have each TEXT, and nothing on standard output.
expect_lines() {
  [ ! -s "$T/out" ]
  echo "$output"
  mapfile -t lines <"$T/err"
  [ "${#lines[@]}" -eq "$1" ]
  ! grep -aq '[^ -~]' "$T/err" || return 1
  shift
  local text
  for text; do
    expect_output "$text"
  done
}

# expect_groups N: how often the server heard something new after it had
# answered all.
expect_groups() {
  cat "$T/counts"
  grep -q "^session=1 groups=$1 .* quit=yes\$" "$T/counts"
}

expect_said() {
  grep -qF -- "C: $1" "$T/dialogue"
}

refute_said() {
  ! grep -F -- "C: $1" "$T/dialogue" || return 1
}

# How the server takes the message, and its capabilities for that.
each_way='DATA BDAT'
caps_of() {
  case $1 in
    DATA) echo PIPELINING,8BITMIME ;;
    BDAT) echo PIPELINING,8BITMIME,CHUNKING ;;
  esac
}

@test "envelope and message go in one group" {
  smarthost_tls implicit --mechs PLAIN
  rc_login 'tls_starttls off'
  send rcpt@example.net another@example.net
  expect_sent
  expect_said 'BDAT '
  expect_groups 4 # EHLO, AUTH, MAIL to the end of the message, QUIT
}

@test "envelope and DATA go in one group" {
  smarthost --caps PIPELINING
  rc
  send rcpt@example.net another@example.net
  expect_sent
  expect_said DATA
  expect_groups 4 # EHLO, MAIL to DATA, message, QUIT
}

@test "a large message waits for the recipients to be accepted" {
  yes 'a line of the text' | head -c 400000 >>"$T/mail"
  smarthost
  rc
  send unknown@example.net
  expect_failure 67 NOUSER 'RCPT TO:<unknown@example.net>'
  refute_said BDAT

  smarthost
  rc
  send rcpt@example.net
  expect_sent
  expect_said 'BDAT '
}

@test "commands are not pipelined where that is not offered" {
  local caps n=0
  for caps in '' CHUNKING; do
    smarthost --caps "$caps"
    rc
    send rcpt@example.net
    expect_sent $((n += 1))
    smarthost --caps "$caps"
    rc
    # shellcheck disable=SC2046
    send $(seq -f 'r%g@example.net' 20)
    expect_sent $((n += 1))
  done
  ! grep 'too early' "$T/dialogue" || return 1
}

@test "some refused without pipelining: the others get the mail" {
  local caps n=0
  for caps in '' CHUNKING; do
    smarthost --caps "$caps"
    rc
    send rcpt@example.net unknown@example.net another@example.net
    expect 67 NOUSER
    expect_lines 2 'RCPT TO:<unknown@example.net>'
    n=$((n + 1))
    [ "$(grep -c ^rcpt "$T/store/$n.env")" -eq 2 ]
  done
}

@test "SIZE= is the number of octets that come" {
  # LF, CRLF, dots that are doubled, 8-bit, no line end at the end
  printf 'Subject: x\r\n\n.\n..x\r\n\303\251\n.\r\n\n%s' tail >"$T/mail"
  local way n=0
  for way in $each_way; do
    smarthost --caps "$(caps_of "$way"),SIZE 100000"
    rc
    send rcpt@example.net
    expect_sent $((n += 1))
    local size
    size=$(stat -c %s "$T/store/$n.eml")
    grep -q "^mail MAIL FROM:<me@example.org> SIZE=$size " "$T/store/$n.env"
  done
  expect_said "BDAT $size LAST"
}

@test "SIZE= is not said where it is not offered" {
  smarthost --caps PIPELINING
  rc
  send rcpt@example.net
  expect_sent
  expect_said 'MAIL FROM:<me@example.org>'
  refute_said 'MAIL FROM:<me@example.org> '
}

@test "BODY=8BITMIME is said of a message that is" {
  printf 'Subject: x\n\ncaf\303\251\n' >"$T/mail"
  smarthost --caps PIPELINING,8BITMIME
  rc
  send rcpt@example.net
  expect_sent
  expect_said 'MAIL FROM:<me@example.org> BODY=8BITMIME'
}

@test "BODY=8BITMIME is not said of a message that is not" {
  smarthost --caps PIPELINING,8BITMIME
  rc
  send rcpt@example.net
  expect_sent
  refute_said 'MAIL FROM:<me@example.org> BODY'
}

@test "an 8-bit message is encoded where 8BITMIME is not offered" {
  printf 'Subject: x\n\ncaf\303\251\n' >"$T/mail"
  smarthost --caps PIPELINING
  rc
  send rcpt@example.net
  expect_sent
  refute_said 'MAIL FROM:<me@example.org> BODY'
  stored | grep -q '^caf=C3=A9'"$(printf '\r')$"
}

@test "a message larger than the server's SIZE is refused before MAIL" {
  smarthost --caps 'PIPELINING,SIZE 1000'
  rc
  head -c 1000 /dev/zero | tr '\0' x >>"$T/mail"
  send rcpt@example.net
  expect_failure 65 DATAERR 'the server takes 1000 at most'
  expect_nothing_sent
  expect_nothing_stored
  expect_said QUIT
}

@test "a message of just the server's SIZE is sent" {
  smarthost --caps 'PIPELINING,SIZE 5000'
  rc 'long_lines pass'
  send rcpt@example.net
  expect_sent
  local room=$((5000 - $(stat -c %s "$T/store/1.eml")))
  smarthost --caps 'PIPELINING,SIZE 5000'
  rc 'long_lines pass'
  printf "%0$((room - 2))d\n" 0 >>"$T/mail"
  send rcpt@example.net
  expect_sent 2
  [ "$(stat -c %s "$T/store/2.eml")" -eq 5000 ]
  smarthost --caps 'PIPELINING,SIZE 5000'
  rc 'long_lines pass'
  printf '\n' >>"$T/mail"
  send rcpt@example.net
  expect_failure 65 DATAERR 'has 5002 octets and the server takes 5000 at most'
}

@test "SIZE 0 and SIZE without a number are no limit" {
  local caps n=0
  for caps in 'SIZE 0' SIZE; do
    smarthost --caps "PIPELINING,$caps"
    rc
    send rcpt@example.net
    expect_sent $((n += 1))
    expect_said 'MAIL FROM:<me@example.org> SIZE='
  done
}

@test "the server's own word on the size is reported" {
  smarthost --on 'mail reply 552 5.3.4 too big for today'
  rc
  send rcpt@example.net
  expect_failure 65 DATAERR \
    'MAIL FROM:<me@example.org>: refused: 552 5.3.4 too big for today'
  expect_nothing_stored
}

@test "recipients accepted get the mail while another is refused" {
  local way n=0
  for way in $each_way; do
    smarthost --caps "$(caps_of "$way")"
    rc
    send one@example.net unknown@example.net two@example.net
    expect 67 NOUSER
    expect_lines 2 \
      "localhost:$PORT: RCPT TO:<unknown@example.net>: refused: 550 5.1.1" \
      'accepted for the other 2 of 3 recipients'
    n=$((n + 1))
    [ "$(grep -c ^rcpt "$T/store/$n.env")" -eq 2 ]
    [ -s "$T/store/$n.eml" ]
  done
}

@test "each refusal is named, and the worst is the exit status" {
  smarthost
  rc
  send later@example.net one@example.net unknown@example.net
  expect 67 NOUSER
  expect_lines 3 \
    'RCPT TO:<later@example.net>: refused: 451 4.3.0 try again' \
    'RCPT TO:<unknown@example.net>: refused: 550 5.1.1 no such user' \
    'accepted for the other 1 of 3 recipients'
  [ -s "$T/store/1.eml" ]
}

@test "a recipient refused for now is worth another try" {
  smarthost
  rc
  send later@example.net one@example.net
  expect 75 TEMPFAIL
  expect_lines 2 'RCPT TO:<later@example.net>: refused: 451 4.3.0 try again'
  [ -s "$T/store/1.eml" ]
}

@test "with partial_delivery off one refusal stops it all" {
  local way
  for way in $each_way; do
    smarthost --caps "$(caps_of "$way")"
    rc 'partial_delivery off'
    send one@example.net unknown@example.net two@example.net
    expect 67 NOUSER
    expect_lines 2 \
      'RCPT TO:<unknown@example.net>: refused: 550 5.1.1 no such user' \
      'sent to none of the 3 recipients'
    expect_nothing_stored
    refute_said BDAT
    refute_said DATA
  done
}

@test "with partial_delivery off mail goes if all are accepted" {
  local way n=0
  for way in $each_way; do
    smarthost --caps "$(caps_of "$way")"
    rc 'partial_delivery off'
    send one@example.net two@example.net
    expect_sent $((n += 1))
  done
}

@test "all recipients refused: each is named, and nothing is stored" {
  local way
  for way in $each_way; do
    smarthost --caps "$(caps_of "$way")"
    rc
    send unknown1@example.net unknown2@example.net
    expect 67 NOUSER
    expect_lines 2 'RCPT TO:<unknown1@example.net>: refused: 550 5.1.1' \
      'RCPT TO:<unknown2@example.net>: refused: 550 5.1.1'
    expect_nothing_stored
  done
}

@test "all recipients refused, and yet 354: a lone dot, and the failure" {
  smarthost --caps PIPELINING --on 'data accept 354 go ahead'
  rc
  send unknown1@example.net unknown2@example.net
  expect 67 NOUSER
  expect_lines 2 'RCPT TO:<unknown1@example.net>' \
    'RCPT TO:<unknown2@example.net>'
  expect_nothing_stored
  expect_said '<message, 0 bytes>'
}

@test "251, it will be forwarded, is a yes" {
  smarthost --on 'rcpt accept 251 2.1.5 we pass it on'
  rc
  send rcpt@example.net
  expect_sent
}

@test "252, it cannot be told, is a yes" {
  smarthost --on 'rcpt accept 252 2.1.5 we shall see'
  rc
  send rcpt@example.net
  expect_sent
}

@test "a greeting may have several lines" {
  smarthost --on 'greeting reply 220-smarthost.test\r\n220-no spam\r\n220 hello'
  rc
  send rcpt@example.net
  expect_sent
}

@test "a greeting may come in pieces" {
  smarthost --on 'greeting trickle 5'
  rc
  send rcpt@example.net
  expect_sent
}

@test "line ends without CR are understood" {
  smarthost \
    --on 'ehlo accept 250-smarthost.test\n250-SIZE 100000\n250 8BITMIME\n'
  rc
  send rcpt@example.net
  expect_sent
  expect_said 'MAIL FROM:<me@example.org> SIZE='
}

@test "codes without text are understood" {
  smarthost --on 'mail accept 250' --on 'rcpt accept 250' --on 'end accept 250'
  rc
  send rcpt@example.net
  expect_sent
}

@test "capabilities are understood in any case, at the end, too" {
  smarthost --caps 'x-nothing,Size 100000,8bitmime'
  rc
  send rcpt@example.net
  expect_sent
  expect_said 'MAIL FROM:<me@example.org> SIZE='
}

@test "EHLO refused is reported as that" {
  smarthost_tls starttls --on 'ehlo reply 550 5.7.1 who are you?'
  rc_login
  send rcpt@example.net
  expect_failure 77 NOPERM 'EHLO: refused: 550 5.7.1 who are you?'
  refute_output TLS
  expect_nothing_sent

  smarthost_tls starttls --on 'ehlo reply 501 5.5.4 bad name'
  rc_login
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'EHLO: refused: 501 5.5.4 bad name'
  refute_output TLS
}

@test "a server that does not know EHLO is greeted with HELO" {
  smarthost --helo-only
  rc
  send rcpt@example.net
  expect_sent
  expect_said 'HELO '
  refute_said 'MAIL FROM:<me@example.org> '
}

@test "the name to greet with can be set" {
  smarthost
  rc 'domain client.example.org'
  send rcpt@example.net
  expect_sent
  grep -q '^C: EHLO client.example.org$' "$T/dialogue"
}

@test "QUIT is sent, and its reply not waited for" {
  smarthost --on 'quit stall'
  rc
  submit rcpt@example.net
  expect_sent
  server_ends
  expect_said QUIT
}

@test "what the server does at QUIT is no failure" {
  local how n=0
  for how in 'reply 500 5.5.1 what?' 'reply 421 4.3.0 no' drop reset; do
    smarthost --on "quit $how"
    rc
    send rcpt@example.net
    expect_sent $((n += 1))
    expect_said QUIT
  done
}

@test "the line lost behind the message is said to leave it open" {
  local way how
  for way in $each_way; do
    for how in drop reset; do
      smarthost --caps "$(caps_of "$way")" --on "end $how"
      rc
      send rcpt@example.net
      expect_failure 75 TEMPFAIL 'it may have been delivered all the same'
    done
  done
}

@test "no answer to the message is said to leave it open" {
  local way
  for way in $each_way; do
    smarthost --caps "$(caps_of "$way")" --on 'end stall'
    rc 'timeout 1'
    send rcpt@example.net
    expect_failure 75 TEMPFAIL 'nothing came within 1 second' \
      'it may have been delivered all the same'
  done
}

@test "the line lost within the message is not" {
  yes 'a line of the text' | head -c 1000000 >>"$T/mail"
  local way
  for way in $each_way; do
    # the rule that never comes to pass keeps the server's buffer small
    smarthost --caps "$(caps_of "$way")" --on 'noop noread 1' --on 'body reset'
    rc
    send rcpt@example.net
    expect_failure 75 TEMPFAIL
    expect_nothing_stored
  done
}

# peak PID: prints its peak memory in KiB when it has ended.
peak() {
  local line last=
  while line=$(grep VmHWM: "/proc/$1/status" 2>/dev/null); do
    last=$line
    sleep 0.05
  done
  echo "$last" | tr -cd 0-9
}

# film SIZE CAPS: that much goes through a pipe, with the memory of a letter.
film() {
  ! ldd "$POSTHASTE" | grep -q 'lib.san' ||
    skip 'a sanitizer keeps its own books in memory'
  smarthost --discard --caps "$2"
  rc
  { printf 'Subject: film\n\n' &&
    yes 'a line of what could be part of a film, or of anything' |
    head -c "$1"; } | {
    "$POSTHASTE" -C "$T/rc" rcpt@example.net >"$T/out" 2>"$T/err" 3>&- &
    peak=$(peak $!)
    status=0
    wait $! || status=$?
    echo "$status ${peak:-none}" >"$T/peak"
  }
  server_ends
  output=$(cat "$T/err")
  read -r status peak <"$T/peak"
  expect 0 OK
  [ -z "$output" ]
  echo "peak memory: $peak KiB"
  [ "$peak" = none ] || [ "$peak" -lt 12288 ]
  local size
  size=$(sed -n 's/^size //p' "$T/store/1.env")
  [ "$size" -gt "$1" ]
}

@test "a film goes through with little memory, by BDAT" {
  film 1000000000 PIPELINING,CHUNKING
}

@test "a film goes through with little memory, by DATA" {
  film 300000000 PIPELINING
}

@test "a domain beyond ASCII goes as an A-label" {
  smarthost
  rc
  send 'rcpt@bücher.example'
  expect_sent
  expect_said 'RCPT TO:<rcpt@xn--bcher-kva.example>'
  ! grep 'C: MAIL .* SMTPUTF8' "$T/dialogue" || return 1
}

@test "an address beyond ASCII is refused where SMTPUTF8 is not offered" {
  smarthost --caps PIPELINING,8BITMIME
  rc
  send 'josé@example.net'
  expect 65 DATAERR
  expect_output SMTPUTF8
  expect_output 'the recipient josé@example.net is not ASCII'
  same "$(wc -l <"$T/err")" 1
  expect_nothing_sent
  expect_nothing_stored
}

@test "D19: the lack of SMTPUTF8 is told where the text cannot go as it is, too" {
  local caps
  for caps in PIPELINING PIPELINING,8BITMIME; do
    smarthost --caps "$caps"
    rc
    printf 'To: josé@example.net\n\nThis is ä letter\n' >"$T/mail"
    send -t
    expect 65 DATAERR
    expect_output 'josé@example.net is not ASCII'
    expect_output 'does not offer SMTPUTF8'
    expect_nothing_sent
  done
}

@test "an address beyond ASCII goes where SMTPUTF8 is offered" {
  smarthost
  rc
  send 'josé@example.net'
  expect_sent
  grep -q '^mail MAIL FROM:<me@example.org> .*SMTPUTF8$' "$T/store/1.env"
  grep -q '^rcpt RCPT TO:<josé@example.net>$' "$T/store/1.env"
}

@test "ASCII mail does not ask for SMTPUTF8" {
  smarthost
  rc
  send rcpt@example.net
  expect_sent
  grep -q '^S: 250.SMTPUTF8' "$T/dialogue"
  ! grep 'C: MAIL .* SMTPUTF8' "$T/dialogue" || return 1
}

@test "a recipient named twice gets one RCPT" {
  smarthost
  rc
  send rcpt@example.net other@example.net '<rcpt@example.net>' rcpt@EXAMPLE.net
  expect_sent
  [ "$(grep -c '^C: RCPT' "$T/dialogue")" -eq 2 ]
}

@test "the null sender is sent as such" {
  smarthost
  rc
  send -f '<>' rcpt@example.net
  expect_sent
  expect_said 'MAIL FROM:<> '
}

@test "2,000 recipients are pipelined, in their order" {
  seq -f 'recipient-%g@example.net' 2000 >"$T/rcpts"
  smarthost
  rc
  # shellcheck disable=SC2046
  send $(cat "$T/rcpts")
  expect_sent
  sed -n 's/^rcpt RCPT TO:<\(.*\)>$/\1/p' "$T/store/1.env" \
    "$T/store/2.env" >"$T/heard"
  cmp "$T/rcpts" "$T/heard"
  cat "$T/counts"
  local groups
  groups=$(sed -n 's/.* groups=\([0-9]*\) .*/\1/p' "$T/counts")
  [ "$groups" -lt 500 ]
}

@test "2,000 recipients of whom half are refused are each named" {
  smarthost
  rc
  # shellcheck disable=SC2046
  send $(seq -f 'ok%g@example.net' 1000) $(seq -f 'unknown%g@example.net' 1000)
  expect 67 NOUSER
  expect_lines 1001 'RCPT TO:<unknown1@example.net>' \
    'RCPT TO:<unknown1000@example.net>' 'accepted for the other 1000 of 2000'
  [ "$(grep -c ^rcpt "$T/store/1.env")" -eq 1000 ]
}
