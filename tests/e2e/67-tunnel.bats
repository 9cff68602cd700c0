#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A command as the way to the server, and what becomes of it.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  umask 022
  relay_to_server
}

teardown() { e2e_teardown; }

# relay_to_server: a script of that kind, whatever host and port it is given;
# it notes them in $T/asked.
relay_to_server() {
  cat >"$T/relay" <<'EOF'
#!/bin/bash
trap '' PIPE # whoever has to pass on what nobody hears says so
echo "$1 $2" >>"${0%/*}/asked"
exec 4<&0 3<>"/dev/tcp/127.0.0.1/$(cat "${0%/*}/port")"
cat <&4 >&3 2>/dev/null &
cat <&3
kill $! 2>/dev/null
EOF
  chmod 755 "$T/relay"
}

# linger: from now on the relay does not end when all is said.
linger() {
  mv "$T/relay" "$T/relay-on"
  printf '#!/bin/bash\nexec 5<&0\n%s "$@" <&5 &\nsleep 100\n' \
    "'$T/relay-on'" >"$T/relay"
  chmod 755 "$T/relay"
}

# tunnel [line ...]: an rc file for a host that nobody knows, by the relay.
tunnel() {
  printf '%s\n' 'host mail.example.invalid' 'port 2525' \
    'from me@example.org' "tunnel '$T/relay' %h %p" "$@" >"$T/rc"
  chmod 600 "$T/rc"
}

# by COMMAND [line ...]: the same by this command.
by() {
  local command=$1
  shift
  tunnel "$@"
  grep -v '^tunnel' "$T/rc" >"$T/rc.new"
  printf 'tunnel %s\n' "$command" >>"$T/rc.new"
  mv "$T/rc.new" "$T/rc"
  chmod 600 "$T/rc"
}

# nothing_runs: no process has the relay in its command line.
nothing_runs() {
  echo "$T/relay" >"$T/wanted" # a pattern in grep's own would be found
  # its status would be of processes that end meanwhile, too
  [ -z "$(grep -lsF -f "$T/wanted" /proc/[0-9]*/cmdline)" ]
}

@test "mail goes by the command, which is told of host and port" {
  smarthost
  tunnel
  send rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" 'mail.example.invalid 2525'
  grep -Eq '^C: EHLO ([A-Za-z0-9-]+\.[A-Za-z0-9.-]+|\[127\.0\.0\.1\])' \
    "$T/dialogue"
  nothing_runs
}

@test "TLS and the login go by it, and the certificate is the host's" {
  smarthost_tls implicit
  tunnel "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'password "sec ret"' 'tls_starttls off'
  submit rcpt@example.net
  expect 69 UNAVAILABLE
  expect_one_line 'mail.example.invalid:2525: TLS handshake' \
    'not for mail.example.invalid'
  sed -i 's/^host .*/host localhost/' "$T/rc"
  submit rcpt@example.net
  expect_sent
  grep -q '^auth .* me@example.org$' "$T/store/1.env"
  nothing_runs
  # no session is resumed, which could take another connection
  send --debug rcpt@example.net
  expect 0 OK
  expect_output 'confined: '
  same "$(sed -n 's/^-- tls .*resumed=//p' "$T/dialogue" | paste -sd ' ')" \
    'no no no'
}

@test "a login is shown only with TLS, as on any other way" {
  smarthost --user me@example.org --password 'sec ret' --mechs PLAIN
  tunnel 'user me@example.org' 'password "sec ret"'
  send rcpt@example.net
  expect 76 PROTOCOL
  expect_one_line STARTTLS
}

@test "without port it is told the first that would be tried" {
  smarthost
  tunnel 'tls off'
  sed -i '/^port/d' "$T/rc"
  submit rcpt@example.net
  expect_sent
  sed -i '/^tls/d' "$T/rc"
  submit --timeout 1 rcpt@example.net
  same "$(sed 's/.* //' "$T/asked" | paste -sd ' ')" '587 465'
}

@test "without host it leads where it leads" {
  smarthost
  printf '%s\n' 'from me@example.org' "tunnel $T/relay %h" 'tls off' >"$T/rc"
  send rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" 'localhost '
  printf '%s\n' 'from me@example.org' "tunnel $T/relay %h" >"$T/rc"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:2: tunnel does not say for whom" 'set host, or tls to'
}

@test "LMTP goes by it" {
  smarthost --lmtp
  tunnel 'protocol lmtp'
  send a@example.net b@example.net
  expect 0 OK
  same "$(recipients)" 'a@example.net b@example.net'
}

@test "a letter that means nothing is told of with its line" {
  by 'nc %H %p'
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:4: tunnel: a percent is followed by h, p or another"
}

@test "a host with characters of the shell's is given to no command" {
  local host
  for host in 'a;id' '$(id)' '`id`' '-oProxyCommand=id' "a'b" 'a|id' 'a&b'; do
    by "'$T/relay' %h %p"
    printf 'host %s\n' "$host" >"$T/rc.new"
    sed '/^host/d' "$T/rc" >>"$T/rc.new"
    mv "$T/rc.new" "$T/rc"
    chmod 600 "$T/rc"
    submit rcpt@example.net
    expect 78 CONFIG
    expect_one_line 'host "' 'cannot be given to a tunnel command'
    [ ! -e "$T/asked" ]
  done
}

