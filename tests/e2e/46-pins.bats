#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS: servers that are known by their public key, named or remembered.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  load ../lib/starttls
  dialogue_setup
  unset XDG_STATE_HOME
}

teardown() {
  e2e_teardown
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

# known: where keys are remembered, if nothing else is said.
known() {
  echo "$HOME/.local/state/posthaste/known_hosts"
}

# rc_first [line ...]: by first use.
rc_first() {
  rc_bare 'tls_trust first_use' "$@"
}

# expect_remembered CERT: it is sent, with one line that says so.
expect_remembered() {
  expect 0 OK
  expect_one_line "remembered the key of localhost:$PORT, $(pin "$1"), in $(known)"
  [ -s "$T/store/1.eml" ]
  rm "$T"/store/*
}

@test "first_use takes any certificate once, says so, and then keeps silent" {
  local cert
  for cert in selfsigned expired wrongname unknownca; do
    server "$cert"
    rc_first
    submit rcpt@example.net
    expect_remembered "$cert"
    submit rcpt@example.net
    expect_sent
    server_ends
    rm "$T"/store/*
  done
  same "$(grep -c ^localhost: "$(known)")" 4
  grep -q "^localhost:$PORT $(pin unknownca) # 20..-..-..$" "$(known)"
}

@test "first_use keeps the file and its folder to the user" {
  server selfsigned
  rc_first
  (umask 0 && send rcpt@example.net && expect_remembered selfsigned)
  same "$(stat -c %a "$(known)")" 600
  same "$(stat -c %a "${HOME}/.local/state/posthaste")" 700
}

@test "first_use obeys XDG_STATE_HOME and tls_known_hosts" {
  server selfsigned
  rc_first
  XDG_STATE_HOME=$T/state submit rcpt@example.net
  expect 0 OK
  grep -q "^localhost:$PORT " "$T/state/posthaste/known_hosts"
  mkdir -m 700 "$T/own"
  submit --tls-known-hosts="$T/own/keys" rcpt@example.net
  expect_one_line "in $T/own/keys"
  grep -q "^localhost:$PORT " "$T/own/keys"
  [ ! -e "$(known)" ]
}

# port_again CERT: another certificate at the port that was.
port_again() {
  local port=$PORT
  server_ends
  server "$1" --port "$port"
}

@test "first_use takes a renewed certificate with the same key without a word" {
  server selfsigned
  rc_first
  submit rcpt@example.net
  expect_remembered selfsigned
  port_again renewed
  send rcpt@example.net
  expect_sent
}

@test "first_use refuses another key, and says which, and what to do" {
  server selfsigned
  rc_first
  submit rcpt@example.net
  expect_remembered selfsigned
  port_again good # a valid one does not help
  submit --tls-trust-file="$CERT_DIR/ca.pem" rcpt@example.net
  refused 69 UNAVAILABLE "the key of localhost:$PORT has changed" \
    "it is $(pin good), and not $(pin selfsigned) as $(known):2 says" \
    'somebody may stand between' 'delete that line'
  # and does so until the line is gone
  submit rcpt@example.net
  expect 69 UNAVAILABLE
  sed -i 2d "$(known)"
  submit rcpt@example.net
  expect_remembered good
}

@test "first_use: a second key can be noted by hand" {
  server good
  mkdir -p -m 700 "$(dirname "$(known)")"
  printf '# ours\n\nLOCALHOST:%s %s\nlocalhost:%s\t%s # tomorrow' "$PORT" \
    "$(pin client)" "$PORT" "$(pin good)" >"$(known)"
  chmod 600 "$(known)"
  chmod 700 "$HOME/.local/state/posthaste"
  rc_first
  send rcpt@example.net
  expect_sent
}

@test "first_use keeps what a person wrote, and adds behind it" {
  server good
  mkdir -p -m 700 "$HOME/.local/state/posthaste"
  printf '# ours\n\nother.example:465 %s' "$(pin client)" >"$(known)"
  chmod 600 "$(known)"
  rc_first
  send rcpt@example.net
  expect_remembered good
  same "$(sed '$d' "$(known)")" \
    "$(printf '# ours\n\nother.example:465 %s' "$(pin client)")"
}

@test "first_use: a damaged line ends the run, and is never a new beginning" {
  server good
  mkdir -p -m 700 "$HOME/.local/state/posthaste"
  rc_first
  local line
  for line in "localhost:$PORT sha256//AAAA" "localhost:$PORT" '<<<<<<<'; do
    printf '# ours\n%s\n' "$line" >"$(known)"
    chmod 600 "$(known)"
    submit rcpt@example.net
    refused 78 CONFIG "$(known):2: is not \"HOST:PORT sha256//BASE64\""
    same "$(wc -l <"$(known)")" 2
  done
}

@test "first_use: nothing is sent if the key cannot be remembered" {
  server good
  mkdir -p -m 700 "$HOME/.local/state/posthaste"
  rc_first
  # others may write there
  chmod 770 "$HOME/.local/state/posthaste"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "tls_known_hosts $(known): " "is not this user's alone"
  chmod 700 "$HOME/.local/state/posthaste"
  : >"$(known)"
  chmod 660 "$(known)"
  submit rcpt@example.net
  refused 78 CONFIG 'no file that is'
  rm "$(known)"
  ln -s "$T/elsewhere" "$(known)"
  submit rcpt@example.net
  refused 78 CONFIG "tls_known_hosts $(known): " 'it is a link'
  refute_output chmod
  [ ! -e "$T/elsewhere" ]
  # there is no place for a folder
  : >"$T/file"
  submit --tls-known-hosts="$T/file/keys" rcpt@example.net
  expect 73 CANTCREAT
  expect_one_line "tls_known_hosts $T/file/keys: " tls_pin
  # and none to write to
  mkdir -m 700 "$T/full"
  mkdir "$T/full/keys.lock"
  submit --tls-known-hosts="$T/full/keys" rcpt@example.net
  refused 73 CANTCREAT "remember the key of localhost:$PORT"
}

@test "first_use: two at once remember one key" {
  server good
  rc_first
  local pids=() i
  for i in 1 2 3 4; do
    timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" \
      2>>"$T/errs" 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do
    wait "$i"
  done
  same "$(grep -c '^posthaste: remembered' "$T/errs")" 1
  same "$(wc -l <"$T/errs")" 1
  same "$(wc -l <"$(known)")" 2
}

@test "first_use is TLS required, and no mail in the clear" {
  smarthost
  rc 'tls_trust first_use'
  send rcpt@example.net
  refused 76 PROTOCOL 'the server does not offer it'
  [ ! -e "$(known)" ]
}

@test "first_use contradicts tls_certcheck off and tls off beside it" {
  smarthost
  rc 'tls_trust first_use' 'tls off'
  submit rcpt@example.net
  wrong_rc "$T/rc:5: tls contradicts tls_trust at $T/rc:4"
  rc 'tls_trust first_use' 'tls_certcheck off'
  submit rcpt@example.net
  wrong_rc "$T/rc:5: tls_certcheck contradicts tls_trust at $T/rc:4"
}

@test "first_use leaves it to a pin where there is one" {
  server good
  rc_first "tls_pin $(pin good)"
  submit rcpt@example.net
  expect_sent
  [ ! -e "$(known)" ]
  rc_first "tls_pin $(pin expired)"
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'is not one of tls_pin'
}

@test "first_use knows a server at a local socket by its path" {
  server selfsigned --socket "$T/s x"
  printf '%s\n' "socket \"$T/s x\"" 'from me@example.org' \
    'tls_trust first_use' >"$T/rc"
  submit rcpt@example.net
  expect_one_line "remembered the key of $T/s%20x, $(pin selfsigned)"
  submit rcpt@example.net
  expect_sent 2
}

@test "first_use knows an address by itself, and each port apart" {
  server good
  rc_first
  submit --host=127.0.0.1 rcpt@example.net
  expect_one_line "the key of 127.0.0.1:$PORT, "
  submit rcpt@example.net
  expect_one_line "the key of localhost:$PORT, "
}

@test "first_use in a file of msmtp's" {
  server selfsigned
  {
    printf 'host localhost\nport %s\nfrom me@example.org\n' "$PORT"
    printf 'tls on\ntls_trust first_use\n'
  } >"$HOME/.msmtprc"
  "$POSTHASTE" rcpt@example.net <"$T/mail" 2>"$T/err"
  grep -q 'remembered the key' "$T/err"
  [ -s "$T/store/1.eml" ]
}
