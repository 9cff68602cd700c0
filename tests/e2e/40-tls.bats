#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS: which connections get mail, and which get a refusal in words.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
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

# expect_tls TEXT: the handshake as the server saw it.
expect_tls() {
  grep -- '^-- tls ' "$T/dialogue" | grep -qF -- "$1"
}

# bad_certificate NAME TEXT ...: a server that shows it is refused in these
# words, by STARTTLS and by TLS at once.
bad_certificate() {
  local name=$1
  shift
  smarthost_tls starttls --cert "$CERT_DIR/$name.pem" \
    --key "$CERT_DIR/$name.key"
  rc_login
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake' "$@"
  expect_nothing_told

  smarthost_tls implicit --cert "$CERT_DIR/$name.pem" \
    --key "$CERT_DIR/$name.key"
  rc_login 'tls_starttls off'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake' "$@"
  expect_nothing_told
}

# other_version PRIORITY NAME: mail goes through TLS of that version.
other_version() {
  smarthost_tls starttls --tls-priority "$1"
  rc_login
  send rcpt@example.net
  expect_sent
  expect_tls "$2"

  smarthost_tls implicit --tls-priority "$1"
  rc_login 'tls_starttls off'
  send rcpt@example.net
  expect_sent 2
  expect_tls "$2"
}

@test "mail goes through TLS 1.3, by STARTTLS and at once" {
  other_version NORMAL:-VERS-ALL:+VERS-TLS1.3 TLS1.3
}

@test "mail goes through TLS 1.2, by STARTTLS and at once" {
  other_version NORMAL:-VERS-ALL:+VERS-TLS1.2 TLS1.2
}

@test "a server that knows only TLS 1.0 and 1.1 is refused, and told why" {
  local versions='NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0'
  smarthost_tls starttls --tls-priority "$versions"
  rc_login
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'TLS handshake' 'takes no TLS 1.2 or 1.3, only TLS 1.1'
  refute_output tls_starttls
  expect_nothing_told

  smarthost_tls implicit --tls-priority "$versions"
  rc_login 'tls_starttls off'
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'TLS handshake' 'takes no TLS 1.2 or 1.3, only TLS 1.1'
  expect_nothing_told
}

@test "a certificate of an authority that the system does not know is refused" {
  smarthost_tls starttls
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake'
  case $output in
    *'signed by an authority that is not trusted here'*) ;;
    *'store of CA certificates is empty or missing'*) ;;
    *) return 1 ;;
  esac
  expect_nothing_told
}

@test "an expired certificate is refused as that" {
  bad_certificate expired 'the certificate expired on 20'
}

@test "a certificate that is not valid yet is refused as that" {
  bad_certificate notyet 'the certificate is not valid before 20'
}

@test "a self-signed certificate is refused as that" {
  bad_certificate selfsigned 'the certificate is self-signed'
}

@test "a certificate for another name is refused with both names" {
  bad_certificate wrongname \
    'the certificate is not for localhost but for other.example'
}

@test "a certificate that is not for servers is refused" {
  bad_certificate clientonly 'the certificate is not one for servers'
}

@test "a certificate that does not say what it is for is taken" {
  smarthost_tls starttls --cert "$CERT_DIR/anyuse.pem" \
    --key "$CERT_DIR/anyuse.key"
  rc_login
  send rcpt@example.net
  expect_sent
}

@test "a certificate of an unknown authority is refused with its name" {
  bad_certificate unknownca 'an authority that is not trusted here (CN=otherca)'
}

@test "a self-signed certificate is taken if tls_trust_file is a copy of it" {
  smarthost_tls starttls --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  rc 'user me@example.org' 'password "sec ret"' \
    "tls_trust_file $CERT_DIR/selfsigned.pem"
  send rcpt@example.net
  expect_sent
}

