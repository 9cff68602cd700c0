#!/usr/bin/env bats
# Which account a message goes by, who its sender is, and where the password
# comes from when the rc file has none.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  unset CREDENTIALS_DIRECTORY
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
}

teardown() {
  e2e_teardown
}

# send [flag ...]: the message in $T/msg, by the rc file in $T/rc.
send() {
  run "$POSTHASTE" -C "$T/rc" "$@" you@example.org <"$T/msg"
}

expect_sent() {
  expect 0 OK
  same "$output" ''
}

# msg_from ADDRESS: a message of that author.
msg_from() {
  printf 'From: %s\nTo: you@example.org\n\ntext\n' "$1" >"$T/msg"
}

# Accounts for the server that runs, told apart by their EHLO; more lines go
# to the last one.
rc_accounts() {
  {
    printf '%s\n' defaults 'host localhost' "port $PORT" \
      'account default' 'domain default.test' \
      'account exact' 'domain exact.test' 'from me@work.example' \
      'account any' 'domain any.test' 'from *@work.example' \
      'account dev' 'domain dev.test' 'from dev*@work.example' "$@"
  } >"$T/rc"
  chmod 600 "$T/rc"
}

# The account of the last session.
account() {
  sed -n 's/^.*EHLO \([a-z]*\)\.test.*$/\1/p' "$T/dialogue" | tail -n 1
}

# expect_account NAME
expect_account() {
  expect_sent
  same "$(account)" "$1"
}

# Which account

@test "-f chooses the account whose from is the sender" {
  smarthost
  rc_accounts
  send -f me@work.example
  expect_account exact
  same "$(sender)" me@work.example
  send -f me@other.example
  expect_account default
  same "$(sender 2)" me@other.example
}

@test "the From header chooses the account where -f says nothing" {
  smarthost
  rc_accounts
  msg_from 'Me <me@WORK.example>'
  send
  expect_account exact
  msg_from 'me@other.example'
  send
  expect_account default
  msg_from 'root (Cron Daemon)'
  send
  expect_account default
}

@test "-f goes before the From header, and -a before both" {
  smarthost
  rc_accounts
  msg_from me@work.example
  send -f dev1@work.example
  expect_account dev
  send -a any -f dev1@work.example
  expect_account any
  same "$(sender 2)" dev1@work.example
}

@test "--from and POSTHASTE_FROM choose the account as -f does" {
  smarthost
  rc_accounts
  send --from=me@work.example
  expect_account exact
  POSTHASTE_FROM=dev1@work.example send
  expect_account dev
  same "$(sender 2)" dev1@work.example
}

@test "an address goes before patterns, and of these the longest first" {
  smarthost
  rc_accounts
  send -f dev-me@work.example
  expect_account dev
  send -f you@work.example
  expect_account any
  send -f you@sub.work.example
  expect_account default
}

@test "an address with a +detail is that of the account without it" {
  smarthost
  rc_accounts 'account plus' 'domain plus.test' 'from me@plus.example'
  msg_from me+lists@plus.example
  send
  expect_account plus
  same "$(sender)" me@plus.example
  printf '%s\n' 'account all' 'domain all.test' 'from *@plus.example' \
    >>"$T/rc"
  send -f me+lists@plus.example
  expect_account plus
  same "$(sender 2)" me+lists@plus.example
}

@test "called as sendmail, -f chooses the account and -a is not sendmail's" {
  smarthost
  rc_accounts
  mv "$T/rc" "$HOME/.posthasterc"
  ln -s "$POSTHASTE" "$T/sendmail"
  run "$T/sendmail" -i -f me@work.example you@example.org <"$T/msg"
  expect_account exact
  run "$T/sendmail" -a exact you@example.org <"$T/msg"
  expect 64 USAGE
}

