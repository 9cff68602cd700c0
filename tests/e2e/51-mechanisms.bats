#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The mechanisms that auth has to name.

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

# expect_login MECHANISM [USER]
expect_login() {
  expect_sent
  same "$(sed -n 's/^auth //p' "$T/store/1.env")" "$1 ${2-me@example.org}"
}

# expect_attempts N: that many AUTH commands were given.
expect_attempts() {
  same "$(grep -c '^C: AUTH' "$T/dialogue")" "$1"
}

# expect_refusal CODE NAME TEXT ...: and nothing was sent.
expect_refusal() {
  expect_failure "$@"
  expect_nothing_stored
  expect_nothing_sent
  refute_output 'sec ret'
  refute_output "$(printf 'sec ret' | base64)"
}

# token LENGTH: a token of that many letters, which the server takes.
token() {
  head -c "$1" /dev/zero | tr '\0' t
}

# with_token TOKEN MECHANISM [option ...]: a server that takes that token.
with_token() {
  local token=$1 mech=$2
  shift 2
  smarthost --tls starttls --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key" --user me@example.org --password "$token" \
    --mechs "$mech PLAIN" "$@"
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' "auth $mech" \
    "passwordeval cat $T/token"
  printf '%s\n' "$token" >"$T/token"
}

@test "CRAM-MD5 logs in if it is named" {
  offering 'PLAIN CRAM-MD5'
  send --auth=cram-md5 rcpt@example.net
  expect_login CRAM-MD5
}

@test "DIGEST-MD5 logs in if it is named" {
  offering 'PLAIN DIGEST-MD5'
  send --auth=digest-md5 rcpt@example.net
  expect_login DIGEST-MD5
}

@test "DIGEST-MD5: a server that does not know the password is not believed" {
  offering DIGEST-MD5 --sasl-lie bad-signature
  send --auth=digest-md5 rcpt@example.net
  expect_refusal 76 PROTOCOL 'AUTH DIGEST-MD5: the server does not prove'
}

@test "NTLM logs in if it is named, with its domain" {
  offering 'PLAIN NTLM'
  send --auth=ntlm --ntlmdomain CORP rcpt@example.net
  expect_login NTLM
  # message 1 holds the domain
  sed -n 's/^C: \(TlRMTVNTUAAB.*\)/\1/p' "$T/dialogue" | base64 -d |
    tr -d '\0' | grep -aq CORP
}

@test "EXTERNAL logs in without user and password" {
  offering 'PLAIN EXTERNAL'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'auth external'
  send rcpt@example.net
  expect_login EXTERNAL ''
  grep -qx 'C: AUTH EXTERNAL =' "$T/dialogue"
}

@test "EXTERNAL logs in for a user, and runs no passwordeval" {
  offering 'PLAIN EXTERNAL'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'auth external' 'user me@example.org' \
    "passwordeval touch $T/ran"
  send rcpt@example.net
  expect_login EXTERNAL ''
  [ ! -e "$T/ran" ]
}

@test "ANONYMOUS logs in without user and password" {
  offering 'PLAIN ANONYMOUS'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'auth anonymous'
  send rcpt@example.net
  expect_login ANONYMOUS ''
}

@test "GSSAPI without a ticket says so" {
  offering 'PLAIN GSSAPI'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'auth gssapi'
  # the Kerberos library keeps memory of its own
  KRB5CCNAME="$T/none" ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 \
    send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH GSSAPI: ' 'klist'
}

@test "none of them is used unless it is named" {
  offering 'CRAM-MD5 DIGEST-MD5 NTLM EXTERNAL GSSAPI OAUTHBEARER XOAUTH2 ANONYMOUS'
  send rcpt@example.net
  expect_refusal 69 UNAVAILABLE 'none of the mechanisms' 'CRAM-MD5 DIGEST-MD5'
}

