#!/usr/bin/env bats
# Files as msmtp's users have them, in tests/data/msmtp: what is made of
# them is what msmtp makes of them.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  data=$BATS_TEST_DIRNAME/../data/msmtp
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
}

teardown() {
  e2e_teardown
}

# has_file NAME: that one of the files is the user's ~/.msmtprc.
has_file() {
  rc=$HOME/.msmtprc
  cp "$data/$1/msmtprc" "$rc"
  chmod 600 "$rc"
}

# shows [flag ...]: what --print-config says.
shows() {
  run --separate-stderr "$POSTHASTE" --print-config "$@"
  expect 0 OK
  same "$stderr" ''
}

# has "SETTING VALUE" ...: they are shown as coming from the line of rc that
# says so, or from the default.
has() {
  local line
  for line in "$@"; do
    grep -qxF -e "$line # default" <<<"$output" ||
      grep -q "^${line//[\"*.]/.} # $rc:[0-9]*\$" <<<"$output" || {
      printf 'misses: %s\n%s\n' "$line" "$output"
      return 1
    }
  done
}

# lacks SETTING ...: they are not shown at all.
lacks() {
  local name
  for name in "$@"; do
    if grep "^$name " <<<"$output"; then
      return 1
    fi
  done
}

@test "a user's file with several providers is right as it stands" {
  has_file user
  run "$POSTHASTE" --check-config
  expect 0 OK
  same "$output" ''
}

@test "a user's file: the default account is the provider's" {
  has_file user
  shows
  has 'host mail.provider.example' 'port 465' 'tls on' 'tls_starttls off' \
    'auth on' 'user 12345' 'from smith@provider.example' \
    'passwordeval "gpg --no-tty -q -d ~/.msmtp-password.gpg"' \
    'tls_trust_file /dev/null'
  lacks password timeout
}

@test "a user's file: an account that inherits says only what is other" {
  has_file user
  shows -a freemail2
  has 'host smtp.freemail.example' 'port 587' 'tls on' 'auth on' \
    'user joe.smith' 'password *' 'from joey@freemail.example'
  refute_output battery
  shows -a own
  has 'host relay.lan.example' 'port 25' 'tls on' 'auth off' \
    'tls_trust_file ""' 'tls_certcheck off' 'from joe@lan.example' 'user ""'
}

@test "a user's file: quotes, numbers and words are msmtp's" {
  has_file user
  shows -a work
  has 'auth PLAIN' 'timeout 60' 'domain laptop.work.example' 'port 587' \
    'passwordeval "secret-tool lookup host smtp.work.example service smtp"'
  shows -a lan
  has 'tls off' 'auth off' 'port 25'
}

@test "a user's file: passwords are had from gpg, a keyring and the file" {
  smarthost --tls starttls --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key" --require-auth --user joe.smith \
    --password 'correct horse # battery' --mechs 'PLAIN LOGIN'
  has_file user
  mkdir "$T/bin"
  # both print the password if they are called as meant
  printf '#!/bin/sh\n%s && echo "correct horse # battery"\n' \
    "[ \"\$*\" = '--no-tty -q -d $HOME/.msmtp-password.gpg' ]" >"$T/bin/gpg"
  printf '#!/bin/sh\n%s && echo "correct horse # battery"\n' \
    "[ \"\$*\" = 'lookup host smtp.work.example service smtp' ]" \
    >"$T/bin/secret-tool"
  chmod +x "$T/bin/gpg" "$T/bin/secret-tool"
  local account
  for account in freemail provider work; do
    PATH=$T/bin:$PATH run "$POSTHASTE" -a "$account" --host localhost \
      --port "$PORT" --user joe.smith --tls-starttls=on \
      --tls-trust-file "$CERT_DIR/ca.pem" you@example.org <"$T/msg"
    expect 0 OK
    same "$output" ''
  done
  same "$(sender 1) $(sender 2) $(sender 3)" \
    'joe_smith@freemail.example smith@provider.example j.smith@work.example'
}

@test "a system's file: a relay, and senders made of the login" {
  has_file system
  shows
  has 'host mailhub.oursite.example' 'port 25' 'tls on' 'tls_starttls on' \
    'auth off' "from $(id -un)@oursite.example"
  lacks user password
  run "$POSTHASTE" --check-config
  expect 0 OK
  expect_output "$rc:8: auto_from is obsolete, write \"from %U@DOMAIN\""
}

@test "a file with CR LF, tabs, indents and quotes means what it looks like" {
  has_file crlf
  shows
  has 'host mail.example.org' 'from joe@example.org' 'timeout off' 'port 26' \
    'user "a "b" c"' 'tls_trust_file "/no where/ca.pem"' 'auth off'
  shows -a 'my mail'
  has 'host mail.example.org'
}

@test "authorities do not turn TLS on for msmtp, and --check-config says so" {
  printf '%s\n' 'defaults' 'tls_trust_file /dev/null' 'account default' \
    'host relay.lan' 'from me@example.org' >"$HOME/.msmtprc"
  rc=$HOME/.msmtprc
  shows
  has 'tls off' 'port 25'
  run "$POSTHASTE" --check-config
  expect 0 OK
  expect_output "$rc:2: tls_trust_file has no effect, as tls is off at default"
}

