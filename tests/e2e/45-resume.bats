#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS sessions that are resumed, and those that had better not be.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  CACHE=$HOME/.cache/posthaste/tls-sessions
  TLS=implicit
  PORT=0
}

teardown() {
  e2e_teardown
}

# serve [option ...]: a server that knows the sessions of the one before, on
# its port; with $TLS.
serve() {
  smarthost_tls "$TLS" --ticket-key "$T/key" --port "$PORT" "$@"
}

# settings [line ...]: those of a login there.
settings() {
  local starttls=off
  [ "$TLS" = implicit ] || starttls=on
  rc_login "tls_starttls $starttls" "$@"
}

# bare_settings [line ...]: without authorities.
bare_settings() {
  rc 'tls_starttls off' 'user me@example.org' 'password "sec ret"' "$@"
}

# sent N [option ...]: a mail, the Nth, goes without a word.
sent() {
  local n=$1
  shift
  submit "$@" rcpt@example.net
  expect_sent "$n"
}

# resumed WORDS: what the server says of each connection, "no yes".
resumed() {
  same "$(sed -n 's/^-- tls .*resumed=//p' "$T/dialogue" | paste -sd ' ')" "$1"
}

# met WORDS: the same, sorted, once the server has ended; for a client that
# went before it was answered.
met() {
  server_ends
  same "$(sed -n 's/^-- tls .*resumed=//p' "$T/dialogue" | sort | paste -sd ' ')" \
    "$1"
}

