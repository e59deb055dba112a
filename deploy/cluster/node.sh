# shellcheck shell=bash
# One node of the cluster: its files, its MariaDB, and what the others say. Sourced by node.

GROUP_PORT=4567 IST_PORT=4568 SST_PORT=4444 MEETING_PORT=4569

# How soon a silent node counts as dead. Measured with kill -9 of the writing node: writers wait
# 1.0 to 1.2 s with these, 2.1 s where join messages are repeated after 1 s as is the default, 6.3 s
# with all defaults. See README.md before changing them.
TIMEOUTS='evs.keepalive_period=PT0.25S;evs.inactive_check_period=PT0.1S;evs.suspect_timeout=PT1S'
TIMEOUTS+=';evs.join_retrans_period=PT0.2S;evs.inactive_timeout=PT3S;evs.install_timeout=PT3S;gmcast.peer_timeout=PT1S'

# load_node: the settings of DATA/config.
load_node() {
  [ -r "$CONFIG" ] || fail "Chưa có nút nào ở $DATA; hãy chạy: node init" "There is no node in $DATA; run: node init"
  NAME=$(config_get name) ADDRESS=$(config_get address) NODES=$(config_get nodes)
  PORT=$(config_get port) TLS=$(config_get tls) SST=$(config_get sst)
  MEMORY=$(config_get memory) HISTORY=$(config_get history) RUN_USER=$(config_get user) HAPROXY=$(config_get haproxy)
  CONNECTIONS=$(config_get connections)
  # A socket's path has at most 107 bytes.
  RUN=$DATA/run
  if [ "${#RUN}" -gt 80 ]; then RUN=/run/phoihop-node-$(printf %s "$DATA" | sha256sum | cut -c1-16); fi
  SOCKET=$RUN/mysqld.sock PID_FILE=$RUN/mysqld.pid LOG=$DATA/log/mariadbd.log
}

