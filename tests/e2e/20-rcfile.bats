#!/usr/bin/env bats
# The rc file, the environment, and where passwords come from.

bats_require_minimum_version 1.5.0

setup() {
  load ../lib/e2e
  e2e_setup
  printf 'To: you@example.org\n\ntext\n' >"$T/msg"
}

teardown() {
  e2e_teardown
  [ ! -s "$T/pid" ] || kill "$(cat "$T/pid")" 2>/dev/null || true
}

# send [flag ...]: the message in $T/msg, by the rc file in $T/rc.
send() {
  run "$POSTHASTE" -C "$T/rc" "$@" you@example.org <"$T/msg"
}

# send_by [flag ...]: by the rc file that is found.
send_by() {
  run "$POSTHASTE" "$@" you@example.org <"$T/msg"
}

# The mechanism and user of message 1, or none.
login() {
  sed -n 's/^auth //p' "$T/store/1.env"
}

# It was sent, and nothing was said about it.
expect_sent() {
  expect 0 OK
  same "$output" ''
  [ -s "$T/store/1.eml" ]
}

# rc_at FILE FROM [line ...]: an rc file for the server that runs.
rc_at() {
  local file=$1 from=$2
  shift 2
  mkdir -p "${file%/*}"
  rc "from $from" "$@"
  sed -i '/^from me@example.org$/d' "$T/rc"
  mv "$T/rc" "$file"
}

# rc_secret LINE ...: for the TLS server, the password to be had by LINEs.
rc_secret() {
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' "$@"
}

# rc_raw FORMAT [ARGUMENT ...]: by printf, with nothing added.
rc_raw() {
  # shellcheck disable=SC2059
  printf "$@" >"$T/rc"
  chmod 600 "$T/rc"
}

# secret TEXT: a private file $T/pw with that text.
secret() {
  # shellcheck disable=SC2059
  (umask 077 && printf "$1" >"$T/pw")
}

# expect_gone PID: it has ended; a zombie that nobody waits for counts.
expect_gone() {
  local n=0 state
  while state=$(grep '^State:' "/proc/$1/status") && [[ $state != *Z* ]]; do
    [ $((n += 1)) -lt 250 ] || return 1
    sleep 0.02
  done
}

# Finding it

@test "-C's file is read, and no other" {
  smarthost
  rc_at "$HOME/.posthasterc" home@example.org
  rc_at "$HOME/.config/posthaste/posthasterc" config@example.org
  rc
  send
  expect_sent
  same "$(sender)" me@example.org
}

@test "XDG_CONFIG_HOME is looked into first" {
  smarthost
  rc_at "$HOME/.posthasterc" home@example.org
  rc_at "$HOME/.config/posthaste/posthasterc" config@example.org
  rc_at "$T/xdg/posthaste/posthasterc" xdg@example.org
  XDG_CONFIG_HOME=$T/xdg send_by
  expect_sent
  same "$(sender)" xdg@example.org
}

@test "~/.config is looked into where XDG_CONFIG_HOME is unset or relative" {
  smarthost
  rc_at "$HOME/.posthasterc" home@example.org
  rc_at "$HOME/.config/posthaste/posthasterc" config@example.org
  rc_at "$T/xdg/posthaste/posthasterc" xdg@example.org
  send_by
  expect_sent
  same "$(sender)" config@example.org
  cd "$T"
  XDG_CONFIG_HOME=xdg send_by
  expect_sent
  same "$(sender 2)" config@example.org
}

@test "~/.posthasterc is read if no other file of the user's is there" {
  smarthost
  rc_at "$HOME/.posthasterc" home@example.org
  XDG_CONFIG_HOME=$T/nowhere send_by
  expect_sent
  same "$(sender)" home@example.org
  mkdir -p "$HOME/.config/posthaste"
  send_by
  expect_sent
  same "$(sender 2)" home@example.org
}

