# Completion of posthaste(1) for bash.

# The accounts of the rc file given, else of those that posthaste may read.
_posthaste_accounts() {
  local files=("$1")
  if [[ -z $1 ]]; then
    local home="${XDG_CONFIG_HOME:-$HOME/.config}" system
    system=$(posthaste --version 2>/dev/null |
      sed -n 's/^system rc file: //p')
    files=(
      "$home"/posthaste/posthasterc "$HOME/.posthasterc"
      "$home"/posthaste/posthasterc.d/*.conf
      "$HOME/.msmtprc" "$home/msmtp/config"
      "$system" "$system".d/*.conf "${system%/*}/msmtprc"
    )
  fi
  sed -n 's/^[[:blank:]]*account[[:blank:]=]\{1,\}\([^[:blank:]:]*\).*/\1/p' \
    "${files[@]}" 2>/dev/null
}

_posthaste() {
  local flags='
    --account --auth --debug --domain --file --from --from-full-name --help
    --host --log-format --logfile --logfile-time-format --partial-delivery --password-file --passwordeval
    --passwordeval-timeout --port --pretend --read-recipients --syslog --timeout --tls
    --tls-starttls --tls-trust-file --user --version'
  local letters='-C -F -I -L -P -X -a -d -f -i -r -t -v'
    --account --auth --check-config --debug --domain --file --from
    --from-full-name --help --host --partial-delivery --password-file
    --passwordeval --passwordeval-timeout --port --pretend --print-config
    --read-recipients --timeout --tls --tls-starttls --tls-trust-file --user
    --host --partial-delivery --password-file --passwordeval
    --passwordeval-timeout --port --pretend --proxy-host --proxy-port
    --read-recipients --socket --source-ip --timeout --tls --tls-cert-file
    --tls-certcheck --tls-crl-file --tls-fingerprint --tls-host-override
    --tls-key-file --tls-priorities --tls-starttls --tls-trust-file --user
    --version'
  local letters='-C -F -P -a -d -f -i -r -t -v'
  local mechanisms='
    SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN'
  local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]}
  local joined='' file='' i
  COMPREPLY=()

  # bash takes --tls=on apart at the equals sign
  if [[ $cur == = ]]; then
    joined=1 cur=
  elif [[ $flag == = && $COMP_CWORD -gt 1 ]]; then
    joined=1 flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -C | --file)
        file=${COMP_WORDS[i + 1]}
        [[ $file == = ]] && file=${COMP_WORDS[i + 2]}
        ;;
    esac
  done

  case $flag in
    --tls | --tls-starttls | --auth | --partial-delivery | --syslog)
      if [[ -n $joined ]]; then
        local values='auto on off'
        [[ $flag == --auth ]] && values="$values $mechanisms"
        [[ $flag == --partial-delivery ]] && values='on off'
        [[ $flag == --syslog ]] && values='on off LOG_USER LOG_MAIL'
    --tls | --tls-certcheck | --tls-starttls | --auth | --partial-delivery)
      if [[ -n $joined ]]; then
        local values='auto on off'
        [[ $flag == --auth ]] && values="$values $mechanisms"
        [[ $flag == --partial-delivery || $flag == --tls-certcheck ]] && values='on off'
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
        return
      fi
      ;;
    -a | --account)
      mapfile -t COMPREPLY < <(
        compgen -W "$(_posthaste_accounts "${file/#\~/$HOME}")" -- "$cur"
      )
      return
      ;;
    -C | --file | --password-file | --socket | --tls-trust-file | \
      --tls-cert-file | --tls-crl-file | --tls-key-file)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    --host | --proxy-host)
      mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
      return
      ;;
    --port)
      mapfile -t COMPREPLY < <(compgen -W '25 465 587' -- "$cur")
      return
      ;;
    --proxy-port)
      mapfile -t COMPREPLY < <(compgen -W '1080 9050' -- "$cur")
      return
      ;;
    --passwordeval)
      mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      return
      ;;
    -f | -r | -F | --domain | --from | --from-full-name | --user | \
      --timeout | --passwordeval-timeout | --source-ip | --tls-fingerprint | \
      --tls-priorities | --tls-host-override)
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags $letters" -- "$cur")
  fi
}

complete -F _posthaste posthaste
