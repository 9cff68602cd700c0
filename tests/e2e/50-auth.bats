#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# AUTH: which mechanism is used, what a refusal means, and what stays secret.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# A server with certificate and account, and the mechanisms given.
offering() {
  local mechs=$1
  shift
  smarthost_tls starttls --mechs "$mechs" "$@"
  rc_login
}

all='LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS'

# expect_login MECHANISM [USER]
expect_login() {
  expect_sent
  grep -q "^auth $1 ${2:-me@example.org}\$" "$T/store/1.env"
}

# expect_attempts N: that many AUTH commands were given.
expect_attempts() {
  grep '^C: AUTH' "$T/dialogue" || true
  [ "$(grep -c '^C: AUTH' "$T/dialogue")" -eq "$1" ]
}

# One line of standard error, nothing sent, and no password.
expect_refusal() {
  expect_failure "$@"
  expect_nothing_stored
  expect_nothing_sent
  expect_secret 'sec ret'
}

# expect_secret PASSWORD: it was not said, nor what was sent for it.
expect_secret() {
  refute_output "$1"
  refute_output "$(printf %s "$1" | base64 -w 0)"
  # each response, with its command or alone
  local token
  for token in $(sed -n 's/^C: //p' "$T/dialogue" |
    grep -v '^\(EHLO\|STARTTLS\|MAIL\|RCPT\|DATA\|BDAT\|QUIT\|<message\)' |
    sed 's/^AUTH [^ ]* *//'); do
    refute_output "$token"
  done
  # and the challenges
  for token in $(sed -n 's/^S: 334 //p' "$T/dialogue"); do
    refute_output "$token"
  done
}

@test "SCRAM-SHA-256-PLUS logs in over TLS 1.3" {
  offering SCRAM-SHA-256-PLUS --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.3
  send rcpt@example.net
  expect_login SCRAM-SHA-256-PLUS
}

@test "SCRAM-SHA-256-PLUS logs in over TLS 1.2" {
  offering SCRAM-SHA-256-PLUS --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
  send rcpt@example.net
  expect_login SCRAM-SHA-256-PLUS
}

@test "SCRAM-SHA-1-PLUS logs in over TLS 1.3" {
  offering SCRAM-SHA-1-PLUS --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.3
  send rcpt@example.net
  expect_login SCRAM-SHA-1-PLUS
}

@test "SCRAM-SHA-1-PLUS logs in over TLS 1.2" {
  offering SCRAM-SHA-1-PLUS --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
  send rcpt@example.net
  expect_login SCRAM-SHA-1-PLUS
}

@test "SCRAM-SHA-256 logs in" {
  offering SCRAM-SHA-256
  send rcpt@example.net
  expect_login SCRAM-SHA-256
}

@test "SCRAM-SHA-1 logs in" {
  offering SCRAM-SHA-1
  send rcpt@example.net
  expect_login SCRAM-SHA-1
}

@test "PLAIN logs in" {
  offering PLAIN
  send rcpt@example.net
  expect_login PLAIN
}

@test "LOGIN logs in" {
  offering LOGIN
  send rcpt@example.net
  expect_login LOGIN
}

@test "the strongest mechanism is taken of all that are offered" {
  offering "$all"
  send rcpt@example.net
  expect_login SCRAM-SHA-256-PLUS
  expect_attempts 1
}

@test "binding to the channel counts more than a longer hash" {
  offering 'SCRAM-SHA-256 SCRAM-SHA-1-PLUS PLAIN'
  send rcpt@example.net
  expect_login SCRAM-SHA-1-PLUS
}

@test "a mechanism that does not show the password is taken before PLAIN" {
  offering 'PLAIN LOGIN SCRAM-SHA-1'
  send rcpt@example.net
  expect_login SCRAM-SHA-1
}

