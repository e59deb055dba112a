# shellcheck shell=bash
# What each process of a data folder gets: ports, secrets, keys, flags. Sourced after the
# other parts.

# Ports inside, free when they are chosen; they lie below the range from which the kernel
# takes ports for outgoing connections.
INNER_PORTS=()
for _service in "${SERVICES[@]}"; do
  if [ "$_service" != gateway ]; then INNER_PORTS+=("${_service}_port"); fi
  INNER_PORTS+=("${_service}_metrics_port")
done

# free_port: one that nobody listens on and that this run has not given out.
declare -A GIVEN_PORTS=()
free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if [ -z "${GIVEN_PORTS[$port]+x}" ] && ! port_taken "$port"; then break; fi
  done
  GIVEN_PORTS[$port]=1
  FREE_PORT=$port
}

# outer_port NAME OPTION DEFAULT WANTED: the port to listen on, which must be free.
outer_port() {
  local port=${4:-$(config_get "$1")}
  port=${port:-$3}
  if port_taken "$port"; then
    fail "Cổng $port đang được dùng bởi chương trình khác; hãy chọn cổng khác bằng $2 N." \
      "Port $port is in use by another program; choose another one with $2 N."
  fi
  OUTER_PORT=$port
  GIVEN_PORTS[$port]=1
}

# prepare_config: DATA/config with the ports and the folder's mark.
prepare_config() {
  local name port
  local -a settings=()
  outer_port http_port --http-port 8080 "$HTTP_PORT"
  settings+=(http_port "$OUTER_PORT")
  outer_port grpc_port --grpc-port 9090 "$GRPC_PORT"
  settings+=(grpc_port "$OUTER_PORT")
  if [ "${settings[1]}" = "${settings[3]}" ]; then
    fail "Cổng HTTP và cổng gRPC phải khác nhau." "The HTTP port and the gRPC port must differ."
  fi
  for name in "${INNER_PORTS[@]}"; do
    port=$(config_get "$name")
    if [ -z "$port" ] || [ -n "${GIVEN_PORTS[$port]+x}" ] || port_taken "$port"; then
      free_port
      port=$FREE_PORT
    fi
    GIVEN_PORTS[$port]=1
    settings+=("$name" "$port")
  done
  if [ -z "$(config_get id)" ]; then settings+=(id "$(random_hex 16)"); fi
  if [ "$(config_get run_user)" != "$RUN_USER" ]; then GIVE_ALL=1; fi
  # On unless it was said otherwise.
  TLS=${TLS:-$(config_get tls)}
  settings+=(tls "${TLS:-on}")
  settings+=(run_user "$RUN_USER" mysql_socket "$SOCKET")
  config_set "${settings[@]}"
}

# prepare_secrets: passwords, the page token key, and a signing key for each identity.
prepare_secrets() {
  local service file
  mkdir -p -- "$DATA/secrets" "$DATA/keys/private" "$DATA/keys/trusted" "$DATA/checkpoints" "$DATA/log" "$DATA/authorities/crl"
  chmod 0700 -- "$DATA/secrets" "$DATA/keys/private" "$DATA/checkpoints"
  chmod 0711 -- "$DATA/keys"
  chmod 0755 -- "$DATA/authorities" "$DATA/authorities/crl"
  # new_secret FILE: 32 random bytes as hex, unless it is there.
  new_secret() {
    [ ! -s "$1" ] || return 0
    (umask 077; random_hex 32 >"$1.new")
    mv -f -- "$1.new" "$1"
  }
  for service in "${SERVICES[@]}"; do
    new_secret "$DATA/secrets/mysql-$service"
    new_secret "$DATA/secrets/page-tokens-$service"
  done
  for service in "${IDENTITIES[@]}"; do
    [ -s "$DATA/keys/private/$service.key" ] || ctl keys generate "$service" >/dev/null ||
      fail "Không tạo được khóa của $service." "The key of $service could not be made."
  done
  chmod 0755 -- "$DATA/keys/trusted"
  chmod 0644 -- "$DATA/keys/trusted"/*.pub
  # What the services read belongs to their user. The administrator's own key stays with
  # whoever runs these scripts.
  give "$DATA/secrets" "$DATA/keys/private" "$DATA/checkpoints"
  for file in "$DATA"/secrets/mysql-* "$DATA"/secrets/page-tokens-* "$DATA"/keys/private/*.key "$DATA"/checkpoints/*; do
    if [ -e "$file" ] && [ "${file##*/}" != ctl.key ]; then give "$file"; fi
  done
  if [ -n "${GIVE_ALL:-}" ] && [ -d "$DATA/mysql" ] && [ "$(id -u)" = 0 ]; then
    chown -R "$RUN_USER:" -- "$DATA/mysql" "$DATA/log"
  fi
}