@test "a command that is not there is a wrong setting" {
  by "$T/relay-that-is-not-there %h"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_output 'mail.example.invalid:2525: greeting: the tunnel command ended'
  expect_output 'with status 127: a program was not found'
  expect_output "$T/relay-that-is-not-there" # the shell's words
  submit --queue=fallback rcpt@example.net
  expect 0 OK
  same "$(find "$HOME/.local/state/posthaste/queue/new" -type f | wc -l)" 1
  by "$T/mail"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_output 'with status 126: a program may not be run'
}

@test "a command that ends at once is worth another try, and heard" {
  local tls
  for tls in on off; do
    by 'echo gate: no route >&2; exit 255' 'tls_starttls off' "tls $tls"
    submit rcpt@example.net
    expect 75 TEMPFAIL
    expect_output 'gate: no route'
    expect_output 'the tunnel command ended with status 255'
  done
  submit --queue=fallback rcpt@example.net
  expect 0 OK
  same "$(find "$HOME/.local/state/posthaste/queue/new" -type f | wc -l)" 1
  by 'kill -9 $$'
  submit rcpt@example.net
  expect 75 TEMPFAIL
  expect_one_line 'the tunnel command died of signal 9'
}

@test "a command that says nothing ends with the deadline, as all it started" {
  printf '#!/bin/sh\nsleep 100\n' >"$T/relay"
  by "$T/relay & $T/relay; true" 'timeout 1'
  submit rcpt@example.net
  expect 75 TEMPFAIL
  expect_one_line 'greeting: nothing came within 1 second'
  nothing_runs
}

@test "a command that does not end by itself is made to" {
  smarthost
  linger
  tunnel
  send rcpt@example.net
  expect_sent
  nothing_runs
}

@test "mail that waits goes by it, on another connection, too" {
  smarthost --caps 'LIMITS MAILMAX=1'
  tunnel
  submit --queue=only a@example.net
  submit --queue=only b@example.net
  run "$POSTHASTE" -C "$T/rc" -q
  expect 0 OK
  same "$(find "$T/store" -name '*.eml' | wc -l)" 2
  same "$(wc -l <"$T/asked")" 2
  submit --queue=always c@example.net
  expect 0 OK
  await test -s "$T/store/3.eml"
  await nothing_runs
}

@test "recipients that want another connection get it by it" {
  smarthost --caps 'LIMITS RCPTMAX=1 MAILMAX=1'
  tunnel
  send --debug a@example.net b@example.net
  expect 0 OK
  expect_output 'no sandbox, for the tunnel command may be run again'
  same "$(wc -l <"$T/asked")" 2
}

@test "one message on one connection is sent from within the sandbox" {
  smarthost
  tunnel
  send --debug rcpt@example.net
  expect 0 OK
  expect_output 'confined: '
  refute_output 'no sandbox'
  # it ends what it has started from there, too
  smarthost
  linger
  send rcpt@example.net
  expect_sent 2
  nothing_runs
  submit --sandbox=strict rcpt@example.net
  expect 78 CONFIG
  expect_one_line 'sandbox contradicts tunnel'
}

@test "other ways beside it contradict it, and give way to a stronger one" {
  smarthost
  local line
  for line in 'proxy_host localhost' 'source_ip 127.0.0.1' "socket $T/s"; do
    tunnel "$line"
    submit rcpt@example.net
    expect 78 CONFIG
    expect_one_line "$T/rc:4: tunnel contradicts ${line%% *} at $T/rc:5"
  done
  printf '%s\n' 'host mail.example.invalid' 'from me@example.org' \
    'proxy_host proxy.invalid' 'port 2525' >"$T/rc"
  send --tunnel "'$T/relay' %h" rcpt@example.net
  expect_sent
}

@test "the command is not shown, and no name is looked up" {
  smarthost
  tunnel 'tls_trust dane'
  submit --debug --tls=off --tls-trust=authorities rcpt@example.net
  refute_output "$T/relay"
  submit --print-config
  grep -q '^tunnel ' "$T/out"
  tunnel 'tls_trust dane'
  submit --debug rcpt@example.net
  expect_output 'no TLSA records are asked for, as the server is behind a tunnel'
}

@test "nobody else may write where it stands, nor give it as sendmail" {
  smarthost
  tunnel
  chmod 666 "$T/rc"
  submit rcpt@example.net
  expect 78 CONFIG
  expect_one_line 'holds a command and can be changed by others'
  ln -s "$POSTHASTE" "$T/sendmail"
  status=0
  output=$("$T/sendmail" --tunnel="touch $T/asked" rcpt@example.net \
    <"$T/mail" 2>&1) || status=$?
  expect 64 USAGE
  [ ! -e "$T/asked" ]
}
