#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Every way to log in that a real server has: Dovecot's and Cyrus SASL's,
# behind Postfix, and a Kerberos key server.  Channel binding is theirs not
# yet; for it there is the scripted server.

setup_file() {
  load ../lib/real
  real_setup_file
  real_start --logins logins \
    'smtpd_sender_login_maps=inline:{ mine@example.org=tester@example.org,
      other@example.org=other@example.org }' \
    smtpd_sender_restrictions=reject_sender_login_mismatch
}

teardown_file() {
  load ../lib/real
  real_teardown_file
}

setup() {
  load ../lib/e2e
  load ../lib/real
  real_setup
  use logins
  export KRB5_CONFIG KRB5CCNAME=$T/tickets
  # the Kerberos library keeps memory of its own
  export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
  printf 'From: mine@example.org\nTo: you@example.net\nSubject: x\n\nx\n' \
    >"$T/in"
}

# login PORT MECHANISM [line ...]: a try; sets status and output.
login() {
  local port=$1 mechanism=$2
  shift 2
  real_rc "$port" "tls_trust_file $CERT_DIR/ca.pem" 'from mine@example.org' \
    "auth $mechanism" "$@"
  run posthaste you@example.net <"$T/in"
}

with_password=('user tester@example.org' 'password "correct horse"')

# expect_in MECHANISM USER: it got in, and the message through.
expect_in() {
  expect_success
  expect_log "sasl_method=$1, sasl_username=$2\$"
}

# expect_out CODE NAME TEXT ...: it did not, with one line that has each TEXT.
expect_out() {
  expect "$1" "$2"
  shift 2
  local text
  for text; do
    expect_output "$text"
  done
  [ "${#lines[@]}" -eq 1 ]
  expect_nothing_arrived
}

# anew: forgets what was said and sent so far.
anew() {
  rm "$T"/begun.*
  use logins
}

# token USER SECONDS [KEY]: a token for a user, for so long from now.
token() {
  python3 - "$1" "$2" "${3:-$(base64 -d "$JWT_KEY")}" <<'PY'
import base64, hashlib, hmac, json, sys, time
def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")
now = int(time.time())
user, seconds, key = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
head = {"alg": "HS256", "typ": "JWT"}
body = {"sub": user, "iat": now - 7200, "nbf": now - 7200, "exp": now + seconds}
text = b".".join(b64(json.dumps(part).encode()) for part in (head, body))
mac = hmac.new(key, text, hashlib.sha256).digest()
print((text + b"." + b64(mac)).decode())
PY
}

# ticket USER [option ...]
ticket() {
  local user=$1
  shift
  "$REALSERVER" kerberos "$SERVER" kinit -k -t "$CLIENT_KEYTAB" "$@" "$user"
}

##
## passwords
##

@test "Dovecot: each mechanism with a password logs in" {
  local mechanism
  for mechanism in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
    login "$SUBMISSION_PORT" "$mechanism" "${with_password[@]}"
    expect_in "$mechanism" tester@example.org
  done
  expect_log ': disconnect from .* auth=1 ' 6
}

@test "Cyrus: each mechanism with a password logs in, NTLM among them" {
  local mechanism
  for mechanism in PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 \
    NTLM; do
    login "$CYRUS_PORT" "$mechanism" "${with_password[@]}"
    expect_in "$mechanism" tester@example.org
  done
  expect_log ': disconnect from .* auth=1 ' 7
}

@test "NTLM: the domain may be a setting" {
  login "$CYRUS_PORT" NTLM 'user tester' 'ntlmdomain example.org' \
    'password "correct horse"'
  expect_in NTLM tester@example.org
}

@test "without a name the strongest is used, of Cyrus too" {
  login "$CYRUS_PORT" auto "${with_password[@]}"
  expect_in SCRAM-SHA-256 tester@example.org
}

@test "a wrong password: 77, one attempt by each mechanism, and a hint" {
  local port mechanism mechanisms
  for port in "$SUBMISSION_PORT" "$CYRUS_PORT"; do
    mechanisms='auto PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256'
    [ "$port" != "$CYRUS_PORT" ] || mechanisms+=' NTLM'
    for mechanism in $mechanisms; do
      anew
      login "$port" "$mechanism" 'user tester@example.org' 'password wrong-one'
      expect_out 77 NOPERM ': refused' 'check user and password'
      refute_output wrong-one
      expect_log ': disconnect from .* auth=0/1 '
    done
  done
}