# The system's rc file, if this machine has one, answers in our place.
without_system_file() {
  system_file=$("$POSTHASTE" --version | sed -n 's/^system rc file: //p')
  local file
  for file in "$system_file" "$system_file.d" "${system_file%/*}/msmtprc"; do
    [ ! -e "$file" ] || skip "$file is there"
  done
}

@test "no rc file at all is a matter of configuration, with the paths tried" {
  without_system_file
  send_by
  expect 78 CONFIG
  expect_output "$HOME/.config/posthaste/posthasterc"
  expect_output "$HOME/.posthasterc"
  expect_output "$system_file"
  expect_output --host
  same "${#lines[@]}" 1
}

@test "HOME unset: the other ways still work" {
  smarthost
  rc
  unset HOME
  send
  expect_sent
  rc_at "$T/xdg/posthaste/posthasterc" xdg@example.org
  XDG_CONFIG_HOME=$T/xdg send_by
  expect_sent
  same "$(sender 2)" xdg@example.org
  send_by --host localhost --port "$PORT" --from flag@example.org
  expect_sent
  same "$(sender 3)" flag@example.org
}

@test "an empty environment is enough for -C" {
  smarthost
  rc
  with_nothing() {
    env -i "$POSTHASTE" -C "$T/rc" you@example.org <"$T/msg"
  }
  run with_nothing
  expect_sent
}

@test "a -C file that is missing is named" {
  send
  expect 78 CONFIG
  expect_output "$T/rc"
  run "$POSTHASTE" -C "$T" you@example.org <"$T/msg"
  expect 78 CONFIG
  expect_output "$T"
  run "$POSTHASTE" -C '' you@example.org <"$T/msg"
  expect 78 CONFIG
}

# Even root cannot read what is forbidden when this runs it.
unprivileged() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --bounding-set=-dac_override,-dac_read_search "$@"
  else
    "$@"
  fi
}

@test "an rc file that may not be read is a matter of permission" {
  smarthost
  rc
  chmod 000 "$T/rc"
  if ! unprivileged true || unprivileged cat "$T/rc"; then
    skip 'nothing is unreadable here'
  fi 2>/dev/null
  forbidden() { unprivileged "$POSTHASTE" "$@" you@example.org <"$T/msg"; }
  run forbidden -C "$T/rc"
  expect 77 NOPERM
  expect_output "$T/rc"
  expect_output 'may not be read'
  mv "$T/rc" "$HOME/.posthasterc"
  run forbidden
  expect 77 NOPERM
  expect_output "$HOME/.posthasterc"
  expect_untouched
}

@test "the rc file may be a pipe" {
  smarthost
  rc
  from_pipe() {
    "$POSTHASTE" -C <(cat "$T/rc") you@example.org <"$T/msg"
  }
  run from_pipe
  expect_sent
}

@test "a pipe that is written to in pieces is read to its end" {
  smarthost
  rc
  slow_pipe() {
    "$POSTHASTE" -C <(
      head -c 10 "$T/rc"
      sleep 0.2
      tail -c +11 "$T/rc"
    ) you@example.org <"$T/msg"
  }
  run slow_pipe
  expect_sent
}

@test "a named pipe that nobody writes to does not hold mail up for ever" {
  mkfifo -m 600 "$T/fifo"
  run timeout -s KILL 90 "$POSTHASTE" -C "$T/fifo" you@example.org <"$T/msg"
  expect 75 TEMPFAIL
  expect_output "$T/fifo"
}

# Its syntax

@test "a typo is shown with file, line and the nearest word" {
  rc_raw '%s\n' 'host localhost' '# comment' 'tls_trustfile /dev/null'
  send
  expect 78 CONFIG
  expect_output "$T/rc:3:"
  expect_output 'did you mean "tls_trust_file"?'
  rc_raw '%s\n' 'hots localhost'
  send
  expect 78 CONFIG
  expect_output "$T/rc:1:"
  expect_output 'did you mean "host"?'
  rc_raw '%s\n' '' 'acount x' 'host localhost'
  send
  expect 78 CONFIG
  expect_output "$T/rc:2:"
  expect_output 'did you mean "account"?'
  rc_raw '%s\n' 'zzzzzzzz x'
  send
  expect 78 CONFIG
  expect_output "$T/rc:1:"
  refute_output 'did you mean'
}