# others: the addresses of the other nodes, one a line.
others() {
  local address
  for address in ${NODES//,/ }; do
    if [ "$address" != "$ADDRESS" ]; then printf '%s\n' "$address"; fi
  done
}

# give PATH...: to the user of MariaDB, when root runs this.
give() { if [ "$(id -u)" = 0 ]; then chown -R -- "$RUN_USER:" "$@"; fi; }

# server_id: from the address, so that no two nodes have the same.
server_id() {
  local a b c d
  IFS=. read -r a b c d <<<"$ADDRESS"
  printf '%s' $((((b % 128) << 24) + (c << 16) + (d << 8) + a % 256))
}

write_settings() {
  local provider="gmcast.listen_addr=tcp://$ADDRESS:$GROUP_PORT;ist.recv_addr=$ADDRESS:$IST_PORT"
  if [ -n "$TLS" ]; then
    provider="gmcast.listen_addr=ssl://$ADDRESS:$GROUP_PORT;ist.recv_addr=ssl://$ADDRESS:$IST_PORT"
    provider+=";socket.ssl=YES;socket.ssl_ca=$TLS/ca.pem;socket.ssl_cert=$TLS/cert.pem;socket.ssl_key=$TLS/key.pem"
  fi
  provider+=";$TIMEOUTS;gcache.size=$HISTORY;repl.causal_read_timeout=PT10S;pc.recovery=YES"
  {
    printf '# Viết bởi deploy/cluster/node; sửa bằng node init. / Written by deploy/cluster/node.\n[mysqld]\n'
    printf '%s\n' "user=$RUN_USER" "datadir=$DATA/data" "socket=$SOCKET" "pid-file=$PID_FILE" \
      "log-error=$LOG" "tmpdir=$RUN/tmp" "bind-address=$ADDRESS" "port=$PORT" "server-id=$(server_id)" \
      "innodb-buffer-pool-size=$MEMORY" "max-connections=${CONNECTIONS:-1000}" "wsrep-node-name=$NAME" "wsrep-node-address=$ADDRESS" \
      "wsrep-sst-receive-address=$ADDRESS:$SST_PORT" "wsrep-cluster-address=gcomm://$NODES" \
      "wsrep-sst-method=$SST" "wsrep-provider-options=\"$provider\""
    if [ "$SST" = mariabackup ]; then printf '%s\n' "wsrep-sst-auth=$RUN_USER:"; fi
    cat <<'SETTINGS'
skip-name-resolve
local-infile=0
character-set-server=utf8mb4
collation-server=utf8mb4_bin
sql-mode=STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
transaction-isolation=READ-COMMITTED
# What was acknowledged is on this node's disk, not only in the others' memory.
innodb-flush-log-at-trx-commit=1
sync-binlog=1
log-bin=binlog
log-slave-updates=ON
binlog-format=ROW
binlog-expire-logs-seconds=604800
max-binlog-size=64M
wsrep-gtid-mode=ON
default-storage-engine=InnoDB
innodb-autoinc-lock-mode=2
innodb-log-file-size=256M
performance-schema=OFF
key-buffer-size=1M
aria-pagecache-buffer-size=8M
max-allowed-packet=64M
thread-cache-size=64
# All clients come from HAProxy's address: what breaks off there must not lock all others out.
max-connect-errors=4294967295
wsrep-on=ON
wsrep-provider=/usr/lib/galera/libgalera_smm.so
wsrep-cluster-name=phoihop
wsrep-slave-threads=4
wsrep-max-ws-size=2G
# Whoever is led to another node sees there all that was acknowledged before: a new connection
# waits once until this node has applied what the cluster has committed.
init-connect="SET SESSION wsrep_sync_wait=1; START TRANSACTION; COMMIT; SET SESSION wsrep_sync_wait=0"
SETTINGS
    if [ -n "$TLS" ]; then
      printf '%s\n' "ssl-ca=$TLS/ca.pem" "ssl-cert=$TLS/cert.pem" "ssl-key=$TLS/key.pem" tls-version=TLSv1.2,TLSv1.3
      printf '%s\n' '[sst]' encrypt=4 "tca=$TLS/ca.pem" "tcert=$TLS/cert.pem" "tkey=$TLS/key.pem"
    fi
    # A copy is taken at this node's address only.
    if [ -z "$TLS" ]; then printf '[sst]\n'; fi
    printf '%s\n' "sockopt=\",bind=$ADDRESS\""
  } >"$DATA/my.cnf.new"
  chmod 0644 -- "$DATA/my.cnf.new"
  mv -f -- "$DATA/my.cnf.new" "$DATA/my.cnf"
}

# prepare_folders: also after a restart of the machine, which empties /run.
prepare_folders() {
  mkdir -p -- "$DATA/data" "$DATA/log" "$RUN/tmp"
  chmod 0755 -- "$DATA" "$RUN"
  chmod 0700 -- "$DATA/data" "$RUN/tmp"
  if [ "$(id -u)" = 0 ]; then chown -- "$RUN_USER:" "$DATA/data" "$DATA/log" "$RUN" "$RUN/tmp"; fi
  if [ ! -e "$LOG" ]; then
    : >"$LOG"
    give "$LOG"
  fi
}

running() { alive "$PID_FILE" mariadbd; }

# node_sql SQL: as the administrator on this node's socket; without init-connect. Not as an argument of a
# program, which every user of the machine sees.
node_sql() {
  timeout 10 mariadb --no-defaults --socket="$SOCKET" --user="$(id -un)" --connect-timeout=3 \
    --batch --skip-column-names <<<"$1" 2>/dev/null
}

# node_state: "ON Primary Synced 3" (ready, quorum, state, size), or nothing when it gives no answer.
node_state() {
  node_sql "SELECT CONCAT_WS(' ', MAX(IF(v='WSREP_READY', n, '')), MAX(IF(v='WSREP_CLUSTER_STATUS', n, '')),
    MAX(IF(v='WSREP_LOCAL_STATE_COMMENT', n, '')), MAX(IF(v='WSREP_CLUSTER_SIZE', n, ''))) FROM
    (SELECT VARIABLE_NAME v, VARIABLE_VALUE n FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN
    ('WSREP_READY', 'WSREP_CLUSTER_STATUS', 'WSREP_LOCAL_STATE_COMMENT', 'WSREP_CLUSTER_SIZE')) s" || true
}

