#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What the process gives up once it is connected, and that it is not missed.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  CLIENT_PID=
  PROXY_PID=
  # a stopped or traced program cannot look for leaks
  export ASAN_OPTIONS=detect_leaks=0
  look_at_kernel
}

teardown() {
  local pid
  for pid in $CLIENT_PID $PROXY_PID; do
    kill "$pid" 2>/dev/null || true
  done
  e2e_teardown
}

# confined_by SANDBOX [option ...]: what --debug says of it.
confined_by() {
  local sandbox=$1
  shift
  submit --debug --sandbox "$sandbox" "$@" rcpt@example.net
  sed -n 's/^ *[0-9.]* \(confined\|no Landlock\)/\1/p' "$T/err"
}

# What there is to be seen: sets KERNEL.  Builds with sanitizers have no
# seccomp.
look_at_kernel() {
  if [ ! -e "$BATS_FILE_TMPDIR/kernel" ]; then
    smarthost
    rc
    confined_by on >"$T/kernel"
    confined_by strict >>"$T/kernel"
    server_ends
    rm -f "$T"/store/* "$T/dialogue" "$T/rc"
    mv "$T/kernel" "$BATS_FILE_TMPDIR/kernel"
  fi
  KERNEL=$(cat "$BATS_FILE_TMPDIR/kernel")
}

need_landlock() {
  case $KERNEL in
    *'Landlock '[1-9]*) ;;
    *) skip 'the kernel has no Landlock' ;;
  esac
}

need_seccomp() {
  case $KERNEL in
    *seccomp*) ;;
    *) skip 'no seccomp here' ;;
  esac
}

# held SANDBOX: the program waits for the reply to EHLO, as CLIENT_PID.
held() {
  smarthost --on 'ehlo stall'
  rc
  "$POSTHASTE" -C "$T/rc" --sandbox "$1" rcpt@example.net <"$T/mail" \
    >/dev/null 2>"$T/err" 3>&- &
  CLIENT_PID=$!
  local n=0
  until grep -qs EHLO "$T/dialogue"; do
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
}

# status_of NAME: of the program held.
status_of() {
  sed -n "s/^$1:[[:blank:]]*//p" "/proc/$CLIENT_PID/status"
}

release() {
  kill "$CLIENT_PID"
  wait "$CLIENT_PID" || true
  CLIENT_PID=
  server_ends
  rm -f "$T/dialogue"
}

# Traces the program that submit and send run, to $T/trace.
traced() {
  need_landlock
  needs_strace
  printf '#!/bin/sh\nexec strace -f -o %q %q "$@"\n' "$T/trace" "$POSTHASTE" \
    >"$T/posthaste"
  chmod +x "$T/posthaste"
  POSTHASTE=$T/posthaste
}

# What the last run did when it was confined.
afterwards() {
  sed -n '/landlock_restrict_self/,$p' "$T/trace"
}

# expect_at_ease: nothing it wanted to have was refused.
expect_at_ease() {
  grep -q '^[0-9]* *landlock_restrict_self.* = 0' "$T/trace"
  if afterwards | grep -E ' = -1 (EPERM|EACCES|ENOSYS)'; then
    return 1
  fi
}

# expect_opened [FILE ...]: these files, and no others.
expect_opened() {
  local file
  afterwards | sed -nE 's/.*open(at)?\((AT_FDCWD, )?"([^"]*)".*/\3/p' |
    sort -u >"$T/opened"
  for file; do echo "$file"; done | sort -u | diff - "$T/opened"
}

@test "by default a running program can gain no privileges" {
  held on
  same "$(status_of NoNewPrivs)" 1
  same "$(status_of Seccomp)" 0
  release
}

@test "strict leaves it with few system calls" {
  need_seccomp
  held strict
  same "$(status_of NoNewPrivs)" 1
  same "$(status_of Seccomp)" 2
  release
}

@test "off gives up nothing" {
  held off
  same "$(status_of NoNewPrivs)" 0
  same "$(status_of Seccomp)" 0
  release
}

@test "--debug tells what the kernel did" {
  need_landlock
  smarthost
  rc
  same "$(confined_by on | sed 's/Landlock [0-9]*/Landlock N/')" \
    'confined: Landlock N, paths 0, ports 0'
  same "$(confined_by off)" ''
}

