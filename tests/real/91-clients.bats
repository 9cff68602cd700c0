#!/usr/bin/env bats
# The programs that call sendmail, against a real Postfix.  git is the real
# one.  Of the others it is the very call: the name, the arguments, the
# environment and what they write, as their sources have it.

setup_file() {
  load ../lib/real
  real_setup_file
  # A recipient may begin with a dash.
  real_start clients allow_min_user=yes
}

teardown_file() {
  load ../lib/real
  real_teardown_file
}

# The rc file in HOME stands for the system's.
setup() {
  load ../lib/e2e
  load ../lib/real
  real_setup
  use clients
  rc_submission
  cp "$T/rc" "$HOME/.posthasterc"
  mkdir "$T/sbin"
  ln -s "$POSTHASTE" "$T/sbin/sendmail"
}

# daemon [NAME=VALUE ...] sendmail|/sendmail ARG...: a call of sendmail by
# that name, or by its full path, from / without a terminal, with this
# environment and no other.
daemon() {
  local vars=() name=$T/sbin/sendmail
  while [[ $1 == *=* ]]; do
    vars+=("$1")
    shift
  done
  [ "$1" = /sendmail ] || name=$1
  shift
  # shellcheck disable=SC2016 # for the inner shell
  (cd / && exec setsid -w env -i HOME="$HOME" "${vars[@]}" \
    bash --norc -c 'exec -a "$0" "$@"' "$name" "$T/sbin/sendmail" "$@")
}

# shell COMMAND: as popen(3) has it, sendmail being found.
shell() {
  (cd / && PATH=$T/sbin:$PATH exec sh -c "$1")
}