@test "a wrong value is shown with file, line and the right ones" {
  local line
  while IFS='|' read -r line right; do
    rc_raw '%s\n' 'host localhost' "$line"
    send
    expect 78 CONFIG
    expect_output "$T/rc:2: ${line%% *}"
    expect_output "$right"
  done <<'END'
port 0|65535
port 70000|65535
port smtp|65535
port 25x|65535
timeout -1|86400
tls maybe|auto, on, off
partial_delivery 1|on, off
long_lines maybe|encode, pass, refuse
auth CRAM-MD6|SCRAM-SHA-256
passwordeval_timeout 0|86400
from|empty
host ""|empty
END
}

@test "a sender that is no address is a mistake of the file it stands in" {
  smarthost
  rc_raw '%s\n' 'host localhost' "port $PORT" 'from not an address'
  send
  expect 78 CONFIG
  expect_output "$T/rc:3: from: "
  same "${#lines[@]}" 1
  rc
  send -f 'not an address'
  expect 65 DATAERR
  expect_output 'sender "not an address": '
  refute_output "$T/rc"
  same "${#lines[@]}" 1
  expect_untouched
}

@test "a line that is no setting is refused, and a secret in it is not shown" {
  rc_raw 'host localhost\npassword:hunter2\n'
  send
  expect 78 CONFIG
  expect_output "$T/rc:2:"
  refute_output hunter2
  rc_raw 'host localhost\npasswordhunter2\n'
  send
  expect 78 CONFIG
  refute_output hunter2
  rc_raw 'host localhost\n/etc/passwd\n'
  send
  expect 78 CONFIG
  rc_raw 'host local\0host\n'
  send
  expect 78 CONFIG
  expect_output NUL
}

@test "comments, blanks, quotes and equals signs are as they look" {
  smarthost
  rc_raw '%s\n' '# a comment' '' '   # another' $'\thost\t localhost \t' \
    "port=$PORT" '' 'from = "me@example.org"' 'from_full_name "A  #B"' \
    'tls off'
  send
  expect_sent
  same "$(sender)" me@example.org
  stored | grep -qx $'From: "A  #B" <me@example.org>\r'
}

@test "a CRLF file, one with a byte order mark and one without a last line end work" {
  smarthost
  rc '# comment' '' 'account a : default' 'from a@example.org'
  sed -i 's/$/\r/' "$T/rc"
  send -a a
  expect_sent
  same "$(sender 1)" a@example.org
  rc_raw '\357\273\277host localhost\nport %s\nfrom me@example.org' "$PORT"
  send
  expect_sent
  same "$(sender 2)" me@example.org
}

@test "a password may hold what would mean something elsewhere" {
  local password
  for password in '#hash # x' 'a"b' 'a\nb$HOME`x`' '=x' 'pässwörd'; do
    smarthost --tls starttls --cert "$CERT_DIR/good.pem" \
      --key "$CERT_DIR/good.key" --user me@example.org \
      --password "$password" --mechs PLAIN --require-auth
    rc_secret "password $password"
    send
    expect_sent
    rc_secret "password \"$password\""
    send
    expect_sent
    kill "$SERVER_PID"
  done
}

@test "lines may be very long" {
  smarthost
  local long
  long=$(head -c 1048576 /dev/zero | tr '\0' n)
  rc "# $long" "from_full_name $long"
  run --separate-stderr "$POSTHASTE" -C "$T/rc" -P
  expect 0 OK
  same "$stderr" ''
  same "$(grep -o 'n*' <<<"$output" | awk 'length == 1048576' | wc -l)" 1
  printf 'From: me@example.org\n\ntext\n' >"$T/msg"
  send
  expect_sent
}

