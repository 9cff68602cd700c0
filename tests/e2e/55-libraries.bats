#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Which libraries a run loads, and what becomes of it if it cannot.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  # a traced program cannot look for leaks
  export ASAN_OPTIONS=detect_leaks=0
  unset LD_LIBRARY_PATH # which meson sets: it makes a difference
  if ldd "$POSTHASTE" | grep -q libgnutls; then
    skip 'built with -Dlate_loading=false'
  fi
}

teardown() {
  e2e_teardown
}

# loads WORD ...: which libraries a run with these arguments loads, in order,
# of those that are loaded late and those that they bring.
loads() {
  run strace -f -e trace=open,openat -o "$T/trace" "$POSTHASTE" "$@" \
    <"$T/mail"
  expect 0 OK
  sed -nE 's/.*open(at)?\((AT_FDCWD, )?"([^"]*)".* = [0-9]+$/\3/p' \
    "$T/trace" | sed -nE 's,.*/lib([a-z0-9-]*)\.so[.0-9]*$,\1,p' |
    grep -E '^(gnutls|gsasl|idn2|idn|ntlm|gssglue|p11-kit|nettle)$' |
    paste -sd ' ' || true
}

# soname NAME: as the program looks for it
soname() {
  grep -ao "lib$1\.so\.[0-9]*" "$POSTHASTE" | head -n 1
}

# without NAME [WORD ...]: the program with a library that cannot be loaded
without() {
  mkdir -p "$T/lib"
  echo 'no library' >"$T/lib/$(soname "$1")"
  run env LD_LIBRARY_PATH="$T/lib" "$POSTHASTE" -C "$T/rc" "${@:2}" <"$T/mail"
}

# The server has one mechanism.
server_for() {
  smarthost --tls implicit --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key" --user me@example.org --password 'sec ret' \
    --mechs "$1"
  rc_login 'tls on' 'tls_starttls off'
}

@test "a message in the clear loads none" {
  needs_strace
  smarthost
  rc 'tls off'
  same "$(loads -C "$T/rc" rcpt@example.net)" ''
  [ -e "$T/store/1.eml" ]
}

@test "PLAIN and LOGIN in the clear load none" {
  needs_strace
  local mechanism
  for mechanism in plain login; do
    smarthost --user me@example.org --password 'sec ret' --mechs 'PLAIN LOGIN'
    rc 'tls off' "auth $mechanism" 'user me@example.org' 'password "sec ret"'
    same "$(loads -C "$T/rc" rcpt@example.net)" ''
    kill "$SERVER_PID"
  done
}

@test "what sends nothing loads none" {
  needs_strace
  smarthost
  rc "queue only" "queue_dir $T/queue"
  same "$(loads --version)" ''
  same "$(loads --help)" ''
  same "$(loads -C "$T/rc" --check-config)" ''
  same "$(loads -C "$T/rc" rcpt@example.net)" ''
  same "$(loads -C "$T/rc" -bp)" ''
  expect_untouched
}

@test "TLS with PLAIN loads libgnutls, and not libgsasl" {
  needs_strace
  server_for 'PLAIN LOGIN'
  local sandbox libraries
  for sandbox in on off; do
    libraries=$(loads -C "$T/rc" --sandbox "$sandbox" rcpt@example.net)
    [[ " $libraries " == *' gnutls '* ]]
    [[ ! " $libraries " =~ \ (gsasl|idn|ntlm|gssglue)\  ]]
  done
}

