#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --serverinfo for humans and, with --json, for programs.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# ask [option ...]: output is standard output, the errors are in $T/err.
ask() {
  status=0
  timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" --serverinfo "$@" </dev/null \
    >"$T/out" 2>"$T/err" 3>&- || status=$?
  { output=$(<"$T/out"); } 2>/dev/null
}

# line NAME: what stands behind that in the output, with single blanks.
line() {
  sed -n "s/^ *$1 *//p" "$T/out" | tr -s ' '
}

# json EXPRESSION: of the object o, in Python; a list is one of lines.
json() {
  python3 - "$T/out" "$1" <<'PY'
import json, sys
text = open(sys.argv[1], "rb").read().decode("utf-8", "strict")
assert text.endswith("}\n") and text.count("\n") == 1, text
o = json.loads(text)
got = eval(sys.argv[2])
print("\n".join(map(str, got)) if isinstance(got, list) else got)
PY
}

# From the other side: the pin of NAME.pem's first certificate.
pin_of() {
  printf 'sha256//'
  openssl x509 -in "$CERT_DIR/$1.pem" -noout -pubkey |
    openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
}

all='PIPELINING,SIZE 52428800,8BITMIME,CHUNKING,LIMITS RCPTMAX=100 MAILMAX=5'

@test "what is offered before and over TLS is told apart" {
  smarthost_tls starttls --caps "$all"
  rc_login
  ask
  expect 0 OK
  same "$(grep -c '^EHLO:' "$T/out")" 2
  same "$(sed -n '/^offers before TLS:/,/^TLS:/{/STARTTLS/p
/AUTH/p}' "$T/out")" '  STARTTLS: changes to TLS
TLS:          TLS1.3 AES-256-GCM, by STARTTLS, certificate verified'
  sed -n '/^offers over TLS:/,$p' "$T/out" >"$T/over"
  grep -q '^  AUTH: logs in by SCRAM' "$T/over"
  ! grep -q 'STARTTLS' "$T/over" || return 1
  expect_output '  SIZE: takes messages of up to 52428800 octets (50 MiB)'
  expect_output 'takes 100 recipients at once, 5 messages a connection'
  same "$(line message:)" 'by BDAT, a short one in one round trip'
}

@test "TLS at once has one list" {
  smarthost_tls implicit
  rc_login 'tls_starttls off'
  ask
  expect 0 OK
  same "$(grep -c '^EHLO:' "$T/out")" 1
  expect_output 'offers over TLS:'
  [[ $(line TLS:) == *', at once, certificate verified' ]]
}

@test "the session is described as it was agreed on" {
  smarthost_tls starttls --tls-priority \
    NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-ALL:+GROUP-X25519
  rc_login
  ask
  expect 0 OK
  [[ $(line TLS:) == TLS1.2\ * ]]
  [[ $(line exchange:) == 'X25519, signed with ECDSA-'* ]]
  same "$(line session:)" 'new, no OCSP response stapled, no ALPN'
  same "$(line 'trusted by:')" 'an authority of tls_trust_file'
  ask --json
  same "$(json '[o["tls"][k] for k in ("version", "group", "resumed",
    "ocsp_stapled", "starttls", "trusted_by")]' | paste -sd ' ')" \
    'TLS1.2 X25519 False False True tls_trust_file'
}

@test "fingerprint and pin are lines for the rc file, and right" {
  smarthost_tls starttls
  rc_login
  ask
  expect 0 OK
  same "$(sed -n 's/^  tls_pin //p' "$T/out")" "$(pin_of good)"
  same "$(line pin:)" "$(pin_of ca)"
  same "$(line SHA-256:)" "$(<"$CERT_DIR/ca.sha256")"
  sed -n 's/^  \(tls_fingerprint .*\)/\1/p' "$T/out" >"$T/paste"
  kill "$SERVER_PID"
  smarthost_tls starttls
  rc 'user me@example.org' 'password "sec ret"' "$(<"$T/paste")"
  send rcpt@example.net
  expect_sent
}

