# shellcheck shell=bash disable=SC2034,SC2154 # it shares realserver's variables
# Sourced by realserver: what "start --logins" has beyond "start", so that
# there is a real server for every way to log in that we know of but the -PLUS
# ones.
#
# Dovecot then has all its mechanisms; access tokens are JWTs, signed with
# HS256 by the key in DIR/server/etc/jwt.key; who uses EXTERNAL is believed.
# A second submission service has Cyrus SASL (CYRUS_PORT), which also has NTLM
# and GS2-KRB5.  A Kerberos key server (KRB5_CONFIG is for its clients) knows
# tester@EXAMPLE.ORG, nobody@EXAMPLE.ORG and the service smtp/localhost; in
# CLIENT_KEYTAB there are the keys of both.

realm=EXAMPLE.ORG

# The packages that are needed and their programs.
logins_packages=(dovecot-gssapi krb5-kdc krb5-admin-server krb5-user
  libsasl2-modules libsasl2-modules-db libsasl2-modules-gssapi-mit sasl2-bin)
logins_programs=(usr/sbin/krb5kdc usr/sbin/kdb5_util usr/sbin/kadmin.local
  usr/bin/kinit usr/bin/klist usr/sbin/saslpasswd2
  usr/lib/dovecot/modules/auth/libmech_gssapi.so)

# where NAME: its folder below lib in the tree, whatever the architecture.
where() {
  local path
  for path in "$tree"/usr/lib/*/"$1"; do
    [ ! -e "$path" ] || {
      printf '%s\n' "$path"
      return
    }
  done
  die "no $1 in $tree"
}

# Runs a program of the tree as it is meant for this instance.
in_tree() {
  local program=$1
  shift
  env -i PATH=/usr/bin:/bin LD_LIBRARY_PATH="$(library_path "$tree")" \
    KRB5_CONFIG="$state/etc/krb5.conf" \
    KRB5_KDC_PROFILE="$state/etc/kdc.conf" \
    "$tree/$program" "$@"
}

write_kdc_config() {
  cat >"$state/etc/krb5.conf" <<CF
[libdefaults]
default_realm = $realm
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
clockskew = 1
[realms]
$realm = {
  kdc = 127.0.0.1:$kdc_port
}
[domain_realm]
localhost = $realm
CF
  cat >"$state/etc/kdc.conf" <<CF
[kdcdefaults]
kdc_listen = 127.0.0.1:$kdc_port
kdc_tcp_listen = 127.0.0.1:$kdc_port
[realms]
$realm = {
  database_name = $state/data/principal
  key_stash_file = $state/data/stash
  acl_file = $state/etc/kadm5.acl
}
[dbmodules]
db_module_dir = $(where krb5/plugins/kdb)
[logging]
kdc = FILE:$state/log/kdc.log
CF
}

make_realm() {
  {
    in_tree usr/sbin/kdb5_util create -s -r "$realm" -P master
    in_tree usr/sbin/kadmin.local -r "$realm" <<CF
addprinc -randkey smtp/localhost
addprinc -randkey tester
addprinc -randkey nobody
ktadd -k $state/etc/server.keytab smtp/localhost
ktadd -k $state/etc/client.keytab tester
ktadd -k $state/etc/client.keytab nobody
CF
  } >"$state/log/realm.log" 2>&1
  chmod a+r "$state/etc/krb5.conf" "$state/etc/client.keytab"
}

# Beyond the submission service, one whose SASL is by Cyrus.
write_cyrus_config() {
  mkdir "$state/etc/sasl"
  cat >>"$state/etc/main.cf" <<CF
cyrus_sasl_config_path = $state/etc/sasl
smtpd_sasl_security_options =
smtpd_sasl_mechanism_filter = static:rest
CF
  sed -i "/^import_environment/s|\$| SASL_PATH=$(where sasl2) \
KRB5_CONFIG=$state/etc/krb5.conf KRB5_KTNAME=$state/etc/server.keytab|" \
    "$state/etc/main.cf"
  cat >>"$state/etc/master.cf" <<CF
127.0.0.1:$cyrus_port inet n - n - - smtpd
  -o syslog_name=postfix/cyrus
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_auth_only=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=cyrus
  -o smtpd_sasl_path=smtpd
  -o myhostname=localhost
  -o smtpd_sasl_local_domain=example.org
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
CF
  touch -d '1 minute ago' "$state"/etc/*.cf
  cat >"$state/etc/sasl/smtpd.conf" <<CF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $state/etc/sasldb
mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 NTLM ANONYMOUS GSSAPI GS2-KRB5
CF
  printf %s "$password" | SASL_PATH=$(where sasl2) \
    LD_LIBRARY_PATH=$(library_path "$tree") "$tree/usr/sbin/saslpasswd2" -p -c \
    -f "$state/etc/sasldb" -u "${account#*@}" "${account%@*}" \
    >"$state/log/saslpasswd.log" 2>&1
}

widen_dovecot_config() {
  local mechanisms='plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256'
  mechanisms+=' external anonymous gssapi oauthbearer xoauth2'
  sed -i "s/^auth_mechanisms = .*/auth_mechanisms = $mechanisms/
s/^import_environment = /&REALSERVER_MODULES KRB5_CONFIG /
/^passdb {/,/^}/s/^}/  mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256\n}/" \
    "$state/etc/dovecot.conf"
  cat >>"$state/etc/dovecot.conf" <<CF
auth_krb5_keytab = $state/etc/server.keytab
auth_gssapi_hostname = localhost
auth_realms = example.org
auth_default_realm = example.org
passdb {
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = $state/etc/oauth2.conf
}
passdb {
  driver = static
  mechanisms = external gssapi anonymous
  args = nopassword=y
}
CF
  mkdir -p "$state/etc/keys/default/HS256"
  printf 'the key of these tests' | base64 -w 0 >"$state/etc/jwt.key"
  cp "$state/etc/jwt.key" "$state/etc/keys/default/HS256/default"
  cat >"$state/etc/oauth2.conf" <<CF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$state/etc/keys/
username_attribute = sub
CF
}

configure_logins() {
  write_kdc_config
  make_realm
  write_cyrus_config
  widen_dovecot_config
}

# It is started before the others, and done sooner; or not at all.
await_kdc() {
  local n=0
  until (: <"/dev/tcp/127.0.0.1/$kdc_port") 2>/dev/null; do
    [ $((n += 1)) -lt 500 ] && [ ! -e "$state/over" ] || return 1
    sleep 0.02
  done
}

say_logins() {
  printf 'CYRUS_PORT=%s\n' "$cyrus_port"
  printf 'KRB5_CONFIG=%q\n' "$dir/server/etc/krb5.conf"
  printf 'CLIENT_KEYTAB=%q\n' "$dir/server/etc/client.keytab"
  printf 'JWT_KEY=%q\n' "$dir/server/etc/jwt.key"
}

# kerberos DIR PROGRAM [ARGUMENT...]: kinit, klist or kdestroy; KRB5CCNAME is
# the caller's.
kerberos() {
  local program=$2
  state=$(readlink "$1/server")
  tree=$(cat "$state/tree.path")
  shift 2
  LD_LIBRARY_PATH=$(library_path "$tree") \
    KRB5_CONFIG=$state/etc/krb5.conf "$tree/usr/bin/$program" "$@"
}