@test "libgnutls is loaded while the server is being reached" {
  command -v strace >/dev/null || skip 'no strace'
  strace -o "$T/trace" true 2>/dev/null || skip 'nothing can be traced here'
  server_for PLAIN
  run strace -f -e trace=open,openat,connect,poll -o "$T/trace" \
    "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail"
  expect 0 OK
  same "$(sed -nE 's/.*connect\(.*htons\('"$PORT"'\).*EINPROGRESS.*/connect/p
    s,.*open(at)?\(.*/lib(gnutls)\.so.* = [0-9]+$,\2,p
    s/.*poll\(.*POLLOUT.*/wait/p' "$T/trace" | paste -sd ' ')" \
    'connect gnutls wait'
}

@test "SCRAM loads libgsasl, in each sandbox" {
  needs_strace
  local sandbox libraries
  server_for 'SCRAM-SHA-256 PLAIN'
  for sandbox in on off strict; do
    # a sandbox that the kernel does not have is an error, of which 54 tells
    "$POSTHASTE" -C "$T/rc" --sandbox "$sandbox" x@example.net <"$T/mail" ||
      [ "$sandbox" = strict ] || return 1
    libraries=$(loads -C "$T/rc" --sandbox "$sandbox" rcpt@example.net)
    [[ " $libraries " == *' gnutls '*' gsasl '* ]]
  done
  grep -q 'AUTH SCRAM-SHA-256' "$T/dialogue"
}

@test "where only PLAIN may be used, strict does not load libgsasl" {
  needs_strace
  server_for 'SCRAM-SHA-256 PLAIN'
  "$POSTHASTE" -C "$T/rc" --sandbox strict x@example.net <"$T/mail" ||
    skip 'no seccomp here'
  local libraries
  libraries=$(loads -C "$T/rc" --sandbox strict --auth=plain rcpt@example.net)
  [[ " $libraries " != *' gsasl '* ]]
}

@test "only names that are not ASCII load libidn2" {
  needs_strace
  smarthost
  rc 'tls off'
  same "$(loads -C "$T/rc" rcpt@example.net)" ''
  same "$(loads -C "$T/rc" 'rcpt@exämple.net')" idn2
  same "$(recipients 2)" rcpt@xn--exmple-cua.net
}

@test "without libgsasl mail goes if it is not needed" {
  local sandbox
  server_for 'PLAIN LOGIN'
  for sandbox in on off strict; do
    without gsasl --sandbox "$sandbox" rcpt@example.net
    [ "$sandbox" = strict ] || expect 0 OK
  done
}

@test "without libgsasl SCRAM is an error that says so, and nothing is sent" {
  local sandbox
  for sandbox in on off; do
    server_for 'SCRAM-SHA-256 PLAIN'
    without gsasl --sandbox "$sandbox" rcpt@example.net
    expect 71 OSERR
    expect_output "load a library: $T/lib/$(soname gsasl): "
    expect_output "is its package installed"
    expect_nothing_sent
    kill "$SERVER_PID"
    rm "$T/dialogue"
  done
}

@test "without libgnutls SCRAM in the clear says which is missing" {
  local sandbox
  smarthost --user me@example.org --password 'sec ret' --mechs SCRAM-SHA-256
  rc 'tls off' 'auth scram-sha-256' 'user me@example.org' 'password "sec ret"'
  for sandbox in on off; do
    without gnutls --sandbox "$sandbox" rcpt@example.net
    expect 71 OSERR
    expect_output "load a library: $T/lib/$(soname gnutls): "
  done
}

@test "without libgnutls TLS is an error that says so, and nothing is sent" {
  server_for PLAIN
  without gnutls rcpt@example.net
  expect 71 OSERR
  expect_output "load a library: $T/lib/$(soname gnutls): "
  [ ! -e "$T/store/1.eml" ]
}

@test "what cannot be sent for want of a library is kept in the queue" {
  server_for PLAIN
  printf 'queue fallback\nqueue_dir %s\n' "$T/queue" >>"$T/rc"
  without gnutls rcpt@example.net
  expect 0 OK
  [ ! -e "$T/store/1.eml" ]
  run "$POSTHASTE" -C "$T/rc" -bp
  expect_output 'TLS handshake: load a library'
  expect_output rcpt@example.net
}

@test "without libidn2 a name that is not ASCII is an error that says so" {
  smarthost
  rc 'tls off'
  without idn2 'rcpt@exämple.net'
  expect 71 OSERR
  expect_output "$(soname idn2)"
  expect_untouched
  without idn2 --host exämple.net rcpt@example.net
  expect 71 OSERR
  expect_output "host: load a library"
  without idn2 rcpt@example.net
  expect 0 OK
}

@test "tools find what is loaded in a note of the program" {
  local note name
  command -v objcopy >/dev/null || skip 'no objcopy'
  objcopy -O binary --only-section=.note.dlopen "$POSTHASTE" "$T/note"
  note=$(tr '\0' '\n' <"$T/note")
  for name in gnutls gsasl idn2; do
    [[ $note == *"\"soname\": [\"$(soname $name)\"]"* ]]
  done
}
