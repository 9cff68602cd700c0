#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Other ways to the server: a SOCKS5 proxy, a local socket, a source address.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  PROXY_PID=
}

teardown() {
  e2e_teardown
  [ -z "$PROXY_PID" ] || kill "$PROXY_PID" 2>/dev/null || true
}

# proxy [option ...]: starts a SOCKS5 proxy to the server that runs; sets
# PROXY, its port.  What it is asked for is in $T/asked.
proxy() {
  [ -z "$PROXY_PID" ] || kill "$PROXY_PID"
  rm -f "$T/proxy.port" "$T/asked"
  "$SOCKSPROXY" --port-file "$T/proxy.port" --log "$T/asked" \
    --to "$PORT" "$@" >/dev/null 2>"$T/proxy.err" 3>&- &
  PROXY_PID=$!
  local n=0
  while [ ! -s "$T/proxy.port" ]; do
    kill -0 "$PROXY_PID" 2>/dev/null || { cat "$T/proxy.err"; return 1; }
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
  PROXY=$(cat "$T/proxy.port")
}

# through HOST [line ...]: an rc file for that host by the proxy.
through() {
  local host=$1
  shift
  printf '%s\n' "host $host" 'port 2525' 'from me@example.org' \
    'proxy_host 127.0.0.1' "proxy_port $PROXY" "$@" >"$T/rc"
  chmod 600 "$T/rc"
}

# refused CODE NAME TEXT ...: one line that names the host and the proxy.
refused() {
  expect "$1" "$2"
  shift 2
  expect_one_line "$@"
  expect_nothing_stored
}

# by_socket option ...: a server at $T/s.
by_socket() {
  SOCKET=$T/s
  smarthost --socket "$SOCKET" "$@"
  printf '%s\n' "socket $SOCKET" 'from me@example.org' >"$T/rc"
  chmod 600 "$T/rc"
}

@test "a host that only the proxy can look up gets mail" {
  smarthost
  proxy
  through mail.example.invalid
  send rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" 'name mail.example.invalid 2525'
}

@test "a host in another script is asked for as A-labels" {
  smarthost
  proxy
  through bücher.invalid
  send rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" 'name xn--bcher-kva.invalid 2525'
}

@test "an address is asked for as one" {
  smarthost
  proxy --named
  through 192.0.2.1
  send rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" 'address 192.0.2.1 2525'
}

