#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A login that does not work: what the user is told, and what servers that lie
# get for it.

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
  rm -f "$T/dialogue"
  smarthost_tls starttls --mechs "$mechs" "$@"
  rc_login
}

# expect_attempts N: that many AUTH commands were given.
expect_attempts() {
  same "$(grep -c '^C: AUTH' "$T/dialogue")" "$1"
}

# Nothing of the secret is shown, in clear or in base64.
expect_secret() {
  refute_output "$1"
  refute_output "$(printf %s "$1" | base64 -w 0)"
}

# expect_refusal CODE NAME TEXT ...: and nothing was sent, or told.
expect_refusal() {
  expect_failure "$@"
  expect_nothing_stored
  expect_nothing_sent
  expect_secret 'sec ret'
}

# with_token TOKEN MECHANISM [option ...]: a server that takes that token.
with_token() {
  local token=$1 mech=$2
  shift 2
  rm -f "$T/dialogue"
  smarthost --tls starttls --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key" --user me@example.org --password "$token" \
    --mechs "$mech" "$@"
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' "auth $mech" \
    "password_file $T/token"
  printf '%s\n' "$token" >"$T/token"
  chmod 600 "$T/token"
}

##
## hints
##

# hints: lines of REPLY | HINT; what PLAIN is told, and what helps.
hints() {
  local reply hint
  while IFS='|' read -r reply hint; do
    printf '%s|%s\n' "$reply" "$hint"
    offering PLAIN --on "auth reply ${reply% }"
    send rcpt@example.net
    expect_refusal 77 NOPERM 'AUTH PLAIN: refused: 53' "${hint# }"
    expect_attempts 1
  done
}

@test "what providers say of a password has a hint" {
  hints <<'.'
535 5.7.8 no | ; check user and password
535 5.7.139 Authentication unsuccessful, basic authentication is disabled. | use auth XOAUTH2
535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. | "Authenticated SMTP"
535 5.7.3 Authentication unsuccessful | turned off for the mailbox
534-5.7.9 Application-specific password required. For more\r\n534 5.7.9 https://support.google.com/mail/?p=x | https://myaccount.google.com/apppasswords
534-5.7.14 Please log in via\r\n534 5.7.14 your web browser | login by browser first
535-5.7.8 Username and Password not accepted\r\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials | not the account's own password
535 5.7.0 (#AUTH005) Too many bad auth attempts. | wait before the next try
538 5.7.11 Encryption required | see auth
.
}

@test "a hint is said once, in one line, that stays one with odd replies" {
  offering PLAIN --on 'auth reply 535 5.7.8 \x1b[31mSMTP\tClient; \x07 app password'
  send rcpt@example.net
  expect_refusal 77 NOPERM 'application passwords'
}

@test "a login that the server cannot check now: 75, and that it may later" {
  offering PLAIN --on 'auth reply 454 4.7.0 Temporary authentication failure'
  send rcpt@example.net
  expect_refusal 75 TEMPFAIL 'cannot check logins for now'
  offering PLAIN --on 'auth reply 454 4.7.0 Too many login attempts'
  send rcpt@example.net
  expect_refusal 75 TEMPFAIL 'counts failed logins'
}

# without_login STAGE REPLY: of a server to who has none.
without_login() {
  rm -f "$T/dialogue"
  smarthost --on "$1 reply $2"
  rc
  send "${@:3}"
}

@test "a server that wants a login says so, and the hint says how" {
  without_login mail '530 5.7.0 Authentication required' rcpt@example.net
  expect_failure 77 NOPERM 'set user and a password (passwordeval)'
  without_login mail '530 5.7.57 Client not authenticated to send mail.' \
    rcpt@example.net
  expect_failure 77 NOPERM 'Microsoft wants a login'
  without_login rcpt '554 5.7.1 <rcpt@example.net>: Relay access denied' \
    rcpt@example.net
  expect_failure 77 NOPERM 'RCPT TO:<rcpt@example.net>: refused: 554 5.7.1' \
    'only after a login: set user and a password'
  without_login mail '530 5.7.0 Must issue a STARTTLS command first' \
    rcpt@example.net
  expect_failure 77 NOPERM 'STARTTLS' 'see tls'
}

@test "many recipients refused alike have one hint" {
  without_login rcpt '550 relay not permitted' a@example.net b@example.net \
    c@example.net
  expect 67 NOUSER
  same "$(grep -c 'RCPT TO:' "$T/err")" 3
  same "$(grep -c 'only after a login' "$T/err")" 1
  head -n 1 "$T/err" | grep -q 'only after a login'
}

@test "a sender that is not the login's own" {
  offering PLAIN --on 'mail reply 553 5.7.1 <x>: Sender address rejected: not owned by user me'
  send rcpt@example.net
  expect_failure 77 NOPERM 'not owned by user me' "is it the login's own"
  offering PLAIN --on 'end reply 550 5.7.60 SMTP; Client does not have permissions to send as this sender' \
    --on 'bdat reply 550 5.7.60 SMTP; Client does not have permissions to send as this sender'
  send rcpt@example.net
  expect_failure 77 NOPERM "is it the login's own"
}

@test "a token that has expired, or is not for this, is told apart" {
  local challenge hint
  while IFS='|' read -r challenge hint; do
    with_token token-of-mine XOAUTH2 --on 'auth#1 reply 334 '"$(printf %s "$challenge" |
      base64 -w 0)" --on 'auth-response reply 535 5.7.8 no'
    send rcpt@example.net
    expect_refusal 77 NOPERM 'AUTH XOAUTH2: refused (' "$hint"
    expect_secret token-of-mine
  done <<'.'
{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}|access token fresh
{"status":401}|access token fresh
{"status":"invalid_token","error_description":"The token has expired"}|passwordeval must print a fresh one
{"status":"insufficient_scope"}|right to send
{"error_description":"invalid_grant"}|a person has to log in again
.
}

