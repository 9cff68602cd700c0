#!/bin/sh
# Fails if mandoc has anything to say about the manual pages, or if EXIT
# STATUS does not name the codes that the source can return.
set -eu
cd "${1:?source root}"

mandoc -Tlint -Wwarning man/*.1 man/*.5

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
exit "$bad"