@test "a tls_trust_file that is missing ends the run" {
  smarthost_tls starttls
  rc_login
  send --tls-trust-file="$T/missing.pem" rcpt@example.net
  expect_failure 78 CONFIG "tls_trust_file $T/missing.pem"
  expect_nothing_told
}

@test "a tls_trust_file without a certificate ends the run" {
  smarthost_tls starttls
  rc_login
  send --tls-trust-file="$T/mail" rcpt@example.net
  expect_failure 78 CONFIG "tls_trust_file $T/mail: holds no certificate; \
PEM is wanted; of DER: openssl x509 -inform der -in $T/mail"
  expect_nothing_told
}

@test "a server without STARTTLS is told nothing if there is a login" {
  smarthost --user me@example.org --password 'sec ret' --mechs 'PLAIN LOGIN'
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 76 PROTOCOL STARTTLS 'the server does not offer it'
  expect_nothing_told
}

@test "a server without STARTTLS is told nothing if tls is on" {
  smarthost
  rc 'tls on'
  send rcpt@example.net
  expect_failure 76 PROTOCOL STARTTLS 'the server does not offer it'
  expect_nothing_told
}

@test "a server without STARTTLS is told nothing if tls_starttls is on" {
  smarthost
  rc 'tls_starttls on'
  send rcpt@example.net
  expect_failure 76 PROTOCOL STARTTLS 'the server does not offer it'
  expect_nothing_told
}

@test "a server without STARTTLS is told nothing if a trust file is named" {
  smarthost
  rc "tls_trust_file $CERT_DIR/ca.pem"
  send rcpt@example.net
  expect_failure 76 PROTOCOL STARTTLS 'the server does not offer it'
  expect_nothing_told
}

# second_is_told_nothing: of a server whose second connection, which it wants
# for the second recipient, has no STARTTLS.
second_is_told_nothing() {
  submit one@example.net two@example.net
  expect 76 PROTOCOL
  expect_output 'accepted for 1 of 2 recipients, then: STARTTLS: '
  expect_output 'TLS is required; nothing was sent in the clear; '
  server_ends
  # the first one's QUIT may be written down behind the second one's EHLO
  same "$(sed -n 's/^C: //p' "$T/dialogue" | tail -3 | sort | paste -sd ' ')" \
    'EHLO [127.0.0.1] QUIT QUIT'
  [ ! -e "$T/store/2.eml" ]
}

@test "a later connection without STARTTLS is told nothing, either" {
  smarthost_tls starttls --caps 'PIPELINING,LIMITS RCPTMAX=1 MAILMAX=1' \
    --on '2:ehlo reply 250 localhost'
  rc_login
  second_is_told_nothing
}

@test "what the first connection had, later ones do not do without" {
  smarthost_tls starttls --caps 'PIPELINING,LIMITS RCPTMAX=1 MAILMAX=1' \
    --on '2:ehlo reply 250 localhost'
  rc 'tls auto'
  second_is_told_nothing
}

@test "a server without EHLO is told nothing if TLS is required" {
  smarthost --helo-only
  rc 'tls on'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE EHLO '502 5.5.1 no such command'
  expect_nothing_told
}

@test "bytes behind the reply to STARTTLS end the session" {
  smarthost_tls starttls --on 'starttls inject 250 stay here'
  rc_login
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'behind the server'\''s reply to STARTTLS'
  expect_nothing_told
  ! grep -q 'C: QUIT' "$T/dialogue" || return 1
}

@test "a reply to EHLO put behind the one to STARTTLS ends the session" {
  smarthost_tls starttls --on \
    'starttls inject 250-smarthost.test\r\n250 AUTH PLAIN LOGIN'
  rc_login
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'behind the server'\''s reply to STARTTLS'
  expect_nothing_told
}

