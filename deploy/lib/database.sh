# shellcheck shell=bash
# The private MariaDB of a data folder. Sourced after common.sh and supervise.sh.

# admin_sql SQL: runs SQL as the database's administrator, who is known by the socket.
admin_sql() {
  mariadb --no-defaults --socket="$SOCKET" --user="$(id -un)" --batch --skip-column-names -e "$1"
}

# install_database: makes the datadir at the first start. It is prepared beside and
# renamed, so that a start that was cut off leaves nothing half made.
install_database() {
  [ ! -d "$DATA/mysql/mysql" ] || return 0
  say "Đang tạo cơ sở dữ liệu MariaDB riêng trong thư mục dữ liệu" "creating the private MariaDB in the data folder"
  local log=$DATA/log/install-db
  rm -rf -- "$DATA/mysql.new"
  mkdir -m 0700 -- "$DATA/mysql.new"
  give "$DATA/mysql.new"
  if ! run_installer "$DATA/mysql.new" >"$log" 2>&1; then
    # What it says behind this line is general advice, which would hide the reason.
    sed '/^The problem could be/,$d' "$log" | tail -n 40 >&2
    fail "Không tạo được cơ sở dữ liệu (đĩa đầy?). Toàn văn: $log" \
      "The database could not be created (disk full?). In full: $log"
  fi
  sync -f -- "$DATA/mysql.new"
  rm -rf -- "$DATA/mysql"
  mv -- "$DATA/mysql.new" "$DATA/mysql"
}

# run_installer FOLDER: as the run user. root of the database is whoever runs this script,
# known to the server by the socket; there is no password that could leak. --force: the
# machine's name need not resolve. TMPDIR: see database_command; the installer cannot pass on
# an option with spaces.
run_installer() {
  "${CLEAN[@]}" TMPDIR="$RUN/db/tmp" "${RUN_AS[@]}" mariadb-install-db --no-defaults --datadir="$1" \
    --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
    --skip-test-db --skip-name-resolve --force --innodb-log-file-size=64M
}

# database_command: MariaDB's command line, one argument an element, in DATABASE_COMMAND.
# Durable: what was acknowledged survives kill -9 and a power cut. It needs a folder for
# temporary files of its own: a server that starts removes all temporary tables that lie in
# that folder, in /tmp also those of the others on this machine.
database_command() {
  DATABASE_COMMAND=(
    mariadbd --no-defaults
    --datadir="$DATA/mysql" --socket="$SOCKET" --pid-file="$RUN/db/mysqld.pid"
    --tmpdir="$RUN/db/tmp"
    --skip-networking --skip-name-resolve --local-infile=0
    --character-set-server=utf8mb4 --collation-server=utf8mb4_bin
    --sql-mode=STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
    --transaction-isolation=READ-COMMITTED
    --innodb-flush-log-at-trx-commit=1 --sync-binlog=1
    --log-bin=binlog --binlog-format=ROW --server-id=1
    --binlog-expire-logs-seconds=604800 --max-binlog-size=64M
    --innodb-buffer-pool-size="${BUFFER_POOL:-128M}" --innodb-log-file-size=64M
    --performance-schema=OFF --key-buffer-size=1M --aria-pagecache-buffer-size=8M
    --max-connections="${MAX_CONNECTIONS:-400}" --max-allowed-packet=64M --thread-cache-size=64
  )
  if [ "$RUN_USER" = root ]; then DATABASE_COMMAND+=(--user=root); fi
}

# wait_for_database: up to two minutes, since a crash may have left work to recover.
wait_for_database() {
  local i
  for ((i = 0; i < 1200; i++)); do
    if [ -S "$SOCKET" ] && admin_sql 'SELECT 1' >/dev/null 2>&1; then return 0; fi
    # Ten failures in a row will not heal by waiting longer.
    if [ "$(cat "$DATA/sv/mariadb/failures" 2>/dev/null || echo 0)" -ge 3 ]; then break; fi
    if ((i == 50)); then say "Đang chờ MariaDB" "waiting for MariaDB"; fi
    sleep 0.1
  done
  tail -n 15 "$DATA/log/mariadb/current" >&2 || true
  fail "MariaDB không khởi động được (đĩa đầy?). Nhật ký: $DATA/log/mariadb/current" \
    "MariaDB does not start (disk full?). Its log: $DATA/log/mariadb/current"
}

# migrate_all: creates or brings up to date each service's database and its own user, who
# may do no more than the service needs.
migrate_all() {
  local service
  local -a pids=() names=()
  admin_sql "DROP USER IF EXISTS ''@'localhost', ''@'$(hostname)'" >/dev/null 2>&1 || true
  for service in "${SERVICES[@]}"; do
    "${CLEAN[@]}" "$BIN/phoihop-$service" --migrate_only --mysql_socket="$SOCKET" --mysql_user="$(id -un)" \
      --mysql_database="phoihop_$service" --mysql_service_user="phoihop_$service" \
      --mysql_service_password_file="$DATA/secrets/mysql-$service" \
      >"$DATA/log/migrate-$service" 2>&1 &
    pids+=($!)
    names+=("$service")
  done
  local i failed=
  for i in "${!pids[@]}"; do
    if ! wait "${pids[$i]}"; then
      failed=${names[$i]}
      tail -n 10 "$DATA/log/migrate-$failed" >&2
    fi
  done
  [ -z "$failed" ] || fail "Không cập nhật được cơ sở dữ liệu của $failed (xem ở trên)." \
    "The database of $failed could not be migrated (see above)."
}
