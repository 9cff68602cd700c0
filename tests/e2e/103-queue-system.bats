#!/usr/bin/env bats
# Root's run over the system's queues, in a /var/spool/posthaste of the test's
# own, that nobody else sees.

bats_require_minimum_version 1.5.0

TOP=/var/spool/posthaste

setup() {
  load ../lib/e2e
  [ "$(id -u)" -eq 0 ] || skip 'for root only'
  # a folder is needed to put ours on top of it; it is left as it was
  MADE=
  [ -d $TOP ] || { mkdir $TOP && MADE=yes; } || skip "no $TOP can be made"
  unshare -m true 2>/dev/null || skip 'no name space can be made here'
  e2e_setup
  S=$(mktemp -d /tmp/posthaste-system-XXXXXX)
  chmod 1733 "$S"
  install -m 755 "$POSTHASTE" "$S/posthaste"
  printf 'From: me@example.org\nSubject: hi\n\ntext\n' >"$S/msg"
  chmod 644 "$S/msg"
}

teardown() {
  [ -z "${S-}" ] || rm -rf "$S"
  [ "${MADE-}" != yes ] || rmdir $TOP
  [ -z "${T-}" ] || e2e_teardown
}

# in_place COMMAND: of bash, with a folder of our own there.
in_place() {
  export S PORT
  run --separate-stderr unshare -m bash -c "
    set -eu
    mount -t tmpfs -o mode=1777 none $TOP
    user() { local id=\$1; shift; HOME=/nonexistent setpriv \
      --reuid \$id --regid \$id --clear-groups \"\$@\"; }
    put() { user \$1 \"\$S/posthaste\" --host=127.0.0.1 --port=\$PORT --tls=off \
      --queue=only --queue-dir=system -f u\$1@example.org you@example.org \
      <\"\$S/msg\"; }
    $1"
}

@test "root's run delivers what waits for each owner, in the owner's name" {
  smarthost
  in_place 'put 4001; put 4002; ls '$TOP'
    "$S/posthaste" -q --queue-dir=system
    find '$TOP' -path "*/new/*" | wc -l'
  expect 0 OK
  same "$output" "$(printf '4001\n4002\n0')"
  same "$(cat "$T"/store/*.env | sed -n 's/^mail MAIL FROM:<\(.*\)>.*/\1/p' |
    sort | paste -sd ' ')" 'u4001@example.org u4002@example.org'
}

@test "who has put a message there rings, for the path unit" {
  smarthost
  in_place 'put 4001; install -m 622 /dev/null '$TOP'/arrived
    ASAN_OPTIONS=detect_leaks=0 user 4001 strace -o "$S/calls" -e trace=openat "$S/posthaste" \
      --host=127.0.0.1 --port=$PORT --tls=off --queue=only --queue-dir=system \
      -f me@example.org you@example.org <"$S/msg"
    cat "$S/calls"'
  expect 0 OK
  # the name is in memory that strace may not read as a user
  grep 'AT_FDCWD, .*, O_WRONLY.*O_NOFOLLOW.* = [0-9]' <<<"$output" || {
    tail -n 5 <<<"$output$stderr"
    return 1
  }
}

@test "a folder that is another's, or no folder, is passed over" {
  smarthost
  in_place 'put 4001
    mv '$TOP'/4001 '$TOP'/4002
    ln -s '$TOP'/4002 '$TOP'/4003
    touch '$TOP'/4004
    "$S/posthaste" -q --queue-dir=system
    find '$TOP'/4002/new -type f | wc -l'
  expect 0 OK
  same "$output" 1
  expect_untouched
}

@test "a place that is not root's alone stops root's run" {
  smarthost
  in_place 'put 4001; chmod 0777 '$TOP'
    "$S/posthaste" -q --queue-dir=system'
  expect 78 CONFIG
  [[ $stderr == *"$TOP"* ]]
  expect_untouched
}

@test "what an owner's run says is told with the owner's name" {
  smarthost --on 'mail reply 451 4.3.0 later'
  in_place 'put 4001; "$S/posthaste" -q --queue-dir=system'
  expect 75 TEMPFAIL
  [[ $stderr == *'posthaste: 4001: '*'later'* ]]
}

@test "a command of an owner's runs without anything of root's" {
  smarthost_tls starttls
  export SECRET_OF_ROOT=yes
  in_place 'mkdir -m 755 "$S/home"; chown 4001 "$S/home"
    printf "#!/bin/sh\n{ id -u; id -G; env; tty; ls /proc/self/fd; } \
      >%s/home/seen\necho x\n" "$S" >"$S/cmd"
    chmod 755 "$S/cmd"
    user 4001 "$S/posthaste" --host=localhost --port=$PORT \
      --tls-trust-file=/etc/ssl/certs/ca-certificates.crt --user=me \
      --passwordeval="$S/cmd" --queue=only --queue-dir=system \
      -f me@example.org you@example.org <"$S/msg"
    "$S/posthaste" -q --queue-dir=system 99</etc/passwd || true
    cat "$S/home/seen"'
  expect 0 OK
  same "$(sed -n 1p <<<"$output")" 4001
  [[ $(sed -n 2p <<<"$output") != *' 0'* && $(sed -n 2p <<<"$output") != 0 ]]
  [[ $output == *'not a tty'* ]]
  refute_output SECRET_OF_ROOT
  ! grep -qx 99 <<<"$output"
}

# lingering: a command that ends and leaves something behind, which keeps what
# it was given open until "release".
lingering() {
  mkfifo -m 666 "$S/release"
  printf '#!/bin/sh\nsetsid sh -c "read x <%s" &\necho x\n' "$S/release" \
    >"$S/linger"
  chmod 755 "$S/linger"
}

@test "what an owner's command leaves behind does not hold up root's run" {
  lingering
  PORT=1
  in_place 'user 4001 "$S/posthaste" --host=127.0.0.1 --port=1 --tls=on \
      --user=me --passwordeval="$S/linger" --queue=only --queue-dir=system \
      -f me@example.org you@example.org <"$S/msg"
    code=0
    timeout 10 "$S/posthaste" -q --queue-dir=system || code=$?
    echo >"$S/release"
    exit $code'
  expect 75 TEMPFAIL
}

@test "an owner whose run does not end delays none of the others" {
  PORT=1
  mkfifo -m 666 "$S/release"
  in_place 'user 4001 "$S/posthaste" --host=127.0.0.1 --port=1 --tls=on \
      --user=me --passwordeval="read x <$S/release; echo x" --queue=only \
      --queue-dir=system -f me@example.org you@example.org <"$S/msg"
    for uid in {4101..4140}; do
      mkdir -m 700 '$TOP'/$uid
      chown $uid '$TOP'/$uid
    done
    "$S/posthaste" -q --queue-dir=system &
    for try in {1..400}; do
      served=$(ls -d '$TOP'/*/locks | wc -l)
      [ "$served" -lt 41 ] || break
      sleep 0.02
    done
    echo "$served"
    echo >"$S/release"
    wait $! || true'
  expect 0 OK
  same "$output" 41
}

@test "an owner who says too much is told to be brief" {
  PORT=1
  in_place 'user 4001 "$S/posthaste" --host=127.0.0.1 --port=1 --tls=on \
      --user=me --passwordeval="yes >&2" --queue=only \
      --queue-dir=system -f me@example.org you@example.org <"$S/msg"
    timeout 10 "$S/posthaste" -q --queue-dir=system 2>&1 | wc -c'
  expect 0 OK
  [ "$output" -lt 6000000 ]
}

@test "mailq of root lists each owner's queue under a heading" {
  smarthost
  in_place 'put 4001; put 4002; "$S/posthaste" -bp --queue-dir=system'
  expect 0 OK
  expect_output 'Queue of 4001'
  expect_output 'Queue of 4002'
  expect_output u4001@example.org
}

@test "root is told how to get at a message that is another's" {
  smarthost
  in_place 'put 4001; id=$(ls '$TOP'/4001/new)
    "$S/posthaste" --queue-dir=system --queue-remove $id || echo $?
    user 4001 "$S/posthaste" --queue-dir=system --queue-remove $id
    ls '$TOP'/4001/new'
  expect 0 OK
  same "$output" 66
  [[ $stderr == *'mailq lists them; another user'*'--queue-dir=system'* ]]
}
