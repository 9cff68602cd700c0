#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS: whom to believe, by what name, and who we are.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  load ../lib/starttls
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# expect_nothing_told: the server was told neither a secret nor an address.
expect_nothing_told() {
  expect_nothing_stored
  if grep '^C: \(AUTH\|MAIL\|RCPT\|DATA\|BDAT\)' "$T/dialogue"; then
    return 1
  fi
}

expect_tls() {
  grep -- '^-- tls ' "$T/dialogue" | grep -qF -- "$1"
}

fingerprint() {
  cat "$CERT_DIR/$1.sha256"
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

@test "each reason to refuse a certificate has words of its own" {
  local cert said=
  for cert in expired notyet wrongname selfsigned unknownca revoked; do
    server "$cert"
    rc_login "tls_crl_file $CERT_DIR/crl.pem"
    send rcpt@example.net
    refused 69 UNAVAILABLE 'TLS handshake: the certificate '
    said+=$(sed 's/.*TLS handshake: //; s/[0-9][0-9-]* [0-9:]* UTC//' \
      "$T/err")$'\n'
  done
  same "$(printf %s "$said" | sort -u | wc -l)" 6
}

@test "a fingerprint is enough, whoever signed, for whatever name, however old" {
  local cert
  for cert in good expired notyet wrongname selfsigned unknownca clientonly; do
    server "$cert"
    rc_bare "tls_fingerprint $(fingerprint "$cert")"
    send rcpt@example.net
    expect_sent
    rm "$T"/store/*
  done
}

@test "a fingerprint may be written without colons and in any case" {
  server good
  rc_bare "tls_fingerprint $(fingerprint good | tr -d : | tr A-F a-f)"
  send rcpt@example.net
  expect_sent
}

@test "of several fingerprints one must be right" {
  server good
  rc_bare "tls_fingerprint $(fingerprint expired), $(fingerprint good)"
  send rcpt@example.net
  expect_sent
}

@test "a fingerprint counts though the authority, too, is named" {
  server wrongname
  rc_login "tls_fingerprint $(fingerprint wrongname)"
  send rcpt@example.net
  expect_sent
}

@test "another certificate than that of the fingerprint is refused with both" {
  local was is
  was=$(fingerprint expired)
  is=$(fingerprint good)
  server good
  rc_login "tls_fingerprint $was"
  send rcpt@example.net
  # though its authority is trusted
  refused 69 UNAVAILABLE \
    "the certificate is not the one of tls_fingerprint $was but $is" \
    "tls_fingerprint $is"
}

@test "a fingerprint makes TLS required though there is no login" {
  smarthost
  rc "tls_fingerprint $(fingerprint good)"
  send rcpt@example.net
  refused 76 PROTOCOL 'the server does not offer it'
}

@test "a fingerprint by MD5 or SHA-1 is refused, and told how to get SHA-256" {
  smarthost
  local digits=0123456789abcdef0123456789abcdef
  rc "tls_fingerprint $digits"
  submit rcpt@example.net
  wrong_rc "$T/rc:4: tls_fingerprint: " MD5 'openssl x509' -sha256
  rc "tls_fingerprint ${digits}01234567"
  submit rcpt@example.net
  wrong_rc "$T/rc:4: tls_fingerprint: " SHA-1 'openssl x509' -sha256
}

@test "a self-signed certificate's error has the pin to put in the rc file" {
  server selfsigned
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is self-signed' \
    "tls_pin $(cat "$CERT_DIR/selfsigned.pin")"
}

@test "without authorities a fingerprint will do" {
  local value
  for value in off '' '""'; do
    server good
    rc_bare "tls_trust_file $value" "tls_fingerprint $(fingerprint good)"
    send rcpt@example.net
    expect_sent
    rm "$T"/store/*
  done
}

@test "without authorities, fingerprint or waiver nothing is sent" {
  server good
  rc_bare 'tls_trust_file'
  send rcpt@example.net
  wrong_rc "$T/rc:6: tls_trust_file is off" tls_fingerprint tls_certcheck
}

@test "tls_certcheck off encrypts and logs in, whoever answers" {
  server unknownca
  rc_bare 'tls_certcheck off'
  send rcpt@example.net
  expect_sent
  expect_tls TLS1
  grep -q '^auth SCRAM' "$T/store/1.env"
}

@test "tls_certcheck off does not give up encryption" {
  smarthost
  rc 'tls_certcheck off'
  send rcpt@example.net
  refused 76 PROTOCOL 'the server does not offer it'
}

@test "tls_certcheck off contradicts a trust file or fingerprint beside it" {
  smarthost
  rc 'tls_certcheck off' "tls_trust_file $CERT_DIR/ca.pem"
  submit rcpt@example.net
  wrong_rc "$T/rc:4: tls_certcheck contradicts tls_trust_file at $T/rc:5"
  rc "tls_fingerprint $(fingerprint good)" 'tls_certcheck off'
  submit rcpt@example.net
  wrong_rc "$T/rc:5: tls_certcheck contradicts tls_fingerprint at $T/rc:4"
}

@test "an account's or flag's word on verification counts before the defaults'" {
  server unknownca
  printf '%s\n' defaults "tls_trust_file $CERT_DIR/ca.pem" 'account default' \
    'host localhost' 'from me@example.org' 'tls_certcheck off' >"$T/rc"
  send --port "$PORT" rcpt@example.net
  expect_sent
  rm "$T"/store/*
  server unknownca
  send --port "$PORT" --tls-trust-file="$CERT_DIR/ca.pem" rcpt@example.net
  refused 69 UNAVAILABLE 'not trusted here (CN=otherca)'
  server unknownca
  rc "tls_trust_file $CERT_DIR/ca.pem"
  send --tls-certcheck=off rcpt@example.net
  expect_sent
}

@test "tls off of an account makes all of the defaults' details void" {
  smarthost
  printf '%s\n' defaults "tls_trust_file $CERT_DIR/ca.pem" \
    "tls_crl_file $CERT_DIR/crl.pem" "tls_fingerprint $(fingerprint good)" \
    "tls_cert_file $CERT_DIR/client.pem" "tls_key_file $CERT_DIR/client.key" \
    'tls_priorities NONSENSE' 'tls_host_override x' 'account default' \
    'host localhost' "port $PORT" 'from me@example.org' 'tls off' >"$T/rc"
  send rcpt@example.net
  expect_sent
}

@test "a revoked certificate is refused as that" {
  server revoked
  rc_login "tls_crl_file $CERT_DIR/crl.pem"
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is revoked'
  server revoked
  rc_login
  send rcpt@example.net
  expect_sent # it takes the list to know
}

@test "a certificate that the list does not name is taken" {
  server good
  rc_login "tls_crl_file $CERT_DIR/crl.pem"
  send rcpt@example.net
  expect_sent
}

@test "a list of revoked certificates counts though it is out of date" {
  server revoked
  rc_login "tls_crl_file $CERT_DIR/oldcrl.pem"
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is revoked'
  server good
  rc_login "tls_crl_file $CERT_DIR/oldcrl.pem"
  send rcpt@example.net
  expect_sent
}

@test "a list of revoked certificates that is missing or none ends the run" {
  server good
  rc_login "tls_crl_file $T/none.pem"
  send rcpt@example.net
  refused 78 CONFIG "tls_crl_file $T/none.pem: "
  server good
  rc_login "tls_crl_file $T/mail"
  send rcpt@example.net
  refused 78 CONFIG "tls_crl_file $T/mail: " \
    "; PEM is wanted; of DER: openssl crl -inform der -in $T/mail"
}

@test "a server that wants a certificate gets ours" {
  local version
  for version in 1.2 1.3; do
    server good --client-ca "$CERT_DIR/clientca.pem" \
      --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    rc_login "tls_cert_file $CERT_DIR/client.pem" \
      "tls_key_file $CERT_DIR/client.key"
    send rcpt@example.net
    expect_sent
    grep -q -- '^-- client certificate .*me\.example' "$T/dialogue"
    rm "$T"/store/*
  done
}

@test "a server that wants a certificate and gets none is told of" {
  local version
  for version in 1.2 1.3; do
    server good --client-ca "$CERT_DIR/clientca.pem" \
      --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    rc_login
    send rcpt@example.net
    refused 77 NOPERM 'the server wants a certificate' tls_cert_file
  done
}

@test "a certificate needs its key, and the key its certificate" {
  smarthost
  rc "tls_cert_file $CERT_DIR/client.pem"
  submit rcpt@example.net
  wrong_rc "$T/rc:4: tls_cert_file is set, but tls_key_file is not"
  rc "tls_key_file $CERT_DIR/client.key"
  submit rcpt@example.net
  wrong_rc "$T/rc:4: tls_key_file is set, but tls_cert_file is not"
}

@test "tls_priorities decides on versions" {
  local version
  for version in 1.2 1.3; do
    server good
    rc_login "tls_priorities NORMAL:-VERS-ALL:+VERS-TLS$version"
    send rcpt@example.net
    expect_sent
    expect_tls "TLS$version"
    rm "$T"/store/*
  done
}

@test "a mistake in tls_priorities is told with its place" {
  server good
  rc_login 'tls_priorities NORMAL:+NONSENSE:%COMPAT'
  send rcpt@example.net
  refused 78 CONFIG \
    'tls_priorities: not understood from character 8 on: "+NONSENSE:%COMPAT"'
}

@test "the name of tls_host_override is asked for and verified" {
  server wrongname
  rc_login 'tls_host_override other.example'
  send rcpt@example.net
  expect_sent
  expect_tls ' sni=other.example '
  server good
  rc_login 'tls_host_override other.example'
  rm "$T"/store/*
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is not for other.example but for' \
    localhost
}

@test "a server at a local socket is verified by the name given" {
  server wrongname --socket "$T/s"
  printf '%s\n' "socket $T/s" 'from me@example.org' 'tls on' \
    "tls_trust_file $CERT_DIR/ca.pem" >"$T/rc"
  submit rcpt@example.net
  wrong_rc "$T/rc:1: socket does not say for whom" tls_host_override
  echo 'tls_host_override other.example' >>"$T/rc"
  send rcpt@example.net
  expect_sent
}
