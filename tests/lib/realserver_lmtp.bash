# shellcheck shell=bash disable=SC2034,SC2154 # it shares realserver's variables
# Sourced by realserver: what "start --lmtp" has beyond "start".
#
# Dovecot's LMTP service listens on LMTP_PORT and at LMTP_SOCKET.  It knows
# tester@example.org, second@example.org, and full@example.org, who has no
# room for mail; a maildir is LMTP_MAIL/ADDRESS.

lmtp_packages=(dovecot-lmtpd)
lmtp_programs=(usr/lib/dovecot/lmtp)

configure_lmtp() {
  local user
  mkdir "$state/lmtp"
  for user in "second@${account#*@}" "full@${account#*@}"; do
    printf '%s:{PLAIN}%s::::::\n' "$user" "$password"
  done >>"$state/etc/users"
  sed -i '/^full@/s/$/userdb_quota_rule=*:bytes=10/' "$state/etc/users"
  sed -i '/^protocols =/s/$/ lmtp/; /^userdb {/,/^}/d' "$state/etc/dovecot.conf"
  cat >>"$state/etc/dovecot.conf" <<CF
userdb {
  driver = passwd-file
  args = username_format=%u $state/etc/users
  default_fields = uid=postfix gid=postfix home=$state/lmtp/%u
}
mail_location = maildir:$state/lmtp/%u
mail_plugin_dir = $tree/usr/lib/dovecot/modules
mail_plugins = quota
plugin {
  quota = maildir:User quota
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp_port
  }
  unix_listener $state/lmtp.sock {
    mode = 0666
  }
}
CF
}

# Until it listens at both; or not at all.
await_lmtp() {
  local n=0
  until [ -S "$state/lmtp.sock" ] &&
    (: <"/dev/tcp/127.0.0.1/$lmtp_port") 2>/dev/null; do
    [ $((n += 1)) -lt 500 ] && [ ! -e "$state/over" ] || return 1
    sleep 0.02
  done
}

say_lmtp() {
  printf 'LMTP_PORT=%s\n' "$lmtp_port"
  # the other name may be too long for the address of a socket
  printf 'LMTP_SOCKET=%q\n' "$state/lmtp.sock"
  printf 'LMTP_MAIL=%q\n' "$dir/server/lmtp"
  printf 'LMTP_LOG=%q\n' "$dir/server/log/dovecot.log"
}