# find_position: sets POSITION to what is on this node's disk, as group:number; only while its
# MariaDB does not run. InnoDB's own recovery says it, so it holds also after a crash.
find_position() {
  local log=$RUN/tmp/position.log
  POSITION=$NOBODY:-1
  [ -d "$DATA/data/mysql" ] || return 0
  rm -f -- "$log"
  timeout 600 mariadbd --defaults-file="$DATA/my.cnf" --log-error="$log" --wsrep-recover --skip-networking >/dev/null 2>&1 || true
  POSITION=$(sed -n 's/.*WSREP: Recovered position: *//p' "$log" 2>/dev/null | tail -n 1)
  if ! [[ $POSITION =~ ^[0-9a-f-]{36}:-?[0-9]+ ]]; then
    tail -n 15 -- "$log" >&2 || true
    fail "Không đọc được vị trí của nút; xem ở trên." "The node's position cannot be read; see above."
  fi
}

# quiet_donor: the node that is asked first for what is missing here: that with the fewest
# connections, so that the writing one has nothing to do with it. Ends in a comma: else any.
quiet_donor() {
  local address name count best='' least=-1
  for address in $(others); do
    read -r name count < <(timeout 3 mariadb --no-defaults --skip-ssl --host="$address" --port="$PORT" --user="$CHECK_USER" --connect-timeout=1 \
      --batch --skip-column-names -e "SELECT @@wsrep_node_name, VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
        WHERE VARIABLE_NAME = 'THREADS_CONNECTED'" 2>/dev/null) || continue
    if [ "$least" = -1 ] || [ "$count" -lt "$least" ]; then least=$count best=$name; fi
  done
  if [ -n "$best" ]; then printf '%s,' "$best"; fi
}

# server ARGUMENT...: becomes MariaDB. The position given lets the others send only what is missing.
server() {
  # In the foreground it would hold the lock of the commands for as long as it lives.
  exec {LOCK}>&-
  if [ "$(id -u)" != 0 ] || [ "$RUN_USER" = root ]; then cd -- "$DATA/data" || exit 1; fi
  exec "${CLEAN[@]}" mariadbd --defaults-file="$DATA/my.cnf" "$@"
}

# launch ARGUMENT...: MariaDB in the background, away from this terminal.
launch() {
  rm -f -- "$PID_FILE"
  (
    exec {LOCK}>&-
    # shellcheck disable=SC2016
    exec setsid "${CLEAN[@]}" mariadbd --defaults-file="$DATA/my.cnf" "$@" </dev/null >>"$LOG" 2>&1
  ) &
  SERVER=$!
}

# await_synced SECONDS [quietly]: until the node takes work. A whole copy of the data takes its time.
await_synced() {
  local i state=
  for ((i = 0; i < $1 * 5; i++)); do
    state=$(node_state)
    if [[ $state == "ON Primary Synced "* ]]; then return 0; fi
    kill -0 "$SERVER" 2>/dev/null || break
    if ((i == 50)); then say "Đang chờ nút $NAME đồng bộ" "waiting for node $NAME to be in step"; fi
    sleep 0.2
  done
  if [ -n "${2:-}" ] && ! kill -0 "$SERVER" 2>/dev/null; then return 1; fi
  tail -n 20 -- "$LOG" >&2 || true
  fail "Nút $NAME chưa đồng bộ (${state:-không trả lời}). Nhật ký: $LOG" \
    "Node $NAME is not in step (${state:-no answer}). Its log: $LOG"
}