@test "auth names the mechanism to be used" {
  local mech n=0
  for mech in $all; do
    offering "$all"
    send --auth="$mech" rcpt@example.net
    expect_sent $((n += 1))
    grep -q "^auth $mech me@example.org\$" "$T/store/$n.env"
  done
}

@test "auth names a mechanism that is not offered: nothing is sent" {
  offering 'PLAIN LOGIN'
  send --auth=scram-sha-256 rcpt@example.net
  expect_refusal 69 UNAVAILABLE 'AUTH: the server offers none of' 'PLAIN LOGIN'
  expect_attempts 0
}

@test "a server that offers no AUTH is sent nothing" {
  offering ''
  send rcpt@example.net
  expect_refusal 69 UNAVAILABLE 'AUTH: the server offers no authentication'
  expect_attempts 0
}

@test "a server that offers only mechanisms unknown to us is sent nothing" {
  offering '' --caps 'AUTH CRAM-MD5 NTLM'
  send rcpt@example.net
  expect_refusal 69 UNAVAILABLE AUTH 'CRAM-MD5 NTLM'
  expect_attempts 0
}

@test "AUTH=LOGIN PLAIN, an old server's way to say it, is understood" {
  offering '' --caps 'AUTH=LOGIN PLAIN'
  send rcpt@example.net
  expect_login PLAIN
}

@test "a mechanism refused with 504 is followed by the next" {
  offering "$all" --on 'auth#1 reply 504 5.5.4 not this one'
  send rcpt@example.net
  expect_login SCRAM-SHA-1-PLUS
  expect_attempts 2
}

@test "all mechanisms refused with 504: the last refusal is reported" {
  offering 'PLAIN LOGIN' --on 'auth reply 504 5.5.4 not this one'
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH LOGIN: refused: 504 5.5.4 not this one'
  expect_attempts 2
}

@test "a wrong password is tried once, whatever is offered" {
  offering "$all" --password other
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH SCRAM-SHA-256-PLUS: refused: 535 5.7.8' \
    'check user and password'
  expect_attempts 1
}

@test "a wrong password is tried once with each mechanism alone" {
  local mech
  for mech in $all; do
    rm -f "$T/dialogue"
    offering "$mech" --password other
    send rcpt@example.net
    expect_refusal 77 NOPERM "AUTH $mech: refused: 535 5.7.8" \
      'check user and password'
    expect_attempts 1
  done
}

@test "a wrong user is a refusal as well" {
  offering 'PLAIN LOGIN' --user other@example.org
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH PLAIN: refused: 535 5.7.8'
  expect_attempts 1
}

@test "AUTH refused for now is worth another try, but not in this run" {
  offering "$all" --on 'auth reply 454 4.7.0 come back later'
  send rcpt@example.net
  expect_refusal 75 TEMPFAIL 'refused: 454 4.7.0 come back later'
  expect_attempts 1
}

@test "the exchange refused for now is worth another try" {
  offering "$all" --on 'auth-response reply 454 4.7.0 come back later'
  send rcpt@example.net
  expect_refusal 75 TEMPFAIL 'refused: 454 4.7.0 come back later'
  expect_attempts 1
}

@test "a server that wants another mechanism gets it" {
  offering "$all" --on 'auth#1 reply 534 5.7.9 too weak'
  send rcpt@example.net
  expect_login SCRAM-SHA-1-PLUS
  expect_attempts 2

  rm "$T/dialogue"
  offering 'SCRAM-SHA-256 SCRAM-SHA-1' --on 'auth#1 reply 534 5.7.9 too weak'
  send rcpt@example.net
  expect_sent 2
  grep -q '^auth SCRAM-SHA-1 me@example.org$' "$T/store/2.env"
  expect_attempts 2
}

@test "a server that wants another mechanism is shown the password once" {
  offering 'SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN' \
    --on 'auth reply 534 5.7.9 too weak'
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH PLAIN: refused: 534 5.7.9 too weak' \
    'the server wants another mechanism or password'
  expect_attempts 3
}