@test "a user nobody knows: 77" {
  local port mechanism
  for port in "$SUBMISSION_PORT" "$CYRUS_PORT"; do
    for mechanism in PLAIN SCRAM-SHA-256 CRAM-MD5; do
      login "$port" "$mechanism" 'user nobody' 'password "correct horse"'
      expect_out 77 NOPERM ": refused" 'user is often the full address'
    done
  done
}

@test "a password of 4 KB is taken as a wrong one" {
  login "$SUBMISSION_PORT" PLAIN 'user tester@example.org' \
    "password $(printf '%04096d' 0)"
  expect_out 77 NOPERM 'AUTH PLAIN: refused: 535'
  refute_output 000000
}

##
## tokens
##

@test "a token logs in, by XOAUTH2 and OAUTHBEARER" {
  local mechanism
  token tester@example.org 600 >"$T/token"
  for mechanism in XOAUTH2 OAUTHBEARER; do
    login "$SUBMISSION_PORT" "$mechanism" 'user tester@example.org' \
      "passwordeval cat $T/token"
    expect_in "$mechanism" tester@example.org
  done
}

@test "an expired token, another's and a forged one: 77, and what to look at" {
  local mechanism token tokens=(
    "$(token tester@example.org -3600)"
    "$(token other@example.org 600)"
    "$(token tester@example.org 600 'another key')"
    no-token-at-all
  )
  for mechanism in XOAUTH2 OAUTHBEARER; do
    for token in "${tokens[@]}"; do
      login "$SUBMISSION_PORT" "$mechanism" 'user tester@example.org' \
        "password $token"
      expect_out 77 NOPERM "AUTH $mechanism: refused" ': 535 5.7.8 ' \
        'access token'
      refute_output "$token"
    done
  done
}

##
## Kerberos
##

@test "GSSAPI logs in with a ticket, to Dovecot and to Cyrus" {
  ticket tester
  login "$SUBMISSION_PORT" GSSAPI
  expect_in GSSAPI tester@example.org
  login "$CYRUS_PORT" GSSAPI
  expect_success
  login "$CYRUS_PORT" GSSAPI 'user tester'
  expect_success
  expect_log 'sasl_method=GSSAPI, sasl_username=tester@example.org$' 3
}

@test "GSSAPI: a ticket of another user is none for this one" {
  ticket nobody
  login "$SUBMISSION_PORT" GSSAPI 'user tester'
  expect_out 77 NOPERM 'AUTH GSSAPI: refused: 535' \
    'does not take this certificate or ticket'
}

@test "GSSAPI needs no user, and runs no passwordeval" {
  ticket tester
  login "$SUBMISSION_PORT" GSSAPI "passwordeval touch $T/ran"
  expect_success
  [ ! -e "$T/ran" ]
}

# with_gsasl MECHANISM: the scripted server, which knows the key as well.
with_gsasl() {
  KRB5_KTNAME=$SERVER/server/etc/server.keytab smarthost --tls starttls \
    --cert "$CERT_DIR/good.pem" --key "$CERT_DIR/good.key" \
    --user tester@EXAMPLE.ORG --mechs "$1"
  login "$PORT" "$@"
  kill "$SERVER_PID" && wait "$SERVER_PID" || true
}

@test "GS2-KRB5 and GSSAPI log in with a ticket where libgsasl is the server" {
  local mechanism
  ticket tester
  for mechanism in GS2-KRB5 GSSAPI; do
    with_gsasl "$mechanism"
    expect_success
    with_gsasl "$mechanism" 'user tester@EXAMPLE.ORG'
    expect_success
    with_gsasl "$mechanism" 'user nobody@EXAMPLE.ORG'
    expect_out 77 NOPERM "AUTH $mechanism: refused: 535"
  done
  grep -q '^auth GS2-KRB5' "$T/store/1.env"
  grep -q '^auth GSSAPI' "$T/store/3.env"
}

