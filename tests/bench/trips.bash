# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: round trips on a line with a delay.

rtt_ms=100

# Who waits for the reply to QUIT, which here takes a second?  With TLS, the
# last word is the client's in any case.
declare -A waits

probe_quit() {
  local i
  smarthost clear --on 'quit sleep 1000'
  rc_files clear plain none
  recipients 1
  measure_all 1 "$work/small"
  stop_servers
  for i in "${!programs[@]}"; do
    waits[${programs[i]}]=$(calc "$(pick $((i + 1)) 3 min) >= 1000000" %d)
  done
}

# Of several runs the median: what is timed can split a group or join two.
flips_of() {
  awk -v n="${#programs[@]}" -v k="$(($1 % ${#programs[@]}))" '
    { split($1, c, "="); split($2, f, "=") }
    c[2] % n == k { print f[2] }' "$work/flips" | sort -n | awk '
    { value[NR] = $1 }
    END { print NR == 0 ? "-" : value[int((NR + 1) / 2)] }'
}

# trip_values NUMBER CHANNEL: round trips, and wall/RTT
trip_values() {
  local before=1 unanswered=1 unseen=1
  [ "$2" = implicit ] || before=2 unseen=1.5
  [ "$2" != clear ] || unanswered=$((1 - waits[${programs[$1 - 1]}]))
  calc "$(flips_of "$1") + $before - $unanswered" %d
  calc "$(pick "$1" 3 min) / $rtt_ms / 1000 + $unseen"
}

# trips CHANNEL MECHANISM EXTENSIONS RECIPIENTS: prints the fields of a row
trips() {
  local i n=0 all=("${programs[@]}") chosen values ours cells
  local -A trips_of wall_of
  mapfile -t chosen < <(able "$1" "$2")
  local programs=("${chosen[@]}")
  smarthost "$1" --mechs "${2^^}" --caps "${3/none/8BITMIME},SIZE"
  delayline "$rtt_ms"
  rc_files "$1" "$2" "$certs/ca.pem"
  recipients "$4"
  measure_all "$trip_runs" "$work/small"
  while [ "$(wc -l <"$work/flips")" -lt "$(wc -l <"$work/runs")" ] &&
    [ $((n += 1)) -lt 100 ]; do
    sleep 0.02
  done
  stop_servers
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    mapfile -t values < <(trip_values "$i" "$1")
    compare "$i"
    trips_of[${programs[i - 1]}]=${cells[0]}
    wall_of[${programs[i - 1]}]=${cells[1]}
  done
  cells=()
  for i in "${all[@]}"; do cells+=("${trips_of[$i]--}"); done
  for i in "${all[@]}"; do cells+=("${wall_of[$i]--}"); done
  (IFS=$'\t' && echo "${cells[*]}")
}

# Most of the time is waiting: a few rows are made at once, each with a
# folder and servers of its own.
begin_trips() {
  local n=${#rows[@]} name=${1/implicit/TLS}
  name=${name/starttls/STARTTLS}
  [ "$1" = clear ] || name+=+${2^^}
  rows+=("$name"$'\t'"${3/none/-}"$'\t'"$4")
  mkdir -p "$work/trips.$n"
  cp "$work/small" "$work/trips.$n/"
  (
    trap stop_servers EXIT
    work=$work/trips.$n HOME=$work/trips.$n
    trips "$@" >"$work/fields"
  ) &
  [ $(((n + 1) % 5)) -ne 0 ] || wait
}

round_trips() {
  local n both=PIPELINING,CHUNKING rows=()
  probe_quit
  new_table connection extensions recipients \
    "${programs[@]}" "${programs[@]/%/: wall/RTT}"
  for n in "${trip_recipients[@]}"; do
    begin_trips implicit plain "$both" "$n"
    begin_trips implicit plain PIPELINING "$n"
    begin_trips implicit plain CHUNKING "$n"
    begin_trips implicit plain none "$n"
    begin_trips implicit scram-sha-256 "$both" "$n"
    begin_trips starttls plain "$both" "$n"
    begin_trips starttls plain PIPELINING "$n"
    begin_trips clear plain "$both" "$n"
    begin_trips clear plain PIPELINING "$n"
  done
  wait
  for n in "${!rows[@]}"; do
    [ -s "$work/trips.$n/fields" ] || die "no figures for ${rows[n]}"
    row "${rows[n]}" "$(cat "$work/trips.$n/fields")"
  done
  rm -rf "$work"/trips.*
  heading 'Round trips' <<END
2 KB at a delay of $rtt_ms ms; runs in turn: $trip_runs.
In brackets: times posthaste's.
END
  table 2
  cat <<'END'
Round trips are how often the client began to talk (the median), TCP's handshake, the greeting if the server is the first to talk, TLS's handshake, less QUIT where its reply is not waited for.
wall/RTT is of the fastest run, with the round trips of TCP added that the simulated line does not have; what it is more is CPU time, and waiting for acknowledgements.

END
}
