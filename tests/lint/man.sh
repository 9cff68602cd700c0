#!/bin/sh
# Fails if mandoc has anything to say about the manual pages, if EXIT STATUS
# does not name the codes that the source can return, or if text stands twice
# or in the middle of other text, as merges leave it behind.
set -eu
cd "${1:?source root}"

mandoc -Tlint -Wwarning man/*.[157]

bad=0
for name in $(grep -ohE '\bEX_[A-Z]+\b' -r src --include='*.c' |
  sort -u | grep -v -e EX_OK); do
  grep -q "^\.It .*Dv $name" man/posthaste.1 ||
    { echo "posthaste.1: EXIT STATUS lacks $name" && bad=1; }
done
for name in $(sed -n 's/^\.It .*Dv \(EX_[A-Z]*\).*/\1/p' man/posthaste.1); do
  [ "$name" = EX_OK ] || grep -qrw "$name" src ||
    { echo "posthaste.1: nothing returns $name" && bad=1; }
done
awk '/^[a-z]/ && last ~ /^[^.].*[^.]\.$/ {
    print FILENAME ":" FNR ": a sentence begins in its middle: " $0
    bad = 1
  }
  { last = $0 }
  END { exit bad }' man/*.[157] || bad=1
awk '/^# / && seen[substr($0, 1, 50)]++ {
    print FILENAME ":" FNR ": stands there twice: " $0
    bad = 1
  }
  /^# / && last ~ /^#?[a-z]/ {
    print FILENAME ":" FNR ": follows a setting without a blank line: " $0
    bad = 1
  }
  { last = $0 }
  END { exit bad }' man/posthasterc.example || bad=1
exit "$bad"
