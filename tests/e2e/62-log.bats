#!/usr/bin/env bats
# The log file and syslog.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  printf 'From: me@example.org\nSubject: hi\n\ntext\n' >"$T/msg"
}

teardown() { e2e_teardown; }

send() {
  run --separate-stderr "$POSTHASTE" -C "$T/rc" "$@" <"$T/msg"
}

# value NAME: of the last line of the log.
value() {
  tail -n 1 "$T/log" | sed -n "s/.* $1=\('[^']*'\|[^ ]*\).*/\1/p"
}

@test "the log line has msmtp's fields, the server's reply and the queue id" {
  smarthost_tls starttls --on 'bdat accept 250 2.0.0 Ok: queued as 4F2A'
  rc_login "logfile $T/log"
  send you@example.org two@example.org
  expect 0 OK
  same "$output$stderr" ''
  same "$(value host)" localhost
  same "$(value tls)" on
  same "$(value auth)" on
  same "$(value user)" me@example.org
  same "$(value from)" me@example.org
  same "$(value recipients)" you@example.org,two@example.org
  same "$(value mailsize)" "$(wc -c <"$T/store/1.eml")"
  same "$(value smtpstatus)" 250
  same "$(value smtpmsg)" "'250 2.0.0 Ok: queued as 4F2A'"
  same "$(value queueid)" 4F2A
  same "$(value exitcode)" EX_OK
  grep -Eq '^[A-Z][a-z]{2} [0-9]{2} [0-9:]{8} host=' "$T/log"
  same "$(stat -c %a "$T/log")" 600
}

@test "a refusal is logged with the server's words and the exit code" {
  smarthost --on 'mail reply 550 5.7.1 not you'
  rc "logfile $T/log" 'logfile_time_format none'
  send you@example.org
  expect 77 NOPERM
  same "$(value smtpstatus)" 550
  same "$(value smtpmsg)" "'550 5.7.1 not you'"
  same "$(value exitcode)" EX_NOPERM
  value errormsg | grep -q 'MAIL FROM'
  grep -q '^host=localhost' "$T/log"
}

@test "a message that never reached the server is logged" {
  smarthost
  rc "logfile $T/log"
  send 'a@b@c'
  expect 65 DATAERR
  same "$(value exitcode)" EX_DATAERR
}

@test "log_format json gives the same as JSON" {
  smarthost --on 'bdat accept 250 id=1a-2b'
  rc "logfile $T/log" 'log_format json'
  send '"q, \" r" <you@example.org>'
  expect 0 OK
  python3 - "$T/log" "$T/store/1.eml" <<'PY'
import json, os, sys
entry = json.loads(open(sys.argv[1]).read())
assert entry["recipients"] == ["you@example.org"], entry
assert entry["smtpstatus"] == 250 and entry["queueid"] == "1a-2b", entry
assert entry["mailsize"] == os.stat(sys.argv[2]).st_size, entry
assert entry["tls"] is False and entry["auth"] is False, entry
assert entry["exitcode"] == "EX_OK" and "errormsg" not in entry, entry
assert entry["time"].endswith("+00:00"), entry
PY
}

@test "a log file that cannot be written is one warning, and the mail is sent" {
  smarthost
  rc "logfile $T/none/log"
  send you@example.org
  expect 0 OK
  [ -e "$T/store/1.eml" ]
  same "$(printf '%s\n' "$stderr" | wc -l)" 1
  [[ $stderr == *"$T/none/log"* ]]
}

@test "a log file that may not grow is one warning, and the mail is sent" {
  smarthost
  rc "logfile $T/log"
  head -c 4096 /dev/zero >"$T/log"
  printf '#!/bin/sh\nulimit -f 1\nexec %q "$@"\n' "$POSTHASTE" \
    >"$T/posthaste"
  chmod +x "$T/posthaste"
  POSTHASTE=$T/posthaste
  send you@example.org
  expect 0 OK
  [ -e "$T/store/1.eml" ]
  [[ $stderr == *"write the log file $T/log: File too large"* ]]
}

@test "a log file that is a pipe without a reader does not hold us" {
  smarthost
  mkfifo "$T/log"
  rc "logfile $T/log"
  send you@example.org
  expect 0 OK
  [[ $stderr == *"$T/log"* ]]
}

@test "nothing from outside can forge a line or a field of the log" {
  smarthost --on 'bdat accept 250 x'\'' exitcode=EX_NO'
  rc "logfile $T/log"
  send '"a exitcode=EX_X"@example.org'
  expect 0 OK
  same "$(wc -l <"$T/log")" 1
  same "$(sed "s/'[^']*'//g" "$T/log" | grep -o ' exitcode=' | wc -l)" 1
  same "$(value exitcode)" EX_OK
  ! grep -q "$(printf '\033')" "$T/log"
}

@test "control characters of a server are text in the log" {
  local format
  smarthost --on 'end reply 550 5.7.1 \x1b[31mred\x1b[0m \x07bell\x9b8bit'
  for format in text json; do
    rm -f "$T/log"
    rc "logfile $T/log" "log_format $format"
    send you@example.org
    expect 77 NOPERM
    same "$(wc -l <"$T/log")" 1
    grep -q 31mred "$T/log"
    same "$(LC_ALL=C tr -d '\n -~' <"$T/log" | wc -c)" 0
  done
}