@test "a password that was shown is followed by what does not show it" {
  offering 'PLAIN LOGIN SCRAM-SHA-1' --on 'auth#1 reply 534 5.7.9 too weak'
  send --auth='plain login scram-sha-1' rcpt@example.net
  expect_login SCRAM-SHA-1
  expect_attempts 2
}

@test "a password that may not be used like this is tried once" {
  offering 'PLAIN LOGIN' \
    --on 'auth reply 534 5.7.9 Application-specific password required'
  send rcpt@example.net
  expect_refusal 77 NOPERM \
    'AUTH PLAIN: refused: 534 5.7.9 Application-specific password required'
  expect_attempts 1
}

@test "auth off sends no password though there is one" {
  offering "$all"
  send --auth=off rcpt@example.net
  expect_sent
  expect_attempts 0
}

@test "auth on without user is a mistake" {
  smarthost_tls starttls
  rc 'auth on'
  send rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:4: auth is on, but user is not set"
  [ ! -s "$T/dialogue" ]
}

@test "user without a password is a mistake" {
  smarthost_tls starttls
  rc 'user me@example.org'
  send rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:4: user"
  [ ! -s "$T/dialogue" ]
}

@test "a server that wants a login is reported as that" {
  smarthost --require-auth
  rc
  send rcpt@example.net
  expect_failure 77 NOPERM 'MAIL FROM:<me@example.org>: refused: 530 5.7.0' \
    'set user and a password'
  expect_nothing_stored
}

@test "channel binding that differs at the two ends gets no mail through" {
  offering "$all" --sasl-lie bad-cb
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH SCRAM-SHA-256-PLUS: refused: 535'
  expect_attempts 1
}

@test "a server that cannot prove that it knows the password gets no mail" {
  local mech
  for mech in SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1; do
    offering "$mech" --sasl-lie bad-signature
    send rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech" 'does not prove'
  done
}

@test "a server that leaves the proof out gets no mail" {
  offering SCRAM-SHA-256 --sasl-lie no-signature
  send rcpt@example.net
  expect_refusal 76 PROTOCOL 'AUTH SCRAM-SHA-256' 'without having proved'
}

@test "a server that says yes before the exchange gets no mail" {
  offering SCRAM-SHA-256 --on 'auth reply 235 2.7.0 welcome'
  send rcpt@example.net
  expect_refusal 76 PROTOCOL 'AUTH SCRAM-SHA-256' 'without having proved'
}

@test "a server that asks for no iterations of the hash gets no proof" {
  offering SCRAM-SHA-256 --sasl-lie iter=0
  send rcpt@example.net
  expect_refusal 76 PROTOCOL 'AUTH SCRAM-SHA-256: '
  [ "$(grep -c '^S: 334' "$T/dialogue")" -eq 1 ]
}

@test "a server that asks for hours of hashing gets no proof" {
  offering SCRAM-SHA-256 --sasl-lie iter=4294967295
  send rcpt@example.net
  expect_refusal 76 PROTOCOL 'wants 4294967295 iterations'
  [ "$(grep -c '^S: 334' "$T/dialogue")" -eq 1 ]
}

@test "a server that asks for minutes of hashing gets no proof" {
  offering SCRAM-SHA-256 --sasl-lie iter=6000000
  local start=$SECONDS
  send rcpt@example.net
  expect_refusal 76 PROTOCOL 'wants 6000000 iterations'
  [ $((SECONDS - start)) -le 2 ]
  [ "$(grep -c '^S: 334' "$T/dialogue")" -eq 1 ]
}

@test "a server that asks for a few iterations more is served" {
  offering SCRAM-SHA-256 --sasl-lie iter=20000
  send rcpt@example.net
  expect_login SCRAM-SHA-256
}

@test "a challenge that is no base64 ends the exchange" {
  local mech
  for mech in SCRAM-SHA-256 LOGIN; do
    offering "$mech" --sasl-lie bad-base64
    send rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech: challenge is not base64"
  done
}