@test "mail in the clear opens the log and nothing else" {
  traced
  local sandbox
  for sandbox in on strict; do
    smarthost
    rc "logfile $T/log" 'syslog on'
    send --sandbox "$sandbox" rcpt@example.net
    expect 0 OK
    expect_at_ease
    expect_opened "$T/log"
  done
  same "$(stat -c %a "$T/log")" 600
}

@test "mail by TLS opens nothing: the file of authorities was open before" {
  traced
  local sandbox tls
  for sandbox in on strict; do
    for tls in implicit starttls; do
      smarthost_tls "$tls"
      rc_login 'tls_session_cache off'
        [ "$tls" = starttls ] || echo 'tls_starttls off' >>"$T/rc"
      send --sandbox "$sandbox" rcpt@example.net
      expect 0 OK
      expect_at_ease
      expect_opened
    done
  done
}

@test "the system's store is read in the sandbox" {
  traced
  local sandbox
  for sandbox in on strict; do
    smarthost_tls implicit
    rc 'tls on' 'tls_starttls off' 'tls_session_cache off'
    send --sandbox "$sandbox" rcpt@example.net
    # it does not know the test's authority, or there is none at all
    expect 69 UNAVAILABLE
    expect_at_ease
  done
}

@test "a folder of authorities is read by links that lead out of it" {
  local sandbox hash
  hash=$(openssl x509 -subject_hash -noout -in "$CERT_DIR/ca.pem")
  mkdir "$T/folder"
  ln -s "$CERT_DIR/ca.pem" "$T/folder/ca.pem"
  ln -s ca.pem "$T/folder/$hash.0"
  for sandbox in on strict; do
    smarthost_tls implicit
    rc_login 'tls_starttls off' "tls_trust_file $T/folder" \
      'tls_session_cache off'
    sed -i '/^tls_trust_file .*ca\.pem$/d' "$T/rc"
    send --sandbox "$sandbox" rcpt@example.net
    expect 0 OK
  done
}

@test "our own certificate, its key and a list of the revoked are read" {
  traced
  local sandbox
  for sandbox in on strict; do
    smarthost_tls implicit --client-ca "$CERT_DIR/clientca.pem"
    rc_login 'tls_starttls off' "tls_key_file $CERT_DIR/client.key" \
      "tls_cert_file $CERT_DIR/client.pem" "tls_crl_file $CERT_DIR/crl.pem" \
      'tls_session_cache off'
    send --sandbox "$sandbox" rcpt@example.net
    expect 0 OK
    expect_at_ease
    # the key was loaded, and the authorities' file opened, before
    expect_opened "$CERT_DIR/crl.pem"
  done
}

@test "the system's policy on TLS is obeyed in the sandbox" {
  printf '[overrides]\ndisabled-version = tls1.3\n' >"$T/policy"
  local sandbox
  for sandbox in on strict; do
    smarthost_tls implicit
    rc_login 'tls_starttls off'
    export GNUTLS_SYSTEM_PRIORITY_FILE=$T/policy
    send --debug --sandbox "$sandbox" rcpt@example.net
    unset GNUTLS_SYSTEM_PRIORITY_FILE
    expect 0 OK
    expect_output ' TLS1.2, '
  done
}

@test "the rest goes by another connection, and no name is looked up for it" {
  traced
  local sandbox n=0
  for sandbox in on strict; do
    smarthost --caps 'PIPELINING,CHUNKING,LIMITS RCPTMAX=1 MAILMAX=1'
    rc
    send --sandbox "$sandbox" a@example.net b@example.net c@example.net
    expect 0 OK
    same "$(find "$T/store" -name '*.eml' | wc -l)" $((n += 3))
    expect_at_ease
    expect_opened
    same "$(afterwards | grep -c 'connect(')" 2
  done
}

@test "another connection is made from the source address, too" {
  local sandbox n=0
  for sandbox in on strict; do
    smarthost --caps 'LIMITS RCPTMAX=1 MAILMAX=1'
    rc 'source_ip 127.0.0.9'
    send --sandbox "$sandbox" a@example.net b@example.net
    expect 0 OK
    same "$(find "$T/store" -name '*.eml' | wc -l)" $((n += 2))
  done
}

@test "another connection is made to a local socket, too" {
  local sandbox n=0
  for sandbox in on strict; do
    smarthost --socket "$T/s" --caps 'LIMITS RCPTMAX=1 MAILMAX=1'
    printf '%s\n' "socket $T/s" 'from me@example.org' >"$T/rc"
    send --sandbox "$sandbox" a@example.net b@example.net
    expect 0 OK
    same "$(find "$T/store" -name '*.eml' | wc -l)" $((n += 2))
  done
}

