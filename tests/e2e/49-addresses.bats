#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The server's addresses: families, dead ones, and name servers in trouble.
# Each test has a network of its own, whose name server is ours.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  # a look-up that nobody waits for any more has a thread that is not ours
  export ASAN_OPTIONS=detect_leaks=0
  echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
  echo 'options timeout:5 attempts:2' >>"$T/resolv.conf"
  echo 'hosts: files dns' >"$T/nsswitch.conf"
  printf '127.0.0.1 both.test\n192.0.2.1 both.test\n' >"$T/hosts"
  cat >"$T/enter" <<'END'
ip link set lo up
# nobody is there, and nobody says so
ip route add 192.0.2.0/24 dev lo
ip -6 addr add 2001:db8:1::1/128 dev lo 2>/dev/null &&
  ip -6 route add 2001:db8::/64 dev lo
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$1/hosts" /etc/hosts
END
  unshare -rnm sh -e "$T/enter" "$T" 2>/dev/null ||
    skip 'no namespaces, or no ip(8), or no IPv6'
  HOST=mail.test
  PORT=2525
  BESIDE=
}

teardown() {
  e2e_teardown
}

# by_dns RECORD ... [-- option ...]: $T/mail goes to $HOST by these records,
# with a server at 127.0.0.1; BESIDE is done before that.  Sets status, output,
# and tried, the addresses in the order in which they were tried.
by_dns() {
  local records=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    records+=("$1")
    shift
  done
  [ $# -eq 0 ] || shift
  printf 'host %s\nport %s\nfrom me@example.org\ndomain me.test\n' \
    "$HOST" "$PORT" >"$T/rc"
  {
    declare -p T PORT BESIDE
    declare -f smarthost
    cat <<'END'
. "$T/enter" "$T"
smarthost --port "$PORT"
rm -f "$T/says"
eval "set -- $OPTIONS"
eval "records=($RECORDS)"
"$NAMESERVER" 53 "${records[@]}" >"$T/says" &
while [ ! -s "$T/says" ]; do sleep 0.02; done
eval "$BESIDE"
status=0
timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" --debug "$@" rcpt@example.net \
  <"$T/mail" >"$T/out" 2>"$T/err" || status=$?
kill $(jobs -p)
wait "$SERVER_PID"
exit $status
END
  } >"$T/inside"
  status=0
  RECORDS=$(printf '%q ' "${records[@]}") OPTIONS=$(printf '%q ' "$@") \
    unshare -rnm bash "$T/inside" 3>&- || status=$?
  output=$(<"$T/err")
  tried=$(sed -n 's/.*connecting to \[\(.*\)\]:[0-9]*$/\1/p' "$T/err" |
    paste -sd ' ')
}

# goes: the mail went out, by that way.
goes() {
  expect 0 OK
  same "$tried" "$1"
  [ -s "$T/store/1.eml" ]
}

# fails CODE NAME TEXT ...: the error says so.
fails() {
  expect "$1" "$2"
  shift 2
  output=$(grep '^posthaste: ' "$T/err")
  local text
  for text; do
    expect_output "$text"
  done
  expect_nothing_stored
}

@test "one address is one attempt" {
  by_dns 'mail.test a 127.0.0.1'
  goes 127.0.0.1
}

@test "an IPv6 address that is dead holds up the mail by one attempt" {
  by_dns 'mail.test aaaa 2001:db8::1' 'mail.test a 127.0.0.1'
  goes '2001:db8::1 127.0.0.1'
}

@test "the families are tried in turn" {
  by_dns 'mail.test aaaa 2001:db8::1' 'mail.test aaaa 2001:db8::2' \
    'mail.test a 127.0.0.1'
  goes '2001:db8::1 127.0.0.1'
}

@test "of several addresses the one that answers is taken" {
  by_dns 'mail.test a 192.0.2.1' 'mail.test a 192.0.2.2' \
    'mail.test a 192.0.2.3' 'mail.test a 127.0.0.1'
  goes "$tried"
  [[ " $tried " == *' 127.0.0.1 '* ]]
}

@test "an address that refuses is told of rather than one out of reach" {
  by_dns 'mail.test aaaa 2001:db8:ffff::1' 'mail.test a 127.0.0.1' \
    'mail.test aaaa 2001:db8:ffff::2' -- --port=1
  fails 75 TEMPFAIL 'connect to mail.test [127.0.0.1] port 1: Connection refused'
  same "$(wc -w <<<"$tried")" 3
}

@test "four dead addresses have one timeout" {
  local start=$SECONDS
  by_dns 'mail.test a 192.0.2.1' 'mail.test a 192.0.2.2' \
    'mail.test a 192.0.2.3' 'mail.test a 192.0.2.4' -- --timeout=2
  fails 75 TEMPFAIL 'connect to mail.test [192.0.2.' 'within 2 seconds'
  same "$(wc -w <<<"$tried")" 4
  [ $((SECONDS - start)) -lt 8 ] # and not one for each
}

@test "address_family ipv4 goes to no IPv6 address" {
  by_dns 'mail.test aaaa 2001:db8::1' 'mail.test a 127.0.0.1' \
    'mail.test servfail aaaa' -- --ipv4
  goes 127.0.0.1
}

@test "address_family ipv6 goes to no IPv4 address" {
  by_dns 'mail.test aaaa 2001:db8::1' 'mail.test a 127.0.0.1' -- \
    --address-family=ipv6 --timeout=1
  fails 75 TEMPFAIL 'connect to mail.test [2001:db8::1]'
  same "$tried" 2001:db8::1
}

@test "a host without an address of the family is told of" {
  by_dns 'mail.test a 127.0.0.1' -- --ipv6
  fails 68 NOHOST 'look up host mail.test: it has no IPv6 address' \
    'address_family is ipv6'
  by_dns 'mail.test a 127.0.0.1' -- --ipv6 --host=127.0.0.1
  fails 78 CONFIG 'look up host 127.0.0.1: it is no IPv6 address' \
    'address_family is ipv6'
  by_dns 'mail.test aaaa 2001:db8::1' -- --ipv4 --host=mail.invalid \
    --proxy-host=mail.test
  fails 68 NOHOST 'proxy: look up host mail.test: it has no IPv4 address'
}

@test "address_family that contradicts source_ip is a wrong setting" {
  by_dns -- --ipv6 --source-ip=127.0.0.1
  fails 78 CONFIG 'address_family contradicts source_ip'
}

@test "a name server that drops what is asked of IPv6 does not hold up mail" {
  by_dns 'mail.test silence aaaa' 'mail.test a 127.0.0.1' -- --timeout=4
  goes 127.0.0.1
}

@test "a name server that drops what is asked of IPv4 does not hold up mail" {
  by_dns 'mail.test silence a' 'mail.test aaaa 2001:db8::1' -- --timeout=2
  fails 75 TEMPFAIL 'connect to mail.test [2001:db8::1]'
  same "$tried" 2001:db8::1
}

@test "addresses that are late join those that are tried" {
  by_dns 'mail.test a 192.0.2.1' 'mail.test aaaa ::1' 'mail.test late aaaa' \
    'mail.test a 192.0.2.2' -- --timeout=3
  # nobody listens at ::1, but by then it is known
  fails 75 TEMPFAIL 'connect to mail.test [192.0.2.' 'within 3 seconds'
  [[ " $tried " == *' ::1 '* ]]
}

@test "while a name server is waited for, libgnutls is loaded" {
  [ -z "$(ldd "$POSTHASTE" | grep libgnutls)" ] ||
    skip 'built with -Dlate_loading=false'
  by_dns 'mail.test silence aaaa' 'mail.test a 127.0.0.1'
  goes 127.0.0.1
  same "$(grep -oE 'GnuTLS [0-9]|is looked up|connecting' "$T/err" |
    sed 's/ [0-9]$//' | paste -sd,)" 'GnuTLS,is looked up,connecting'
}

