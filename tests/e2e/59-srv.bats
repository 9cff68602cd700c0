#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Servers that their domain names in DNS.  Each test has a network of its own,
# whose name server is ours.  "good" is a certificate for localhost,
# "wrongname" one for other.example.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
  echo '127.0.0.1 localhost other.example' >"$T/hosts"
  cat >"$T/enter" <<'END'
ip link set lo up && mount --bind "$1/resolv.conf" /etc/resolv.conf &&
  mount --bind "$1/hosts" /etc/hosts
END
  unshare -rnm sh "$T/enter" "$T" 2>/dev/null ||
    skip 'no namespaces, or no ip(8)'
  START='smarthost_tls "${SERVER[@]}" --port 2525'
  SERVER=(implicit)
  RC=("tls_trust_file $CERT_DIR/ca.pem")
  OPTIONS=()
  RUN='"$POSTHASTE" -C "$T/rc" "${OPTIONS[@]}" rcpt@example.net <"$T/mail"'
  FIRST=_submissions._tcp LATER=_submission._tcp
}

# shows CERT: what the server shows, and whether by STARTTLS.
shows() {
  SERVER=("${2:-implicit}" --cert "$CERT_DIR/$1.pem" --key "$CERT_DIR/$1.key")
}

# without_tls [option ...]: that has none.
without_tls() {
  START="smarthost --port 2525 $*"
}

# submit_to HOST RECORD ...: RUN, with these records in DNS and the rc file's
# lines in RC, beside the server of START at port 2525.  Sets status and output.
submit_to() {
  rm -rf "$T/store" "$T/dialogue"
  mkdir "$T/store"
  PORT=25
  rc 'user me@example.org' 'password "sec ret"' "${RC[@]}"
  sed -i "s/^host .*/host $1/" "$T/rc"
  {
    declare -p T CERT_DIR SERVER OPTIONS
    declare -f smarthost smarthost_tls
    cat <<'END'
. "$T/enter"
shift 2
status=0
END
    echo "$START"
    cat <<'END'
rm -f "$T/says"
"$NAMESERVER" 53 "$@" >"$T/says" &
while [ ! -s "$T/says" ]; do sleep 0.02; done
{
END
    printf '%s || status=$?\n' "$RUN"
    cat <<'END'
} >"$T/out" 2>"$T/err"
kill $(jobs -p)
wait "$SERVER_PID"
exit $status
END
  } >"$T/inside"
  status=0
  timeout -s KILL 60 unshare -rnm bash "$T/inside" "$T" "$@" 3>&- || status=$?
  output=$(<"$T/err")
}

# refused CODE NAME TEXT ...: in one line, and nobody is told anything.
refused() {
  expect "$1" "$2"
  shift 2
  expect_one_line "$@"
  expect_nothing_stored
  [ ! -e "$T/dialogue" ] || ! grep '^C: \(AUTH\|MAIL\|RCPT\|DATA\|BDAT\)' \
    "$T/dialogue"
}

@test "srv: TLS at once, and STARTTLS, at the port that DNS names" {
  submit_to srv:localhost "$FIRST.localhost 0 1 2525 localhost"
  expect_sent
  shows good starttls
  submit_to srv:localhost "$LATER.localhost 0 1 2525 localhost"
  expect_sent
}

@test "srv: _submissions comes first, and there the lowest priority" {
  submit_to srv:localhost "$LATER.localhost 0 1 587 localhost" \
    "$FIRST.localhost 20 1 465 localhost" \
    "$FIRST.localhost 10 1 2525 localhost"
  expect_sent
}

@test "srv: the next server is tried where one is not there, or has no records" {
  submit_to srv:localhost "$FIRST.localhost 10 1 1 localhost" \
    "$FIRST.localhost 20 1 2525 localhost"
  expect_sent
  shows good starttls
  submit_to srv:other.example,localhost:2525 "$FIRST.other.example nxdomain"
  expect_sent
}

@test "srv: a service that is denied, or has no records, is passed over" {
  shows good starttls
  submit_to srv:localhost "$LATER.localhost 0 1 2525 localhost" \
    "$FIRST.localhost 0 0 0 ."
  expect_sent
}