@test "GS2-KRB5 without a ticket says so" {
  offering 'PLAIN GS2-KRB5'
  rc "tls_trust_file $CERT_DIR/ca.pem" 'auth gs2-krb5'
  # the Kerberos library keeps memory of its own
  KRB5CCNAME="$T/none" ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 \
    send rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH GS2-KRB5: ' klist
}

@test "what is offered and may not be used has a hint, too" {
  offering '' --caps 'AUTH XOAUTH2 OAUTHBEARER'
  send rcpt@example.net
  expect_refusal 69 UNAVAILABLE 'XOAUTH2 OAUTHBEARER' 'wants an access token'
  offering PLAIN
  send --auth=login rcpt@example.net
  expect_refusal 69 UNAVAILABLE 'auth names none of these'
  rm "$T/dialogue"
  smarthost --user me@example.org --password 'sec ret' --mechs 'PLAIN LOGIN'
  rc 'user me@example.org' 'password "sec ret"' 'tls off'
  send rcpt@example.net
  expect_refusal 69 UNAVAILABLE 'PLAIN and LOGIN are used over TLS only'
}

##
## long ones
##

@test "F6: 16 KB go behind the server's 334, by every way that shows them" {
  local mech secret
  secret=$(head -c 16384 /dev/zero | tr '\0' t)
  for mech in OAUTHBEARER XOAUTH2 PLAIN LOGIN SCRAM-SHA-256; do
    rm -f "$T/store"/*
    with_token "$secret" "$mech"
    send rcpt@example.net
    expect_sent
    ! grep '^C: AUTH' "$T/dialogue" | grep -q '.\{513\}' || return 1
  done
}

@test "F6: 16 KB that are refused are not told" {
  local mech secret
  secret=$(head -c 16384 /dev/zero | tr '\0' t)
  for mech in OAUTHBEARER XOAUTH2 PLAIN LOGIN SCRAM-SHA-256; do
    with_token "$secret" "$mech"
    printf '%sx\n' "$secret" >"$T/token"
    submit --debug rcpt@example.net
    server_ends
    expect 77 NOPERM
    refute_output ttttttttt
    refute_output "$(printf ttttttttt | base64)"
  done
}

##
## lies
##

# lies KIND: lines of TEXT | CODE NAME | WORDS; SCRAM's messages.
lies() {
  local kind=$1 text outcome words code name
  while IFS='|' read -r text outcome words; do
    printf '%s|%s|%s\n' "$text" "$outcome" "$words"
    offering SCRAM-SHA-256 --sasl-lie "$kind=${text% }"
    read -r code name <<<"$outcome"
    send rcpt@example.net
    expect_refusal "$code" "$name" "AUTH SCRAM-SHA-256: ${words# }"
    expect_attempts 1
  done
}

@test "lies in SCRAM's first message: no proof is given" {
  lies first <<'.'
r=%r,s=%s,i=0 | 76 PROTOCOL | the server's challenge makes no sense
r=%r,s=%s,i=-1 | 76 PROTOCOL | the server's challenge makes no sense
r=%r,s=%s,i= | 76 PROTOCOL | the server's challenge makes no sense
r=%r,s=%s,i=5000001 | 76 PROTOCOL | the server wants 5000001 iterations
r=%r,s=%s,i=4294967296 | 76 PROTOCOL | the server wants 4294967296 iterations
r=%r,s=%s,i=9223372036854775808 | 76 PROTOCOL | the server wants 9223372036854775808 it
r=%r,s=%s,i=18446744073709555712 | 76 PROTOCOL | the server's challenge makes no sense
r=%r,s=%s | 76 PROTOCOL | the server's challenge makes no sense
r=%r,s=,i=4096 | 76 PROTOCOL | the server's challenge makes no sense
r=%r,s=*!*,i=4096 | 76 PROTOCOL | the server's salt is not base64
r=,s=%s,i=4096 | 76 PROTOCOL | the server
r=other,s=%s,i=4096 | 76 PROTOCOL | the server does not prove
r=x%r,s=%s,i=4096 | 76 PROTOCOL | the server does not prove
m=ext,r=%r,s=%s,i=4096 | 76 PROTOCOL | the server's challenge makes no sense
s=%s,r=%r,i=4096 | 76 PROTOCOL | the server's challenge makes no sense
e=other-error | 77 NOPERM | refused: other-error
garbage | 76 PROTOCOL | the server's challenge makes no sense
.
}

@test "lies in SCRAM's last message: the server is not believed" {
  lies final <<'.'
v= | 76 PROTOCOL | the server
v=AAAA | 76 PROTOCOL | the server does not prove
v=* | 76 PROTOCOL | the server
x=AAAA | 76 PROTOCOL | the server
r=%r,s=%s,i=4096 | 76 PROTOCOL | the server
e=invalid-proof | 77 NOPERM | refused: invalid-proof; check user and password
e=channel-bindings-dont-match | 77 NOPERM | refused: channel-bindings-dont-match; is
e=no sec ret here | 77 NOPERM | refused
e=c2VjIHJldA== | 77 NOPERM | refused
.
}

@test "challenges that are none end the exchange" {
  local mech raw
  for mech in LOGIN SCRAM-SHA-256 CRAM-MD5; do
    for raw in 'Username:' 'sec ret' "$(printf '%012000d' 0 | tr 0 '*')"; do
      offering "$mech" --sasl-lie "raw=$raw"
      send --auth="$mech" rcpt@example.net
      expect_refusal 76 PROTOCOL "AUTH $mech: challenge is not base64"
    done
    offering "$mech" --sasl-lie "raw=$(printf '%017000d' 0)"
    send --auth="$mech" rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech: line without end"
  done
}

@test "a challenge as long as the standard has it is answered" {
  offering CRAM-MD5 --sasl-lie "raw=$(head -c 9000 /dev/zero | base64 -w 0)"
  send --auth=cram-md5 rcpt@example.net
  expect_refusal 77 NOPERM 'AUTH CRAM-MD5: refused'
  [ "$(grep -c '^C: [A-Za-z0-9+/=]\{60,\}$' "$T/dialogue")" -eq 1 ]
}

@test "challenges without end end by themselves, whatever the mechanism" {
  local mech
  for mech in CRAM-MD5 DIGEST-MD5; do
    offering "$mech" --sasl-lie endless
    rc_login 'timeout 5'
    send --auth="$mech" rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech: "
  done
  for mech in XOAUTH2 OAUTHBEARER; do
    with_token token-of-mine "$mech" --on 'auth reply 334 e30=' \
      --on 'auth-response reply 334 e30='
    send rcpt@example.net
    expect_refusal 76 PROTOCOL 'more than there is to say'
  done
}

@test "a yes to a question that was not answered is none" {
  local mech
  for mech in LOGIN SCRAM-SHA-1 SCRAM-SHA-256-PLUS CRAM-MD5 DIGEST-MD5 NTLM; do
    offering "$mech" --on 'auth reply 235 2.7.0 welcome'
    send --auth="$mech" rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech: the server says yes without"
  done
  for mech in SCRAM-SHA-256 DIGEST-MD5; do
    offering "$mech" --on 'auth-response reply 235 2.7.0 welcome'
    send --auth="$mech" rcpt@example.net
    expect_refusal 76 PROTOCOL "AUTH $mech: the server says yes without"
  done
}

@test "a server that leaves in the middle: 75" {
  local mech on
  for mech in LOGIN SCRAM-SHA-256 DIGEST-MD5; do
    for on in 'auth drop' 'auth-response drop' 'auth-response reset'; do
      offering "$mech" --on "$on"
      send --auth="$mech" rcpt@example.net
      expect_refusal 75 TEMPFAIL "AUTH $mech: "
    done
  done
}

# says EHLO-1 EHLO-2: a server with these lines before and after STARTTLS.
says() {
  offering 'PLAIN LOGIN SCRAM-SHA-256' \
    --on "ehlo#1 accept 250-smarthost.test\r\n$1" \
    --on "ehlo#2 accept 250-smarthost.test\r\n$2"
  send rcpt@example.net
}

@test "what is offered before TLS does not count" {
  says '250-AUTH PLAIN\r\n250 STARTTLS' '250 SIZE'
  expect_refusal 69 UNAVAILABLE 'AUTH: the server offers no authentication'
  says '250-AUTH PLAIN LOGIN\r\n250 STARTTLS' '250 AUTH SCRAM-SHA-256'
  expect_sent
  grep -q '^auth SCRAM-SHA-256 ' "$T/store/1.env"
  says '250-AUTH SCRAM-SHA-256\r\n250 STARTTLS' '250 AUTH=LOGIN'
  expect_sent 2
  grep -q '^auth LOGIN ' "$T/store/2.env"
  says '250 STARTTLS' '250-AUTH=LOGIN\r\n250-AUTH CRAM-MD5\r\n250 AUTH PLAIN'
  expect_sent 3
  grep -q '^auth PLAIN ' "$T/store/3.env"
}

@test "odd names of mechanisms are passed over" {
  says '250 STARTTLS' \
    '250 AUTH \x1b[2J %s%n PLAIN\x00 PLAI plain-x \xff=, LOGINX login'
  expect_sent
  grep -q '^auth LOGIN ' "$T/store/1.env"
  rm "$T/store"/*
  says '250 STARTTLS' '250 AUTH \x1b[2J%s PLAIN\x08'
  expect_refusal 69 UNAVAILABLE 'none of the mechanisms' '\x1b[2J%s'
}

@test "ten thousand mechanisms are no harm, if they are a reply" {
  local some many
  some=$(printf '250-AUTH%s\\r\\n' "$(seq -f ' M%.0f' -s '' 1000 1999)")
  says '250 STARTTLS' "$some$some$some${some}250 AUTH PLAIN"
  expect_sent
  rm "$T/store"/*
  says '250 STARTTLS' "$some${some}250 AUTH X"
  expect_refusal 69 UNAVAILABLE 'none of the mechanisms' 'M1000 M1001' '...'
  many=$some$some$some$some$some
  says '250 STARTTLS' "$many$many${many}250 AUTH PLAIN"
  expect_refusal 76 PROTOCOL 'EHLO: reply without end'
}

##
## secrets
##

@test "a server that repeats the token, however, is not quoted" {
  local mech how text token=token-of-mine-0123456789
  for mech in XOAUTH2 OAUTHBEARER; do
    for how in "$token" "$(printf %s "$token" | base64 -w 0)" \
      "$(printf 'auth=Bearer %s' "$token" | base64 -w 0)"; do
      for text in "{\"status\":\"$how\"}" "$how"; do
        with_token "$token" "$mech" \
          --on "auth reply 334 $(printf %s "$text" | base64 -w 0)" \
          --on "auth-response reply 535 5.7.8 $how expired"
        submit -d rcpt@example.net
        server_ends
        expect 77 NOPERM
        expect_secret "$token"
        refute_output "$how"
        expect_output 'has expired'
      done
    done
  done
}

@test "a server that repeats the password to MAIL or RCPT is not quoted" {
  local stage
  for stage in mail rcpt end bdat ehlo#2; do
    offering PLAIN --on "$stage reply 550 5.7.1 sec ret c2VjIHJldA=="
    submit -d rcpt@example.net
    server_ends
    [ "$status" -ne 0 ] || [ "$stage" = end ] # it goes by BDAT
    expect_secret 'sec ret'
  done
}
