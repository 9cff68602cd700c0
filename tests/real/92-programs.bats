#!/usr/bin/env bats
# The programs themselves, with posthaste as their sendmail and a real
# Postfix behind it: what they hand over arrives as it was meant.

setup_file() {
  load ../lib/real
  real_setup_file
  real_start programs
  # it would want a mail system installed: unpacked, it does as well
  unpack_mailx
}

# bsd-mailx and its library, into $BATS_FILE_TMPDIR/mailx.
unpack_mailx() {
  local dir=$BATS_FILE_TMPDIR/mailx deb
  mkdir "$dir"
  (cd "$dir" && apt-get -q -o APT::Sandbox::User=root download bsd-mailx \
    liblockfile1 >apt.out 2>&1) || return 0
  for deb in "$dir"/*.deb; do
    dpkg-deb -x "$deb" "$dir"
  done
}

teardown_file() {
  load ../lib/real
  real_teardown_file
}

# The rc file in HOME stands for the system's.  No program sees a terminal.
setup() {
  load ../lib/e2e
  load ../lib/real
  real_setup
  use programs
  rc_submission
  cp "$T/rc" "$HOME/.posthasterc"
  mkdir "$T/sbin"
  ln -s "$POSTHASTE" "$T/sbin/sendmail"
  MTA=$T/sbin/sendmail
  export LC_ALL=C.UTF-8 EMAIL=me@example.com
  cd "$T" || return
  printf 'Grüße\n.\nFrom here on\n..dots\n%0200d\nend\n' 7 >"$T/text"
}

# A client that has to be there.
need() {
  command -v "$1" >/dev/null || {
    echo "$1 is not there: tests/run installs it where apt has it"
    return 1
  }
}

# expect_arrived SENDER RECIPIENT... -- SUBJECT [FROM]: the text of $T/text
# is in it, whatever the program and we made of its encoding, and no Bcc.
expect_arrived() {
  local to=("$1")
  shift
  while [ "$1" != -- ]; do
    to+=("$1")
    shift
  done
  shift
  expect 0 OK
  expect_envelope "${to[@]}"
  local mail
  for mail in "${MAILS[@]}"; do
    "$REALSERVER" strip "$mail" >"$T/one"
    python3 - "$T/one" "$T/text" "$@" <<'PY'
import email, email.policy, sys
path, text, subject, *sender = sys.argv[1:]
mail = email.message_from_bytes(open(path, "rb").read(),
                                policy=email.policy.default)
body = mail.get_content().replace("\r\n", "\n")
assert mail["Bcc"] is None and len(mail.get_all("From")) == 1, mail.items()
assert mail["Date"] and mail["Message-ID"], mail.items()
assert str(mail["Subject"]) == subject, mail["Subject"]
assert not sender or str(mail["From"]) == sender[0], mail["From"]
want = open(text, encoding="utf-8").read()
assert body.rstrip("\n") == want.rstrip("\n"), body
PY
  done
}

@test "mutt -s, with a blind copy" {
  need mutt
  printf 'set sendmail="%s -oem -oi"\nset from=me@example.com\n' "$MTA" >rc.mutt
  printf 'set use_from=yes\nset use_envelope_from=yes\nset copy=no\n' >>rc.mutt
  run setsid -w mutt -n -F rc.mutt -s 'Für alle' -b hidden@example.net \
    -- ann@example.net <"$T/text"
  expect_arrived me@example.com ann@example.net hidden@example.net -- \
    'Für alle'
}

@test "mutt shows why it could not be sent, and exits so" {
  need mutt
  sed -i 's/^password .*/password wrong/' "$HOME/.posthasterc"
  printf 'set sendmail="%s -oem -oi"\nset from=me@example.com\n' "$MTA" >rc.mutt
  printf 'set copy=no\n' >>rc.mutt
  run setsid -w mutt -n -F rc.mutt -s x -- ann@example.net <"$T/text"
  [ "$status" -ne 0 ]
  expect_output 'AUTH'
  expect_output '535'
  expect_nothing_arrived
}

@test "s-nail" {
  need s-nail
  # it believes the user database rather than HOME
  mkdir -p "$T/xdg/posthaste"
  cp "$HOME/.posthasterc" "$T/xdg/posthaste/posthasterc"
  export XDG_CONFIG_HOME=$T/xdg
  run s-nail -n -S DEAD="$T/dead" -S mta="$MTA" -S from=me@example.com -S v15-compat \
    -S ttycharset=utf-8 -s 'Für alle' -c bob@example.net \
    -b hidden@example.net ann@example.net <"$T/text"
  expect_arrived me@example.com ann@example.net bob@example.net \
    hidden@example.net -- 'Für alle' me@example.com
}

