#!/usr/bin/env bats
# Against a real Postfix, with Dovecot behind it.  Three servers: one with
# all there is; one without CHUNKING and SMTPUTF8 and with a low limit of
# size; one without PIPELINING.

setup_file() {
  load ../lib/real
  real_setup_file
  local refuse='check_recipient_access inline:{'
  refuse+=' {gone@example.net=550 5.1.1 no such user},'
  refuse+=' {later@example.net=450 4.2.1 mailbox is busy} }'
  local pids=() pid status=0
  real_start chunks "smtpd_recipient_restrictions=$refuse" \
    smtpd_recipient_limit=60 & pids+=($!)
  real_start data "smtpd_recipient_restrictions=$refuse" \
    smtpd_discard_ehlo_keywords=chunking smtputf8_enable=no \
    message_size_limit=2000000 smtpd_recipient_limit=60 & pids+=($!)
  real_start serial "smtpd_recipient_restrictions=$refuse" \
    smtpd_discard_ehlo_keywords=pipelining smtpd_recipient_limit=60 & pids+=($!)
  for pid in "${pids[@]}"; do
    wait "$pid" || status=1
  done
  return "$status"
}

teardown_file() {
  load ../lib/real
  real_teardown_file
}

setup() {
  load ../lib/e2e
  load ../lib/real
  real_setup
}

# head_of SUBJECT: a header that wants nothing.
head_of() {
  printf '%s\n' 'From: Tester <tester@example.org>' 'To: you@example.net' \
    'Date: Thu, 01 Jan 1970 00:00:00 +0000' 'Message-ID: <1@example.org>' \
    "Subject: $1"
}

# What 8-bit text needs, so that nothing is added to it.
mime_fields() {
  printf '%s\n' 'MIME-Version: 1.0' 'Content-Type: text/plain; charset=utf-8' \
    'Content-Transfer-Encoding: 8bit'
}

# The message in $T/in, as a file or through a pipe, comes out of every
# server as $T/want, or as $T/in if that is not there; more lines for the
# rc file may be given.
expect_same_everywhere() {
  local name
  [ -e "$T/want" ] || cp "$T/in" "$T/want"
  for name in chunks data serial; do
    use "$name"
    rc_submission "$@"
    if [ "$name" = chunks ]; then
      run posthaste you@example.net <"$T/in"
    else
      run posthaste you@example.net < <(cat "$T/in")
    fi
    expect_success
  done
  for name in chunks data serial; do
    use "$name"
    expect_envelope tester@example.org you@example.net
    expect_stored "${MAILS[0]}" <"$T/want"
  done
}

# The session that ended: which commands, and how often.
expect_session() {
  expect_log ": disconnect from .* $1 commands="
}

##
## ways in
##

login_with() {
  local rc=$1 mechanism=$2 method=${3:-$2}
  "$rc" "auth $mechanism"
  head_of "$mechanism" >"$T/in"
  run posthaste you@example.net <"$T/in"
  expect_success
  expect_log "sasl_method=$method, sasl_username=tester@example.org$"
}

login_by_all() {
  local mechanism mail
  use chunks
  login_with "$1" PLAIN
  login_with "$1" LOGIN
  login_with "$1" SCRAM-SHA-1
  login_with "$1" SCRAM-SHA-256
  expect_log "sasl_method=" 4
  expect_log ": disconnect from .* auth=1 " 4
  arrived 4
  for mail in "${MAILS[@]}"; do
    [[ $(trace_of "$mail") == *'(using TLSv1.'*') with ESMTPSA id '* ]]
    [[ $(trace_of "$mail") == *'Authenticated sender: tester@example.org)'* ]]
  done
}

@test "submission, STARTTLS: logs in by each mechanism that is named" {
  login_by_all rc_submission
  expect_log ': disconnect from .* ehlo=2 starttls=1 auth=1 ' 4
}

@test "submissions, TLS at once: logs in by each mechanism that is named" {
  login_by_all rc_submissions
  expect_log ': disconnect from .* ehlo=1 auth=1 ' 4
}

@test "takes the strongest mechanism by itself" {
  use chunks
  login_with rc_submission auto SCRAM-SHA-256
  login_with rc_submissions 'SCRAM-SHA-1 PLAIN LOGIN' SCRAM-SHA-1
}