@test "a file too large to be an rc file is refused" {
  rc_raw 'host localhost\n'
  head -c 17000000 /dev/zero | tr '\0' '#' >>"$T/rc"
  send
  expect 78 CONFIG
  expect_output "$T/rc"
}

# Its secrets

@test "an rc file with a password that others can read is refused" {
  smarthost_tls starttls
  rc_login
  local mode
  for mode in 644 640 604 660; do
    chmod "$mode" "$T/rc"
    [ "$mode" != 640 ] || [ "$(id -u)" -ne 0 ] || continue
    send
    expect 78 CONFIG
    expect_output "$T/rc:6:"
    expect_output 'can be read by others'
    expect_output "chmod 600 $T/rc"
    refute_output 'sec ret'
  done
  expect_untouched
  chmod 400 "$T/rc"
  send
  expect_sent
}

@test "a password in an account that is not used counts, too" {
  smarthost
  rc 'account b' 'host b.example' 'user b' 'password x'
  chmod 644 "$T/rc"
  send
  expect 78 CONFIG
  expect_output "$T/rc:7:"
}

@test "an rc file without a password may be read by others" {
  smarthost_tls starttls
  secret 'sec ret\n'
  rc_secret "password_file $T/pw"
  chmod 666 "$T/rc"
  send
  expect_sent
}

# Accounts

@test "settings before any account belong to the account default" {
  smarthost
  rc 'account a' 'host localhost' "port $PORT" 'from a@example.org'
  send
  expect_sent
  same "$(sender 1)" me@example.org
  send -a a
  expect_sent
  same "$(sender 2)" a@example.org
}

@test "defaults are for the accounts that follow" {
  smarthost
  rc_raw '%s\n' 'account before' 'host localhost' defaults "port $PORT" \
    'from all@example.org' 'account a' 'host localhost' 'account b' \
    'host localhost' 'from b@example.org' defaults 'from late@example.org' \
    'account c' 'host localhost'
  send -a a
  expect_sent
  send -a b
  expect_sent
  send -a c
  expect_sent
  same "$(sender 1) $(sender 2) $(sender 3)" \
    'all@example.org b@example.org late@example.org'
  run "$POSTHASTE" -C "$T/rc" -a before -P
  expect 0 OK
  refute_output 'all@example.org'
}

@test "account default : a is the account a" {
  smarthost
  rc_raw '%s\n' 'account a' 'host localhost' "port $PORT" \
    'from a@example.org' '' 'account default : a'
  send
  expect_sent
  same "$(sender)" a@example.org
}

@test "an account inherits from others, its own words and the later ones first" {
  smarthost
  rc_raw '%s\n' 'account a' 'host a.example' 'from a@example.org' \
    'domain a.example' 'account b' 'host b.example' "port $PORT" \
    'from b@example.org' 'account c : a, b' 'host localhost' 'account d:c'
  send -a d
  expect_sent
  same "$(sender)" b@example.org
  grep -qx 'helo a.example' "$T/store/1.env"
}

@test "an unknown account names those that there are" {
  smarthost
  rc 'account work' 'host a.example' 'account play' 'host b.example'
  send -a wrok
  expect 78 CONFIG
  expect_output '"wrok"'
  expect_output 'default, work, play'
  expect_output "$T/rc"
  expect_untouched
}

@test "an account that is inherited must be there, and none twice" {
  rc_raw '%s\n' 'account a : b' 'host localhost' 'account b' 'host localhost'
  send -a a
  expect 78 CONFIG
  expect_output "$T/rc:1:"
  expect_output '"b"'
  rc_raw '%s\n' 'account a' 'host localhost' 'account a' 'host localhost'
  send -a a
  expect 78 CONFIG
  expect_output "$T/rc:3:"
  expect_output 'line 1'
  rc_raw '%s\n' 'host localhost' 'account default' 'host localhost'
  send
  expect 78 CONFIG
  expect_output "$T/rc:2:"
}

