# What the end-to-end tests share.  Sourced by the bats files; each test has
# a folder of its own ($BATS_TEST_TMPDIR) as home, and a port that the kernel
# picks.
#
#   setup() { load ../lib/e2e; e2e_setup; }
#   teardown() { e2e_teardown; }

e2e_setup() {
  : "${POSTHASTE:?run by meson test, or set it to the program}"
  T=$BATS_TEST_TMPDIR
  export HOME=$T/home TMPDIR=$T TZ=UTC LC_ALL=C
  unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME EMAIL SMTPSERVER GPG_TTY
  unset "${!POSTHASTE_@}"
  mkdir -p "$HOME" "$T/store"
  [ -d "$BATS_FILE_TMPDIR/certs" ] ||
    { mkdir "$BATS_FILE_TMPDIR/certs" && "$CERTS" "$BATS_FILE_TMPDIR/certs"; }
  CERT_DIR=$BATS_FILE_TMPDIR/certs
  SERVER_PID=
}

# All that was started and still runs, as a test may have had several servers.
e2e_teardown() {
  local pids
  pids=$(jobs -p)
  # shellcheck disable=SC2086 # one word each
  [ -z "$pids" ] || kill $pids 2>/dev/null || true
}

# smarthost [option ...]: starts the scripted server with the options of
# tests/lib/smarthost.c; sets PORT.  Messages go to $T/store, the dialogue to
# $T/dialogue, figures to $T/counts.
smarthost() {
  rm -f "$T/port"
  "$SMARTHOST" --port-file "$T/port" --store "$T/store" \
    --dialogue "$T/dialogue" --counts "$T/counts" "$@" \
    >/dev/null 2>"$T/smarthost.err" 3>&- &
  SERVER_PID=$!
  local n=0
  while [ ! -s "$T/port" ]; do
    kill -0 "$SERVER_PID" 2>/dev/null || { cat "$T/smarthost.err"; return 1; }
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
  PORT=$(cat "$T/port")
}

# smarthost_tls starttls|implicit [option ...]: the same with a good
# certificate, PLAIN and SCRAM, and the account me@example.org.
smarthost_tls() {
  local tls=$1
  shift
  smarthost --tls "$tls" --cert "$CERT_DIR/good.pem" \
    --key "$CERT_DIR/good.key" --user me@example.org --password 'sec ret' \
    --mechs 'SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN' "$@"
}

# Skips where strace cannot see what the program's calls point to: it is not
# dumpable, and only who has CAP_SYS_PTRACE reads the memory of such a process.
needs_strace() {
  command -v strace >/dev/null || skip 'no strace'
  ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=write -o "$T/trace" \
    "$POSTHASTE" --version >/dev/null 2>&1 || skip 'nothing can be traced here'
  grep -q 'write(1, "' "$T/trace" || skip 'what it does is not to be seen'
}

# rc [line ...]: an rc file in $T/rc for the server that runs, more lines
# behind.
rc() {
  {
    printf 'host localhost\nport %s\nfrom me@example.org\n' "$PORT"
    [ $# -eq 0 ] || printf '%s\n' "$@"
  } >"$T/rc"
  chmod 600 "$T/rc"
}

# rc_login [line ...]: the same, with the certificate and login of
# smarthost_tls.
rc_login() {
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    'password "sec ret"' "$@"
}

# stored [N]: what the server stored, as it came over the wire.
stored() {
  cat "$T/store/${1:-1}.eml"
}

# The run's exit status by number and name, as sysexits.h has it.
# expect 67 NOUSER
expect() {
  [ "$status" -eq "$1" ] || {
    echo "exit status $status, not $1 (EX_$2)"
    echo "$output"
    return 1
  }
}

# expect_output TEXT: it is somewhere in the output.
expect_output() {
  case $output in
    *"$1"*) ;;
    *) printf 'not in the output: %s\n%s\n' "$1" "$output" && return 1 ;;
  esac
}

# refute_output TEXT: it is nowhere in the output.
refute_output() {
  case $output in
    *"$1"*) printf 'in the output: %s\n%s\n' "$1" "$output" && return 1 ;;
    *) ;;
  esac
}

# The server was sent nothing that begins a message.
expect_nothing_sent() {
  if grep -q '^C: \(MAIL\|BDAT\|DATA\)' "$T/dialogue"; then
    cat "$T/dialogue"
    return 1
  fi
}

# same ACTUAL MEANT
same() {
  [ "$1" = "$2" ] || {
    printf 'is:    %s\nmeant: %s\n' "$1" "$2"
    [ -z "${output-}" ] || printf '%.2000s\n' "$output"
    return 1
  }
}

# sender [N], recipients [N]: what the server was told of message N.
sender() {
  sed -n 's/^mail MAIL FROM:<\(.*\)>.*/\1/p' "$T/store/${1:-1}.env"
}

recipients() {
  sed -n 's/^rcpt RCPT TO:<\(.*\)>.*/\1/p' "$T/store/${1:-1}.env" |
    paste -sd ' '
}

# There was no connection.
expect_untouched() {
  [ ! -s "$T/dialogue" ] || {
    cat "$T/dialogue"
    return 1
  }
}

# await COMMAND ...: until it succeeds.
await() {
  local n=0
  until "$@" >/dev/null 2>&1; do
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
}
