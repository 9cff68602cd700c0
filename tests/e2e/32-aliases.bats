#!/usr/bin/env bats
# Bare and local names reach somebody: aliases, qualify_domain, local_domains
# and rewrite_to.  What the host's full name and /etc/mailname do is tested in
# tests/unit/submit, as a test cannot set them.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  printf 'From: me@example.org\nSubject: x\n\ntext\n' >"$T/msg"
}

teardown() {
  e2e_teardown
}

# aliases LINE ...: the file $T/aliases.
aliases() {
  printf '%s\n' "$@" >"$T/aliases"
}

# send [argument ...]: the message in $T/msg, by the rc file in $T/rc.
send() {
  run "$POSTHASTE" -C "$T/rc" "$@" <"$T/msg"
}

# called NAME [argument ...]: the same by another name, as daemons do it.
called() {
  ln -sf "$POSTHASTE" "$T/$1"
  mkdir -p "$HOME/.config/posthaste"
  cp -p "$T/rc" "$HOME/.config/posthaste/posthasterc"
  run env -i HOME="$HOME" TMPDIR="$T" LOGNAME=root "$T/$1" "${@:2}" <"$T/msg"
}

expect_sent() {
  expect 0 OK
  same "$output" ''
}

# field NAME: its lines, as they arrived.
field() {
  stored "${2-}" | sed -n "/^$1:/,/^[^ ]/{/^$1:/p;/^ /p}" | tr -d '\r'
}

@test "root is aliased, bare, at localhost and at the host's own name" {
  smarthost
  rc "aliases $T/aliases"
  aliases '# for all' 'root: admin@example.com'
  local name n=0
  for name in root root@localhost Root@LOCALHOST.localdomain \
    "root@$(uname -n)" root+cron; do
    send "$name"
    expect_sent
    n=$((n + 1))
    same "$(recipients $n)" admin@example.com
  done
  send root@example.com
  expect_sent
  same "$(recipients $((n + 1)))" root@example.com
}

@test "root is aliased in the header with -t, and goes out once" {
  smarthost
  rc "aliases $T/aliases"
  aliases 'root: a@example.com,' '   # both' '   b@example.com'
  printf 'To: root, Root Root <root@localhost>\nCc: a@example.com\n%s' \
    $'Bcc: c@example.com\n\ntext\n' >"$T/msg"
  send -t
  expect_sent
  same "$(recipients)" 'a@example.com b@example.com c@example.com'
  same "$(field To)" 'To: root, Root Root <root@localhost>'
}

@test "aliases of a whole address, of all others, and of aliases" {
  smarthost
  rc "aliases $T/aliases"
  aliases 'postmaster: root' 'root: ops, printer@nas.lan' \
    'ops: a@example.com' 'printer@nas.lan: b@example.com' \
    'default: rest@example.com'
  send postmaster
  expect_sent
  same "$(recipients)" 'a@example.com b@example.com'
  send joe@localhost someone@nas.lan
  expect_sent
  same "$(recipients 2)" 'rest@example.com someone@nas.lan'
}

@test "what has no alias is qualified" {
  smarthost
  rc "aliases $T/aliases" 'qualify_domain example.com'
  aliases 'root: root, admin@example.net'
  send root joe@localhost x@nas.lan
  expect_sent
  same "$(recipients)" \
    'root@example.com admin@example.net joe@example.com x@nas.lan'
}

@test "local_domains says what else is local, or that nothing is" {
  smarthost
  rc "aliases $T/aliases" 'local_domains auto, nas.lan'
  aliases 'root: admin@example.com'
  send root@nas.lan root@localhost
  expect_sent
  same "$(recipients)" admin@example.com
  send --local-domains nas.lan root@nas.lan root@localhost
  expect_sent
  same "$(recipients 2)" 'admin@example.com root@localhost'
  send --local-domains off root root@nas.lan root@localhost
  expect_sent
  same "$(recipients 3)" 'admin@example.com root@nas.lan root@localhost'
}

@test "without the settings a bare root goes out as it is" {
  smarthost
  rc
  send root root@localhost
  expect_sent
  same "$(recipients)" 'root root@localhost'
}

