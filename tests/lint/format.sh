#!/bin/sh
# Fails if clang-format would change a file.
set -eu
cd "${1:?source root}"

find src tests -name '*.[ch]' -exec clang-format --dry-run -Werror {} +
