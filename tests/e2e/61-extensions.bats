#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is asked of the server besides delivery, more recipients than it takes
# at once, and LMTP.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# What the server was told in message N: the parameters of MAIL, of RCPT.
mail_parameters() {
  sed -n 's/^mail MAIL FROM:<[^>]*>//p' "$T/store/${1:-1}.env"
}

rcpt_parameters() {
  sed -n 's/^rcpt RCPT TO:<[^>]*>//p' "$T/store/${1:-1}.env"
}

# as_sendmail [letter ...] [recipient ...]: as send, called by that name.
as_sendmail() {
  ln -sf "$POSTHASTE" "$T/sendmail"
  mkdir -p "$HOME/.config/posthaste"
  cp "$T/rc" "$HOME/.config/posthaste/posthasterc"
  status=0
  "$T/sendmail" "$@" <"$T/mail" >"$T/out" 2>"$T/err" 3>&- || status=$?
  output=$(<"$T/err")
  server_ends
}

@test "-N, -R and -V ask for reports" {
  smarthost --caps PIPELINING,DSN
  rc
  as_sendmail -N Success,delay -R hdrs -V a+b=c rcpt@example.net
  expect_sent
  same "$(mail_parameters)" ' RET=HDRS ENVID=a+2Bb+3Dc'
  same "$(rcpt_parameters)" \
    ' NOTIFY=SUCCESS,DELAY ORCPT=rfc822;rcpt@example.net'
}

@test "the settings ask for the same" {
  smarthost --caps PIPELINING,DSN
  rc 'dsn_notify never' 'dsn_return full' 'dsn_envid "x 1"'
  send rcpt@example.net
  expect_sent
  same "$(mail_parameters)" ' RET=FULL ENVID=x+201'
  same "$(rcpt_parameters)" ' NOTIFY=NEVER ORCPT=rfc822;rcpt@example.net'
}

@test "without a word of the user nothing is asked for" {
  smarthost --caps 'PIPELINING,DSN,DELIVERBY,FUTURERELEASE,MT-PRIORITY'
  rc
  send rcpt@example.net
  expect_sent
  same "$(mail_parameters)$(rcpt_parameters)" ''
}

@test "reports of success or none are refused where DSN is not offered" {
  local word
  for word in never success failure,success; do
    smarthost --caps PIPELINING
    rc "dsn_notify $word"
    send rcpt@example.net
    expect_failure 69 UNAVAILABLE 'does not offer DSN' \
      "dsn_notify ($T/rc:4)" 'dsn_notify off'
    expect_nothing_sent
  done
}

@test "reports of failure are left to the server where DSN is not offered" {
  smarthost --caps PIPELINING
  rc
  send --debug -N failure,delay -R full -V id rcpt@example.net
  expect 0 OK
  expect_output 'DSN is not offered: NOTIFY is left out'
  same "$(mail_parameters)$(rcpt_parameters)" ''
}

@test "a wrong word for reports is a wrong call, or a wrong file" {
  smarthost
  rc
  send -N never,delay rcpt@example.net
  expect 64 USAGE
  expect_output '"never" stands alone'
  rc 'dsn_notify never,delay'
  submit rcpt@example.net
  expect 78 CONFIG
  expect_output "$T/rc:4: dsn_notify: "
  submit -V "$(printf 'a\303\251')" -C "$T/rc" rcpt@example.net
  expect 64 USAGE
  expect_output 'printable ASCII'
}

@test "a deadline, a hold, a priority and a submitter go with MAIL" {
  smarthost --caps 'PIPELINING,DELIVERBY,FUTURERELEASE,MT-PRIORITY' \
    --user me --password x --mechs PLAIN --auth-before-tls
  rc
  send --deliver-by 2h,return,trace --hold-for 15m --priority -3 \
    --mail-auth you+me@example.org rcpt@example.net
  expect_sent
  same "$(mail_parameters)" \
    ' BY=7200;RT HOLDFOR=900 MT-PRIORITY=-3 AUTH=you+2Bme@example.org'
}

