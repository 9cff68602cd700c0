#!/usr/bin/env bats
# From standard input to the octets on the wire: header, recipients, body.

bats_require_minimum_version 1.5.0

# A header that lacks nothing, as it comes and as it arrives.
head='From: me@example.org\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n'
head+='Message-ID: <1@example.org>\n'
wire_head=${head//\\n/\\r\\n}

# What text that is not ASCII gets.
mime='MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n'
mime+='Content-Transfer-Encoding: 8bit\n'
wire_mime=${mime//\\n/\\r\\n}

setup() {
  load ../lib/e2e
  e2e_setup
  OTHER_WAYS=() # of the four, those that take time and tell little more
  BDAT_PID= # the other server, if there are two
}

teardown() {
  e2e_teardown
  [ -z "$BDAT_PID" ] || kill "$BDAT_PID" 2>/dev/null || true
}

caps='PIPELINING,8BITMIME,SIZE 100000000,ENHANCEDSTATUSCODES,SMTPUTF8'

# One server that takes messages by BDAT, and one that takes them by DATA.
servers() {
  smarthost --caps "$caps,CHUNKING" "$@"
  BDAT_PORT=$PORT BDAT_PID=$SERVER_PID
  smarthost --caps "$caps" "$@"
  DATA_PORT=$PORT
  rc
}

# text FORMAT [ARGUMENT ...]
text() {
  # shellcheck disable=SC2059
  printf "$@"
}

# write FILE FORMAT [ARGUMENT ...]
write() {
  local file=$1
  shift
  text "$@" >"$file"
}

# send [argument ...]: the message in $T/in, by the rc file in $T/rc.
send() {
  run "$POSTHASTE" -C "$T/rc" "$@" <"$T/in"
}

# The same through a pipe.
piped() {
  # shellcheck disable=SC2002
  cat "$T/in" | "$POSTHASTE" -C "$T/rc" "$@"
}

# same_bytes FILE MEANT
same_bytes() {
  cmp "$1" "$2" || {
    diff <(od -An -c "$1" | head -c 20000) <(od -An -c "$2" | head -c 20000) |
      head -n 20
    return 1
  }
}

mail_command() {
  sed -n 's/^mail //p' "$T/store/1.env"
}

# It was sent, and nothing was said about it.
expect_sent() {
  expect 0 OK
  same "$output" ''
}

# The server saw N messages, and neither bare line ends nor NULs nor commands
# that it does not know.
expect_clean() {
  same "$(grep -c '^C: <message' "$T/dialogue")" "$1"
  if grep '^-- .* in \(message\|command\)\|^-- .*too early\|^S: 5' \
    "$T/dialogue"; then
    cat "$T/dialogue"
    return 1
  fi
}

# travels [argument ...]: what is in $T/in becomes, from a file by BDAT and
# from a pipe by DATA, what is in $T/meant.
travels() {
  local way port size env n=0
  size=$(wc -c <"$T/meant")
  rm -f "$T"/store/*
  : >"$T/dialogue"
  for way in 'BDAT send' "${OTHER_WAYS[@]}" 'DATA run piped'; do
    port=${way%% *}_PORT
    ${way#* } --port "${!port}" "$@" you@example.org
    expect_sent
    n=$((n + 1))
    same_bytes "$T/store/$n.eml" "$T/meant"
    env=$(<"$T/store/$n.env")$'\n'
    [[ $env == *$'\n'"via ${way%% *}"$'\n'* ]]
    [[ $env == *$'\n'"size $size"$'\n'* ]]
    [[ $env == *$'\nmail MAIL FROM:<me@example.org> SIZE='"$size"[$' \n']* ]]
  done
  expect_clean $n
}

# arrives IN OUT: the same for two texts in printf's notation.
arrives() {
  write "$T/in" "$1"
  write "$T/meant" "$2"
  travels
}

# body IN OUT: the same behind a header that lacks nothing.
body() {
  arrives "$head\\n$1" "$wire_head\\r\\n$2"
}

declare -gA form=(
  [From]='me@example\.org'
  [To]='you@example\.org'
  [Date]='(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (Jan|Feb|Mar|Apr|May|Jun|'\
'Jul|Aug|Sep|Oct|Nov|Dec) 20[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \+0000'
  [Message-ID]='<[0-9a-z]{32}@example\.org>'
)

# added MEANT [NAME ...]: message 1 begins with these fields, each in its
# form, and goes on with MEANT in printf's notation.
added() {
  local meant=$1 name line
  shift
  {
    for name; do
      IFS= read -r line
      [[ $line =~ ^$name:\ ${form[$name]}$'\r'$ ]] || {
        printf 'not the form of %s: %s\n' "$name" "$line"
        return 1
      }
    done
    cat >"$T/rest"
  } <"$T/store/1.eml"
  write "$T/meant" "$meant"
  same_bytes "$T/rest" "$T/meant"
}

# Header

@test "a message that lacks nothing arrives as it is" {
  servers
  arrives "${head}To: you@example.org\nSubject: hi\n\ntext\n" \
    "${wire_head}To: you@example.org\r\nSubject: hi\r\n\r\ntext\r\n"
}

@test "From, Date and Message-ID are added where they are missing" {
  smarthost
  rc
  write "$T/in" 'Subject: hi\n\ntext\n'
  send you@example.org
  expect_sent
  added 'Subject: hi\r\n\r\ntext\r\n' From Date Message-ID
  rm "$T"/store/*
  write "$T/in" 'Date: Thu, 1 Jan 2026 00:00:00 +0000\nfrom: a@b.example\n\nx\n'
  send you@example.org
  expect_sent
  added 'Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nfrom: a@b.example\r\n\r\nx\r\n' \
    Message-ID
}

@test "empty From, Date and Message-ID are replaced" {
  smarthost
  rc
  write "$T/in" 'Subject: hi\nFrom:\nDate: \nMessage-Id:\n \nX-A: b\n\ntext\n'
  send you@example.org
  expect_sent
  added 'Subject: hi\r\nX-A: b\r\n\r\ntext\r\n' From Date Message-ID
}

@test "text without a header gets one" {
  smarthost
  rc
  write "$T/in" 'hi\n'
  send you@example.org
  expect_sent
  added '\r\nhi\r\n' From To Date Message-ID
  rm "$T"/store/*
  write "$T/in" '\nSubject: this is text\n'
  send you@example.org
  expect_sent
  added '\r\nSubject: this is text\r\n' From To Date Message-ID
  rm "$T"/store/*
  write "$T/in" 'Look: here\nis no field\n'
  send you@example.org
  expect_sent
  added 'Look: here\r\n\r\nis no field\r\n' From Date Message-ID
}

@test "nothing at all is a message without text" {
  smarthost
  rc
  : >"$T/in"
  send you@example.org
  expect_sent
  added '\r\n' From To Date Message-ID
  rm "$T"/store/*
  run piped you@example.org
  expect_sent
  added '\r\n' From To Date Message-ID
  rm "$T"/store/*
  run "$POSTHASTE" -C "$T/rc" you@example.org </dev/null
  expect_sent
  added '\r\n' From To Date Message-ID
}

@test "mbox's From line is dropped, and what follows is the header" {
  servers
  arrives "From 86c2b2 Mon Sep 17 00:00:00 2001\n${head}Subject: hi\n\nx\n" \
    "${wire_head}Subject: hi\r\n\r\nx\r\n"
  arrives ">From me@example.org Thu Jan  1 00:00:00 2026\r\n$wire_head\r\nx\r\n" \
    "$wire_head\r\nx\r\n"
  body 'From here on it is text\n' 'From here on it is text\r\n'
}

@test "a header without an empty line behind it gets one" {
  servers
  arrives "${head}Subject: hi\n" "${wire_head}Subject: hi\r\n\r\n"
  arrives "${head}Subject: hi" "${wire_head}Subject: hi\r\n\r\n"
  arrives "${head}Subject: hi\n there\n" \
    "${wire_head}Subject: hi\r\n there\r\n\r\n"
}

@test "an empty body stays one where a field is added" {
  smarthost
  rc
  write "$T/in" 'Subject: hi\n\n'
  send you@example.org
  expect_sent
  added 'Subject: hi\r\n\r\n' From Date Message-ID
  rm "$T"/store/*
  write "$T/in" 'Subject: hi\n'
  send you@example.org
  expect_sent
  added 'Subject: hi\r\n\r\n' From Date Message-ID
}

@test "a Message-ID that is there is left as it is, however it is written" {
  servers
  local id rest
  rest='From: me@example.org\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n'
  for id in 'Message-Id: <A.b+C=@[127.0.0.1]>' 'message-id:<x@y>' \
    'MESSAGE-ID:\n <x@y>' 'Message-ID : <x@y>' \
    'Message-ID:   \t<x@y> \t(comment)  '; do
    arrives "$id\n$rest\nx\n" "${id//\\n/\\r\\n}\r\n${rest//\\n/\\r\\n}\r\nx\r\n"
  done
}

@test "Bcc and Resent-Bcc never leave, with -t and without" {
  servers
  local text='Bcc: a@example.org\nTo: you@example.org\nbCC:b@example.org,\n'
  text+=' c@example.org\n\t(folded)\nX-Bcc: stays\nResent-Bcc: d@example.org\n'
  text+="BCC : e@example.org\n${head}Bcc:\n\nBcc: this is text\n"
  local wire='To: you@example.org\r\nX-Bcc: stays\r\n'
  wire+="$wire_head\r\nBcc: this is text\r\n"
  arrives "$text" "$wire"
  same "$(recipients)" you@example.org
  write "$T/in" "${text/Resent-Bcc/X-Resent-Bcc}"
  write "$T/meant" "${wire/X-Bcc: stays/X-Bcc: stays\\r\\nX-Resent-Bcc: d@example.org}"
  travels -t
  same "$(recipients)" 'you@example.org a@example.org b@example.org c@example.org e@example.org'
  write "$T/in" "$text"
  send -t
  expect_sent
  same "$(recipients 3)" d@example.org
  same_bytes "$T/store/3.eml" <(text "$wire")
}

@test "a header of a megabyte arrives" {
  servers
  local field
  field=$(head -c 1000000 /dev/zero | tr '\0' s)
  { text "${head}Subject: " && echo "$field" &&
    yes 'X-Filler: some text that fills the header' | head -n 5000 &&
    printf '\ntext\n'; } >"$T/in"
  sed 's/$/\r/' "$T/in" >"$T/meant"
  travels --long-lines=pass
}

@test "To over many lines, with 20,000 recipients, is read with -t" {
  servers
  awk 'BEGIN { printf "To: r0@example.org"
    for (i = 1; i < 20000; i++)
      printf ",\n R %d <r%d@example.org>", i, i
    print "" }' >"$T/in"
  text "$head\\ntext\\n" >>"$T/in"
  send --port "$BDAT_PORT" -t
  expect_sent
  sed 's/$/\r/' "$T/in" | cmp - "$T/store/1.eml"
  awk 'BEGIN { for (i = 0; i < 20000; i++)
    printf "rcpt RCPT TO:<r%d@example.org>\n", i }' >"$T/meant"
  local n
  for ((n = 1; n <= 20; n++)); do # 1000 in each transaction
    grep '^rcpt' "$T/store/$n.env"
  done | cmp - "$T/meant"
}

@test "NULs and bare CRs in a header go out as blanks" {
  servers
  arrives "${head}Subject: a\\0b\\rc\\n\\nx\\n" \
    "${wire_head}Subject: a b c\\r\\n\\r\\nx\\r\\n"
}

@test "a name in UTF-8 is encoded, folded and never cut within a letter" {
  smarthost
  rc
  write "$T/in" 'Subject: hi\n\ntext\n'
  send -F 'Jürgen Müller' you@example.org
  expect_sent
  form[From]='=\?UTF-8\?B\?SsO8cmdlbiBNw7xsbGVy\?= <me@example\.org>'
  added 'Subject: hi\r\n\r\ntext\r\n' From Date Message-ID
  rm "$T"/store/*
  rc 'from_full_name Jürgen Müller'
  send you@example.org
  expect_sent
  added 'Subject: hi\r\n\r\ntext\r\n' From Date Message-ID
  rm "$T"/store/*
  local name
  name=$(printf 'ü%.0s' {1..100})
  send -F "$name" you@example.org
  expect_sent
  same "$(stored | awk 'length > 77')" ''
  same "$(stored | tr -d '\r' | sed -n '/^From:/,/^Date:/s/^.*=?UTF-8?B?\(.*\)?=.*/\1/p' |
    while read -r word; do
      echo "$word" | base64 -d | iconv -f UTF-8 -t UTF-8
    done)" "$name"
}

@test "a name is quoted where it needs that" {
  smarthost
  rc
  write "$T/in" 'Subject: hi\n\ntext\n'
  form[From]='"Doe, \\"J\\" \\\\ \(x\)" <me@example\.org>'
  send -F 'Doe, "J" \ (x)' you@example.org
  expect_sent
  added 'Subject: hi\r\n\r\ntext\r\n' From Date Message-ID
  rm "$T"/store/*
  form[From]="J O'Hara <me@example\\.org>"
  send -F "  J O'Hara " you@example.org
  expect_sent
  added 'Subject: hi\r\n\r\ntext\r\n' From Date Message-ID
}

# Recipients

@test "an empty group and a Bcc: the Bcc gets it" {
  servers
  write "$T/in" "To: undisclosed-recipients:;\n${head}Bcc: b@example.org\n\nx\n"
  send -t
  expect_sent
  same "$(recipients)" b@example.org
  write "$T/meant" "To: undisclosed-recipients:;\r\n$wire_head\r\nx\r\n"
  same_bytes "$T/store/1.eml" "$T/meant"
}

# rcpts FIELD-TEXT RECIPIENTS: who gets mail with this To.
rcpts() {
  rm -f "$T"/store/*
  write "$T/in" "To: %s\n${head}\nx\n" "$1"
  send -t
  expect_sent
  same "$(recipients)" "$2"
}

@test "comments, groups, routes, quotes and folding in To are understood" {
  smarthost
  rc
  rcpts 'ops@x.example (Team, West \) still), d@y.example' \
    'ops@x.example d@y.example'
  rcpts 'A Group: a@x.example, "B, C" <b@x.example>;, c@x.example' \
    'a@x.example b@x.example c@x.example'
  rcpts '<@relay.example,@other.example:a@x.example>' a@x.example
  rcpts $'a@x.example,\n\t"Long\n Name" <b@x.example>' \
    'a@x.example b@x.example'
  rcpts ',, a@x.example ,,b@x.example,' 'a@x.example b@x.example'
  rcpts 'a @ x . example, (c) b (c) @ (c) y.example' \
    'a@x.example b@y.example'
  rcpts 'Jürgen <j@x.example>' j@x.example
  rcpts 'a..b.@x.example' a..b.@x.example
}

@test "plus, equals, apostrophe and quoted local parts are kept" {
  smarthost
  rc
  rcpts "u=v@x.example, u+d@x.example, o'h@x.example, \"a b\"@x.example" \
    "u=v@x.example u+d@x.example o'h@x.example \"a b\"@x.example"
  rm "$T"/store/*
  send u=v@x.example 'u+d@x.example' "o'h@x.example" '"a b"@x.example'
  expect_sent
  same "$(recipients)" \
    "u=v@x.example u+d@x.example o'h@x.example \"a b\"@x.example"
}

@test "a domain that is not ASCII goes out as A-labels" {
  smarthost
  rc
  rcpts 'a@bücher.example' a@xn--bcher-kva.example
}

@test "with Resent fields, only their recipients get it" {
  servers
  write "$T/in" "%s\n" 'Resent-To: a@example.org' 'Resent-Cc: b@example.org' \
    'Resent-Bcc: c@example.org' 'Resent-From: x@example.com' \
    'To: old@example.org' 'Cc: old2@example.org' 'Bcc: old3@example.org' \
    'From: me@example.org' 'Date: Thu, 1 Jan 2026 00:00:00 +0000' \
    'Message-ID: <1@example.org>' '' text
  send -t
  expect_sent
  same "$(recipients)" 'a@example.org b@example.org c@example.org'
  sed '/Bcc/d; s/$/\r/' "$T/in" >"$T/meant"
  same_bytes "$T/store/1.eml" "$T/meant"
}

@test "recipients that do not parse are refused before anything is sent" {
  smarthost
  rc
  local text
  while IFS= read -r text; do
    write "$T/in" "Cc: %s\n${head}\nx\n" "$text"
    send -t
    expect 65 DATAERR
    expect_output 'Cc'
    write "$T/in" "$head\nx\n"
    send "$text"
    expect 65 DATAERR
    expect_output recipient
  done <<'END'
a@
@example.org
a@b@c
<a@example.org
a@example.org>
"a@example.org
a@example.org (comment
a b@example.org
a@example.org b@example.org
Group: a@example.org
<a@example.org> <b@example.org>
a@exa mple.org
a@example..org
END
  expect_untouched
}

@test "a name with a comma but no quotes is refused, not sent to its first half" {
  smarthost
  rc
  write "$T/in" "To: SURNAME, First <a@example.org>\n${head}\nx\n"
  send -t
  expect 65 DATAERR
  expect_output To
  expect_output SURNAME
  expect_untouched
}

@test "a line end in a sender, a name or a recipient is refused" {
  smarthost
  rc
  write "$T/in" 'To: you@example.org\n\nx\n'
  local end
  for end in $'\r\n' $'\n' $'\r'; do
    send -f "a@example.org${end}RCPT TO:<evil@example.org>" you@example.org
    expect 65 DATAERR
    send -f "a@example.org>${end}X: y" you@example.org
    expect 65 DATAERR
    send -F "A${end}Bcc: evil@example.org" you@example.org
    expect 65 DATAERR
    send "you@example.org>${end}RCPT TO:<evil@example.org>"
    expect 65 DATAERR
    send "you@example.org${end}"
    expect 65 DATAERR
    send "\"you${end}\"@example.org"
    expect 65 DATAERR
  done
  expect_untouched
}

@test "a bare CR or a NUL in To is no way to more recipients" {
  smarthost
  rc
  local byte
  for byte in '\r' '\0'; do
    write "$T/in" "To: a@example.org${byte}b@example.org\n${head}\nx\n"
    send -t
    expect 65 DATAERR
    expect_output To
    write "$T/in" "To: a@example.org>${byte}RCPT TO:<b@example.org\n${head}\nx\n"
    send -t
    expect 65 DATAERR
  done
  expect_untouched
}

# Date and identifier

# date_in TZ OFFSET: the date added there is now, with this offset.
date_in() {
  rm -f "$T"/store/*
  local before after stamp
  before=$(date +%s)
  TZ=$1 send you@example.org
  after=$(date +%s)
  expect_sent
  form[Date]="${form[Date]%\\+*}\\$2"
  added '\r\nx\r\n' From To Date Message-ID
  form[Date]="${form[Date]%\\$2}\\+0000"
  stamp=$(LC_ALL=C date -d "$(stored | tr -d '\r' | sed -n 's/^Date: //p')" +%s)
  [ "$before" -le "$stamp" ]
  [ "$stamp" -le "$after" ]
  # the weekday, too
  same "$(stored | sed -n 's/^Date: \(...\),.*/\1/p')" \
    "$(LC_ALL=C TZ=$1 date -d "@$stamp" +%a)"
}

@test "the date is now, with the zone's offset" {
  smarthost
  rc
  write "$T/in" 'x\n'
  date_in UTC +0000
  date_in NST3:30 -0330
  date_in NPT-5:45 +0545
  date_in XST-14 +1400
  date_in AST12 -1200
  date_in '' +0000
  # summer time for all of the year
  date_in 'EST5EDT,0/0,J365/25' -0400
  LC_ALL=de_DE.UTF-8 date_in CET-1 +0100
}

@test "a hundred messages have a hundred identifiers" {
  smarthost
  rc
  write "$T/in" 'x\n'
  local n
  seq 100 | xargs -P 4 -I% sh -c \
    '"$0" -C "$1/rc" r%@example.org <"$1/in" || exit 255' "$POSTHASTE" "$T"
  n=$(cat "$T"/store/*.eml | grep -cE '^Message-ID: <[0-9a-z]{32}@example\.org>')
  same "$n" 100
  n=$(cat "$T"/store/*.eml | grep '^Message-ID:' | sort -u | wc -l)
  same "$n" 100
}

@test "an identifier does not tell host and user" {
  smarthost
  printf 'host localhost\nport %s\n' "$PORT" >"$T/rc"
  write "$T/in" 'x\n'
  send you@example.org
  expect_sent
  stored | grep -qE $'^Message-ID: <[0-9a-z]{32}@posthaste\\.invalid>\r$'
}

# Body

@test "lines with dots arrive as they are" {
  servers
  body '.x\n' '.x\r\n'
  body '.\n' '.\r\n'
  body '.\n.\n..\n.foo\n...\n. \n\n.\n' \
    '.\r\n.\r\n..\r\n.foo\r\n...\r\n. \r\n\r\n.\r\n'
  body 'x\n.' 'x\r\n.\r\n'
  arrives "${head}Subject: hi\n.\n.\n" "${wire_head}Subject: hi\r\n\r\n.\r\n.\r\n"
}

@test "a dot at the edge of whatever piece it is read or sent in arrives" {
  servers
  local shift
  for shift in '' a ab abc; do
    { text "$head\\n$shift\\n" &&
      yes . | head -n 70000; } >"$T/in"
    sed 's/$/\r/' "$T/in" >"$T/meant"
    travels
  done
}

@test "all line ends become CR LF, none of them two" {
  servers
  local wire="${wire_head}Subject: hi\r\n\r\none\r\n\r\ntwo\r\n"
  arrives "${head}Subject: hi\n\none\n\ntwo\n" "$wire"
  arrives "$wire" "$wire"
  arrives "${wire_head}Subject: hi\r\n\r\none\n\ntwo\n" "$wire"
  arrives "${head}Subject: hi\n\none\r\n\r\ntwo\r\n" "$wire"
  arrives "${head}Subject: hi\r\n\none\r\n\ntwo" "$wire"
  arrives "${head}Subject: hi\n\none\r\r\n\r\r\ntwo\r" "$wire"
}

@test "nothing in a body ends the message or begins a second one" {
  servers
  local end second='MAIL FROM:<evil@example.org>\r\n'
  for end in '\n.\n' '\n.\r\n' '\r.\r\n' '\r\n.\r' '\r\r\n.\r\r\n' '\r.\r' \
    '\r\n.\r\n' '\r\n\0.\r\n' '\r\n.\0\r\n' '\n\n.\r\r\n' '\n.\r'; do
    write "$T/in" "${head}\nbegin${end}${second}RCPT TO:<a@example.org>\r\n"
    # line ends are LF with the CRs before it; other CRs and NULs are blanks
    tr '\0' ' ' <"$T/in" | sed 's/\r*$//; s/\r/ /g; s/$/\r/' >"$T/meant"
    travels
  done
}

@test "NULs and bare CRs in a body go out as blanks" {
  servers
  body 'a\0b\rc\0\n\0\0\n' 'a b c \r\n  \r\n'
}

@test "long lines arrive whole where they may pass" {
  servers
  local length
  for length in 996 997 998 999 1000 5000 65535 65536 1000000; do
    { text "$head\\n" &&
      head -c "$length" /dev/zero | tr '\0' l && printf '\n.end\n'; } >"$T/in"
    sed 's/$/\r/' "$T/in" >"$T/meant"
    travels --long-lines=pass
  done
}

@test "text that is not ASCII is announced where the server has 8BITMIME" {
  servers
  arrives "${head}${mime}\nGrüße\n" "${wire_head}${wire_mime}\r\nGrüße\r\n"
  [[ $(mail_command) == *' BODY=8BITMIME'* ]]
  arrives "${head}Subject: Grüße\n\nx\n" "${wire_head}Subject: Grüße\r\n\r\nx\r\n"
  [[ $(mail_command) == *' BODY=8BITMIME'* ]]
  body 'x\n' 'x\r\n'
  [[ $(mail_command) != *BODY* ]]
  [[ $(mail_command) != *SMTPUTF8* ]]
}

@test "an address that is not ASCII needs SMTPUTF8, and is refused without it" {
  smarthost --caps "$caps"
  rc
  write "$T/in" "$head\nx\n"
  send 'josé@example.org'
  expect_sent
  same "$(recipients)" 'josé@example.org'
  [[ $(mail_command) == *' SMTPUTF8'* ]]
  kill "$SERVER_PID"
  rm "$T/dialogue"
  smarthost --caps "${caps%,SMTPUTF8}"
  rc
  send 'josé@example.org'
  expect 65 DATAERR
  expect_nothing_sent
}

@test "servers without PIPELINING, SIZE or EHLO get it, too" {
  smarthost --caps ''
  rc
  write "$T/in" "$head\n.x\n"
  write "$T/meant" "$wire_head\r\n.x\r\n"
  send you@example.org
  expect_sent
  same_bytes "$T/store/1.eml" "$T/meant"
  same "$(mail_command)" 'MAIL FROM:<me@example.org>'
  kill "$SERVER_PID"
  smarthost --helo-only
  rc
  send you@example.org
  expect_sent
  same_bytes "$T/store/2.eml" "$T/meant"
}

# Input

@test "a message is read from where standard input stands" {
  smarthost
  rc
  write "$T/in" "skip this\n$head\nx\n"
  write "$T/meant" "$wire_head\r\nx\r\n"
  from_offset() {
    {
      IFS= read -r line
      "$POSTHASTE" -C "$T/rc" you@example.org
      cat
    } <"$T/in"
  }
  run from_offset
  expect_sent # nothing left for cat
  same_bytes "$T/store/1.eml" "$T/meant"
}

@test "a message that trickles in through a pipe arrives whole" {
  smarthost
  rc
  slowly() {
    {
      text "$head"
      sleep 0.05
      printf 'Sub'
      sleep 0.05
      printf 'ject: hi\r'
      sleep 0.05
      printf '\n\r'
      sleep 0.05
      printf '\nx\r'
      sleep 0.05
      printf '\n.'
    } | "$POSTHASTE" -C "$T/rc" you@example.org
  }
  run slowly
  expect_sent
  write "$T/meant" "${wire_head}Subject: hi\r\n\r\nx\r\n.\r\n"
  same_bytes "$T/store/1.eml" "$T/meant"
}

# big BYTES: a message of about this size in $T/in, its wire form's size and
# hash in $wire_size and $wire_hash.
big() {
  { text "$head\\n" &&
    yes 'The quick brown fox jumps over the lazy dog, and back again.' |
    head -c "$1"; echo; } >"$T/in"
  wire_size=$(sed 's/$/\r/' "$T/in" | wc -c)
  wire_hash=$(sed 's/$/\r/' "$T/in" | sha256sum | cut -d' ' -f1)
}

@test "a message larger than what is kept in memory arrives, from a pipe or a file" {
  servers
  OTHER_WAYS=('BDAT run piped' 'DATA send')
  local size
  for size in 261900 262144 3000000; do
    big "$size"
    sed 's/$/\r/' "$T/in" >"$T/meant"
    travels
  done
  same "$(find "$TMPDIR" -maxdepth 1 -name 'posthaste.*')" ''
}

@test "50 MB arrive intact, from a pipe or a file, by BDAT or DATA" {
  servers --discard
  big 50000000
  local way port n=0
  for way in 'BDAT send' 'BDAT run piped' 'DATA send' 'DATA run piped'; do
    port=${way%% *}_PORT
    ${way#* } --port "${!port}" you@example.org
    expect_sent
    n=$((n + 1))
    grep -qx "sha256 $wire_hash" "$T/store/$n.env"
    grep -qx "size $wire_size" "$T/store/$n.env"
  done
}

# What the program took of memory at most, in KiB.
peak() {
  command time -f '%M' -o "$T/peak" "$POSTHASTE" -C "$T/rc" you@example.org
}

@test "memory does not grow with the message" {
  type -P time >/dev/null || skip 'time(1) is not installed'
  smarthost --caps "$caps,CHUNKING" --discard
  rc
  big 1000000
  run peak <"$T/in"
  expect 0 OK
  local small
  small=$(cat "$T/peak")
  big 40000000
  run peak <"$T/in"
  expect 0 OK
  [ "$(cat "$T/peak")" -lt $((small + 8192)) ]
  from_pipe() { cat "$T/in" | peak; }
  run from_pipe
  expect 0 OK
  [ "$(cat "$T/peak")" -lt $((small + 8192)) ]
}

@test "a message too large for the server is not begun" {
  smarthost --caps 'PIPELINING,SIZE 1000,CHUNKING'
  rc
  { text "$head\\n" && yes | head -n 1000; } >"$T/in"
  send you@example.org
  expect 65 DATAERR
  if grep -q '^C: \(BDAT\|DATA\)' "$T/dialogue"; then
    cat "$T/dialogue"
    return 1
  fi
}

# What happens to the file while the password is being asked for happens
# between reading and sending.
@test "a message file that shrinks before it is sent is not sent" {
  local caps way
  for caps in "$caps,CHUNKING" "$caps"; do
    smarthost_tls starttls --caps "$caps"
    rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
      "passwordeval head -c 100 '$T/in' >'$T/short'; cat '$T/short' >'$T/in'; echo sec ret"
    { text "$head\\n" && yes | head -n 100000; } >"$T/in"
    send you@example.org
    expect 74 IOERR
    [ ! -e "$T/store/1.eml" ]
    kill "$SERVER_PID"
  done
}

@test "what is added to a message file while it is sent stays out" {
  smarthost_tls starttls
  rc "tls_trust_file $CERT_DIR/ca.pem" 'user me@example.org' \
    "passwordeval echo more >>'$T/in'; echo sec ret"
  write "$T/in" "$head\nx\n"
  write "$T/meant" "$wire_head\r\nx\r\n"
  send you@example.org
  expect_sent
  same_bytes "$T/store/1.eml" "$T/meant"
}

@test "a message file in /proc, which says that it is empty, is read" {
  [ -r /proc/version ] || skip 'there is no /proc'
  smarthost
  rc
  run "$POSTHASTE" -C "$T/rc" you@example.org </proc/version
  expect_sent
  added "\r\n$(cat /proc/version)\r\n" From To Date Message-ID
}

# Standard input is a connection that another server resets.
@test "an error while reading the header ends it, and nothing is sent" {
  smarthost
  rc
  BDAT_PID=$SERVER_PID
  smarthost --on 'greeting reply Subject: hi' --on 'ehlo reset'
  from_connection() {
    exec 5<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'EHLO localhost\r\n' >&5
    "$POSTHASTE" -C "$T/rc" you@example.org <&5
  }
  run from_connection
  expect 66 NOINPUT
  expect_output 'read the message'
  expect_nothing_sent
}