@test "an account without a host is refused" {
  rc_raw '%s\n' '# x' 'account a' 'port 25'
  send -a a
  expect 78 CONFIG
  expect_output "$T/rc:2:"
  expect_output 'no host'
}

@test "settings that contradict each other are named with their places" {
  rc_raw '%s\n' 'host localhost' 'tls off' 'tls_starttls on'
  send
  expect 78 CONFIG
  expect_output "$T/rc:2"
  expect_output "$T/rc:3"
  rc_raw '%s\n' 'host localhost' 'user me' 'password x' 'passwordeval y'
  send
  expect 78 CONFIG
  expect_output "$T/rc:3"
  expect_output "$T/rc:4"
  rc_raw '%s\n' 'host localhost' 'user me'
  send
  expect 78 CONFIG
  expect_output "$T/rc:2: user"
  rc_raw '%s\n' 'host localhost' 'auth on'
  send
  expect 78 CONFIG
  expect_output "$T/rc:2: auth"
}

# Passwords

@test "password logs in" {
  smarthost_tls starttls --require-auth
  rc_secret 'password sec ret'
  send
  expect_sent
  [[ $(login) == *' me@example.org' ]]
}

@test "password_file logs in, a line end at its end or not" {
  smarthost_tls starttls --require-auth
  rc_secret "password_file $T/pw"
  local text n=0
  for text in 'sec ret' 'sec ret\n' 'sec ret\r\n'; do
    secret "$text"
    send
    expect_sent
    n=$((n + 1))
    [ -s "$T/store/$n.eml" ]
  done
}

@test "passwordeval logs in, a line end at its end or not" {
  smarthost_tls starttls --require-auth
  local text n=0
  for text in 'sec ret' 'sec ret\n' 'sec ret\r\n'; do
    rc_secret "passwordeval printf '$text'"
    send
    expect_sent
    n=$((n + 1))
    [ -s "$T/store/$n.eml" ]
  done
}

@test "~ and blanks in paths work" {
  smarthost_tls starttls --require-auth
  mkdir "$HOME/my dir"
  secret 'sec ret\n'
  mv "$T/pw" "$HOME/my dir/my pw"
  cp "$CERT_DIR/ca.pem" "$HOME/my dir/ca.pem"
  rc 'user me@example.org' 'tls_trust_file ~/my dir/ca.pem' \
    'password_file "~/my dir/my pw"'
  send
  expect_sent
  rc 'user me@example.org' 'tls_trust_file "~/my dir/ca.pem"' \
    'passwordeval cat ~/"my dir/my pw"'
  send
  expect_sent
}

@test "a password_file that is missing, unfit or open to others is named" {
  smarthost_tls starttls
  rc_secret "password_file $T/pw"
  send
  expect 78 CONFIG
  expect_output "$T/rc:6"
  expect_output "$T/pw"
  secret ''
  send
  expect 78 CONFIG
  expect_output empty
  secret 'sec ret'
  chmod 644 "$T/pw"
  send
  expect 78 CONFIG
  expect_output "chmod 600 $T/pw"
  refute_output 'sec ret'
  expect_untouched
}

@test "a password_file that may not be read is a matter of permission" {
  smarthost_tls starttls
  rc_secret "password_file $T/pw"
  secret 'sec ret'
  chmod 000 "$T/pw"
  if ! unprivileged true || unprivileged cat "$T/pw"; then
    skip 'nothing is unreadable here'
  fi 2>/dev/null
  forbidden() {
    unprivileged "$POSTHASTE" -C "$T/rc" you@example.org <"$T/msg"
  }
  run forbidden
  expect 77 NOPERM
  expect_output "$T/pw"
}

