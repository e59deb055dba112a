# shellcheck shell=bash
# What a backup folder holds, and which instants it can restore. Sourced after
# ../lib/common.sh; README.md has the layout.

BACKUP_FORMAT=phoihop-backup-1

# use_backup DIR: sets BACKUP and everything derived from it. Nothing is created.
use_backup() {
  BACKUP=$(absolute "$1")
  case $BACKUP in
    *$'\n'*) fail "Đường dẫn không được có dấu xuống dòng." "The path must not contain a line break." ;;
    /) fail "Không dùng thư mục gốc làm thư mục sao lưu." "The root folder cannot be the backup folder." ;;
  esac
  SETS=$BACKUP/sets
  LOGS=$BACKUP/binlog
  RECOVERY=$BACKUP/recovery.pem
}

# need_programs NAME...: says which package is missing.
need_programs() {
  local name package
  for name in "$@"; do
    command -v "$name" >/dev/null && continue
    case $name in
      mariadb-backup) package=mariadb-backup ;;
      mariadb-binlog) package=mariadb-client ;;
      mariadbd) package=mariadb-server-core ;;
      mariadb) package=mariadb-client-core ;;
      *) package=$name ;;
    esac
    fail "Thiếu chương trình $name. Hãy chạy: sudo apt-get install --no-install-recommends $package" \
      "$name is missing. Run: sudo apt-get install --no-install-recommends $package"
  done
}

# lock_backup NAME: one command of a kind at a time on this folder; until the script ends.
lock_backup() {
  exec {BACKUP_LOCK}>>"$BACKUP/.lock-$1" ||
    fail "Không ghi được vào $BACKUP." "Cannot write to $BACKUP."
  flock -n "$BACKUP_LOCK" ||
    fail "Một lệnh khác đang làm việc với $BACKUP." "Another command is at work on $BACKUP."
}

# keep FILE: standard input becomes the file, in one step and on disk.
keep() {
  cat >"$1.new" && sync -- "$1.new" && mv -f -- "$1.new" "$1"
}

# say_instant SECONDS: as people and commands read it.
say_instant() {
  printf '%s (%s giờ Việt Nam)' "$(date -u -d "@$1" +%FT%TZ)" "$(TZ=Asia/Ho_Chi_Minh date -d "@$1" '+%H:%M:%S %d/%m/%Y')"
}

# parse_instant TEXT: sets INSTANT in seconds since 1970. Without a zone it is Viet Nam's time.
parse_instant() {
  local zone
  [[ $1 =~ ^([0-9]{4}-[0-9]{2}-[0-9]{2})[T\ ]([0-9]{2}:[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}:?[0-9]{2})?$ ]] || return 1
  zone=${BASH_REMATCH[3]:-+07:00}
  INSTANT=$(date -u -d "${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${zone/Z/+00:00}" +%s 2>/dev/null)
}

# megabytes BYTES
megabytes() { printf '%d' $((($1 + 524288) / 1048576)); }

# value_of FILE KEY: the value of the first line KEY=value.
value_of() {
  local key value
  [ -r "$1" ] || return 0
  while IFS='=' read -r key value; do
    if [ "$key" = "$2" ]; then
      printf '%s' "$value"
      return 0
    fi
  done <"$1"
}

# digest FILE: its SHA-256. openssl is several times as fast as sha256sum.
digest() { openssl dgst -sha256 -r -- "$1" | cut -d' ' -f1; }

# digests: standard input names files, NUL behind each; prints `sha256 *path` lines.
digests() { xargs -0 -r -n 256 openssl dgst -sha256 -r --; }

# write_manifest DIR: standard input are its key=value lines; the files below follow, and last
# the digest of all that, so that a change of the manifest itself is seen as well.
write_manifest() {
  local dir=$1 hash path size
  local -A sizes=()
  while read -r size path; do sizes[$path]=$size; done < <(cd -- "$dir" && find . -type f -printf '%s %p\n')
  {
    printf '%s\n' "$BACKUP_FORMAT"
    cat
    (cd -- "$dir" && find . -type f ! -path './manifest*' -print0 | sort -z | digests) |
      while read -r hash path; do printf 'file=%s %s %s\n' "$hash" "${sizes[${path#\*}]}" "${path#\*}"; done
  } >"$dir/manifest.new"
  printf 'manifest=%s\n' "$(digest "$dir/manifest.new")" >>"$dir/manifest.new"
  sync -- "$dir/manifest.new"
  mv -- "$dir/manifest.new" "$dir/manifest"
}

# check_manifest DIR: whether the manifest is whole. Names it on standard output when not.
check_manifest() {
  local file=$1/manifest last
  if [ ! -s "$file" ] || [ "$(head -n 1 -- "$file")" != "$BACKUP_FORMAT" ]; then
    printf '%s' "$file"
    return 1
  fi
  last=$(tail -n 1 -- "$file")
  if [ "$last" != "manifest=$(head -n -1 -- "$file" | openssl dgst -sha256 -r | cut -d' ' -f1)" ]; then
    printf '%s' "$file"
    return 1
  fi
}