@test "what no mail can go to is an error of who uses it only" {
  smarthost
  rc "aliases $T/aliases"
  aliases 'root: a@example.com' 'news: a@example.com,' '  |/usr/bin/innd' \
    'nobody: /dev/null' 'list: :include:/etc/list' 'all: root, nobody'
  send root
  expect_sent
  send news
  expect 78 CONFIG
  expect_output "$T/aliases:3: alias \"news\" stands for the command"
  send list@localhost
  expect 78 CONFIG
  expect_output "$T/aliases:5: alias \"list\" stands for the list"
  send all
  expect 78 CONFIG
  expect_output "$T/aliases:4: alias \"nobody\" stands for the file"
  same "${#lines[@]}" 1
  printf 'To: root\nCc: news\n\ntext\n' >"$T/msg"
  send -t
  expect 78 CONFIG
  expect_output "Cc: $T/aliases:3: "
  same "$(grep -c '^C: MAIL' "$T/dialogue")" 1
}

@test "a loop is cut, and one without a way out is told" {
  smarthost
  rc "aliases $T/aliases"
  aliases 'a: b, x@example.com' 'b: a' 'c: d' 'd: c'
  send b
  expect_sent
  same "$(recipients)" x@example.com
  send c
  expect 78 CONFIG
  expect_output "$T/aliases:3: alias \"c\" leads nowhere but back to itself"
  expect_output 'c -> d -> c'
}

@test "a file that is wrong or missing is told with its place" {
  smarthost
  rc "aliases $T/aliases"
  send root
  expect 78 CONFIG
  expect_output "$T/rc:4: aliases: open $T/aliases: No such file"
  aliases 'root: a@example.com' 'b: c' 'Root: b'
  send x@example.com
  expect 78 CONFIG
  expect_output "$T/aliases:3: alias \"Root\" is there already, at line 1"
  aliases 'root a@example.com'
  send x@example.com
  expect 78 CONFIG
  expect_output "$T/aliases:1: no \":\""
  expect_untouched
}

@test "a domain that is none is told with its place" {
  smarthost
  rc 'qualify_domain @example.com'
  send root
  expect 78 CONFIG
  expect_output "$T/rc:4: qualify_domain names \"@example.com\", which is no"
  send --qualify-domain off --local-domains 'auto a..b' root
  expect 78 CONFIG
  expect_output '--local-domains: local_domains names "a..b"'
  expect_untouched
}

@test "a bare sender is qualified if the account has no address" {
  smarthost
  printf 'host localhost\nport %s\nqualify_domain example.com\n' "$PORT" \
    >"$T/rc"
  send -f root x@example.net
  expect_sent
  same "$(sender)" root@example.com
  printf 'From: root (Cron Daemon)\n\ntext\n' >"$T/msg"
  send x@example.net
  expect_sent
  same "$(sender 2)" "$(id -un)@example.com"
  send -f '' x@example.net
  expect_sent
  same "$(sender 3)" ''
}

