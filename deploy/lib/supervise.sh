# shellcheck shell=bash
# Supervision by Debian's runit: a private runsvdir for each data folder. Sourced after
# common.sh.
#
#   two keepers -> runsvdir -> runsv NAME -> NAME and its svlogd
#
# A process that died is started again by the one above it, a keeper by the other one. When
# one above dies, the kernel ends what is below (parent-death signals), so nothing runs
# unsupervised, and nothing is started a second time beside what still runs.

# choose_run_folder: sets RUN and SOCKET. They lie in the data folder, unless that path is
# too long for a socket (107 bytes) or has a colon, which PATH cannot hold.
choose_run_folder() {
  local hash
  RUN=$DATA/run
  if [ "${#RUN}" -gt 80 ] || [ "$(printf %s "$RUN" | wc -c)" -gt 80 ] || [[ $RUN == *:* ]]; then
    hash=$(printf %s "$DATA" | sha256sum | cut -c1-16)
    if [ "$(id -u)" = 0 ]; then RUN=/run/phoihop-$hash; else RUN=${XDG_RUNTIME_DIR:-/tmp}/phoihop-$(id -u)-$hash; fi
  fi
  mkdir -p -m 0711 -- "$RUN"
  if [ -L "$RUN" ] || [ ! -O "$RUN" ]; then
    fail "$RUN không thuộc về người đang chạy lệnh này." "$RUN does not belong to who runs this."
  fi
  SOCKET=$RUN/db/mysql.sock
  mkdir -p -- "$RUN/db/tmp" "$RUN/bin"
  chmod 0700 -- "$RUN/db" "$RUN/db/tmp"
  give "$RUN/db" "$RUN/db/tmp"
  # runsvdir finds runsv by PATH; this one dies with runsvdir instead of staying behind.
  write_file "$RUN/bin/runsv" <<EOF
#!/bin/bash
exec setpriv --pdeathsig TERM -- $(printf %q "$REPO/deploy/lib/child") runsvdir /usr/bin/runsv "\$@"
EOF
}

# give PATH...: makes the run user their owner.
give() {
  if [ "$(id -un)" != "$RUN_USER" ]; then chown -h "$RUN_USER:" -- "$@"; fi
}

# write_file PATH: standard input, in one step, executable.
write_file() {
  cat >"$1.new"
  chmod 0755 -- "$1.new"
  mv -f -- "$1.new" "$1"
}

# write_service NAME COMMAND...: the service directory of one process. With AS_CALLER set it runs
# as who starts the system, not as the services' user.
write_service() {
  local name=$1 folder=$DATA/sv/$1 wait_for='' first=''
  local -a as=("${RUN_AS[@]}")
  if [ -n "${AS_CALLER:-}" ]; then as=(); fi
  shift
  mkdir -p -- "$folder/log" "$DATA/log/$name"
  # svlogd makes its files readable for everybody; so the folder is closed.
  chmod 0700 -- "$DATA/log/$name"
  # Files of 10 MB; the oldest go when there are too many, and all but two when the disk is full.
  printf 's10000000\nn%s\nN2\n' "$LOG_FILES" >"$DATA/log/$name/config"
  give "$DATA/log/$name" "$DATA/log/$name/config"
  if [ "$name" != mariadb ] && [ -z "$(config_get mysql_host)" ]; then
    # At a common start the database is given a moment; later each reconnects by itself.
    wait_for="for ((i = 0; i < 100; i++)); do [ -S $(printf %q "$SOCKET") ] && break; sleep 0.1; done"
  fi
  if [ "$name" = gateway ]; then
    # When the machine is full, whoever turns callers away goes before those who work, or comes to
    # it too late; it needs little. Where Linux shares processors out by session, autogroup counts
    # and nice does not. Only root may; otherwise all are alike.
    first="{ echo -10 >/proc/self/autogroup; renice -n -10 -p \$\$; } >/dev/null 2>&1"
  fi
  write_file "$folder/run" <<EOF
#!/bin/bash
# Written by deploy/up at each start.
exec 2>&1
printf '%(%s)T' -1 >started
cd $(printf %q "$DATA") || exit 111
$first
$wait_for
exec ${as[*]:-setpriv} --no-new-privs --pdeathsig KILL -- $(printf '%q ' "$REPO/deploy/lib/child" runsv "$@")
EOF
  write_file "$folder/finish" <<'EOF'
#!/bin/bash
# finish CODE SIGNAL: waits before the next start, 1 s and then twice as long each time up
# to 30 s; a minute of life starts over. Not when it was told to end.
exec 2>&1
if grep -q 'want' supervise/stat 2>/dev/null; then
  rm -f failures
  exit 0
fi
started=$(cat started 2>/dev/null || echo 0)
failures=$(cat failures 2>/dev/null || echo 0)
if (($(printf '%(%s)T' -1) - started >= 60)); then failures=0; fi
delay=$((failures < 5 ? 1 << failures : 30))
echo $((failures + 1)) >failures
how="exit code $1"
if [ "$1" = -1 ]; then how="signal $2"; fi
printf '{"time":"%s","level":"warning","service":"%s","message":"ended by %s, starts again in %s s"}\n' \
  "$(date -u +%FT%TZ)" "${PWD##*/}" "$how" "$delay"
exec sleep "$delay"
EOF
  write_file "$folder/log/run" <<EOF
#!/bin/bash
# svlogd wants to open the folder that it is started in.
cd $(printf %q "$DATA/log/$name") || exit 111
exec ${RUN_AS[*]} svlogd $(printf %q "$DATA/log/$name")
EOF
}

