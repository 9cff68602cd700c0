#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Our own certificate: keys with a passphrase, keys in a token.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
}

teardown() {
  e2e_teardown
}

# server: one that wants a certificate of clientca's.
server() {
  rm -f "$T/dialogue" "$T/store"/*
  smarthost_tls starttls --client-ca "$CERT_DIR/clientca.pem" "$@"
}

# rc_key KEY [line ...]: the login of that server, and that key.
rc_key() {
  local key=$1
  shift
  rc_login "tls_cert_file ${CERT-$CERT_DIR/client.pem}" "tls_key_file $key" "$@"
}

# expect_ours: the message came, and the server saw our certificate.
expect_ours() {
  expect_sent
  grep -q -- '^-- client certificate .*me\.example' "$T/dialogue"
}

# wrong CODE NAME TEXT ...: there is no connection.
wrong() {
  expect "$1" "$2"
  shift 2
  expect_one_line "$@"
  expect_untouched
  refute_output sesame
}

# passphrase TEXT [FORMAT]: in $T/passphrase.
passphrase() {
  (umask 077 && printf "${2-%s\n}" "$1" >"$T/passphrase")
}

# encrypted NAME [option ...]: client.key anew, by openssl, under "sesame".
encrypted() {
  local name=$1
  shift
  (umask 077 && openssl "$@" -in "$CERT_DIR/client.key" \
    -passout pass:sesame -out "$T/$name")
}

# token [PIN]: a token "post" with the client's key and certificate.
token() {
  command -v softhsm2-util >/dev/null || skip 'there is no softhsm2'
  export SOFTHSM2_CONF=$T/softhsm.conf
  mkdir -p "$T/tokens"
  printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$T/tokens" \
    >"$SOFTHSM2_CONF"
  [ "${1-}" != none ] || return 0
  {
    softhsm2-util --init-token --free --label post --pin sesame --so-pin 1234
    softhsm2-util --import "$CERT_DIR/client.key" --token post --label me \
      --id 01 --pin sesame
    GNUTLS_PIN=sesame p11tool --login --write --load-certificate \
      "$CERT_DIR/client.pem" --label me --id 01 --batch 'pkcs11:token=post'
  } >"$T/token.log" 2>&1 || { cat "$T/token.log" && return 1; }
  CERT='pkcs11:token=post;object=me;type=cert'
}

key='pkcs11:token=post;object=me;type=private'

@test "a key in PEM needs no passphrase, and none is asked for" {
  server
  rc_key "$CERT_DIR/client.key" "tls_key_passwordeval touch $T/ran"
  send rcpt@example.net
  expect_ours
  [ ! -e "$T/ran" ]
}

@test "key and certificate may be in one file" {
  server
  (umask 077 && cat "$CERT_DIR/client.key" "$CERT_DIR/client.pem" >"$T/both")
  CERT=$T/both rc_key "$T/both"
  send rcpt@example.net
  expect_ours
}

@test "tls_key_password_file opens an encrypted key, a line end or not" {
  local form
  for form in '%s' '%s\n' '%s\r\n'; do
    server
    passphrase sesame "$form"
    rc_key "$CERT_DIR/locked.key" "tls_key_password_file $T/passphrase"
    send rcpt@example.net
    expect_ours
  done
}

@test "tls_key_passwordeval opens an encrypted key, and is run once" {
  server
  rc_key "$CERT_DIR/locked.key" \
    "tls_key_passwordeval cat; echo x >>$T/ran; echo sesame; echo more"
  send rcpt@example.net
  expect_ours
  same "$(wc -l <"$T/ran")" 1
}

@test "a flag's source of the passphrase goes before the rc file's" {
  server
  rc_key "$CERT_DIR/locked.key" "tls_key_passwordeval touch $T/ran"
  passphrase sesame
  send --tls-key-password-file "$T/passphrase" rcpt@example.net
  expect_ours
  [ ! -e "$T/ran" ]
}

@test "keys are opened in every form in which openssl encrypts them" {
  command -v openssl >/dev/null || skip 'there is no openssl'
  encrypted pbes2 pkcs8 -topk8 -v2 aes-256-cbc
  encrypted pbes2-sha1 pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1
  encrypted des3 pkcs8 -topk8 -v2 des3
  encrypted traditional ec -aes256
  grep -q 'DEK-Info: AES-256' "$T/traditional"
  passphrase sesame
  local form
  for form in pbes2 pbes2-sha1 des3 traditional; do
    server
    rc_key "$T/$form" "tls_key_password_file $T/passphrase"
    send rcpt@example.net
    expect_ours
    passphrase wrong
    server
    rc_key "$T/$form" "tls_key_password_file $T/passphrase"
    submit rcpt@example.net
    wrong 77 NOPERM "tls_key_file $T/$form: the passphrase is wrong"
    passphrase sesame
  done
}

@test "an encrypted key without anybody who knows the passphrase" {
  server
  rc_key "$CERT_DIR/locked.key"
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file $CERT_DIR/locked.key" 'passphrase of' \
    'neither tls_key_passwordeval nor tls_key_password_file'
}

@test "a source of the passphrase that fails is told" {
  server
  rc_key "$CERT_DIR/locked.key" 'tls_key_passwordeval echo sesame; exit 3'
  submit rcpt@example.net
  wrong 77 NOPERM "$T/rc:9: tls_key_passwordeval" 'status 3'
  rc_key "$CERT_DIR/locked.key" "tls_key_password_file $T/passphrase"
  passphrase sesame
  chmod 644 "$T/passphrase"
  submit rcpt@example.net
  wrong 78 CONFIG "$T/rc:9: tls_key_password_file" "chmod 600 $T/passphrase"
}

@test "a key that others can read is not used" {
  server
  cp "$CERT_DIR/client.key" "$T/key"
  chmod 644 "$T/key"
  rc_key "$T/key"
  submit rcpt@example.net
  wrong 78 CONFIG "$T/rc:8: tls_key_file: $T/key can be read by others" \
    "chmod 600 $T/key"
  run "$POSTHASTE" -C "$T/rc" --check-config
  expect 78 CONFIG
  expect_output "$T/key can be read by others"
}

@test "a key that others can read is used as msmtp's file says, and told of" {
  server
  cp "$CERT_DIR/client.key" "$T/key"
  chmod 644 "$T/key"
  rc_key "$T/key" 'auth on' 'tls on'
  mv "$T/rc" "$HOME/.msmtprc"
  status=0
  "$POSTHASTE" you@example.net <"$T/mail" >"$T/out" 2>"$T/err" || status=$?
  output=$(<"$T/err")
  server_ends
  expect_ours
  run "$POSTHASTE" --check-config
  expect 0 OK
  expect_output "$HOME/.msmtprc:8: tls_key_file: $T/key can be read by others"
}

@test "what is no key, no certificate or another's is told" {
  server
  CERT=$CERT_DIR/good.pem rc_key "$CERT_DIR/client.key"
  submit rcpt@example.net
  wrong 78 CONFIG \
    "tls_key_file $CERT_DIR/client.key is not the key of tls_cert_file"
  rc_key "$T/none.key"
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file $T/none.key: No such file"
  (umask 077 && echo nothing >"$T/nothing")
  rc_key "$T/nothing"
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file $T/nothing holds no key in PEM" \
    "; of DER: openssl pkey -inform der -in $T/nothing"
  CERT=$T/nothing rc_key "$CERT_DIR/client.key"
  submit rcpt@example.net
  wrong 78 CONFIG "tls_cert_file $T/nothing holds no certificate in PEM" \
    "; of DER: openssl x509 -inform der -in $T/nothing"
}

@test "a key in a token is used, with the PIN of a command or file" {
  token
  server
  rc_key "$key" "tls_key_passwordeval echo x >>$T/ran; echo sesame"
  send rcpt@example.net
  expect_ours
  same "$(wc -l <"$T/ran")" 1
  passphrase sesame
  server
  CERT=$CERT_DIR/client.pem rc_key "$key" \
    "tls_key_password_file $T/passphrase"
  send rcpt@example.net
  expect_ours
}

# lying WHAT COMMAND ...: the token lies of its PIN, see liartoken.c.
lying() {
  local what=$1
  shift
  LIARTOKEN=$what LIARTOKEN_LOG=$T/logins LD_PRELOAD=$LIARTOKEN_LIB \
    ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 "$@"
}

@test "a wrong PIN is tried once" {
  token
  server
  rc_key "$key" "tls_key_passwordeval echo x >>$T/ran; echo wrong"
  lying nothing submit rcpt@example.net
  wrong 77 NOPERM "tls_key_file $key: the PIN is wrong"
  same "$(wc -l <"$T/ran")" 1
  same "$(wc -l <"$T/logins")" 1
}

@test "a PIN that nobody knows is told" {
  token
  server
  rc_key "$key"
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file $key" 'PIN of post' tls_key_passwordeval
}

@test "a token that is not there is told, with those that are" {
  token
  server
  rc_key "${key/post/other}" 'tls_key_passwordeval echo sesame'
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file ${key/post/other}: there is no such token" post
}

@test "an object that is not there is told" {
  token
  server
  rc_key "${key/=me/=none}" 'tls_key_passwordeval echo sesame'
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file ${key/=me/=none}: the token has no such object"
  CERT=${CERT/=me/=none} rc_key "$key" 'tls_key_passwordeval echo sesame'
  submit rcpt@example.net
  wrong 78 CONFIG 'tls_cert_file pkcs11:' 'the token has no such object'
}

@test "a machine without any token is told" {
  token none
  server
  # as if no module were registered
  export SOFTHSM2_CONF=/nonexistent
  rc_key "$key"
  submit rcpt@example.net
  wrong 78 CONFIG "tls_key_file $key: there is no PKCS#11 token"
}

@test "a locked PIN is told as that" {
  token
  server
  rc_key "$key" 'tls_key_passwordeval echo sesame'
  lying locked submit rcpt@example.net
  wrong 77 NOPERM "tls_key_file $key: the token has locked the PIN"
  lying nothing send rcpt@example.net
  expect_ours
}

@test "the last try that a token allows is not risked" {
  token
  server
  rc_key "$key" "tls_key_passwordeval echo x >>$T/ran; echo sesame"
  lying final submit rcpt@example.net
  wrong 77 NOPERM "tls_key_file $key: the token takes one more PIN"
  [ ! -e "$T/ran" ]
}

@test "the password is the PIN where msmtp's file says so" {
  token
  server --mechs EXTERNAL
  rc "tls_trust_file $CERT_DIR/ca.pem" 'auth external' 'tls on' \
    'password sesame' "tls_cert_file $CERT" "tls_key_file $key"
  mv "$T/rc" "$HOME/.msmtprc"
  status=0
  "$POSTHASTE" you@example.net <"$T/mail" >"$T/out" 2>"$T/err" || status=$?
  output=$(<"$T/err")
  server_ends
  expect_ours
}

@test "a PIN in a URL is refused where it stands, and not repeated" {
  server
  rc_key "$key;pin-value=sesame"
  submit rcpt@example.net
  wrong 78 CONFIG "$T/rc:8: tls_key_file: a PIN has no place in a URL"
  run "$POSTHASTE" --tls-key-file "$key?pin-value=sesame" --host h -P
  refute_output sesame
}

@test "PKCS#11 is left alone if no key is in a token" {
  server
  rc_key "$CERT_DIR/client.key"
  LD_DEBUG=files LD_DEBUG_OUTPUT=$T/loaded submit rcpt@example.net
  server_ends
  expect_ours
  grep -q libgnutls "$T"/loaded.*
  ! grep -i 'softhsm\|opensc\|p11-kit-trust' "$T"/loaded.* || return 1
}

@test "another certificate at the same URL resumes no session of the first" {
  token
  server --ticket-key "$T/key"
  passphrase sesame
  rc_key "$key" "tls_key_password_file $T/passphrase"
  submit rcpt@example.net
  expect_sent
  openssl req -new -key "$CERT_DIR/client.key" -subj /CN=you.example |
    openssl x509 -req -CA "$CERT_DIR/clientca.pem" -set_serial 77 \
      -CAkey "$CERT_DIR/clientca.key" -out "$T/you.pem"
  export GNUTLS_PIN=sesame
  p11tool --login --batch --delete "$CERT"
  p11tool --login --batch --write --load-certificate "$T/you.pem" --label me \
    --id 01 pkcs11:token=post
  submit rcpt@example.net
  expect_sent 2
  submit rcpt@example.net
  expect_sent 3
  same "$(sed -n 's/^-- tls .*resumed=//p' "$T/dialogue" | paste -sd ' ')" \
    'no no yes'
  same "$(grep -c -- '^-- client certificate .*you.example' "$T/dialogue")" 2
}
