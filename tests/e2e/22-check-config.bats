#!/usr/bin/env bats
# --check-config and --print-config.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
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

# check [flag ...]: what --check-config says, from a folder of nobody's.
check() {
  cd /
  run --separate-stderr "$POSTHASTE" --check-config "$@" <&-
  same "$stderr" ''
}

# says LINE ...: these and no others, in this order.
says() {
  same "$output" "$(printf '%s\n' "$@")"
}

@test "what is right is passed over in silence" {
  file "$HOME/.posthasterc" 'account default' 'host h.example' 'user u' \
    'passwordeval echo secret' 'account x : default' 'from x@example.org'
  check
  expect 0 OK
  same "$output" ''
}

@test "every fault is told with file, line and the nearest word" {
  file "$T/rc" 'account a' 'hots h.example' 'host h.example' 'port 0' \
    'tls maybe' 'account a' 'host b.example' 'account b : nobody' \
    'host b.example' 'include missing' 'eval exit 3' 'rubbish' 'account c'
  check -C "$T/rc" -a a
  expect 78 CONFIG
  says "$T/rc:2: unknown setting \"hots\", did you mean \"host\"?" \
    "$T/rc:4: port: \"0\" is not a number from 1 to 65535" \
    "$T/rc:5: tls: \"maybe\" is not one of auto, on, off" \
    "$T/rc:6: account \"a\" is already defined in line 1" \
    "$T/rc:8: account \"nobody\" is not defined above" \
    "$T/rc:10: include: open $T/missing: No such file or directory" \
    "$T/rc:11: eval: the command exited with status 3" \
    "$T/rc:12: unknown setting \"rubbish\"" \
    "$T/rc:13: account \"c\" has no host"
  file "$T/rc" 'host h.example' 'from nobody at all'
  check -C "$T/rc"
  expect 78 CONFIG
  expect_output "$T/rc:2: from: "
}

@test "the contradictions of each account are told" {
  file "$T/rc" 'account a' 'host a.example' 'tls off' 'tls_starttls on' \
    'tls_trust_file /dev/null' 'account b' 'host b.example' 'auth on' \
    'account c' 'host c.example' 'user u' 'password x' 'passwordeval y' \
    'account d : c' 'from d@example.org'
  check -C "$T/rc" -a a
  expect 78 CONFIG
  says "$T/rc:3: tls contradicts tls_starttls at $T/rc:4; \
one says off, the other on" \
    "$T/rc:3: tls contradicts tls_trust_file at $T/rc:5; \
without TLS nobody is to be trusted" \
    "$T/rc:8: auth is on, but user is not set" \
    "$T/rc:13: passwordeval contradicts password at $T/rc:12; \
the password has one source"
}

@test "what nobody could be sure to find in the queue is told" {
  file "$HOME/.posthasterc" 'host h.example' 'user u' 'password_fd 7' \
    'queue always' 'queue_dir queue' \
    'account b : default' 'queue fallback' 'queue_dir ~/queue'
  check
  expect 78 CONFIG
  says "$HOME/.posthasterc:5: queue_dir: \"queue\" is no absolute path; each current folder would have a queue of its own"
  file "$HOME/.posthasterc" 'host h.example' 'user u' 'password_fd 7' \
    'queue always' 'account b : default' 'queue fallback'
  check
  expect 78 CONFIG
  says "$HOME/.posthasterc:3: password_fd is closed when the queue is run; set password_file or passwordeval instead"
}

@test "permissions are told, of rc files and of the files they name" {
  file "$T/rc" 'account a' 'host h.example' 'user u' 'password hunter2' \
    'account b' 'host h.example' 'user u' 'passwordeval x' \
    'account c' 'host h.example' 'user u' "password_file $T/pw" \
    'account d' 'host h.example' "tls_trust_file $T/ca"
  file "$T/pw" 'hunter2'
  chmod 666 "$T/rc" "$T/pw"
  check -C "$T/rc" -a a
  expect 78 CONFIG
  says "$T/rc:4: holds a password and can be read by others; \
chmod 600 $T/rc" \
    "$T/rc:8: holds a command and can be changed by others; \
let it be yours or root's, and chmod go-w $T/rc" \
    "$T/rc:12: password_file: $T/pw can be read by others; chmod 600 $T/pw" \
    "$T/rc:15: tls_trust_file: open $T/ca: No such file or directory"
}

@test "files that are missing, and priorities of no meaning, are told" {
  file "$T/aliases" 'root: me@example.org' 'root: you@example.org'
  file "$T/rc" 'host h.example' "tls_crl_file $T/crl" "tls_key_file $T/key" \
    "tls_cert_file $T/cert" "aliases $T/none" 'account b' 'host h.example' \
    "aliases $T/aliases" 'tls_priorities NORMAL:+BOGUS' \
    'account c' 'host h.example' 'tls off' 'tls_priorities BOGUS'
  check -C "$T/rc"
  expect 78 CONFIG
  says "$T/rc:5: aliases: open $T/none: No such file or directory" \
    "$T/rc:3: tls_key_file: open $T/key: No such file or directory" \
    "$T/rc:4: tls_cert_file: open $T/cert: No such file or directory" \
    "$T/rc:2: tls_crl_file: open $T/crl: No such file or directory" \
    "$T/aliases:2: alias \"root\" is there already, at line 1" \
    "$T/rc:9: tls_priorities: not understood from character 8 on: \"+BOGUS\""
}