@test "a passwordeval that fails ends it, and what it said is shown" {
  smarthost_tls starttls
  rc_secret "passwordeval echo 'sec ret'; echo 'no key today' >&2; exit 3"
  send
  expect 77 NOPERM
  expect_output 'no key today'
  expect_output "$T/rc:6: passwordeval"
  expect_output 'status 3'
  refute_output 'sec ret'
  rc_secret 'passwordeval no-such-program-here'
  send
  expect 77 NOPERM
  expect_output 'status 127'
  rc_secret 'passwordeval kill -9 $$'
  send
  expect 77 NOPERM
  expect_output 'signal 9'
  expect_untouched
}

@test "a passwordeval that prints nothing ends it" {
  smarthost_tls starttls
  local command
  for command in true echo "printf '\\n\\nsec ret'"; do
    rc_secret "passwordeval $command"
    send
    expect 77 NOPERM
    expect_output 'no password'
    refute_output 'sec ret'
  done
  expect_untouched
}

@test "a passwordeval that hangs ends after passwordeval_timeout, with all it started" {
  [ -r "/proc/$$/status" ] || skip 'there is no /proc'
  smarthost_tls starttls
  rc_secret 'passwordeval_timeout 1' \
    "passwordeval sleep 60 2>/dev/null & echo \$! >'$T/pid'; echo sec ret; wait"
  send 3>&-
  expect 75 TEMPFAIL
  expect_output '1 second'
  refute_output 'sec ret'
  expect_gone "$(cat "$T/pid")"
  expect_untouched
}

@test "F13: a passwordeval that prints more than a line: the first one counts" {
  smarthost_tls starttls --require-auth
  rc_secret "passwordeval printf 'sec ret\n\n'"
  send
  expect_sent
  rc_secret "passwordeval echo sec ret; echo user: me; echo url: x"
  send
  expect_sent
  rc_secret "passwordeval echo sec ret; head -c 2000000 /dev/zero && touch $T/ok"
  send
  expect_sent
  [ -e "$T/ok" ]
}

@test "a passwordeval finds nothing on standard input, and the message is whole" {
  smarthost_tls starttls --require-auth
  rc_secret "passwordeval echo more >>'$T/msg'; cat >'$T/eaten'; echo sec ret"
  send
  expect_sent
  same "$(wc -c <"$T/eaten")" 0
  stored | tail -n1 | cmp - <(printf 'text\r\n')
  from_pipe() {
    cat "$T/msg" | "$POSTHASTE" -C "$T/rc" you@example.org
  }
  run from_pipe
  expect_sent
  same "$(wc -c <"$T/eaten")" 0
  stored 2 | tail -n2 | cmp - <(printf 'text\r\nmore\r\n')
}

@test "a passwordeval that leaves something running is not waited for" {
  smarthost_tls starttls --require-auth
  rc_secret \
    "passwordeval sleep 60 2>/dev/null & echo \$! >'$T/pid'; echo sec ret"
  local before=$SECONDS
  send 3>&-
  expect_sent
  [ $((SECONDS - before)) -lt 30 ]
  kill -0 "$(cat "$T/pid")"
}

@test "a passwordeval of an account that is not used is not run" {
  smarthost
  rc 'account b' 'host b.example' 'user b' "passwordeval touch '$T/ran'"
  send
  expect_sent
  [ ! -e "$T/ran" ]
}

@test "a passwordeval is not run where no login is wanted" {
  smarthost
  rc 'user me@example.org' 'auth off' "passwordeval touch '$T/ran'"
  send
  expect_sent
  [ ! -e "$T/ran" ]
}

@test "a passwordeval is run once, a right or a wrong password" {
  smarthost_tls starttls --require-auth
  rc_secret "passwordeval echo x >>'$T/ran'; echo sec ret"
  send
  expect_sent
  same "$(wc -l <"$T/ran")" 1
  rc_secret "passwordeval echo x >>'$T/ran'; echo wrong"
  send
  expect 77 NOPERM
  same "$(wc -l <"$T/ran")" 2
}