@test "relay port: STARTTLS as it is offered, whoever the server is" {
  use chunks
  rc_relay 'from tester@example.org'
  head_of relay >"$T/in"
  run posthaste you@example.net <"$T/in"
  expect_success
  arrived 1
  [[ $(trace_of "${MAILS[0]}") == *'(using TLSv1.'*') with ESMTPS id '* ]]
  expect_session 'ehlo=2 starttls=1 mail=1 rcpt=1 bdat=1 quit=1'
}

@test "relay port: tls off is obeyed" {
  use chunks
  rc_relay 'from tester@example.org' 'tls off'
  head_of relay >"$T/in"
  run posthaste you@example.net <"$T/in"
  expect_success
  arrived 1
  [[ $(trace_of "${MAILS[0]}") == *' with ESMTP id '* ]]
  expect_session 'ehlo=1 mail=1 rcpt=1 bdat=1 quit=1'
}

@test "the message goes by BDAT if the server has CHUNKING, else by DATA" {
  local name how
  head_of how >"$T/in"
  for name in chunks data serial; do
    use "$name"
    rc_submission
    run posthaste you@example.net <"$T/in"
    expect_success
    how=bdat
    [ "$name" != data ] || how=data
    expect_session \
      "ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 $how=1 quit=1"
  done
}

##
## refusals
##

@test "a wrong password: 77, one attempt, nothing sent" {
  local mechanism
  use chunks
  for mechanism in auto PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256; do
    rm "$T"/begun.*
    use chunks
    real_rc "$SUBMISSION_PORT" "tls_trust_file $CERT_DIR/ca.pem" \
      'user tester@example.org' 'password wrong' "auth $mechanism"
    head_of wrong >"$T/in"
    run posthaste you@example.net <"$T/in"
    expect 77 NOPERM
    expect_output ' 535 5.7.8 '
    refute_output wrong
    expect_log ': disconnect from .* auth=0/1 (quit=1 )?commands='
    expect_log ': connect from'
  done
  expect_nothing_arrived
}

@test "a user nobody knows: 77" {
  use chunks
  real_rc "$SUBMISSIONS_PORT" "tls_trust_file $CERT_DIR/ca.pem" \
    'tls_starttls off' 'user nobody@example.org' 'password "correct horse"'
  head_of nobody >"$T/in"
  run posthaste you@example.net <"$T/in"
  expect 77 NOPERM
  expect_log ': disconnect from .* auth=0/1 '
  expect_log ': connect from'
}

@test "who must log in and does not: 77, with the server's words" {
  local name
  for name in chunks data serial; do
    use "$name"
    real_rc "$SUBMISSION_PORT" 'from tester@example.org'
    head_of nobody >"$T/in"
    run posthaste you@example.net <"$T/in"
    expect 77 NOPERM
    expect_output '554 5.7.1 <you@example.net>: '
    expect_log ': disconnect from .* rcpt=0/1 '
    refute_log ': disconnect from .* (data|bdat)=1'
    expect_nothing_arrived
  done
}

@test "who must use TLS and does not: 77, with the server's words" {
  use chunks
  real_rc "$SUBMISSION_PORT" 'from tester@example.org' 'tls off'
  head_of clear >"$T/in"
  run posthaste you@example.net <"$T/in"
  expect 77 NOPERM
  expect_output '530 5.7.0 Must issue a STARTTLS command first'
}

@test "a server that cannot show who it is gets no password: 69" {
  local port
  use chunks
  for port in "$SUBMISSION_PORT" "$SUBMISSIONS_PORT"; do
    real_rc "$port" "tls_trust_file $CERT_DIR/otherca.pem" \
      'user tester@example.org' 'password "correct horse"'
    [ "$port" = "$SUBMISSION_PORT" ] || echo 'tls_starttls off' >>"$T/rc"
    head_of trust >"$T/in"
    run posthaste you@example.net <"$T/in"
    expect 69 UNAVAILABLE
  done
  expect_log ': disconnect from' 2
  refute_log ': disconnect from .* auth='
  refute_log 'sasl_'
}

@test "all recipients refused: 67, and nothing is left behind" {
  local name
  for name in chunks data serial; do
    use "$name"
    rc_submission
    head_of gone >"$T/in"
    run posthaste gone@example.net <"$T/in"
    expect 67 NOUSER
    expect_output 'gone@example.net'
    expect_output '550 5.1.1 '
    expect_output 'no such user'
    expect_log ': disconnect from .* rcpt=0/1 '
    expect_nothing_arrived
  done
}

