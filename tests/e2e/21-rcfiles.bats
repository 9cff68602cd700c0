#!/usr/bin/env bats
# Which rc files are read, what they include, and msmtp's own.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
}

teardown() {
  e2e_teardown
}

# file PATH LINE ...: a private file of those lines.
file() {
  local path=$1
  shift
  mkdir -p "${path%/*}"
  (umask 077 && printf '%s\n' "$@" >"$path")
}

# shows [flag ...]: what --pretend makes of the rc files.
shows() {
  run --separate-stderr "$POSTHASTE" --pretend "$@" </dev/null
  expect 0 OK
  same "$stderr" ''
}

# has LINE ...: they are in the output, a setting and where it comes from.
has() {
  local line
  for line in "$@"; do
    grep -qxF -- "$line" <<<"$output" || {
      printf 'misses: %s\n%s\n' "$line" "$output"
      return 1
    }
  done
}

# send [flag ...]: the message in $T/msg.
send() {
  run "$POSTHASTE" "$@" you@example.org <"$T/msg"
}

# Includes

@test "include reads a file of the same folder, and its lines are named" {
  file "$T/rc/main" 'host h.example' 'include more' 'port 26'
  file "$T/rc/more" '# x' 'domain d.example' 'port 25'
  cd /
  shows -C "$T/rc/main"
  has "host h.example # $T/rc/main:1" "port 26 # $T/rc/main:3" \
    "domain d.example # $T/rc/more:2"
}

@test "include knows ~, blanks, and patterns, in the order of the names" {
  file "$T/rc" 'host h.example' 'include "~/my files/*.conf"' \
    'include ~/none/*.conf'
  file "$HOME/my files/b.conf" 'port 2' 'timeout 2'
  file "$HOME/my files/a.conf" 'port 1' 'domain a.example'
  shows -C "$T/rc"
  has "port 2 # $HOME/my files/b.conf:1" \
    "domain a.example # $HOME/my files/a.conf:2"
}

@test "an included file that is missing or wrong is named, with its place" {
  file "$T/rc" 'host h.example' 'include more'
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/rc:2: include: open $T/more"
  file "$T/more" 'tsl on'
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/more:1: unknown setting \"tsl\", did you mean \"tls\"?"
}

@test "files that include each other are refused" {
  file "$T/rc" 'host h.example' 'include more'
  file "$T/more" "include $T/./rc"
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/more:1: include: $T/./rc includes itself"
  local i
  for i in {1..17}; do
    file "$T/f$i" "include f$((i + 1))"
  done
  send -C "$T/f1"
  expect 78 CONFIG
  expect_output "$T/f17:1: include: more than 16 files in each other"
}

@test "a password in an included file must be private as well" {
  file "$T/rc" 'host h.example' 'include secret'
  file "$T/secret" 'user u' 'password hunter2'
  chmod 644 "$T/secret"
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/secret:2: holds a password and can be read by others"
  refute_output hunter2
}

# Commands

@test "eval stands for the line that a command prints, each time" {
  file "$T/rc" 'host h.example' "eval cat $T/line"
  file "$T/line" 'from a@example.org' 'second line'
  shows -C "$T/rc"
  has "from a@example.org # $T/rc:2"
  file "$T/line" 'from b@example.org'
  shows -C "$T/rc"
  has "from b@example.org # $T/rc:2"
}

@test "eval that fails, or prints no setting, is named and sends nothing" {
  smarthost
  file "$T/rc" 'host localhost' "port $PORT" 'eval echo hunter2; exit 3'
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/rc:3: eval: the command exited with status 3"
  refute_output hunter2
  file "$T/rc" 'host localhost' "port $PORT" 'eval no-such-program-here'
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/rc:3: eval: the command exited with status 127"
  file "$T/rc" 'host localhost' "port $PORT" 'eval echo hunter2'
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/rc:3: eval: the command did not print a setting"
  refute_output hunter2
  expect_untouched
}

@test "eval may give a password, and the message on standard input stays whole" {
  smarthost_tls starttls --require-auth
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'eval cat >/dev/null; echo password sec ret'
  chmod 644 "$T/rc"
  send -C "$T/rc"
  expect 0 OK
  same "$output" ''
  stored | tail -n1 | cmp - <(printf 'text\r\n')
}

@test "commands of a file that others can change are neither run nor used" {
  local line mode
  for line in 'eval' 'passwordeval'; do
    file "$T/rc" 'host h.example' 'user u' "$line touch $T/ran"
    for mode in 602 620 666; do
      chmod "$mode" "$T/rc"
      send -C "$T/rc"
      expect 78 CONFIG
      expect_output "$T/rc:3: holds a command and can be changed by others"
      expect_output "chmod go-w $T/rc"
    done
  done
  [ ! -e "$T/ran" ]
  chmod 644 "$T/rc"
  shows -C "$T/rc"
}
