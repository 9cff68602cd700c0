#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS: each way in which it fails has words of its own, and what mends it.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  [ -z "${OTHER_PID-}" ] || kill "$OTHER_PID" 2>/dev/null || true
  e2e_teardown
}

# expect_nothing_told: the server was told neither a secret nor an address.
expect_nothing_told() {
  expect_nothing_stored
  if grep -a '^C: \(AUTH\|MAIL\|RCPT\|DATA\|BDAT\)' "$T/dialogue"; then
    return 1
  fi
}

# server CERT [option ...]: STARTTLS with that certificate, and a login.
server() {
  local cert=$1
  shift
  server_ends
  rm -f "$T/dialogue" # of the one before
  smarthost_tls starttls --cert "$CERT_DIR/$cert.pem" \
    --key "$CERT_DIR/$cert.key" "$@"
}

# first RULE [option ...]: TLS at once, where the rule decides what is said in
# place of the handshake.
first() {
  local rule=$1
  shift
  server_ends
  rm -f "$T/dialogue"
  smarthost_tls implicit --on "tls $rule" "$@"
}

# refused 69 UNAVAILABLE TEXT ...: in one line, and nobody is told anything.
refused() {
  expect_failure "$@"
  expect_nothing_told
}

# taken: the message arrived, and the store is empty for the next.
taken() {
  expect_sent
  rm "$T"/store/*
}

pin() {
  cat "$CERT_DIR/$1.pin"
}

# --- certificates

@test "an expired certificate is told with its date and what the clock says" {
  local date
  date=$(openssl x509 -in "${CERT_DIR}/expired.pem" -noout -enddate)
  date=$(date -u -d "${date#*=}" '+%Y-%m-%d %H:%M UTC')
  server expired
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE "the certificate expired on $date" \
    'operator must renew it' "clock, which says $(date -u +%Y)"
}

@test "a certificate that is not valid yet is told with its date" {
  server notyet
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is not valid before 20' \
    'operator must renew it' 'clock, which says 20'
}

@test "a certificate of the far future casts doubt on the clock" {
  server farfuture
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is not valid before 20' \
    "set this machine's clock, which says $(date -u +%Y)"
  refute_output operator
}

@test "an expired certificate above the server's is named, with its date" {
  server underold
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    "the certificate above the server's, of CN=oldsub, expired on 20"
}

@test "a self-signed certificate is told with the pin to paste" {
  server selfsigned
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is self-signed' \
    tls_trust_file "tls_pin $(pin selfsigned)"
}

@test "a certificate's pin is what openssl makes of its key" {
  local made
  made=$(openssl x509 -in "$CERT_DIR/unknownca.pem" -noout -pubkey |
    openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
    openssl base64)
  server unknownca
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE "tls_pin sha256//$made"
}

@test "an unknown authority is named, and whether the server shows it" {
  server unknownca
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'an authority that is not trusted here (CN=otherca)' \
    'whose self-signed certificate the server shows' tls_trust_file \
    "tls_pin $(pin unknownca)"
  server alone
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    'an authority that is not trusted here (CN=otherca);' \
    "tls_pin $(pin alone)"
}

@test "a chain that the server cuts short is told as that" {
  server cut
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    'the server does not show that of the authority above it (CN=sub)' \
    "operator must add it" "tls_pin $(pin cut)"
  server chained # with it, all is well
  rc_login
  send rcpt@example.net
  taken
}

@test "a certificate of one who is no authority is told as that" {
  server bynoca
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'no authority' '(CN=server.example)'
}

@test "a name beyond what the authority may sign for is told as that" {
  server toowide
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'may not sign for (CN=narrow)' 'name constraints'
}

@test "a signature that can be forged is told by its kind" {
  server sha1
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'signed with ECDSA-SHA1, which can be forged' \
    "tls_pin $(pin sha1)"
}

@test "a key that is too short is told with its bits" {
  server shortkey
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'a key of 768 bits (RSA), which is too short'
}

@test "a certificate for another purpose is told as that" {
  server clientonly
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'not one for servers' "tls_pin $(pin clientonly)"
}

# openssl_server [option ...]: what GnuTLS's server would not do; sets PORT.
openssl_server() {
  : >"$T/openssl"
  mkfifo "$T/never"
  # shellcheck disable=SC2094
  openssl s_server -accept 127.0.0.1:0 "$@" <>"$T/never" >"$T/openssl" 2>&1 3>&- &
  OTHER_PID=$!
  local n=0
  while ! grep -q '^ACCEPT' "$T/openssl"; do
    kill -0 "$OTHER_PID" || { cat "$T/openssl"; return 1; }
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
  PORT=$(sed -n 's/^ACCEPT .*://p' "$T/openssl")
}

@test "a key that is not for signing is told as that" {
  openssl_server -tls1_3 -cert "$CERT_DIR/nosign.pem" \
    -key "$CERT_DIR/nosign.key"
  rc_login 'tls_starttls off'
  submit rcpt@example.net
  expect_failure 76 PROTOCOL "the certificate's key is not for this use" \
    tls_priorities
}

# --- names (RFC 9525)

@test "only a common name is told as that, and does not count" {
  server cnonly
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    'the certificate is for localhost only by its common name (CN)' \
    subjectAltName "tls_pin $(pin cnonly)"
}

@test "a NUL in a certificate's name does not end it" {
  server nulname
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE 'not for localhost but for localhost\x00.example'
}

# for_name HOST: the certificate "names", asked for it.
for_name() {
  server names
  rc_login "tls_host_override $1"
  send rcpt@example.net
}

@test "a wildcard stands for one label, at the left and alone" {
  for_name any.wild.example
  taken
  local name
  for name in wild.example a.b.wild.example foo.part.example \
    f.part.example a.b.inner.example a.test b.test wild xn--a.idn.example; do
    for_name "$name"
    refused 69 UNAVAILABLE "not for $name but for *.wild.example"
  done
}

@test "names are compared in any case, as A-labels, without a dot at the end" {
  local name
  for name in upper.example UPPER.EXAMPLE. xn--bcher-kva.example \
    bücher.example ANY.wild.Example; do
    for_name "$name"
    taken
  done
  for_name dot.example
  refused 69 UNAVAILABLE 'not for dot.example but for'
}

@test "an address counts only as an address, not as a name or wildcard" {
  server numeric
  rc_login
  send --host 127.0.0.1 rcpt@example.net
  HOST=127.0.0.1 refused 69 UNAVAILABLE 'not for the address 127.0.0.1 but for'
  server good
  rc_login
  send --host 127.0.0.1 rcpt@example.net
  taken
}

@test "the addresses of a certificate are among the names that are told" {
  server good
  rc_login 'tls_host_override other.example'
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    'not for other.example but for localhost, 127.0.0.1, ::1' tls_host_override
}

# --- what is revoked

@test "a certificate that a list revokes is told as that" {
  server revoked
  rc_login "tls_crl_file $CERT_DIR/crl.pem"
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is revoked:' tls_crl_file
}

@test "a certificate above the server's that a list revokes is named" {
  server chained
  rc_login "tls_crl_file $CERT_DIR/subcrl.pem"
  send rcpt@example.net
  refused 69 UNAVAILABLE \
    "the certificate above the server's, of CN=sub, is revoked" tls_crl_file
}

@test "a list that is out of date counts, and --debug tells of its age" {
  server good
  rc_login "tls_crl_file $CERT_DIR/oldcrl.pem"
  send --debug rcpt@example.net
  expect 0 OK
  expect_output "$CERT_DIR/oldcrl.pem: the list of CN=ca is out of date since 20"
  rm "$T"/store/*
  server revoked
  rc_login "tls_crl_file $CERT_DIR/oldcrl.pem"
  send rcpt@example.net
  refused 69 UNAVAILABLE 'the certificate is revoked:' tls_crl_file
}

# stapled KIND [option ...]: a server that staples that.
stapled() {
  local kind=$1
  shift
  server stapled --staple "$CERT_DIR/stapled-$kind.ocsp" "$@"
  rc_login
  send rcpt@example.net
}

@test "a certificate that its authority calls good is taken" {
  local version
  for version in 1.2 1.3; do
    stapled good --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    taken
  done
}

@test "a certificate that is revoked as the server says itself is refused" {
  local version
  for version in 1.2 1.3; do
    stapled revoked --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    refused 69 UNAVAILABLE 'the certificate is revoked since 20' OCSP
  done
}

@test "a statement on a certificate that is no good is refused, and told why" {
  local said='the OCSP statement that the server sends along'
  stapled old
  refused 69 UNAVAILABLE "$said" 'expired on 20' 'clock, which says 20' tls_pin
  stapled future
  refused 69 UNAVAILABLE "$said" 'is not valid before 20' tls_pin
  stapled unknown
  refused 69 UNAVAILABLE "$said" 'the authority knows nothing of it' tls_pin
  stapled forged
  refused 69 UNAVAILABLE "$said" 'is not signed by the authority' tls_pin
  stapled other
  refused 69 UNAVAILABLE "$said" 'is about another one' tls_pin
  stapled garbage
  refused 69 UNAVAILABLE "$said" 'cannot be read' tls_pin
}

@test "a statement that says nothing is no reason to refuse" {
  stapled later
  taken
}

@test "a certificate that must be stapled is refused if it is not" {
  server muststaple
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE must-staple "tls_pin $(pin muststaple)"
  server muststaple --staple "$CERT_DIR/muststaple-later.ocsp"
  rc_login
  send rcpt@example.net
  refused 69 UNAVAILABLE must-staple
  server muststaple --staple "$CERT_DIR/muststaple-good.ocsp"
  rc_login
  send rcpt@example.net
  taken
}

@test "who verifies nothing, or by fingerprint, is not asked for statements" {
  server stapled --staple "$CERT_DIR/stapled-revoked.ocsp"
  rc 'user me@example.org' 'password "sec ret"' 'tls_certcheck off'
  send rcpt@example.net
  taken
  server stapled --staple "$CERT_DIR/stapled-old.ocsp"
  rc_login "tls_fingerprint $(cat "$CERT_DIR/stapled.sha256")"
  send rcpt@example.net
  taken
}

# --- versions

@test "a server that answers with an old version is told by that" {
  local hello='\x03\x02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x2f\x00'
  first "half \\x16\\x03\\x01\\x00\\x2a\\x02\\x00\\x00\\x26$hello"
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'takes no TLS 1.2 or 1.3, only TLS 1.1;' 'RFC 8996' \
    'operator must turn on TLS 1.2'
}

@test "a server that refuses our versions is told by its alert's" {
  first 'reply \x15\x03\x01\x00\x02\x02\x46'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'takes no TLS 1.2 or 1.3, only TLS 1.0 or older'
}

@test "tls_min_version 1.3 takes no TLS 1.2, with tls_priorities or without" {
  local line
  for line in '' 'tls_priorities NORMAL' \
    'tls_priorities NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3'; do
    server good --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
    rc_login 'tls_min_version 1.3' "$line"
    send rcpt@example.net
    refused 76 PROTOCOL 'TLS handshake' tls_min_version
    server good
    rc_login 'tls_min_version 1.3' "$line"
    send rcpt@example.net
    taken
    grep -q -- '^-- tls TLS1.3 ' "$T/dialogue"
  done
  openssl_server -tls1_2 -cert "$CERT_DIR/good.pem" -key "$CERT_DIR/good.key"
  rc_login 'tls_min_version 1.3' 'tls_starttls off'
  submit rcpt@example.net
  expect_failure 76 PROTOCOL 'does not take TLS 1.3' tls_min_version
}

@test "tls_priorities without TLS 1.3 contradicts tls_min_version 1.3" {
  server good
  rc_login 'tls_min_version 1.3' 'tls_priorities NORMAL:-VERS-TLS1.3'
  send rcpt@example.net
  refused 78 CONFIG \
    'tls_priorities leaves out TLS 1.3, which tls_min_version demands'
}

@test "tls_priorities does not bring back old versions without naming them" {
  local old=NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0
  for wanted in NORMAL NORMAL:+VERS-ALL SECURE128:%COMPAT; do
    server good --tls-priority "$old"
    rc_login "tls_priorities $wanted"
    send rcpt@example.net
    refused 76 PROTOCOL 'takes no version of TLS that is allowed' tls_priorities
  done
  server good --tls-priority "$old"
  rc_login 'tls_priorities NORMAL:+VERS-TLS1.0'
  send rcpt@example.net
  taken
  grep -q -- '^-- tls TLS1.[01] ' "$T/dialogue"
  server good --tls-priority "$old"
  rc_login 'tls_priorities NORMAL:+VERS-TLS1.0' 'tls_min_version 1.3'
  send rcpt@example.net
  refused 76 PROTOCOL tls_min_version
}

@test "tls_priorities that leaves no version ends the run" {
  server good
  rc_login 'tls_priorities NORMAL:-VERS-TLS-ALL'
  send rcpt@example.net
  refused 78 CONFIG 'tls_priorities leaves out TLS 1.2 and 1.3' +VERS-TLS1.1
  run "$POSTHASTE" -C "$T/rc" --check-config
  expect 78 CONFIG
  expect_output "$T/rc:7: tls_priorities leaves out TLS 1.2 and 1.3"
}

# --- the handshake

@test "no cipher in common is told as that" {
  server good --tls-priority \
    NONE:+VERS-TLS1.2:+AES-256-CBC:+SHA1:+RSA:+COMP-ALL:+SIGN-ALL:+GROUP-ALL
  rc_login
  send rcpt@example.net
  refused 76 PROTOCOL 'no cipher, key exchange or the like in common' \
    tls_priorities
}

@test "each alert in place of a handshake has its words and exit status" {
  local number status text
  while read -r number status text; do
    first "reply \\x15\\x03\\x03\\x00\\x02\\x02\\x$number"
    rc_login 'tls_starttls off'
    send rcpt@example.net
    # shellcheck disable=SC2086
    refused ${status/:/ } "$text"
  done <<'END'
28 76:PROTOCOL no cipher, key exchange or the like in common
47 76:PROTOCOL the server wants stronger ciphers
46 76:PROTOCOL takes no TLS 1.2 or 1.3
50 75:TEMPFAIL the server has trouble of its own
70 69:UNAVAILABLE set host or tls_host_override to a name that it knows
2a 77:NOPERM the server wants a certificate
30 77:NOPERM see tls_cert_file and tls_key_file
2f 76:PROTOCOL the server ends TLS
5a 75:TEMPFAIL the server ends TLS
END
}

@test "a port that begins in the clear is told with its greeting" {
  smarthost_tls starttls
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'no TLS here, but says: "220 smarthost.test ESMTP"' \
    'tls_starttls on' 587
  smarthost_tls starttls --on 'greeting reply 554 go away'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'says: "554 go away"' 'tls_starttls on'
}

@test "a greeting that comes in pieces is told as one that does not" {
  smarthost_tls starttls --on 'greeting trickle 20'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'no TLS here, but says: "220 ' 'tls_starttls on'
}

@test "what is neither TLS nor SMTP is told, made harmless" {
  first 'reply HTTP/1.1 400 Bad Request'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'says: "HTTP/1.1 400 Bad Request"' 'the right port?'
  first 'reply \xff\x1b[31mred\x07'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'says: "\xff\x1b[31mred\x07"'
  first 'flood \xff\x00a'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'no TLS here'
}

@test "records of TLS that are wrong are told as that" {
  first 'reply \x16\x03\x03\xff\xffaaaaaaaa'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'the server sends more than fits in TLS'
  first 'reply \x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'TLS handshake: '
  first 'reply \x17\x03\x03\x00\x05abcde'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 76 PROTOCOL 'the server speaks out of turn'
}

@test "a server that hangs up in the handshake is worth another try" {
  first drop
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 75 TEMPFAIL 'the server closed the connection without a word'
  first 'half \x16\x03'
  rc_login 'tls_starttls off'
  send rcpt@example.net
  refused 75 TEMPFAIL 'TLS handshake: the server closed the connection'
  refute_output 'without a word'
}

@test "a server that refuses our certificate is told of" {
  local version
  for version in 1.2 1.3; do
    server good --client-ca "$CERT_DIR/ca.pem" \
      --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version"
    rc_login "tls_cert_file $CERT_DIR/client.pem" \
      "tls_key_file $CERT_DIR/client.key"
    send rcpt@example.net
    refused 77 NOPERM 'the server refuses our certificate' tls_cert_file
  done
}

# --- within the session

@test "new keys of TLS 1.3 in the middle of a session are followed" {
  local stage
  for stage in greeting ehlo mail data end; do
    server good --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.3 \
      --on "$stage#1 key-update" --on 'mail key-update'
    rc_login
    send rcpt@example.net
    taken
    grep -q -- '^-- key update: Success' "$T/dialogue"
  done
}

@test "an alert of TLS 1.2 that only warns is passed over" {
  local stage
  for stage in 'ehlo#2' mail rcpt data end; do
    server good --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2 --caps '' \
      --on "$stage warn"
    rc_login
    send rcpt@example.net
    taken
    grep -q -- '^-- warning alert: Success' "$T/dialogue"
  done
}

@test "TLS 1.3 knows no alert that only warns: it is worth another try" {
  server good --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.3 --on 'ehlo#2 warn'
  rc_login
  send rcpt@example.net
  refused 75 TEMPFAIL 'the server ends TLS: User canceled'
}

# --- no downgrade

# The setting and whether mail may go in the clear where a server ...
#   bare      does not offer STARTTLS
#   temporary refuses it for now, or
#   permanent for good
#   injected  says more behind 220
#   garbage   says something else in place of the handshake
#   unknown   shows the certificate of an unknown authority
# is clear, tls (encrypted), or the exit status that it is refused with.
outcomes() {
  cat <<'END'
tls  starttls login bare temporary permanent injected garbage unknown
off  auto     no    clear clear clear clear clear clear
off  on       no    clear clear clear clear clear clear
off  off      no    clear clear clear clear clear clear
off  auto     yes   clear clear clear clear clear clear
auto auto     no    clear clear clear 76 76 tls
auto on       no    76 75 69 76 76 69
auto off      no    76 76 76 76 76 76
auto auto     yes   76 75 69 76 76 69
auto on       yes   76 75 69 76 76 69
auto off      yes   76 76 76 76 76 76
on   auto     no    76 75 69 76 76 69
on   on       no    76 75 69 76 76 69
on   off      no    76 76 76 76 76 76
on   auto     yes   76 75 69 76 76 69
on   on       yes   76 75 69 76 76 69
on   off      yes   76 76 76 76 76 76
END
}

# bad_server KIND
bad_server() {
  local cert=good
  [ "$1" != unknown ] || cert=unknownca
  local starttls=(starttls --cert "$CERT_DIR/$cert.pem"
    --key "$CERT_DIR/$cert.key" --auth-before-tls)
  server_ends
  rm -f "$T/dialogue"
  case $1 in
    bare)
      smarthost --user me@example.org --password 'sec ret' \
        --mechs 'SCRAM-SHA-256 PLAIN'
      ;;
    temporary) smarthost_tls "${starttls[@]}" --on 'starttls reply 454 later' ;;
    permanent) smarthost_tls "${starttls[@]}" --on 'starttls reply 502 what' ;;
    injected) smarthost_tls "${starttls[@]}" --on 'starttls inject 250 AUTH' ;;
    garbage) smarthost_tls "${starttls[@]}" --on 'tls half 220 what?\r\n' ;;
    unknown) smarthost_tls "${starttls[@]}" ;;
  esac
}

# outcome EXPECTED: of that.
outcome() {
  case $1 in
    clear)
      expect_sent
      grep -q '^tls none$' "$T/store/1.env"
      ;;
    tls)
      expect_sent
      grep -q '^tls TLS' "$T/store/1.env"
      ;;
    *)
      [ "$status" -eq "$1" ] || return 1
      expect_nothing_told
      ;;
  esac
  rm -f "$T"/store/*
}

# no_downgrade KIND COLUMN: each row of the table against that server.
no_downgrade() {
  local kind=$1 column=$2 n=0 row lines
  bad_server "$kind"
  while read -r -a row; do
    lines=("tls ${row[0]}" "tls_starttls ${row[1]}")
    [ "${row[2]}" = no ] || lines+=('user me@example.org' 'password "sec ret"')
    rc "${lines[@]}"
    : >"$T/dialogue"
    submit rcpt@example.net
    outcome "${row[column]}" || {
      echo "row: ${row[*]}, $kind: exit $status: $output"
      return 1
    }
    n=$((n + 1))
  done < <(outcomes | tail -n +2)
  same "$n" 16
}

@test "no STARTTLS: nothing goes out but where clear text is allowed" {
  no_downgrade bare 3
}

@test "STARTTLS refused for now: the same" {
  no_downgrade temporary 4
}

@test "STARTTLS refused for good: the same" {
  no_downgrade permanent 5
}

@test "plain text put behind STARTTLS: nothing goes out but with tls off" {
  no_downgrade injected 6
}

@test "no handshake behind STARTTLS: nothing goes out but with tls off" {
  no_downgrade garbage 7
}

@test "an unknown authority: nothing goes out where TLS is required" {
  no_downgrade unknown 8
}