# flags_of SERVICE: its command line without the program, in FLAGS.
flags_of() {
  local service=$1 peer
  FLAGS=(
    --mysql_socket="$SOCKET" --mysql_user="phoihop_$service" --mysql_database="phoihop_$service"
    --mysql_password_file="$DATA/secrets/mysql-$service"
    --signing_key_file="$DATA/keys/private/$service.key" --trusted_keys_dir="$DATA/keys/trusted"
    --page_token_key_file="$DATA/secrets/page-tokens-$service"
    --checkpoint_file="$DATA/checkpoints/$service"
    --metrics_port="$(config_get "${service}_metrics_port")"
  )
  for peer in directory agreements opinions reporting; do
    if [ "$peer" != "$service" ]; then
      FLAGS+=("--${peer}_address=127.0.0.1:$(config_get "${peer}_port")")
    fi
  done
  if [ "$(config_get tls)" = on ]; then FLAGS+=(--tls_dir="$DATA/tls/$service"); fi
  if [ -n "$(config_get request_retention)" ]; then FLAGS+=(--request_retention="$(config_get request_retention)"); fi
  if [ "$service" = agreements ]; then
    FLAGS+=(
      --signature_trust_dir="$DATA/authorities" --signature_crl_dir="$DATA/authorities/crl"
      --clamd_address="$(config_get clamd_address)"
    )
  fi
  if [ "$service" = gateway ]; then
    FLAGS+=(--http_port="$(config_get http_port)" --port="$(config_get grpc_port)" --limits_file="$DATA/limits.json")
  else
    FLAGS+=(--port="$(config_get "${service}_port")")
  fi
  own_flags "$service"
}

# prepare_services: writes the service directories. All are down until they are wanted, so
# that the database comes first and is migrated before anything uses it.
prepare_services() {
  local service
  write_mariadb
  write_archive
  for service in "${SERVICES[@]}"; do
    flags_of "$service"
    write_service "$service" "$BIN/phoihop-$service" --address=127.0.0.1 "${FLAGS[@]}"
    : >"$DATA/sv/$service/down"
  done
}

write_mariadb() {
  database_command
  write_service mariadb "${DATABASE_COMMAND[@]}"
  : >"$DATA/sv/mariadb/down"
}

# write_archive: copies the binary log all the time, when there is a backup folder. It runs as
# who made that, and reads the database's files, which is why it is not the services' user.
write_archive() {
  local backup
  backup=$(config_get backup_dir)
  if [ -z "$backup" ]; then
    rm -rf -- "$DATA/sv/archive"
    return 0
  fi
  AS_CALLER=1 write_service archive "$REPO/deploy/backup/backup" archive --data "$DATA" --backup "$backup"
  : >"$DATA/sv/archive/down"
}

# show_troubles: the last lines of the services that are not up.
show_troubles() {
  local service
  for service in "${SERVICES[@]}"; do
    if [ -s "$DATA/sv/$service/failures" ]; then
      printf -- '--- %s\n' "$service" >&2
      tail -n 5 -- "$DATA/log/$service/current" >&2 || true
    fi
  done
}

# bootstrap_administrator: the local administrator, once. The password waits in a file
# until it has been shown, in case the start is cut off between the two.
bootstrap_administrator() {
  local file=$DATA/secrets/first-password
  [ ! -s "$DATA/administrator" ] || return 0
  if [ ! -s "$file" ]; then
    (umask 077; head -c 400 /dev/urandom | LC_ALL=C tr -dc 'a-hjkmnp-z2-9' | cut -c1-20 >"$file.new")
    mv -f -- "$file.new" "$file"
  fi
  ctl bootstrap --password_file="$file" ||
    fail "Không tạo được người quản trị đầu tiên." "The first administrator could not be made."
}

# print_first_password: exactly once, and then forgotten.
print_first_password() {
  local file=$DATA/secrets/first-password
  [ -s "$file" ] || return 0
  printf '\n  Người quản trị / administrator:  admin\n  Mật khẩu / password:             %s\n' "$(cat "$file")"
  printf '  Mật khẩu chỉ hiện một lần này. / This is shown only once.\n\n'
  rm -f -- "$file"
}

# complete_first_start: the register, the working days and the first administrator, unless they are there.
complete_first_start() {
  if ! ctl units count --check >/dev/null 2>&1; then
    say "Đang nạp danh mục đơn vị hành chính (lần đầu)" "importing the register of administrative units (first time)"
    ctl units import || fail "Không nạp được danh mục đơn vị hành chính." "The register could not be imported."
  fi
  # Tables that the administrator has set since stay as they are.
  ctl calendar import --missing_only "$REPO"/deploy/calendars/*.json ||
    fail "Không nạp được bảng ngày nghỉ." "The tables of working days could not be imported."
  bootstrap_administrator
}
