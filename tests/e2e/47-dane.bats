#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS: servers that their domain vouches for (DANE).  Each test has a network
# of its own, whose name server is ours.

setup() {
  load ../lib/e2e
  load ../lib/dialogue
  dialogue_setup
  echo 'nameserver 127.0.0.1' >"$T/resolv.conf"
  echo 'ip link set lo up && mount --bind "$1" /etc/resolv.conf' >"$T/enter"
  unshare -rnm sh "$T/enter" "$T/resolv.conf" 2>/dev/null ||
    skip 'no namespaces, or no ip(8)'
  SERVER=(starttls)
  RC=()
  OPTIONS=()
  BESIDE=
  PORT=2525
  NAME=_2525._tcp.localhost
}

# server CERT: what the next one shows, and whether by STARTTLS.
shows() {
  SERVER=("${2:-starttls}" --cert "$CERT_DIR/$1.pem" --key "$CERT_DIR/$1.key")
}

# submit_by RECORD ...: $T/mail goes to the server, whose port is 2525, by
# these records in DNS and the rc file's lines in RC; before that, BESIDE is
# done.  Sets status and output.
submit_by() {
  rm -rf "$T/store" "$T/dialogue"
  mkdir "$T/store"
  rc_bare tls_trust\ dane "${RC[@]}"
  {
    declare -p T CERT_DIR SERVER OPTIONS PORT BESIDE
    declare -f smarthost smarthost_tls
    cat <<'END'
. "$T/enter"
status=0
port=$PORT
smarthost_tls "${SERVER[@]}" --port "$port"
rm -f "$T/says"
"$NAMESERVER" 53 "$@" >"$T/says" &
while [ ! -s "$T/says" ]; do sleep 0.02; done
eval "$BESIDE"
timeout -s KILL 30 "$POSTHASTE" -C "$T/rc" "${OPTIONS[@]}" rcpt@example.net \
  <"$T/mail" >"$T/out" 2>"$T/err" || status=$?
kill $(jobs -p)
wait "$SERVER_PID"
exit $status
END
  } >"$T/inside"
  # $1 is what ./enter takes; the records are behind it
  sed -i 's/^\. "$T\/enter"$/. "$T\/enter"; shift/' "$T/inside"
  status=0
  unshare -rnm bash "$T/inside" "$T/resolv.conf" "$@" 3>&- || status=$?
  output=$(<"$T/err")
}

# rc_bare [line ...]: the login of that server, nothing of TLS.
rc_bare() {
  rc 'user me@example.org' 'password "sec ret"' "$@"
}

# secure RECORD ...: sends by those at the server's name, secured by DNSSEC.
secure() {
  submit_by "${@/#/$NAME tlsa }" "$NAME secure"
}

# of WHAT CERT: hexadecimal digits of SHA-256, -512, or all, of certificate or
# key.
of() {
  local file=$CERT_DIR/$2.spki
  case $1 in
    cert*)
      file=$T/der
      sed -n '/^-/!p; /^-.*END/q' "$CERT_DIR/$2.pem" | base64 -d >"$file"
      ;;
  esac
  case $1 in
    *256) sha256sum "$file" | cut -d ' ' -f 1 ;;
    *512) sha512sum "$file" | cut -d ' ' -f 1 ;;
    *) od -An -v -tx1 "$file" | tr -d ' \n' ;;
  esac
}

# refused CODE NAME TEXT ...: and nobody is told anything.
refused() {
  expect_failure "$@"
  expect_nothing_stored
  if grep '^C: \(AUTH\|MAIL\|RCPT\|DATA\|BDAT\)' "$T/dialogue"; then
    return 1
  fi
}

@test "dane: a key in DNS is enough, whoever signed, for whatever name, however old" {
  local cert
  for cert in selfsigned expired notyet wrongname unknownca; do
    shows "$cert"
    secure "3 1 1 $(of key256 "$cert")"
    expect_sent
  done
}

@test "dane: certificates and keys, by digest and in full" {
  shows wrongname
  local record
  for record in "3 0 0 $(of cert wrongname)" "3 0 1 $(of cert256 wrongname)" \
    "3 0 2 $(of cert512 wrongname)" "3 1 0 $(of key wrongname)" \
    "3 1 1 $(of key256 wrongname)" "3 1 2 $(of key512 wrongname)"; do
    secure "$record"
    expect_sent
  done
}

