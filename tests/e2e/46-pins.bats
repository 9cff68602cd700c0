#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS: servers that are known by their public key, named or remembered.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  unset XDG_STATE_HOME
}

teardown() {
  e2e_teardown
}

# server CERT [option ...]: STARTTLS with that certificate, and a login.
server() {
  local cert=$1
  shift
  rm -f "$T/dialogue" # of the one before
  smarthost_tls starttls --cert "$CERT_DIR/$cert.pem" \
    --key "$CERT_DIR/$cert.key" "$@"
}

# rc_bare [line ...]: the login of that server, nothing of TLS.
rc_bare() {
  rc 'user me@example.org' 'password "sec ret"' "$@"
}

# bytes: of hexadecimal digits.
bytes() {
  printf "$(sed 's/../\\x&/g')"
}

pin() {
  echo "sha256//$(sha256sum "$CERT_DIR/$1.spki" | cut -c 1-64 | bytes | base64)"
}

fingerprint() {
  cat "$CERT_DIR/$1.sha256"
}

# expect_nothing_told: the server was told neither a secret nor an address.
expect_nothing_told() {
  expect_nothing_stored
  if grep '^C: \(AUTH\|MAIL\|RCPT\|DATA\|BDAT\)' "$T/dialogue"; then
    return 1
  fi
}

# refused CODE NAME TEXT ...: and nobody is told anything.
refused() {
  expect_failure "$@"
  expect_nothing_told
}

# wrong_rc TEXT ...: the rc file is refused before there is a connection.
wrong_rc() {
  expect 78 CONFIG
  expect_one_line "$@"
  expect_untouched
}

@test "a pin of the key is enough, whoever signed, for whatever name, however old" {
  local cert
  for cert in good expired notyet wrongname selfsigned unknownca clientonly; do
    server "$cert"
    rc_bare "tls_pin $(pin "$cert")"
    send rcpt@example.net
    expect_sent
    rm "$T"/store/*
  done
}

@test "a pin outlives the certificate that has the key, and a fingerprint does not" {
  server renewed
  rc_bare "tls_pin $(pin selfsigned)"
  send rcpt@example.net
  expect_sent
  server renewed
  rm "$T"/store/*
  rc_bare "tls_fingerprint $(fingerprint selfsigned)"
  send rcpt@example.net
  refused 69 UNAVAILABLE 'is not the one of tls_fingerprint'
}

@test "beside the pin of today's key there may be a backup's" {
  local separator
  for separator in ' ' , ';' '; '; do
    server good
    rc_bare "tls_pin $(pin client)$separator$(pin good)"
    send rcpt@example.net
    expect_sent
    rm "$T"/store/*
  done
}

@test "another key than those of the pins is refused, with the pin to paste" {
  server good
  # though its authority is trusted
  rc_login "tls_pin $(pin expired); $(pin selfsigned)"
  send rcpt@example.net
  refused 69 UNAVAILABLE "the server's key is not one of tls_pin" \
    'somebody may stand between' "tls_pin $(pin good)"
  local line
  line=$(grep -o 'tls_pin sha256//.*' "$T/err")
  server good
  rc_bare "$line"
  send rcpt@example.net
  expect_sent
}

@test "a pin of who signed is no pin of the server" {
  server good # which shows the authority's certificate, too
  rc_login "tls_pin $(pin ca)"
  send rcpt@example.net
  refused 69 UNAVAILABLE "the server's key is not one of tls_pin"
}

# E14
@test "pin matches but name does not; several pins: documented precedence" {
  # the pin decides, though authorities are named and the name is wrong
  server wrongname
  rc_login "tls_pin $(pin wrongname)" "tls_crl_file $T/none.pem"
  send rcpt@example.net
  expect_sent
  rm "$T"/store/*
  # of fingerprint and pin either will do
  server wrongname
  rc_bare "tls_pin $(pin good)" "tls_fingerprint $(fingerprint wrongname)"
  send rcpt@example.net
  expect_sent
  rm "$T"/store/*
  server wrongname
  rc_bare "tls_pin $(pin wrongname)" "tls_fingerprint $(fingerprint good)"
  send rcpt@example.net
  expect_sent
  rm "$T"/store/*
  # and neither, though the certificate is valid, will not
  server good
  rc_login "tls_pin $(pin expired)" "tls_fingerprint $(fingerprint expired)"
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    "is not one of tls_pin, nor its certificate one of tls_fingerprint"
}

@test "a pin makes TLS required though there is no login" {
  smarthost
  rc "tls_pin $(pin good)"
  send rcpt@example.net
  refused 76 PROTOCOL 'the server does not offer it'
}

@test "a pin that is none is refused, and told how to make one" {
  smarthost
  local value
  for value in "$(fingerprint good)" sha256//xyz sha256//Zm9v sha1//Zm9v; do
    rc "tls_pin $value"
    submit rcpt@example.net
    wrong_rc "$T/rc:4: tls_pin: " 'openssl dgst -sha256' '--serverinfo'
  done
}

@test "a pin contradicts tls off and tls_certcheck off beside it" {
  smarthost
  rc "tls_pin $(pin good)" 'tls off'
  submit rcpt@example.net
  wrong_rc "$T/rc:5: tls contradicts tls_pin at $T/rc:4"
  rc "tls_pin $(pin good)" 'tls_certcheck off'
  submit rcpt@example.net
  wrong_rc "$T/rc:5: tls_certcheck contradicts tls_pin at $T/rc:4"
}

@test "without authorities a pin will do" {
  server good
  rc_bare 'tls_trust_file off' "tls_pin $(pin good)"
  send rcpt@example.net
  expect_sent
}

@test "in a file of msmtp's a pin wants TLS to be on" {
  server good
  {
    printf 'host localhost\nport %s\nfrom me@example.org\n' "$PORT"
    echo "tls_pin $(pin good)"
  } >"$HOME/.msmtprc"
  chmod 600 "$HOME/.msmtprc"
  status=0
  timeout -s KILL 30 "$POSTHASTE" rcpt@example.net \
    <"$T/mail" >"$T/out" 2>"$T/err" || status=$?
  output=$(<"$T/err")
  wrong_rc "tls contradicts tls_pin at $HOME/.msmtprc:4"
  printf 'tls on\ntls_certcheck off\n' >>"$HOME/.msmtprc"
  "$POSTHASTE" rcpt@example.net <"$T/mail" 2>"$T/err"
  [ -s "$T/store/1.eml" ]
}
