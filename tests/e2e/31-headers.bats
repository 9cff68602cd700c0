#!/usr/bin/env bats
# The fields of the header that are written or changed, and the sender.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  host=$(hostname)
  short=${host%%.*}
}

teardown() {
  e2e_teardown
}

# send FORMAT [argument ...]: a message in printf's notation.
send() {
  # shellcheck disable=SC2059
  printf "$1" >"$T/in"
  shift
  rm -f "$T"/store/*
  run "$POSTHASTE" -C "$T/rc" "$@" <"$T/in"
}

# called NAME FORMAT [argument ...]: the same by that name.
called() {
  local name=$1
  mkdir -p "$HOME/.config/posthaste"
  cp "$T/rc" "$HOME/.config/posthaste/posthasterc"
  # shellcheck disable=SC2059
  printf "$2" >"$T/in"
  shift 2
  rm -f "$T"/store/*
  ln -sf "$POSTHASTE" "$T/$name"
  run "$T/$name" "$@" <"$T/in"
}

expect_sent() {
  expect 0 OK
  same "$output" ''
}

# header NAME: the fields of that name, unfolded.
header() {
  stored | tr -d '\r' | awk '
    NR > 1 && !/^[ \t]/ { print "" }
    /^$/ { exit }
    { printf "%s", $0 }' | sed -n "s/^$1: *//p"
}

names() {
  stored | tr -d '\r' | sed -n '/^$/q; s/^\([A-Za-z-]*\):.*/\1/p' | paste -sd ' '
}

# from MESSAGE MEANT: what becomes of From, with -f root.
from() {
  send "From: $1\n\nx\n" -f root you@example.org
  expect_sent
  same "$(header From)" "$2"
  same "$(sender)" me@example.org
}

# The sender

@test "root (Cron Daemon), Anacron <root> and their like become the account's address" {
  smarthost
  rc
  from 'root (Cron Daemon)' 'Cron Daemon <me@example.org>'
  from '"(Cron Daemon)" <root>' '"(Cron Daemon)" <me@example.org>'
  from 'Anacron <root>' 'Anacron <me@example.org>'
  from 'MAILER-DAEMON <>' 'MAILER-DAEMON <me@example.org>'
  from 'mdadm monitoring <root>' 'mdadm monitoring <me@example.org>'
  from 'root' "root on $short <me@example.org>"
  from 'root@localhost' "root on $short <me@example.org>"
  from "www-data@$host" "www-data on $short <me@example.org>"
  from "Me <me@$short>" 'Me <me@example.org>'
  from '"S\\"q" <root@LOCALHOST.localdomain>' '"S\"q" <me@example.org>'
}

@test "of several authors only those without a real address are replaced" {
  smarthost
  rc
  from 'root, A <a@b.example>, Cron <cron@localhost>' \
    "root on $short <me@example.org>, A <a@b.example>"
  from 'root, Me <me@example.org>' 'Me <me@example.org>'
  from 'Team: root, a@b.example;' \
    "Team: root on $short <me@example.org>, a@b.example;"
}

@test "a From that cannot be read becomes the name of the account's address" {
  smarthost
  rc
  from 'The cron daemon' 'The cron daemon <me@example.org>'
  from '"open <a@b.example>' '"\"open <a@b.example>" <me@example.org>'
  from 'a@@b' '"a@@b" <me@example.org>'
}

@test "Sender, Resent-From and Resent-Sender are repaired like From" {
  smarthost
  rc
  send 'From: a@b.example\nSender: root (Cron)\nResent-From: root@localhost
Resent-Sender: daemon <>\n\n' you@example.org
  expect_sent
  same "$(header From)" a@b.example
  same "$(header Sender)" 'Cron <me@example.org>'
  same "$(header Resent-From)" "root on $short <me@example.org>"
  same "$(header Resent-Sender)" 'daemon <me@example.org>'
}

@test "a field that has nothing to repair stays byte for byte" {
  smarthost
  rc
  send 'FROM : "A, B"  <a@b.example> (x),\n\tc@d.example\nSender:  a@b.example\n\n' \
    you@example.org
  expect_sent
  stored | grep -qxF $'FROM : "A, B"  <a@b.example> (x),\r'
  stored | grep -qxF $'\tc@d.example\r'
  stored | grep -qxF $'Sender:  a@b.example\r'
}

