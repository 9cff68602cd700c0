# What the tests of the dialogue share, on top of e2e.bash.
#
#   setup() { load ../lib/e2e; load ../lib/dialogue; dialogue_setup; }
#   teardown() { e2e_teardown; }

dialogue_setup() {
  e2e_setup
  printf 'Subject: hello\n\nHello.\n' >"$T/mail"
}

# server_ends: what it heard and stored is now all there.
server_ends() {
  [ -n "$SERVER_PID" ] || return 0
  kill "$SERVER_PID" 2>/dev/null || true
  wait "$SERVER_PID" || true
  SERVER_PID=
}

# submit [option ...] [recipient ...]: $T/mail to the server that runs.  Sets
# status; output is what was said on standard error.  30 seconds are for ever.
submit() {
  status=0
  timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" "$@" \
    <"$T/mail" >"$T/out" 2>"$T/err" 3>&- || status=$?
  { output=$(<"$T/err"); } 2>/dev/null # less the NULs, of which bash complains
}

# send [option ...] [recipient ...]: the same, and the server ends.
send() {
  submit "$@"
  server_ends
}

# expect_sent [N]: exit 0 without a word, and message N (1) is stored.
expect_sent() {
  expect 0 OK
  [ ! -s "$T/out" ]
  [ -z "$output" ]
  [ -s "$T/store/${1:-1}.eml" ]
}

# expect_failure 69 UNAVAILABLE TEXT ...: that exit status, one printable line
# on standard error that names the server and has each TEXT, and nothing on
# standard output.
expect_failure() {
  expect "$1" "$2"
  shift 2
  expect_one_line "$@"
  expect_output "${HOST:-localhost}:$PORT: "
}

# expect_one_line TEXT ...: of that.
expect_one_line() {
  [ ! -s "$T/out" ]
  echo "$output"
  mapfile -t lines <"$T/err"
  [ "${#lines[@]}" -eq 1 ]
  ! grep -aq '[^ -~]' "$T/err" || return 1
  local text
  for text; do
    expect_output "$text"
  done
}

expect_nothing_stored() {
  [ -z "$(ls "$T/store")" ]
}