# check_set DIR: compares every file with the manifest; prints the first bad file.
check_set() {
  local dir=$1 bad
  check_manifest "$dir" || return 1
  # Named and compared as one sorted list; what is missing, added or changed differs.
  bad=$(diff <(sed -n 's/^file=\([0-9a-f]*\) [0-9]* \(.*\)$/\2 \1/p' "$dir/manifest" | LC_ALL=C sort) \
    <(cd -- "$dir" && find . -type f ! -path ./manifest -print0 | digests 2>/dev/null |
      sed 's/^\([0-9a-f]*\) \*\(.*\)$/\2 \1/' | LC_ALL=C sort) | sed -n 's/^[<>] \(.*\) [0-9a-f]*$/\1/p' | head -n 1)
  [ -n "$bad" ] || return 0
  printf '%s' "$dir/${bad#./}"
  return 1
}

# load_sets: SET_NAMES in order of time, and what their manifests say. Reads no other file.
declare -A SET_KIND SET_BASE SET_LINEAGE SET_BEGIN SET_END SET_LOG SET_POSITION SET_GTID SET_BYTES SET_BAD
load_sets() {
  local dir name key value bad
  SET_NAMES=()
  for dir in "$SETS"/[0-9]*; do
    [ -d "$dir" ] || continue
    name=${dir##*/}
    SET_NAMES+=("$name")
    SET_BAD[$name]=''
    if ! bad=$(check_manifest "$dir"); then SET_BAD[$name]=$bad; fi
    SET_KIND[$name]=${name##*-} SET_BASE[$name]='' SET_LINEAGE[$name]='' SET_END[$name]=0 SET_BYTES[$name]=0
    [ -r "$dir/manifest" ] || continue
    while IFS='=' read -r key value; do
      case $key in
        base) SET_BASE[$name]=$value ;;
        lineage) SET_LINEAGE[$name]=$value ;;
        begin) SET_BEGIN[$name]=$value ;;
        end) SET_END[$name]=$value ;;
        binlog_file) SET_LOG[$name]=$value ;;
        binlog_position) SET_POSITION[$name]=$value ;;
        gtid) SET_GTID[$name]=$value ;;
        bytes) SET_BYTES[$name]=$value ;;
        file) break ;;
      esac
    done <"$dir/manifest"
  done
}

# chain_of NAME: CHAIN, from the full backup to NAME. Fails with CHAIN_BAD, the file at fault.
chain_of() {
  local name=$1 base
  CHAIN=()
  CHAIN_BAD=''
  while :; do
    if [ ! -d "$SETS/$name" ]; then CHAIN_BAD=$SETS/$name; return 1; fi
    if [ -n "${SET_BAD[$name]}" ]; then CHAIN_BAD=${SET_BAD[$name]}; return 1; fi
    CHAIN=("$name" "${CHAIN[@]}")
    base=${SET_BASE[$name]}
    [ -n "$base" ] || return 0
    # The base is the one on which this increment was made, not another of its name.
    if [ -e "$SETS/$base/manifest" ] &&
      [ "$(value_of "$SETS/$name/manifest" base_manifest)" != "$(value_of "$SETS/$base/manifest" manifest)" ]; then
      CHAIN_BAD=$SETS/$base/manifest
      return 1
    fi
    name=$base
  done
}

# log_number NAME: binlog.000012 -> 12
log_number() { printf '%d' "$((10#${1##*.}))"; }
# log_name LIKE NUMBER: the name of another file of the same log.
log_name() { printf '%s.%06d' "${1%.*}" "$2"; }

# load_log LINEAGE: what is archived of its binary log. LOG_FILES has the closed ones.
declare -A LOG_DIGEST LOG_SIZE LOG_TO
load_log() {
  local name size hash from to dir=$LOGS/$1
  LOG_FILES=() LOG_DIGEST=() LOG_SIZE=() LOG_TO=()
  if [ -r "$dir/index" ]; then
    while read -r name size hash from to; do
      LOG_FILES+=("$name")
      LOG_SIZE[$name]=$size LOG_DIGEST[$name]=$hash LOG_TO[$name]=$to
    done <"$dir/index"
  fi
  TAIL_NAME=$(value_of "$dir/state" tail)
  TAIL_SIZE=$(value_of "$dir/state" size)
  TAIL_DIGEST=$(value_of "$dir/state" sha256)
  ARCHIVED_UNTIL=$(value_of "$dir/state" until)
  ARCHIVED_UNTIL=${ARCHIVED_UNTIL:-0}
}