@test "some recipients refused: the others get it, the worst decides" {
  local name
  for name in chunks data serial; do
    use "$name"
    rc_submission
    { head_of some && printf '\nbody\n'; } >"$T/in"
    run posthaste a@example.net later@example.net gone@example.net \
      b@example.net <"$T/in"
    expect 67 NOUSER
    expect_output 'RCPT TO:<gone@example.net>'
    expect_output 'RCPT TO:<later@example.net>'
    expect_output '450 4.2.1 '
    refute_output 'RCPT TO:<a@example.net>'
    expect_envelope tester@example.org a@example.net b@example.net
    expect_stored "${MAILS[0]}" <"$T/in"
  done
}

@test "partial_delivery off: nobody gets it if one is refused" {
  local name
  for name in chunks data serial; do
    use "$name"
    rc_submission 'partial_delivery off'
    head_of none >"$T/in"
    run posthaste a@example.net later@example.net <"$T/in"
    expect 75 TEMPFAIL
    expect_log ': disconnect from .* rcpt=1/2 '
    expect_nothing_arrived
  done
}

@test "larger than the server takes: 65, and it is not sent" {
  use data
  rc_submission
  { head_of large && echo && seq -f 'line %07.0f' 200000; } >"$T/in"
  [ "$(wc -c <"$T/in")" -gt 2000000 ]
  run posthaste you@example.net < <(cat "$T/in")
  expect 65 DATAERR
  expect_output 2000000
  expect_log ': disconnect from'
  refute_log ': disconnect from .* data='
  expect_nothing_arrived
}

##
## what is stored is what was meant
##

@test "a plain message" {
  {
    head_of plain
    printf '\n%s\n' 'Hello,' '' '   leading and trailing   ' '	tab	' \
      'From me to you' '>From quoted' '-- ' 'signature' '' ''
  } >"$T/in"
  expect_same_everywhere
}

@test "a body in UTF-8, and one in no encoding" {
  {
    head_of 8bit
    printf '%s\n' 'MIME-Version: 1.0' \
      'Content-Type: text/plain; charset=UTF-8' \
      'Content-Transfer-Encoding: 8bit' '' 'grün, größer, 日本語 🙂'
    printf 'gr\374n \200\377\376\n'
  } >"$T/in"
  expect_same_everywhere
}

@test "a header in UTF-8" {
  { head_of 'Grüße' && printf '\nbody\n'; } >"$T/in"
  expect_same_everywhere
}

@test "dots at the start of lines" {
  {
    head_of dots
    printf '%s\n' '' '.first' '.' '..' '...' '.foo' ' .' 'x.' '' '.'
  } >"$T/in"
  expect_same_everywhere
}

@test "a dot at any place where a buffer may end" {
  {
    head_of edges
    echo
    yes . | head -n 70000
    head -c 140000 /dev/zero | tr '\0' . | fold -w 900 | sed 's/^/x/'
    echo
  } >"$T/in"
  expect_same_everywhere
}

@test "no line end at the end: it gets one" {
  { head_of end && printf '\nline\nlast'; } >"$T/in"
  { cat "$T/in" && echo; } >"$T/want"
  expect_same_everywhere
}

@test "a dot without line end at the end" {
  { head_of end && printf '\nline\n.'; } >"$T/in"
  { cat "$T/in" && echo; } >"$T/want"
  expect_same_everywhere
}

@test "line ends of CRLF" {
  { head_of crlf && printf '\none\n\n.two\n'; } >"$T/want"
  sed 's/$/\r/' "$T/want" >"$T/in"
  expect_same_everywhere
}

@test "a header of CRLF and a body of LF" {
  { head_of mixed && printf '\none\n\n.two\n'; } >"$T/want"
  sed '1,/^$/s/$/\r/' "$T/want" >"$T/in"
  expect_same_everywhere
}

@test "a header of LF and a body of CRLF" {
  { head_of mixed && printf '\none\n\n.two\n'; } >"$T/want"
  sed '/^$/,$s/$/\r/' "$T/want" >"$T/in"
  expect_same_everywhere
}

@test "every line ends in its own way" {
  { head_of mixed && printf '\none\r\ntwo\nthree\r\r\nfour\n\r\nfive\r\n'; } \
    >"$T/in"
  { head_of mixed && printf '\none\ntwo\nthree\nfour\n\nfive\n'; } >"$T/want"
  expect_same_everywhere
}