@test "a date to hold mail until goes in UTC" {
  smarthost --caps 'FUTURERELEASE 99999999 2999-12-31T00:00:00Z'
  rc 'hold_for 60'
  send --hold-until 2999-01-01T00:30:00+01:00 --mail-auth '<>' \
    rcpt@example.net
  expect_sent
  same "$(mail_parameters)" ' HOLDUNTIL=2998-12-31T23:30:00Z'
}

@test "what is asked of the server and it cannot is refused before MAIL" {
  local row
  for row in '--deliver-by=60|DELIVERBY' '--hold-for=60|FUTURERELEASE' \
    '--hold-until=2999-01-01T00:00:00Z|FUTURERELEASE'; do
    smarthost
    rc
    send "${row%|*}" rcpt@example.net
    expect_failure 69 UNAVAILABLE "does not offer ${row#*|}" "${row%%=*}"
    expect_nothing_sent
  done
}

@test "the server's limits for deadlines and holds are kept" {
  local row
  for row in '--deliver-by=59,return|no less than 60 seconds' \
    '--hold-for=601|600 seconds at most' \
    '--hold-until=2998-01-01T00:00:00Z|until 2997-01-01T00:00:00Z at most'; do
    smarthost --caps \
      'DELIVERBY 60,FUTURERELEASE 600 2997-01-01T00:00:00Z'
    rc
    send "${row%|*}" rcpt@example.net
    expect_failure 69 UNAVAILABLE "${row#*|}"
    expect_nothing_sent
  done
}

@test "a priority is left out where it is not offered" {
  smarthost --caps PIPELINING
  rc
  send --priority 9 rcpt@example.net
  expect_sent
  same "$(mail_parameters)" ''
}

@test "TLS on the way on is required by REQUIRETLS" {
  smarthost_tls starttls --caps PIPELINING,REQUIRETLS
  rc "tls_trust_file $CERT_DIR/ca.pem"
  send --relay-tls require rcpt@example.net
  expect_sent
  same "$(mail_parameters)" ' REQUIRETLS'

  rm "$T/dialogue"
  smarthost_tls starttls --caps PIPELINING
  rc "tls_trust_file $CERT_DIR/ca.pem"
  send --relay-tls require rcpt@example.net
  expect_failure 69 UNAVAILABLE 'does not offer REQUIRETLS'
  expect_nothing_sent
}

@test "TLS on the way on takes verified TLS on our own" {
  smarthost --caps PIPELINING,REQUIRETLS
  rc
  send --relay-tls require rcpt@example.net
  expect_failure 76 PROTOCOL STARTTLS
  expect_nothing_sent

  smarthost_tls starttls --caps PIPELINING,REQUIRETLS
  rc
  send --relay-tls require rcpt@example.net
  expect_failure 69 UNAVAILABLE certificate
  expect_nothing_sent
}

@test "TLS on the way on can be declared optional, once" {
  smarthost
  rc 'relay_tls optional'
  send rcpt@example.net
  expect_sent
  same "$(stored | grep -ci '^tls-required: no')" 1
  smarthost
  rc 'relay_tls optional'
  printf 'TLS-REQUIRED: No\n\nx\n' >"$T/mail"
  send rcpt@example.net
  expect_sent 2
  same "$(stored 2 | grep -ci '^tls-required: no')" 1
}

# How many transactions, of how many recipients at most.
transactions() {
  find "$T/store" -name '*.env' | wc -l
}

most_recipients() {
  grep -c ^rcpt "$T"/store/*.env | sed 's/.*://' | sort -n | tail -n 1
}

all_recipients() {
  sed -n 's/^rcpt RCPT TO:<\([^>]*\)>.*/\1/p' "$T"/store/*.env | sort
}