@test "rewrite_to shows the addresses in To and Cc" {
  local caps
  for caps in CHUNKING,SIZE SIZE; do
    smarthost --caps "$caps"
    rm -f "$T"/store/*
    rc "aliases $T/aliases" 'qualify_domain example.com' rewrite_to
    aliases 'root: Admin <admin@example.com>' 'ops: a@example.com, b@example.com'
    printf '%s\n' 'From: me@example.org' 'To: Super User <root>,' \
      ' x@example.net' 'Cc: ops' 'Reply-To: root' 'Subject: root' \
      'Date: Thu, 1 Jan 2026 00:00:00 +0000' 'Message-ID: <1@x>' '' \
      'To: root' >"$T/msg"
    send -t
    expect_sent
    same "$(recipients)" \
      'admin@example.com x@example.net a@example.com b@example.com'
    printf '%s\r\n' 'From: me@example.org' \
      'To: Super User <admin@example.com>, x@example.net' \
      'Cc: a@example.com, b@example.com' 'Reply-To: root' 'Subject: root' \
      'Date: Thu, 1 Jan 2026 00:00:00 +0000' 'Message-ID: <1@x>' '' \
      'To: root' >"$T/meant"
    stored | cmp - "$T/meant"
    e2e_teardown
  done
}

@test "rewrite_to leaves no domain beside such a name that is not ASCII" {
  local caps
  for caps in 8BITMIME,SMTPUTF8 SIZE; do
    smarthost --caps "$caps"
    rm -f "$T"/store/*
    rc "aliases $T/aliases" rewrite_to
    aliases 'root: admin@example.com'
    printf 'To: root, Jo <jo@bücher.example>\n\nx\n' >"$T/msg"
    send -t
    expect_sent
    same "$(recipients)" 'admin@example.com jo@xn--bcher-kva.example'
    same "$(field To)" \
      'To: admin@example.com, Jo <jo@xn--bcher-kva.example>'
    e2e_teardown
  done
}

@test "rewrite_to leaves fields without such names as they are" {
  smarthost
  rc "aliases $T/aliases" rewrite_to
  aliases 'root: admin@example.com'
  printf 'To:   a@example.net ,b@example.net\nCc: Doe, John <root>\n\nx\n' \
    >"$T/msg"
  send root
  expect_sent
  same "$(field To)" 'To:   a@example.net ,b@example.net'
  same "$(field Cc)" 'Cc: Doe, John <admin@example.com>'
  send --rewrite-to=off root
  expect_sent
  same "$(field Cc 2)" 'Cc: Doe, John <root>'
}

@test "flags and environment name the file, but no flag of sendmail's" {
  smarthost
  rc
  aliases 'root: admin@example.com'
  send --aliases "$T/aliases" root
  expect_sent
  same "$(recipients)" admin@example.com
  POSTHASTE_ALIASES=$T/aliases send root
  expect_sent
  same "$(recipients 2)" admin@example.com
  rc "aliases $T/nothing"
  send --aliases off root
  expect_sent
  same "$(recipients 3)" root
  rc
  called sendmail --aliases="$T/aliases" root
  expect 64 USAGE
  called sendmail "-oA$T/aliases" root
  expect_sent
  same "$(recipients 4)" root
}

@test "--pretend shows whom it would go to" {
  smarthost
  rc "aliases $T/aliases" 'qualify_domain example.com'
  aliases 'root: admin@example.com'
  send --pretend root joe
  expect 0 OK
  expect_output 'RCPT TO:<admin@example.com>'
  expect_output 'RCPT TO:<joe@example.com>'
  expect_output "aliases $T/aliases # $T/rc:4"
  expect_untouched
}

@test "thousands of aliases" {
  smarthost
  rc "aliases $T/aliases"
  seq 20000 | sed 's/.*/user&: u&@example.com/' >"$T/aliases"
  send user1 user20000
  expect_sent
  same "$(recipients)" 'u1@example.com u20000@example.com'
}

# The callers of bare names

@test "cron of Debian, MAILTO as in the crontab" {
  smarthost
  rc "aliases $T/aliases" 'qualify_domain example.com' rewrite_to
  aliases 'root: admin@example.net'
  printf '%s\n' 'From: root (Cron Daemon)' 'To: root,joe' \
    'Subject: Cron <root@host> job' 'X-Cron-Env: <LOGNAME=root>' '' out . more \
    >"$T/msg"
  called sendmail -FCronDaemon -i -B8BITMIME -oem root,joe
  expect_sent
  same "$(recipients)" 'admin@example.net joe@example.com'
  same "$(field To)" 'To: admin@example.net, joe@example.com'
}

@test "cronie, anacron, busybox, systemd-cron, atd and sudo" {
  smarthost
  rc "aliases $T/aliases"
  aliases 'root: admin@example.net'
  printf 'From: root (Cron Daemon)\nTo: root\n\nout\n.\nmore\n' >"$T/msg"
  local n=0 args
  while read -r args; do
    # shellcheck disable=SC2086 # they are words
    called sendmail $args
    expect_sent
    n=$((n + 1))
    same "$(recipients $n)" admin@example.net
  done <<'END'
-FCronDaemon -i -odi -oem -oi -t -f root
-FCronDaemon -odi -oem -or0s root
-FAnacron -odi root
-ti
-i -B 8BITMIME root
-i root
-t
END
  same "$n" 7
}
