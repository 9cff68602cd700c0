#!/bin/sh
# Fails if a library's header is included by another file than the one that
# wraps it, or if the list of what is called of it has a name that nobody calls.
set -eu
cd "${1:?source root}/src"

bad=0
check() {
  pattern=$1
  shift
  for f in $(grep -lE "^#include [<\"](base/late_)?${pattern}[./]" \
    ./*/*.[ch] ./*.[ch] || true); do
    case " $* " in
      *" ${f#./} "*) ;;
      *) echo "$f: only $* may include the headers of $pattern" && bad=1 ;;
    esac
  done
  for name in $(grep -v '^#' "base/$pattern.txt"); do
    grep -qw "$name" "$@" ||
      { echo "base/$pattern.txt: nobody calls $name" && bad=1; }
  done
}

check gnutls base/crypto.c net/cert.c net/certinfo.c net/chain.c \
  net/crl.c net/dane.c net/fault.c net/knownhosts.c net/name.c \
  net/owncert.c net/pin.c net/priority.c net/refusal.c net/staple.c \
  net/store.c net/ticket.c net/tls.c net/tlsinfo.c \
  net/tlsline.c net/trust.c
check gsasl smtp/saslib.c
check idn2 base/idn.c
exit "$bad"