@test "what the server offered before TLS is forgotten" {
  smarthost_tls starttls --caps '' --on 'ehlo#1 accept 250-smarthost.test
250-SIZE 10
250-PIPELINING
250-CHUNKING
250-8BITMIME
250 STARTTLS'
  rc_login
  send rcpt@example.net
  expect_sent
  [ "$(grep -c '^C: EHLO ' "$T/dialogue")" -eq 2 ]
  grep -q '^C: MAIL FROM:<me@example.org>$' "$T/dialogue"
  grep -q '^C: DATA$' "$T/dialogue"
}

@test "AUTH that is offered only before TLS is not used" {
  smarthost_tls starttls --auth-before-tls \
    --on 'ehlo#2 accept 250-smarthost.test\r\n250 PIPELINING'
  rc_login
  send rcpt@example.net
  grep -q '^S: 250-AUTH .* PLAIN' "$T/dialogue"
  expect_failure 69 UNAVAILABLE AUTH 'the server offers no authentication'
  expect_nothing_told
}

@test "STARTTLS that is offered again within TLS is not used" {
  smarthost_tls starttls --on 'ehlo#2 accept 250-smarthost.test
250-AUTH PLAIN
250 STARTTLS'
  rc_login
  send rcpt@example.net
  expect_sent
  [ "$(grep -c '^C: STARTTLS' "$T/dialogue")" -eq 1 ]
}

@test "TLS at once on a port that wants STARTTLS: the setting is named" {
  smarthost_tls starttls
  rc_login 'tls_starttls off'
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'TLS handshake' \
    'no TLS here, but says: "220 smarthost.test ESMTP"' 'tls_starttls on'
  expect_nothing_told
}

@test "STARTTLS on a port that wants TLS at once: the setting is named" {
  smarthost_tls implicit
  rc_login 'timeout 1'
  send rcpt@example.net
  expect_failure 75 TEMPFAIL greeting '(tls_starttls off)'
  expect_nothing_told
}

@test "a server without TLS that is to have it at once is told nothing" {
  smarthost
  rc 'tls_starttls off'
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'TLS handshake'
  expect_nothing_told
}

@test "words in place of a handshake are no TLS" {
  # they come with the reply to STARTTLS, or behind it
  smarthost_tls starttls --on 'tls reply 220 what?'
  rc_login
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'TLS handshake'
  refute_output tls_starttls
  expect_nothing_told
}

@test "a handshake that stalls ends with the deadline" {
  smarthost_tls starttls --on 'tls stall'
  rc_login 'timeout 1'
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'TLS handshake: nothing came within 1 second'
  expect_nothing_told

  smarthost_tls implicit --on 'tls stall'
  rc_login 'timeout 1' 'tls_starttls off'
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'TLS handshake: nothing came within 1 second'
  expect_nothing_told
}

@test "a line lost in the handshake is worth another try" {
  local how
  for how in drop reset; do
    smarthost_tls starttls --on "tls $how"
    rc_login
    send rcpt@example.net
    expect_failure 75 TEMPFAIL 'TLS handshake'
    expect_nothing_told

    smarthost_tls implicit --on "tls $how"
    rc_login 'tls_starttls off'
    send rcpt@example.net
    expect_failure 75 TEMPFAIL 'TLS handshake'
    expect_nothing_told
  done
}

@test "STARTTLS refused for now is worth another try" {
  smarthost_tls starttls --on 'starttls reply 454 4.7.0 TLS not available'
  rc_login
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'STARTTLS: refused: 454 4.7.0 TLS not available'
  expect_nothing_told
}

@test "STARTTLS refused for good is not" {
  smarthost_tls starttls --on 'starttls reply 502 5.5.1 what is that?'
  rc_login
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'STARTTLS: refused: 502 5.5.1 what is that?'
  expect_nothing_told
}

@test "a relay without STARTTLS gets mail in clear if there is no login" {
  smarthost
  rc
  send rcpt@example.net
  expect_sent
  grep -q '^tls none$' "$T/store/1.env"
}