@test "text alone gets a header" {
  printf 'no header at all\n\nsecond paragraph\n' >"$T/in"
  {
    printf '%s\n' 'From: tester@example.org' 'To: you@example.net' \
      'Date: @DATE@' 'Message-ID: <@ID@@example.org>' ''
    cat "$T/in"
  } >"$T/want"
  expect_same_everywhere
}

@test "nothing at all gets a header" {
  true >"$T/in"
  printf '%s\n' 'From: tester@example.org' 'To: you@example.net' \
    'Date: @DATE@' 'Message-ID: <@ID@@example.org>' '' >"$T/want"
  expect_same_everywhere
}

@test "a header without blank line and body" {
  head_of alone >"$T/in"
  { cat "$T/in" && echo; } >"$T/want"
  expect_same_everywhere
}

@test "a header with blank line and no body, one field missing" {
  { head_of alone | grep -v '^Date'; echo; } >"$T/in"
  { echo 'Date: @DATE@' && cat "$T/in"; } >"$T/want"
  expect_same_everywhere
}

@test "Date and Message-ID are left as they are, in any spelling" {
  {
    printf '%s\n' 'message-id:' '  <A.b@C>' 'DATE: 1 Jan 70 00:00 GMT' \
      'from:tester@example.org' 'X-Folded: one' '	two' '   three' '' body
  } >"$T/in"
  expect_same_everywhere
}

@test "mbox's From line is dropped" {
  { head_of mbox && printf '\nFrom here on\n'; } >"$T/want"
  {
    echo 'From 86c2b2d5a4d9a6b1a3e8 Mon Sep 17 00:00:00 2001'
    cat "$T/want"
  } >"$T/in"
  expect_same_everywhere
}

@test "lines of 998, 999, 1000 and 5000 bytes, passed as they are" {
  {
    head_of long
    echo
    printf '%0998d\n%0999d\n%01000d\n.%05000d\n' 1 2 3 4
  } >"$T/in"
  expect_same_everywhere 'long_lines pass'
}

@test "long lines that are encoded come out as they were" {
  local name
  {
    head_of long
    echo
    printf '%0998d\n%0999d\ngrößer\n.%05000d\n' 1 2 4
  } >"$T/in"
  for name in chunks data serial; do
    use "$name"
    rc_submission
    run posthaste you@example.net <"$T/in"
    expect_success
    arrived 1
    "$REALSERVER" strip "${MAILS[0]}" >"$T/got"
    python3 - "$T/got" "$T/in" <<'PY'
import email, sys
got, sent = (email.message_from_binary_file(open(p, "rb"))
             for p in sys.argv[1:])
text = got.get_payload(decode=True).replace(b"\r\n", b"\n")
assert text == sent.get_payload(decode=True), text[:200]
assert max(map(len, open(sys.argv[1], "rb"))) <= 999
PY
  done
}

@test "no end of the message but the end: nothing can be smuggled in" {
  local evil='MAIL FROM:<evil@example.org>\nRCPT TO:<evil@example.net>'
  # shellcheck disable=SC2059
  {
    head_of smuggled
    printf "\na\n.\n$evil\nDATA\n"
    printf "b\n.\r\n$evil\r\nDATA\r\n"
    printf "c\r.\r\n$evil\r\nDATA\r\n"
    printf "d\r\n.\r$evil\r\nDATA\r\n"
    printf "e\r\n\0.\r\n$evil\r\n"
    printf "f\r\r\n.\r\r\n$evil\r\n.\r\n"
  } >"$T/in"
  # shellcheck disable=SC2059
  {
    head_of smuggled
    printf "\na\n.\n$evil\nDATA\n"
    printf "b\n.\n$evil\nDATA\n"
    printf "c .\n$evil\nDATA\n"
    printf "d\n. $evil\nDATA\n"
    printf "e\n .\n$evil\n"
    printf "f\n.\n$evil\n.\n"
  } >"$T/want"
  expect_same_everywhere
}

@test "more than a megabyte" {
  {
    head_of large
    mime_fields
    echo
    seq -f '.%.0f größer' 90000
    head -c 200000 /dev/zero | tr '\0' x
    printf '\nend\n'
  } >"$T/in"
  [ "$(wc -c <"$T/in")" -gt 1048576 ]
  expect_same_everywhere 'long_lines pass'
}

##
## to whom
##