@test "dane: where TLS comes first, and the port is not set" {
  shows selfsigned implicit
  NAME=_465._tcp.localhost
  PORT=465
  OPTIONS=(--host=localhost)
  secure "3 1 1 $(of key256 selfsigned)"
  expect_sent
  sed -i '/^port/d' "$T/rc"
  mv "$T/rc" "$T/rc.bare"
  rc() { cp "$T/rc.bare" "$T/rc"; }
  secure "3 1 1 $(of key256 selfsigned)"
  expect_sent
  secure "3 1 1 $(of key256 good)"
  refused 69 UNAVAILABLE "$NAME"
}

@test "dane: one of several records must be right" {
  shows selfsigned
  secure "3 1 1 $(of key256 good)" "2 1 1 $(of key256 ca)" \
    "3 1 1 $(of key256 selfsigned)"
  expect_sent
}

@test "dane: another certificate is refused, with the record that is missing" {
  shows good
  RC=("tls_trust_file $CERT_DIR/ca.pem") # whose word does not help
  secure "3 1 1 $(of key256 selfsigned)"
  refused 69 UNAVAILABLE 'the certificate is none of those that the TLSA' \
    "$NAME allow" 'somebody may stand between'
  same "$(grep -o '3 1 1 [0-9A-F:]*' "$T/err" | tr -d : | tr A-F a-f)" \
    "3 1 1 $(of key256 good)"
}

@test "dane: what an authority in DNS has revoked is refused" {
  local record
  shows revoked
  RC=("tls_crl_file $CERT_DIR/crl.pem")
  for record in "2 1 1 $(of key256 ca)" "2 0 0 $(of cert ca)"; do
    secure "$record"
    refused 69 UNAVAILABLE 'the certificate is revoked' tls_crl_file
  done
  secure "3 1 1 $(of key256 revoked)" # nothing else of it counts
  expect_sent
  shows good
  secure "2 1 1 $(of key256 ca)"
  expect_sent
  RC=("tls_crl_file $T/none")
  secure "2 1 1 $(of key256 ca)"
  refused 78 CONFIG "tls_crl_file $T/none"
}

@test "dane: an authority in DNS vouches by our rules on names and staples" {
  local by
  by="2 1 1 $(of key256 ca)"
  shows cnonly
  secure "$by"
  refused 69 UNAVAILABLE "TLSA records of $NAME" 'common name (CN)'
  shows stapled
  SERVER+=(--staple "$CERT_DIR/stapled-unknown.ocsp")
  secure "$by"
  refused 69 UNAVAILABLE 'the authority knows nothing of it'
  shows stapled
  SERVER+=(--staple "$CERT_DIR/stapled-good.ocsp")
  secure "$by"
  expect_sent
}

@test "dane: an authority in DNS signs for the server's name and today only" {
  local record
  for record in "2 0 0 $(of cert ca)" "2 0 1 $(of cert256 ca)" \
    "2 1 0 $(of key ca)" "2 1 1 $(of key256 ca)" "2 1 2 $(of key512 ca)"; do
    shows good
    secure "$record"
    expect_sent
  done
  shows wrongname
  secure "2 1 1 $(of key256 ca)"
  refused 69 UNAVAILABLE "TLSA records of $NAME: the certificate is not for" \
    localhost other.example
  shows expired
  secure "2 1 1 $(of key256 ca)"
  refused 69 UNAVAILABLE "TLSA records of $NAME: the certificate expired on"
  shows clientonly
  secure "2 1 1 $(of key256 ca)"
  refused 69 UNAVAILABLE "TLSA records of $NAME: "
}

@test "dane: an authority between, and one that is not shown" {
  shows deep
  secure "2 1 1 $(of key256 subca)"
  expect_sent
  secure "2 0 0 $(of cert ca)"
  expect_sent
  # of which DNS has the digest alone
  secure "2 0 1 $(of cert256 ca)"
  refused 69 UNAVAILABLE 'is none of those'
}

@test "dane: an authority that is shown, but did not sign, vouches for nobody" {
  cat "$CERT_DIR/selfsigned.pem" "$CERT_DIR/ca.pem" >"$T/mixed.pem"
  shows selfsigned
  SERVER=(starttls --cert "$T/mixed.pem" --key "$CERT_DIR/selfsigned.key")
  secure "2 1 1 $(of key256 ca)"
  refused 69 UNAVAILABLE "TLSA records of $NAME: "
  # nor one whose name alone is in the certificate
  shows forged
  secure "2 1 1 $(of key256 ca)"
  refused 69 UNAVAILABLE "TLSA records of $NAME: "
  # nor does the server's own certificate for itself
  shows selfsigned
  secure "2 1 1 $(of key256 selfsigned)"
  refused 69 UNAVAILABLE 'is none of those'
}

