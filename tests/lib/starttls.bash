# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# For tests of what is believed of a server behind STARTTLS; on top of
# dialogue.bash.

# server CERT [option ...]: STARTTLS with that certificate, and a login.
server() {
  local cert=$1
  shift
  rm -f "$T/dialogue" # of the one before
  smarthost_tls starttls --cert "$CERT_DIR/$cert.pem" \
    --key "$CERT_DIR/$cert.key" "$@"
}

# rc_bare [line ...]: the login of that server, nothing of TLS.
rc_bare() {
  rc 'user me@example.org' 'password "sec ret"' "$@"
}