@test "GS2-KRB5 of libgsasl is not what Cyrus takes: a refusal, no more" {
  ticket tester
  login "$CYRUS_PORT" GS2-KRB5
  expect_out 77 NOPERM 'AUTH GS2-KRB5: refused: 535'
  expect_log ': disconnect from .* auth=0/1 '
}

@test "without a ticket: 77, and how to get one" {
  local mechanism
  for mechanism in GSSAPI GS2-KRB5; do
    login "$CYRUS_PORT" "$mechanism"
    expect_out 77 NOPERM "AUTH $mechanism: Kerberos: No Kerberos credentials" \
      'kinit'
  done
}

@test "an old ticket: 77, and how to get a new one" {
  local n=0
  ticket tester -l 1s
  # it counts a little longer than it says
  while login "$CYRUS_PORT" GSSAPI && [ "$status" -eq 0 ]; do
    [ $((n += 1)) -lt 100 ]
    sleep 0.1
  done
  expect 77 NOPERM
  expect_output 'AUTH GSSAPI: Kerberos: Ticket expired; get a new ticket'
}

@test "a server that its realm does not know: 77, and what to look at" {
  ticket tester
  login "$CYRUS_PORT" GSSAPI
  expect_success
  anew
  sed -i 's/^host .*/host 127.0.0.1/' "$T/rc"
  run posthaste you@example.net <"$T/in"
  expect_out 77 NOPERM 'smtp/127.0.0.1@EXAMPLE.ORG not found' \
    "is host the server's full name"
}

@test "a key server that cannot be reached: 75" {
  ticket tester
  sed 's/kdc = .*/kdc = 127.0.0.1:1/' "$KRB5_CONFIG" >"$T/krb5.conf"
  KRB5_CONFIG=$T/krb5.conf login "$CYRUS_PORT" GSSAPI
  expect_out 75 TEMPFAIL 'AUTH GSSAPI: Kerberos: Cannot contact any KDC'
}

##
## neither
##

@test "ANONYMOUS logs in, which is not enough to send" {
  local port
  for port in "$SUBMISSION_PORT" "$CYRUS_PORT"; do
    anew
    login "$port" ANONYMOUS 'from third@example.org'
    expect_out 77 NOPERM 'RCPT TO:<you@example.net>: refused: 55'
    expect_log ': disconnect from .* auth=1 '
  done
}

@test "EXTERNAL: Postfix does not tell Dovecot of certificates: 77" {
  login "$SUBMISSION_PORT" EXTERNAL 'user tester@example.org' \
    "tls_cert_file $CERT_DIR/client.pem" "tls_key_file $CERT_DIR/client.key"
  expect_out 77 NOPERM 'AUTH EXTERNAL: refused: 535' \
    'does not take this certificate or ticket'
}

@test "what is not offered is not tried: 69, with what is" {
  login "$SUBMISSION_PORT" 'NTLM GS2-KRB5' "${with_password[@]}"
  expect_out 69 UNAVAILABLE 'AUTH: the server offers none of' \
    'PLAIN LOGIN CRAM-MD5' 'auth names none of these'
  expect_log ': disconnect from'
  refute_log ': disconnect from .* auth='
}

@test "a list is tried in its order, past what is not offered" {
  login "$SUBMISSION_PORT" 'NTLM scram-sha-512 CRAM-MD5 PLAIN' \
    "${with_password[@]}"
  expect 78 CONFIG
  login "$SUBMISSION_PORT" 'NTLM CRAM-MD5 PLAIN' "${with_password[@]}"
  expect_in CRAM-MD5 tester@example.org
}

##
## the sender
##

@test "another's sender: 77, and whose it is to be" {
  login "$SUBMISSION_PORT" PLAIN "${with_password[@]}" 'from other@example.org'
  expect_out 77 NOPERM 'not owned by user tester@example.org' \
    "is it the login's own"
}

@test "a sender that wants a login: 77, and how to log in" {
  login "$SUBMISSION_PORT" off
  expect_out 77 NOPERM '5.7.1 <mine@example.org>: Sender address rejected' \
    'set user and a password (passwordeval)'
}
