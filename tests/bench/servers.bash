# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: the smarthost and the slow line of tests/lib.

server_pids=()

stop_servers() {
  local pid
  for pid in "${server_pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  server_pids=()
}

# start NAME COMMAND...: in the background; sets port to what it prints.
start() {
  local name=$1 n=0
  shift
  : >"$work/$name.out"
  "$@" >"$work/$name.out" 2>>"$work/servers.err" &
  server_pids+=("$!")
  while ! port=$(grep -s '^port ' "$work/$name.out"); do
    [ $((n += 1)) -lt 500 ] || die "no server: $(cat "$work/servers.err")"
    sleep 0.02
  done
  port=${port#port }
}

# smarthost CHANNEL [OPTION ...]: clear, starttls or implicit
smarthost() {
  local channel=$1
  shift
  [ "$channel" = clear ] ||
    set -- --tls "$channel" --cert "$certs/good.pem" \
      --key "$certs/good.key" "${login[@]}" "$@"
  start smarthost "$SMARTHOST" "$@"
}

# delayline RTT: between the smarthost and who comes from now on
delayline() {
  rm -f "$work/flips"
  start delayline "$DELAYLINE" --rtt "$1" --to "127.0.0.1:$port" \
    --counts "$work/flips"
}

# What makes a command see the test's CA in the system's store: a mount that
# it alone sees, or else the name of a file with all that the store holds.
find_store() {
  local bundle
  store=()
  bundle=$(readlink -f /etc/ssl/certs/ca-certificates.crt || true)
  [ -s "$bundle" ] || return 0
  cat "$bundle" "$certs/ca.pem" >"$work/bundle.pem"
  store_size=$(grep -c BEGIN "$work/bundle.pem")
  # shellcheck disable=SC2016 # the inner shell's parameters
  store=(unshare -rm sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    sh "$work/bundle.pem" "$bundle")
  store_file=system
  "${store[@]}" true 2>/dev/null || {
    store=(env)
    store_file=$work/bundle.pem
  }
}

# use_trust ca|store: sets trust, and prefix to what makes it so
use_trust() {
  prefix=()
  trust=$certs/ca.pem
  if [ "$1" = store ]; then
    prefix=("${store[@]}")
    trust=$store_file
  fi
}