@test "Bcc is not shown, and those in it get the message" {
  use chunks
  rc_submission
  {
    head_of bcc
    printf '%s\n' 'Bcc: hidden@example.net,' ' "A, B" <two@example.net>' \
      'Cc: seen@example.net' 'bCC : three@example.net' 'X-After: 1' '' body
  } >"$T/in"
  run posthaste -t <"$T/in"
  expect_success
  expect_envelope tester@example.org you@example.net seen@example.net \
    hidden@example.net two@example.net three@example.net
  { head_of bcc && printf '%s\n' 'Cc: seen@example.net' 'X-After: 1' '' body
  } >"$T/want"
  local mail
  for mail in "${MAILS[@]}"; do
    expect_stored "$mail" <"$T/want"
  done
}

@test "Bcc is not shown without -t either" {
  use chunks
  rc_submission
  { head_of bcc && printf 'Bcc: hidden@example.net\n\nbody\n'; } >"$T/in"
  run posthaste you@example.net <"$T/in"
  expect_success
  expect_envelope tester@example.org you@example.net
  { head_of bcc && printf '\nbody\n'; } | expect_stored "${MAILS[0]}"
}

@test "recipients of the arguments and the message, each once" {
  use chunks
  rc_submission
  { head_of both && printf 'Cc: b@example.net, a@EXAMPLE.net\n\nbody\n'
  } >"$T/in"
  run posthaste -t a@example.net '<b@example.net>, c@example.net' <"$T/in"
  expect_success
  expect_envelope tester@example.org a@example.net b@example.net \
    c@example.net you@example.net
  expect_session 'mail=1 rcpt=4 bdat=1 quit=1'
}

@test "who resends sends to those in his fields only" {
  use chunks
  rc_submission
  {
    printf '%s\n' 'Resent-From: me@example.com' 'Resent-To: r@example.net' \
      'Resent-Bcc: hidden@example.net'
    head_of resent
    printf '\nbody\n'
  } >"$T/in"
  run posthaste -t <"$T/in"
  expect_success
  expect_envelope me@example.com r@example.net hidden@example.net
  grep -v '^Resent-Bcc' "$T/in" | expect_stored "${MAILS[0]}"
}

@test "fifty recipients" {
  local name rcpts
  mapfile -t rcpts < <(seq -f 'user%02.0f@example.net' 50)
  { head_of fifty && printf '\nbody\n'; } >"$T/in"
  for name in chunks data serial; do
    use "$name"
    rc_submission
    run posthaste "${rcpts[@]}" <"$T/in"
    expect_success
    expect_log ': disconnect from .* mail=1 rcpt=50 '
    expect_envelope tester@example.org "${rcpts[@]}"
    expect_stored "${MAILS[0]}" <"$T/in"
    expect_stored "${MAILS[49]}" <"$T/in"
  done
}

@test "more recipients than the server takes at once" {
  local name rcpts
  mapfile -t rcpts < <(seq -f 'user%03.0f@example.net' 150)
  { head_of many && printf '\nbody\n'; } >"$T/in"
  for name in chunks data serial; do
    use "$name"
    rc_submission
    run posthaste "${rcpts[@]}" <"$T/in"
    expect_success
    expect_log ': disconnect from .* mail=3 '
    expect_envelope tester@example.org "${rcpts[@]}"
    expect_stored "${MAILS[149]}" <"$T/in"
  done
}

@test "reports are asked for as the server understands them" {
  use chunks
  rc_submission
  { head_of reported && printf '\nbody\n'; } >"$T/in"
  run posthaste -N failure,delay -R hdrs -V 'a+b=c d' you@example.net <"$T/in"
  expect_success
  expect_envelope tester@example.org you@example.net
}

@test "a bare name is the server's to complete" {
  use chunks
  rc_submission
  printf 'Subject: bare\n\nbody\n' >"$T/in"
  run posthaste root <"$T/in"
  expect_success
  expect_envelope tester@example.org root
  grep -q '^Delivered-To: root@example.org$' "${MAILS[0]}"
}

@test "strange local parts" {
  use chunks
  rc_submission
  head_of strange >"$T/in"
  run posthaste 'u=v@example.net' 'u+d@example.net' '"a b"@example.net' \
    "o'h@example.net" 'x@[127.0.0.1]' <"$T/in"
  expect_success
  expect_envelope tester@example.org 'u=v@example.net' 'u+d@example.net' \
    '"a b"@example.net' "o'h@example.net" 'x@[127.0.0.1]'
}

@test "the null sender" {
  use chunks
  rc_submission
  head_of null >"$T/in"
  run posthaste -f '<>' you@example.net <"$T/in"
  expect_success
  run posthaste -f '' you@example.net <"$T/in"
  expect_success
  expect_envelope '' you@example.net you@example.net
}

