# Completion of posthaste(1) for bash.  Flags, letters and their arguments are
# those that --help tells of.

# Each flag with its argument, as "FLAG ARGUMENT"; "=ARGUMENT" must be joined.
_posthaste_flags() {
  posthaste --help 2>/dev/null | awk -F '  +' '
    /^  -[boO] / { next } # for programs
    /^  +-/ {
      n = split($2, words, " ")
      arg = ""
      if (n > 1 && words[n] !~ /^-/)
        arg = words[n--]
      for (i = 1; i <= n; i++) {
        flag = words[i]
        sub(/,$/, "", flag)
        if (match(flag, /\[=?/)) {
          arg = "=" substr(flag, RSTART + RLENGTH)
          sub(/\]$/, "", arg)
          flag = substr(flag, 1, RSTART - 1)
        }
        names[i] = flag
      }
      for (i = 1; i <= n; i++)
        print names[i], arg
    }'
}

# The accounts of the rc file given, else of those that posthaste reads.
_posthaste_accounts() {
  local files=("$1") home=${XDG_CONFIG_HOME:-$HOME/.config} system
  if [[ -z $1 ]]; then
    system=$(posthaste --version 2>/dev/null | sed -n 's/^system rc file: //p')
    files=(
      "$home/posthaste/posthasterc" "$HOME/.posthasterc"
      "$home"/posthaste/posthasterc.d/*.conf
      "$HOME/.msmtprc" "$home/msmtp/config"
      "$system" "$system".d/*.conf "${system%/*}/msmtprc"
    )
  fi
  sed -n 's/^[[:blank:]]*account[[:blank:]=]\{1,\}\([^[:blank:]:]*\).*/\1/p' \
    "${files[@]}" 2>/dev/null
}

# The ids of what is in the queue, by the rc file given.
_posthaste_ids() {
  posthaste ${1:+-C "$1"} -bp 2>/dev/null |
    sed -n 's/^\([0-9]\{8\}-[0-9]\{6\}-[0-9]\{6\}-[0-9a-f]\{8\}\)\( .*\)\{0,1\}$/\1/p'
}

# Words for an argument as --help names it, of that flag.
_posthaste_words() {
  local mechanisms='
    SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN
    CRAM-MD5 DIGEST-MD5 EXTERNAL GSSAPI GS2-KRB5 NTLM OAUTHBEARER XOAUTH2 ANONYMOUS'
  case $1 in
    --auth) echo "auto on off $mechanisms" ;;
    --port) echo 25 465 587 ;;
    --tls-trust) echo authorities first_use dane ;;
    --queue) echo off fallback always only on ;;
    --rewrite-from) echo never invalid always ;;
    --set-to-header) echo auto on off undisclosed_recipients ;;
    --dsn-notify) echo off never failure delay success ;;
    --syslog) echo on off LOG_USER LOG_MAIL LOG_LOCAL{0..7} ;;
    *) [[ $2 != *'|'* ]] || tr '|' ' ' <<<"$2" ;;
  esac
}

_posthaste() {
  local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]}
  local all arg joined='' file='' ids='' i
  COMPREPLY=()
  all=$(_posthaste_flags)

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
      --queue-show) ids=none ;;
      --queue-remove | --queue-hold | --queue-release | --queue-retry) ids=all ;;
    esac
  done

  arg=$(awk -v flag="$flag" '$1 == flag { print $2 }' <<<"$all")
  [[ $arg != =* || -n $joined ]] || arg=
  arg=${arg#=}
  case $flag:$arg in
    *:) ;;
    -a:* | --account:*)
      mapfile -t COMPREPLY < <(
        compgen -W "$(_posthaste_accounts "${file/#\~/$HOME}")" -- "$cur"
      )
      return
      ;;
    *:ID)
      mapfile -t COMPREPLY < <(
        compgen -W "$(_posthaste_ids "${file/#\~/$HOME}") ${ids#none}" -- "$cur"
      )
      return
      ;;
    *:FILE | *:PATH)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    *:HOST)
      mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
      return
      ;;
    *:COMMAND)
      mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      return
      ;;
    *'|DIR')
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(_posthaste_words "$flag" "${arg%|DIR}")" -- "$cur"
        compgen -d -- "$cur"
      )
      return
      ;;
    *)
      mapfile -t COMPREPLY < <(
        compgen -W "$(_posthaste_words "$flag" "$arg")" -- "$cur"
      )
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(
      compgen -W "$(cut -d ' ' -f 1 <<<"$all")" -- "$cur"
    )
  elif [[ -n $ids ]]; then
    mapfile -t COMPREPLY < <(
      compgen -W "$(_posthaste_ids "${file/#\~/$HOME}") ${ids#none}" -- "$cur"
    )
  fi
}

complete -F _posthaste posthaste
