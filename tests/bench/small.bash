# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: a small message, and what the sandbox adds to it.

# small_rows NAME CHANNEL TRUST [PROGRAM ...]
small_rows() {
  local i name=$1 channel=$2 trust values cells ours prefix=()
  use_trust "$3"
  shift 3
  local chosen=("$@")
  [ $# -gt 0 ] || mapfile -t chosen < <(able "$channel")
  local programs=("${chosen[@]}")
  smarthost "$channel" --mechs PLAIN
  rc_files "$channel" plain "$trust"
  recipients 1
  measure_all 1 "$work/small" # the caches are filled
  measure_all "$small_runs" "$work/small"
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    trace "${programs[i - 1]}"
    mapfile -t values < <(time_values "$i")
    values+=("$(instructions "${programs[i - 1]}")" "$ncalls" "$nfiles"
      "$nlibraries" "$nwrites" "$nrecords" "$(peak_of "$i")")
    compare "$i"
    row "$name" "${programs[i - 1]}" "${cells[@]}"
    name=
  done
  stop_servers
}

small_message() {
  new_table connection program 'wall ms min' median 'CPU ms min' median \
    'Minstr.' 'system calls' 'files opened' libraries writes 'TLS records' \
    'peak MiB'
  small_rows clear clear ca
  small_rows TLS+PLAIN implicit ca
  cache=on
  small_rows 'TLS+PLAIN, resumed' implicit ca posthaste
  cache=off
  if [ "${#store[@]}" -gt 0 ]; then
    small_rows 'TLS+PLAIN, store' implicit store
    small_rows 'STARTTLS+PLAIN, store' starttls store
    cache=on
    small_rows 'TLS+PLAIN, store, resumed' implicit store posthaste
    cache=off
  fi
  heading 'A small message' <<END
2 KB on loopback; runs in turn: $small_runs; wall time has the server's work in it.
In brackets: times posthaste's.
END
  table 2
  cat <<'END'
Minstr.: million instructions in user space, under valgrind, whose processor lacks instructions that the real one may have.
libraries: of the files opened; writes: system calls that send to the server.
resumed: posthaste goes on with the TLS session of the run before; the others cannot.
END
  case ${store[0]-} in
    '') echo 'There is no store of CA certificates here.' ;;
    env) echo "store: a trust file of $store_size certificates." ;;
    *) echo "store: the system's, of $store_size certificates." ;;
  esac
  echo 'Else the trust file holds one certificate.'
  echo
}

# sandbox_rows NAME CHANNEL TRUST: the same message with each word for it
sandbox_rows() {
  local i programs=(sandbox=off sandbox=on sandbox=strict) trust prefix=()
  local values name=$1
  use_trust "$3"
  smarthost "$2" --mechs PLAIN
  rc_files "$2" plain "$trust"
  recipients 1
  measure_all 1 "$work/small"
  measure_all "$sandbox_runs" "$work/small"
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    trace "${programs[i - 1]}"
    mapfile -t values < <(time_values "$i")
    row "$name" "${programs[i - 1]#sandbox=}" "${values[@]}" \
      "$(instructions "${programs[i - 1]}")" "$ncalls"
    name=
  done
  stop_servers
}

sandbox() {
  new_table connection sandbox 'wall ms min' median 'CPU ms min' median \
    'Minstr.' 'system calls'
  sandbox_rows clear clear ca
  sandbox_rows TLS+PLAIN implicit ca
  heading 'The sandbox' <<END
2 KB on loopback; runs in turn: $sandbox_runs.
END
  table 2
  cat <<'END'
Minstr.: valgrind's kernel knows neither Landlock nor seccomp, so that "strict" cannot run there, and of "on" the rules are missing.

END
}
