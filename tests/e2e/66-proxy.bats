#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A login at the SOCKS5 proxy (RFC 1929), and what becomes of its password.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  PROXY_PID=
  CLIENT_PID=
  umask 022
}

teardown() {
  local pid
  for pid in $PROXY_PID $CLIENT_PID; do
    kill "$pid" 2>/dev/null || true
  done
  e2e_teardown
}

# proxy [option ...]: one to the server that runs; sets PROXY, its port.  What
# it is asked for is in $T/asked.
proxy() {
  [ -z "$PROXY_PID" ] || kill "$PROXY_PID"
  rm -f "$T/proxy.port" "$T/asked"
  "$SOCKSPROXY" --port-file "$T/proxy.port" --log "$T/asked" --to "$PORT" \
    "$@" >/dev/null 2>"$T/proxy.err" 3>&- &
  PROXY_PID=$!
  await test -s "$T/proxy.port"
  PROXY=$(cat "$T/proxy.port")
}

# guarded [option ...]: the same, and it wants a login.
guarded() {
  proxy --user 'proxy me' --password 'pro xy' "$@"
}

# through [line ...]: an rc file for a host that only the proxy knows.
through() {
  printf '%s\n' 'host mail.example.invalid' 'port 2525' \
    'from me@example.org' 'proxy_host 127.0.0.1' "proxy_port $PROXY" \
    "$@" >"$T/rc"
  chmod 600 "$T/rc"
}

# let_in: the proxy was shown who comes, and asked for the host.
let_in() {
  same "$(cat "$T/asked")" 'user proxy me
name mail.example.invalid 2525'
}

# is_secret FILE ...: the password is in none of them.
is_secret() {
  if grep -a -e 'pro xy' -e 'cHJvIHh5' "$@"; then return 1; fi
}

@test "the password comes from the rc file, a command or a file" {
  smarthost
  guarded
  (umask 077 && printf 'pro xy\n' >"$T/password")
  local line n=0
  for line in 'proxy_password "pro xy"' 'proxy_passwordeval echo pro xy' \
    "proxy_password_file $T/password"; do
    rm -f "$T/asked"
    through 'proxy_user "proxy me"' "$line"
    submit rcpt@example.net
    expect_sent $((n += 1))
    let_in
  done
}

@test "it comes from flags and variables that do not hold it" {
  smarthost
  guarded
  through
  (umask 077 && printf 'pro xy\n' >"$T/password")
  submit --proxy-user='proxy me' --proxy-password-file="$T/password" \
    rcpt@example.net
  expect_sent 1
  POSTHASTE_PROXY_USER='proxy me' \
    POSTHASTE_PROXY_PASSWORDEVAL='echo pro xy' submit rcpt@example.net
  expect_sent 2
  submit --proxy-password='pro xy' rcpt@example.net
  expect 64 USAGE
  POSTHASTE_PROXY_PASSWORD='pro xy' submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line POSTHASTE_PROXY_PASSWORD 'others can read the environment'
  is_secret "$T/err"
}

@test "TLS and the login at the server go through it" {
  smarthost_tls implicit
  guarded
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"' \
    'tls_host_override localhost' "tls_trust_file $CERT_DIR/ca.pem" \
    'tls_starttls off' 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect_sent
  let_in
  grep -q '^auth .* me@example.org$' "$T/store/1.env"
}

@test "a login that the proxy refuses is told of, and no port is tried on" {
  smarthost
  guarded
  printf '%s\n' 'host mail.example.invalid' 'from me@example.org' \
    'proxy_host 127.0.0.1' "proxy_port $PROXY" 'proxy_user "proxy me"' \
    'proxy_password pro-xy' >"$T/rc"
  chmod 600 "$T/rc"
  send rcpt@example.net
  expect 77 NOPERM
  expect_one_line 'through 127.0.0.1 port' \
    'the proxy refuses proxy_user with this password'
  refute_output pro-xy
  same "$(cat "$T/asked")" 'user proxy me'
  expect_untouched
}

@test "a proxy that wants a login where none is set says what to set" {
  smarthost
  guarded
  through
  send rcpt@example.net
  expect 77 NOPERM
  expect_one_line 'the proxy wants a login' 'set proxy_user and'
  expect_untouched
}

