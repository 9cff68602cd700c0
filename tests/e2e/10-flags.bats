#!/usr/bin/env bats
# The command line: our flags, sendmail's letters, and the calls that other
# programs really make.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  printf 'From: me@example.org\nTo: you@example.org\nSubject: hi\n\ntext\n' \
    >"$T/msg"
}

teardown() {
  e2e_teardown
}

# send [argument ...]: the message in $T/msg, by the rc file in $T/rc.
send() {
  run "$POSTHASTE" -C "$T/rc" "$@" <"$T/msg"
}

# called NAME [argument ...]: the message in $T/msg, by a link of that name;
# the rc file in $T/rc becomes the user's.
called() {
  local name=$1
  shift
  [ ! -e "$T/rc" ] || mv "$T/rc" "$HOME/.posthasterc"
  mkdir -p "$T/bin"
  [ -e "$T/bin/$name" ] || ln -s "$POSTHASTE" "$T/bin/$name"
  run "$T/bin/$name" "$@" <"$T/msg"
}

# told NAME: the line of that name in the envelope, as "tls" or "auth".
told() {
  sed -n "s/^$1 //p" "$T/store/${2:-1}.env"
}

# field NAME [N]: that field of the message stored, unfolded.
field() {
  stored "${2:-1}" | tr -d '\r' |
    sed -n "/^\$/q; s/^$1: //p"
}

# The message's body as it was stored is what printf makes of the arguments.
expect_body() {
  # shellcheck disable=SC2059
  printf "$@" >"$T/meant"
  stored | sed '1,/^\r$/d' >"$T/body"
  cmp "$T/body" "$T/meant"
}

# It was sent, and nothing was said about it.
expect_sent() {
  expect 0 OK
  same "$output" ''
  [ -s "$T/store/1.eml" ]
}

@test "a recipient argument is where the mail goes, and nobody else" {
  smarthost
  rc
  send them@example.org
  expect_sent
  same "$(recipients)" them@example.org
  same "$(sender)" me@example.org
  printf 'From: me@example.org\r\nTo: you@example.org\r\n%s' \
    $'Subject: hi\r\n\r\ntext\r\n' >"$T/meant"
  stored | sed '1,2d' | cmp - "$T/meant" # Date and Message-ID
}

@test "several recipients in one argument get the mail" {
  smarthost
  rc
  send '<a@example.org>, B <b@example.org>' c@example.org,d@example.org
  expect_sent
  same "$(recipients)" \
    'a@example.org b@example.org c@example.org d@example.org'
}

@test "a recipient named twice gets one mail" {
  smarthost
  rc
  send a@example.org a@EXAMPLE.ORG A@example.org 'A <a@example.org>'
  expect_sent
  same "$(recipients)" 'a@example.org A@example.org'
}

@test "-t takes the recipients from To, Cc and Bcc" {
  smarthost
  rc
  printf '%s\n' 'From: me@example.org' 'To: a@example.org,' \
    ' B <b@example.org>' 'Cc: c@example.org' 'Bcc: d@example.org' '' text \
    >"$T/msg"
  send -t
  expect_sent
  same "$(recipients)" \
    'a@example.org b@example.org c@example.org d@example.org'
}

@test "with -t, recipient arguments are added" {
  smarthost
  rc
  send -t them@example.org
  expect_sent
  same "$(recipients)" 'them@example.org you@example.org'
  send --read-recipients them@example.org
  expect_sent
  same "$(recipients 2)" 'them@example.org you@example.org'
}

@test "without recipients it is misuse" {
  smarthost
  rc
  send
  expect 64 USAGE
  expect_output 'no recipients'
  printf 'From: me@example.org\nSubject: hi\n\nTo: you@example.org\n' \
    >"$T/msg"
  send -t
  expect 64 USAGE
  expect_output 'no recipients'
  expect_untouched
}