@test "an rc file's faults are told before standard input is read" {
  printf '%s\n' 'host localhost' 'from %X@example.org' >"$T/rc"
  mkfifo "$T/fifo"
  # opened for both, so that it never ends
  waits() { timeout 20 "$POSTHASTE" -C "$T/rc" you@example.org <>"$T/fifo"; }
  run waits
  expect 78 CONFIG
  expect_output "$T/rc:2: from: \"%X\" is not one of"
}

@test "an account that does not exist is told, whatever the message says" {
  smarthost
  rc_accounts
  send -a none
  expect 78 CONFIG
  expect_output 'no account "none"'
  expect_untouched
}

@test "-d tells the account and the reason for it" {
  smarthost
  rc_accounts
  msg_from you+x@work.example
  send -d
  expect 0 OK
  expect_output \
    "from of account any, $T/rc:11, matches the message's sender you+x@work.example"
}

@test "EMAIL and SMTPSERVER are enough if there is no rc file" {
  system_file=$("$POSTHASTE" --version | sed -n 's/^system rc file: //p')
  [ ! -e "$system_file" ] || skip "$system_file is there"
  smarthost
  export POSTHASTE_PORT=$PORT EMAIL=env@example.org
  run "$POSTHASTE" you@example.org <"$T/msg"
  expect 78 CONFIG
  export SMTPSERVER=localhost
  run "$POSTHASTE" you@example.org <"$T/msg"
  expect_sent
  same "$(sender)" env@example.org
  run "$POSTHASTE" -f f@example.org you@example.org <"$T/msg"
  expect_sent
  same "$(sender 2)" f@example.org
  run "$POSTHASTE" -P
  expect_output 'host localhost # SMTPSERVER'
  expect_output 'from env@example.org # EMAIL'
  run "$POSTHASTE" -a x you@example.org <"$T/msg"
  expect 78 CONFIG
}

@test "SMTPSERVER without EMAIL names the variable that is missing" {
  SMTPSERVER=localhost run "$POSTHASTE" you@example.org <"$T/msg"
  expect 78 CONFIG
  expect_output ', SMTPSERVER (but EMAIL is not set)'
}

@test "an account goes before EMAIL and SMTPSERVER" {
  smarthost
  rc
  EMAIL=env@example.org SMTPSERVER=nowhere.invalid send
  expect_sent
  same "$(sender)" me@example.org
}

# Who sends

@test "%U and %H in from are login and host" {
  smarthost
  rc_accounts 'account u' 'from %U+x@%H'
  run "$POSTHASTE" -C "$T/rc" -a u -P
  expect 0 OK
  expect_output "from $(id -un)+x@$(uname -n) # $T/rc:16"
  send -a u
  expect_sent
  same "$(sender)" "$(id -un)+x@$(uname -n)"
}

@test "%H in domain is the host, and what stands for none is told" {
  smarthost
  rc_accounts 'account d' 'domain %H.d.test'
  send -a d
  expect_sent
  grep -q "^C: EHLO $(uname -n).d.test" "$T/dialogue"
  POSTHASTE_DOMAIN=%H.env.test send -a d
  expect_sent
  grep -q "^C: EHLO $(uname -n).env.test" "$T/dialogue"
  send -a d --domain=%F
  expect 78 CONFIG
  expect_output '--domain: domain: "%F" is no host'
  rc_accounts 'account d' 'domain %x'
  run "$POSTHASTE" -C "$T/rc" --check-config
  expect 78 CONFIG
  expect_output "$T/rc:16: domain: \"%x\" is not one of"
}

@test "%F in from is the address in the message's From" {
  smarthost
  rc_accounts 'account f' 'domain f.test' 'from %F'
  msg_from 'A <author@example.org>'
  sed -i '1i Sender: other@example.org' "$T/msg"
  send -a f
  expect_account f
  same "$(sender)" author@example.org
  sed -i '1i Resent-From: resent@example.org' "$T/msg"
  send -a f
  expect_account f
  same "$(sender 2)" resent@example.org
}