@test "dane: usage 1 wants the key and the authorities' word" {
  local -a ca=("tls_trust_file $CERT_DIR/ca.pem")
  RC=("${ca[@]}")
  shows good
  secure "1 1 1 $(of key256 good)"
  expect_sent
  secure "1 1 1 $(of key256 expired)"
  refused 69 UNAVAILABLE 'is none of those'
  shows wrongname
  secure "1 1 1 $(of key256 wrongname)"
  refused 69 UNAVAILABLE 'the certificate is not for localhost'
  shows selfsigned
  secure "1 1 1 $(of key256 selfsigned)"
  refused 69 UNAVAILABLE 'the certificate is self-signed'
}

@test "dane: usage 0 wants an authority of those that are trusted" {
  RC=("tls_trust_file $CERT_DIR/ca.pem")
  shows good
  secure "0 0 1 $(of cert256 ca)"
  expect_sent
  shows deep # which does not show the root
  secure "0 0 1 $(of cert256 ca)"
  expect_sent
  secure "0 1 1 $(of key256 subca)"
  expect_sent
  secure "0 0 1 $(of cert256 otherca)"
  refused 69 UNAVAILABLE 'is none of those'
  shows unknownca
  secure "0 0 1 $(of cert256 otherca)"
  refused 69 UNAVAILABLE 'not trusted here'
  # an authority that is shown and trusted, but signed another one
  cat "$CERT_DIR/ca.pem" "$CERT_DIR/otherca.pem" >"$T/both.pem"
  RC=("tls_trust_file $T/both.pem")
  cat "$CERT_DIR/unknownca.pem" "$CERT_DIR/ca.pem" >"$T/mixed.pem"
  SERVER=(starttls --cert "$T/mixed.pem" --key "$CERT_DIR/unknownca.key")
  submit_by # it would do without records
  expect_sent
  secure "0 0 1 $(of cert256 ca)"
  refused 69 UNAVAILABLE "TLSA records of $NAME: "
}

@test "dane: without records authorities decide, as ever" {
  local -a none=("$NAME nxdomain")
  local i
  RC=("tls_trust_file $CERT_DIR/ca.pem")
  for i in 1 2; do
    shows good
    submit_by "${none[@]}"
    expect_sent
    shows selfsigned
    submit_by "${none[@]}"
    refused 69 UNAVAILABLE 'the certificate is self-signed'
    none=() # no such records
  done
}

@test "dane: records that DNSSEC does not secure count for nothing" {
  RC=("tls_trust_file $CERT_DIR/ca.pem")
  OPTIONS=(--debug)
  shows selfsigned
  submit_by "$NAME tlsa 3 1 1 $(of key256 selfsigned)"
  expect 69 UNAVAILABLE
  expect_output 'not secured by DNSSEC'
  expect_output 'the certificate is self-signed'
  shows good
  submit_by "$NAME tlsa 3 1 1 $(of key256 selfsigned)"
  expect 0 OK
}

@test "dane: a name server elsewhere is not even asked" {
  echo 'nameserver 192.0.2.1' >>"$T/resolv.conf"
  RC=("tls_trust_file $CERT_DIR/ca.pem" 'timeout 20')
  OPTIONS=(--debug)
  shows good
  # it would say that there is trouble
  submit_by "$NAME servfail"
  expect 0 OK
  expect_output "no word of a name server that is not on this host counts"
}

@test "dane: systemd-resolved and IPv6 are on this host, too" {
  shows selfsigned
  local server
  for server in 127.0.0.53 ::1; do
    # the second one is ours
    printf 'nameserver 127.0.0.1\nnameserver %s\n' "$server" >"$T/resolv.conf"
    secure "3 1 1 $(of key256 selfsigned)"
    expect_sent
  done
}

@test "dane: if nobody can tell, it is later" {
  RC=("tls_trust_file $CERT_DIR/ca.pem" 'timeout 1')
  shows good
  local trouble
  for trouble in servfail garbage silence; do
    submit_by "$NAME $trouble"
    refused 75 TEMPFAIL "look up the TLSA records of $NAME: "
  done
}

