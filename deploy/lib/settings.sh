# shellcheck shell=bash
# What the administrator may set in DATA/config, looked at before anything is started. Sourced
# after common.sh; services.sh and the others use what it finds. deploy/README.md lists it.

# What `up` keeps in DATA/config itself, and what may be set there.
KNOWN_SETTINGS=(
  id http_port grpc_port "${SERVICES[@]/%/_port}" "${SERVICES[@]/%/_metrics_port}" tls run_user mysql_socket
  mysql_dir binlog_index backup_dir clamd_address request_retention buffer_pool max_connections log_megabytes site_address
  "${SERVICES[@]/#/flags.}"
)

# bad_setting KEY VI EN
bad_setting() {
  fail "$CONFIG: $1=$(config_get "$1"): $2" "$CONFIG: $1=$(config_get "$1"): $3"
}

# number_setting KEY DEFAULT LEAST MOST: the number, in NUMBER.
number_setting() {
  NUMBER=$(config_get "$1")
  NUMBER=${NUMBER:-$2}
  if ! [[ $NUMBER =~ ^[1-9][0-9]{0,8}$ ]] || [ "$NUMBER" -lt "$3" ] || [ "$NUMBER" -gt "$4" ]; then
    bad_setting "$1" "phải là số từ $3 đến $4." "a number from $3 to $4 is needed."
  fi
}

# load_settings: BUFFER_POOL, MAX_CONNECTIONS, LOG_FILES. A bad value ends the start: a limit that
# somebody believes to be set and is not is worse than none. A name may be of another release.
load_settings() {
  local key value
  while IFS='=' read -r key value; do
    if [ -n "$key" ] && [[ $key != \#* ]] && [[ " ${KNOWN_SETTINGS[*]} " != *" $key "* ]]; then
      warn "$CONFIG: không có thiết lập '$key', nên dòng này không có tác dụng." \
        "$CONFIG: there is no setting '$key'; that line does nothing."
    fi
  done <"$CONFIG"
  value=$(config_get buffer_pool)
  BUFFER_POOL=${value:-128M}
  if ! [[ $BUFFER_POOL =~ ^[1-9][0-9]{0,5}[MG]$ ]]; then
    bad_setting buffer_pool "cần dạng 512M hoặc 4G." "the form is 512M or 4G."
  fi
  number_setting max_connections 400 150 100000
  MAX_CONNECTIONS=$NUMBER
  number_setting log_megabytes 200 20 100000
  # In files of 10 MB.
  LOG_FILES=$(((NUMBER + 9) / 10))
}

# own_flags SERVICE GIVEN...: adds what flags.SERVICE says to the array FLAGS, unless `up` has
# given that flag itself or the program does not take it. It reads the whole command line by being
# asked to probe a port where nothing listens; ranges it tells when it starts.
own_flags() {
  local service=$1 word said
  local -a words
  read -r -a words <<<"$(config_get "flags.$service")"
  [ ${#words[@]} -gt 0 ] || return 0
  for word in "${words[@]}"; do
    if ! [[ $word =~ ^--[a-z][a-z0-9_]*=.+$ ]]; then
      bad_setting "flags.$service" "cần dạng --tên=giá_trị, cách nhau bằng dấu cách: $word" \
        "the form is --name=value, with spaces between: $word"
    fi
    case ${word%%=*} in --migrate_only | --probe | --address | --flagfile | --fromenv | --tryfromenv | --undefok) said=$word ;; *)
      said=$(printf '%s\n' "${FLAGS[@]}" | grep -F -- "${word%%=*}=") || said='' ;;
    esac
    if [ -n "$said" ]; then
      bad_setting "flags.$service" "deploy/up tự đặt ${word%%=*}." "deploy/up sets ${word%%=*} itself."
    fi
  done
  said=$("${CLEAN[@]}" "$BIN/phoihop-$service" "${words[@]}" --probe --port=1 2>&1) || true
  if [[ $said == ERROR:* ]]; then
    bad_setting "flags.$service" "${said%%$'\n'*}" "see phoihop-$service --help"
  fi
  FLAGS+=("${words[@]}")
}
