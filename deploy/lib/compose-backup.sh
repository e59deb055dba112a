# shellcheck shell=bash
# Backups of what runs in containers. Sourced by `compose`, which has ENGINE, DATA, container and
# so on. deploy/backup works on the host, over the database's socket and files in its volume; the
# folder of secrets gets a `config` and the names by which a data folder of deploy/up has them.

# volume NAME: where its files lie on this host.
volume() { "$ENGINE" volume inspect --format '{{.Mountpoint}}' "${PROJECT}_$1"; }

# describe: what deploy/backup reads in DATA.
describe() {
  local service mysql id path
  mysql=$(volume mysql) || fail "Chưa có volume ${PROJECT}_mysql; hãy chạy deploy/compose up." "There is no volume ${PROJECT}_mysql; run deploy/compose up."
  mkdir -p -- "$DATA/keys" "$DATA/checkpoints"
  ln -sfn -- ../trusted "$DATA/keys/trusted"
  for service in "${SERVICES[@]}"; do
    path=$(volume "checkpoints-$service")/checkpoints
    # The first signed statement comes half a minute after a service's first start.
    if [ -f "$path" ]; then ln -sfn -- "$path" "$DATA/checkpoints/$service"; else rm -f -- "$DATA/checkpoints/$service"; fi
  done
  (
    CONFIG=$DATA/config
    id=$(config_get id)
    config_set id "${id:-$(random_hex 16)}" mysql_socket "$mysql/mysqld.sock" mysql_dir "$mysql/data"
  )
}

# backup COMMAND ...: of deploy/backup. The exporter is shown where metrics.prom lies from the next
# `up` on.
backup() {
  local i
  [ "$(id -u)" = 0 ] || fail "backup cần quyền root." "backup needs root."
  describe
  for ((i = 1; i <= $#; i++)); do
    case ${!i} in
      --backup=*) config_set PHOIHOP_BACKUP_METRICS "$(absolute "${!i#--backup=}")/metrics" ;;
      --backup)
        i=$((i + 1))
        config_set PHOIHOP_BACKUP_METRICS "$(absolute "${!i:-}")/metrics"
        ;;
    esac
  done
  exec "$REPO/deploy/backup/backup" "$@" --data "$DATA"
}

# tools DIR: phoihopctl of its image as a program of this host, for restore.
tools() {
  local id
  mkdir -p -- "$1/root"
  id=$("$ENGINE" create "$IMAGES/ctl:$TAG") || fail "Không có ảnh $IMAGES/ctl:$TAG." "There is no image $IMAGES/ctl:$TAG."
  "$ENGINE" export "$id" | tar -C "$1/root" -xf - usr
  "$ENGINE" rm "$id" >/dev/null
  cat >"$1/phoihopctl" <<END
#!/bin/bash
exec $1/root/usr/lib64/ld-linux-x86-64.so.2 --library-path $(printf '%q' "$(dirname -- "$(find "$1/root/usr/lib" -name 'libc.so.6' | head -n 1)")") $1/root/usr/bin/phoihopctl "\$@"
END
  chmod 0755 -- "$1/phoihopctl"
}

# need_new_volumes ARG...: before anything is restored, that there is room for it. The project is
# the one given, or that of the newest backup; it is used from then on.
need_new_volumes() {
  local i from='' env service
  for ((i = 1; i <= $#; i++)); do
    case ${!i} in
      --from) i=$((i + 1)) from=${!i:-} ;;
      --from=*) from=${!i#*=} ;;
    esac
  done
  for env in "$from"/sets/[0-9]*/folder/env; do
    if [ -z "$PROJECT" ] && [ -r "$env" ]; then CONFIG=$env; fi
  done
  PROJECT=${PROJECT:-$(config_get PHOIHOP_PROJECT)}
  CONFIG=$DATA/env PROJECT=${PROJECT:-phoihop}
  for service in mysql "${SERVICES[@]/#/checkpoints-}"; do
    if "$ENGINE" volume inspect "${PROJECT}_$service" >/dev/null 2>&1; then
      fail "Volume ${PROJECT}_$service đã có; hãy đặt tên khác bằng --project, hoặc xóa nó (deploy/compose down --volumes). Chưa có gì bị thay đổi." \
        "The volume ${PROJECT}_$service is there already; take another --project, or remove it. Nothing was changed."
    fi
  done
}

# compare_restored: what a restore of containers could not look at, since nothing ran: whether the
# projection equals a recount. Once, with the first `up`.
compare_restored() {
  local said
  [ -e "$DATA/restored" ] && [ ! -e "$DATA/restored.compared" ] || return 0
  said=$(mktemp)
  say "Đang so hình chiếu đã khôi phục với phép đếm lại" "comparing the restored projection with a recount"
  if ! recount "$said" ctl; then
    cat -- "$said" >&2
    rm -f -- "$said"
    fail "Hệ thống đang chạy, nhưng hình chiếu đã khôi phục không khớp (xem ở trên)." \
      "The system runs, but the restored projection does not agree (see above)."
  fi
  tail -n 1 -- "$said"
  rm -f -- "$said"
  : >"$DATA/restored.compared"
}

# restore_all ...: deploy/backup/restore into DATA, then the database and the checkpoints into new
# volumes.
restore_all() {
  local work service path
  [ "$(id -u)" = 0 ] || fail "restore cần quyền root." "restore needs root."
  need_new_volumes "$@"
  IMAGES=${PHOIHOP_IMAGES:-localhost/phoihop} TAG=${TAG:-0.1.0}
  work=$(mktemp -d /var/tmp/phoihop-restore.XXXXXX)
  # shellcheck disable=SC2064
  trap "rm -rf -- '$work'" EXIT
  tools "$work"
  PHOIHOP_BIN=$work "$REPO/deploy/backup/restore" "$@" --data "$DATA" --no-check
  rm -rf -- "$DATA/trusted"
  mv -- "$DATA/keys/trusted" "$DATA/trusted"
  rmdir -- "$DATA/keys"
  chmod 0755 -- "$DATA" "$DATA/trusted" "$DATA/authorities" "$DATA/services" "$DATA/tls"
  # The authority's key stays root's.
  chown -R "$USER_ID:$USER_ID" -- "$DATA/services" "$DATA/trusted" "$DATA/ctl" "$DATA/site"
  find "$DATA/tls" -mindepth 2 -name key.pem ! -path '*/authority/*' -exec chown "$USER_ID:$USER_ID" -- {} +
  for service in mysql "${SERVICES[@]/#/checkpoints-}"; do
    # As compose would make them, so that it takes them for its own.
    "$ENGINE" volume create --label "io.podman.compose.project=$PROJECT" --label "com.docker.compose.project=$PROJECT" \
      --label "com.docker.compose.volume=$service" "${PROJECT}_$service" >/dev/null
  done
  path=$(volume mysql)
  mv -- "$DATA/mysql" "$path/data"
  chown -R "$USER_ID:$USER_ID" -- "$path"
  for service in "${SERVICES[@]}"; do
    path=$(volume "checkpoints-$service")
    if [ -f "$DATA/checkpoints/$service" ]; then mv -- "$DATA/checkpoints/$service" "$path/checkpoints"; fi
    chown -R "$USER_ID:$USER_ID" -- "$path"
  done
  rm -rf -- "$DATA/checkpoints"
  init
  printf '  Khởi động / start it:  deploy/compose --data %q up\n' "$DATA"
}
