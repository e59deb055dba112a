# shellcheck shell=bash
# The steps of a restore, in their order. Sourced by `restore`, which sets WORK (the folder
# that becomes the data folder), RUN, CHAIN, INSTANT and LINEAGE.

# copy_chain: every set of the chain, whole by its manifest, to WORK.
copy_chain() {
  local name bad first=1
  for name in "${CHAIN[@]}"; do
    step "Đang kiểm tra và chép $name ($(megabytes "${SET_BYTES[$name]}") MB)" "checking and copying $name"
    if ! bad=$(check_set "$SETS/$name"); then
      fail "Bản sao lưu bị hỏng: $bad" "The backup is damaged: $bad"
    fi
    if [ -n "$first" ]; then
      cp -r --reflink=auto -- "$SETS/$name/database" "$WORK/mysql" || no_space
      first=''
    else
      mkdir -p -- "$WORK/increments"
      cp -r --reflink=auto -- "$SETS/$name/database" "$WORK/increments/$name" || no_space
    fi
  done
}

no_space() {
  fail "Không chép được vào $(dirname -- "$TARGET") (đĩa đầy?)." "Could not copy to $(dirname -- "$TARGET") (disk full?)."
}

# restore_files: what lay beside the database. Keys and secrets come from the newest set of
# this system, since they may have been changed because somebody knew the older ones.
restore_files() {
  local last=${CHAIN[-1]} newest='' name
  cp -r --preserve=mode,timestamps -- "$SETS/$last/folder/." "$WORK/"
  for name in "${SET_NAMES[@]}"; do
    if [ "${SET_LINEAGE[$name]}" = "$LINEAGE" ] && [ -z "${SET_BAD[$name]}" ] && [ -s "$SETS/$name/sealed.cms" ]; then newest=$name; fi
  done
  if [ -n "$newest" ]; then cp -r --preserve=mode,timestamps -- "$SETS/$newest/folder/keys/." "$WORK/keys/"; fi
  if [ -z "$WITHOUT_KEYS" ]; then
    [ -n "$newest" ] || fail "Không có bản nào chứa khóa đã niêm phong." "No set holds sealed keys."
    openssl cms -decrypt -binary -inform DER -in "$SETS/$newest/sealed.cms" -recip "$RECOVERY" -inkey "$KEY_FILE" |
      tar -C "$WORK" --no-same-owner -pxf - ||
      fail "Không mở được khóa đã niêm phong: sai khóa khôi phục, hoặc $SETS/$newest/sealed.cms bị hỏng." \
        "The sealed keys cannot be opened: a wrong recovery key, or $SETS/$newest/sealed.cms is damaged."
  fi
  # The restored system is another one than the one that was backed up, which may still run:
  # a mark of its own, ports inside that are free when it starts, and no place that was another
  # machine's. What the administrator has set stays.
  CONFIG=$WORK/config
  grep -vE '^(id|run_user|mysql_[a-z]+|binlog_index|galera|address|hosts|gateway_address|metrics_address|first|(directory|agreements|opinions|reporting)_port|[a-z]+_metrics_port)=' \
    -- "$SETS/$last/folder/config" >"$CONFIG" || true
  config_set id "$(random_hex 16)"
}

# prepare_chain: makes one consistent database of the full copy and its increments.
prepare_chain() {
  local name
  step "Đang ghép bản đầy đủ với các bản bổ sung" "preparing the full copy and its increments"
  run_prepare
  for name in "${CHAIN[@]:1}"; do
    run_prepare --incremental-dir="$WORK/increments/$name"
    rm -rf -- "$WORK/increments/$name"
  done
  rm -rf -- "$WORK/increments"
  rm -f -- "$WORK"/mysql/xtrabackup_* "$WORK/mysql/backup-my.cnf"
}

run_prepare() {
  if ! mariadb-backup --no-defaults --prepare --use-memory=256M --target-dir="$WORK/mysql" "$@" >"$RUN/prepare" 2>&1 ||
    ! tail -n 1 -- "$RUN/prepare" | grep -q 'completed OK'; then
    tail -n 10 -- "$RUN/prepare" >&2
    fail "Không ghép được bản sao lưu${2:+ $2} (đĩa đầy?)." "The backup could not be prepared (disk full?)."
  fi
}

sql() { mariadb --no-defaults --socket="$SOCKET" --user="$(id -un)" --batch --skip-column-names -e "$1"; }

