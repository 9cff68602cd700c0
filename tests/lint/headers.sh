#!/bin/sh
# Fails if a header of src/ does not compile alone.
set -eu
cd "${1:?source root}/src"

bad=0
for header in */*.h; do
  printf '#include "%s"\n' "$header" |
    ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. \
      -include base/banned.h -Wall -Werror -fsyntax-only -x c - ||
    { echo "$header does not compile alone" && bad=1; }
done
exit "$bad"