@test "a lone dot is text when standard input is no terminal" {
  smarthost
  rc
  printf 'From: me@example.org\n\none\n.\ntwo\n' >"$T/msg"
  local how
  for how in '' -i -oi; do
    send ${how:+"$how"} you@example.org
    expect_sent
    rm "$T"/store/*
  done
  from_pipe() { cat "$T/msg" | "$POSTHASTE" -C "$T/rc" you@example.org; }
  run from_pipe
  expect_sent
  expect_body 'one\r\n.\r\ntwo\r\n'
}

# type_in [flag ...]: the message at a terminal, a lone dot in it.
type_in() {
  printf 'From: me@example.org\n\none\n.\ntwo\n\4' |
    script -qec "'$POSTHASTE' -C '$T/rc' $* you@example.org" /dev/null
}

@test "at a terminal a lone dot ends the message" {
  command -v script >/dev/null || skip 'script is not installed'
  smarthost
  rc
  run type_in
  expect 0 OK
  expect_body 'one\r\n'
}

@test "at a terminal with -i only end of file ends the message" {
  command -v script >/dev/null || skip 'script is not installed'
  smarthost
  rc
  run type_in -i
  expect 0 OK
  expect_body 'one\r\n.\r\ntwo\r\n'
}

@test "-f, -r and --from name the sender, joined or apart" {
  smarthost
  rc
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
  local n=0 flags
  for flags in '-f boss@example.com' -fboss@example.com \
    '-r boss@example.com' -rboss@example.com '--from boss@example.com' \
    --from=boss@example.com; do
    # shellcheck disable=SC2086
    send $flags you@example.org
    expect_sent
    n=$((n + 1))
    same "$(sender $n)" boss@example.com
    same "$(field From $n)" boss@example.com
    field Message-ID $n | grep -q '@example\.com>$'
  done
}

@test "-f leaves the message's own From alone" {
  smarthost
  rc
  send -f boss@example.com you@example.org
  expect_sent
  same "$(sender)" boss@example.com
  same "$(field From)" me@example.org
}

@test "-f '' and -f '<>' are the null sender, and a name in -f is dropped" {
  smarthost
  rc
  send -f '' you@example.org
  expect_sent
  same "$(sender 1)" ''
  send -f '<>' you@example.org
  expect_sent
  same "$(sender 2)" ''
  send -f 'The Boss <boss@example.com>' you@example.org
  expect_sent
  same "$(sender 3)" boss@example.com
}

@test "-F and --from-full-name name the author of a message without From" {
  smarthost
  rc
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
  send -F 'A B' you@example.org
  expect_sent
  same "$(field From 1)" 'A B <me@example.org>'
  send -FA you@example.org
  same "$(field From 2)" 'A <me@example.org>'
  send '-FA B' you@example.org
  same "$(field From 3)" 'A B <me@example.org>'
  send --from-full-name 'A B' you@example.org
  same "$(field From 4)" 'A B <me@example.org>'
  send --from-full-name='A, B' you@example.org
  same "$(field From 5)" '"A, B" <me@example.org>'
}

@test "-F '' is no name, as callers write it who have none" {
  smarthost
  rc 'from_full_name Rc'
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
  send -F '' you@example.org
  expect_sent
  same "$(field From 1)" 'me@example.org'
  called sendmail -F '' -t
  expect_sent
  same "$(field From 2)" 'me@example.org'
}

@test "-C and --file name the rc file to read, and no other is read" {
  smarthost
  rc
  echo 'nonsense' >"$HOME/.posthasterc"
  local n=0 flags
  for flags in "-C $T/rc" "-C$T/rc" "--file $T/rc" "--file=$T/rc"; do
    # shellcheck disable=SC2086
    run "$POSTHASTE" $flags you@example.org <"$T/msg"
    expect_sent
    n=$((n + 1))
    [ -s "$T/store/$n.eml" ]
  done
}

@test "-a and --account choose the account" {
  smarthost
  rc 'account work' 'host localhost' "port $PORT" 'from me@work.example'
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
  local n=0 flags
  for flags in '-a work' -awork '--account work' --account=work; do
    # shellcheck disable=SC2086
    send $flags you@example.org
    expect_sent
    n=$((n + 1))
    same "$(sender $n)" me@work.example
  done
  send -a default you@example.org
  same "$(sender 5)" me@example.org
}

@test "-v, -d and --debug show the dialogue on standard error" {
  smarthost
  rc
  local flag
  for flag in -v -d --debug -d0-99.1; do
    run --separate-stderr "$POSTHASTE" -C "$T/rc" $flag you@example.org \
      <"$T/msg"
    expect 0 OK
    same "$output" ''
    output=$stderr
    expect_output 'MAIL FROM:<me@example.org>'
    expect_output '220 smarthost.test'
    refute_output 'Subject: hi'
  done
}

# Neither as it is nor in any form that the client said it to the server.
refute_secrets() {
  local secrets secret
  refute_output 'sec ret'
  refute_output "$(printf 'sec ret' | base64)"
  refute_output "$(printf '\0me@example.org\0sec ret' | base64)"
  secrets=$(awk '$2 == "AUTH" { on = 1; $0 = "C: " $4 }
    on && /^C: ...../ { print $2 }
    /^S: [25]/ { on = 0 }' "$T/dialogue")
  [ -n "$secrets" ]
  while IFS= read -r secret; do
    refute_output "$secret"
  done <<<"$secrets"
}

@test "--debug shows no secret, whatever the mechanism" {
  local mech
  for mech in PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-256-PLUS; do
    rm -f "$T/dialogue"
    smarthost_tls starttls
    rc_login "auth $mech"
    send --debug you@example.org
    expect 0 OK
    expect_output "AUTH $mech"
    refute_secrets
    kill "$SERVER_PID"
  done
}

@test "--help shows the flags and exits 0" {
  run --separate-stderr "$POSTHASTE" --help
  expect 0 OK
  same "$stderr" ''
  local word
  for word in 'usage: posthaste' --account --file --pretend --debug --host \
    --port --tls-trust-file --passwordeval --password-file --from \
    --partial-delivery; do
    expect_output "$word"
  done
  same "$(awk 'length > 79' <<<"$output")" ''
}

@test "--version shows the version and the system's rc file" {
  run --separate-stderr "$POSTHASTE" --version
  expect 0 OK
  same "$stderr" ''
  [[ ${lines[0]} =~ ^posthaste\ [0-9]+\.[0-9]+ ]]
  expect_output /posthasterc
}

@test "--help and --version need no rc file and no standard input" {
  without_stdin() { "$POSTHASTE" "$@" <&-; }
  run without_stdin --help
  expect 0 OK
  run without_stdin --version
  expect 0 OK
}

@test "--pretend shows settings, their places and the envelope, and sends nothing" {
  smarthost_tls starttls
  rc_login
  run --separate-stderr "$POSTHASTE" -C "$T/rc" --pretend --timeout 17 \
    -t them@example.org <"$T/msg"
  expect 0 OK
  same "$stderr" ''
  expect_output "host localhost # $T/rc:1"
  expect_output "port $PORT # $T/rc:2"
  expect_output 'timeout 17 # --timeout'
  expect_output 'partial_delivery on # default'
  expect_output 'MAIL FROM:<me@example.org>'
  expect_output 'RCPT TO:<them@example.org>'
  expect_output 'RCPT TO:<you@example.org>'
  expect_untouched
}

@test "--pretend shows no password, and runs no command for one" {
  smarthost
  rc 'user me@example.org' 'password "sec ret"'
  send -P
  expect 0 OK
  expect_output 'password *'
  refute_output 'sec ret'
  rc 'user me@example.org' "passwordeval \"touch '$T/ran'\""
  send -P
  expect 0 OK
  expect_output 'passwordeval'
  [ ! -e "$T/ran" ]
  expect_untouched
}

@test "--pretend does not need a message without recipients to look at" {
  smarthost
  rc
  without_stdin() { "$POSTHASTE" -C "$T/rc" --pretend <&-; }
  run without_stdin
  expect 0 OK
  refute_output 'RCPT TO'
}

@test "--host and --port alone are enough, joined by = or apart" {
  smarthost
  run "$POSTHASTE" --host localhost --port "$PORT" you@example.org <"$T/msg"
  expect_sent
  run "$POSTHASTE" --host=localhost --port="$PORT" you@example.org <"$T/msg"
  expect_sent
  same "$(recipients 2)" you@example.org
}

@test "flags alone log in over TLS" {
  smarthost_tls starttls --require-auth
  run "$POSTHASTE" --host localhost --port "$PORT" --tls --tls-starttls \
    --tls-trust-file "$CERT_DIR/ca.pem" --auth=LOGIN --user me@example.org \
    --passwordeval 'echo "sec ret"' --passwordeval-timeout 30 \
    --from me@example.org --timeout 30 --domain client.example \
    you@example.org <"$T/msg"
  expect_sent
  same "$(told auth)" 'LOGIN me@example.org'
  same "$(told helo)" client.example
  [[ $(told tls) == TLS1.* ]]
}

@test "--tls requires TLS, and --tls=off goes without" {
  smarthost
  rc
  send --tls you@example.org
  expect 76 PROTOCOL
  send --tls=on you@example.org
  expect 76 PROTOCOL
  expect_nothing_sent
  kill "$SERVER_PID"
  smarthost_tls starttls
  rc
  send --tls=off you@example.org
  expect_sent
  same "$(told tls)" none
}

@test "--tls-starttls=off begins with TLS" {
  smarthost_tls implicit
  rc
  send --tls-starttls=off --tls-trust-file "$CERT_DIR/ca.pem" you@example.org
  expect_sent
  [[ $(told tls) == TLS1.* ]]
}

@test "--tls-trust-file says whom to trust" {
  smarthost_tls starttls
  rc
  send --tls --tls-trust-file="$CERT_DIR/otherca.pem" you@example.org
  expect 69 UNAVAILABLE
  expect_nothing_sent
  send --tls --tls-trust-file="$CERT_DIR/ca.pem" you@example.org
  expect_sent
}

@test "--auth=off does not log in, and --user alone does" {
  smarthost_tls starttls
  rc_login
  send --auth=off you@example.org
  expect_sent
  same "$(told auth 1)" none
  rc "tls_trust_file $CERT_DIR/ca.pem"
  send --user me@example.org --passwordeval 'echo "sec ret"' you@example.org
  expect_sent
  [[ $(told auth 2) == *' me@example.org' ]]
}

@test "--password-file holds the password" {
  smarthost_tls starttls --require-auth
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org'
  (umask 077 && echo 'sec ret' >"$T/pw")
  send --password-file "$T/pw" you@example.org
  expect_sent
}

@test "there is no flag for the password itself" {
  smarthost
  rc
  send --password 'sec ret' you@example.org
  expect 64 USAGE
  refute_output 'sec ret'
}

@test "--timeout ends the wait for a server that says nothing" {
  smarthost --on 'greeting stall'
  rc
  send --timeout 1 you@example.org
  expect 75 TEMPFAIL
}

@test "--domain is the name in EHLO" {
  smarthost
  rc
  send --domain client.example you@example.org
  expect_sent
  same "$(told helo)" client.example
}

@test "--partial-delivery=off sends to all or none" {
  smarthost
  rc
  send --partial-delivery=off you@example.org unknown@example.org
  expect 67 NOUSER
  [ ! -e "$T/store/1.eml" ]
  send --partial-delivery you@example.org unknown@example.org
  expect 67 NOUSER
  same "$(recipients)" you@example.org
}

@test "flags and recipients may stand in any order" {
  smarthost
  rc
  run "$POSTHASTE" a@example.org -f boss@example.com b@example.org \
    -C "$T/rc" --domain client.example c@example.org -i <"$T/msg"
  expect_sent
  same "$(sender)" boss@example.com
  same "$(recipients)" 'a@example.org b@example.org c@example.org'
  same "$(told helo)" client.example
}

@test "letters may stand in one word, an argument at its end" {
  smarthost
  rc
  send -ti
  expect_sent
  send -it
  expect_sent
  send -tifboss@example.com
  expect_sent
  send -tif boss@example.com
  expect_sent
  send -tioi
  expect_sent
  send -tvf boss@example.com
  expect 0 OK
  local n
  for n in 1 2 3 4 5 6; do
    same "$(recipients $n)" you@example.org
  done
  same "$(sender 3) $(sender 4) $(sender 6)" \
    'boss@example.com boss@example.com boss@example.com'
}

@test "behind -- all are recipients, a leading hyphen or not" {
  smarthost
  rc
  send -- -x@example.org -t --help@example.org
  expect 0 OK
  same "$output" ''
  same "$(recipients)" '-x@example.org -t --help@example.org'
}

@test "an unknown flag is misuse, and the nearest one is named" {
  smarthost
  rc
  send --hots localhost you@example.org
  expect 64 USAGE
  expect_output 'did you mean "--host"?'
  send --tls-trustfile /dev/null you@example.org
  expect 64 USAGE
  expect_output 'did you mean "--tls-trust-file"?'
  send --acount x you@example.org
  expect 64 USAGE
  expect_output 'did you mean "--account"?'
  send --zzzzzz you@example.org
  expect 64 USAGE
  expect_output '--zzzzzz'
  refute_output 'did you mean'
  send -Z you@example.org
  expect 64 USAGE
  expect_output '"-Z"'
  send -tZ you@example.org
  expect 64 USAGE
  expect_untouched
}

@test "an unknown flag with control characters is shown without them" {
  smarthost
  rc
  send $'--\e[31mred\n' you@example.org
  expect 64 USAGE
  refute_output $'\e'
  same "${#lines[@]}" 1
}

@test "a flag without its argument, or with one too many, is misuse" {
  smarthost
  rc
  local flag
  for flag in -f -F -r -a -C -tf --host --port --from --account --file; do
    send you@example.org $flag
    expect 64 USAGE
    expect_output 'needs an argument'
  done
  send --help=me
  expect 64 USAGE
  send --pretend=yes
  expect 64 USAGE
  expect_untouched
}

@test "a flag with a value that cannot be is misuse, and the right ones are named" {
  smarthost
  rc
  send --port 70000 you@example.org
  expect 64 USAGE
  expect_output '--port'
  expect_output 65535
  send --port smtp you@example.org
  expect 64 USAGE
  send --tls=maybe you@example.org
  expect 64 USAGE
  expect_output 'auto, on, off'
  send --auth=FOO you@example.org
  expect 64 USAGE
  expect_output SCRAM-SHA-256
  send --host '' you@example.org
  expect 64 USAGE
  send --timeout -1 you@example.org
  expect 64 USAGE
  expect_untouched
}

@test "sendmail's letters that mean nothing here are taken" {
  smarthost
  rc
  send -B8BITMIME -B 8BITMIME -oem -odi -oep -odb -oee -or0s -o em -m -em \
    -D -E -J -s -T -z line -4 -6 -e m -G -n -U -x -h 3 -Ac -L tag -p ESMTP:host -O Timeout=1h \
    -OQueueDirectory="$T/queue" -bm you@example.org
  expect_sent
  same "$(recipients)" you@example.org
  [ ! -e "$T/queue" ]
}

@test "what sendmail could do and this cannot is refused, not ignored" {
  smarthost
  rc
  local flag
  for flag in -bs -bd -bD -bt -bh; do
    send $flag you@example.org
    expect 69 UNAVAILABLE
    expect_output 'in this version'
  done
  send -M you@example.org
  expect 69 UNAVAILABLE
  expect_output '--queue-retry'
  expect_untouched
}

@test "-bs is refused and leaves standard input to the caller" {
  smarthost
  rc
  printf 'EHLO x\r\nMAIL FROM:<a@example.org>\r\n' >"$T/msg"
  speak_smtp() {
    local status=0
    "$POSTHASTE" -C "$T/rc" -bs || status=$?
    cat >"$T/left"
    return $status
  }
  run --separate-stderr speak_smtp <"$T/msg"
  expect 69 UNAVAILABLE
  same "$output" ''
  [ -n "$stderr" ]
  cmp "$T/msg" "$T/left"
  expect_untouched
}

@test "Debian's cron" {
  smarthost
  rc
  printf '%s\n' 'From: root (Cron Daemon)' 'To: root' \
    'Subject: Cron <root@host> test' 'MIME-Version: 1.0' \
    'Content-Type: text/plain; charset=UTF-8' \
    'Content-Transfer-Encoding: 8bit' 'X-Cron-Env: <SHELL=/bin/sh>' \
    'X-Cron-Env: <LOGNAME=root>' '' 'out' . 'more' >"$T/msg"
  called sendmail -FCronDaemon -i -B8BITMIME -oem root
  expect_sent
  same "$(recipients)" root
  same "$(sender)" me@example.org
  same "$(field From)" 'Cron Daemon <me@example.org>'
  expect_body 'out\r\n.\r\nmore\r\n'
}

@test "cronie" {
  smarthost
  rc
  printf '%s\n' 'From: "(Cron Daemon)" <root>' 'To: root' \
    'Subject: Cron <root@host> test' 'Auto-Submitted: auto-generated' \
    'X-Cron-Env: <SHELL=/bin/sh>' '' out . more >"$T/msg"
  called sendmail -FCronDaemon -i -odi -oem -oi -t -f root
  expect_sent
  same "$(recipients)" root
  same "$(sender)" me@example.org
  same "$(field From)" '"(Cron Daemon)" <me@example.org>'
  expect_body 'out\r\n.\r\nmore\r\n'
}

@test "Vixie's cron, systemd-cron, anacron, busybox and atd" {
  smarthost
  rc
  printf 'From: root (Cron Daemon)\nTo: root\n\nout\n.\nmore\n' >"$T/msg"
  called sendmail -FCronDaemon -odi -oem -or0s root
  expect_sent
  called sendmail -i -B 8BITMIME root
  expect_sent
  called sendmail -FAnacron -odi root
  expect_sent
  called sendmail -ti
  expect_sent
  called sendmail -i root
  expect_sent
  local n
  for n in 1 2 3 4 5; do
    same "$(recipients $n)" root
    stored $n | tail -n1 | grep -q '^more'
  done
}

@test "mutt" {
  smarthost
  rc
  printf 'From: Me <me@example.org>\nTo: a@example.org\nBcc: b@example.org\n%s' \
    $'Subject: hi\n\ntext\n' >"$T/msg"
  called sendmail -oem -oi -f me@example.org -- a@example.org b@example.org
  expect_sent
  same "$(recipients)" 'a@example.org b@example.org'
  same "$(field Bcc)" ''
}

@test "PHP's mail()" {
  smarthost
  rc
  printf 'To: you@example.org\r\nSubject: hi\r\nX-A: b\r\n\r\none\n.\ntwo\n' \
    >"$T/msg"
  called sendmail -t -i
  expect_sent
  same "$(recipients)" you@example.org
  expect_body 'one\r\n.\r\ntwo\r\n'
  called sendmail -t -i -fboss@example.com
  expect_sent
  same "$(sender 2)" boss@example.com
  called sendmail -fboss@example.com -i -t # PHPMailer
  expect_sent
  same "$(sender 3)" boss@example.com
}

@test "sudo, mdadm and logwatch forget -i, and a lone dot cuts nothing" {
  smarthost
  rc
  printf '%s\n' 'From: mdadm monitoring <root>' 'To: root' 'Subject: fail' '' \
    one . two >"$T/msg"
  called sendmail -t
  expect_sent
  same "$(recipients)" root
  expect_body 'one\r\n.\r\ntwo\r\n'
}

@test "git send-email" {
  smarthost
  rc
  printf '%s\n' 'From: Me <author@example.com>' 'To: list@example.org' \
    'Cc: a@example.org' 'Subject: [PATCH] x' \
    'Date: Thu,  1 Jan 2026 00:00:00 +0000' \
    'Message-ID: <20260101000000.1-1-me@example.org>' '' '---' ' a | 1 +' '' \
    '-- ' '2.39.5' >"$T/msg"
  called sendmail -i list@example.org a@example.org
  expect_sent
  same "$(recipients)" 'list@example.org a@example.org'
  sed 's/$/\r/' "$T/msg" | cmp - "$T/store/1.eml"
  called sendmail -f boss@example.com -i list@example.org
  expect_sent
  same "$(sender 2)" boss@example.com
}

@test "mail, s-nail, mailutils, Emacs and Mercurial" {
  smarthost
  rc
  called sendmail -i -t -f boss@example.com -m
  expect_sent
  called sendmail -i -m -F 'A B' -f boss@example.com -- you@example.org
  expect_sent
  called sendmail -oi -f boss@example.com -t
  expect_sent
  called sendmail -oi -f boss@example.com -oem -odb -t
  expect_sent
  called sendmail -f boss@example.com you@example.org
  expect_sent
  local n
  for n in 1 2 3 4 5; do
    same "$(sender $n) $(recipients $n)" 'boss@example.com you@example.org'
  done
}

@test "without a sender said anywhere else, the message's own counts" {
  smarthost
  printf 'host localhost\nport %s\n' "$PORT" >"$T/rc"
  called sendmail -i you@example.org
  expect_sent
  same "$(sender)" me@example.org
}

@test "Symfony's -bs by the name sendmail is refused" {
  smarthost
  rc
  called sendmail -bs
  expect 69 UNAVAILABLE
  expect_output 'in this version'
  expect_untouched
}

@test "as sendmail, no flag writes a file, reads one or runs a command" {
  smarthost
  rc
  printf 'host localhost\nport %s\nfrom evil@example.org\n' "$PORT" >"$T/evil"
  mkdir "$T/empty"
  cd "$T/empty"
  called sendmail "-X$T/empty/x.php" you@example.org
  expect_sent
  called sendmail -X "$T/empty/x.php" you@example.org
  expect_sent
  called sendmail "-C$T/evil" you@example.org
  expect_sent
  called sendmail -C "$T/evil" you@example.org
  expect_sent
  called sendmail "-OQueueDirectory=$T/empty/q" you@example.org
  expect_sent
  called sendmail -O "QueueDirectory=$T/empty/q" "-oQ$T/empty/q" \
    "-oA$T/empty/aliases" "-OLogFile=$T/empty/log" you@example.org
  expect_sent
  local n
  for n in 1 2 3 4 5 6; do
    same "$(sender $n) $(recipients $n)" 'me@example.org you@example.org'
  done
  same "$(ls -A "$T/empty")" ''
}

@test "as sendmail, a file or command in whatever flag is left alone" {
  smarthost
  rc "logfile $T/log"
  printf 'you: evil@example.org\n' >"$T/evil"
  printf 'touch %s\n' "$T/empty/ran" >"$T/command"
  chmod +x "$T/command"
  mkdir "$T/empty"
  cd "$T/empty"
  local flag path n=0
  for path in "$T/evil" "$T/empty/new" "|$T/command" "$T/command"; do
    for flag in -oA -OAliasFile= -oQ -oE -oH -oP -oS -OErrorHeader= \
      -OHelpFile= -OStatusFile= -OPidFile= -OHostsFile= -OSafeFileEnvironment= \
      -OUserDatabaseSpec= -X -C -A -D -E -J -L -S -d -h -p -z; do
      called sendmail "$flag$path" you
      [ "$status" -eq 0 ] || same "$flag$path" ''
      n=$((n + 1))
      same "$flag $(sender $n) $(recipients $n)" "$flag me@example.org you"
    done
  done
  same "$(wc -l <"$T/log")" $n
  same "$(ls -A "$T/empty")" ''
  same "$(cat "$T/evil")" 'you: evil@example.org'
}

@test "as sendmail, our long flags are unknown" {
  smarthost
  rc
  mkdir "$T/empty"
  cd "$T/empty"
  local flag
  for flag in --passwordeval "--passwordeval=touch $T/empty/ran" --file \
    "--file=$T/empty/rc" --password-file --host=localhost --port=25 \
    --account=x --debug --pretend --read-recipients --from=x@example.org \
    --tls=off --tls-trust-file=/dev/null --user=x; do
    called sendmail "$flag" "touch $T/empty/ran" you@example.org
    expect 64 USAGE
    expect_output 'sendmail'
  done
  same "$(ls -A "$T/empty")" ''
  expect_untouched
  called sendmail --help
  expect 0 OK
  called sendmail --version
  expect 0 OK
}

@test "as send-mail it is sendmail, too" {
  smarthost
  rc
  called send-mail "-X$T/log" you@example.org
  expect_sent
  [ ! -e "$T/log" ]
}

# by_all_paths NAME: an absolute, a relative and a linked path.
by_all_paths() {
  ln -s "$POSTHASTE" "$T/$1"
  ln -s "$T/$1" "$T/linked-$1"
  mkdir "$T/dir"
  ln -s "../linked-$1" "$T/dir/$1"
  cd "$T"
  PATH=$T:$PATH
  paths=("$T/$1" "./$1" "dir/$1" "$T/dir/../dir/$1" "$1")
}

@test "newaliases has nothing to do, by whatever path it is called" {
  by_all_paths newaliases
  local path
  for path in "${paths[@]}"; do
    run "$path" </dev/null
    expect 0 OK
    same "$output" ''
  done
}

@test "mailq lists an empty queue, by whatever path it is called" {
  by_all_paths mailq
  local path
  for path in "${paths[@]}"; do
    run "$path" </dev/null
    expect 0 OK
    same "$output" 'Mail queue is empty'
  done
}

@test "success is silent" {
  smarthost_tls starttls
  rc_login
  run --separate-stderr "$POSTHASTE" -C "$T/rc" you@example.org <"$T/msg"
  expect 0 OK
  same "$output" ''
  same "$stderr" ''
}

@test "a failure is said on standard error alone" {
  smarthost
  rc
  run --separate-stderr "$POSTHASTE" -C "$T/rc" unknown@example.org <"$T/msg"
  expect 67 NOUSER
  same "$output" ''
  [ -n "$stderr" ]
}

@test "standard input closed is no message" {
  smarthost
  rc
  without_stdin() { "$POSTHASTE" -C "$T/rc" you@example.org <&-; }
  run without_stdin
  expect 66 NOINPUT
  [ -n "$output" ]
  expect_untouched
}

@test "a directory as standard input is no message" {
  smarthost
  rc
  run "$POSTHASTE" -C "$T/rc" you@example.org <"$T"
  expect 66 NOINPUT
  expect_untouched
}

@test "standard output and standard error closed do not get into the message" {
  smarthost
  rc
  without_output() { "$POSTHASTE" -C "$T/rc" -d "$@" <"$T/msg" >&-; }
  without_error() { "$POSTHASTE" -C "$T/rc" -d "$@" <"$T/msg" 2>&-; }
  without_both() { "$POSTHASTE" -C "$T/rc" -d "$@" <"$T/msg" >&- 2>&-; }
  local how n=0
  for how in without_output without_error without_both; do
    run $how you@example.org
    expect 0 OK
    run $how unknown@example.org
    expect 67 NOUSER
    n=$((n + 1))
    stored $n | sed '1,2d' | tr -d '\r' | cmp - "$T/msg"
  done
  if grep -q '^S: 5.. .*command' "$T/dialogue"; then
    cat "$T/dialogue"
    return 1
  fi
}

@test "nothing at all open is no message, and does not hang" {
  smarthost
  rc
  without_all() { "$POSTHASTE" -C "$T/rc" you@example.org <&- >&- 2>&-; }
  run without_all
  expect 66 NOINPUT
  expect_untouched
}

@test "a standard output that is full makes --help fail" {
  [ -w /dev/full ] || skip 'there is no /dev/full'
  to_full() { "$POSTHASTE" --help >/dev/full; }
  run to_full
  expect 74 IOERR
}

@test "a standard error that is full does not keep the mail" {
  [ -w /dev/full ] || skip 'there is no /dev/full'
  smarthost
  rc
  to_full() { "$POSTHASTE" -C "$T/rc" -d you@example.org 2>/dev/full; }
  run to_full <"$T/msg"
  expect 0 OK
  [ -s "$T/store/1.eml" ]
}
