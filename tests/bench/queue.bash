# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: the queue.

# Messages wait on the disk that TESTS_BUILD is on.
queue_files() {
  rm -rf "$work/queue"
  rc_files "$@"
  echo "queue_dir $work/queue" >>"$work/rc.posthaste"
}

nwaiting() {
  find "$work/queue/new" -type f 2>/dev/null | wc -l
}

# What was begun in the background ends, or is ended by a run.
drain() {
  local n=0
  while [ "$(nwaiting)" -gt 0 ]; do
    [ $((n += 1)) -lt 100 ] || die 'the queue does not get empty'
    "$POSTHASTE" -C "$work/rc.posthaste" -q >"$work/errors" 2>&1 || sleep 0.1
  done
}

# syncs PROGRAM: how often the process that is called syncs to disk
syncs() {
  command -v strace >/dev/null || { echo - && return; }
  command_of "$1"
  env "${command_env[@]}" \
    strace -e trace=fsync,fdatasync,sync,syncfs,msync,sync_file_range \
    -o "$work/trace" "${command[@]}" <"$work/small" \
    >/dev/null 2>&1 || { echo - && return; }
  grep -c '^[a-z_]*sync' "$work/trace" || true
}

# put_rows NAME CHANNEL
put_rows() {
  local i name=$1 chosen values ours cells
  mapfile -t chosen < <(able "$2")
  local programs=(posthaste queue=always queue=only "${chosen[@]:1}")
  smarthost "$2" --mechs PLAIN
  queue_files "$2" plain "$certs/ca.pem"
  recipients 1
  measure_all 1 "$work/small" # its folders are made
  measure_all "$small_runs" "$work/small"
  drain
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    mapfile -t values < <(time_values "$i")
    compare "$i"
    row "$name" "${programs[i - 1]/posthaste/queue=off}" "${cells[@]}" \
      "$(syncs "${programs[i - 1]}")"
    drain
    name=
  done
  stop_servers
}

queue_put() {
  new_table connection program 'wall ms min' median 'CPU ms min' median fsyncs
  put_rows clear clear
  put_rows TLS+PLAIN implicit
  heading 'The queue: until the caller can go on' <<END
2 KB on loopback; runs in turn: $small_runs; in brackets: times "off".
"always" keeps the message and delivers it in the background, which wall time has its share of, and CPU time has not; "only" just keeps it.
END
  table 2
}

# To all the files that $work/names has.
copy_entry() {
  (
    umask 077
    # shellcheck disable=SC2016 # the inner shell's parameters
    xargs -a "$work/names" -n 500 sh -c \
      'entry=$1 && shift && tee "$@" <"$entry" >/dev/null' sh "$work/entry"
  )
}

# fill N: so many messages wait, copies of one
fill() {
  local entry first base
  command_of queue=only
  "${command[@]}" <"$work/small"
  entry=$(find "$work/queue/new" -type f)
  first=${entry##*/}
  base=${first%-*-*}
  # an id: date, time, microseconds, eight digits of anything
  awk -v n="$1" -v base="$work/queue/new/$base" 'BEGIN {
    for (i = 0; i < n; i++)
      printf "%s-%06d-%08x\n", base, i, i }' >"$work/names"
  mv "$entry" "$work/entry"
  copy_entry
}

# flush_rows NAME CHANNEL MECHANISM CAPS MESSAGES DELAY
flush_rows() {
  local programs=(run) to logins
  rm -f "$work/dialogue"
  smarthost "$2" --mechs "${3^^}" --caps "$4" --require-auth \
    --dialogue "$work/dialogue"
  delayline "$6"
  queue_files "$2" "$3" "$certs/ca.pem"
  recipients 1
  fill "$5"
  to=()
  measure_all 1 /dev/null
  [ "$(nwaiting)" -eq 0 ] || say "the run left $(nwaiting) messages"
  stop_servers
  logins=$(grep -c '^C: AUTH' "$work/dialogue")
  row "$1" "${4/,8BITMIME*/}" "$5" "$6" \
    "$(wc -l <"$work/flips")" "$logins" \
    "$(awk -v n="$5" '{ split($2, f, "="); sum += f[2] }
      END { printf "%.2f", sum / n }' "$work/flips")" \
    "$(calc "$(pick 1 3 min) / 1000000" %.2f)" \
    "$(calc "$(pick 1 4 min) / 1000 / $5" %.2f)" \
    "$(calc "$(pick 1 5 max) / 1024")"
}

queue_run() {
  local caps
  new_table connection extensions messages 'delay ms' connections logins \
    'groups a message' 'wall s' 'CPU ms a message' 'peak MiB'
  for caps in PIPELINING,CHUNKING PIPELINING; do
    flush_rows TLS+PLAIN implicit plain "$caps,8BITMIME,SIZE" \
      "${flush_messages[0]}" 0
    flush_rows TLS+PLAIN implicit plain "$caps,8BITMIME,SIZE" \
      "${flush_messages[1]}" "$rtt_ms"
  done
  heading 'The queue: a run' <<END
Messages of 2 KB, one recipient each, all by the same line; a connection takes 100.
END
  table 2
  cat <<'END'
groups: how often the client began to talk, those before the first message included.

END
}

# Each was tried once, and there is a note on that: copies of one, too.
try_all() {
  local note
  "$POSTHASTE" -C "$work/rc.posthaste" -q >"$work/errors" 2>&1 || true
  note=$(find "$work/queue/notes" -type f ! -name 'host-*' | head -n 1)
  [ -n "$note" ] || die "no note on a message: $(cat "$work/errors")"
  mv "$note" "$work/entry"
  sed -i 's:/queue/new/:/queue/notes/:' "$work/names"
  copy_entry
}

# list_rows NAME
list_rows() {
  local programs=(list ls) names=('posthaste -bp' 'ls -l') to=() i n
  command_of list
  n=$("${command[@]}" | grep -c rcpt1@example.net || true)
  [ "$n" -ge "$list_messages" ] || say "posthaste -bp lists $n messages"
  measure_all "$list_runs" /dev/null
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    row "$1" "${names[i - 1]}" \
      "$(calc "$(pick "$i" 3 min) / 1000" %.1f)" \
      "$(calc "$(pick "$i" 3 median) / 1000" %.1f)" \
      "$(calc "$(pick "$i" 4 min) / 1000" %.1f)" \
      "$(calc "$(pick "$i" 4 median) / 1000" %.1f)" \
      "$(calc "$(pick "$i" 5 max) / 1024")"
  done
}

queue_list() {
  new_table messages program 'wall ms min' median 'CPU ms min' median \
    'peak MiB'
  smarthost clear --on 'rcpt reply 450 4.2.0 try again later, please'
  queue_files clear plain none
  recipients 1
  fill "$list_messages"
  list_rows "$list_messages, not tried yet"
  try_all
  list_rows "$list_messages, tried once"
  stop_servers
  heading 'The queue: what waits' <<END
Of 2 KB each; runs in turn: $list_runs; ls is there for scale.
END
  table 2
}
