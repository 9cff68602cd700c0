# What the tests with real servers share; stands on e2e.bash.  The servers
# run as long as the file's tests do:
#
#   setup_file() { load ../lib/real; real_setup_file; real_start NAME; }
#   teardown_file() { load ../lib/real; real_teardown_file; }
#   setup() { load ../lib/e2e; load ../lib/real; real_setup; }

REALSERVER=$BATS_TEST_DIRNAME/../lib/realserver
SERVERS=$BATS_FILE_TMPDIR/servers

real_setup_file() {
  : "${TESTS_BUILD:?run by meson test, or set it to a folder}"
  mkdir "$BATS_FILE_TMPDIR/certs" "$SERVERS"
  "$CERTS" "$BATS_FILE_TMPDIR/certs"
}

# real_start [--logins|--lmtp] NAME [SETTING=VALUE ...]: one more server.  It leaves
# header fields as they come, and numbers messages so that the numbers sort.
real_start() {
  local more=() name status=0 cert=$BATS_FILE_TMPDIR/certs/good
  while [[ $1 == --* ]]; do
    more+=("$1")
    shift
  done
  name=$1
  shift
  "$REALSERVER" start "${more[@]}" "${REALSERVER_ROOT:-$TESTS_BUILD/realserver}" \
    "$SERVERS/$name" "$cert.pem" "$cert.key" \
    local_header_rewrite_clients= message_drop_headers= \
    enable_long_queue_ids=yes "$@" \
    >"$SERVERS/$name.out" 2>&1 3>&- || status=$?
  [ "$status" -ne 77 ] || {
    sed -n 's/^skip: //p' "$SERVERS/$name.out" >"$SERVERS/skip"
    return 0
  }
  [ "$status" -eq 0 ] || cat "$SERVERS/$name.out"
  return "$status"
}

real_teardown_file() {
  local server status=0
  for server in "$SERVERS"/*/; do
    [ ! -d "$server" ] || "$REALSERVER" stop "$server" || status=1
  done
  return "$status"
}

real_setup() {
  [ ! -e "$SERVERS/skip" ] || skip "$(cat "$SERVERS/skip")"
  e2e_setup
}

# use NAME: the server that is meant from now on, and nothing of what it got
# and said before.
use() {
  SERVER=$SERVERS/$1
  # shellcheck disable=SC1091 # made by realserver
  . "$SERVER/env"
  [ ! -e "$T/begun.$1" ] || return 0
  await_quiet
  rm -f "$MAILDIR"/*
  wc -l <"$MAILLOG" >"$T/begun.$1"
}

# The server has said what it has to say of the tests before.
await_quiet() {
  local n=0
  while [ "$(grep -c ': connect from' "$MAILLOG")" -ne \
    "$(grep -c ': disconnect from' "$MAILLOG")" ]; do
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
}

# What the server wrote to its log in this test.
log_text() {
  tail -n "+$(($(cat "$T/begun.${SERVER##*/}") + 1))" "$MAILLOG"
}

# expect_log REGEX [N]: the log will have N lines like this, 1 if not given;
# it is written some time after the client is told.
expect_log() {
  local want=${2:-1} found=0 n=0
  while [ "$n" -lt 500 ]; do
    found=$(log_text | grep -Ec -e "$1") || true
    [ "$found" -lt "$want" ] || break
    n=$((n + 1))
    sleep 0.02
  done
  [ "$found" -eq "$want" ] || {
    printf '%s lines, not %s, in the log for: %s\n' "$found" "$want" "$1"
    log_text
    return 1
  }
}

# refute_log REGEX: after an expect_log that waited for the session's end.
refute_log() {
  ! log_text | grep -E -e "$1"
}