# start_keeper: starts the supervisor. With FOREGROUND set it ends with this script.
start_keeper() {
  : >"$WANTED_FILE"
  # No file of this script may stay open in it, least of all the lock; and nothing of the
  # caller's environment counts (a proxy, a locale).
  env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 PHOIHOP_DATA_ID="$(config_get id)" \
    setsid "$REPO/deploy/lib/keeper" "$DATA" "$RUN" ${FOREGROUND:+"$$"} \
    </dev/null >"$DATA/log/supervision" 2>&1 {LOCK}>&- &
  disown
}

# service_control ARG...: sv on this data folder.
service_control() { SVDIR=$DATA/sv sv "$@"; }

# start_services NAME...: lets them run now and after a restart of their supervisor.
start_services() {
  local name i
  for name in "$@"; do
    rm -f -- "$DATA/sv/$name/down" "$DATA/sv/$name/failures"
    for ((i = 0; i < 100; i++)); do
      if service_control up "$name" >/dev/null 2>&1; then break; fi
      sleep 0.05
    done
  done
}

# stop_services SECONDS NAME...: ends them, by force when they take longer. One without
# a supervisor is dead already.
stop_services() {
  local seconds=$1
  shift
  service_control -w "$seconds" force-stop "$@" >/dev/null 2>&1 || true
}

# stop_everything: the gateway first, the database last, then the supervisor. Whatever is
# left of this data folder's own processes is ended by its pid.
stop_everything() {
  local keeper i pid signal
  # From here on no keeper takes the place of another one.
  rm -f -- "$WANTED_FILE"
  if keeper=$(keeper_pid); then
    stop_services 20 gateway
    stop_services 20 reporting opinions agreements
    stop_services 20 directory
    stop_services 60 mariadb
    # Last, when nothing is written any more.
    if [ -d "$DATA/sv/archive" ]; then stop_services 10 archive; fi
    kill -TERM "$keeper" 2>/dev/null || true
    for ((i = 0; i < 300; i++)); do
      [ -n "$(our_processes)" ] || break
      sleep 0.1
    done
  fi
  # Left over by supervisors that were killed.
  for signal in TERM KILL; do
    for ((i = 0; i < 100; i++)); do
      [ -n "$(our_processes)" ] || break 2
      if ((i % 20 == 0)); then
        for pid in $(our_processes); do kill "-$signal" "$pid" 2>/dev/null || true; done
      fi
      sleep 0.1
    done
  done
  [ -z "$(our_processes)" ]
}