@test "CRAM-MD5 is used in clear if it is named" {
  smarthost --user me@example.org --password 'sec ret' --mechs 'CRAM-MD5'
  rc 'user me@example.org' 'password "sec ret"' 'tls off' 'auth cram-md5'
  send rcpt@example.net
  expect_login CRAM-MD5
}

@test "those named are tried in that order" {
  offering 'PLAIN LOGIN CRAM-MD5' --on 'auth#1 reply 504 5.5.4 no'
  send --auth='cram-md5 login plain' rcpt@example.net
  expect_login LOGIN
  expect_attempts 2
}

@test "F3: a wrong password is told once, by one mechanism" {
  offering 'CRAM-MD5 LOGIN PLAIN SCRAM-SHA-1'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' 'password wrong' \
    'auth cram-md5 login plain scram-sha-1'
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH CRAM-MD5: refused: 535'
  expect_attempts 1
}

@test "F3: nor is another mechanism tried by ourselves" {
  offering 'SCRAM-SHA-1 LOGIN PLAIN'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' 'password wrong'
  send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH SCRAM-SHA-1: refused: 535'
  expect_attempts 1
}

@test "F4: where only PLAIN or only LOGIN is offered, both work" {
  offering PLAIN
  send rcpt@example.net
  expect_login PLAIN
  rm "$T/store"/*
  offering LOGIN
  send rcpt@example.net
  expect_login LOGIN
}

@test "XOAUTH2 logs in with the token that passwordeval prints" {
  with_token ya29.token-of-mine XOAUTH2
  send rcpt@example.net
  expect_login XOAUTH2
  grep -q '^C: AUTH XOAUTH2 [A-Za-z0-9+/=]*$' "$T/dialogue"
}

@test "OAUTHBEARER logs in, and names host and port" {
  with_token token-of-mine OAUTHBEARER
  send rcpt@example.net
  expect_login OAUTHBEARER
  same "$(sed -n 's/^C: AUTH OAUTHBEARER //p' "$T/dialogue" | base64 -d |
    tr '\1' '|')" \
    "n,a=me@example.org,|host=localhost|port=$PORT|auth=Bearer token-of-mine||"
}

@test "F6: tokens of 4 KB and 16 KB go behind the server's 334" {
  local n
  for n in 4096 16384; do
    rm -f "$T/store"/* "$T/dialogue"
    with_token "$(token $n)" XOAUTH2
    send rcpt@example.net
    expect_login XOAUTH2
    grep -qx 'C: AUTH XOAUTH2' "$T/dialogue"
  done
}

@test "a refused token is explained in the server's words and never shown" {
  local mech
  for mech in XOAUTH2 OAUTHBEARER; do
    with_token token-of-mine "$mech"
    echo token-of-others >"$T/token"
    send rcpt@example.net
    expect_refusal 77 NOPERM \
      "AUTH $mech: refused (status invalid_token, scope mail): 535 5.7.8"
    refute_output token-of-others
    refute_output "$(printf token-of-others | base64)"
  done
}

@test "a token is in no debug output" {
  with_token token-of-mine XOAUTH2
  submit --debug rcpt@example.net
  server_ends
  expect 0 OK
  expect_output 'AUTH XOAUTH2 ***'
  refute_output token-of-mine
  local sent
  sent=$(sed -n 's/^C: AUTH XOAUTH2 //p' "$T/dialogue")
  [ -n "$sent" ]
  refute_output "$sent"
}

@test "what is no token is not sent" {
  with_token token-of-mine XOAUTH2
  echo 'error: no token' >"$T/token"
  send rcpt@example.net
  expect_refusal 78 CONFIG 'AUTH XOAUTH2: the access token holds a blank'
  refute_output 'no token'
}

@test "a mechanism may be spelt in any case, and as a list" {
  offering 'PLAIN CRAM-MD5'
  send --auth=Xoauth2,Cram-MD5 rcpt@example.net
  expect_login CRAM-MD5
}