@test "addresses of the hosts file are tried like others" {
  HOST=both.test
  by_dns
  goes "$tried"
  [[ " $tried " == *' 127.0.0.1 '* ]]
}

@test "a name server in trouble is worth another try" {
  local word
  for word in servfail refused truncated; do
    by_dns "mail.test $word" -- --timeout=2
    fails 75 TEMPFAIL 'look up host mail.test: '
  done
}

@test "the time of a look-up is that of the connection" {
  local start=$SECONDS
  by_dns 'mail.test silence' -- --timeout=1
  fails 75 TEMPFAIL 'look up host mail.test: no answer in time' \
    'can the name server be reached?'
  [ $((SECONDS - start)) -lt 8 ] # the resolver would take ten seconds
  by_dns 'mail.test late' 'mail.test a 192.0.2.1' -- --timeout=3
  fails 75 TEMPFAIL 'connect to mail.test [192.0.2.1]' 'within 3 seconds'
  [ $((SECONDS - start)) -lt 14 ]
}

@test "a name server in trouble with one family is no proof" {
  by_dns 'mail.test servfail a' -- --timeout=2
  fails 75 TEMPFAIL 'look up host mail.test: '
  by_dns 'mail.test servfail aaaa' -- --timeout=2
  fails 75 TEMPFAIL 'look up host mail.test: '
  by_dns 'mail.test silence aaaa' -- --timeout=2
  fails 75 TEMPFAIL 'look up host mail.test: '
}

@test "trouble with one family does not matter if the other has an address" {
  local word
  for word in servfail refused garbage truncated nxdomain; do
    by_dns "mail.test $word aaaa" 'mail.test a 127.0.0.1' -- --timeout=4
    goes 127.0.0.1
    rm "$T"/store/*
  done
}

@test "a name that does not exist is a mistake" {
  by_dns 'mail.test nxdomain'
  fails 68 NOHOST 'look up host mail.test: ' 'check the spelling of host'
}

@test "a name without addresses is a mistake" {
  by_dns
  fails 68 NOHOST 'look up host mail.test: ' 'check the spelling of host'
}

@test "localhost is this host, whoever says otherwise" {
  HOST=LocalHost
  by_dns 'localhost a 192.0.2.1'
  goes 127.0.0.1
  rm "$T"/store/*
  by_dns -- --ipv6
  fails 75 TEMPFAIL 'connect to LocalHost [::1]' 'Connection refused'
}