@test "a proxy that wants no login is shown none" {
  smarthost
  proxy
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"'
  send rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" 'name mail.example.invalid 2525'
}

@test "what contradicts itself is told of with its lines" {
  smarthost
  PROXY=1080
  through 'proxy_user me'
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:6: proxy_user is set, but none of proxy_password,"
  through 'proxy_password x'
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:6: proxy_password is of no use, as proxy_user is not"
  through 'proxy_user me' 'proxy_password x' 'proxy_passwordeval echo x'
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:8: proxy_passwordeval contradicts proxy_password" \
    "the proxy's password has one source"
  through 'proxy_user me' "proxy_password $(printf '%0256d' 0)"
  guarded
  sed -i "s/^proxy_port .*/proxy_port $PROXY/" "$T/rc"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "the proxy's password has 256 octets, not 1 to 255"
  # without a proxy it does not matter, as the port does not
  submit --proxy-host= --host localhost --port "$PORT" rcpt@example.net
  expect_sent
}

@test "nobody else may read the file, nor write where the command stands" {
  smarthost
  guarded
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"'
  chmod 644 "$T/rc"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:7: holds a password and can be read by others"
  through 'proxy_user "proxy me"' 'proxy_passwordeval echo pro xy'
  chmod 666 "$T/rc"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line 'holds a command and can be changed by others'
  printf 'pro xy\n' >"$T/password"
  through 'proxy_user "proxy me"' "proxy_password_file $T/password"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:7: proxy_password_file: $T/password can be read by"
  submit --check-config
  expect 78 CONFIG
  grep -q "$T/password can be read by others" "$T/out" "$T/err"
  [ ! -e "$T/asked" ]
}

@test "the password is shown nowhere" {
  smarthost
  guarded
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"' "logfile $T/log"
  submit --debug rcpt@example.net
  expect 0 OK
  is_secret "$T/out" "$T/err" "$T/log"
  submit --print-config
  expect 0 OK
  grep -q '^proxy_password  *\*' "$T/out"
  is_secret "$T/out" "$T/err"
  submit --route rcpt@example.net
  is_secret "$T/out" "$T/err"
  guarded --stall request
  through 'proxy_user "proxy me"' 'proxy_passwordeval echo "pro xy"'
  "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" >/dev/null 2>&1 3>&- &
  CLIENT_PID=$!
  await test -s "$T/asked"
  is_secret "/proc/$CLIENT_PID/cmdline"
  if [ -r "/proc/$CLIENT_PID/environ" ]; then
    is_secret "/proc/$CLIENT_PID/environ"
  fi
}

@test "the queue delivers by it, and holds no password" {
  smarthost
  guarded
  local queue=$HOME/.local/state/posthaste/queue
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"'
  submit --queue=only a@example.net
  submit --queue=only b@example.net
  expect 0 OK
  is_secret -r "$queue"
  run "$POSTHASTE" -C "$T/rc" -q
  expect 0 OK
  [ -s "$T/store/2.eml" ]
  let_in
  submit --queue=always c@example.net
  expect 0 OK
  await test -s "$T/store/3.eml"
}

@test "what the proxy refuses waits in the queue" {
  smarthost
  guarded
  through 'proxy_user "proxy me"' 'proxy_password wrong'
  submit --queue=fallback a@example.net
  expect 0 OK
  same "$(find "$HOME/.local/state/posthaste/queue/new" -type f | wc -l)" 1
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"'
  run "$POSTHASTE" -C "$T/rc" --queue-retry all
  expect 0 OK
  [ -s "$T/store/1.eml" ]
}

@test "a proxy that is named for the call gets no other one's password" {
  smarthost
  guarded
  through 'proxy_user "proxy me"' 'proxy_password "pro xy"'
  submit --proxy-host=localhost rcpt@example.net
  expect 77 NOPERM
  expect_one_line 'the proxy wants a login'
  submit --proxy-host=localhost --proxy-user='proxy me' \
    --proxy-passwordeval='echo pro xy' rcpt@example.net
  expect_sent
}
