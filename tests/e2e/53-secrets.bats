#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Secrets: where they come from, and where they must never be.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  unset CREDENTIALS_DIRECTORY DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
}

teardown() {
  e2e_teardown
}

# serving [option ...]: a server with an account, and an rc file for it that
# has no password.
serving() {
  rm -f "$T/dialogue"
  smarthost_tls starttls --require-auth "$@"
  rc_bare
}

# rc_bare [line ...]
rc_bare() {
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' "$@"
}

# file NAME TEXT: a private one.
file() {
  (umask 077 && printf %s "$2" >"$T/$1")
}

# refused CODE NAME TEXT ...: nobody was connected to, and no secret told.
refused() {
  expect "$1" "$2"
  shift 2
  expect_one_line "$@"
  expect_untouched
  refute_output 'sec ret'
}

needs_no_sanitizer() {
  ! ldd "$POSTHASTE" | grep -q 'lib[a-z]*asan' ||
    skip 'the address sanitizer has its own ideas of memory and crashes'
}

# --- a descriptor

@test "password_fd has the password on its first line" {
  serving
  local form
  for form in 'sec ret' 'sec ret\n' 'sec ret\r\n' 'sec ret\nmore\n'; do
    rm -f "$T/store"/*
    # shellcheck disable=SC2059
    submit --password-fd 7 rcpt@example.net 7< <(printf "$form")
    expect_sent
  done
}

@test "password_fd may be a file, of the caller alone or without a name" {
  serving
  file pw 'sec ret'
  submit --password-fd 7 rcpt@example.net 7<"$T/pw"
  expect_sent
  chmod 644 "$T/pw"
  rm "$T/dialogue"
  submit --password-fd 7 rcpt@example.net 7<"$T/pw"
  refused 78 CONFIG '--password-fd: password_fd: its file can be read by others'
  exec 7<"$T/pw"
  rm "$T/pw"
  submit --password-fd 7 rcpt@example.net
  exec 7<&-
  expect_sent 2
}

@test "password_fd: a writer that goes on does not hold us" {
  serving
  mkfifo "$T/pipe"
  { echo 'sec ret'; sleep 60; } >"$T/pipe" 3>&- &
  local writer=$!
  submit --password-fd 7 rcpt@example.net 7<"$T/pipe"
  kill "$writer"
  expect_sent
}

@test "password_fd may be set by a variable or the rc file" {
  serving
  POSTHASTE_PASSWORD_FD=7 submit rcpt@example.net 7< <(echo 'sec ret')
  expect_sent
  rc_bare 'password_fd 7'
  submit rcpt@example.net 7< <(echo 'sec ret')
  expect_sent 2
}

@test "password_fd goes before what the rc file says, and contradicts it there" {
  serving
  rc_bare 'password wrong'
  submit --password-fd 7 rcpt@example.net 7< <(echo 'sec ret')
  expect_sent
  rc_bare 'password wrong' 'password_fd 7'
  rm "$T/dialogue"
  submit rcpt@example.net 7< <(echo 'sec ret')
  refused 78 CONFIG "$T/rc:7: password_fd contradicts password at $T/rc:6"
}

@test "password_fd that is not open, ours or one of the first three is refused" {
  serving
  local n
  submit --password-fd 7 rcpt@example.net 7<&-
  refused 78 CONFIG '--password-fd: password_fd: 7 is not open'
  for n in 0 1 2 3000000 x; do
    submit --password-fd "$n" rcpt@example.net
    [ "$status" -eq 78 ] || [ "$status" -eq 64 ]
    expect_untouched
  done
  # what is open there by now is for the message, which came from a pipe
  rc_bare 'password_fd 3'
  head -c 300000 /dev/zero | tr '\0' 'x' | fold -w 70 >>"$T/mail"
  status=0
  cat "$T/mail" | "$POSTHASTE" -C "$T/rc" rcpt@example.net 3<&- \
    >"$T/out" 2>"$T/err" || status=$?
  output=$(<"$T/err")
  refused 78 CONFIG "$T/rc:6: password_fd: 3 is not open"
}

@test "password_fd is never the message" {
  serving
  status=0
  "$POSTHASTE" -C "$T/rc" --password-fd 7 rcpt@example.net \
    <"$T/mail" 7<&0 >"$T/out" 2>"$T/err" || status=$?
  output=$(<"$T/err")
  refused 78 CONFIG 'it is standard input'
}

@test "password_fd is in no child, not even of the rc file's first line" {
  serving
  {
    echo "eval test ! -e /proc/self/fd/7 && echo '# closed' || echo oops"
    cat "$T/rc"
  } >"$T/rc2"
  chmod 600 "$T/rc2"
  mv "$T/rc2" "$T/rc"
  submit --password-fd 7 rcpt@example.net 7< <(echo 'sec ret')
  expect_sent
}

@test "an empty password_fd is told" {
  serving
  submit --password-fd 7 rcpt@example.net 7</dev/null
  refused 78 CONFIG '--password-fd: password_fd: the password is empty'
}

# --- the keyring

# keyring LINE ...: a secret-tool of our own, and a bus to ask it by.
keyring() {
  mkdir -p "$T/bin"
  printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$T/asked'" "$@" \
    >"$T/bin/secret-tool"
  chmod 755 "$T/bin/secret-tool"
  PATH=$T/bin:$PATH
  export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent
}

@test "the keyring has the password, in the words of msmtp" {
  serving
  keyring 'cat; printf "sec ret"'
  submit rcpt@example.net
  expect_sent
  same "$(cat "$T/asked")" \
    'lookup host localhost service smtp user me@example.org'
}

@test "the keyring is asked once, at a socket in the runtime folder, too" {
  serving
  keyring 'echo wrong'
  unset DBUS_SESSION_BUS_ADDRESS
  export XDG_RUNTIME_DIR=$T/run
  mkdir "$T/run"
  python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/run/bus"
  submit rcpt@example.net
  expect 77 NOPERM
  same "$(wc -l <"$T/asked")" 1
}

@test "the keyring is not asked where any other source has the password" {
  serving
  keyring 'echo wrong'
  file pw 'sec ret'
  rc_bare "password_file $T/pw"
  submit rcpt@example.net
  expect_sent
  rc_bare
  (umask 077 && echo 'machine localhost login me@example.org password "sec ret"' \
    >"$HOME/.netrc")
  submit rcpt@example.net
  expect_sent 2
  [ ! -e "$T/asked" ]
}

@test "the keyring is not asked with keyring off, without a bus or a login" {
  serving
  keyring 'echo "sec ret"'
  submit --keyring=off rcpt@example.net
  refused 78 CONFIG 'the keyring (is off)'
  DBUS_SESSION_BUS_ADDRESS='' submit rcpt@example.net
  refused 78 CONFIG 'the keyring (no session bus)'
  submit --check-config
  expect 0 OK
  submit -P
  expect 0 OK
  submit --auth=off rcpt@example.net
  [ ! -e "$T/asked" ]
}

@test "a secret-tool that others could have put there is not run" {
  serving
  keyring 'echo "sec ret"'
  chmod 777 "$T/bin"
  # any other that there is finds no bus
  submit rcpt@example.net
  expect 78 CONFIG
  chmod 755 "$T/bin"
  chmod 775 "$T/bin/secret-tool"
  submit rcpt@example.net
  expect 78 CONFIG
  [ ! -e "$T/asked" ]
}

@test "a keyring that has none is one of the places that were tried" {
  serving
  keyring 'echo "no such name on the bus" >&2; exit 1'
  submit rcpt@example.net
  expect 78 CONFIG
  expect_output 'no such name on the bus'
  expect_output "$T/rc:5: user is set, but none of password, passwordeval, "
  expect_output "$HOME/.netrc (missing)"
  expect_output 'the keyring (has none for host and user)'
  expect_output 'the terminal ('
  expect_untouched
}

@test "a keyring that nobody unlocks is tried again later" {
  serving
  keyring 'sleep 60'
  rc_bare 'passwordeval_timeout 1'
  submit rcpt@example.net
  expect 75 TEMPFAIL
  expect_output 'secret-tool: the command did not end within 1 seconds'
  expect_untouched
}

# --- the terminal

# at_terminal SCRIPT [option ...]: as by hand, see tests/lib/terminal.py; what
# was seen there is in $T/seen.
at_terminal() {
  local script=$1
  shift
  status=0
  timeout -s KILL 60 python3 "$BATS_TEST_DIRNAME/../lib/terminal.py" \
    "$T/seen" "$script" "$POSTHASTE" -C "$T/rc" "$@" \
    <"$T/mail" 3>&- || status=$?
  output=$(cat "$T/seen")
}

prompt='posthaste: password of me@example.org at localhost: '

@test "the terminal is asked, and does not show what is typed" {
  serving
  at_terminal "expect '$prompt'; hidden; type 'sec ret\n'; wait; shown" \
    rcpt@example.net
  expect 0 OK
  [ -s "$T/store/1.eml" ]
  refute_output 'sec ret'
}

@test "the terminal is asked for nothing where there is a password" {
  serving
  rc_bare 'password "sec ret"'
  at_terminal wait rcpt@example.net
  expect 0 OK
  same "$output" ''
}

@test "nothing typed, or the end of it, is no password" {
  serving
  local keys
  for keys in '\n' '\x04'; do
    at_terminal "expect '$prompt'; type '$keys'; wait; shown" rcpt@example.net
    expect 77 NOPERM
    expect_output 'nothing was typed'
    expect_untouched
  done
}

@test "a line that is too long is refused, not cut" {
  serving
  at_terminal "expect '$prompt'; type '$(printf '%04200d' 0)\n'; wait; shown" \
    rcpt@example.net
  expect 77 NOPERM
  expect_output 'more than 4094 bytes were typed'
  expect_untouched
}

@test "nobody at the terminal: the time is that of passwordeval" {
  serving
  rc_bare 'passwordeval_timeout 1'
  at_terminal "expect '$prompt'; wait; shown" rcpt@example.net
  expect 75 TEMPFAIL
  expect_output 'nothing was typed in time'
}

@test "a terminal shows again what is typed after Ctrl-C, and after kill" {
  serving
  at_terminal "expect '$prompt'; hidden; type '\x03'; wait; shown" \
    rcpt@example.net
  same "$status" 130
  at_terminal "expect '$prompt'; hidden; kill TERM; wait; shown" \
    rcpt@example.net
  same "$status" 143
  expect_untouched
}

@test "a terminal shows what is typed after Ctrl-Z, and fg asks anew" {
  serving
  at_terminal "expect '$prompt'; type '\x1a'; stopped; shown; continue; \
expect '$prompt'; hidden; type 'sec ret\n'; wait; shown" rcpt@example.net
  expect 0 OK
  [ -s "$T/store/1.eml" ]
}

@test "Ctrl-Z at a question of passwordeval stops us, too, and fg goes on" {
  serving
  rc_bare 'passwordeval printf ask: >/dev/tty; read -r p </dev/tty; echo "$p"'
  at_terminal "expect 'ask:'; type '\x1a'; stopped; continue; \
type 'sec ret\n'; wait" rcpt@example.net
  expect 0 OK
  [ -s "$T/store/1.eml" ]
}

@test "a program in the background asks nobody" {
  serving
  at_terminal 'background; wait' rcpt@example.net
  expect 78 CONFIG
  expect_output "the terminal (is another program's)"
}

@test "without a terminal nobody is asked, and that at once" {
  serving
  setsid "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" 2>"$T/err" \
    >"$T/out" && status=0 || status=$?
  output=$(<"$T/err")
  refused 78 CONFIG 'the terminal (there is none)'
}

@test "the passphrase of a key is asked for at the terminal" {
  serving --client-ca "$CERT_DIR/clientca.pem"
  rc_login "tls_cert_file $CERT_DIR/client.pem" \
    "tls_key_file $CERT_DIR/locked.key"
  at_terminal "expect 'passphrase of $CERT_DIR/locked.key: '; \
type 'sesame\n'; wait; shown" rcpt@example.net
  expect 0 OK
  grep -q -- '^-- client certificate .*me\.example' "$T/dialogue"
}

@test "GPG_TTY is the terminal's name though all output goes elsewhere" {
  serving
  rc_bare "passwordeval echo \$GPG_TTY >$T/tty; echo sec ret"
  at_terminal 'quiet; wait' rcpt@example.net
  expect 0 OK
  grep -qx '/dev/pts/[0-9]*' "$T/tty"
}

@test "--check-config tells that somebody will be asked" {
  serving
  run "$POSTHASTE" -C "$T/rc" --check-config
  expect 0 OK
  expect_output "$T/rc:5: user is set, but none of password, passwordeval, \
password_file and password_fd: the keyring, then the terminal, is asked"
}

# --- files

@test "a file that an access control list opens to others is not used" {
  serving
  file pw 'sec ret'
  rc_bare "password_file $T/pw"
  # user::rw- user:65534:r-- group::--- mask::r-- other::---
  python3 -c 'import os, struct, sys
entries = [(1, 6, -1), (2, 4, 65534), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
acl = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", t, p, i & 0xffffffff) for t, p, i in entries)
os.setxattr(sys.argv[1], "system.posix_acl_access", acl)' "$T/pw" ||
    skip 'there are no lists here'
  # root lets the group of its own file read; this one is not root's then
  [ "$(id -u)" -ne 0 ] || chmod g+w "$T/pw"
  submit rcpt@example.net
  refused 78 CONFIG "$T/pw can be read by others"
}

@test "a passwordeval is run once for several connections" {
  serving --caps 'LIMITS RCPTMAX=1' \
    --on 'mail#2 reply-drop 421 4.7.0 one message a connection'
  rc_bare "passwordeval echo x >>$T/ran; echo sec ret"
  submit rcpt@example.net rcpt2@example.net
  expect 0 OK
  same "$(grep -c -e '^-- connection' "$T/dialogue")" 2
  same "$(wc -l <"$T/ran")" 1
}

# --- where a secret must not be

password='correct-horse-battery-staple-0123456789-abcdefghijklmnopqrstuvwxyz'

hex() {
  printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# submit_watched HEX [option ...]: looks for these texts in memory at the end.
submit_watched() {
  local digits=$1
  shift
  # meson has freed memory overwritten
  unset MALLOC_PERTURB_
  rm -f "$T/found"
  # it reads /proc and writes a file in the end
  POSTHASTE_SANDBOX=off MEMSCAN_FOR=$digits MEMSCAN_OUT=$T/found \
    LD_PRELOAD=$MEMSCAN_LIB submit "$@"
  unset MEMSCAN_KEEPS
}

# expect_wiped [option ...]: sent, and none of the password's forms is left.
expect_wiped() {
  local part64 plain64
  part64=$(printf %s "$password" | base64 -w 0)
  plain64=$(printf '\0me@example.org\0%s' "$password" | base64 -w 0)
  [ "${GNUTLS_KEEPS-}" ] || export MEMSCAN_KEEPS=yes
  submit_watched "$(hex "${password:30:24}") $(hex "${part64:16:32}") \
$(hex "${plain64:40:32}")" "$@" rcpt@example.net
  expect_sent
  rm "$T/store"/*
  same "$(cat "$T/found")" done
}

@test "what looks for secrets in memory finds what is there" {
  needs_no_sanitizer
  serving
  # a flag's text is no secret, and stays where the caller put it
  rc_bare 'password "sec ret"'
  submit_watched "$(hex "${password:30:24}")" --from-full-name "$password" \
    rcpt@example.net
  grep -qF '1 [stack]' "$T/found"
  grep -qx 'done' "$T/found"
}

@test "no mechanism leaves the password in memory" {
  needs_no_sanitizer
  local mech
  for mech in PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1-PLUS XOAUTH2 OAUTHBEARER; do
    serving --mechs "$mech" --password "$password"
    rc_bare "password $password" "auth $mech"
    echo "$mech"
    expect_wiped
  done
  # the others are libgsasl's alone, which wipes nothing
}

@test "no source leaves the password in memory" {
  needs_no_sanitizer
  serving --mechs SCRAM-SHA-256 --password "$password"
  file pw "$password"
  local source
  for source in "password_file $T/pw" "passwordeval cat $T/pw" \
    "eval echo password \$(cat $T/pw)"; do
    rc_bare "$source"
    echo "$source"
    expect_wiped
  done
  rc_bare 'password_fd 7'
  expect_wiped 7<"$T/pw"
  rc_bare
  keyring "cat $T/pw"
  expect_wiped
  file home/.netrc "machine localhost login me@example.org password $password"
  expect_wiped
  file home/.netrc "machine other login me password $password machine localhost
login me@example.org password \"$password\""
  expect_wiped
}

@test "no account that is not used leaves its password in memory" {
  needs_no_sanitizer
  serving --mechs SCRAM-SHA-256 --password "$password"
  rc_bare "password $password" 'account other' 'host other.example' \
    'user you' "password $password" 'account third : other'
  expect_wiped
}

@test "no passphrase is left in memory" {
  needs_no_sanitizer
  serving --client-ca "$CERT_DIR/clientca.pem"
  command -v openssl >/dev/null || skip 'there is no openssl'
  openssl pkcs8 -topk8 -v2 aes-256-cbc -in "$CERT_DIR/client.key" \
    -passout "pass:$password" -out "$T/key"
  chmod 600 "$T/key"
  file pw "$password"
  rc_login "tls_cert_file $CERT_DIR/client.pem" "tls_key_file $T/key" \
    "tls_key_password_file $T/pw"
  # GnuTLS gives its copies back as they are
  GNUTLS_KEEPS=yes expect_wiped
}

@test "K4: no argument list, environment or core file has the password" {
  serving --on 'mail stall'
  file pw 'sec ret'
  rc_bare "passwordeval tr '\\0' ' ' </proc/self/environ >$T/environ; \
cat $T/pw" 'timeout 20'
  "$POSTHASTE" -C "$T/rc" rcpt@example.net <"$T/mail" >"$T/out" 2>&1 3>&- &
  local pid=$! n=0
  until grep -q '^C: MAIL' "$T/dialogue" 2>/dev/null; do
    [ $((n += 1)) -lt 500 ]
    sleep 0.02
  done
  tr '\0' ' ' <"/proc/$pid/cmdline" >"$T/cmdline"
  grep -q posthaste "$T/cmdline"
  ! grep 'sec ret' "$T/cmdline" "$T/environ" || return 1
  grep -q '^Max core file size *0 ' "/proc/$pid/limits"
  # no other program of the user's may look
  same "$(stat -c %U "/proc/$pid/environ")" root
  kill "$pid"
  wait "$pid" || true
}

@test "a process that crashes leaves no core file" {
  needs_no_sanitizer
  serving --on 'mail stall'
  rc_bare 'password "sec ret"' 'timeout 20'
  mkdir "$T/crash"
  (cd "$T/crash" && ulimit -c unlimited && exec "$POSTHASTE" -C "$T/rc" \
    rcpt@example.net <"$T/mail" >"$T/out" 2>&1 3>&-) &
  local pid=$! n=0
  until grep -q '^C: MAIL' "$T/dialogue" 2>/dev/null; do
    [ $((n += 1)) -lt 500 ]
    sleep 0.02
  done
  kill -SEGV "$pid"
  status=0
  wait "$pid" 2>/dev/null || status=$?
  # 128 more would be a core
  same "$status" 139
  [ -z "$(ls "$T/crash")" ]
}

@test "an ordinary user can do all this, too" {
  [ "$(id -u)" -eq 0 ] || skip 'the other tests are run by one'
  serving
  local home
  home=$(mktemp -d -p /tmp)
  cp "$CERT_DIR/ca.pem" "$T/mail" "$home"
  sed "s|$CERT_DIR|$home|" "$T/rc" >"$home/rc"
  chmod 600 "$home/rc"
  chown -R 65534:65534 "$home"
  # descriptors by their names in /proc, which a hidden process still may use
  status=0
  setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" \
    TMPDIR="$home" bash -c '"$1" -C "$2/rc" --password-file \
    <(echo "sec ret") rcpt@example.net <"$2/mail"' - "$POSTHASTE" "$home" \
    >"$T/out" 2>"$T/err" || status=$?
  output=$(<"$T/err")
  rm -r "$home"
  expect_sent
}

# --- set-id bits

@test "nothing is installed with a set-id bit" {
  [ ! -u "$POSTHASTE" ] && [ ! -g "$POSTHASTE" ]
  ! grep -rn 'install_mode' "$BATS_TEST_DIRNAME"/../../{,src/}meson.build ||
    return 1
}

# elevated MODE: a copy of the program with that mode, root's, in $bin, and
# one of id(1), which tells whether such bits do anything here.
elevated() {
  [ "$(id -u)" -eq 0 ] || skip 'only root can make such a copy'
  bin=$(mktemp -d -p /tmp)
  cp "$POSTHASTE" "$(command -v id)" "$bin"
  cp "$T/mail" "$bin/mail"
  chmod 755 "$bin"
  chmod "$1" "$bin/posthaste" "$bin/id"
  chmod 644 "$bin/mail"
  as_nobody "$bin/id" >"$T/id"
  grep -q '\(euid\|egid\)=0' "$T/id" || {
    rm -r "$bin"
    skip 'set-id bits have no effect here'
  }
}

as_nobody() {
  setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "with a set-id bit the environment is ignored and no right gained" {
  local mode
  for mode in 4755 2755 6755; do
    smarthost
    elevated "$mode"
    # settings by variables are none
    run as_nobody env POSTHASTE_HOST=localhost POSTHASTE_PORT="$PORT" HOME=/ \
      XDG_CONFIG_HOME="$T" "$bin/posthaste" rcpt@example.net <"$bin/mail"
    expect 78 CONFIG
    expect_output 'no rc file: '
    refute_output "$T"
    # the flags are the caller's own word; children have no environment
    printf 'host localhost\nport %s\nfrom me@example.org\n%s\n' "$PORT" \
      'eval id -ru >/dev/null; echo "domain x$(id -u)-$(id -g)-${MARK}x"' \
      >"$bin/rc"
    chmod 644 "$bin/rc"
    run as_nobody env MARK=seen TMPDIR="$T" "$bin/posthaste" -C "$bin/rc" \
      --print-config
    expect 0 OK
    expect_output 'domain x65534-65534-x'
    # a file that the caller may not read stays closed
    chmod 640 "$bin/rc"
    run as_nobody "$bin/posthaste" -C "$bin/rc" --print-config
    expect 77 NOPERM
    expect_output 'may not be read by uid 65534'
    rm -r "$bin"
    server_ends
  done
}

# Gives FILE (of this kind: struct vfs_cap_data) what opens every file.
give_capabilities() {
  python3 - "$1" <<'EOF'
import os, struct, sys
REVISION, EFFECTIVE, DAC_OVERRIDE, DAC_READ_SEARCH = 0x02000000, 1, 1, 2
os.setxattr(sys.argv[1], 'security.capability', struct.pack(
    '<5I', REVISION | EFFECTIVE, 1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH,
    0, 0, 0))
EOF
}

@test "with capabilities of its file no right is gained, either" {
  [ "$(id -u)" -eq 0 ] || skip 'only root can make such a copy'
  type -P python3 >/dev/null || skip 'python3 is not installed'
  bin=$(mktemp -d -p /tmp)
  cp "$POSTHASTE" "$(command -v cat)" "$bin"
  chmod 755 "$bin"
  printf 'host localhost\nhunter2\n' >"$bin/rc"
  chmod 600 "$bin/rc"
  give_capabilities "$bin/posthaste" && give_capabilities "$bin/cat" &&
    as_nobody "$bin/cat" "$bin/rc" >/dev/null || {
    rm -r "$bin"
    skip 'capabilities have no effect here'
  }
  run as_nobody "$bin/posthaste" -C "$bin/rc" --print-config
  rm -r "$bin"
  expect 77 NOPERM
  expect_output 'may not be read by uid 65534'
  refute_output hunter2
}