@test "a file in which nothing is said is told, as no message could be sent" {
  file "$T/rc" '# nothing'
  check -C "$T/rc"
  expect 78 CONFIG
  says "no account \"default\": $T/rc (is empty)"
}

@test "old words are told with what to write instead, and are no fault" {
  file "$HOME/.msmtprc" 'host h.example' 'connect_timeout 30' \
    'tls_nostarttls' 'tls_force_sslv3 on' 'auto_from' \
    'maildomain example.org'
  check
  expect 0 OK
  says "$HOME/.msmtprc:2: connect_timeout is obsolete, write \"timeout 30\"" \
    "$HOME/.msmtprc:3: tls_nostarttls is obsolete, \
write \"tls_starttls off\"" \
    "$HOME/.msmtprc:4: tls_force_sslv3 has no effect, take it out" \
    "$HOME/.msmtprc:5: auto_from is obsolete, write \"from %U@DOMAIN\"" \
    "$HOME/.msmtprc:6: maildomain is obsolete, \
write \"from %U@example.org\""
}

@test "all files that may be read are looked into, and -C's alone" {
  local rc=$HOME/.config/posthaste/posthasterc
  file "$rc" 'host h.example' 'include more'
  file "$HOME/.config/posthaste/more" 'tsl on'
  file "$rc.d/a.conf" 'hots h'
  file "$T/rc" 'host h.example'
  check
  expect 78 CONFIG
  says "$HOME/.config/posthaste/more:1: unknown setting \"tsl\", \
did you mean \"tls\"?" \
    "$rc.d/a.conf:1: unknown setting \"hots\", did you mean \"host\"?"
  check -C "$T/rc"
  expect 0 OK
}

@test "flags and the environment are looked at with the accounts" {
  file "$T/rc" 'host h.example' 'tls off'
  POSTHASTE_PORT=x POSTHASTE_TIMEOUT=y check -C "$T/rc" --tls-starttls=on
  expect 78 CONFIG
  expect_output 'POSTHASTE_PORT: "x" is not a number'
  expect_output 'POSTHASTE_TIMEOUT: "y" is not a number'
  POSTHASTE_HOST=h.example POSTHASTE_TLS=off POSTHASTE_TLS_STARTTLS=on check
  expect 78 CONFIG
  says 'POSTHASTE_TLS: tls contradicts tls_starttls at POSTHASTE_TLS_STARTTLS'\
'; one says off, the other on'
}

@test "an account that is missing is told, and none at all" {
  file "$T/rc" 'account a' 'host h.example'
  check -C "$T/rc" -a b
  expect 78 CONFIG
  says "no account \"b\": $T/rc (has a)"
  check -C "$T/rc"
  expect 0 OK
  says 'no account "default": -a has to name one'
  check -C "$T/none"
  expect 78 CONFIG
  says "open $T/none: No such file or directory"
}

@test "an account that others inherit from need not have a host" {
  file "$T/rc" 'account base' 'port 25' 'account default : base' \
    'host h.example'
  check -C "$T/rc"
  expect 0 OK
}

@test "no passwordeval is run, and no secret shown" {
  file "$T/rc" 'host h.example' 'user u' "passwordeval touch $T/ran" \
    'account b' 'passwrod hunter2' 'password:hunter2'
  check -C "$T/rc"
  expect 78 CONFIG
  refute_output hunter2
  [ ! -e "$T/ran" ]
}

@test "what is wrong is safe to print" {
  file "$T/rc" $'host h.example' $'port \033[31m'
  check -C "$T/rc"
  expect 78 CONFIG
  says "$T/rc:2: port: \"\\x1b[31m\" is not a number from 1 to 65535"
}

# has LINE ...: they are in the output.
has() {
  local line
  for line in "$@"; do
    grep -qxF -- "$line" <<<"$output" || {
      printf 'misses: %s\n%s\n' "$line" "$output"
      return 1
    }
  done
}

# print [flag ...]: what --print-config says.
print() {
  run --separate-stderr "$POSTHASTE" --print-config "$@" <&-
}

@test "--print-config shows what holds and where it comes from" {
  file "$T/rc" 'account default' 'host h.example' 'user u' 'password hunter2' \
    'account b : default' 'port 26'
  POSTHASTE_TIMEOUT=7 print -C "$T/rc" -a b --from me@example.org
  expect 0 OK
  has "host h.example # $T/rc:2" "port 26 # $T/rc:6" \
    'timeout 7 # POSTHASTE_TIMEOUT' 'tls auto # default' \
    "user u # $T/rc:3" "password * # $T/rc:4" 'from me@example.org # --from'
  refute_output hunter2
}

@test "--print-config works in a container without any file" {
  POSTHASTE_HOST=h.example POSTHASTE_PORT=25 print
  expect 0 OK
  expect_output 'host h.example # POSTHASTE_HOST'
}

@test "--print-config shows what is refused, and then why" {
  file "$T/rc" 'host h.example' 'tls off' 'tls_starttls on'
  print -C "$T/rc"
  expect 78 CONFIG
  expect_output "tls off # $T/rc:2"
  [[ $stderr == *"$T/rc:2: tls contradicts tls_starttls at $T/rc:3"* ]]
}
