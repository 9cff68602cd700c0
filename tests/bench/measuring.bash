# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: what a run of a program costs.

# measure_all RUNS MESSAGE [-p]: each program in turn, into $work/runs;
# prefix is an array.
measure_all() {
  local program words=()
  for program in "${programs[@]}"; do
    command_of "$program"
    words+=(-- "${command_env[@]}" "${command[@]}")
  done
  : >"$work/errors"
  "${prefix[@]}" "$measure" ${3+"$3"} "$1" "$2" "${words[@]:1}" \
    >"$work/runs" 2>"$work/errors" || die "$(tail -n 1 "$work/errors")"
  [ ! -s "$work/errors" ] || say "$(tail -n 1 "$work/errors")"
}

# pick NUMBER FIELD min|median|max: of the runs that went well; fields are 3
# for wall time, 4 for CPU (both in microseconds) and 5 for memory (KiB)
pick() {
  awk -v n="$1" -v f="$2" '$1 == n && $2 == 0 { print $f }' "$work/runs" |
    sort -n | awk -v what="$3" '
      { value[NR] = $1 }
      END {
        at = what == "min" ? 1 : what == "max" ? NR : int((NR + 1) / 2)
        print NR == 0 ? "-" : value[at]
      }'
}

# time_values NUMBER: wall and CPU in ms, the least and the median
time_values() {
  local field which
  for field in 3 4; do
    for which in min median; do
      in_thousands "$(pick "$1" "$field" "$which")"
    done
  done
}

# peak_of NUMBER: in MiB
peak_of() {
  calc "$(pick "$1" 5 max) / 1024"
}

# instructions PROGRAM: those in user space of one run, in millions
instructions() {
  local n
  command_of "$1"
  command -v valgrind >/dev/null || { echo - && return; }
  "${prefix[@]}" env "${command_env[@]}" valgrind --tool=callgrind \
    --callgrind-out-file=/dev/null "${command[@]}" <"$work/small" \
    >"$work/valgrind.out" 2>&1 || { echo - && return; }
  n=$(awk '/Collected/ { sum += $NF } END { print sum }' "$work/valgrind.out")
  calc "${n:--} / 1000000"
}

# trace PROGRAM: sets ncalls, nfiles (opened), nlibraries (of those), nwrites
# (to the server) and nrecords (of TLS)
trace() {
  local said
  ncalls='-' nfiles='-' nlibraries='-' nwrites='-' nrecords='-'
  command_of "$1"
  command -v strace >/dev/null || return 0
  "${prefix[@]}" env "${command_env[@]}" strace -f -o "$work/calls" \
    "${command[@]}" <"$work/small" >/dev/null 2>&1 || return 0
  "${prefix[@]}" env "${command_env[@]}" strace -f -xx -s 1000000 \
    -e trace=connect,setsockopt,write,writev,sendto,sendmsg \
    -o "$work/trace" "${command[@]}" <"$work/small" >/dev/null 2>&1 || return 0
  ncalls=$(grep -cv -e 'resumed>' -e '+++' -e '---' "$work/calls")
  nfiles=$(grep -c 'open[a-z0-9]*(.*= [0-9]*$' "$work/calls" || true)
  nlibraries=$(grep -c 'open[a-z0-9]*(.*\.so[.0-9]*".*= [0-9]*$' "$work/calls" || true)
  said=$(python3 "$here/../lib/writes.py" "$port" "$work/trace")
  nwrites=$(sed 's/.*writes=\([0-9]*\).*/\1/' <<<"$said")
  nrecords=$(sed 's/.*records=\([0-9]*\).*/\1/' <<<"$said")
}
