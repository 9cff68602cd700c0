#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The authorities: those of the system, of a large file, of a folder.

bundle=/etc/ssl/certs/ca-certificates.crt

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  REAL=$POSTHASTE
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

# server NAME: STARTTLS with that certificate, and a login.
server() {
  rm -f "$T/dialogue" # of the one before
  smarthost_tls starttls --cert "$CERT_DIR/$1.pem" --key "$CERT_DIR/$1.key"
}

# trusting [FILE] [line ...]: an rc file with the login; the system's store
# without FILE.
trusting() {
  local file=$1
  shift
  rc 'user me@example.org' 'password "sec ret"' "tls_trust_file $file" "$@"
}

# in_namespace SCRIPT: from now on posthaste runs behind that script, as root
# of its own mounts; skips where nobody may have any.
in_namespace() {
  [ -s "$bundle" ] || skip "no $bundle here"
  unshare -rm mount -t tmpfs none /etc/ssl 2>/dev/null ||
    skip 'no namespaces here'
  printf '%s\n' '#!/bin/sh' "$1" "exec '$REAL' \"\$@\"" >"$T/inside"
  printf '%s\n' '#!/bin/sh' "exec unshare -rm '$T/inside' \"\$@\"" >"$T/run"
  chmod 755 "$T/inside" "$T/run"
  POSTHASTE=$T/run
}

# system_with FILE ...: the system's store, and these certificates.
system_with() {
  many "$@" >"$T/store.pem"
  in_namespace "mount --bind '$T/store.pem' $bundle"
}

# many FILE ...: a hundred authorities, with these in their midst.
many() {
  local i
  filler
  for ((i = 0; i < 50; i++)); do
    cat "$CERT_DIR/filler.pem"
  done
  cat "$@"
  for ((i = 0; i < 50; i++)); do
    cat "$CERT_DIR/filler.pem"
  done
}

# filler: an authority that has signed nothing.
filler() {
  [ -s "$CERT_DIR/filler.pem" ] || authority filler filler >&2
}