@test "TLS that comes first goes through the proxy, and the name is the host's" {
  smarthost_tls implicit
  proxy
  through localhost "tls_trust_file $CERT_DIR/ca.pem" 'tls_starttls off'
  send rcpt@example.net
  expect_sent
  grep -q -- '^-- tls .* sni=localhost ' "$T/dialogue"

  smarthost_tls implicit --cert "$CERT_DIR/wrongname.pem" \
    --key "$CERT_DIR/wrongname.key"
  proxy
  through localhost "tls_trust_file $CERT_DIR/ca.pem" 'tls_starttls off'
  rm "$T"/store/*
  send rcpt@example.net
  refused 69 UNAVAILABLE 'localhost:2525: TLS handshake' 'not for localhost'
}

@test "of 465 and 587 the one that the proxy can reach is taken" {
  smarthost
  proxy --refuse 5 --refuse-port 465
  printf '%s\n' 'host mail.example.invalid' 'from me@example.org' \
    'proxy_host 127.0.0.1' "proxy_port $PROXY" >"$T/rc"
  send rcpt@example.net
  # 587 wants TLS, which this server has not
  expect 76 PROTOCOL
  expect_output mail.example.invalid:587
  same "$(cat "$T/asked")" 'name mail.example.invalid 465
name mail.example.invalid 587'
}

@test "each refusal of the proxy has its words and exit code" {
  smarthost
  local row
  for row in '1 75 TEMPFAIL it says general failure' \
    '2 69 UNAVAILABLE its rules do not allow it' \
    '3 75 TEMPFAIL network unreachable' \
    '4 75 TEMPFAIL host unreachable' \
    '5 75 TEMPFAIL connection refused' \
    '8 69 UNAVAILABLE it does not take this kind of address' \
    '99 75 TEMPFAIL it says code 99'; do
    set -- $row
    proxy --refuse "$1"
    through mail.example.invalid
    submit rcpt@example.net
    refused "$2" "$3" \
      "connect to mail.example.invalid port 2525 through 127.0.0.1 port" \
      "the proxy cannot reach the host: ${row#* * * }"
  done
}

@test "what is no SOCKS5 proxy is told of" {
  smarthost
  proxy --say '220 hello'
  through mail.example.invalid
  send rcpt@example.net
  refused 76 PROTOCOL 'what the proxy says is no SOCKS5' proxy_port
}

@test "a proxy that hangs up is worth another try" {
  smarthost
  local stage
  for stage in greeting request; do
    proxy --hang-up "$stage"
    through mail.example.invalid
    submit rcpt@example.net
    refused 75 TEMPFAIL 'the proxy hangs up'
  done
}

@test "a proxy that says nothing ends with the deadline" {
  smarthost
  local stage
  for stage in greeting request; do
    proxy --stall "$stage"
    through mail.example.invalid 'timeout 1'
    submit rcpt@example.net
    refused 75 TEMPFAIL 'the proxy does not answer in time'
  done
}

@test "a proxy that says an octet now and then ends with the deadline" {
  smarthost
  proxy --trickle request
  through mail.example.invalid 'timeout 1'
  send rcpt@example.net
  refused 75 TEMPFAIL 'the proxy does not answer in time'
}

@test "a server whose octets trickle ends with the deadline, be it in TLS" {
  smarthost
  proxy --trickle relay
  through mail.example.invalid 'timeout 1'
  send rcpt@example.net
  refused 75 TEMPFAIL 'greeting: nothing came within 1 second'

  smarthost_tls implicit
  proxy --trickle relay
  through localhost "tls_trust_file $CERT_DIR/ca.pem" 'tls_starttls off' \
    'timeout 1'
  send rcpt@example.net
  refused 75 TEMPFAIL 'TLS handshake: nothing came within 1 second'
}

@test "a proxy that is not there is told of, and the host is not asked" {
  smarthost
  printf '%s\n' 'host localhost' "port $PORT" 'from me@example.org' \
    'proxy_host 127.0.0.1' 'proxy_port 1' >"$T/rc"
  send rcpt@example.net
  refused 75 TEMPFAIL 'proxy: connect to 127.0.0.1 [127.0.0.1] port 1'
  expect_untouched
}

@test "a proxy's name that does not exist is told of" {
  smarthost
  rc 'proxy_host proxy.invalid' 'timeout 5'
  send rcpt@example.net
  case $status in
    68) refused 68 NOHOST 'proxy: look up host proxy.invalid' proxy_host ;;
    *) refused 75 TEMPFAIL 'proxy: look up host proxy.invalid' ;; # no DNS
  esac
  expect_untouched
}

@test "proxy_host off or empty takes back what was said before" {
  smarthost
  local value
  for value in off '' '""'; do
    printf '%s\n' 'defaults' 'proxy_host proxy.invalid' 'account default' \
      'host localhost' "port $PORT" 'from me@example.org' \
      "proxy_host $value" >"$T/rc"
    submit rcpt@example.net
    expect 0 OK
  done
  submit --proxy-host= rcpt@example.net
  expect 0 OK
}

@test "a local socket gets mail in the clear, without host or port" {
  by_socket
  send rcpt@example.net
  expect_sent
  grep -q '^tls none$' "$T/store/1.env"
}

@test "a login is shown over a local socket, where nobody can listen in" {
  by_socket --user me@example.org --password 'sec ret' --mechs PLAIN
  printf '%s\n' 'user me@example.org' 'password "sec ret"' >>"$T/rc"
  send rcpt@example.net
  expect_sent
  grep -q '^auth PLAIN me@example.org$' "$T/store/1.env"
}

@test "over a local socket STARTTLS is not used unless it is asked for" {
  by_socket --tls starttls --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key"
  send rcpt@example.net
  expect_sent
  grep -q '^tls none$' "$T/store/1.env"

  by_socket --tls starttls --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key"
  printf '%s\n' 'tls on' 'host localhost' "tls_trust_file $CERT_DIR/ca.pem" \
    >>"$T/rc"
  send rcpt@example.net
  expect_sent 2
  grep -q '^tls TLS1' "$T/store/2.env"
}

@test "host and port do not matter where there is a socket" {
  by_socket
  printf '%s\n' 'host mail.example.invalid' 'port 1' \
    'proxy_host proxy.invalid' >>"$T/rc"
  send rcpt@example.net
  expect_sent
}

@test "a server at a local socket that says nothing ends with the deadline" {
  by_socket --on 'connect stall'
  send --timeout 1 rcpt@example.net
  expect 75 TEMPFAIL
  expect_one_line "$SOCKET: greeting: nothing came within 1 second"
}

@test "a server at a local socket whose octets trickle ends with the deadline" {
  by_socket --on 'connect trickle 300'
  send --timeout 1 rcpt@example.net
  expect 75 TEMPFAIL
  expect_one_line "$SOCKET: greeting: nothing came within 1 second"
}

# greets_on NAME GREETING [option ...]: so mail goes from a host of that name.
greets_on() {
  local name=$1 greeting=$2 named='
import os, socket, sys
socket.sethostname(sys.argv[1])
os.execv(sys.argv[2], sys.argv[2:])'
  shift 2
  unshare -ru python3 -c "$named" "$name" /bin/true 2>/dev/null ||
    skip 'no name of my own for me here'
  status=0
  timeout -s KILL 30 unshare -ru python3 -c "$named" "$name" \
    "$POSTHASTE" -C "$T/rc" "$@" rcpt@example.net \
    <"$T/mail" >"$T/out" 2>"$T/err" 3>&- || status=$?
  output=$(cat "$T/err")
  expect 0 OK
  same "$(sed -n 's/^C: EHLO //p' "$T/dialogue" | tail -n 1)" "$greeting"
}

@test "the server is greeted with the full name of this host" {
  smarthost
  rc
  greets_on nas.example.org nas.example.org
  greets_on nas.example.org. nas.example.org
  greets_on nas.example.org me.example --domain me.example
}

@test "a name in another script greets as A-labels" {
  smarthost
  rc
  send --domain bücher.example rcpt@example.net
  expect_sent
  grep -q '^C: EHLO xn--bcher-kva.example$' "$T/dialogue"
}

@test "a host without a full name greets with its address" {
  local name
  smarthost
  rc
  for name in nas localhost.localdomain my_nas.example.org 192.0.2.7; do
    greets_on "$name" '[127.0.0.1]'
  done
  greets_on nas '[127.0.0.9]' --source-ip=127.0.0.9
  proxy
  greets_on nas '[127.0.0.1]' --proxy-host=localhost --proxy-port="$PROXY"
  server_ends
  if smarthost --listen ::1; then
    rc
    greets_on nas '[IPv6:::1]' # RFC 5321 4.1.3
    server_ends
  fi
  by_socket
  greets_on nas '[127.0.0.1]'
}

@test "over a local socket the greeting has a name or an address" {
  by_socket
  send rcpt@example.net
  expect_sent
  grep -Eq '^C: EHLO ([A-Za-z0-9-]+\.[A-Za-z0-9.-]+|\[127\.0\.0\.1\])' \
    "$T/dialogue"
}

@test "a socket that is not there is worth another try" {
  printf '%s\n' "socket $T/none" 'from me@example.org' >"$T/rc"
  submit rcpt@example.net
  refused 75 TEMPFAIL "connect to $T/none: No such file or directory"
}

@test "--socket needs no rc file" {
  by_socket
  status=0
  HOME=$T/home timeout 30 "$POSTHASTE" --socket "$SOCKET" -f me@example.org \
    rcpt@example.net <"$T/mail" || status=$?
  server_ends
  same "$status" 0
  [ -s "$T/store/1.eml" ]
}

@test "mail comes from the source address" {
  smarthost
  rc
  send --source-ip 127.0.0.9 rcpt@example.net
  expect_sent
}

@test "a source address that is not of this machine is told of" {
  smarthost
  rc 'source_ip 192.0.2.1'
  send rcpt@example.net
  expect 75 TEMPFAIL
  expect_one_line 'source_ip 192.0.2.1: ' 'is it an address of this machine'
  expect_untouched
}

@test "a host without an address of the source address's family is told of" {
  smarthost
  rc 'source_ip ::1'
  send --host 127.0.0.1 rcpt@example.net
  expect 78 CONFIG
  expect_one_line 'connect to 127.0.0.1: it has no address of the family of'
  expect_untouched
}

@test "a source address that is none is a wrong setting" {
  smarthost
  rc 'source_ip localhost'
  send rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:4: source_ip: \"localhost\" is not an IPv4 or IPv6"
}

@test "who comes through a proxy shows no TLS ticket of who does not" {
  smarthost_tls implicit --ticket-key "$T/key"
  proxy
  rc_login 'tls_starttls off'
  submit rcpt@example.net
  expect_sent 1
  submit --proxy-host=127.0.0.1 --proxy-port="$PROXY" rcpt@example.net
  expect_sent 2
  submit --proxy-host=127.0.0.1 --proxy-port="$PROXY" rcpt@example.net
  expect_sent 3
  same "$(sed -n 's/^-- tls .*resumed=//p' "$T/dialogue" | paste -sd ' ')" \
    'no no yes'
}
