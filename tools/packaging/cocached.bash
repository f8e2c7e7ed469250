# Completion of cocached's options in bash, as the installed program has them.
_cocached() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  case $previous in
    --config | --snapshot | -e | --memory-file | -P | --pidfile)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    -B | --protocol)
      mapfile -t COMPREPLY < <(compgen -W 'auto ascii binary' -- "$current")
      return
      ;;
    -u | --user)
      mapfile -t COMPREPLY < <(compgen -u -- "$current")
      return
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$("$1" --help 2>/dev/null | grep -oE -- '^ +(-[^ ]+)' |
    tr ',' '\n' | tr -d ' ')" -- "$current")
}
complete -F _cocached cocached
