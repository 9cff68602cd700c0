#!/bin/sh
# Fails if a room includes what it may not.  The table is the architecture.
# Or if the map of it, src/README.md, lacks a file.
set -eu
cd "${1:?source root}/src"

may() {
  case $1 in
    base) echo '' ;;
    config | message | net) echo base ;;
    smtp | queue) echo base message ;;
    submit) echo base config message net smtp ;;
    outbox) echo base config message smtp queue submit ;;
    cli) echo base config ;;
    modes) echo base cli config message outbox queue submit ;;
    *) echo '?' ;;
  esac
}

bad=0
for dir in */; do
  room=${dir%/}
  [ "$room" != units ] || continue # no code
  # the map names each file
  row=$(grep "^| \`$room/\` |" README.md)
  for f in "$room"/*.c; do
    name=${f##*/}
    echo "$row" | grep -qw "${name%.c}" ||
      { echo "src/README.md: the row of $room/ lacks $f" && bad=1; }
  done
  allowed=" $(may "$room") $room "
  for f in "$room"/*.[ch]; do
    for inc in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f"); do
      case $allowed in
        *" ${inc%%/*} "*) ;;
        *) echo "$f: must not include $inc" && bad=1 ;;
      esac
    done
  done
done
exit "$bad"