@test "a passwordeval works where signals were ignored by the caller" {
  smarthost_tls starttls --require-auth
  rc_secret "passwordeval echo sec ret"
  ignoring() {
    (trap '' CHLD PIPE HUP INT && exec "$POSTHASTE" "$@" you@example.org)
  }
  run ignoring -C "$T/rc" <"$T/msg"
  expect_sent
}

# Precedence

# What every setting is in the two sets, and how --pretend shows it.  A
# password has one source: $source says which is looked at.
set_of() {
  local rewrite_to tls starttls delivery number auth rewrite toggle set to
  case $1 in
    a) rewrite_to=on tls=on starttls=on delivery=off number=11 auth=PLAIN
      rewrite=always toggle=on set=off to=undisclosed_recipients ;;
    b) rewrite_to=off tls=auto starttls=off delivery=on number=22 auth=LOGIN
      rewrite=never toggle=off set=auto to=on ;;
  esac
  printf '%s\n' "host $1.example" "port 10$number" "timeout $number" \
    "domain helo.$1.example" "tls $tls" "tls_starttls $starttls" \
    "tls_trust_file /trust/$1" "auth $auth" "user user@$1.example" \
    "passwordeval_timeout $number" "from from@$1.example" \
    "from_full_name Name$1" "rewrite_from $rewrite" \
    "rewrite_reply_to $toggle" "set_from_header $toggle" \
    "set_date_header $set" "set_msgid_header $set" "set_to_header $to" \
    "remove_bcc_headers $toggle" "aliases /aliases/$1" \
    "qualify_domain q.$1.example" "local_domains l.$1.example" \
    "rewrite_to $rewrite_to" "partial_delivery $delivery"
  case $source in
    passwordeval) echo "passwordeval cat-$1" ;;
    password_file) echo "password_file /pw/$1" ;;
  esac
}

# shown LEVEL: the rc file in $T/rc, all of set a said at that level and b
# below, is shown as set a from there.
shown() {
  local level=$1 name value where line=0
  shift
  run "$@"
  expect 0 OK
  while read -r name value; do
    case $level in
      flag) where=--${name//_/-} ;;
      environment) where=POSTHASTE_${name^^} ;;
      *)
        line=$(grep -n "^$name $value\$" "$T/rc" | tail -n1)
        where=$T/rc:${line%%:*}
        ;;
    esac
    grep -qxF "$name $value # $where" <<<"$output" || {
      echo "missing: $name $value # $where"
      echo "$output"
      return 1
    }
  done < <(set_of a)
}

each_source() {
  for source in passwordeval password_file; do
    "$@"
  done
}

pretend() {
  "$POSTHASTE" -C "$T/rc" -P "$@"
}

# with_environment SET COMMAND ...
with_environment() {
  local set=$1 name value
  shift
  (
    while read -r name value; do
      export "POSTHASTE_${name^^}=$value"
    done < <(set_of "$set")
    "$@"
  )
}

@test "every setting can stand in defaults" {
  check() {
    rc_raw '%s\n' defaults "$(set_of a)" 'account default'
    shown defaults pretend
  }
  each_source check
}

@test "every setting can stand in an account, above the defaults" {
  check() {
    rc_raw '%s\n' defaults "$(set_of b)" 'account default' "$(set_of a)"
    shown account pretend
  }
  each_source check
}

@test "every setting is inherited, above the defaults" {
  check() {
    rc_raw '%s\n' defaults "$(set_of b)" 'account x' "$(set_of a)" \
      'account default : x'
    shown inherited pretend
  }
  each_source check
}

@test "every setting in an account goes above what it inherits" {
  check() {
    rc_raw '%s\n' 'account x' "$(set_of b)" 'account default : x' \
      "$(set_of a)"
    shown account pretend
  }
  each_source check
}

@test "every setting can come from the environment, above the rc file" {
  check() {
    rc_raw '%s\n' 'account default' "$(set_of b)"
    shown environment with_environment a pretend
  }
  each_source check
}