# hold_index: until release_index no file of the archive is closed or removed.
hold_index() {
  INDEX_LOCK=''
  [ -e "$BACKUP/.lock-index" ] || return 0
  exec {INDEX_LOCK}<"$BACKUP/.lock-index"
  flock -s "$INDEX_LOCK"
}
release_index() {
  if [ -n "$INDEX_LOCK" ]; then exec {INDEX_LOCK}<&-; fi
}

# reach_of SET: REACH, the last instant to which the archived log leads from this set, and
# REACH_BAD, the file that is missing behind it. load_log comes first.
declare -A BROKEN_LOG=()
reach_of() {
  local name=${SET_LOG[$1]:-} size
  local dir=$LOGS/${SET_LINEAGE[$1]}
  REACH=0 REACH_BAD=''
  [ -n "$name" ] || return 0
  while :; do
    if [ "$name" = "$TAIL_NAME" ] && [ -z "${LOG_SIZE[$name]+x}" ]; then
      size=$(stat -c %s -- "$dir/$name" 2>/dev/null || echo -1)
      if [ "$size" -lt "$TAIL_SIZE" ] || [ -n "${BROKEN_LOG[$name]:-}" ]; then REACH_BAD=$dir/$name; return 0; fi
      REACH=$ARCHIVED_UNTIL
      return 0
    fi
    size=$(stat -c %s -- "$dir/$name" 2>/dev/null || echo -1)
    if [ -z "${LOG_SIZE[$name]+x}" ] || [ "$size" != "${LOG_SIZE[$name]}" ] || [ -n "${BROKEN_LOG[$name]:-}" ]; then
      REACH_BAD=$dir/$name
      return 0
    fi
    REACH=${LOG_TO[$name]}
    name=$(log_name "$name" $(($(log_number "$name") + 1)))
  done
}

# find_ranges [SET...]: which instants the sets (all without arguments) can restore: RANGES
# with elements `lineage from to`, joined where they overlap; GAPS names what is missing.
find_ranges() {
  local name lineage='' from i last
  local -a names=("$@")
  RANGES=() GAPS=()
  if [ $# = 0 ]; then names=("${SET_NAMES[@]}"); fi
  for name in "${names[@]}"; do
    if ! chain_of "$name"; then GAPS+=("$CHAIN_BAD"); continue; fi
    if [ "${SET_LINEAGE[$name]}" != "$lineage" ]; then
      lineage=${SET_LINEAGE[$name]}
      load_log "$lineage"
    fi
    reach_of "$name"
    if [ -n "$REACH_BAD" ]; then GAPS+=("$REACH_BAD"); fi
    from=$((SET_END[$name] + 1))
    [ "$REACH" -ge "$from" ] || continue
    i=$((${#RANGES[@]} - 1))
    if [ "$i" -ge 0 ]; then
      read -r -a last <<<"${RANGES[$i]}"
      if [ "${last[0]}" = "$lineage" ] && [ "${last[2]}" -ge "$((from - 1))" ]; then
        if [ "$REACH" -gt "${last[2]}" ]; then RANGES[i]="$lineage ${last[1]} $REACH"; fi
        continue
      fi
    fi
    RANGES+=("$lineage $from $REACH")
  done
}

# print_ranges: as find_ranges has found them.
print_ranges() {
  local range
  local -a part
  if [ ${#RANGES[@]} = 0 ]; then
    printf '    không có mốc nào khôi phục được  /  no instant can be restored\n'
  fi
  for range in "${RANGES[@]}"; do
    read -r -a part <<<"$range"
    printf '    %s  …  %s\n' "$(say_instant "${part[1]}")" "$(say_instant "${part[2]}")"
  done
}

# succeeded KIND: notes the time for metrics.prom, which a monitor reads. It lies in a folder that
# everybody may list, as node-exporter does; the rest of the backup is closed.
succeeded() {
  local kind metrics=$BACKUP/metrics/backup.prom
  mkdir -p -- "$BACKUP/.success" "$BACKUP/metrics"
  chmod 0755 -- "$BACKUP/metrics"
  printf '%(%s)T\n' -1 | keep "$BACKUP/.success/$1"
  {
    printf '# HELP phoihop_backup_last_success_timestamp_seconds When a backup command of this kind last succeeded.\n'
    printf '# TYPE phoihop_backup_last_success_timestamp_seconds gauge\n'
    for kind in "$BACKUP"/.success/*; do
      case $kind in *.new) continue ;; esac
      printf 'phoihop_backup_last_success_timestamp_seconds{kind="%s"} %s\n' "${kind##*/}" "$(cat -- "$kind")"
    done
  } >"$metrics.$1"
  chmod 0644 -- "$metrics.$1"
  mv -f -- "$metrics.$1" "$metrics"
  ln -sfn -- metrics/backup.prom "$BACKUP/metrics.prom"
}
