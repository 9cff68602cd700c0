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

# Drop-ins

@test "drop-ins go on with the user's rc file, and the later word counts" {
  local rc=$HOME/.config/posthaste/posthasterc
  file "$rc" 'defaults' 'timeout 9' 'account default' 'host h.example' \
    'port 25' 'account work' 'host w.example' 'port 25'
  file "$rc.d/10-a.conf" 'port 26' 'account work' 'port 27' \
    'account new : work' 'domain d.example'
  file "$rc.d/20-b.conf" 'account work' 'port 28'
  file "$rc.d/30-c.conf~" 'port 29'
  shows
  has "host h.example # $rc:4" "port 26 # $rc.d/10-a.conf:1"
  shows -a work
  has "host w.example # $rc:7" "port 28 # $rc.d/20-b.conf:2"
  shows -a new
  has "port 27 # $rc.d/10-a.conf:3" "domain d.example # $rc.d/10-a.conf:5" \
    "timeout 9 # $rc:2"
}

@test "a folder of drop-ins is enough, and -C reads none" {
  file "$HOME/.config/posthaste/posthasterc.d/a.conf" 'host a.example'
  file "$HOME/.msmtprc" 'host m.example'
  shows
  has "host a.example # $HOME/.config/posthaste/posthasterc.d/a.conf:1"
  file "$T/rc" 'host c.example' 'port 25'
  file "$T/rc.d/x.conf" 'port 26'
  shows -C "$T/rc"
  has "port 25 # $T/rc:2"
}

@test "drop-ins are read behind ~/.posthasterc, and in XDG_CONFIG_HOME" {
  file "$HOME/.posthasterc" 'host h.example'
  file "$T/xdg/posthaste/posthasterc.d/a.conf" 'port 26'
  XDG_CONFIG_HOME=$T/xdg shows
  has "host h.example # $HOME/.posthasterc:1" \
    "port 26 # $T/xdg/posthaste/posthasterc.d/a.conf:1"
}

# msmtp's files

@test "without a file of ours, ~/.msmtprc is read, else msmtp/config" {
  file "$HOME/.config/msmtp/config" 'host config.example'
  shows
  has "host config.example # $HOME/.config/msmtp/config:1"
  file "$HOME/.msmtprc" 'host dot.example'
  shows
  has "host dot.example # $HOME/.msmtprc:1"
  file "$HOME/.posthasterc" 'host ours.example'
  shows
  has "host ours.example # $HOME/.posthasterc:1"
}

@test "a file of msmtp's means what msmtp makes of it where it says nothing" {
  file "$HOME/.msmtprc" 'account default' 'host h.example' 'user u' \
    'account tls' 'host h.example' 'tls' 'auth' 'user u' 'password p' \
    'account smtps : tls' 'tls_starttls off'
  shows
  has 'port 25 # default' 'auth off # default' 'tls off # default'
  shows -a tls
  has 'port 25 # default' "auth on # $HOME/.msmtprc:7"
  shows -a smtps
  has 'port 465 # default'
  shows -a tls --tls-starttls=off
  has 'port 465 # default'
  mv "$HOME/.msmtprc" "$T/msmtprc"
  shows -C "$T/msmtprc" -a tls
  has 'port 25 # default'
  mv "$T/msmtprc" "$T/rc"
  shows -C "$T/rc" -a tls
  refute_output 'port'
}

@test "a message goes by a file of msmtp's" {
  smarthost --user me@example.org --password 'sec ret' --mechs 'PLAIN'
  file "$HOME/.msmtprc" 'account default' 'host localhost' "port $PORT" \
    'from me@example.org' 'user me@example.org' 'password "sec ret"'
  send
  expect 0 OK
  same "$(sed -n 's/^auth //p' "$T/store/1.env")" none
  file "$HOME/.msmtprc" 'account default' 'host localhost' "port $PORT" \
    'from me@example.org' 'user me@example.org' 'password "sec ret"' \
    'auth plain' 'tls off'
  send
  expect 0 OK
  same "$(sed -n 's/^auth //p' "$T/store/2.env")" 'PLAIN me@example.org'
}

# msmtp's old words

@test "old words of msmtp set what says the same today, in files and as flags" {
  file "$HOME/.msmtprc" 'host h.example' 'connect_timeout 30' \
    'tls_nostarttls' 'tls_force_sslv3 on' 'tls_min_dh_prime_bits 512' \
    'auto_from on' 'maildomain example.org' tls
  shows
  has "timeout 30 # $HOME/.msmtprc:2" "tls_starttls off # $HOME/.msmtprc:3" \
    "from $(id -un)@example.org # $HOME/.msmtprc:6" 'port 465 # default'
  shows --connect-timeout=40 --tls-nostarttls=off --auto-from \
    --maildomain=flag.example
  has 'timeout 40 # --timeout' 'tls_starttls on # --tls-starttls' \
    "from $(id -un)@flag.example # --from" 'port 25 # default'
}

@test "a wrong value of an old word is named by that word" {
  file "$T/rc" 'host h.example' 'keepbcc maybe'
  send -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/rc:2: keepbcc: \"maybe\" is not one of on, off"
  send --keepbcc=maybe
  expect 64 USAGE
  expect_output '--keepbcc: "maybe" is not one of on, off'
}