@test "another connection is made by the proxy, too" {
  local sandbox n=0
  for sandbox in on strict; do
    smarthost --caps 'LIMITS RCPTMAX=1 MAILMAX=1'
    rm -f "$T/proxy.port"
    "$SOCKSPROXY" --port-file "$T/proxy.port" --log "$T/asked" \
      --to "$PORT" >/dev/null 2>"$T/proxy.err" 3>&- &
    PROXY_PID=$!
    until [ -s "$T/proxy.port" ]; do sleep 0.02; done
    printf '%s\n' 'host mail.example.invalid' 'port 2525' \
      'from me@example.org' 'proxy_host localhost' \
      "proxy_port $(cat "$T/proxy.port")" >"$T/rc"
    send --sandbox "$sandbox" a@example.net b@example.net
    kill "$PROXY_PID"
    expect 0 OK
    same "$(find "$T/store" -name '*.eml' | wc -l)" $((n += 2))
  done
}

@test "large text is encoded in the sandbox, in a file opened before" {
  traced
  local sandbox
  {
    printf 'Subject: hello\nMIME-Version: 1.0\n'
    printf 'Content-Type: text/plain; charset=utf-8\n\n'
    yes 'Grüße aus dem Süden' | head -n 40000
  } >"$T/mail"
  for sandbox in on strict; do
    smarthost --caps PIPELINING
    rc
    send --sandbox "$sandbox" rcpt@example.net
    expect 0 OK
    expect_at_ease
    expect_opened
    stored "$(find "$T/store" -name '*.eml' | wc -l)" |
      grep -q '^Content-Transfer-Encoding: base64'
  done
}

@test "--serverinfo and --rmqs work in the sandbox" {
  traced
  local sandbox
  for sandbox in on strict; do
    smarthost_tls starttls --caps ETRN
    rc_login 'tls_session_cache off'
    submit --sandbox "$sandbox" --serverinfo
    expect 0 OK
    expect_at_ease
    send --sandbox "$sandbox" --rmqs=example.org
    expect 0 OK
    expect_at_ease
  done
}

@test "beside Kerberos and PKCS#11 modules there is no Landlock" {
  smarthost
  rc
  same "$(confined_by on --auth=gssapi --user me)" \
    'no Landlock, for what auth names opens what it likes'
  same "$(confined_by on --tls-trust-file pkcs11:token=none)" \
    'no Landlock, for what tls_trust_file names opens what it likes'
}

@test "strict and a module that opens what it likes exclude each other" {
  smarthost
  rc 'auth gssapi' 'user me' 'sandbox strict'
  send rcpt@example.net
  expect 78 CONFIG
  expect_one_line "$T/rc:6: sandbox contradicts auth at $T/rc:4" \
    'set sandbox to on'
  expect_untouched
}

# rotated COMMAND ...: the log is there, and the command is run while the
# server waits; what became of it is in $output.
rotated() {
  local pid n=0
  rm -f "$T"/log* "$T/dialogue"
  echo older >"$T/log"
  smarthost --on 'ehlo sleep 500'
  rc "logfile $T/log"
  "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" >/dev/null \
    2>"$T/err" 3>&- &
  pid=$!
  until grep -qs EHLO "$T/dialogue"; do
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
  "$@"
  wait "$pid"
  server_ends
  output=$(<"$T/err")
}

renew() { mv "$T/log" "$T/log.1" && : >"$T/log"; }

@test "a log that is rotated meanwhile keeps the line" {
  need_landlock
  rotated mv "$T/log" "$T/log.1"
  same "$output" ''
  same "$(wc -l <"$T/log.1")" 2
  [ ! -e "$T/log" ]
  rotated renew
  same "$output" ''
  same "$(wc -l <"$T/log.1")" 2
}

@test "a log that is removed meanwhile is told of" {
  need_landlock
  rotated rm "$T/log"
  expect_output "posthaste: open the log file $T/log: "
}

@test "what sends no message makes no log" {
  smarthost
  rc "logfile $T/log"
  submit --serverinfo
  expect 0 OK
  [ ! -e "$T/log" ]
}

@test "a log that cannot be written is told of as ever" {
  smarthost
  mkdir "$T/log"
  rc "logfile $T/log"
  send rcpt@example.net
  expect 0 OK
  expect_output "posthaste: open the log file $T/log: Is a directory"
}