# The one session that is kept.
saved() {
  local files=("$CACHE"/*)
  [ "${#files[@]}" -eq 1 ] && [ -f "${files[0]}" ] && echo "${files[0]}"
}

nothing_saved() {
  [ ! -d "$CACHE" ] || [ -z "$(ls -A "$CACHE")" ] || {
    ls -lA "$CACHE"
    return 1
  }
}

forge() {
  python3 "$BATS_TEST_DIRNAME/../lib/session.py" "$@"
}

# full_handshake: what is saved is not used, without a word; and what is
# saved instead is.
full_handshake() {
  : >"$T/dialogue"
  sent "$1"
  resumed no
  sent $(($1 + 1))
  resumed 'no yes'
}

only() {
  echo "NORMAL:-VERS-ALL:+VERS-TLS$1"
}

@test "the second mail resumes the session of the first, and says so to --debug" {
  local version n=0
  for TLS in implicit starttls; do
    for version in 1.2 1.3; do
      PORT=0
      serve --tls-priority "$(only "$version")"
      settings
      : >"$T/dialogue"
      sent $((n += 1))
      sent $((n += 1))
      resumed 'no yes'
      submit --debug rcpt@example.net
      expect 0 OK
      expect_output " TLS$version, "
      expect_output ', resumed session, '
      expect_output ' certificate verified'
      resumed 'no yes yes'
      grep -q '^auth SCRAM-SHA-256-PLUS ' "$T/store/$((n += 1)).env"
      server_ends
    done
  done
}

@test "a session of TLS 1.2 is resumed by its number, too" {
  mkdir "$T/ids"
  serve --tls-priority "$(only 1.2)" --session-ids "$T/ids"
  settings
  sent 1
  sent 2
  sent 3
  resumed 'no yes yes'
}

@test "SCRAM binds to a resumed session as to any other" {
  local version n=0
  for version in 1.2 1.3; do
    PORT=0
    serve --tls-priority "$(only "$version")" --mechs SCRAM-SHA-256-PLUS
    settings
    : >"$T/dialogue"
    sent $((n += 1))
    sent $((n += 1))
    resumed 'no yes'
    grep -q '^auth SCRAM-SHA-256-PLUS me@example.org$' "$T/store/$n.env"
    server_ends
    # and the other end's idea of the session counts
    serve --tls-priority "$(only "$version")" --mechs SCRAM-SHA-256-PLUS \
      --sasl-lie bad-cb
    submit rcpt@example.net
    expect_failure 77 NOPERM AUTH
    resumed 'no yes yes'
    server_ends
  done
}

@test "what is kept is for its user alone, and it is one file" {
  serve
  settings
  (umask 0 && sent 1)
  sent 2
  same "$(stat -c %a "$HOME/.cache/posthaste" "$CACHE" | paste -sd ' ')" \
    '700 700'
  same "$(stat -c %a "$(saved)")" 600
  [[ $(basename "$(saved)") =~ ^[0-9a-f]{64}$ ]]
}

@test "XDG_CACHE_HOME is where it is kept" {
  serve
  settings
  mkdir "$T/cache"
  XDG_CACHE_HOME=$T/cache sent 1
  XDG_CACHE_HOME=$T/cache sent 2
  resumed 'no yes'
  [ ! -e "$HOME/.cache" ]
  [ -n "$(ls "$T/cache/posthaste/tls-sessions")" ]
}

@test "tls_session_cache off neither keeps nor takes a session" {
  serve
  settings
  sent 1 --tls-session-cache=off
  [ ! -e "$HOME/.cache" ]
  sent 2
  local before
  before=$(sha256sum "$(saved)")
  sent 3 --tls-session-cache=off
  same "$(sha256sum "$(saved)")" "$before"
  resumed 'no no no'
  sent 4
  resumed 'no no no yes'
}

@test "without TLS nothing is made" {
  smarthost
  rc
  sent 1
  [ ! -e "$HOME/.cache" ]
}

@test "TLS that is not verified is not kept" {
  smarthost_tls starttls
  rc
  sent 1
  server_ends
  rm -r "$T"/store/*
  TLS=implicit
  serve
  bare_settings 'tls_certcheck off'
  sent 1
  sent 2
  [ ! -e "$HOME/.cache" ]
}

@test "over a local socket nothing is kept" {
  smarthost_tls starttls --socket "$T/socket"
  rc "socket $T/socket" "tls_trust_file $CERT_DIR/ca.pem" \
    'user me@example.org' 'password "sec ret"'
  sed -i /^port/d "$T/rc"
  sent 1
  [ ! -e "$HOME/.cache" ]
}

@test "tls_trust first_use and dane ask each time anew" {
  local trust
  for trust in first_use dane; do
    PORT=0
    serve
    settings "tls_trust $trust"
    # whatever it says: nothing is kept
    submit rcpt@example.net
    submit rcpt@example.net
    ! grep -q resumed=yes "$T/dialogue" || return 1
    nothing_saved
    server_ends
  done
}

@test "--serverinfo sees a full handshake and leaves what is kept" {
  serve
  settings
  sent 1
  local before
  before=$(sha256sum "$(saved)")
  run "$POSTHASTE" -C "$T/rc" --serverinfo
  expect 0 OK
  same "$(sha256sum "$(saved)")" "$before"
  resumed 'no no'
}

@test "a home that is not there, or another's, costs only the session" {
  serve
  settings
  HOME=/nonexistent sent 1
  HOME=/nonexistent sent 2
  [ ! -e /nonexistent ]
  [ "$(id -u)" -eq 0 ] || return 0
  chown 12345 "$HOME"
  sent 3
  [ ! -e "$HOME/.cache" ]
  resumed 'no no no'
}

@test "where sessions cannot be kept, that is told once" {
  serve --caps 'PIPELINING,LIMITS RCPTMAX=1 MAILMAX=1'
  settings
  HOME=/nonexistent submit --debug a@example.net b@example.net
  expect 0 OK
  [ -s "$T/store/2.eml" ]
  same "$(grep -c 'no TLS session is kept' "$T/err")" 1
}

@test "a folder that others may look into is not used" {
  serve
  settings
  sent 1
  chmod 755 "$CACHE"
  sent 2
  resumed 'no no'
  chmod 700 "$CACHE"
  sent 3
  resumed 'no no yes'
}

@test "a ticket is used once, even if nothing comes of it" {
  serve --on '2:mail drop'
  settings
  sent 1
  submit rcpt@example.net
  expect_failure 75 TEMPFAIL
  nothing_saved
  sent 2
  resumed 'no yes no'
}

@test "mails that are sent at once each get a ticket or a handshake" {
  local i pids=()
  serve
  settings
  sent 1
  for i in 1 2 3 4 5 6; do
    "$POSTHASTE" -C "$T/rc" "r$i@example.net" <"$T/mail" 3>&- &
    pids+=("$!")
  done
  for i in "${pids[@]}"; do
    wait "$i"
  done
  server_ends
  same "$(find "$T/store" -name '*.eml' | wc -l)" 7
  [ -n "$(saved)" ]
}

@test "a session whose login is refused is not kept" {
  serve --on '2:auth reply 535 5.7.8 not you'
  settings
  sent 1
  submit rcpt@example.net
  expect_failure 77 NOPERM AUTH
  nothing_saved
  sent 2
  resumed 'no yes no'
}

@test "a login that is refused throws away what another keeps meanwhile" {
  serve --on '2:auth sleep 4000' --on '2:auth-response reply 535 5.7.8 no'
  settings
  sent 1
  "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" 2>"$T/err2" 3>&- &
  local pid=$! n=0
  while ! sed '1,/resumed=yes/d' "$T/dialogue" | grep -q '^C: AUTH'; do
    [ $((n += 1)) -lt 500 ] && sleep 0.02
  done
  sent 2
  [ -f "$(saved)" ]
  n=0
  wait "$pid" || n=$?
  same "$n" 77
  nothing_saved
  resumed 'no yes no'
}

@test "a certificate that is refused now is refused, session or not" {
  serve
  settings
  sent 1
  server_ends
  smarthost_tls implicit --port "$PORT" --cert "$CERT_DIR/selfsigned.pem" \
    --key "$CERT_DIR/selfsigned.key"
  submit rcpt@example.net
  expect_failure 69 UNAVAILABLE 'the certificate is self-signed'
  nothing_saved
  met 'no no' # and asked once
}

@test "a server that has forgotten all sessions is as one that is new" {
  serve
  settings
  sent 1
  server_ends
  rm "$T/key"
  serve
  full_handshake 2
}

@test "a server that comes with TLS 1.3, or goes back to 1.2, is understood" {
  serve --tls-priority "$(only 1.2)"
  settings
  sent 1
  server_ends
  # GnuTLS 3.7 gives up where it offers a session of 1.2 and hears 1.3, so
  # this takes a second connection
  serve --tls-priority "$(only 1.3)"
  sent 2
  full_handshake 3
  server_ends
  serve --tls-priority "$(only 1.2)"
  full_handshake 5
  server_ends
  serve
  sent 7
  : >"$T/dialogue"
  sent 8
  sent 9
  same "$(grep -c '^-- tls TLS1.3 ' "$T/dialogue")" 2
}

@test "a server that fails to resume gets a full handshake on a new connection" {
  local n=0
  for TLS in implicit starttls; do
    PORT=0
    serve --refuse-resuming
    settings
    : >"$T/dialogue"
    sent $((n += 1))
    submit --debug rcpt@example.net
    expect 0 OK
    expect_output 'with the saved TLS session: the server ends TLS'
    expect_output 'once more, with a full handshake'
    resumed 'no no'
    grep -q '^-- tls handshake failed' "$T/dialogue"
    [ -s "$T/store/$((n += 1)).eml" ]
    [ ! -e "$T/store/$((n + 1)).eml" ]
    sent $((n += 1))
    server_ends
  done
}

@test "a server that is silent when a session is resumed is not asked twice" {
  serve --on '2:tls stall'
  settings 'timeout 1'
  sent 1
  send rcpt@example.net
  expect_failure 75 TEMPFAIL 'nothing came within 1 second'
  same "$(grep -c . "$T/counts")" 2
}

@test "a server without tickets, or with many, is understood" {
  serve --tickets 0 --tls-priority "$(only 1.3)"
  settings
  sent 1
  nothing_saved
  server_ends
  serve --tickets 5 --tls-priority "$(only 1.3)"
  : >"$T/dialogue"
  sent 2
  sent 3
  resumed 'no yes'
}

@test "TLS 1.2 without the extended master secret is not resumed" {
  serve --tls-priority "$(only 1.2):%NO_SESSION_HASH"
  settings
  sent 1
  sent 2
  resumed 'no no'
  nothing_saved
}

@test "other settings, another session" {
  serve
  settings
  sent 1
  cp "$CERT_DIR/ca.pem" "$T/ca.pem"
  cat "$CERT_DIR/crl.pem" >"$T/crl.pem"
  sent 2 --tls-trust-file="$T/ca.pem"
  sent 3 --tls-crl-file="$T/crl.pem"
  sent 4 --tls-fingerprint="$(cat "$CERT_DIR/good.sha256")"
  sent 5 --tls-priorities=NORMAL
  sent 6 --tls-min-version=1.3
  sent 7 --host=127.0.0.1
  sent 8 --tls-host-override=127.0.0.1 --host=localhost
  sent 9 --tls-key-file="$CERT_DIR/client.key" \
    --tls-cert-file="$CERT_DIR/client.pem"
  # the seventh of them is the name of the eighth
  resumed 'no no no no no no no yes no'
  sent 10
  sent 11 --tls-trust-file="$T/ca.pem"
  resumed 'no no no no no no no yes no yes yes'
}

@test "who logs in as another shows no ticket of the first" {
  serve --on '2:auth reply 535 5.7.8 not you'
  settings
  sent 1
  submit --user=you@example.org rcpt@example.net
  expect_failure 77 NOPERM AUTH
  resumed 'no no'
  sent 2
  resumed 'no no yes'
}

@test "a session with our certificate is resumed only with that" {
  serve --client-ca "$CERT_DIR/clientca.pem"
  settings
  local own=("--tls-key-file=$CERT_DIR/client.key"
    "--tls-cert-file=$CERT_DIR/client.pem")
  sent 1 "${own[@]}"
  sent 2 "${own[@]}"
  resumed 'no yes'
  same "$(grep -c 'client certificate CN=me.example' "$T/dialogue")" 2
  # wherever it is
  cp "$CERT_DIR/client.pem" "$T/own.pem"
  sent 3 "${own[0]}" "--tls-cert-file=$T/own.pem"
  resumed 'no yes yes'
  submit rcpt@example.net
  expect_failure 77 NOPERM
}

@test "new authorities, or a new list of revoked ones, count at once" {
  cp "$CERT_DIR/ca.pem" "$T/ca.pem"
  cp "$CERT_DIR/oldcrl.pem" "$T/crl.pem"
  sed -i 2d "$T/crl.pem"
  serve
  rc 'tls_starttls off' 'user me@example.org' 'password "sec ret"' \
    "tls_trust_file $T/ca.pem"
  sent 1
  sent 2
  cp "$CERT_DIR/otherca.pem" "$T/ca.pem"
  submit rcpt@example.net
  expect_failure 69 UNAVAILABLE 'an authority that is not trusted'
  met 'no no yes'
  serve
  : >"$T/dialogue"
  # the same content, time and size, in another file
  cp -p "$CERT_DIR/ca.pem" "$T/new.pem"
  mv "$T/new.pem" "$T/ca.pem"
  sent 3
  sent 4
  cp -p "$T/ca.pem" "$T/new.pem"
  mv "$T/new.pem" "$T/ca.pem"
  sent 5
  resumed 'no yes no'
}

@test "a list that now has the certificate ends the session" {
  cp "$CERT_DIR/subcrl.pem" "$T/crl.pem"
  serve --cert "$CERT_DIR/revoked.pem" --key "$CERT_DIR/revoked.key"
  settings "tls_crl_file $T/crl.pem"
  sent 1
  sent 2
  resumed 'no yes'
  cat "$CERT_DIR/crl.pem" >"$T/crl.pem"
  submit rcpt@example.net
  expect_failure 69 UNAVAILABLE revoked
  met 'no no yes'
}

@test "a file that is not what was saved is not used, and goes" {
  serve
  settings
  sent 1
  local file
  file=$(saved)
  echo garbage >"$file"
  full_handshake 2
  : >"$file"
  full_handshake 4
  truncate -s -1 "$file"
  full_handshake 6
  truncate -s 100 "$file"
  full_handshake 8
  printf x | dd of="$file" bs=1 seek=300 conv=notrunc 2>/dev/null
  full_handshake 10
  truncate -s 100K "$file"
  full_handshake 12
  chmod 644 "$file"
  full_handshake 14
  mv "$file" "$T/elsewhere"
  ln -s "$T/elsewhere" "$file"
  full_handshake 16
  [ -s "$T/elsewhere" ]
  [ ! -L "$file" ]
  mkfifo "$T/fifo"
  mv "$T/fifo" "$file"
  chmod 600 "$file"
  full_handshake 18
  cp "$file" "$CACHE/$(printf x | sha256sum | cut -d ' ' -f 1)"
  if [ "$(id -u)" -eq 0 ]; then
    chown 12345 "$file"
    full_handshake 20
  fi
}

@test "a session under the name of another is not used" {
  serve
  settings
  sent 1
  local mine other
  mine=$(saved)
  mv "$mine" "$T/mine"
  sent 2 --host=127.0.0.1
  other=$(saved)
  mv "$other" "$mine"
  : >"$T/dialogue"
  sent 3
  resumed no
}

@test "a session is used for a day, however often it was renewed" {
  serve
  settings
  sent 1
  local file since
  file=$(saved)
  forge "$file" --age 86390
  since=$(head -c 24 "$file" | sha256sum)
  sent 2
  resumed 'no yes'
  same "$(head -c 24 "$file" | sha256sum)" "$since"
  forge "$file" --age 86400
  full_handshake 3
  forge "$file" --age -100 # from before the clock was put right
  full_handshake 5
}

@test "name and dates are looked at again when a session is resumed" {
  # sessions that were right by other settings, in the place of a good one
  local cert n=1 mine other
  serve
  settings
  sent 1
  mine=$(saved)
  mv "$mine" "$T/mine"
  for cert in wrongname expired notyet; do
    server_ends
    serve --cert "$CERT_DIR/$cert.pem" --key "$CERT_DIR/$cert.key"
    sent $((n += 1)) --tls-fingerprint="$(cat "$CERT_DIR/$cert.sha256")"
    other=$(saved)
    cp "$T/mine" "$mine"
    forge "$mine" --data-of "$other"
    rm "$other"
    server_ends
    serve
    : >"$T/dialogue"
    submit --debug rcpt@example.net
    expect 0 OK
    expect_output 'with the saved TLS session: the certificate '
    met 'no yes'
    [ -s "$T/store/$((n += 1)).eml" ]
    nothing_saved
  done
}

@test "a session whose chain has more than is good for long is not kept" {
  # an authority's old certificate, which a full verification passes over
  sed -n '/END/,$p' "$CERT_DIR/underold.pem" | sed 1d >"$T/oldsub.pem"
  cat "$CERT_DIR/good.pem" "$T/oldsub.pem" >"$T/chain.pem"
  serve --cert "$T/chain.pem"
  settings
  sent 1
  nothing_saved
  submit --debug rcpt@example.net
  expect 0 OK
  expect_output 'the server also shows a certificate that is out of date'
  refute_output 'once more'
  sent 3
  resumed 'no no no'
}

@test "a certificate that must be stapled is so for who resumes, too" {
  local version n=0
  for version in 1.2 1.3; do
    PORT=0
    serve --tls-priority "$(only "$version")" \
      --cert "$CERT_DIR/muststaple.pem" --key "$CERT_DIR/muststaple.key" \
      --staple "$CERT_DIR/muststaple-good.ocsp"
    settings
    : >"$T/dialogue"
    sent $((n += 1))
    sent $((n += 1))
    resumed 'no yes'
    server_ends
  done
}

# saved_with CERT: sets mine, a session that was verified as it would be now,
# and whose data are those of other, of a server with that certificate.
saved_with() {
  serve
  settings
  sent 1
  mine=$(saved)
  mv "$mine" "$T/mine"
  server_ends
  serve --cert "$CERT_DIR/$1.pem" --key "$CERT_DIR/$1.key"
  sent 2 --tls-fingerprint="$(cat "$CERT_DIR/$1.sha256")"
  other=$(saved)
  mv "$T/mine" "$mine"
  forge "$mine" --data-of "$other"
}

@test "a common name does not count when a session is resumed, either" {
  local mine other
  saved_with cnonly
  : >"$T/dialogue"
  submit rcpt@example.net
  expect_failure 69 UNAVAILABLE 'only by its common name (CN)'
  met 'no yes'
}

@test "a session that fails throws away what another keeps meanwhile" {
  local mine other n=0
  saved_with expired
  rm "$other"
  server_ends
  serve --on '1:tls sleep 4000'
  : >"$T/dialogue"
  "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" 3>&- &
  local pid=$!
  while [ -e "$mine" ]; do
    [ $((n += 1)) -lt 500 ] && sleep 0.02
  done
  sent 3
  same "$(saved)" "$mine"
  wait "$pid"
  [ -s "$T/store/4.eml" ]
  nothing_saved
  met 'no no yes'
}

@test "a fingerprint is looked at again when a session is resumed" {
  local mine other right
  right=--tls-fingerprint=$(cat "$CERT_DIR/good.sha256")
  serve
  settings
  sent 1 "$right"
  mine=$(saved)
  mv "$mine" "$T/mine"
  server_ends
  serve --cert "$CERT_DIR/anyuse.pem" --key "$CERT_DIR/anyuse.key"
  sent 2
  other=$(saved)
  mv "$T/mine" "$mine"
  forge "$mine" --data-of "$other"
  server_ends
  serve
  : >"$T/dialogue"
  submit --debug "$right" rcpt@example.net
  expect 0 OK
  expect_output 'with the saved TLS session: the certificate is not the one'
  met 'no yes'
}

@test "the folder does not grow without end" {
  local i
  serve
  settings
  sent 1
  rm "$(saved)"
  for ((i = 0; i < 80; i++)); do
    : >"$CACHE/$(printf '%064x' "$i")"
  done
  touch -d '2 days ago' "$CACHE/.new-0123456789abcdef" "$CACHE/notours"
  for ((i = 2; i < 6; i++)); do
    sent "$i" --user="user$i" --auth=off
  done
  [ -e "$CACHE/notours" ]
  local files=("$CACHE"/*)
  [ "${#files[@]}" -le 65 ]
}