@test "the sender told to the server is the account's where the one given is of this host" {
  smarthost
  rc
  local given
  for given in root root@localhost "root@$host" root@LocalHost; do
    send 'Subject: x\n\n' -f "$given" you@example.org
    expect_sent
    same "$(sender)" me@example.org
    same "$(header From)" me@example.org
  done
  send 'Subject: x\n\n' -f other@b.example you@example.org
  expect_sent
  same "$(sender)" other@b.example
  same "$(header From)" other@b.example
}

@test "the null sender is '', <> or MAILER-DAEMON, and From is the account's then" {
  smarthost
  rc
  local given
  for given in '' '<>' MAILER-DAEMON Mailer-Daemon; do
    called sendmail 'Subject: x\n\n' -f "$given" you@example.org
    expect_sent
    same "$(sender)" ''
    same "$(header From)" me@example.org
  done
  send 'Subject: x\n\n' -f 'Name <a@b.example>' you@example.org
  expect_sent
  same "$(sender)" a@b.example
}

@test "the account's address is its user where it has no from" {
  smarthost --user me@example.net --password secret --mechs PLAIN
  printf '%s\n' 'host localhost' "port $PORT" 'tls off' 'auth PLAIN' \
    'user me@example.net' 'password secret' >"$T/rc"
  chmod 600 "$T/rc"
  send 'From: root\n\n' you@example.org
  expect_sent
  same "$(sender)" me@example.net
  same "$(header From)" "root on $short <me@example.net>"
}

@test "without an account's address nothing is replaced" {
  smarthost
  printf 'host localhost\nport %s\n' "$PORT" >"$T/rc"
  send 'From: root (Cron Daemon)\n\n' -f root@localhost you@example.org
  expect_sent
  same "$(sender)" root@localhost
  same "$(header From)" 'root (Cron Daemon)'
}

@test "rewrite_from never leaves senders as they are" {
  smarthost
  rc 'rewrite_from never'
  send 'From: root (Cron Daemon)\n\n' -f root@localhost you@example.org
  expect_sent
  same "$(sender)" root@localhost
  same "$(header From)" 'root (Cron Daemon)'
}

@test "rewrite_from always enforces the account's address and keeps names" {
  smarthost
  rc 'rewrite_from always' 'from_full_name "Me Myself"'
  local given
  for given in other@b.example '' root; do
    send 'From: Boss <boss@b.example>\nSender: x@b.example\n\n' -f "$given" \
      you@example.org
    expect_sent
    same "$(sender)" me@example.org
    same "$(header From)" 'Boss <me@example.org>'
    same "$(header Sender)" 'Me Myself <me@example.org>'
  done
  send 'From: me@EXAMPLE.org (Me)\n\n' you@example.org
  expect_sent
  same "$(header From)" 'me@EXAMPLE.org (Me)'
}

@test "of two From fields that become the account's address one is sent" {
  smarthost
  rc
  send 'From: root\nFrom: Cron <root>\n\nx\n' you@example.org
  expect_sent
  same "$(header From)" "root on $short <me@example.org>"
  send 'From: a@example.net\nFrom: b@example.net\n\nx\n' \
    --rewrite-from=always you@example.org
  expect_sent
  same "$(header From)" 'me@example.org'
}

@test "rewrite_reply_to keeps a replaced From where there is no Reply-To" {
  smarthost
  rc 'rewrite_from always' 'rewrite_reply_to on'
  send 'From: Boss <boss@b.example>\n\n' you@example.org
  expect_sent
  same "$(header From)" 'Boss <me@example.org>'
  same "$(header Reply-To)" 'Boss <boss@b.example>'
  send 'From: Boss <boss@b.example>\nReply-To: r@c.example\n\n' you@example.org
  expect_sent
  same "$(header Reply-To)" r@c.example
  send 'From: root\n\n' you@example.org
  expect_sent
  same "$(header Reply-To)" ''
}