@test "who is pinned is trusted by that" {
  smarthost_tls starttls
  rc "tls_fingerprint $(<"$CERT_DIR/good.sha256")"
  ask
  expect 0 OK
  same "$(line 'trusted by:')" tls_fingerprint
}

@test "the whole chain is shown" {
  smarthost_tls starttls
  rc_login
  ask
  same "$(line subject: | paste -sd ' ')" 'CN=localhost CN=ca'
  same "$(line issuer: | paste -sd ' ')" 'CN=ca CN=ca'
  same "$(line names: | head -n 1)" 'localhost, 127.0.0.1, ::1'
  grep -Eq '^  valid: .* \(36[45] days left\)$' "$T/out"
  same "$(line key: | sort -u)" 'EC/ECDSA, 256 bits, signed with ECDSA-SHA256'
  same "$(line serial: | head -n 1 | tr -d :)" \
    "$(openssl x509 -in "$CERT_DIR/good.pem" -noout -serial | cut -d= -f2)"
}

@test "what is refused is shown with the reason, and exits 69" {
  local name reason
  while read -r name reason; do
    smarthost_tls starttls --cert "$CERT_DIR/$name.pem" \
      --key "$CERT_DIR/$name.key"
    rc_login
    ask
    expect 69 UNAVAILABLE
    [[ $(line TLS:) == TLS1.3\ *', certificate refused' ]]
    [[ $(line refused:) == *"$reason"* ]] || { line refused: && return 1; }
    same "$(sed -n 's/^  tls_pin //p' "$T/out")" "$(pin_of "$name")"
    [ "$name" != expired ] || expect_output '(expired '
    [ "$name" != notyet ] || expect_output '(not yet)'
    ask --json
    expect 69 UNAVAILABLE
    same "$(json 'o["tls"]["state"]')" refused
    same "$(json 'o["tls"]["certificates"][0]["pin"]')" "$(pin_of "$name")"
    same "$(json '[o["exit_status"], o["exit_name"]]' | paste -sd ' ')" \
      '69 EX_UNAVAILABLE'
    same "$(json 'o["tls"]["refusal"] in o["error"]["text"]')" True
    kill "$SERVER_PID"
  done <<'END'
expired expired
notyet not valid before
wrongname not for localhost
unknownca signed by
selfsigned self-signed
END
}

@test "a handshake that fails is no refusal" {
  smarthost_tls starttls --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.1
  rc_login
  ask
  [ "$status" -ne 0 ]
  same "$(line TLS:)" failed
  ask --json
  same "$(json 'o["tls"]["state"]')" failed
  same "$(json 'o["tls"]["certificates"]')" ''
}

@test "mechanisms are shown in the order of trying, and why others are not" {
  smarthost_tls starttls \
    --mechs 'LOGIN PLAIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS XOAUTH2'
  rc_login
  ask
  [[ $(line login:) == 'by SCRAM-SHA-256-PLUS, SCRAM-SHA-256, PLAIN, LOGIN'* ]]
  expect_output '  CRAM-MD5: used only if auth names it'
  ask --auth='cram-md5 plain'
  same "$(line login:)" 'by CRAM-MD5, PLAIN (in this order)'
  expect_output '  XOAUTH2: not used, auth names others'
  ask --json --auth='cram-md5 plain'
  same "$(json 'o["login"]["mechanisms"]' | paste -sd ' ')" 'CRAM-MD5 PLAIN'
  same "$(json '[m["mechanism"] for m in o["login"]["unused"]
    if m["reason"] == "not_named"]' | paste -sd ' ')" \
    'LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS XOAUTH2'
  ! grep -q '^C: AUTH' "$T/dialogue" || return 1
}

@test "without a user it is told what a login would be" {
  smarthost --user me@example.org --password x --caps 'X-Y Z' \
    --mechs 'PLAIN CRAM-MD5'
  rc
  ask
  expect 0 OK
  [[ $(line login:) == 'none, no user is set; else by nothing that is'* ]]
  expect_output '  PLAIN: used only over TLS'
  ask --auth=off
  [[ $(line login:) == 'none, auth is off; else by nothing that is offered' ]]
  same "$(line message:)" 'by DATA'
  ask --json
  same "$(json '[o["login"]["wanted"], o["message"]["command"]]' |
    paste -sd ' ')" 'False DATA'
}

