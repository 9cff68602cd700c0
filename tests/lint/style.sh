#!/bin/sh
# Fails on what the compilers and clang-format do not see.
set -eu
cd "${1:?source root}"

bad=0
complain() {
  echo "$1"
  bad=1
}

# shellcheck disable=SC2044 # no file of ours has a blank in its name
for f in $(find src tests -name '*.[ch]'); do
  head -n 1 "$f" | grep -qx '// SPDX-License-Identifier: ISC' ||
    complain "$f: the first line is not the SPDX line"
done
# shellcheck disable=SC2046
if grep -nE '[[:space:]]+$' $(find src tests man completions \
  -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' -o -name 'meson.build'); then
  complain 'blanks at the end of a line'
fi
if grep -rnwE 'TODO|FIXME|XXX' src; then
  complain 'unfinished words'
fi
if grep -nE '#include <ctype.h>|\b(alloca|strsignal)\(' -r src; then
  complain 'locale-dependent or forbidden functions'
fi
if command -v shellcheck >/dev/null; then
  shellcheck -x -S warning tests/run tests/quickstart .ci/run tests/lint/*.sh \
    tests/lib/realserver tests/bench/figures || bad=1
fi
exit "$bad"