@test "an address in UTF-8, on both sides of the @" {
  use chunks
  rc_submission
  { head_of utf8 && printf '\nbody\n'; } >"$T/in"
  run posthaste -f 'jürgen@example.org' 'josé@bücher.example' <"$T/in"
  expect_success
  arrived 1
  [[ $(trace_of "${MAILS[0]}") == *' with UTF8SMTPSA id '* ]]
  [ "$(sender_of "${MAILS[0]}")" = 'jürgen@example.org' ]
  case $(rcpt_of "${MAILS[0]}") in
    'josé@bücher.example' | 'josé@xn--bcher-kva.example') ;;
    *) rcpt_of "${MAILS[0]}" && false ;;
  esac
  expect_stored "${MAILS[0]}" <"$T/in"
}

@test "a domain in UTF-8 needs nothing of the server" {
  use data
  rc_submission
  head_of idn >"$T/in"
  run posthaste you@bücher.example <"$T/in"
  expect_success
  expect_envelope tester@example.org you@xn--bcher-kva.example
}

@test "an address in UTF-8, and a server that has no SMTPUTF8: 65" {
  use data
  rc_submission
  head_of utf8 >"$T/in"
  run posthaste 'josé@example.net' you@example.net <"$T/in"
  expect 65 DATAERR
  expect_output SMTPUTF8
  expect_log ': disconnect from'
  refute_log ': disconnect from .* (mail|data)='
}

@test "a full name that is not ASCII is encoded" {
  use chunks
  rc_submission
  printf 'hello\n' >"$T/in"
  run posthaste -F 'Jürgen Müller' you@example.net <"$T/in"
  expect_success
  arrived 1
  printf '%s\n' \
    'From: =?UTF-8?B?SsO8cmdlbiBNw7xsbGVy?= <tester@example.org>' \
    'To: you@example.net' 'Date: @DATE@' 'Message-ID: <@ID@@example.org>' '' hello |
    expect_stored "${MAILS[0]}"
}

@test "eight at once" {
  local i pids=()
  use chunks
  rc_submission
  for i in 1 2 3 4 5 6 7 8; do
    {
      head_of "$i" >"$T/in.$i"
      posthaste "u$i@example.net" <"$T/in.$i" >"$T/out.$i" 2>&1
    } 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do
    wait "$i"
  done
  [ -z "$(cat "$T"/out.*)" ]
  arrived 8
  for i in 0 1 2 3 4 5 6 7; do
    rcpt=$(rcpt_of "${MAILS[i]}")
    { head_of "${rcpt:1:1}" && echo; } | expect_stored "${MAILS[i]}"
  done
}

# keep N ADDRESS...: in the queue, by number.
keep() {
  local n=$1
  shift
  { head_of "$n" && echo; } >"$T/in.$n"
  posthaste --queue=only "$@" <"$T/in.$n"
}

@test "what waits goes in order, by one connection and one login" {
  local name i
  for name in chunks data serial; do
    use "$name"
    rc_submission 'from tester@example.org'
    for i in 1 2 3 4 5 6 7 8 9; do
      keep "$i" "u$i@example.net"
    done
    run posthaste -q
    expect_success
    arrived 9
    for i in 1 2 3 4 5 6 7 8 9; do
      [ "$(rcpt_of "${MAILS[i - 1]}")" = "u$i@example.net" ]
    done
    expect_log 'disconnect from .* auth=1 .*mail=9 .*quit=1'
    run posthaste -bp
    expect_output 'Mail queue is empty'
  done
}

@test "of what waits some is refused, some put off: the rest of it goes" {
  local name
  for name in chunks data serial; do
    use "$name"
    rc_submission 'from tester@example.org' 'queue_retry_min 1h'
    keep 1 one@example.net later@example.net
    keep 2 gone@example.net
    keep 3 three@example.net
    run posthaste -q
    expect 75 TEMPFAIL
    expect_output 'mailbox is busy'
    # those two, and the report
    arrived 3
    run posthaste -bp --json
    expect_output '"address":"later@example.net","state":"waiting","said":"450 4.2.1'
    posthaste --queue-remove all
    run grep -l 'Action: failed' "${MAILS[@]}"
    [ "${#lines[@]}" -eq 1 ]
    [ "$(rcpt_of "${lines[0]}")" = tester@example.org ]
    grep -q '^Diagnostic-Code: smtp; 550 5.1.1 ' "${lines[0]}"
  done
}
