#!/usr/bin/env bats
# What does not get through as it is: long lines, and text that is not ASCII
# where the server does not take it.  30-message.bats has what stays as it is.
# Python's email package is the reader that says what has arrived.

bats_require_minimum_version 1.5.0

head='From: me@example.org\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n'
head+='Message-ID: <1@example.org>\nMIME-Version: 1.0\n'

setup() {
  load ../lib/e2e
  e2e_setup
  type -P python3 >/dev/null || skip 'python3 is not installed'
}

teardown() {
  e2e_teardown
}

# A server without 8BITMIME, and one with it.
old_server() {
  smarthost --caps 'PIPELINING,SIZE 200000000,CHUNKING'
  rc
}

new_server() {
  smarthost --caps 'PIPELINING,SIZE 200000000,8BITMIME'
  rc
}

# text FORMAT [ARGUMENT ...]: the message that goes in.
text() {
  # shellcheck disable=SC2059
  printf "$@" >"$T/in"
}

# run_of LETTER LENGTH
run_of() {
  head -c "$2" /dev/zero | tr '\0' "$1"
}

send() {
  run "$POSTHASTE" -C "$T/rc" "$@" you@example.org <"$T/in"
}

# A reader finds in message 1 what was put in.
means_the_same() {
  python3 "$BATS_TEST_DIRNAME/../lib/parts.py" "$T/in" "$T/store/1.eml"
}

# A reader finds in message 1 what was put in; it is ASCII with short lines,
# and as large as SIZE said.
arrives_encoded() {
  send
  expect 0 OK
  same "$output" ''
  means_the_same
  ! LC_ALL=C grep -n '[^ -~	]' <(tr -d '\r' <"$T/store/1.eml") || return 1
  ! grep -nE '.{1000}' "$T/store/1.eml" || return 1
  grep -q " SIZE=$(wc -c <"$T/store/1.eml")\$" "$T/store/1.env"
  again
}

