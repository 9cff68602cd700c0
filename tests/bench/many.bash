# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: many recipients.

# many_rows NAME RECIPIENTS EXTENSIONS PROGRAMS [OPTION ...]
many_rows() {
  local i name=$1 n=$2 caps=$3 programs values ours cells
  local ntransactions ngroups
  read -ra programs <<<"$4"
  shift 4
  rm -f "$work/dialogue" "$work/counts"
  smarthost clear --caps "PIPELINING,SIZE,8BITMIME,CHUNKING$caps" \
    --dialogue "$work/dialogue" --counts "$work/counts" "$@"
  rc_files clear plain none
  recipients "$n"
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    many_values "${programs[i - 1]}" "$n"
    compare "$i"
    row "$name" "${programs[i - 1]}" "$n" "${cells[@]}" "$ntransactions" \
      "$ngroups"
  done
  stop_servers
}

# many_values PROGRAM RECIPIENTS: on the clock, and once under valgrind; sets
# values, and what is not put beside others: ntransactions and ngroups
many_values() {
  local minstr programs=("$1")
  : >"$work/dialogue"
  : >"$work/counts"
  measure_all 1 "$work/small"
  ntransactions=$(grep -ac '^C: MAIL' "$work/dialogue" || true)
  ngroups=$(awk -F '[= ]' '{ n += $4 } END { print n + 0 }' "$work/counts")
  measure_all 3 "$work/small"
  values=(
    "$(in_thousands "$(pick 1 3 min)" %.0f)"
    "$(in_thousands "$(pick 1 4 min)" %.0f)"
    "$(calc "$(pick 1 4 min) / $2")"
  )
  minstr=$(instructions "$1")
  values+=("$minstr" "$(calc "$minstr * 1000 / $2")" "$(peak_of 1)")
}

many_recipients() {
  local n
  new_table 'server takes at once' program recipients 'wall ms' 'CPU ms' \
    'CPU us a recipient' 'Minstr.' 'kinstr. a recipient' 'peak MiB' \
    transactions groups
  for n in "${many[@]}"; do
    many_rows 'does not say' "$n" '' "${programs[*]}"
    many_rows 'LIMITS RCPTMAX=5000' "$n" ',LIMITS RCPTMAX=5000' posthaste
    many_rows '100, and then 452' "$n" '' posthaste --rcpt-limit 100
  done
  heading 'Many recipients' <<END
2 KB on loopback, in clear, the best of 3 runs; in brackets: times posthaste's.
END
  table 2
  cat <<'END'
curl gives up where the replies are more than 300 KB.
groups: how often the client began to talk after it had heard all there was; the server answers while long lists come in, so that they depend on the timing.

END
}