# real_rc PORT [line ...]: an rc file in $T/rc.
real_rc() {
  local port=$1
  shift
  {
    printf 'host localhost\nport %s\n' "$port"
    [ $# -eq 0 ] || printf '%s\n' "$@"
  } >"$T/rc"
  chmod 600 "$T/rc"
}

rc_relay() {
  real_rc "$RELAY_PORT" "$@"
}

# With the one account there is.
rc_submission() {
  real_rc "$SUBMISSION_PORT" "tls_trust_file $CERT_DIR/ca.pem" \
    'user tester@example.org' 'password "correct horse"' "$@"
}

rc_submissions() {
  real_rc "$SUBMISSIONS_PORT" "tls_trust_file $CERT_DIR/ca.pem" \
    'tls_starttls off' 'user tester@example.org' \
    'password "correct horse"' "$@"
}

posthaste() {
  "$POSTHASTE" -C "$T/rc" "$@"
}

# Success is silent.
expect_success() {
  expect 0 OK
  [ -z "$output" ] || {
    printf 'not silent: %s\n' "$output"
    return 1
  }
}

# arrived N: waits for that many, one a recipient; MAILS are their files, in
# the order in which the server took them.
arrived() {
  MAILS=()
  "$REALSERVER" wait "$SERVER" "$1" >"$T/paths" || return
  mapfile -t MAILS < <(each_mail '
    / with [A-Z0-9]+ id / {
      sub(/.* id /, "", $0)
      print $1 "\t" rcpt "\t" FILENAME
      nextfile
    }' | LC_ALL=C sort | cut -f 3)
  [ "${#MAILS[@]}" -eq "$1" ] || {
    echo "${#MAILS[@]} messages, not $1"
    tail -n +1 "${MAILS[@]}"
    return 1
  }
}

# each_mail PROGRAM: runs awk over all that arrived, with sender and rcpt set
# from the second line on.
each_mail() {
  xargs -d '\n' -r awk '
    FNR == 1 { sender = substr($0, 15, length($0) - 15); next }
    FNR == 2 { rcpt = substr($0, 16); next }
    '"$1" <"$T/paths"
}

expect_nothing_arrived() {
  [ -z "$(ls "$MAILDIR")" ] || {
    tail -n +1 "$MAILDIR"/*
    return 1
  }
}

# Who sent it, and to whom, as the server was told.
sender_of() {
  sed -n '1s/^Return-Path: <\(.*\)>$/\1/p' "$1"
}

rcpt_of() {
  sed -n '2s/^X-Original-To: //p' "$1"
}

# expect_envelope SENDER RECIPIENT...: that of MAILS, in any order.
expect_envelope() {
  local sender=$1
  shift
  arrived $# || return
  each_mail '{ print sender ": " rcpt; nextfile }' | LC_ALL=C sort \
    >"$T/envelope"
  printf '%s\n' "$@" | sed "s/^/$sender: /" | LC_ALL=C sort |
    diff - "$T/envelope"
}

# The fields the server put in front, on one line.
trace_of() {
  awk '!/^[ \t]/ && n++ == 4 { exit } { printf "%s ", $0 }' "$1"
}

# With the date and the id of the message replaced by @DATE@ and @ID@, if
# they look right and the date is of now.
mask_stamps() {
  local date age form
  date=$(sed -n '/^$/q; s/^Date: //p' "$1")
  age=$(($(date +%s) - $(date -d "$date" +%s || echo 0)))
  form='^[A-Z][a-z]{2}, [0-3][0-9] [A-Z][a-z]{2} 20[0-9]{2} '
  form+='[0-2][0-9](:[0-5][0-9]){2} [+-][0-9]{4}$'
  if [ "$age" -lt -5 ] || [ "$age" -gt 900 ] || ! [[ $date =~ $form ]]; then
    date='another one'
  fi
  sed -E '
    /^$/,$b
    s/^(Date: )'"${date//+/[+]}"'$/\1@DATE@/
    s/^(Message-ID: <)[0-9a-z]{32}(@[^>]*>)$/\1@ID@\2/
  ' "$1"
}

# expect_stored FILE <WANT: byte for byte, but for what the server put in
# front.  "Date: @DATE@" and "@ID@" in WANT are what the program makes up.
expect_stored() {
  cat >"$T/want.stored"
  "$REALSERVER" strip "$1" >"$T/got.stored" || return
  if grep -q '@DATE@$\|<@ID@@' "$T/want.stored"; then
    mask_stamps "$T/got.stored" >"$T/got.masked"
    mv "$T/got.masked" "$T/got.stored"
  fi
  cmp "$T/want.stored" "$T/got.stored" && return
  diff <(cat -A "$T/want.stored") <(cat -A "$T/got.stored") | head -n 40
  return 1
}