@test "srv: a server elsewhere is refused ahead of the login" {
  submit_to srv:other.example "$FIRST.other.example 0 1 2525 localhost"
  refused 69 UNAVAILABLE 'localhost:2525: ' \
    'DNS, which can be forged, names this server for other.example' \
    'the certificate is for localhost, ' \
    'set host localhost, or tls_host_override localhost'
  shows good starttls
  submit_to srv:other.example "$LATER.other.example 0 1 2525 localhost"
  refused 69 UNAVAILABLE 'DNS, which can be forged'
  # a name that ends like the domain's is not below it
  echo '127.0.0.1 localhost notlocalhost' >"$T/hosts"
  shows wrongname
  submit_to srv:localhost "$FIRST.localhost 0 1 2525 notlocalhost"
  refused 69 UNAVAILABLE 'for localhost, but the certificate is for other.ex' \
    'ask whoever runs the mail of that domain'
}

@test "srv: a server elsewhere must have TLS, though there is no login" {
  without_tls
  RC=('auth off')
  RUN="sed -i '/^user/d; /^password/d' \"\$T/rc\"; $RUN"
  submit_to srv:other.example "$LATER.other.example 0 1 2525 localhost"
  refused 76 PROTOCOL "the server does not offer it and TLS is required"
}

@test "srv: a server elsewhere will do with a certificate for the domain" {
  shows wrongname # which is for other.example
  submit_to srv:other.example "$FIRST.other.example 0 1 2525 localhost"
  expect_sent
  grep -q 'sni=other.example ' "$T/dialogue"
}

@test "srv: a server elsewhere will do if DNSSEC secures the answer" {
  local -a records=("$FIRST.other.example 0 1 2525 localhost"
    "$FIRST.other.example secure")
  submit_to srv:other.example "${records[@]}"
  expect_sent
  # which a name server on the way could only claim
  printf '%s\n' 'nameserver 127.0.0.1' 'nameserver 192.0.2.1' \
    'options trust-ad' >"$T/resolv.conf"
  submit_to srv:other.example "${records[@]}"
  refused 69 UNAVAILABLE 'DNS, which can be forged'
}

@test "srv: a server elsewhere will do if the user says so" {
  local -a records=("$FIRST.other.example 0 1 2525 localhost")
  local -a ca=("${RC[@]}")
  RC=("${ca[@]}" 'tls_host_override localhost')
  submit_to srv:other.example "${records[@]}"
  expect_sent
  RC=("tls_pin $(cat "$CERT_DIR/good.pin")")
  submit_to srv:other.example "${records[@]}"
  expect_sent
  RC=('tls_certcheck off')
  submit_to srv:other.example "${records[@]}"
  expect_sent
}

@test "srv: secure TLSA records of a server elsewhere say nothing" {
  local key
  key=$(sha256sum "$CERT_DIR/good.spki" | cut -d ' ' -f 1)
  RC+=('tls_trust dane')
  local -a tlsa=("_2525._tcp.localhost tlsa 3 1 1 $key"
    '_2525._tcp.localhost secure')
  submit_to srv:other.example "$FIRST.other.example 0 1 2525 localhost" \
    "${tlsa[@]}"
  refused 69 UNAVAILABLE 'DNS, which can be forged'
  # but of the domain's own, and of one that is secure, they count
  RC=('tls_trust dane' 'tls_trust_file off')
  submit_to srv:localhost "$FIRST.localhost 0 1 2525 localhost" "${tlsa[@]}"
  expect_sent
  submit_to srv:other.example "$FIRST.other.example 0 1 2525 localhost" \
    "$FIRST.other.example secure" "${tlsa[@]}"
  expect_sent
}

@test "srv: a TLS session that is resumed is of the same name" {
  shows wrongname
  local -a records=("$FIRST.other.example 0 1 2525 localhost")
  RUN="$RUN; $RUN"
  submit_to srv:other.example "${records[@]}"
  expect 0 OK
  same "$(grep -c 'resumed=yes' "$T/dialogue")" 1
  # the same server, by its own name, has another
  RUN+=' ; "$POSTHASTE" -C "$T/rc" "--host=localhost:2525" \
    --tls-starttls=off rcpt@example.net <"$T/mail"'
  submit_to srv:other.example "${records[@]}"
  expect 69 UNAVAILABLE
  expect_output 'the certificate is not for localhost'
}

