#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --debug: a transcript with times that can be shown to anybody.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# The transcript without its times; all that has none is told by "!".
untimed() {
  sed -E 's/^ *[0-9]+\.[0-9]{3} //; t; s/^/! /' "$T/err"
}

# milliseconds TEXT: when the first line with that was written.
milliseconds() {
  grep -F -- "$1" "$T/err" | head -n 1 | awk '{ print int($1 * 1000 + 0.5) }'
}

# refute_secret SECRET ...: nor in base64, at whichever place it begins.
refute_secret() {
  local secret
  for secret; do
    refute_output "$secret"
    refute_output "$(printf '%s' "$secret" | base64 -w 0)"
    refute_output "$(printf '\0me@example.org\0%s' "$secret" | base64 -w 0)"
    python3 - "$T/err" "$secret" <<'PY'
import base64, re, sys
text = open(sys.argv[1], "rb").read()
for word in re.findall(rb"[A-Za-z0-9+/]{8,}", text):
    for start in range(4):
        part = word[start:]
        part = part[:len(part) // 4 * 4]
        assert sys.argv[2].encode() not in base64.b64decode(part), word
PY
  done
}

# Nothing of what both sides said of the login, but its mechanism and result.
refute_exchange() {
  local token tokens
  tokens=$(awk '$1 == "C:" && $2 == "AUTH" { on = 1; $0 = "C: " $4 }
    on && $1 == "C:" { print $2 }
    $1 == "S:" && $2 == 334 { print $3 }
    $1 == "S:" && $2 != 334 { on = 0 }' "$T/dialogue" | grep '.....') || true
  for token in $tokens; do
    refute_output "$token"
  done
}

@test "each line has the time, and it does not go back" {
  smarthost_tls starttls --on 'greeting sleep 300'
  rc_login
  send -d rcpt@example.net
  expect 0 OK
  ! untimed | grep '^!' || return 1
  awk '$1 < last { exit 1 } { last = $1 }' "$T/err"
  # the server's 300 begin when the kernel has accepted us
  [ "$(milliseconds '<- 220')" -ge $(($(milliseconds 'connecting to') + 300)) ]
}

@test "it begins with versions, rc files, account and settings" {
  smarthost
  rc "logfile $T/log"
  send -d --timeout=20 rcpt@example.net
  expect 0 OK
  mapfile -t lines < <(untimed)
  [[ ${lines[0]} == "posthaste "[0-9]*", $(uname -s) "* ]]
  [[ ${lines[0]} != *"$(uname -n)"* ]]
  same "${lines[1]}" "rc files: $T/rc (has default)"
  [[ ${lines[2]} == 'account default, '* ]]
  expect_output 'timeout 20 # --timeout'
  expect_output "host localhost # $T/rc:1"
  expect_output "logfile $T/log # $T/rc:4"
  refute_output '# default'
}

@test "it ends with the round trips and the exit status" {
  smarthost --caps 'PIPELINING,CHUNKING,SIZE' \
    --on 'rcpt=no@example.net reply 550 5.1.1 nobody'
  rc
  submit -d rcpt@example.net
  expect 0 OK
  same "$(untimed | tail -n 2)" '2 round trips of SMTP
exit status 0 (EX_OK)'
  submit -d no@example.net
  expect 67 NOUSER
  # what is no part of the transcript looks as ever
  same "$(untimed | tail -n 2 | cut -c 1-29)" \
    "! posthaste: localhost:$PORT:
exit status 67 (EX_NOUSER)"
}

@test "the dialogue is in the order in which it was had" {
  smarthost --caps 'PIPELINING,CHUNKING' --on 'greeting reply 220 mx' \
    --on 'ehlo accept 250-mx\r\n250-PIPELINING\r\n250 CHUNKING' \
    --on 'mail accept 250 mail' --on 'rcpt accept 250 rcpt' \
    --on 'bdat accept 250 bdat'
  rc 'domain me.example'
  send -d a@example.net b@example.net
  expect 0 OK
  same "$(untimed | grep -E '^(->|<-)' | sed 's/ [0-9]* LAST/ N LAST/
s/[0-9]* octets/N octets/')" '<- 220 mx
-> EHLO me.example
<- 250-mx
<- 250-PIPELINING
<- 250 CHUNKING
-> MAIL FROM:<me@example.org>
-> RCPT TO:<a@example.net>
-> RCPT TO:<b@example.net>
-> BDAT N LAST
-> (message, N octets)
<- 250 mail
<- 250 rcpt
<- 250 rcpt
<- 250 bdat
-> QUIT'
  refute_output 'Subject'
}

@test "addresses that are tried are told, and TLS" {
  smarthost_tls starttls
  rc_login
  submit -d rcpt@example.net
  expect_output "connecting to [127.0.0.1]:$PORT"
  expect_output "connected to localhost:$PORT [127.0.0.1]"
  untimed | grep -Eq '^TLS1\.3, TLS_AES_256_GCM_SHA384, .*, new session, no OCSP'
  expect_output 'certificate of CN=localhost, by CN=ca, until 2'
  untimed | grep -qx 'certificate verified'
  submit -d --tls-trust-file="$CERT_DIR/otherca.pem" rcpt@example.net
  expect 69 UNAVAILABLE
  expect_output 'certificate refused'
  expect_output 'exit status 69 (EX_UNAVAILABLE)'
  server_ends
  submit -d rcpt@example.net
  expect 75 TEMPFAIL
  expect_output "connect to [127.0.0.1]:$PORT: Connection refused"
  expect_output 'exit status 75 (EX_TEMPFAIL)'
}

@test "K1: a command for a password is told without its text" {
  smarthost_tls starttls
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'passwordeval "sleep 0.1; echo sec ret"'
  send -d rcpt@example.net
  expect 0 OK
  [ -s "$T/store/1.eml" ]
  expect_output 'passwordeval * #'
  untimed | grep -Eq '^a command ran, in [1-9][0-9][0-9]+ ms$'
  refute_secret 'sec ret'
  refute_output 'sleep 0.1'
}

@test "K1: a PIN in a PKCS#11 URL is not told" {
  smarthost
  rc
  submit -P -d --tls-key-file='pkcs11:token=t?pin-source=1234&x' \
    --tls-cert-file='pkcs11:token=t?module-name=4321' rcpt@example.net
  output="$output$(<"$T/out")"
  expect_output 'pkcs11:token=t?* #'
  refute_output 1234
  refute_output 4321
}

by_password='PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS
  SCRAM-SHA-256-PLUS CRAM-MD5 DIGEST-MD5 NTLM'

# exchange MECHANISM RCLINE [option ...]
exchange() {
  local mech=$1 line=$2
  shift 2
  rm -f "$T/dialogue"
  smarthost_tls starttls --mechs "$mech" "$@"
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    "auth $mech" "$line"
  send -d rcpt@example.net
  echo "$mech"
  expect_output "-> AUTH $mech ***"
  refute_exchange
  refute_secret 'sec ret'
}

@test "K1: no mechanism shows anything of the exchange but its result" {
  local mech
  for mech in $by_password; do
    exchange "$mech" 'password "sec ret"'
    expect 0 OK
    expect_output '<- 235 '
    [ "$mech" != NTLM ] || continue # the scripted server takes any
    exchange "$mech" 'password "sec ret"' --password other
    expect 77 NOPERM
  done
}

@test "K1: nor if the server repeats it in all of its replies" {
  local mech
  for mech in $by_password; do
    exchange "$mech" 'password "sec ret"' --sasl-lie repeat
    expect 0 OK
    expect_output '<- 235 (its words repeat the password)'
    [ "$mech" != NTLM ] || continue
    exchange "$mech" 'password "sec ret"' --sasl-lie repeat --password other
    expect 77 NOPERM
  done
}

@test "K1: nor where it fails, outside of --debug" {
  local mech
  for mech in $by_password; do
    rm -f "$T/dialogue"
    smarthost_tls starttls --mechs "$mech" --sasl-lie repeat \
      --on 'mail reply 550 5.7.1 no'
    rc_login "auth $mech"
    send rcpt@example.net
    expect 77 NOPERM
    refute_exchange
  done
}

@test "K1: tokens are not shown" {
  local mech lie
  for mech in XOAUTH2 OAUTHBEARER; do
    for lie in none repeat; do
      exchange "$mech" 'password token-of-mine' --password token-of-mine \
        --sasl-lie "$lie"
      expect 0 OK
      refute_secret token-of-mine
      exchange "$mech" 'password token-of-others' --password token-of-mine \
        --sasl-lie "$lie"
      expect 77 NOPERM
      refute_secret token-of-others
    done
  done
}

@test "K1: mechanisms without a password show as little" {
  local mech
  for mech in EXTERNAL ANONYMOUS; do
    rm -f "$T/dialogue"
    smarthost_tls starttls --mechs "$mech"
    rc "tls_trust_file $CERT_DIR/ca.pem" "auth $mech"
    send -d rcpt@example.net
    expect 0 OK
    expect_output "-> AUTH $mech ***"
    refute_exchange
  done
}

@test "K2: what a server says is text, and cut where it is long" {
  local nasty
  nasty=$(printf '\e[31mred\e]0;x\a\xc2\x9b1m\xe2\x80\xae')
  smarthost --on "greeting reply 220 $nasty" \
    --on "ehlo accept 250-mx\r\n250 X $(printf '%03000d' 0)"
  rc
  send -d rcpt@example.net
  expect 0 OK
  ! tr -d '\n' <"$T/err" | grep -aq '[^ -~]' || return 1
  expect_output '<- 220 \x1b[31mred'
  untimed | grep -Eq '^<- 250 X 0{900,1000}\.\.\. \(3009 octets\)$'
}

@test "--pretend and --route say what they say, with --debug beside it" {
  smarthost
  rc 'user me@example.org' 'password "sec ret"'
  local flag
  for flag in --pretend --route --print-config; do
    submit $flag rcpt@example.net
    expect 0 OK
    [ ! -s "$T/err" ]
    cp "$T/out" "$T/plain"
    submit $flag --debug rcpt@example.net
    expect 0 OK
    cmp "$T/out" "$T/plain"
    same "$(untimed | tail -n 1)" 'exit status 0 (EX_OK)'
    refute_secret 'sec ret'
  done
  server_ends
  expect_untouched
}
