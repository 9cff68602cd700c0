# shellcheck shell=bash disable=SC2034,SC2154 # it shares figures' variables
# Sourced by figures: numbers, and tables of them as Markdown.

# table NLEFT: the rows made since new_table, NLEFT columns to the left
table() {
  awk -F '\t' -v nleft="$1" '
    function line(n, pad,   i, s) {
      s = ""
      for (i = 1; i <= ncols; i++)
        s = s "| " (i <= nleft ? cell[n, i] blanks(i, cell[n, i]) \
          : blanks(i, cell[n, i]) cell[n, i]) " "
      print s "|"
    }
    function blanks(i, text) {
      return sprintf("%" (width[i] - length(text)) "s", "")
    }
    NR == 1 { ncols = NF }
    {
      for (i = 1; i <= ncols; i++) {
        cell[NR, i] = $i
        if (length($i) > width[i])
          width[i] = length($i)
      }
    }
    END {
      line(1)
      for (i = 1; i <= ncols; i++) {
        rule = sprintf("%" (width[i] + 1) "s", "")
        gsub(/ /, "-", rule)
        printf "|%s", i <= nleft ? rule "-" : rule ":"
      }
      print "|"
      for (n = 2; n <= NR; n++)
        line(n)
    }' "$work/table"
  echo
}

# row FIELD ...: a line of the table being made
row() {
  local IFS=$'\t'
  printf '%s\n' "$*" >>"$work/table"
}

new_table() {
  : >"$work/table"
  row "$@"
}

# calc EXPRESSION [FORMAT]: "-" if it begins with that, as the number in it
# that is measured is missing
calc() {
  case $1 in
    -*) echo - ;;
    *) awk "BEGIN { printf \"${2:-%.1f}\\n\", ($1) }" ;;
  esac
}

# in_thousands N, in_millions N: "-" stays that
in_thousands() {
  calc "$1 / 1000" "${2:-%.2f}"
}

in_millions() {
  calc "$1 / 1000000" "${2:-%.2f}"
}

# beside THEIRS OURS: the number, and how many times ours it is
beside() {
  case $1:$2 in
    -:* | *:- | *:0 | *:0.0 | *:0.00) echo "$1" ;;
    *) echo "$1 ($(calc "$1 / $2"))" ;;
  esac
}

# compare NUMBER: values to cells; those of the first program are what those
# of the others are put beside.
compare() {
  local k
  cells=("${values[@]}")
  if [ "$1" -eq 1 ]; then
    ours=("${values[@]}")
    return
  fi
  for k in "${!values[@]}"; do
    cells[k]=$(beside "${values[k]}" "${ours[k]}")
  done
}

# heading TITLE, and what is to be said below it, on standard input
heading() {
  printf '## %s\n\n' "$1"
  cat
  echo
}