@test "srv: tls_starttls and tls off choose the service" {
  local -a first=("$FIRST.localhost 0 1 2525 localhost")
  local -a later=("$LATER.localhost 0 1 2525 localhost")
  local -a ca=("${RC[@]}")
  RC=("${ca[@]}" 'tls_starttls off')
  submit_to srv:localhost "${first[@]}" "$LATER.localhost servfail"
  expect_sent
  shows good starttls
  RC=("${ca[@]}" 'tls_starttls on')
  submit_to srv:localhost "${later[@]}" "$FIRST.localhost 0 1 465 localhost"
  expect_sent
  submit_to srv:localhost "$FIRST.localhost servfail"
  refused 68 NOHOST 'localhost (_submission._tcp); '
  without_tls --user me@example.org --password "'sec ret'" \
    --mechs SCRAM-SHA-256
  RC=('tls off' 'auth SCRAM-SHA-256')
  submit_to srv:localhost "${later[@]}" "$FIRST.localhost 0 1 465 localhost"
  expect_sent
}

@test "srv: without records, or where they deny it, there is no guessing" {
  submit_to srv:localhost "$FIRST.localhost nxdomain"
  refused 68 NOHOST 'DNS names no server for mail of localhost' \
    '(_submissions._tcp, _submission._tcp)' 'set host to the server'
  submit_to srv:localhost "$FIRST.localhost 0 0 0 ." "$LATER.localhost 0 0 0 ."
  refused 68 NOHOST 'DNS says that there is no server for mail of localhost'
}

@test "srv: if nobody can tell, it is later" {
  local trouble
  RC+=('timeout 1')
  for trouble in servfail garbage silence; do
    submit_to srv:localhost "$FIRST.localhost $trouble"
    refused 75 TEMPFAIL "look up $FIRST.localhost: "
  done
}

@test "srv: a name server that keeps silent leaves time for other servers" {
  # nothing is a leak that the thread which still waits for it holds
  export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
  RC+=('timeout 2')
  shows good starttls
  submit_to srv:other.example,localhost:2525 "$FIRST.other.example silence"
  expect_sent
}

@test "srv: a name in another script is asked for by its label" {
  submit_to 'srv:bücher.example' \
    "$FIRST.xn--bcher-kva.example 0 1 2525 localhost"
  refused 69 UNAVAILABLE 'names this server for xn--bcher-kva.example'
}

@test "srv: the password is asked for by the domain's name" {
  rm -f "$T/netrc"
  printf 'machine localhost login me@example.org password "wrong"\n' \
    >"$HOME/.netrc"
  printf 'machine other.example login me@example.org password "sec ret"\n' \
    >>"$HOME/.netrc"
  chmod 600 "$HOME/.netrc"
  shows wrongname
  RUN="sed -i /^password/d \"\$T/rc\"; $RUN"
  submit_to srv:other.example "$FIRST.other.example 0 1 2525 localhost"
  expect_sent
}

@test "srv: with the sandbox at its strictest" {
  RC+=('sandbox strict')
  submit_to srv:localhost "$FIRST.localhost 0 1 2525 localhost"
  case $status,$output in
    69,*sandbox*) skip 'this kernel has no such sandbox' ;;
  esac
  expect_sent
}

@test "srv: a run over the queue asks again" {
  RC+=('queue only')
  RUN+='; "$POSTHASTE" -C "$T/rc" "${OPTIONS[@]}" rcpt@example.net <"$T/mail"
"$POSTHASTE" -C "$T/rc" -q'
  submit_to srv:localhost "$FIRST.localhost 0 1 2525 localhost"
  expect 0 OK
  same "$(ls "$T/store" | grep -c eml)" 2
}

@test "srv contradicts a proxy, a socket, LMTP and keys of first use" {
  local line
  for line in 'proxy_host p' "socket $T/s" 'protocol lmtp' \
    'tls_trust first_use'; do
    RC=("$line")
    submit_to srv:localhost "$FIRST.localhost 0 1 2525 localhost"
    refused 78 CONFIG "$T/rc:1: host contradicts ${line%% *} at $T/rc:"
  done
}