# start_private_server: on a socket that only this user reaches, with no log of its own. It need
# not be durable: what it does is thrown away when it is cut off.
SERVER_PID=''
start_private_server() {
  local i
  step "Đang khởi động cơ sở dữ liệu đã khôi phục, chỉ cho lệnh này" "starting the restored database, for this command alone"
  SOCKET=$RUN/mysql.sock
  mkdir -p -- "$RUN/db/tmp"
  # Whoever restores need not be who made the backup.
  printf "CREATE USER IF NOT EXISTS '%s'@'localhost' IDENTIFIED VIA unix_socket;\nGRANT ALL ON *.* TO '%s'@'localhost' WITH GRANT OPTION;\n" \
    "$(id -un)" "$(id -un)" >"$RUN/init.sql"
  DATA=$WORK RUN_USER=$(id -un) database_command
  setpriv --pdeathsig KILL -- "${DATABASE_COMMAND[@]}" --skip-log-bin --init-file="$RUN/init.sql" \
    --innodb-flush-log-at-trx-commit=0 --sync-binlog=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=512M \
    --innodb-log-file-size=256M --max-allowed-packet=1G --max-statement-time=0 >"$RUN/server" 2>&1 </dev/null &
  SERVER_PID=$!
  for ((i = 0; i < 1200; i++)); do
    if sql 'SELECT 1' >/dev/null 2>&1; then return 0; fi
    kill -0 "$SERVER_PID" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 15 -- "$RUN/server" >&2
  fail "Cơ sở dữ liệu đã khôi phục không khởi động được." "The restored database does not start."
}

stop_private_server() {
  sql 'SHUTDOWN' || fail "Cơ sở dữ liệu đã khôi phục không kết thúc." "The restored database does not end."
  wait "$SERVER_PID" || fail "Cơ sở dữ liệu đã khôi phục không kết thúc sạch." "The restored database did not end cleanly."
  SERVER_PID=''
  # The next start makes a log of the usual size.
}

end_private_server() {
  [ -n "$SERVER_PID" ] || return 0
  kill -KILL "$SERVER_PID" 2>/dev/null || true
  wait "$SERVER_PID" 2>/dev/null || true
}

# replay_log: the archived log from the end of the chain up to the instant. A transaction counts
# as of the second in which its COMMIT began; everything acknowledged before INSTANT began
# before it and stands in the log in front of everything that began later.
replay_log() {
  local last=${CHAIN[-1]} name dir total=0 size status=0 reader
  local -a files=()
  [ -n "$INSTANT" ] || return 0
  dir=$LOGS/$LINEAGE
  name=${SET_LOG[$last]}
  mkdir -p -- "$RUN/log"
  # An archiver may be at work still.
  hold_index
  load_log "$LINEAGE"
  while :; do
    if [ -n "${LOG_SIZE[$name]+x}" ]; then
      if [ "$(digest "$dir/$name" 2>/dev/null)" != "${LOG_DIGEST[$name]}" ]; then
        fail "Nhật ký bị hỏng: $dir/$name" "The archived log is damaged: $dir/$name"
      fi
      files+=("$dir/$name")
      size=${LOG_SIZE[$name]}
    elif [ "$name" = "$TAIL_NAME" ]; then
      # As much as was archived for certain; behind it a copy may have been cut off.
      head -c "$TAIL_SIZE" -- "$dir/$name" >"$RUN/log/$name"
      if [ "$(digest "$RUN/log/$name")" != "$TAIL_DIGEST" ]; then
        fail "Nhật ký bị hỏng: $dir/$name" "The archived log is damaged: $dir/$name"
      fi
      files+=("$RUN/log/$name")
      size=$TAIL_SIZE
    else
      fail "Nhật ký bị đứt: thiếu $dir/$name" "The log is cut: $dir/$name is missing"
    fi
    total=$((total + size))
    if [ "$name" = "$TAIL_NAME" ] || [ "${LOG_TO[$name]:-0}" -gt "$INSTANT" ]; then break; fi
    name=$(log_name "$name" $(($(log_number "$name") + 1)))
  done
  release_index
  total=$((total - SET_POSITION[$last]))
  step "Đang chạy lại nhật ký: ${#files[@]} tệp, $(megabytes "$total") MB" "replaying the log: ${#files[@]} files, $(megabytes "$total") MB"
  mkfifo -- "$RUN/replay"
  TZ=UTC mariadb-binlog --no-defaults --verify-binlog-checksum --start-position="${SET_POSITION[$last]}" \
    --stop-datetime="$(date -u -d "@$INSTANT" '+%F %T')" "${files[@]}" >"$RUN/replay" 2>"$RUN/binlog-errors" &
  reader=$!
  show_replay "$reader" "$total" &
  mariadb --no-defaults --socket="$SOCKET" --user="$(id -un)" --binary-mode --max-allowed-packet=1G \
    --default-character-set=utf8mb4 <"$RUN/replay" >"$RUN/replay-errors" 2>&1 || status=1
  wait "$reader" || status=1
  # The end of the last file may be half a transaction, which was never acknowledged.
  if [ "$status" != 0 ] || grep -vE 'Event truncated|^WARNING|^$' "$RUN/binlog-errors" >"$RUN/serious"; then
    cat -- "$RUN/serious" "$RUN/replay-errors" 2>/dev/null | head -c 2000 >&2
    fail "Không chạy lại được nhật ký (xem ở trên)." "The log could not be replayed (see above)."
  fi
}