# Fields that are set

@test "text without a header gets From, To, Date, Message-ID and an empty line" {
  smarthost
  rc
  called sendmail 'hi\n' u@example.org v@example.org
  expect_sent
  same "$(names)" 'From To Date Message-ID'
  same "$(header To)" 'u@example.org, v@example.org'
  same "$(stored | sed '1,/^\r$/d')" $'hi\r'
  rc 'set_to_header off'
  send 'hi\n' u@example.org
  expect_sent
  same "$(names)" 'From Date Message-ID'
}

@test "a header without To gets none" {
  smarthost
  rc
  send 'Subject: x\n\nhi\n' u@example.org
  expect_sent
  same "$(header To)" ''
}

@test "set_to_header on puts all recipients in one To, folded" {
  smarthost
  rc 'set_to_header on'
  send 'To: a@example.org\nCc: b@example.org\nBcc: c@example.org\n\n' -t \
    d@example.org eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee@example.org
  expect_sent
  same "$(header To | tr -s ' ')" 'd@example.org, eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee@example.org, a@example.org, b@example.org, c@example.org'
  same "$(header Cc)$(header Bcc)" ''
  same "$(stored | tr -d '\r' | awk 'length > 78')" ''
}

@test "set_to_header undisclosed_recipients names none" {
  smarthost
  rc
  send 'To: a@example.org\nCc: b@example.org\nBcc: c@example.org\n\n' -t \
    --set-to-header=undisclosed_recipients
  expect_sent
  same "$(header To)" 'undisclosed-recipients:;'
  same "$(header Cc)$(header Bcc)" ''
  same "$(recipients)" 'a@example.org b@example.org c@example.org'
}

@test "set_from_header on writes From anew, off adds none" {
  smarthost
  rc 'set_from_header on' 'from_full_name "Me Myself"'
  send 'From: A <a@b.example>\nFROM: c@d.example\n\n' you@example.org
  expect_sent
  same "$(header '[Ff][Rr][Oo][Mm]')" 'Me Myself <me@example.org>'
  send 'Subject: x\n\n' --set-from-header=off you@example.org
  expect_sent
  same "$(header From)" ''
}

@test "set_date_header and set_msgid_header off add nothing" {
  smarthost
  rc 'set_date_header off'
  send 'Subject: x\n\n' you@example.org
  expect_sent
  same "$(names)" 'From Message-ID Subject'
  send 'Subject: x\n\n' --set-date-header --set-msgid-header=off you@example.org
  expect_sent
  same "$(names)" 'From Date Subject'
}

@test "remove_bcc_headers off keeps Bcc and Resent-Bcc" {
  smarthost
  rc 'remove_bcc_headers off'
  send 'To: a@example.org\nBcc: b@example.org\nResent-Bcc: c@example.org\n\n' \
    you@example.org
  expect_sent
  same "$(header Bcc)" b@example.org
  same "$(header Resent-Bcc)" c@example.org
}

@test "a name from -F or from_full_name is quoted, encoded and folded" {
  smarthost
  rc
  send 'Subject: x\n\n' -F 'Doe, John' you@example.org
  expect_sent
  same "$(header From)" '"Doe, John" <me@example.org>'
  rc 'from_full_name Jörg'
  send 'Subject: x\n\n' you@example.org
  expect_sent
  same "$(header From)" '=?UTF-8?B?SsO2cmc=?= <me@example.org>'
  send 'Subject: x\n\n' -F "$(printf 'Jörg %.0s' {1..40})" you@example.org
  expect_sent
  same "$(stored | tr -d '\r' | awk 'length > 76')" ''
}

# Recipients

@test "undisclosed-recipients, several Bcc fields and Bcc alone: all Bcc get it" {
  smarthost
  rc
  send 'To: undisclosed-recipients:;\nBcc: a@example.org\nBcc: b@example.org,\n c@example.org\n\n' -t
  expect_sent
  same "$(recipients)" 'a@example.org b@example.org c@example.org'
  same "$(header To)" 'undisclosed-recipients:;'
  same "$(names)" 'From Date Message-ID To'
  send 'Bcc: a@example.org\n\n' -t
  expect_sent
  same "$(recipients)" a@example.org
  same "$(names)" 'From Date Message-ID'
}