@test "bsd-mailx" {
  local dir=$BATS_FILE_TMPDIR/mailx
  [ -x "$dir/usr/bin/bsd-mailx" ] || {
    cat "$dir/apt.out"
    skip 'apt has no bsd-mailx'
  }
  printf 'set sendmail=%s\nset sendwait\n' "$MTA" >rc.mailx
  LD_LIBRARY_PATH=$(dirname "$(find "$dir" -name 'liblockfile.so.1' | head -1)")
  export LD_LIBRARY_PATH MAILRC=$T/rc.mailx
  run "$dir/usr/bin/bsd-mailx" -n -r me@example.com -s 'For all' \
    -b hidden@example.net -a 'Content-Type: text/plain; charset=utf-8' \
    ann@example.net <"$T/text"
  expect_arrived me@example.com ann@example.net hidden@example.net -- \
    'For all'
}

@test "GNU mailutils" {
  need mail.mailutils
  run mail.mailutils --no-config -E "set sendmail=sendmail:$MTA" \
    -r me@example.com -s 'For all' -a 'Bcc: hidden@example.net' \
    -a 'Content-Type: text/plain; charset=utf-8' ann@example.net <"$T/text"
  expect_arrived me@example.com ann@example.net hidden@example.net -- \
    'For all'
}

@test "PHP: mail() with a fifth argument" {
  need php
  cat >send.php <<'PHP'
<?php
$text = file_get_contents($argv[1]);
$ok = mail('ann@example.net', '=?UTF-8?B?' . base64_encode('Für alle') . '?=',
  $text, ['From' => 'Me <me@example.com>', 'Bcc' => 'hidden@example.net',
  'MIME-Version' => '1.0', 'Content-Type' => 'text/plain; charset=utf-8',
  'Content-Transfer-Encoding' => '8bit'], '-fbounce@example.com');
exit($ok ? 0 : 1);
PHP
  run php -d sendmail_path="$MTA -t -i" send.php "$T/text"
  expect_arrived bounce@example.com ann@example.net hidden@example.net -- \
    'Für alle' 'Me <me@example.com>'
}

@test "PHP: mail() is false when the server refuses" {
  need php
  sed -i 's/^password .*/password wrong/' "$HOME/.posthasterc"
  run php -d sendmail_path="$MTA -t -i" -r \
    'exit(mail("ann@example.net", "x", "x", "From: me@example.com") ? 0 : 7);'
  [ "$status" -eq 7 ]
  expect_nothing_arrived
}

@test "Perl: Email::Sender" {
  cat >send.pl <<'PL'
use strict;
use warnings;
use Email::Simple;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::Sendmail;
open my $in, '<:raw', $ARGV[1] or die;
local $/;
my $mail = Email::Simple->create(
  header => [To => 'ann@example.net', From => 'Me <me@example.com>',
    Subject => 'For all', 'MIME-Version' => '1.0',
    'Content-Type' => 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding' => '8bit'],
  body => <$in>);
sendmail($mail, {
  transport => Email::Sender::Transport::Sendmail->new(
    { sendmail => $ARGV[0] }),
  to => ['ann@example.net', 'hidden@example.net'],
  from => 'bounce@example.com' });
PL
  run perl send.pl "$MTA" "$T/text"
  expect_arrived bounce@example.com ann@example.net hidden@example.net -- \
    'For all' 'Me <me@example.com>'
}

@test "Perl: Email::Sender dies with our words when the server refuses" {
  sed -i 's/^password .*/password wrong/' "$HOME/.posthasterc"
  cat >send.pl <<'PL'
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::Sendmail;
sendmail("From: me\@example.com\nSubject: x\n\nx\n", {
  transport => Email::Sender::Transport::Sendmail->new(
    { sendmail => $ARGV[0] }),
  to => ['ann@example.net'], from => 'me@example.com' });
PL
  run perl send.pl "$MTA"
  [ "$status" -ne 0 ]
  expect_output '535'
  expect_nothing_arrived
}

@test "Emacs: message-mode sends by sendmail, and finds no fault" {
  need emacs
  cat >send.el <<'EL'
(setq user-full-name "Me" user-mail-address "me@example.com"
      mail-interactive t mail-specify-envelope-from t
      mail-envelope-from 'header message-interactive t
      message-send-mail-function 'message-send-mail-with-sendmail
      sendmail-program (getenv "MTA"))
(prefer-coding-system 'utf-8)
(require 'message)
(message-mail "ann@example.net" "Für alle" '(("Bcc" . "hidden@example.net")))
(message-goto-body)
(insert-file-contents (getenv "TEXT"))
(message-send)
EL
  export MTA TEXT=$T/text
  run emacs -Q --batch -l send.el
  expect_arrived me@example.com ann@example.net hidden@example.net -- \
    'Für alle' 'Me <me@example.com>'
}

@test "Python's email, piped into sendmail -t -oi" {
  run python3 - "$MTA" "$T/text" <<'PY'
import subprocess, sys
from email.message import EmailMessage
mail = EmailMessage()
mail["From"], mail["To"] = "Me <me@example.com>", "ann@example.net"
mail["Subject"], mail["Bcc"] = "Für alle", "hidden@example.net"
mail.set_content(open(sys.argv[2], encoding="utf-8").read())
subprocess.run([sys.argv[1], "-t", "-oi"], input=mail.as_bytes(), check=True)
PY
  expect_arrived me@example.com ann@example.net hidden@example.net -- \
    'Für alle' 'Me <me@example.com>'
}