@test "challenges without end end the exchange" {
  local mech
  for mech in SCRAM-SHA-256 PLAIN LOGIN; do
    offering "$mech" --sasl-lie endless
    rc_login 'timeout 1'
    send rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech: "
  done
}

@test "a server that repeats the password is not quoted" {
  local mech
  for mech in PLAIN LOGIN SCRAM-SHA-256; do
    offering "$mech" --sasl-lie echo
    send rcpt@example.net
    expect_refusal 77 NOPERM "AUTH $mech: refused: 535"

    offering "$mech" --sasl-lie echo
    send -d rcpt@example.net
    expect 77 NOPERM
    expect_secret 'sec ret'
  done
}

@test "--debug shows nothing of the exchange" {
  local mech n=0
  for mech in $all; do
    offering "$mech"
    send -d rcpt@example.net
    expect 0 OK
    [ -s "$T/store/$((n += 1)).eml" ]
    expect_output "AUTH $mech"
    expect_secret 'sec ret'
  done
}

@test "--debug shows nothing of an exchange that fails" {
  local mech
  for mech in $all; do
    offering "$mech" --password other
    send -d rcpt@example.net
    expect 77 NOPERM
    expect_secret 'sec ret'
  done
}

# long_login FILE-LINE ...: with a password of 4 KiB.
long_login() {
  password=$(printf '%04096d' 0 | tr 0 x)
  smarthost_tls starttls --mechs PLAIN --password "$password"
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' "$@"
}

@test "a password of 4 KiB goes by itself, behind the reply to AUTH PLAIN" {
  long_login "password_file $T/password"
  printf '%s\n' "$password" >"$T/password"
  chmod 600 "$T/password"
  send rcpt@example.net
  expect_login PLAIN
  grep -q '^C: AUTH PLAIN$' "$T/dialogue"
}

@test "a password of 4 KiB in the rc file works as well" {
  long_login
  printf 'password %s\n' "$password" >>"$T/rc"
  send rcpt@example.net
  expect_login PLAIN
}

@test "a password of 4 KiB that is refused is not told" {
  long_login
  printf 'password %sy\n' "$password" >>"$T/rc"
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH PLAIN: refused: 535'
  expect_secret "${password}y"
}

# with_password PASSWORD: it logs in with each kind of mechanism.
with_password() {
  local mech n=0
  printf '%s\n' "$1" >"$T/password"
  chmod 600 "$T/password"
  for mech in PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1-PLUS; do
    smarthost_tls starttls --mechs "$mech" --password "$1"
    rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
      "password_file $T/password"
    send rcpt@example.net
    expect_sent $((n += 1))
    grep -q "^auth $mech me@example.org\$" "$T/store/$n.env"
  done
}

@test "a password may have blanks at its ends and between" {
  with_password '  a  b '
}

@test "a password may have quotes, backslashes and signs of all kinds" {
  with_password 'a"b'\''c\d#e=f,g$h`i%s<j>'
}

@test "a password may have letters beyond ASCII" {
  with_password 'pässwörd-€-密码'
}

@test "a user may have letters beyond ASCII" {
  local mech n=0
  for mech in PLAIN LOGIN SCRAM-SHA-256; do
    smarthost_tls starttls --mechs "$mech" --user 'jösé@example.org'
    rc "tls_trust_file $CERT_DIR/ca.pem" 'user jösé@example.org' \
      'password "sec ret"'
    send rcpt@example.net
    expect_sent $((n += 1))
    grep -q "^auth $mech jösé@example.org\$" "$T/store/$n.env"
  done
}

@test "a user may have the signs that SCRAM writes in its own way" {
  smarthost_tls starttls --mechs SCRAM-SHA-256 --user 'a=b,c'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user a=b,c' 'password "sec ret"'
  send rcpt@example.net
  expect_login SCRAM-SHA-256 'a=b,c'
}