@test "a line end in subject, name or address cannot forge a line of the log" {
  smarthost --on 'end reply 554 5.7.1 Subject: a\rhost=x exitcode=EX_OK'
  rc "logfile $T/log"
  printf 'Subject: a\rhost=x\n exitcode=EX_OK\n\ntext\n' >"$T/msg"
  send you@example.org
  expect 77 NOPERM
  send -f $'me@example.org\nhost=x exitcode=EX_OK' you@example.org
  expect 65 DATAERR
  send $'you@example.org\nhost=x exitcode=EX_OK'
  expect 65 DATAERR
  same "$(grep -c ' host=localhost ' "$T/log")" "$(wc -l <"$T/log")"
  ! grep -q "$(printf '\r')" "$T/log" || return 1
  same "$(sed "s/'[^']*'//g" "$T/log" | grep -c 'exitcode=EX_OK')" 0
}

@test "a logfile of - is standard output" {
  smarthost
  rc 'logfile -'
  send you@example.org
  expect 0 OK
  [[ $output == *exitcode=EX_OK* ]]
}

@test "-X names the log file, but not for sendmail" {
  smarthost
  rc
  send -X "$T/log" you@example.org
  expect 0 OK
  same "$(value exitcode)" EX_OK
  ln -s "$POSTHASTE" "$T/sendmail"
  rm "$T/log"
  POSTHASTE_HOST=localhost POSTHASTE_PORT=$PORT POSTHASTE_TLS=off \
    run "$T/sendmail" -X "$T/log" -f me@example.org you@example.org <"$T/msg"
  expect 0 OK
  [ ! -e "$T/log" ]
  [ -e "$T/store/2.eml" ]
}

@test "no password is in the log" {
  smarthost_tls starttls --on 'auth reply 535 5.7.8 no'
  rc_login "logfile $T/log"
  send you@example.org
  expect 77 NOPERM
  same "$(value exitcode)" EX_NOPERM
  ! grep -q 'sec ret' "$T/log"
  ! grep -q "$(printf 'sec ret' | base64)" "$T/log"
}

@test "each recipient that was refused is in the log, with the server's words" {
  smarthost
  rc "logfile $T/log"
  send unknown@example.org you@example.org unknown@example.net
  expect 67 NOUSER
  same "$(value smtpstatus)" 550
  same "$(value smtpmsg)" "'550 5.1.1 no such user'"
  local text
  for text in 'RCPT TO:<unknown@example.org>: refused: 550 5.1.1' \
    'RCPT TO:<unknown@example.net>: refused: 550 5.1.1' \
    'accepted for the other 1 of 3 recipients'; do
    value errormsg | grep -q "$text"
  done
  send unknown@example.org
  same "$(value smtpstatus)" 550
  same "$(value exitcode)" EX_NOUSER
}

@test "LMTP: who the mail was refused for is in the log" {
  smarthost --lmtp --on 'end#2 reply 452 4.2.2 over quota'
  rc "logfile $T/log" 'protocol lmtp'
  send a@example.org b@example.org c@example.org
  expect 75 TEMPFAIL
  same "$(value smtpstatus)" 452
  same "$(value exitcode)" EX_TEMPFAIL
  value errormsg | grep -q 'message for <b@example.org>: refused: 452 4.2.2'
  value errormsg | grep -q 'accepted for the other 2 of 3'
}

@test "who a lost connection left without the mail is in the log" {
  smarthost --caps 'PIPELINING,LIMITS RCPTMAX=1' --on 'rcpt=b@example.org drop'
  rc "logfile $T/log"
  send a@example.org b@example.org
  expect 75 TEMPFAIL
  value errormsg | grep -q 'message for <b@example.org>: not accepted'
  value errormsg | grep -q 'accepted for 1 of 2 recipients, then'
  same "$(value exitcode)" EX_TEMPFAIL
}

@test "the size in the log is of what went out, encoded" {
  smarthost --caps PIPELINING
  rc "logfile $T/log"
  printf 'From: me@example.org\n\nThis is mostly ASCII \303\244\n%s\n' \
    "$(head -c 2000 /dev/zero | tr '\0' x)" >"$T/msg"
  send you@example.org
  expect 0 OK
  same "$(value mailsize)" "$(wc -c <"$T/store/1.eml")"
}

@test "K2: escape sequences of a server are no more than text in the log" {
  local format nasty=$'\033[31mred\033]0;x\007 \302\2338bit'
  for format in text json; do
    smarthost --on "bdat accept 250 2.0.0 $nasty" \
      --on "rcpt=no@example.org reply 550 5.1.1 $nasty"
    rc "logfile $T/log" "log_format $format"
    send you@example.org
    expect 0 OK
    send you@example.org no@example.org
    expect 67 NOUSER
  done
  same "$(wc -l <"$T/log")" 4
  same "$(grep -c 31mred "$T/log")" 4
  ! LC_ALL=C grep -n '[^ -~]' "$T/log" || return 1
}