@test "dane: records that cannot be used leave it to authorities" {
  RC=("tls_trust_file $CERT_DIR/ca.pem")
  local -a odd=("4 1 1 $(of key256 selfsigned)" "3 2 1 $(of key256 selfsigned)"
    "3 1 3 $(of key256 selfsigned)" '3 1 1 abcd' "3 1 2 $(of key256 selfsigned)")
  shows good
  secure "${odd[@]}"
  expect_sent
  shows selfsigned
  secure "${odd[@]}"
  refused 69 UNAVAILABLE 'the certificate is self-signed'
  # but one that can be used decides alone
  shows good
  secure "${odd[@]}" "3 1 1 $(of key256 selfsigned)"
  refused 69 UNAVAILABLE 'is none of those'
}

@test "dane: of two digests of a key the stronger decides" {
  shows selfsigned
  secure "3 1 1 $(of key256 selfsigned)" "3 1 2 $(of key512 good)"
  refused 69 UNAVAILABLE 'is none of those'
  secure "3 1 1 $(of key256 good)" "3 1 2 $(of key512 selfsigned)"
  expect_sent
}

@test "dane: an alias of the records' name is followed" {
  shows selfsigned
  submit_by "$NAME secure" "$NAME cname _dane.example.org" \
    "_dane.example.org tlsa 3 1 1 $(of key256 selfsigned)"
  expect_sent
}

@test "dane: no records are asked for at an address, a socket or behind a proxy" {
  RC=("tls_trust_file $CERT_DIR/ca.pem" 'tls_host_override localhost')
  OPTIONS=(--debug)
  shows good
  NAME=_2525._tcp.127.0.0.1
  OPTIONS=(--debug --host=127.0.0.1)
  submit_by "$NAME servfail"
  expect 0 OK
  expect_output 'no TLSA records are asked for, as the server is an address'
  OPTIONS=(--debug "--socket=$T/s")
  SERVER+=(--socket "$T/s")
  NAME=_0._tcp.localhost
  submit_by "$NAME servfail"
  expect 0 OK
  expect_output 'asked for, as the server is at a local socket'
  OPTIONS=(--debug)
  shows good
  NAME=_2525._tcp.localhost
  BESIDE='"$SOCKSPROXY" --port-file "$T/proxy.port" --to 2525 >/dev/null &
while [ ! -s "$T/proxy.port" ]; do sleep 0.02; done
OPTIONS+=(--proxy-host=127.0.0.1 --proxy-port="$(cat "$T/proxy.port")")'
  submit_by "$NAME servfail"
  expect 0 OK
  expect_output 'asked for, as the server is behind a proxy'
}

@test "dane: a pin decides alone, and DNS is not asked" {
  local pin
  shows selfsigned
  pin=sha256//$(of key256 selfsigned | sed 's/../\\x&/g' |
    { read -r hex && printf "$hex"; } | base64)
  RC=("tls_pin $pin")
  submit_by "$NAME servfail"
  expect_sent
}

@test "dane: without authorities DNS has to vouch for it" {
  RC=('tls_trust_file off')
  shows good
  secure "3 1 1 $(of key256 good)"
  expect_sent
  submit_by
  refused 69 UNAVAILABLE 'no secure TLSA record vouches' 'tls_trust_file is off'
  secure "1 1 1 $(of key256 good)"
  refused 69 UNAVAILABLE 'tls_trust_file is off'
}

@test "dane contradicts tls off and tls_certcheck off beside it" {
  RC=('tls off')
  submit_by
  expect 78 CONFIG
  expect_one_line "tls contradicts tls_trust at $T/rc:"
  RC=('tls_certcheck off')
  submit_by
  expect 78 CONFIG
  expect_one_line "tls_certcheck contradicts tls_trust at $T/rc:"
}

@test "of several servers, each goes by its own records" {
  shows selfsigned
  BESIDE='"$SMARTHOST" --port 2524 --port-file "$T/other" \
    --on "greeting reply-drop 421 busy" >/dev/null 2>&1 &
    while [ ! -s "$T/other" ]; do sleep 0.02; done'
  OPTIONS=(--host localhost:2524,localhost:2525 --sandbox strict)
  secure "3 1 1 $(of key256 selfsigned)"
  [ "$status" -ne 69 ] || skip 'no such sandbox here'
  expect_sent
}