@test "of several Resent blocks the first counts, and Resent-Bcc is taken out" {
  smarthost
  rc
  send 'Resent-From: a@b.example\nResent-To: c@d.example\nResent-Bcc: e@f.example
Received: x\nResent-From: old@b.example\nResent-To: old@d.example
From: g@h.example\nTo: i@j.example\nBcc: k@l.example\n\n' -t
  expect_sent
  same "$(recipients)" 'c@d.example e@f.example'
  same "$(sender)" me@example.org
  same "$(header Resent-Bcc)$(header Bcc)" ''
  same "$(header Resent-To | paste -sd ' ')" 'c@d.example old@d.example'
}

@test "a recipient that begins with - is one behind --" {
  smarthost
  rc
  send 'Subject: x\n\n' -- -t@example.org
  expect_sent
  same "$(recipients)" -t@example.org
}

# International addresses

@test "domains that are not ASCII become A-labels in all address fields" {
  smarthost
  rc
  send 'From: B <a@bücher.example>\nReply-To: a@bücher.example
To: x@example.org, Bü <a@bücher.example>\nCc: a@℀.example\nSubject: a@bücher.example\n\n' \
    you@example.org
  expect_sent
  same "$(header From)" 'B <a@xn--bcher-kva.example>'
  same "$(header Reply-To)" 'a@xn--bcher-kva.example'
  same "$(header To)" 'x@example.org, Bü <a@xn--bcher-kva.example>'
  same "$(header Cc)" 'a@℀.example'
  same "$(header Subject)" 'a@bücher.example'
  if grep -q '^mail .*SMTPUTF8' "$T/store/1.env"; then false; fi
}

@test "a local part that is not ASCII in a field needs SMTPUTF8, and is named without it" {
  smarthost --caps '8BITMIME,SMTPUTF8'
  rc
  send 'Cc: José <josé@b.example>\n\n' you@example.org
  expect_sent
  grep -q '^mail .*SMTPUTF8' "$T/store/1.env"
  kill "$SERVER_PID"
  rm "$T/dialogue"
  smarthost --caps 8BITMIME
  rc
  send 'Cc: José <josé@b.example>\n\n' you@example.org
  expect 65 DATAERR
  expect_output 'the Cc address josé@b.example is not ASCII'
  expect_output SMTPUTF8
  expect_nothing_sent
  send 'Subject: x\n\n' 'jörg@example.org'
  expect 65 DATAERR
  expect_output 'the recipient jörg@example.org is not ASCII'
  send 'Subject: x\n\n' -f 'jörg@example.org' you@example.org
  expect 65 DATAERR
  expect_output 'the sender jörg@example.org is not ASCII'
  # one that does not go out needs nothing
  send 'Bcc: jörg@example.org\nSubject: ä\n\n' you@example.org
  expect_sent
}

# Size and errors

@test "a From of a megabyte and a NUL in it are no trouble" {
  smarthost
  rc
  {
    printf 'From: '
    yes '"some name, \(sic\)"' | head -n 50000 | tr '\n' ' '
    printf '<root\0@localhost>\nX: y\n\nx\n'
  } >"$T/in"
  run "$POSTHASTE" -C "$T/rc" you@example.org <"$T/in"
  expect_sent
  same "$(stored | tr -d '\r' | awk 'length > 78' | head -c 200)" ''
  header From >"$T/from"
  same "$(tail -c 19 "$T/from")" '" <me@example.org>'
  [ "$(wc -c <"$T/from")" -gt 900000 ]
}

@test "identifiers of processes forked in one second differ" {
  smarthost
  rc
  printf 'x\n' >"$T/in"
  local i pids=()
  for i in 1 2 3 4 5 6 7 8; do
    "$POSTHASTE" -C "$T/rc" "r$i@example.org" <"$T/in" 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do
    wait "$i"
  done
  same "$(cat "$T"/store/*.eml | grep '^Message-ID:' | sort -u | wc -l)" 8
}