@test "a relay with STARTTLS gets mail through it, whoever it is" {
  smarthost_tls starttls --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  rc
  send rcpt@example.net
  expect_sent
  grep -q '^tls TLS1' "$T/store/1.env"
}

@test "a relay that offers STARTTLS and refuses it gets mail in clear" {
  smarthost_tls starttls --on 'starttls reply 454 4.7.0 not now'
  rc
  send rcpt@example.net
  expect_sent
  grep -q '^tls none$' "$T/store/1.env"
}

@test "a relay's handshake that fails is not followed by mail in clear" {
  smarthost_tls starttls --on 'tls reply 220 what?'
  rc
  send rcpt@example.net
  expect_failure 76 PROTOCOL 'TLS handshake'
  expect_nothing_told
}

@test "a self-signed certificate is refused if there is a login" {
  smarthost_tls starttls --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake'
  expect_nothing_told
}

@test "a self-signed certificate is refused if tls is on, without a login" {
  smarthost_tls starttls --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  rc 'tls on'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake'
  expect_nothing_told
}

@test "a certificate is verified if a trust file is named, without a login" {
  smarthost_tls starttls --cert "$CERT_DIR/unknownca.pem" \
    --key "$CERT_DIR/unknownca.key"
  rc "tls_trust_file $CERT_DIR/ca.pem"
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'an authority that is not trusted'
  expect_nothing_told
}

@test "tls off with a mechanism named sends the password in clear" {
  local mech
  for mech in plain login; do
    smarthost --user me@example.org --password 'sec ret' \
      --mechs 'PLAIN LOGIN'
    rc 'tls off' "auth $mech" 'user me@example.org' 'password "sec ret"'
    send rcpt@example.net
    expect_sent
    grep -qi "^auth $mech me@example.org$" "$T/store/1.env"
    rm "$T"/store/*
  done
}

@test "tls off without a mechanism named shows nobody the password" {
  smarthost --user me@example.org --password 'sec ret' --mechs 'PLAIN LOGIN'
  rc 'tls off' 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE AUTH 'PLAIN LOGIN'
  expect_nothing_told
}

@test "tls off takes SCRAM, which does not show the password" {
  smarthost --user me@example.org --password 'sec ret' \
    --mechs 'PLAIN SCRAM-SHA-256'
  rc 'tls off' 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_sent
  grep -q '^auth SCRAM-SHA-256 ' "$T/store/1.env"
}

@test "tls off does not use STARTTLS though it is offered" {
  smarthost_tls starttls
  rc 'tls off'
  send rcpt@example.net
  expect_sent
  grep -q '^tls none$' "$T/store/1.env"
  ! grep -q '^C: STARTTLS' "$T/dialogue" || return 1
}

@test "a host's name is told to the server before it shows a certificate" {
  smarthost_tls starttls
  rc_login
  send rcpt@example.net
  expect_sent
  expect_tls ' sni=localhost '
}

@test "127.0.0.1 is verified as an address and not told as a name" {
  smarthost_tls starttls
  rc_login
  send --host 127.0.0.1 rcpt@example.net
  expect_sent
  expect_tls ' sni=none '

  smarthost_tls starttls --cert "$CERT_DIR/wrongname.pem" \
    --key "$CERT_DIR/wrongname.key"
  rc_login
  send --host 127.0.0.1 rcpt@example.net
  HOST=127.0.0.1
  expect_failure 69 UNAVAILABLE \
    'not for the address 127.0.0.1 but for other.example'
}

@test "::1 is verified as an address and not told as a name" {
  smarthost_tls starttls --listen ::1 || skip 'no IPv6 here'
  rc_login
  send --host ::1 rcpt@example.net
  expect_sent
  expect_tls ' sni=none '
}

@test "session tickets of TLS 1.3 do not get in the way" {
  # they come with the first reply, or alone
  smarthost_tls implicit --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.3 \
    --on 'greeting sleep 100'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  expect_sent
}