@test "20,000 recipients are split by the limit that is announced" {
  seq -f 'r%g@example.net' 20000 | sort >"$T/rcpts"
  smarthost --caps 'PIPELINING,CHUNKING,LIMITS RCPTMAX=1500' --rcpt-limit 1500
  rc
  # shellcheck disable=SC2046
  send $(cat "$T/rcpts")
  expect 0 OK
  same "$(transactions)" 14
  same "$(most_recipients)" 1500
  all_recipients | cmp - "$T/rcpts"
  same "$(grep -c '^S: 452' "$T/dialogue")" 0
  same "$(grep -c '^C: RCPT' "$T/dialogue")" 20000
}

@test "20,000 recipients are split by a limit that is not announced" {
  seq -f 'r%g@example.net' 20000 | sort >"$T/rcpts"
  local caps
  for caps in PIPELINING PIPELINING,CHUNKING; do
    rm -f "$T"/store/* "$T/dialogue"
    smarthost --caps "$caps" --rcpt-limit 500
    rc
    # shellcheck disable=SC2046
    send $(cat "$T/rcpts")
    expect 0 OK
    same "$(transactions)" 40
    all_recipients | cmp - "$T/rcpts"
    same "$(grep -c '^C: RCPT' "$T/dialogue")" 20500
  done
}

@test "recipients past the limit and unknown ones are told apart" {
  smarthost --rcpt-limit 2
  rc
  send a@example.net unknown@example.net b@example.net c@example.net \
    d@example.net
  expect 67 NOUSER
  expect_output 'RCPT TO:<unknown@example.net>: refused: 550 5.1.1'
  expect_output 'accepted for the other 4 of 5 recipients'
  all_recipients | paste -sd ' ' | grep -qx \
    'a@example.net b@example.net c@example.net d@example.net'
}

@test "all or none is refused before any text where it takes several goes" {
  smarthost --rcpt-limit 2
  rc 'partial_delivery off'
  send a@example.net b@example.net c@example.net
  expect_failure 69 UNAVAILABLE 'takes 2 of the 3 recipients at once' \
    'partial_delivery is off' 'sent to none'
  expect_nothing_stored
  ! grep '^C: BDAT' "$T/dialogue" || return 1

  smarthost --caps 'LIMITS RCPTMAX=2'
  rc 'partial_delivery off'
  rm "$T/dialogue"
  send a@example.net b@example.net c@example.net
  expect_failure 69 UNAVAILABLE 'takes 2 of the 3 recipients at once'
}

@test "if a later transaction fails, who has the mail and who has not is told" {
  smarthost --caps 'PIPELINING,LIMITS RCPTMAX=2' \
    --on 'end#2 reply 451 4.3.0 no more today'
  rc
  send a@example.net b@example.net c@example.net d@example.net e@example.net
  expect 75 TEMPFAIL
  expect_output 'accepted for 2 of 5 recipients, then: message: refused: 451'
  local who
  for who in c d e; do
    expect_output "message for <$who@example.net>: not accepted"
  done
  refute_output '<a@example.net>'
  refute_output '<b@example.net>'
}

@test "421 between two transactions: reconnect, then continue" {
  smarthost --caps 'PIPELINING,LIMITS RCPTMAX=1' \
    --on '1:mail#2 reply-drop 421 4.7.0 one message a connection'
  rc
  send a@example.net b@example.net c@example.net
  expect 0 OK
  same "$(all_recipients | paste -sd ' ')" \
    'a@example.net b@example.net c@example.net'
  same "$(grep -c -e '^-- connection' "$T/dialogue")" 2
}

@test "421 on every connection: as many as serve somebody" {
  smarthost --caps 'PIPELINING,CHUNKING,LIMITS RCPTMAX=1' \
    --on 'mail#2 reply-drop 421 4.7.0 one message a connection'
  rc
  send a@example.net b@example.net c@example.net
  expect 0 OK
  same "$(grep -c -e '^-- connection' "$T/dialogue")" 3

  smarthost --caps 'PIPELINING,LIMITS RCPTMAX=1' \
    --on '1:mail#2 reply-drop 421 4.7.0 enough' \
    --on '2:mail reply-drop 421 4.7.0 enough'
  rm "$T/dialogue"
  rc
  send a@example.net b@example.net
  expect 75 TEMPFAIL
  expect_output 'accepted for 1 of 2 recipients'
  expect_output 'message for <b@example.net>: not accepted'
}

@test "no more transactions on a connection than MAILMAX" {
  smarthost --caps 'PIPELINING,CHUNKING,LIMITS RCPTMAX=1 MAILMAX=2'
  rc
  send a@example.net b@example.net c@example.net
  expect 0 OK
  same "$(transactions)" 3
  same "$(grep -c -e '^-- connection' "$T/dialogue")" 2
  same "$(grep -c '^C: QUIT' "$T/dialogue")" 2
}

@test "a connection of its own begins with TLS and a login, too" {
  smarthost_tls implicit --mechs PLAIN \
    --caps 'PIPELINING,CHUNKING,LIMITS RCPTMAX=1 MAILMAX=1'
  rc_login 'tls_starttls off'
  send a@example.net b@example.net
  expect 0 OK
  grep -q '^tls TLS' "$T/store/2.env"
  grep -q '^auth PLAIN' "$T/store/2.env"
}

@test "one transaction takes no more groups than before" {
  smarthost --caps 'PIPELINING,CHUNKING,DSN,LIMITS RCPTMAX=2'
  rc
  send -N success a@example.net b@example.net
  expect_sent
  grep -q '^session=1 groups=3 ' "$T/counts" # EHLO, all, QUIT
}

@test "LMTP: each recipient has a verdict of its own" {
  smarthost --lmtp --on 'end#2 reply 452 4.2.2 over quota'
  rc 'protocol lmtp'
  send a@example.net b@example.net c@example.net
  expect 75 TEMPFAIL
  expect_output 'message for <b@example.net>: refused: 452 4.2.2 over quota'
  expect_output 'accepted for the other 2 of 3 recipients'
  grep -q '^C: LHLO' "$T/dialogue"
  ! grep 'C: [EH][EH]LO' "$T/dialogue" || return 1
}

@test "LMTP: all accepted is success" {
  smarthost --lmtp
  rc 'protocol lmtp' 'partial_delivery off'
  send a@example.net b@example.net
  expect_sent
}

@test "LMTP: refused before and behind the message" {
  smarthost --lmtp --on 'end#1 reply 550 5.1.1 gone'
  rc
  send --protocol lmtp unknown@example.net b@example.net
  expect 67 NOUSER
  expect_output 'RCPT TO:<unknown@example.net>: refused: 550 5.1.1'
  expect_output 'message for <b@example.net>: refused: 550 5.1.1 gone'
}

@test "LMTP: no other greeting is tried" {
  smarthost
  rc 'protocol lmtp'
  send a@example.net
  expect_failure 69 UNAVAILABLE 'LHLO: refused: 500'
  ! grep 'C: [EH][EH]LO' "$T/dialogue" || return 1
}

@test "LMTP: the port must be set, and TLS is off by default" {
  printf 'host localhost\nfrom me@example.org\nprotocol lmtp\n' >"$T/rc"
  submit a@example.net
  expect 78 CONFIG
  expect_output "$T/rc:3: protocol is lmtp, but port is not set"
  smarthost --lmtp
  rc 'protocol lmtp'
  run "$POSTHASTE" -C "$T/rc" -P
  expect 0 OK
  expect_output 'tls off # default'
}

@test "the enhanced status code is said once" {
  smarthost --on 'rcpt=a@example.net reply 550-5.1.1 no\r\n550 5.1.1 such user'
  rc
  send a@example.net b@example.net
  expect 67 NOUSER
  same "$(grep -o '5\.1\.1' "$T/err" | wc -l)" 1
  smarthost --on 'mail reply 451-4.7.1 not\r\n451 4.7.1 now'
  rc
  send a@example.net
  expect 75 TEMPFAIL
  same "$(grep -o '4\.7\.1' "$T/err" | wc -l)" 1
  smarthost --on 'end reply 554-5.6.0 bad\r\n554 5.6.0 text'
  rc
  send a@example.net
  expect 65 DATAERR
  same "$(grep -o '5\.6\.0' "$T/err" | wc -l)" 1
}
