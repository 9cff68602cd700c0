# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: the programs, where they are had, and how each is told
# what to do.
#
# The others are looked for in PATH, and where they are not, Debian's packages
# are unpacked, not installed, below TESTS_BUILD.

peers=(msmtp esmtp curl)
declare -A program_path program_libs program_version

# The machine's lists of packages, or ones of our own if it has none.
find_lists() {
  apt=(-q -o APT::Sandbox::User=root)
  ! apt-get "${apt[@]}" download --print-uris msmtp || return 0
  apt+=(
    -o "Dir::State=$PWD/apt"
    -o "Dir::State::status=/var/lib/dpkg/status"
    -o "Dir::Cache=$PWD/apt/cache"
    -o Acquire::Languages=none
  )
  mkdir -p apt/lists/partial apt/cache/archives/partial
  apt-get "${apt[@]}" update
}

# lacking PACKAGE: it, and the libraries it needs that are not installed; of
# alternatives all.
lacking() {
  local -A seen=()
  local name todo=("$1") next
  while [ "${#todo[@]}" -gt 0 ]; do
    printf '%s\n' "${todo[@]}"
    next=()
    while read -r name; do
      [ -z "${seen[$name]-}" ] || continue
      seen[$name]=1
      dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
        grep -qx installed || next+=("$name")
    done < <(apt-cache "${apt[@]}" depends -i "${todo[@]}" |
      awk '/Depends: lib/ { print $NF }')
    todo=("${next[@]}")
  done
}

library_path() {
  local dir path=
  for dir in "$1"/usr/lib/*-linux-gnu* "$1"/lib/*-linux-gnu*; do
    [ ! -d "$dir" ] || path=$path:$dir
  done
  printf '%s\n' "${path#:}"
}

# fetch NAME FOLDER: the package of that name, unpacked there
fetch() {
  local deb list apt
  command -v apt-get dpkg ldd || return 1
  rm -rf "$2.new"
  mkdir -p "$2.new"
  cd "$2.new" || return 1
  find_lists || return 1
  list=$(lacking "$1") || return 1
  # shellcheck disable=SC2086 # one word a package
  apt-get "${apt[@]}" download $list || return 1
  dpkg-deb -f "$1"_*.deb Version >version
  for deb in ./*.deb; do
    dpkg -x "$deb" . || return 1
  done
  ! LD_LIBRARY_PATH=$(library_path .) ldd "usr/bin/$1" | grep 'not found' ||
    return 1
  rm -rf -- ./*.deb apt "$2"
  mv "$2.new" "$2"
}

# find_program NAME: in the variable of its name in capitals, in PATH, or
# from its package.
find_program() {
  local name=$1 variable=${1^^} tree=$TESTS_BUILD/$1
  local path=${!variable:-$(command -v "$1" || true)}
  program_libs[$name]=
  if [ -n "$path" ]; then
    program_version[$name]=$("$path" --version 2>/dev/null | head -n 1 ||
      true)
  else
    [ -x "$tree/usr/bin/$name" ] ||
      (fetch "$name" "$tree") >"$tree.log" 2>&1 || {
      say "no $name, and none to be had: see $tree.log"
      return
    }
    path=$tree/usr/bin/$name
    program_libs[$name]=$(library_path "$tree")
    program_version[$name]="$name $(cat "$tree/version")"
  fi
  program_path[$name]=$path
  programs+=("$name")
}

# "msmtp version 1.8.23" and "curl 7.88.1 (...)"
version_of() {
  awk '{ print $1, $2 == "version" ? $3 : $2 }' <<<"${program_version[$1]}"
}

find_programs() {
  local name
  programs=(posthaste)
  program_path[posthaste]=$POSTHASTE
  program_version[posthaste]=$("$POSTHASTE" --version | head -n 1)
  for name in "${peers[@]}"; do
    find_program "$name"
  done
}

# able CHANNEL [MECHANISM]: of the programs those that can do it.
#
# esmtp can log in only where its plugins are installed; and over TLS 1.3 it
# often waits for ever, as its library takes the tickets for a reply.  Debian's
# curl has no SCRAM.
able() {
  local name
  for name in "${programs[@]}"; do
    case $name:$1:${2-} in
      esmtp:starttls:* | esmtp:implicit:* | curl:*:scram*) ;;
      *) echo "$name" ;;
    esac
  done
}

# command_of PROGRAM: sets command and command_env, without recipients.  Of
# posthaste there are several: with an option, and its queue.
command_of() {
  command_env=()
  case $1 in
    sandbox=* | queue=*) command=("$POSTHASTE" -C "$work/rc.posthaste" "--$1") ;;
    run) command=("$POSTHASTE" -C "$work/rc.posthaste" -q) ;;
    list) command=("$POSTHASTE" -C "$work/rc.posthaste" -bp) ;;
    ls) command=(ls -l "$work/queue/new") ;;
    curl) command=("${program_path[curl]}" -sSK "$work/rc.curl") ;;
    esmtp) command=("${program_path[esmtp]}" -f me@example.org -C "$work/rc.esmtp") ;;
    *) command=("${program_path[$1]}" -C "$work/rc.$1") ;;
  esac
  [ -z "${program_libs[$1]-}" ] ||
    command_env=("LD_LIBRARY_PATH=${program_libs[$1]}")
  local recipient
  for recipient in "${to[@]}"; do
    [ "$1" != curl ] || command+=(--mail-rcpt)
    command+=("$recipient")
  done
}

# What all of them are told.  Of TLS sessions posthaste resumes none, as
# others cannot, unless $cache is "on".
#
# rc_files CHANNEL MECHANISM TRUST-FILE
rc_files() {
  rc_lines "$@" >"$work/rc.lines"
  cp "$work/rc.lines" "$work/rc.posthaste"
  [ "$1" = clear ] ||
    echo "tls_session_cache $cache" >>"$work/rc.posthaste"
  { echo 'account default' && cat "$work/rc.lines"; } >"$work/rc.msmtp"
  printf 'hostname=localhost:%s\nstarttls=disabled\n' "$port" >"$work/rc.esmtp"
  rc_curl "$@" >"$work/rc.curl"
  chmod 600 "$work"/rc.*
}

# of posthaste and msmtp
rc_lines() {
  local starttls=off
  printf 'host localhost\nport %s\nfrom me@example.org\n' "$port"
  [ "$1" != clear ] || { echo 'tls off' && return; }
  [ "$1" != starttls ] || starttls=on
  printf '%s\n' 'tls on' "tls_starttls $starttls" "tls_trust_file $3" \
    "auth $2" "user ${login[1]}" "password ${login[3]}"
}

rc_curl() {
  local scheme=smtp
  [ "$1" != implicit ] || scheme=smtps
  printf '%s\n' "url = $scheme://localhost:$port" 'mail-from = me@example.org' \
    'upload-file = -' crlf
  [ "$1" != clear ] || return 0
  printf '%s\n' ssl-reqd "user = ${login[1]}:${login[3]}"
  [ "$3" = system ] || echo "cacert = $3"
}

recipients() {
  local i
  to=()
  for ((i = 1; i <= $1; i++)); do
    to+=("rcpt$i@example.net")
  done
}