@test "--json is one object with numbers, dates and lists" {
  smarthost_tls starttls --caps "$all"
  rc_login
  ask --json
  expect 0 OK
  [ ! -s "$T/err" ]
  same "$(json 'o["limits"]')" \
    "{'size': 52428800, 'recipients': 100, 'messages': 5}"
  same "$(json '[e["tls"] for e in o["ehlo"]]' | paste -sd ' ')" 'False True'
  same "$(json '[c["parameters"] for c in o["ehlo"][1]["capabilities"]
    if c["keyword"] == "LIMITS"][0]' | paste -sd ' ')" 'RCPTMAX=100 MAILMAX=5'
  same "$(json 'o["server"] + " " + o["address"]')" "localhost:$PORT 127.0.0.1"
  same "$(json 'o["tls"]["certificates"][0]["names"]' | paste -sd ' ')" \
    'localhost 127.0.0.1 ::1'
  json '__import__("datetime").datetime.strptime(
    o["tls"]["certificates"][0]["not_after"], "%Y-%m-%dT%H:%M:%SZ")'
  same "$(json '364 <= o["tls"]["certificates"][0]["days_left"] <= 365')" True
  same "$(json 'o["tls"]["certificates"][0]["key_bits"]')" 256
  same "$(json '"error" in o')" False
}

@test "--json is JSON whatever the server says" {
  local text
  for text in '\xff\xfe\x80 \xc3(' '"}],{"' '\x1b[31m \x7f\x01' \
    '\xe2\x80\xae\xc2\x9b' '\xed\xa0\x80' '\xf4\x90\x80\x80' '\t\t'; do
    text=$(printf '%b' "$text")
    smarthost --on "greeting reply 220-$text\r\n220 x$text" \
      --on "ehlo accept 250-$text\r\n250-$text=$text $text\r\n250 AUTH $text"
    rc
    ask --json
    expect 0 OK
    json 'o["greeting"]'
    ! grep -aq '[^ -~]' "$T/out" || return 1
    ask
    expect 0 OK
    ! tr -d '\n' <"$T/out" | grep -aq '[^ -~]' || return 1
    kill "$SERVER_PID"
  done
}

@test "a server that refuses is an object with its words" {
  smarthost --on 'greeting reply 554 5.7.1 go "away"'
  rc
  ask --json
  expect 77 NOPERM
  same "$(json '[o["error"]["code"], o["error"]["said"], o["greeting"]]' |
    paste -sd '|')" '554|554 5.7.1 go "away"|5.7.1 go "away"'
  same "$(json '"login" in o')" False
}

@test "without a server there is an object, too" {
  smarthost
  server_ends
  rc
  ask --json
  expect 75 TEMPFAIL
  same "$(json '[o["exit_status"], "server" in o]' | paste -sd ' ')" '75 False'
  rc 'nonsense on'
  ask --json
  expect 78 CONFIG
  same "$(json 'o["exit_name"]')" EX_CONFIG
  same "$(wc -l <"$T/err")" 1
}

@test "--json without --serverinfo is misuse" {
  smarthost
  rc
  local flags
  for flags in --json '--json --pretend' '--json --rmqs=x' '--json --route' \
    '--json rcpt@example.net'; do
    # shellcheck disable=SC2086
    submit $flags
    expect 64 USAGE
    expect_output '--json needs --serverinfo'
  done
  submit --serverinfo --json=yes
  expect 64 USAGE
  server_ends
  expect_untouched
  ln -s "$POSTHASTE" "$T/sendmail"
  status=0
  "$T/sendmail" --serverinfo --json </dev/null >"$T/out" 2>&1 || status=$?
  expect 64 USAGE
}

@test "--debug leaves --json as it is" {
  smarthost_tls starttls
  rc_login
  ask --json --debug
  expect 0 OK
  json 'o["tls"]["state"]'
  grep -q -- '-> EHLO' "$T/err"
}