@test "every setting has a flag, above environment and rc file" {
  check() {
    local flags=() name value
    while read -r name value; do
      flags+=("--${name//_/-}=$value")
    done < <(set_of a)
    rc_raw '%s\n' 'account default' "$(set_of b)"
    shown flag with_environment b pretend "${flags[@]}"
  }
  each_source check
}

@test "a source of the password goes before all those of lower places" {
  smarthost_tls starttls --require-auth
  rc_raw '%s\n' defaults 'password wrong' 'account default' \
    'host localhost' "port $PORT" 'user me@example.org' \
    "tls_trust_file $CERT_DIR/ca.pem" 'passwordeval echo sec ret'
  send
  expect_sent
  rc_secret 'password wrong'
  secret 'sec ret\n'
  POSTHASTE_PASSWORD_FILE=$T/pw send
  expect_sent
  POSTHASTE_PASSWORD_FILE=/dev/null send --passwordeval 'echo sec ret'
  expect_sent
}

@test "the environment alone sends mail" {
  smarthost_tls starttls --require-auth
  secret 'sec ret\n'
  export POSTHASTE_HOST=localhost POSTHASTE_PORT=$PORT \
    POSTHASTE_FROM=env@example.org POSTHASTE_USER=me@example.org \
    POSTHASTE_PASSWORD_FILE=$T/pw \
    POSTHASTE_TLS_TRUST_FILE=$CERT_DIR/ca.pem
  send_by
  expect_sent
  same "$(sender)" env@example.org
  [[ $(login) == *' me@example.org' ]]
  unset POSTHASTE_PASSWORD_FILE
  POSTHASTE_PASSWORDEVAL='echo sec ret' send_by
  expect_sent
}

@test "the environment counts when called as sendmail" {
  smarthost
  export POSTHASTE_HOST=localhost POSTHASTE_PORT=$PORT \
    POSTHASTE_FROM=env@example.org
  ln -s "$POSTHASTE" "$T/sendmail"
  run "$T/sendmail" -i you@example.org <"$T/msg"
  expect_sent
  same "$(sender)" env@example.org
}

@test "a variable with a wrong value is named, and an empty one is none" {
  smarthost
  rc
  POSTHASTE_PORT=70000 send
  expect 78 CONFIG
  expect_output POSTHASTE_PORT
  expect_output 65535
  expect_untouched
  POSTHASTE_PORT='' send
  expect_sent
}

@test "a password in the environment is refused, with advice" {
  smarthost_tls starttls
  rc_login
  POSTHASTE_PASSWORD='other one' send
  expect 78 CONFIG
  expect_output POSTHASTE_PASSWORD
  expect_output POSTHASTE_PASSWORD_FILE
  refute_output 'other one'
  expect_untouched
}

# Who else can see it

@test "the password is in no command line and no environment while it runs" {
  [ -r "/proc/$$/environ" ] || skip 'there is no /proc'
  smarthost_tls starttls --require-auth --on 'mail stall'
  secret 'sec ret\n'
  local line pid
  for line in 'password sec ret' "password_file $T/pw" \
    "passwordeval cat '$T/pw'"; do
    rc_secret "$line"
    "$POSTHASTE" -C "$T/rc" you@example.org <"$T/msg" >"$T/said" 2>&1 3>&- &
    pid=$!
    echo $pid >"$T/pid"
    local n=0 before
    before=$(cat "$T/stalls" 2>/dev/null || echo 0)
    until [ "$(grep -c 'stalled by' "$T/dialogue")" -gt "$before" ]; do
      kill -0 $pid
      [ $((n += 1)) -lt 500 ]
      sleep 0.02
    done
    grep -c 'stalled by' "$T/dialogue" >"$T/stalls"
    tr '\0' '\n' <"/proc/$pid/cmdline" >"$T/seen"
    grep -qxF -- "$T/rc" "$T/seen"
    tr '\0' '\n' <"/proc/$pid/environ" >>"$T/seen"
    if grep -F 'sec ret' "$T/seen"; then
      return 1
    fi
    kill $pid
    wait $pid || true
  done
}
