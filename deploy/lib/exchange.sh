# shellcheck shell=bash
# Exchanging passwords and keys of what runs. Sourced after common.sh by `rotate` and `compose`,
# which say what differs between a data folder and containers:
#   root_sql             runs SQL from standard input as the database's administrator
#   password_file NAME   where the password of the account phoihop_NAME lies
#   give FILE            to the user of the services
#   new_key IDENTITY     makes a new key; the old one stays trusted

# How long services take to see new files: they look every second, and a signing key lies there
# for two before it is taken.
SETTLE=4
# Longer than opening a connection to the database may take: until then one that was being
# opened with the password of before has been let in.
OPENING=6
# Tokens live for a day at most.
KEY_OVERLAP_MINUTES=1500

# accounts NAME: the database accounts of phoihop_NAME, as 'user'@'host'.
accounts() {
  printf "SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.global_priv WHERE User = 'phoihop_%s';\n" "$1" | root_sql
}

# identify NAME PASSWORD [PASSWORD]: by which the accounts of phoihop_NAME are known from now on. What
# certificate they must show stays.
identify() {
  local account how list
  # None at all, or no answer: then nothing would be changed, and that must not look like success.
  list=$(accounts "$1") && [ -n "$list" ] || return 1
  how="mysql_native_password USING '$(verifier "$2")'"
  if [ -n "${3:-}" ]; then how+=" OR mysql_native_password USING '$(verifier "$3")'"; fi
  while IFS= read -r account; do
    printf 'ALTER USER %s IDENTIFIED VIA %s;\n' "$account" "$how"
  done <<<"$list" | root_sql
}

# exchange_passwords NAME...: both are good, then the file changes, then the old one is not good.
exchange_passwords() {
  local name file
  local -A made=()
  for name; do
    file=$(password_file "$name")
    made[$name]=$(random_hex 32)
    identify "$name" "${made[$name]}" "$(cat -- "$file")" ||
      fail "Không đổi được mật khẩu của phoihop_$name." "The password of phoihop_$name could not be changed."
    (umask 077; printf '%s' "${made[$name]}" >"$file.new")
    give "$file.new"
    mv -f -- "$file.new" "$file"
  done
  sleep "$OPENING"
  for name; do
    identify "$name" "${made[$name]}" ||
      fail "Mật khẩu cũ của phoihop_$name vẫn dùng được; hãy chạy lại." \
        "The old password of phoihop_$name is still good; run this again."
    say "Đã đổi mật khẩu của phoihop_$name" "changed the password of phoihop_$name"
  done
}

# exchange_keys TRUSTED [RETIRE_NOW]: TRUSTED is the folder of the public keys.
exchange_keys() {
  local identity
  for identity in "${IDENTITIES[@]}"; do new_key "$identity"; done
  sleep "$SETTLE"
  retire_keys "$@"
}

# retire_keys TRUSTED [NOW]: moves away what has been followed by a newer key for long enough.
retire_keys() {
  local identity newer file
  mkdir -p -- "$1/retired"
  chmod 0755 -- "$1/retired"
  for identity in "${IDENTITIES[@]}"; do
    newer=
    # The newest first.
    while IFS= read -r file; do
      if [ -n "$newer" ] && { [ -n "${2:-}" ] ||
        [ -n "$(find "$newer" -mmin +"$KEY_OVERLAP_MINUTES")" ]; }; then
        mv -- "$file" "$1/retired/"
        say "Không tin khóa ${file##*/} nữa" "${file##*/} is trusted no longer"
      else
        newer=$file
      fi
    done < <(find "$1" -maxdepth 1 -name "$identity-*.pub" -printf '%T@ %p\n' |
      sort -rn | cut -d' ' -f2-)
  done
}