# What has arrived needs nothing more.
again() {
  "$POSTHASTE" -C "$T/rc" you@example.org <"$T/store/1.eml"
  cmp "$T/store/1.eml" "$T/store/2.eml"
  rm "$T"/store/*
}

# refused TEXT: nobody was called, or was told of the message.
refused() {
  expect 65 DATAERR
  expect_output "$1"
  expect_nothing_sent
}

field() {
  sed -n "s/^$1: \(.*\)\r\$/\1/p" "$T/store/1.eml"
}

# Lines

@test "a line of 998 octets goes as it is, one of 999 is encoded" {
  new_server
  local length
  for length in 997 998 999 1000 5000 70000; do
    text "${head}\n%s\nend\n" "$(run_of l "$length")"
    rm -f "$T"/store/*
    send
    expect 0 OK
    if [ "$length" -le 998 ]; then
      cmp "$T/store/1.eml" <(sed 's/$/\r/' "$T/in")
    else
      same "$(field Content-Transfer-Encoding)" quoted-printable
      means_the_same
    fi
  done
}

@test "only the part with the long line is encoded" {
  new_server
  text "${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nshort = x\n"
  printf -- '--b\nContent-Type: text/html\n\n%s\n--b--\n' \
    "$(run_of l 3000)" >>"$T/in"
  send
  expect 0 OK
  stored | grep -qx $'short = x\r'
  same "$(field Content-Transfer-Encoding)" quoted-printable
  means_the_same
}

@test "base64 on one line is wrapped, quoted-printable gets soft line breaks" {
  new_server
  local bytes
  bytes=$(run_of '\377' 5000 | base64 -w 0)
  text "${head}Content-Transfer-Encoding: base64\n\n%s\n" "$bytes"
  arrives_encoded
  text "${head}Content-Transfer-Encoding: quoted-printable\n\n%s=C3=A4 =\n=3D\n" \
    "$(run_of l 994)$(run_of m 994)"
  arrives_encoded
}

@test "long header fields are folded at their blanks" {
  new_server
  local words
  words=$(yes word | head -n 400 | paste -sd ' ')
  text "${head}Subject: %s\nKeywords: short\n\nx\n" "$words"
  arrives_encoded
}

@test "a long list of addresses is folded behind its commas, blanks or not" {
  new_server
  local list
  list=$(printf '"a,b"(c,d)<u%d@example.org>,' {1..60})
  text "${head}Reply-To: %s\n\nx\n" "${list%,}"
  send
  expect 0 OK
  same "$(stored | awk 'length > 79' | wc -l)" 0
  same "$(stored | tr -d '\r\n ' | grep -o 'Reply-To:.*>')" \
    "Reply-To:${list%,}"
}

@test "a long field without blanks is refused, and named" {
  new_server
  text "${head}X-Long: %s\n\nx\n" "$(run_of l 1200)"
  send
  refused 'the field X-Long: a line of it has 1201 octets, more than 998'
  expect_output 'long_lines pass'
  expect_untouched
}

@test "long_lines pass sends long lines, refuse does not" {
  new_server
  text "${head}\n1\n2\n%s\n" "$(run_of l 2000)"
  send --long-lines=pass
  expect 0 OK
  cmp "$T/store/1.eml" <(sed 's/$/\r/' "$T/in")
  : >"$T/dialogue"
  printf 'long_lines refuse\n' >>"$T/rc"
  send
  expect 65 DATAERR
  expect_output 'line 3 of the body has 2000 octets, more than 998'
  expect_untouched
}

@test "a long line in Bcc does not count, as it stays here" {
  new_server
  local list
  list=$(printf 'a%03d@example.org, ' {1..100})
  text "${head}Bcc: ${list%, }\n\nx\n"
  send --long-lines=refuse
  expect 0 OK
}

@test "a long line in a signed message is refused" {
  new_server
  text "${head}Content-Type: multipart/signed; boundary=s\n\n--s\n\n%s\n--s--\n" \
    "$(run_of l 999)"
  send
  refused 'line 3 of the body is too long and cannot be encoded because the message is signed'
}

# 8-bit text

@test "text that is not ASCII is encoded for a server without 8BITMIME" {
  old_server
  text "${head}Content-Type: text/plain; charset=utf-8\n"`
    `'Subject: Grüße aus Köln\n\nSchöne Grüße an alle, die das lesen = hier\n'
  send
  expect 0 OK
  same "$(field Content-Transfer-Encoding)" quoted-printable
  grep -q '^mail MAIL FROM:<me@example.org> SIZE=[0-9]*$' "$T/store/1.env"
  rm "$T"/store/*
  arrives_encoded
}

@test "text that is hardly ASCII at all becomes base64" {
  old_server
  text "${head}Content-Type: text/plain; charset=utf-8\n\n%s\n" \
    'Здравствуй, мир, как твои дела'
  send
  expect 0 OK
  same "$(field Content-Transfer-Encoding)" base64
  rm "$T"/store/*
  arrives_encoded
}

@test "text without a word of what it is gets one" {
  new_server
  text 'Subject: x\n\nGrüße\n'
  send
  expect 0 OK
  same "$(field MIME-Version)" 1.0
  same "$(field Content-Type)" 'text/plain; charset=utf-8'
  same "$(field Content-Transfer-Encoding)" 8bit
  stored | grep -qx $'Grüße\r'
  grep -q 'BODY=8BITMIME' "$T/store/1.env"
  text 'Subject: x\n\nGr\374\337e\n'
  rm "$T"/store/*
  send
  same "$(field Content-Type)" 'text/plain; charset=unknown-8bit'
}

@test "names, comments and parameters that are not ASCII are encoded" {
  old_server
  text 'From: "Müller, Jörg" <me@example.org>\nTo: Änne (zu Hause: Köln) <a@b>\n'`
    `'Date: x\nMessage-ID: <a@b>\nMIME-Version: 1.0\n'`
    `'Content-Type: text/plain; charset=utf-8; name="für.txt"\n\nx\n'
  send
  expect 0 OK
  python3 - "$T/store/1.eml" <<'END'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'),
                                   policy=email.policy.default)
assert m['From'].addresses[0].display_name == 'Müller, Jörg', m['From']
assert m['From'].addresses[0].addr_spec == 'me@example.org'
assert m['To'].addresses[0].display_name.startswith('Änne'), m['To']
assert m['To'].addresses[0].addr_spec == 'a@b'
assert m['Content-Type'].params['name'] == 'für.txt'
assert open(sys.argv[1], 'rb').read().isascii()
END
}

@test "an address that is not ASCII cannot be encoded, and is named" {
  old_server
  text "${head}To: jürgen@example.org\n\nx\n"
  send
  refused 'the To address jürgen@example.org is not ASCII'
}

@test "what is signed or encrypted is not encoded but refused" {
  old_server
  local kind
  for kind in signed encrypted; do
    text "${head}Content-Type: multipart/$kind; boundary=s\n\n"`
      `'--s\nContent-Type: text/plain; charset=utf-8\n\nGrüße\n--s--\n'
    send
    refused 'the server does not offer 8BITMIME'
    expect_output "the message is $kind"
  done
}

@test "a signed message in ASCII goes as it is, and its subject is encoded" {
  old_server
  text "${head}Subject: Grüße\nContent-Type: multipart/signed; boundary=s\n\n"`
    `'--s\nContent-Transfer-Encoding: 8bit\n\nx = \n--s--\n'
  send
  expect 0 OK
  same "$(sed '1,/^\r$/d' "$T/store/1.eml")" "$(sed '1,/^$/d; s/$/\r/' "$T/in")"
  rm "$T"/store/*
  arrives_encoded
}

@test "a message larger than the server takes is one when it is encoded, too" {
  smarthost --caps 'PIPELINING,SIZE 2000'
  rc
  text "${head}\n%s\n" "$(yes ä | head -n 600)"
  send
  refused 'the server takes 2000 at most'
}

# Dots and line ends, by way of the encodings

@test "lines with dots arrive where the text is encoded" {
  old_server
  text "${head}Content-Type: text/plain; charset=utf-8\n\n"`
    `'.\n..\n.foo\nThis is mostly ASCII ä\n.\n\n.\n%s.\n.x%s\n' \
    "$(run_of l 75)" "$(run_of m 2000)"
  arrives_encoded
}

@test "no line end within encoded text ends the message or gets lost" {
  old_server
  local end
  for end in '\n.\n' '\n.\r\n' '\r\n.\r' '\r\r\n.\r\r\n' '\n\n'; do
    text "${head}\nThis is mostly ASCII ä${end}MAIL FROM:<evil@example.org>\r\n"
    send
    expect 0 OK
    same "$(grep -c '^C: MAIL' "$T/dialogue")" 1
    # a CR that ends no line is a blank, and lines end in LF for Python
    sed 's/\r*$//; s/\r/ /g' "$T/in" >"$T/plain"
    python3 "$BATS_TEST_DIRNAME/../lib/parts.py" "$T/plain" "$T/store/1.eml"
    rm "$T"/store/*
    : >"$T/dialogue"
  done
}

@test "LF, CRLF and both by turns are the same when encoded" {
  old_server
  local wire
  text "${head}\nThis is mostly ASCII ä\n\nend\n"
  send
  wire=$(sha256sum <"$T/store/1.eml")
  cp "$T/in" "$T/lf"
  for edit in 's/$/\r/' '1,/^$/s/$/\r/' '/^$/,$s/$/\r/' '1~2s/$/\r/'; do
    sed "$edit" "$T/lf" >"$T/in"
    rm "$T"/store/*
    send
    expect 0 OK
    same "$(sha256sum <"$T/store/1.eml")" "$wire"
  done
}

# Messages as they come

@test "a patch from git format-patch arrives through an old server" {
  old_server
  text 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n'`
    `'From: =?UTF-8?q?J=C3=B6rg?= <me@example.org>\nDate: Mon, 5 Jan 2026 '`
    `'10:00:00 +0100\nSubject: [PATCH] größer\nMIME-Version: 1.0\n'`
    `'Content-Type: text/plain; charset=UTF-8\n'`
    `'Content-Transfer-Encoding: 8bit\n\nMehr.\n---\n a.c | 2 +-\n\n'`
    `'diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n'`
    `'-\tint a = 1; \n+\tint ä = 1;\t\n-- \n2.39.5\n\n'
  send
  expect 0 OK
  sed 1d "$T/in" >"$T/mail"
  python3 "$BATS_TEST_DIRNAME/../lib/parts.py" "$T/mail" "$T/store/1.eml"
  same "$(field Content-Transfer-Encoding)" quoted-printable
}

@test "binary as a transfer encoding, as systemd-cron says it, is put right" {
  new_server
  text "${head}Content-Type: text/plain; charset=\"utf-8\"\n"`
    `'Content-Transfer-Encoding: binary\nAuto-Submitted: auto-generated\n\n%s\n' \
    'grün'
  send
  expect 0 OK
  same "$(field Content-Transfer-Encoding)" 8bit
  stored | grep -qx $'grün\r'
  sed -i 's/ü/ue/' "$T/in"
  rm "$T"/store/*
  send
  expect 0 OK
  same "$(field Content-Transfer-Encoding)" 7bit
}

@test "mail with an attachment: the text is encoded, the attachment stays" {
  old_server
  text "${head}Content-Type: multipart/mixed; boundary=\"=_b 1\"\n"`
    `'Content-Transfer-Encoding: 8bit\n\nFür alte Programme\n--=_b 1\n'`
    `'Content-Type: text/plain; charset=utf-8\n'`
    `'Content-Transfer-Encoding: 8bit\n\nAnbei die schönen Bilder\n\n--=_b 1\n'`
    `'Content-Type: image/png; name="ä.png"\n'`
    `'Content-Transfer-Encoding: base64\n\n%s\n--=_b 1--\n' \
    "$(head -c 3000 /bin/sh | base64)"
  cp "$T/in" "$T/whole"
  send
  expect 0 OK
  same "$(field Content-Transfer-Encoding | paste -sd ' ')" \
    '7bit quoted-printable base64'
  rm "$T"/store/*
  arrives_encoded
}

@test "alternatives nested five deep are encoded where they stand" {
  old_server
  text "$head"
  local i
  for i in 1 2 3 4 5; do
    printf 'Content-Type: multipart/alternative; boundary=b%d\n\n--b%d\n' \
      "$i" "$i" >>"$T/in"
  done
  printf '\nThe innermost: ä\n' >>"$T/in"
  for i in 5 4 3 2 1; do
    printf -- '--b%d\nContent-Type: text/plain; charset=utf-8\n\n%d: ö\n--b%d--\n' \
      "$i" "$i" "$i" >>"$T/in"
  done
  arrives_encoded
}

@test "a forwarded message is encoded within, not as a whole" {
  old_server
  text "${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n"`
    `'Content-Type: message/rfc822\n\nFrom: a@b\nSubject: schöne Grüße\n'`
    `'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n'`
    `'Content-Transfer-Encoding: 8bit\n\nThis is mostly ASCII ä\n--b--\n'
  arrives_encoded
}

@test "what is broken arrives or is refused, but is never changed silently" {
  old_server
  # no end
  text "${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nlost: ä"
  arrives_encoded
  # a boundary longer than RFC 2046 allows
  text "${head}Content-Type: multipart/mixed; boundary=%s\n\n--%s\n\nx: ä\n" \
    "$(run_of b 200)" "$(run_of b 200)"
  arrives_encoded
  # no empty line behind a part's header
  text "${head}Content-Type: multipart/mixed; boundary=b\n\n--b\n"`
    `'Content-Type: text/plain\nWithout an empty line: ä no field\n--b--\n'
  send
  expect 0 OK
  # a boundary that never comes
  text "${head}Content-Type: multipart/mixed; boundary=b\n\nä\n"
  : >"$T/dialogue"
  send
  refused 'its multipart has no valid boundary'
}

@test "memory does not grow with what is encoded" {
  type -P time >/dev/null || skip 'time(1) is not installed'
  smarthost --caps 'PIPELINING' --discard
  rc
  local n peaks=()
  for n in 100000 1000000; do
    text "$head\n"
    yes 'This line is one of many, und sie ist schön lang' | head -n "$n" \
      >>"$T/in"
    command time -f '%M' -o "$T/peak" "$POSTHASTE" -C "$T/rc" \
      you@example.org <"$T/in"
    peaks+=("$(cat "$T/peak")")
  done
  [ "$(wc -c <"$T/in")" -gt 49000000 ]
  [ "${peaks[1]}" -lt $((peaks[0] + 2048)) ]
}
