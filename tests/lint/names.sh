#!/bin/sh
# Fails if --help, manuals, completions or the example name other settings
# and flags than the tables do.
# usage: names.sh SOURCE_ROOT LIST_NAMES POSTHASTE
set -eu
root=${1:?source root}
list_names=${2:?list_names}
posthaste=${3:?posthaste}

LC_ALL=C
export LC_ALL
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$list_names" >"$tmp/all"

# Those of the kinds named, as they are written.
kinds() {
  for kind in "$@"; do
    sed -n "s/^$kind //p" "$tmp/all"
  done | sort -u
}

# Standard input holds the names that are there; compares with the kinds.
must_be() {
  what=$1
  shift
  sort -u >"$tmp/is"
  kinds "$@" >"$tmp/want"
  comm -13 "$tmp/is" "$tmp/want" | sed "s/^/$what: misses /" >"$tmp/diff"
  comm -23 "$tmp/is" "$tmp/want" | sed "s/^/$what: should not have /" \
    >>"$tmp/diff"
  if [ -s "$tmp/diff" ]; then
    cat "$tmp/diff"
    touch "$tmp/bad" # a variable would be lost with the pipe's subshell
  fi
}

# The same, where not all of the kinds need be.
must_be_of() {
  what=$1
  shift
  sort -u >"$tmp/is"
  kinds "$@" >"$tmp/want"
  comm -23 "$tmp/is" "$tmp/want" | sed "s/^/$what: there is no /" >"$tmp/diff"
  if [ -s "$tmp/diff" ]; then
    cat "$tmp/diff"
    touch "$tmp/bad"
  fi
}

long_flags() {
  grep -oE -e '--[a-z][a-z0-9-]*[a-z0-9]' || true
}

# The arguments of Fl in an mdoc page, a line each.
mdoc_flags() {
  awk '/^\./ {
    is_flag = 0
    for (i = 1; i <= NF; i++) {
      if ($i == "Fl" || $i == ".Fl") is_flag = 1
      else if ($i ~ /^([A-Z][a-z]|\|)$/) is_flag = 0
      else if (is_flag && $i !~ /^([][,.:;()]|-)$/) print $i
    }
  }' "$1"
}

"$posthaste" --help >"$tmp/help"
long_flags <"$tmp/help" | must_be --help flag
sed -n 's/^  -\([A-Za-z]\)[[, ].*/\1/p
/^  [a-z].*:/s/ -\([A-Za-z0-9]\)/\
=\1/gp' "$tmp/help" | sed -n '/^.$/p; s/^=\(.\).*/\1/p' |
  must_be --help letter taken refused

mdoc_flags "$root/man/posthaste.1" >"$tmp/mdoc"
sed -n 's/^-/--/p' "$tmp/mdoc" | must_be posthaste.1 flag old
# "oi" is o with an argument, "itd" three letters: the first one will do
grep -v '^-' "$tmp/mdoc" | cut -c 1 | must_be posthaste.1 letter taken refused
sed -n 's/^\.It Ic \([a-z_]*\).*/\1/p' "$root/man/posthasterc.5" |
  must_be posthasterc.5 setting
# once, and in the table's order
sed -n 's/^\.It Ic \([a-z_]*\).*/\1/p' "$root/man/posthasterc.5" >"$tmp/order"
sed -n 's/^setting //p' "$tmp/all" | diff - "$tmp/order" ||
  touch "$tmp/bad"
sed -n 's/^\.It Sy \([a-z_]*\).*/\1/p' "$root/man/posthasterc.5" |
  must_be posthasterc.5 keyword
sed -n 's/^\.It Li \([a-z0-9_]*\).*/\1/p' "$root/man/posthasterc.5" |
  must_be posthasterc.5 obsolete
mdoc_flags "$root/man/posthaste-queue.7" >"$tmp/mdoc"
sed -n 's/^-/--/p' "$tmp/mdoc" | must_be_of posthaste-queue.7 flag
grep -v '^-' "$tmp/mdoc" | cut -c 1 | must_be_of posthaste-queue.7 letter taken
sed -n 's/^\.\(It \)*Ic \([a-z_]*\).*/\2/p' "$root/man/posthaste-queue.7" |
  must_be_of posthaste-queue.7 setting
sed -nE 's/^#?([a-z_]+)( .*)?$/\1/p' "$root/man/posthasterc.example" |
  must_be posthasterc.example setting keyword

cd "$root/completions"
# bash asks --help itself: what it offers then, and for some flags
offer() {
  PATH=${posthaste%/*}:$PATH bash -c '
    . ./posthaste.bash
    COMP_WORDS=(posthaste "$@") COMP_CWORD=$#
    _posthaste
    printf "%s\n" "${COMPREPLY[@]}"' offer "$@"
}
offer - >"$tmp/bash"
long_flags <"$tmp/bash" | must_be bash flag
sed -n 's/^-\(.\)$/\1/p' "$tmp/bash" | must_be bash letter
test "$(offer --tls = o | tr '\n' ' ')" = 'on off ' || {
  echo 'bash: offers other words for --tls='
  touch "$tmp/bad"
}
test "$(offer --log-format j)" = json || {
  echo 'bash: offers other words for --log-format'
  touch "$tmp/bad"
}

grep "^  '" _posthaste >"$tmp/zsh"
long_flags <"$tmp/zsh" | must_be zsh flag
grep -oE "[{,']-[A-Za-z]" "$tmp/zsh" | cut -c 3 | must_be zsh letter
grep '^complete ' posthaste.fish >"$tmp/fish"
grep -oE -e ' -l [a-z0-9-]+' "$tmp/fish" | sed 's/ -l /--/' | must_be fish flag
grep -oE -e ' -s [A-Za-z] ' "$tmp/fish" | cut -c 5 | must_be fish letter

# the example can be used as it stands
for account in default lists; do
  env -i HOME=/nonexistent "$posthaste" --pretend -a "$account" \
    -C "$root/man/posthasterc.example" </dev/null >/dev/null || touch "$tmp/bad"
done
test ! -e "$tmp/bad"
