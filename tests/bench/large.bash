# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: a large message.

# DATA, or more
large_caps=PIPELINING,8BITMIME,SIZE,ENHANCEDSTATUSCODES

# large_size PROGRAM: in GB; who takes long sends less, for the cost per GB
large_size() {
  case $1 in
    posthaste) echo "$gb" ;;
    msmtp) calc "$gb / 40" %g ;;
    *) calc "$gb / 8" %g ;;
  esac
}

# send_large FROM: each of the programs, as measure_all would; ours again
send_large() {
  local i n most all=("${programs[@]}") options=()
  [ "$1" = file ] || options=(-p)
  : >"$work/large.runs"
  for ((i = 1; i <= ${#all[@]}; i++)); do
    local programs=("${all[i - 1]}")
    most=1
    [ "${programs[0]}" != posthaste ] || most=$large_runs
    for ((n = 0; n < most; n++)); do
      measure_all 1 "$work/large.${programs[0]}" "${options[@]}"
      sed "s/^1 /$i /" "$work/runs" >>"$work/large.runs"
    done
  done
  cp "$work/large.runs" "$work/runs"
}

# large_rows NAME CHANNEL EXTENSIONS FROM [PROGRAM]
large_rows() {
  local i size values ours cells name=$1 chosen=("${5-}")
  [ $# -gt 4 ] || mapfile -t chosen < <(able "$2")
  local programs=("${chosen[@]}")
  smarthost "$2" --mechs PLAIN --caps "$large_caps${3:+,$3}"
  rc_files "$2" plain "$certs/ca.pem"
  recipients 1
  send_large "$4"
  stop_servers
  for ((i = 1; i <= ${#programs[@]}; i++)); do
    size=$(large_size "${programs[i - 1]}")
    values=(
      "$(calc "$(pick "$i" 3 min) / 1000000 / $size" %.2f)"
      "$(calc "$(pick "$i" 4 min) / 1000000 / $size" %.2f)"
      "$(peak_of "$i")"
    )
    compare "$i"
    row "$name" "$4" "${programs[i - 1]}" "${cells[@]}"
    name=
  done
}

large_message() {
  local from program
  for program in "${programs[@]}"; do
    make_message "$work/large.$program" \
      "$(calc "$(large_size "$program") * 1000000000" %d)"
  done
  new_table connection from program 'wall s/GB' 'CPU s/GB' 'peak MiB'
  for from in file pipe; do
    large_rows 'clear, DATA' clear '' "$from"
    large_rows 'clear, CHUNKING' clear CHUNKING "$from" posthaste
    large_rows 'TLS, DATA' implicit '' "$from"
    large_rows 'TLS, CHUNKING' implicit CHUNKING "$from" posthaste
  done
  rm -f "$work"/large.*
  heading 'A large message' <<END
$gb GB (10^9 octets) in lines of 76 on loopback, the better of $large_runs runs; in brackets: times posthaste's.
The others send less of it once, msmtp a fortieth and the rest an eighth, and their figures are what a whole one would take.
END
  table 3
}
