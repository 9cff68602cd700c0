#!/bin/sh
# Fails if what runs the queue is not installed together, if systemd finds
# fault with its units, or if they, the crontab lines, the manual and the
# program do not mean the same flags and places.
# usage: units.sh SOURCE_ROOT BUILD_ROOT POSTHASTE
set -eu
root=${1:?source root}
build=${2:?build root}
posthaste=${3:?posthaste}
LC_ALL=C
export LC_ALL
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
complain() {
  echo "$1"
  bad=1
}

dest=$tmp/dest
DESTDIR=$dest meson install -C "$build" --no-rebuild --quiet >"$tmp/log" 2>&1 ||
  { cat "$tmp/log" && exit 1; }

# installed NAME...: where such files are; complains if there is none.
installed() {
  for name; do
    find "$dest" -path "*/$name" | grep . ||
      { complain "not installed: $name" >&2 && touch "$tmp/bad"; }
  done
}

units=$(installed system/posthaste-queue.service \
  system/posthaste-queue.path \
  system/posthaste-queue.timer user/posthaste-queue.path \
  user/posthaste-queue.service user/posthaste-queue.timer)
crontabs=$(installed doc/posthaste/crontab.example doc/posthaste/cron.d.example)
tmpfiles=$(installed tmpfiles.d/posthaste.conf)
page=$(installed man7/posthaste-queue.7)

# what they run is there, and knows the flags
"$posthaste" --help >"$tmp/help"
# shellcheck disable=SC2086 # lists of files whose names have no blanks
sed -n -e 's/^ExecStart=//p' -e 's/^[*][^#]*[* ]\(\/[^>]*\).*/\1/p' \
  $units $crontabs >"$tmp/commands"
[ "$(wc -l <"$tmp/commands")" -eq 4 ] ||
  complain "other commands than four: $(cat "$tmp/commands")"
while read -r program flags; do
  [ -x "$dest$program" ] || complain "$program is not installed"
  for flag in $flags; do
    grep -qE -e "^ +$flag([, =[]|$)" "$tmp/help" ||
      complain "$program does not know $flag"
  done
done <"$tmp/commands"

# a line that leads nowhere would be noticed on somebody's machine only
# shellcheck disable=SC2086
for cited in $(sed -n 's/^Documentation=man://p' $units | sort -u); do
  [ "$cited" = 'posthaste-queue(7)' ] || complain "no such page: $cited"
done
spool=$(sed -n 's/^d \(.*\) 1777 root root -$/\1/p' "$tmpfiles")
[ -n "$spool" ] || complain "$tmpfiles makes no folder"
tr '\0' '\n' <"$posthaste" | grep -qxF "$spool" ||
  complain "$spool is not the program's"
for file in "$page" "$root/man/posthasterc.5"; do
  grep -qF /var/spool/posthaste "$file" || complain "$file does not say where"
done

# where a message is that was put in the queue is what the path unit watches
export HOME="$tmp/home"
unset XDG_STATE_HOME XDG_CONFIG_HOME
mkdir "$HOME"
printf 'Subject: hi\n\ntext\n' | "$posthaste" --host localhost --queue only \
  --from me@example.org you@example.org || complain 'cannot queue'
# shellcheck disable=SC2086
watched=$(sed -n "s|^PathChanged=%h|$HOME|p" $units)
[ "$(find "$watched" -type f | wc -l)" -eq 1 ] ||
  complain "$watched is not where messages wait"
# shellcheck disable=SC2086
[ "$(sed -n 's/^PathChanged=\([^%]*\)$/\1/p' $units)" = \
  "$(sed -n 's/^f \(.*\) 0622 root root -$/\1/p' $tmpfiles)" ] ||
  complain 'nobody makes what the path unit of the system watches'

# the folder that all users share
if [ "$(id -u)" -eq 0 ] && command -v systemd-tmpfiles >/dev/null; then
  mkdir -p "$tmp/machine/etc"
  cp /etc/passwd /etc/group "$tmp/machine/etc"
  # shellcheck disable=SC2086
  systemd-tmpfiles --root="$tmp/machine" --create $tmpfiles ||
    complain 'systemd-tmpfiles refuses it'
  [ "$(stat -c '%a %u' "$tmp/machine$spool")" = '1777 0' ] ||
    complain "$spool has other rights"
fi

[ "$bad" -eq 0 ] && [ ! -e "$tmp/bad" ] || exit 1
command -v systemd-analyze >/dev/null ||
  { echo 'no systemd-analyze here to verify the units' && exit 77; }
# it looks whether the program is there, and for the units that each names
export XDG_RUNTIME_DIR="$tmp"
for whose in system user; do
  mkdir "$tmp/$whose"
  # shellcheck disable=SC2086
  for unit in $(printf '%s\n' $units | grep "/$whose/"); do
    sed "s|^ExecStart=/|ExecStart=$dest/|" "$unit" >"$tmp/$whose/${unit##*/}"
  done
  systemd-analyze verify "--$whose" --man=no "$tmp/$whose"/* \
    >"$tmp/log" 2>&1 || bad=1
  # it warns of what it does not know, and says that all is well
  grep "$tmp/$whose" "$tmp/log" && bad=1
done
exit "$bad"