@test "%F without a From is as if from were not set" {
  smarthost
  rc_accounts 'account f' 'from %F'
  send -a f
  expect_sent
  case $(sender) in
    *%F*) return 1 ;;
    ?*@?*) ;;
    *) return 1 ;;
  esac
}

@test "a from with wildcards names no sender" {
  smarthost
  rc_accounts
  msg_from you@work.example
  send -a any
  expect_account any
  same "$(sender)" you@work.example
  printf 'To: you@example.org\n\n' >"$T/msg"
  send -a any
  expect_account any
  same "$(sender 2)" "$(id -un)@$(uname -n)"
}

@test "the null sender of an account gets that account's From" {
  smarthost
  rc
  send -f '<>'
  expect_sent
  same "$(sender)" ''
  stored | grep -qx $'From: me@example.org\r'
}

@test "allow_from_override off: -f chooses the account, not the sender" {
  smarthost
  rc_accounts 'account fixed' 'domain fixed.test' 'from fixed@example.org' \
    'allow_from_override off'
  send -a fixed -f me@work.example
  expect_account fixed
  same "$(sender)" fixed@example.org
  send -f fixed+x@example.org
  expect_account fixed
  same "$(sender 2)" fixed@example.org
  POSTHASTE_FROM=me@work.example send -a fixed
  expect_account fixed
  same "$(sender 3)" fixed@example.org
  msg_from me@work.example
  send -a fixed --read-envelope-from
  expect_account fixed
  same "$(sender 4)" fixed@example.org
}

@test "allow_from_override is no flag" {
  printf 'host localhost\n' >"$T/rc"
  send --allow-from-override=on
  expect 64 USAGE
}

@test "--read-envelope-from takes the From though the account has a sender" {
  smarthost
  rc
  msg_from author@example.org
  send --read-envelope-from
  expect_sent
  same "$(sender)" author@example.org
  POSTHASTE_FROM=x@example.org send --read-envelope-from
  expect_sent
  same "$(sender 2)" author@example.org
  rc_accounts
  msg_from me@work.example
  sed -i '1i Sender: dev1@work.example' "$T/msg"
  send --read-envelope-from
  expect_account exact
  same "$(sender 3)" me@work.example
  send
  expect_account dev
  same "$(sender 4)" dev1@work.example
}

@test "--read-envelope-from excludes -f" {
  send --read-envelope-from -f a@example.org
  expect 64 USAGE
  expect_output 'exclude each other'
}

@test "--pretend shows the account that the message would go by" {
  smarthost
  rc_accounts
  msg_from dev1@work.example
  send -P
  expect 0 OK
  expect_output "domain dev.test # $T/rc:13"
  expect_output 'MAIL FROM:<dev1@work.example>'
  expect_untouched
}

@test "--pretend without recipients shows the default account, message unread" {
  PORT=25
  rc_accounts
  without_stdin() { "$POSTHASTE" -C "$T/rc" -P <&-; }
  run without_stdin
  expect 0 OK
  expect_output 'domain default.test'
}

# Passwords

# rc_netrc [line ...]: an rc file for a login with no password in it.
rc_netrc() {
  rc "tls_trust_file $CERT_DIR/ca.pem" "$@"
}

# netrc LINE ...: the user's, private.
netrc() {
  (umask 077 && printf '%s\n' "$@" >"$HOME/.netrc")
}

login() {
  sed -n 's/^auth //p' "$T/store/${1:-1}.env"
}

@test "the password comes from ~/.netrc" {
  smarthost_tls starttls --require-auth
  rc_netrc 'user me@example.org'
  netrc '# ours' 'machine other login me@example.org password wrong' \
    'machine LOCALHOST' ' login me@example.org' ' password "sec ret"'
  send
  expect_sent
  case $(login) in *me@example.org*) ;; *) return 1 ;; esac
}