# The message in $T/in arrived at those recipients, with these fields in
# front of it.  expect_sent SENDER RECIPIENT... [-- FIELD...]
expect_sent() {
  local to=("$1") mail
  shift
  MAILS=()
  expect_success
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    to+=("$1")
    shift
  done
  [ $# -eq 0 ] || shift
  expect_envelope "${to[@]}"
  [ -e "$T/want" ] || cp "$T/in" "$T/want"
  for mail in "${MAILS[@]}"; do
    { [ $# -eq 0 ] || printf '%s\n' "$@"; cat "$T/want"; } |
      expect_stored "$mail"
  done
}

# repaired TEXT: From, and nothing else, arrives as the account's address.
repaired() {
  sed "s/^From: .*/From: $1 <tester@example.org>/" "$T/in" >"$T/want"
}

DATED=('Date: @DATE@' 'Message-ID: <@ID@@example.org>')

##
## git
##

git_setup() {
  export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$T/gitconfig
  cat >"$T/gitconfig" <<'CF'
[user]
  name = Jörg Tester
  email = joerg@example.com
[sendemail]
  confirm = never
  suppressCc = all
  to = list@example.net
  cc = Ann <ann@example.net>
  assume8bitEncoding = UTF-8
[core]
  autocrlf = false
[init]
  defaultBranch = main
CF
  printf 'Subject: x\n\nx\n' >"$T/probe"
  git send-email --dry-run "$T/probe" >"$T/dry" 2>&1 </dev/null || {
    cat "$T/dry"
    echo 'git send-email does not run (Debian: git-email, libmailtools-perl)'
    return 1
  }
}

# A repository, a series of three on top of its tag "base", and a cover
# letter, in $T/series.  In it is what mail likes to damage.
make_series() {
  git init -q "$T/repo"
  cd "$T/repo" || return
  printf 'one\ntwo\nthree\n' >text
  printf 'dos\r\nline\r\n' >crlf
  git add . && git commit -q -m base && git tag base
  printf '%s\n' one '.' '..' 'From me to you' '>From you' 'größer  ' '' \
    'two	' three '' >text
  git commit -q -a -m 'text: grow

Ünicode in the message, too.
.
From here on all is new.'
  printf 'dos\r\nother line\r\n%01500d\n' 7 >crlf
  git commit -q -a -m 'crlf: other, and a line too long'
  { cat text && printf 'no line end'; } >new
  git add new && git commit -q -m 'new: begin'
  git format-patch -q --cover-letter -o "$T/series" base
  sed -i 's/[*]\{3\} SUBJECT HERE [*]\{3\}/A series/
    s/[*]\{3\} BLURB HERE [*]\{3\}/What it is for./' "$T/series/0000-"*
  ls "$T"/series/*.patch >"$T/patches"
}

field_of() {
  sed -n "/^\$/q; s/^$1: //Ip" "$2"
}

body_of() {
  sed '1,/^$/d' "$1"
}

# What arrived is the series, for each recipient.
expect_series() {
  local patches mail rcpts i r=$#
  mapfile -t patches <"$T/patches"
  expect 0 OK
  [ "${#lines[@]}" -eq 4 ] # git's own
  [[ ${lines[3]} == 'Sent [PATCH 3/3] '* ]]
  arrived $((4 * r))
  for ((i = 0; i < 4; i++)); do
    for mail in "${MAILS[@]:i*r:r}"; do
      [[ $(field_of Subject "$mail") == "[PATCH $i/3] "* ]]
      # Where nothing asks for an encoding, the patch is what it was.
      [ "$i" -eq 2 ] || body_of "$mail" | cmp - <(body_of "${patches[i]}")
    done
    rcpts=$(for mail in "${MAILS[@]:i*r:r}"; do rcpt_of "$mail"; done)
    [ "$rcpts" = "$(printf '%s\n' "$@")" ]
  done
  expect_threads "$r"
  expect_tree "$r"
}

# All answer the cover letter.
expect_threads() {
  local i id
  id=$(field_of Message-Id "${MAILS[0]}")
  [ -n "$id" ]
  [ -z "$(field_of In-Reply-To "${MAILS[0]}")" ]
  for ((i = $1; i < 4 * $1; i++)); do
    [ "$(field_of In-Reply-To "${MAILS[i]}")" = "$id" ]
    [ "$(field_of References "${MAILS[i]}")" = "$id" ]
  done
}

# Applied to a clone, it gives the same files and words.
expect_tree() {
  local i mails=()
  for i in 1 2 3; do
    mails+=("${MAILS[i * $1]}")
  done
  git clone -q "$T/repo" "$T/clone"
  cd "$T/clone" || return
  git reset -q --hard base
  git am -q "${mails[@]}" 2>"$T/am" || { cat "$T/am" && return 1; }
  [ "$(git rev-parse 'HEAD^{tree}')" = \
    "$(git rev-parse 'origin/main^{tree}')" ]
  diff <(git log --format='%an <%ae>%n%B' origin/main) \
    <(git log --format='%an <%ae>%n%B')
}

@test "git send-email, sendmailCmd: a series arrives as it was made" {
  git_setup
  make_series
  git config sendemail.sendmailCmd "'$POSTHASTE' -C '$T/rc'"
  run git send-email --quiet "$T"/series/*.patch </dev/null
  expect_series ann@example.net list@example.net
  [ "$(sender_of "${MAILS[0]}")" = joerg@example.com ]
}

@test "git send-email, smtpServer: a series, Bcc and an envelope sender" {
  local mail
  git_setup
  make_series
  git config sendemail.smtpServer "$T/sbin/sendmail"
  git config sendemail.smtpServerOption -oem
  run git send-email --quiet --envelope-sender=bounce@example.org \
    --bcc=hidden@example.net "$T"/series/*.patch </dev/null
  expect_series ann@example.net hidden@example.net list@example.net
  [ "$(sender_of "${MAILS[0]}")" = bounce@example.org ]
  for mail in "${MAILS[@]}"; do
    "$REALSERVER" strip "$mail" >"$T/stripped"
    run grep -i 'bcc\|hidden' "$T/stripped"
    [ "$status" -eq 1 ]
  done
}

@test "git send-email with queue always: the series arrives in order" {
  local n=0
  git_setup
  make_series
  printf 'queue always\nqueue_dir %s\n' "$T/queue" >>"$T/rc"
  git config sendemail.sendmailCmd "'$POSTHASTE' -C '$T/rc'"
  run git send-email --quiet "$T"/series/*.patch </dev/null
  expect_series ann@example.net list@example.net
  while [ -n "$(ls "$T/queue/new")" ]; do
    [ $((n += 1)) -lt 500 ] || return 1
    sleep 0.02
  done
}

@test "git send-email ends the series with the first that is refused" {
  git_setup
  make_series
  sed -i 's/^password .*/password wrong/' "$T/rc"
  git config sendemail.sendmailCmd "'$POSTHASTE' -C '$T/rc'"
  run git send-email --quiet "$T"/series/*.patch </dev/null
  [ "$status" -ne 0 ]
  expect_output 535
  expect_log ': disconnect from'
  expect_log ': connect from'
  expect_nothing_arrived
}

##
## cron, at and the like
##

# cron_text: what Debian's cron writes, for root's or another's mail.
cron_text() {
  printf '%s\n' 'From: root (Cron Daemon)' "To: $1" \
    'Subject: Cron <root@host> cd / && run-parts --report /etc/cron.hourly' \
    'MIME-Version: 1.0' 'Content-Type: text/plain; charset=UTF-8' \
    'Content-Transfer-Encoding: 8bit' 'X-Cron-Env: <SHELL=/bin/sh>' \
    'X-Cron-Env: <HOME=/root>' 'X-Cron-Env: <PATH=/usr/bin:/bin>' \
    'X-Cron-Env: <LOGNAME=root>' '' '/etc/cron.hourly/job:' 'Größe: 7' '.' \
    'done'
}

@test "cron of Debian" {
  cron_text root >"$T/in"
  run daemon SHELL=/bin/sh PATH=/usr/bin:/bin LOGNAME=root \
    /sendmail -FCronDaemon -i -B8BITMIME -oem root < <(cat "$T/in")
  repaired 'Cron Daemon'
  expect_sent tester@example.org root -- "${DATED[@]}"
}

@test "cron of Debian: MAILTO with two addresses, and MAILFROM" {
  cron_text a@example.net,b@example.net |
    sed 's/^From: .*/From: me@example.com/' >"$T/in"
  run daemon SHELL=/bin/sh PATH=/usr/bin:/bin LOGNAME=root \
    /sendmail -FCronDaemon -i -B8BITMIME -oem a@example.net,b@example.net \
    < <(cat "$T/in")
  expect_sent me@example.com a@example.net b@example.net -- \
    'Date: @DATE@' 'Message-ID: <@ID@@example.com>'
}

@test "cron of Vixie: no -i, a line with a dot only" {
  cron_text root >"$T/in"
  run daemon SHELL=/bin/sh PATH=/usr/bin:/bin LOGNAME=root \
    /sendmail -FCronDaemon -odi -oem -or0s root < <(cat "$T/in")
  repaired 'Cron Daemon'
  expect_sent tester@example.org root -- "${DATED[@]}"
}

@test "cronie" {
  printf '%s\n' 'From: "(Cron Daemon)" <root>' 'To: root' \
    'Subject: Cron <root@host> /usr/local/bin/job' 'MIME-Version: 1.0' \
    'Content-Type: text/plain; charset=UTF-8' \
    'Content-Transfer-Encoding: 8bit' 'Auto-Submitted: auto-generated' \
    'Precedence: bulk' 'X-Cron-Env: <LANG=C.UTF-8>' \
    'X-Cron-Env: <XDG_SESSION_ID=1>' '' 'output' >"$T/in"
  run daemon SHELL=/bin/sh PATH=/usr/bin:/bin LOGNAME=root USER=root \
    /sendmail -FCronDaemon -i -odi -oem -oi -t -f root < <(cat "$T/in")
  repaired '"(Cron Daemon)"'
  expect_sent tester@example.org root -- "${DATED[@]}"
}

@test "anacron" {
  printf '%s\n' 'From: Anacron <root>' 'To: root' \
    'Content-Type: text/plain; charset="ANSI_X3.4-1968"' \
    "Subject: Anacron job 'cron.daily' on host" '' 'output' >"$T/in"
  run daemon PATH=/usr/bin:/bin /sendmail -FAnacron -odi root <"$T/in"
  repaired 'Anacron'
  expect_sent tester@example.org root -- "${DATED[@]}"
}

@test "crond of busybox" {
  printf 'To: root\nSubject: cron: job\n\noutput\n' >"$T/in"
  run daemon USER=root SHELL=/bin/sh sendmail -ti <"$T/in"
  expect_sent tester@example.org root -- 'From: tester@example.org' \
    "${DATED[@]}"
}

@test "systemd-cron" {
  printf '%s\n' 'Content-Type: text/plain; charset="utf-8"' \
    'MIME-Version: 1.0' 'Content-Transfer-Encoding: binary' \
    'Date: Mon, 06 May 2024 07:08:09 +0200' 'From: root (systemd-cron)' \
    'To: root' 'Subject: [host] job cron-x failed' \
    'X-Mailer: systemd-cron 2.3' 'Auto-Submitted: auto-generated' '' \
    '● cron-x.service - [Cron] "…"' >"$T/in"
  run daemon PATH=/usr/bin:/bin LANG=C.UTF-8 INVOCATION_ID=0123 \
    /sendmail -i -B 8BITMIME root < <(cat "$T/in")
  repaired 'systemd-cron'
  # no body is binary without BINARYMIME (RFC 3030 3)
  sed -i 's/^\(Content-Transfer-Encoding:\) binary/\1 8bit/' "$T/want"
  expect_sent tester@example.org root -- 'Message-ID: <@ID@@example.org>'
}

@test "at" {
  printf 'Subject: Output from your job       12\nTo: root\n\noutput\n.\n' \
    >"$T/in"
  run daemon PATH=/usr/bin:/bin sendmail -i root <"$T/in"
  expect_sent tester@example.org root -- 'From: tester@example.org' \
    "${DATED[@]}"
}

@test "sudo" {
  printf '%s\n' 'To: root' 'From: joe' 'Auto-Submitted: auto-generated' \
    'Subject: *** SECURITY information for host ***' \
    'Content-Type: text/plain; charset="UTF-8"' \
    'Content-Transfer-Encoding: 8bit' '' \
    'host : May  6 07:08:09 : joe : user NOT in sudoers ; COMMAND=/bin/ls' \
    '.' '' >"$T/in"
  run daemon PATH=/usr/bin:/bin:/usr/sbin:/sbin LOGNAME=root USERNAME=root \
    USER=root sendmail -t < <(cat "$T/in")
  repaired "joe on $(uname -n | cut -d. -f1)"
  expect_sent tester@example.org root -- "${DATED[@]}"
}

##
## what watches the machine
##

@test "mdadm --monitor" {
  printf '%s\n' 'From: mdadm monitoring <root>' 'To: root' \
    'Subject: DegradedArray event on /dev/md0:host' '' \
    'This is an automatically generated mail message from mdadm' \
    'running on host' '' \
    'A DegradedArray event had been detected on md device /dev/md0.' '' \
    'Faithfully yours, etc.' '' \
    'P.S. The /proc/mdstat file currently contains the following:' '' \
    'md0 : active raid1 sdb1[1]' '.' 'unused devices: <none>' >"$T/in"
  run shell 'sendmail -t' < <(cat "$T/in")
  repaired 'mdadm monitoring'
  expect_sent tester@example.org root -- "${DATED[@]}"
}

@test "logwatch" {
  printf '%s\n' 'To: root' 'From: Logwatch' \
    'Subject: Logwatch for host (Linux)' 'Auto-Submitted: auto-generated' \
    'Precedence: bulk' 'MIME-Version: 1.0' \
    'Content-Transfer-Encoding: 8bit' \
    'Content-Type: text/plain; charset="UTF-8"' '' ' ' \
    ' ################### Logwatch 7.5 ####################' '.' ' ' >"$T/in"
  run shell 'sendmail -t' < <(cat "$T/in")
  repaired "Logwatch on $(uname -n | cut -d. -f1)"
  expect_sent tester@example.org root -- "${DATED[@]}"
}

@test "fail2ban" {
  # No line end at the end.
  printf '%b' 'Subject: [Fail2Ban] sshd: banned 192.0.2.7 from host
Date: Mon, 06 May 2024 07:08:09 +0000
From: Fail2Ban <fail2ban@example.com>
To: ops@example.net\n
Hi,\n
The IP 192.0.2.7 has just been banned by Fail2Ban after
3 attempts against sshd.\n\n
Regards,\n
Fail2Ban' >"$T/in"
  run shell 'sendmail -f "fail2ban@example.com" "ops@example.net"' \
    < <(cat "$T/in")
  { cat "$T/in" && echo; } >"$T/want"
  expect_sent fail2ban@example.com ops@example.net -- \
    'Message-ID: <@ID@@example.com>'
}

@test "unattended-upgrades" {
  printf '%s\n' 'MIME-Version: 1.0' \
    'Content-Type: text/plain; charset="utf-8"' \
    'Content-Transfer-Encoding: quoted-printable' \
    'Subject: unattended-upgrades result for host: SUCCESS' 'From: root' \
    'To: ops@example.net' 'Auto-Submitted: auto-generated' '' \
    'Packages that were upgraded:' ' gr=C3=B6=C3=9Fer=20' >"$T/in"
  run daemon PATH=/usr/sbin:/usr/bin:/sbin:/bin /sendmail -oi -t \
    < <(cat "$T/in")
  repaired "root on $(uname -n | cut -d. -f1)"
  expect_sent tester@example.org ops@example.net -- "${DATED[@]}"
}

##
## what runs web sites
##

# php_text: PHP's mail(): the header in CRLF, the text as it was given.
php_text() {
  printf '%s\r\n' 'To: Ann <ann@example.net>' 'Subject: Hi' \
    'From: site@example.com' 'Bcc: hidden@example.net' \
    'X-PHP-Originating-Script: 33:index.php'
  printf '\r\nfirst\nsecond\r\n.\nlast\r\n'
}

php_want() {
  php_text | tr -d '\r' | grep -v '^Bcc:'
}

@test "PHP: mail(), with a fifth argument" {
  php_text >"$T/in"
  php_want >"$T/want"
  run shell "sendmail -t -i -f'bounce@example.com'" < <(cat "$T/in")
  expect_sent bounce@example.com ann@example.net hidden@example.net -- \
    'Date: @DATE@' 'Message-ID: <@ID@@example.com>'
}

@test "PHP: an argument of a stranger writes no file and runs nothing" {
  local evil
  php_text >"$T/in"
  php_want >"$T/want"
  for evil in "-X'$T/evil.php'" "-OQueueDirectory='$T/evil' -X '$T/evil.php'" \
    "-C'$T/evil'" "-C '$T/evil' -be" "-oQ'$T/evil' -ODebug=1" \
    "-Ac -L '$T/evil'"; do
    rm -f "$MAILDIR"/*
    run shell "sendmail -t -i -fbounce@example.com $evil" < <(cat "$T/in")
    case $evil in
      *' -be')
        expect 64 USAGE
        expect_nothing_arrived
        ;;
      *)
        expect_sent bounce@example.com ann@example.net hidden@example.net \
          -- 'Date: @DATE@' 'Message-ID: <@ID@@example.com>'
        ;;
    esac
    [ ! -e "$T/evil" ]
    [ ! -e "$T/evil.php" ]
  done
  for evil in --passwordeval="touch $T/evil" --file="$T/rc" --host=evil; do
    run shell "sendmail -t -i '$evil'" < <(cat "$T/in")
    expect 64 USAGE
    [ ! -e "$T/evil" ]
  done
}

@test "PHPMailer" {
  {
    printf '%s\n' 'Date: Mon, 6 May 2024 07:08:09 +0000' \
      'To: Ann <ann@example.net>' 'From: Site <site@example.com>' \
      'Bcc: hidden@example.net' 'Subject: =?UTF-8?Q?gr=C3=BCn?=' \
      'Message-ID: <abc@example.com>' 'X-Mailer: PHPMailer 6.9.1' \
      'MIME-Version: 1.0' 'Content-Type: text/plain; charset=UTF-8' \
      'Content-Transfer-Encoding: 8bit' ''
    printf 'grün\n.\n'
  } >"$T/in"
  grep -v '^Bcc:' "$T/in" >"$T/want"
  run shell 'sendmail -oi -fsite@example.com -t' < <(cat "$T/in")
  expect_sent site@example.com ann@example.net hidden@example.net
}

@test "Symfony Mailer: -t is taken away, and recipients given" {
  printf '%s\n' 'From: Site <site@example.com>' 'To: ann@example.net' \
    'Subject: Hi' 'Message-ID: <abc@example.com>' 'MIME-Version: 1.0' \
    'Date: Mon, 06 May 2024 07:08:09 +0000' \
    'Content-Type: text/plain; charset=utf-8' \
    'Content-Transfer-Encoding: quoted-printable' '' 'gr=C3=BCn' '.' >"$T/in"
  run shell "sendmail -i -f'site@example.com' 'ann@example.net' \
    'hidden@example.net'" < <(cat "$T/in")
  expect_sent site@example.com ann@example.net hidden@example.net
}

@test "Email::Sender" {
  printf '%s\n' 'From: site@example.com' 'To: ann@example.net' \
    'Date: Mon, 06 May 2024 07:08:09 +0000' 'Message-ID: <abc@example.com>' \
    'Subject: Hi' '' 'text' '.' >"$T/in"
  run shell 'sendmail -i -f bounce@example.com -- ann@example.net \
    -dash@example.net' < <(cat "$T/in")
  expect_sent bounce@example.com ann@example.net -dash@example.net
}

@test "nodemailer leaves the Bcc field to us" {
  printf '%s\n' 'From: site@example.com' 'To: ann@example.net' \
    'Bcc: hidden@example.net' 'Subject: Hi' 'Message-ID: <abc@example.com>' \
    'Date: Mon, 06 May 2024 07:08:09 +0000' 'MIME-Version: 1.0' '' 'text' \
    >"$T/in"
  grep -v '^Bcc:' "$T/in" >"$T/want"
  run "$T/sbin/sendmail" -i -f site@example.com ann@example.net \
    hidden@example.net < <(cat "$T/in")
  expect_sent site@example.com ann@example.net hidden@example.net
}

##
## what people write with
##

mua_text() {
  printf '%s\n' 'Date: Mon, 6 May 2024 07:08:09 +0000' \
    'From: Me <me@example.com>' 'To: Ann <ann@example.net>' \
    'Subject: =?utf-8?B?Z3LDvG4=?=' 'Message-ID: <abc@example.com>' \
    'MIME-Version: 1.0' 'Content-Type: text/plain; charset=utf-8' \
    'Content-Disposition: inline' 'Content-Transfer-Encoding: 8bit' '' \
    'grün' '.' '-- ' 'me'
}

@test "mutt" {
  mua_text >"$T/in"
  run daemon PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=xterm \
    /sendmail -oem -oi -B8BITMIME -f me@example.com -- ann@example.net \
    hidden@example.net <"$T/in"
  expect_sent me@example.com ann@example.net hidden@example.net
}

@test "s-nail" {
  mua_text >"$T/in"
  run "$T/sbin/sendmail" -i -m -F 'Me' -f me@example.com -- \
    ann@example.net <"$T/in"
  expect_sent me@example.com ann@example.net
}

@test "bsd-mailx" {
  printf '%s\n' 'To: ann@example.net' 'Subject: Hi' 'Bcc: hidden@example.net' \
    '' 'text' >"$T/in"
  grep -v '^Bcc:' "$T/in" >"$T/want"
  run "$T/sbin/sendmail" -i -t -f me@example.com -m <"$T/in"
  expect_sent me@example.com ann@example.net hidden@example.net -- \
    'From: me@example.com' 'Date: @DATE@' 'Message-ID: <@ID@@example.com>'
}

@test "GNU mailutils" {
  mua_text >"$T/in"
  run "$T/sbin/sendmail" -oi -f me@example.com -t < <(cat "$T/in")
  expect_sent me@example.com ann@example.net
}

@test "Emacs, sendmail-send-it: any output would be a failure" {
  { printf 'Bcc: hidden@example.net\n' && mua_text; } >"$T/in"
  mua_text >"$T/want"
  run daemon PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=dumb \
    /sendmail -oi -f me@example.com -oep -odi -t < <(cat "$T/in")
  expect_sent me@example.com ann@example.net hidden@example.net
}

@test "Emacs in the background, with an alias file" {
  mua_text >"$T/in"
  run daemon PATH=/usr/bin:/bin TERM=dumb /sendmail -oi -f me@example.com \
    "-oA$T/aliases" -oem -odb -t < <(cat "$T/in")
  expect_sent me@example.com ann@example.net
  [ ! -e "$T/aliases" ]
}

@test "Mercurial's patchbomb" {
  mua_text >"$T/in"
  run shell "sendmail -f me@example.com ann@example.net 'b@example.net'" \
    < <(cat "$T/in")
  expect_sent me@example.com ann@example.net b@example.net
}

@test "b4" {
  mua_text >"$T/in"
  run "$POSTHASTE" -C "$T/rc" -i -f me@example.com ann@example.net \
    list@example.net < <(cat "$T/in")
  expect_sent me@example.com ann@example.net list@example.net
}

@test "git-multimail" {
  mua_text >"$T/in"
  run "$T/sbin/sendmail" -oi -t -f me@example.com < <(cat "$T/in")
  expect_sent me@example.com ann@example.net
}

##
## a shell
##

@test "echo hi | sendmail you" {
  echo hi >"$T/in"
  run shell 'sendmail you@example.net' < <(cat "$T/in")
  expect_sent tester@example.org you@example.net -- \
    'From: tester@example.org' 'To: you@example.net' "${DATED[@]}" ''
}

@test "the sender's flag in each of its spellings" {
  local flag
  mua_text >"$T/in"
  for flag in '-fme@example.com' '-f me@example.com' '-r me@example.com' \
    '-rme@example.com' "-f 'Me <me@example.com>'" '-itfme@example.com'; do
    rm -f "$MAILDIR"/*
    run shell "sendmail -t $flag" < <(cat "$T/in")
    expect_sent me@example.com ann@example.net
  done
}

@test "standard output and error closed: the mail is whole" {
  mua_text >"$T/in"
  "$T/sbin/sendmail" -t <"$T/in" >&- 2>&-
  "$T/sbin/sendmail" -t < <(cat "$T/in") >&- 2>&-
  expect_envelope me@example.com ann@example.net ann@example.net
  expect_stored "${MAILS[0]}" <"$T/in"
  expect_stored "${MAILS[1]}" <"$T/in"
}

@test "standard input closed: 66, and nothing is sent" {
  run shell 'sendmail you@example.net <&-'
  expect 66 NOINPUT
  expect_nothing_arrived
}

@test "cron hears why its mail is not sent, in one line" {
  sed -i 's/^password .*/password wrong/' "$HOME/.posthasterc"
  cron_text root >"$T/in"
  run daemon SHELL=/bin/sh PATH=/usr/bin:/bin LOGNAME=root \
    /sendmail -FCronDaemon -i -B8BITMIME -oem root < <(cat "$T/in")
  expect 77 NOPERM
  [ "${#lines[@]}" -eq 1 ]
  expect_output 535
  expect_nothing_arrived
}