# authority NAME SUBJECT [line of its extensions ...]
authority() {
  local name=$1 subject=$2
  shift 2
  {
    printf '%s\n' '[req]' 'distinguished_name = dn' 'prompt = no' \
      'x509_extensions = ext' 'string_mask = utf8only' '[dn]' \
      "CN = $subject" '[ext]' 'basicConstraints = critical, CA:TRUE' \
      'subjectKeyIdentifier = hash'
    [ $# -eq 0 ] || printf '%s\n' "$@"
  } >"$T/$name.cnf"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -days 30 -config "$T/$name.cnf" -keyout "$CERT_DIR/$name.key" \
    -out "$CERT_DIR/$name.pem" 2>/dev/null
}

# sign NAME SUBJECT BY KEY line ...: a certificate of that authority, for that
# key, with these extensions.
sign() {
  local name=$1 subject=$2 by=$3 key=$4
  shift 4
  printf '%s\n' "$@" >"$T/ext"
  openssl req -new -key "$CERT_DIR/$key.key" -subj "/CN=$subject" \
    -out "$T/request" 2>/dev/null
  openssl x509 -req -in "$T/request" -days 30 -CA "$CERT_DIR/$by.pem" \
    -CAkey "$CERT_DIR/$by.key" -set_serial "0x$RANDOM$RANDOM" \
    -extfile "$T/ext" -out "$CERT_DIR/$name.pem" 2>/dev/null
}

# hierarchy: root, signed middle, which signed leaf; and newroot, which root
# signed, too, as crossed.
hierarchy() {
  local ca='basicConstraints = critical, CA:TRUE'
  [ ! -s "$CERT_DIR/leaf.pem" ] || return 0
  authority root 'Old Root'
  authority newroot 'New Root'
  authority middle 'Middle' # for its key
  authority leaf localhost
  sign crossed 'New Root' root newroot "$ca" 'subjectKeyIdentifier = hash'
  sign middle Middle newroot middle "$ca" 'subjectKeyIdentifier = hash'
  sign leaf localhost middle leaf 'subjectAltName = DNS:localhost' \
    'basicConstraints = CA:FALSE' 'subjectKeyIdentifier = hash'
}

# shows FILE ...: the server shows the leaf, and these.
shows() {
  local name
  rm -f "$T/dialogue"
  : >"$T/chain.pem"
  for name in leaf "$@"; do
    cat "$CERT_DIR/$name.pem" >>"$T/chain.pem"
  done
  smarthost_tls starttls --cert "$T/chain.pem" --key "$CERT_DIR/leaf.key"
}

# folder FILE ...: $T/folder with these certificates by their hashes.
folder() {
  rm -rf "$T/folder"
  mkdir "$T/folder"
  cp "$@" "$T/folder"
  openssl rehash "$T/folder"
}

# is_sent or is_refused: what comes of it with that trust file.
is_sent() {
  trusting "$1"
  send rcpt@example.net
  expect_sent
  rm -f "$T"/store/*
}

is_refused() {
  trusting "$1"
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake: the certificate is signed by'
  expect_nothing_told
}

@test "a server whose authority is in the system's store gets mail" {
  system_with "$CERT_DIR/ca.pem"
  server good
  is_sent system
  server good
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_sent
}

@test "the system's store is not only looked at, it decides" {
  system_with "$CERT_DIR/ca.pem"
  local cert
  for cert in unknownca selfsigned expired notyet wrongname clientonly; do
    server "$cert"
    rc 'user me@example.org' 'password "sec ret"'
    send rcpt@example.net
    expect_failure 69 UNAVAILABLE 'TLS handshake: the certificate '
    expect_nothing_told
  done
}

@test "of a large store only what may be needed is loaded" {
  system_with "$CERT_DIR/ca.pem"
  server good
  trusting system
  send --debug rcpt@example.net
  expect 0 OK
  expect_output 'authorities: 1 of 101 loaded'
}

@test "a server that none of the likely authorities signed is held against all" {
  # an authority too long for our window, which GnuTLS can read
  authority huge huge "nsComment = $(head -c 40000 /dev/zero | tr '\0' x)"
  many "$CERT_DIR/huge.pem" "$CERT_DIR/ca.pem" >"$T/many.pem"
  server good
  is_sent "$T/many.pem"
  system_with "$CERT_DIR/huge.pem" "$CERT_DIR/ca.pem"
  server good
  is_sent system
}

@test "a trust file with many authorities does as one with a few" {
  many "$CERT_DIR/ca.pem" >"$T/many.pem"
  server good
  is_sent "$T/many.pem"
  server unknownca
  is_refused "$T/many.pem"
  sed 's/$/\r/' "$T/many.pem" >"$T/crlf.pem"
  server good
  is_sent "$T/crlf.pem"
  { echo 'Bag Attributes' && openssl x509 -in "$CERT_DIR/ca.pem" -text &&
    openssl x509 -in "$CERT_DIR/otherca.pem" -trustout && many /dev/null; } \
    >"$T/mixed.pem"
  server good
  is_sent "$T/mixed.pem"
  server unknownca # GnuTLS does not read what is TRUSTED, nor do we
  is_refused "$T/mixed.pem"
}

@test "who may sign is found above and within what is shown" {
  hierarchy
  local anchor file
  for anchor in newroot middle; do
    many "$CERT_DIR/$anchor.pem" >"$T/many.pem"
    folder "$CERT_DIR/$anchor.pem"
    for file in "$CERT_DIR/$anchor.pem" "$T/many.pem" "$T/folder"; do
      shows middle
      is_sent "$file"
    done
  done
  many "$CERT_DIR/root.pem" >"$T/many.pem"
  folder "$CERT_DIR/root.pem"
  for file in "$CERT_DIR/root.pem" "$T/many.pem" "$T/folder"; do
    shows middle
    is_refused "$file"
  done
}

@test "the server's own certificate in a store does what it does alone" {
  hierarchy
  local name file alone
  for name in selfsigned leaf; do
    many "$CERT_DIR/$name.pem" >"$T/many.pem"
    folder "$CERT_DIR/$name.pem"
    alone=
    for file in "$CERT_DIR/$name.pem" "$T/many.pem" "$T/folder"; do
      server "$name"
      trusting "$file"
      send rcpt@example.net
      same "$status ${output#*handshake: }" "${alone:=$status ${output#*handshake: }}"
    done
  done
}

@test "an authority that is shown as signed by an older one is known by itself" {
  hierarchy
  local anchor file
  for anchor in root newroot; do
    many "$CERT_DIR/$anchor.pem" >"$T/many.pem"
    folder "$CERT_DIR/$anchor.pem"
    for file in "$CERT_DIR/$anchor.pem" "$T/many.pem" "$T/folder"; do
      shows middle crossed
      is_sent "$file"
    done
  done
}

@test "another authority of the same name does not do" {
  hierarchy
  authority twin 'New Root'
  many "$CERT_DIR/twin.pem" >"$T/many.pem"
  folder "$CERT_DIR/twin.pem"
  local file
  for file in "$T/many.pem" "$T/folder"; do
    shows middle
    trusting "$file"
    send rcpt@example.net
    expect_failure 69 UNAVAILABLE 'TLS handshake: '
    expect_nothing_told
  done
  # but it is not in the way of the right one
  many "$CERT_DIR/twin.pem" "$CERT_DIR/newroot.pem" >"$T/many.pem"
  folder "$CERT_DIR/twin.pem" "$CERT_DIR/newroot.pem"
  [ -e "$T"/folder/*.1 ]
  for file in "$T/many.pem" "$T/folder"; do
    shows middle
    is_sent "$file"
  done
}

@test "what GnuTLS alone can read is found if nobody else signed" {
  hierarchy
  authority twin 'New Root'
  sed 's/ CERTIFICATE-/ CERTIFICATE -/' "$CERT_DIR/newroot.pem" >"$T/odd.pem"
  many "$CERT_DIR/twin.pem" "$T/odd.pem" >"$T/many.pem"
  shows middle
  is_sent "$T/many.pem"
}

@test "a revoked certificate is refused though the store is large" {
  many "$CERT_DIR/ca.pem" >"$T/many.pem"
  server revoked
  trusting "$T/many.pem" "tls_crl_file $CERT_DIR/crl.pem"
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'the certificate is revoked'
  expect_nothing_told
}

@test "a trust file may be a folder that openssl rehash went through" {
  filler
  folder "$CERT_DIR/ca.pem" "$CERT_DIR/filler.pem"
  server good
  is_sent "$T/folder"
  server unknownca
  is_refused "$T/folder"
}

@test "a folder without hashes is refused, and told what is missing" {
  mkdir "$T/folder"
  cp "$CERT_DIR/ca.pem" "$T/folder"
  server good
  trusting "$T/folder"
  send rcpt@example.net
  expect_failure 78 CONFIG "tls_trust_file $T/folder: " \
    "openssl rehash $T/folder"
  expect_nothing_told
}

@test "a hash in a folder proves nothing" {
  folder "$CERT_DIR/ca.pem"
  local file
  file=$(cd "$T/folder" && echo *.0)
  cp --remove-destination "$CERT_DIR/otherca.pem" "$T/folder/$file"
  server good
  is_refused "$T/folder"
  server unknownca
  is_refused "$T/folder"
  echo nonsense | cat "$CERT_DIR/ca.pem" - |
    sed 5,7d >"$T/folder/$file"
  server good
  trusting "$T/folder"
  send rcpt@example.net
  expect_failure 78 CONFIG "tls_trust_file $T/folder: $file: "
}

@test "a trust file with a certificate that is broken ends the run" {
  sed 5,7d "$CERT_DIR/ca.pem" >"$T/broken.pem"
  local name
  for name in few many; do
    if [ "$name" = few ]; then
      cat "$CERT_DIR/ca.pem" "$T/broken.pem" >"$T/$name.pem"
    else
      many "$CERT_DIR/ca.pem" "$T/broken.pem" >"$T/$name.pem"
      head -n 3 "$CERT_DIR/ca.pem" >>"$T/$name.pem"
    fi
    server good
    trusting "$T/$name.pem"
    send rcpt@example.net
    expect_failure 78 CONFIG "tls_trust_file $T/$name.pem: "
    expect_nothing_told
  done
}

@test "a trust file is looked at before the server is asked for anything" {
  local file
  for file in "$T/missing.pem" "$T/mail"; do
    smarthost_tls implicit
    trusting "$file" 'tls_starttls off'
    send rcpt@example.net
    expect_failure 78 CONFIG "tls_trust_file $file: "
    ! grep -q ' sni=' "$T/dialogue" || return 1
  done
}

@test "a trust file may be a pipe" {
  server good
  rc 'user me@example.org' 'password "sec ret"'
  send --tls-trust-file=<(cat "$CERT_DIR/ca.pem") rcpt@example.net
  expect_sent
}

@test "OpenSSL's variables name no authorities" {
  folder "$CERT_DIR/ca.pem"
  server good
  rc 'user me@example.org' 'password "sec ret"'
  SSL_CERT_FILE=$CERT_DIR/ca.pem SSL_CERT_DIR=$T/folder send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'TLS handshake'
  expect_nothing_told
}

@test "a system without authorities is told of, with the places looked at" {
  in_namespace 'mount -t tmpfs none /etc/ssl'
  server good
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE 'the system has no CA certificates: tried' \
    "$bundle" /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem \
    'install ca-certificates' tls_trust_file
  expect_nothing_told
}

@test "the store of another distribution is found" {
  in_namespace "mount -t tmpfs none /etc/ssl
cp '$CERT_DIR/ca.pem' /etc/ssl/cert.pem"
  server good
  is_sent system
  server unknownca
  is_refused system
}

@test "a system's store that cannot be read is told of as that" {
  in_namespace "mount -t tmpfs none /etc/ssl
mkdir /etc/ssl/certs && ln -s loop /etc/ssl/certs/loop
ln -s loop $bundle
cp '$CERT_DIR/ca.pem' /etc/ssl/cert.pem"
  server good
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE \
    "the system's CA certificates cannot be read: open $bundle: "
  expect_nothing_told
}

@test "a system's store that holds nothing is told of as that" {
  system_with
  : >"$T/store.pem"
  server good
  rc 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_failure 69 UNAVAILABLE "the system's CA certificates, $bundle: "
  expect_nothing_told
}

@test "a fingerprint needs no authorities" {
  in_namespace 'mount -t tmpfs none /etc/ssl'
  server good
  rc 'user me@example.org' 'password "sec ret"' \
    "tls_fingerprint $(cat "$CERT_DIR/good.sha256")"
  send rcpt@example.net
  expect_sent
}