@test "with auth on, ~/.netrc names the user, too" {
  smarthost_tls starttls --require-auth
  rc_netrc 'auth on'
  netrc 'machine localhost login me@example.org password sec\ ret'
  send
  expect_sent
  run "$POSTHASTE" -C "$T/rc" -P
  expect_output "user me@example.org # $HOME/.netrc:1"
  expect_output "password * # $HOME/.netrc:1"
  refute_output 'sec ret'
}

@test "a ~/.netrc that others can read is not used for its password" {
  smarthost_tls starttls --require-auth
  rc_netrc 'user me@example.org'
  netrc 'machine localhost login me@example.org password hunter2'
  chmod 644 "$HOME/.netrc"
  send
  expect 78 CONFIG
  expect_output "$HOME/.netrc:1: holds the password and can be read by others"
  expect_output "chmod 600 $HOME/.netrc"
  refute_output hunter2
  expect_untouched
}

@test "a ~/.netrc that does not matter is not looked at" {
  smarthost_tls starttls
  rc_login
  netrc 'machine "open'
  send
  expect_sent
}

@test "a password that nobody has is told with the places looked into" {
  smarthost_tls starttls
  rc_netrc 'user me@example.org'
  netrc 'machine localhost login you@example.org password hunter2'
  mkdir "$T/cred"
  CREDENTIALS_DIRECTORY=$T/cred send
  expect 78 CONFIG
  expect_output 'none of password, passwordeval, password_file and password_fd'
  expect_output "$HOME/.netrc (has the host, but not with this user)"
  expect_output "$T/cred (has no posthaste.password)"
  expect_output '/netrc ('
  refute_output hunter2
  same "${#lines[@]}" 1
  expect_untouched
}

@test "a wrong ~/.netrc is told with the line, without its words" {
  PORT=25
  rc_netrc 'user me'
  netrc '' 'machine localhost login me password "hunter2'
  send
  expect 78 CONFIG
  expect_output "$HOME/.netrc:2: a quote is not closed"
  refute_output hunter2
}

@test "\$CREDENTIALS_DIRECTORY has the password, and goes before ~/.netrc" {
  smarthost_tls starttls --require-auth
  rc_netrc 'user me@example.org'
  netrc 'machine localhost login me@example.org password wrong'
  mkdir "$T/cred"
  (umask 077 && echo 'sec ret' >"$T/cred/posthaste.password")
  export CREDENTIALS_DIRECTORY=$T/cred
  send
  expect_sent
  (umask 077 && echo 'wrong' >"$T/cred/posthaste.password")
  (umask 077 && echo 'sec ret' >"$T/cred/posthaste.default.password")
  send
  expect_sent
  run "$POSTHASTE" -C "$T/rc" -P
  expect_output \
    "password_file $T/cred/posthaste.default.password # CREDENTIALS_DIRECTORY"
}

@test "a container with variables and a credential needs no file" {
  smarthost_tls starttls --require-auth
  mkdir "$T/cred"
  (umask 077 && echo 'sec ret' >"$T/cred/posthaste.password")
  export CREDENTIALS_DIRECTORY=$T/cred POSTHASTE_HOST=localhost \
    POSTHASTE_PORT=$PORT POSTHASTE_USER=me@example.org \
    POSTHASTE_TLS_TRUST_FILE=$CERT_DIR/ca.pem
  run "$POSTHASTE" you@example.org <"$T/msg"
  expect_sent
}

@test "a relative CREDENTIALS_DIRECTORY is not looked into" {
  smarthost_tls starttls --require-auth
  rc_netrc 'user me@example.org'
  mkdir "$T/cred"
  (umask 077 && echo 'sec ret' >"$T/cred/posthaste.password")
  cd "$T"
  CREDENTIALS_DIRECTORY=cred send
  expect 78 CONFIG
  expect_output 'CREDENTIALS_DIRECTORY (is no absolute path)'
}