# show_replay PID BYTES: a line about every ten seconds.
show_replay() {
  local seconds=0 bytes
  while sleep 1 && bytes=$(sed -n 's/^rchar: //p' "/proc/$1/io" 2>/dev/null) && [ -n "$bytes" ]; do
    if ((++seconds % 10 == 0)); then say "  đã chạy lại $(megabytes "$bytes") / $(megabytes "$2") MB" "replayed"; fi
  done
}

# check_heads: the restored ledgers hold at least what the newest set said when it began.
check_heads() {
  local service known now
  for service in "${SERVICES[@]}"; do
    known=$(value_of "$SETS/${CHAIN[-1]}/manifest" "head.$service")
    now=$(sql "SELECT CONCAT(CONVERT(epoch USING utf8mb4), ' ', position) FROM phoihop_$service.ledger_head")
    HEADS[$service]=$now
    read -r -a known <<<"$known"
    if [ "${now%% *}" != "${known[0]}" ] || [ "${now##* }" -lt "${known[1]}" ]; then
      fail "Sổ của $service chỉ đến ${now##* }, nhưng bản sao lưu ghi ${known[1]}." \
        "The ledger of $service ends at ${now##* }, but the backup said ${known[1]}."
    fi
  done
}
declare -A HEADS

# keep_checkpoints: of the newest copy of the signed statements, those about what is restored.
keep_checkpoints() {
  local service file source
  mkdir -p -- "$WORK/checkpoints"
  for service in "${SERVICES[@]}"; do
    file=$WORK/checkpoints/$service source=$LOGS/$LINEAGE/checkpoints/$service
    if [ ! -e "$source" ]; then source=$file; fi
    [ -e "$source" ] || continue
    awk -F '\t' -v head="${HEADS[$service]##* }" 'NF == 8 && $4 <= head' "$source" >"$file.new"
    mv -f -- "$file.new" "$file"
  done
}

# write_evidence: what was restored, for whoever asks later, and for followers outside.
write_evidence() {
  local service
  {
    printf 'from=%s\nsets=%s\ninstant=%s\nrestored=%s\n' "$BACKUP" "${CHAIN[*]}" \
      "${INSTANT:+$(date -u -d "@$INSTANT" +%FT%TZ)}" "$(date -u +%FT%TZ)"
    for service in "${SERVICES[@]}"; do
      printf 'head.%s=%s\n' "$service" "${HEADS[$service]}"
      printf 'epoch.%s=%s\n' "$service" "$(sql "SELECT CONVERT(epoch USING utf8mb4) FROM phoihop_$service.ledger_head")"
    done
  } >"$WORK/restored"
}

free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if ! port_taken "$port"; then break; fi
  done
  printf '%s' "$port"
}

# check_by_starting: starts the restored system on other ports, lets followers start over, and
# compares the projection with a recount; then ends it.
check_by_starting() {
  local http grpc status=0
  use_data "$TARGET"
  step "Đang khởi động thử và đếm lại hình chiếu" "starting it once, and counting the projection again"
  http=$(config_get http_port) grpc=$(config_get grpc_port)
  if ! PHOIHOP_BIN=$BIN "$REPO/deploy/up" --data "$TARGET" --no-build --detach --http-port "$(free_port)" --grpc-port "$(free_port)" >"$RUN/up" 2>&1; then
    cat -- "$RUN/up" >&2
    fail "Dữ liệu đã ở $TARGET, nhưng hệ thống không khởi động được (xem ở trên)." \
      "The data are in $TARGET, but the system does not start (see above)."
  fi
  "${CLEAN[@]}" "$BIN/phoihopctl" --data="$TARGET" ledger verify >"$RUN/verify" 2>&1 || status=1
  recount "$RUN/rebuild" "${CLEAN[@]}" "$BIN/phoihopctl" --data="$TARGET" || status=1
  PHOIHOP_BIN=$BIN "$REPO/deploy/down" --data "$TARGET" >/dev/null || status=1
  config_set http_port "${http:-8080}" grpc_port "${grpc:-9090}"
  tail -n 1 -- "$RUN/rebuild"
  if [ "$status" != 0 ]; then
    cat -- "$RUN/verify" "$RUN/rebuild" >&2
    fail "Dữ liệu đã ở $TARGET, nhưng phép kiểm không đạt (xem ở trên)." \
      "The data are in $TARGET, but the check failed (see above)."
  fi
}