@test "a file from old days works, and each old word is explained" {
  has_file old
  shows
  has 'port 465' 'timeout 30' 'tls on' 'tls_starttls off' \
    "from $(id -un)@example.org" 'tls_certcheck off' 'remove_bcc_headers off' \
    'set_from_header off' 'set_date_header auto' \
    'set_to_header undisclosed_recipients'
  run "$POSTHASTE" --check-config
  expect 0 OK
  same "${#lines[@]}" 11
}

@test "every command of msmtp's is taken" {
  has_file all
  # which is not there everywhere
  sed -i "s|/etc/aliases|$T/aliases|" "$rc"
  : >"$T/aliases"
  run "$POSTHASTE" --check-config
  expect 0 OK
  same "$output" ''
}

@test "lines longer than msmtp's 500 bytes are whole" {
  local long
  long=$(head -c 600 /dev/zero | tr '\0' n)
  printf 'host h.example\n%s\n' "from_full_name $long" >"$HOME/.msmtprc"
  shows
  expect_output "from_full_name $long # $HOME/.msmtprc:2"
}

@test "settings before the first account, and account default: a precise message" {
  printf '%s\n' 'tls on' 'account a' 'host a.example' 'account default : a' \
    >"$HOME/.msmtprc"
  run "$POSTHASTE" --print-config
  expect 78 CONFIG
  expect_output "$HOME/.msmtprc:4: account \"default\" is already defined by \
the settings from line 1 on, which stand before any account"
  expect_output 'put "defaults" above them'
}

@test "without HOME, msmtp's file is found by XDG_CONFIG_HOME" {
  mkdir -p "$T/xdg/msmtp"
  printf 'host h.example\n' >"$T/xdg/msmtp/config"
  without_home() {
    env -i XDG_CONFIG_HOME="$T/xdg" "$POSTHASTE" --print-config
  }
  run without_home
  expect 0 OK
  expect_output "host h.example # $T/xdg/msmtp/config:1"
}

# rc_msmtp [line ...]: a ~/.msmtprc for the server that runs.
rc_msmtp() {
  rc=$HOME/.msmtprc
  printf '%s\n' 'host localhost' "port $PORT" 'from me@example.org' "$@" >"$rc"
  chmod 600 "$rc"
}

# goes NOTE: a message is sent, and --check-config says that and no more.
goes() {
  run "$POSTHASTE" you@example.org <"$T/msg"
  expect 0 OK
  same "$output" ''
  run "$POSTHASTE" --check-config
  expect 0 OK
  same "${#lines[@]}" 1
  expect_output "$1"
}

@test "what msmtp makes no fuss about: details of TLS beside tls off" {
  smarthost
  rc_msmtp 'tls off' "tls_trust_file $CERT_DIR/ca.pem"
  goes "$rc:5: tls_trust_file has no effect, as tls is off at $rc:4"
  rc_msmtp 'tls_starttls on' 'tls off'
  goes "$rc:4: tls_starttls has no effect, as tls is off at $rc:5"
}

@test "what msmtp makes no fuss about: tls_certcheck off beside a trust file" {
  smarthost_tls starttls --cert "$CERT_DIR/unknownca.pem" \
    --key "$CERT_DIR/unknownca.key"
  rc_msmtp 'tls on' "tls_trust_file $CERT_DIR/ca.pem" 'tls_certcheck off'
  goes "$rc:5: tls_trust_file has no effect, as tls_certcheck is off at $rc:6"
}

@test "tls_certcheck off beside a fingerprint: the safe one wins" {
  smarthost_tls starttls
  rc_msmtp 'tls on' 'tls_certcheck off' \
    "tls_fingerprint $(printf '%064d' 1)"
  run "$POSTHASTE" you@example.org <"$T/msg"
  expect 69 UNAVAILABLE
  expect_output 'the certificate is not the one of tls_fingerprint'
  expect_nothing_sent
  run "$POSTHASTE" --check-config
  expect_output "$rc:5: tls_certcheck has no effect, as tls_fingerprint is set"
}

@test "what msmtp makes no fuss about: password beside passwordeval" {
  smarthost_tls starttls --require-auth
  rc_msmtp 'tls on' "tls_trust_file $CERT_DIR/ca.pem" 'auth on' \
    'user me@example.org' "passwordeval touch $T/ran" 'password sec ret'
  goes "$rc:8: passwordeval has no effect, as password is set at $rc:9"
  [ ! -e "$T/ran" ]
}

@test "an msmtprc's fingerprint by SHA-1 or MD5 counts, and is told of" {
  smarthost_tls starttls
  local digest pin
  for digest in sha1 md5; do
    pin=$(openssl x509 -in "$CERT_DIR/good.pem" -noout -fingerprint \
      "-$digest")
    rc_msmtp 'tls on' "tls_fingerprint ${pin#*=}"
    goes "$rc:5: tls_fingerprint is of the length of"
    rc_msmtp 'tls on' "tls_fingerprint $(tr 0-9A-F 1-9A-F0 <<<"${pin#*=}")"
    run "$POSTHASTE" you@example.org <"$T/msg"
    expect 69 UNAVAILABLE
    expect_output 'the certificate is not the one of'
  done
}
