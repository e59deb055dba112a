# shellcheck shell=bash
# The archive of the binary log. Sourced by `backup`.
#
#   binlog/LINEAGE/binlog.000012   a file of the server's log, or as much of the last as it has
#   binlog/LINEAGE/index           closed files: name, bytes, SHA-256, first and last second
#   binlog/LINEAGE/state           the last file: name, bytes, SHA-256; until: everything that
#                                  was committed before that second is archived
#   binlog/LINEAGE/checkpoints/    signed statements about the ledgers, as they grow
#
# The server only ever appends to the last file of its index, so bytes are copied from where
# the copy ends. The one thing that changes is a flag in the header when a file is closed.

# log_began FILE: the second in its first event.
log_began() { od -An -tu4 -j4 -N4 -- "$1" | tr -d ' '; }

# append_to COPY SOURCE: what SOURCE has more. Fails when it is shorter, or another file.
append_to() {
  local have=0 all
  if [ -e "$1" ]; then have=$(stat -c %s -- "$1"); fi
  all=$(stat -c %s -- "$2") || return 1
  if [ "$have" -gt "$all" ] || { [ "$have" -ge 23 ] && [ "$(log_began "$1")" != "$(log_began "$2")" ]; }; then
    warn "$2 không phải là tệp đã chép trước đây; nhật ký của máy chủ đã bắt đầu lại. Hãy chạy backup full vào thư mục khác." \
      "$2 is not the file that was archived before: the server's log has started over. Run backup full into another folder."
    return 1
  fi
  if [ "$have" -lt "$all" ]; then
    # tail closes the pipe's end after so many bytes; what was appended meanwhile comes next time.
    { tail -c +$((have + 1)) -- "$2" 2>/dev/null || true; } | head -c $((all - have)) >>"$1" || return 1
    sync -- "$1" || return 1
    [ "$(stat -c %s -- "$1")" = "$all" ] || return 1
  fi
}

# close_log NAME: a file that the server has closed, whole and with its digest.
close_log() {
  local name=$1 source=$LOG_DIR/$1 copy=$ARCHIVE/$1
  append_to "$copy" "$source" || return 1
  cp -- "$source" "$copy.new" && sync -- "$copy.new" || return 1
  # Behind the header nothing may differ from what was copied while it was written.
  if ! cmp -s -i 40 -- "$copy" "$copy.new"; then
    rm -f -- "$copy.new"
    warn "$source khác với những gì đã chép trước đây." "$source differs from what was archived before."
    return 1
  fi
  mv -f -- "$copy.new" "$copy" || return 1
  {
    cat -- "$ARCHIVE/index" 2>/dev/null || true
    printf '%s %s %s %s %s\n' "$name" "$(stat -c %s -- "$copy")" "$(digest "$copy")" "$(log_began "$copy")" "$2"
  } | keep "$ARCHIVE/index"
}

# archive_round: one copy of everything new. A subshell, which holds the lock of the index.
archive_round() (
  exec {INDEX_LOCK}>>"$BACKUP/.lock-index"
  flock "$INDEX_LOCK"
  local began name next i last first=0 number file
  local -a names=()
  printf -v began '%(%s)T' -1
  # A node of a cluster may be a moment behind the one that has acknowledged; not in quorum, for longer.
  if [ -n "$(config_get galera)" ] && ! sql 'SET SESSION wsrep_sync_wait = 1; SELECT 1' >/dev/null 2>&1; then
    warn "Nút này không theo kịp cụm." "This node is not in step with its cluster."
    exit 1
  fi
  mapfile -t names < <(sed 's|^.*/||' -- "$LOG_INDEX" 2>/dev/null)
  if [ ${#names[@]} = 0 ]; then
    warn "Không đọc được $LOG_INDEX." "$LOG_INDEX cannot be read."
    exit 1
  fi
  load_log "$LINEAGE"
  # What prune has removed is not fetched again.
  name=${LOG_FILES[0]:-$TAIL_NAME}
  if [ -n "$name" ]; then first=$(log_number "$name"); fi
  last=$((${#names[@]} - 1))
  for ((i = 0; i < last; i++)); do
    name=${names[$i]} next=${names[$((i + 1))]}
    number=$(log_number "$name")
    if [ "$number" -lt "$first" ] || [ -n "${LOG_SIZE[$name]+x}" ]; then continue; fi
    close_log "$name" "$(log_began "$LOG_DIR/$next")" || exit 1
  done
  name=${names[$last]}
  append_to "$ARCHIVE/$name" "$LOG_DIR/$name" || exit 1
  local size hash=$TAIL_DIGEST
  size=$(stat -c %s -- "$ARCHIVE/$name")
  if [ "$name" != "$TAIL_NAME" ] || [ "$size" != "$TAIL_SIZE" ]; then
    hash=$(digest "$ARCHIVE/$name")
  fi
  for file in "$DATA"/checkpoints/*; do
    if [ -f "$file" ] && ! cmp -s -- "$file" "$ARCHIVE/checkpoints/${file##*/}"; then
      mkdir -p -- "$ARCHIVE/checkpoints"
      keep "$ARCHIVE/checkpoints/${file##*/}" <"$file" || exit 1
    fi
  done
  printf 'tail=%s\nsize=%s\nsha256=%s\nuntil=%s\n' "$name" "$size" "$hash" "$began" | keep "$ARCHIVE/state"
)

archive() {
  local failing='' ending='' last round=0
  need_programs openssl
  use_system
  make_backup_folder
  ARCHIVE=$LOGS/$LINEAGE
  mkdir -p -- "$ARCHIVE"
  lock_backup archive
  # Told to end it copies what has come last; deploy/down tells it when the database has ended.
  trap 'ending=1' INT TERM HUP
  if [ -n "$ONCE" ]; then
    archive_round || { no_room; fail "Chưa chép hết nhật ký." "The log was not archived to its end."; }
    succeeded archive
    say "Đã chép nhật ký đến $(say_instant "$(value_of "$ARCHIVE/state" until)")" "the log is archived"
    return 0
  fi
  say "Đang chép nhật ký của $DATA vào $ARCHIVE; Ctrl-C để dừng" "archiving the log"
  while :; do
    last=$ending
    if archive_round; then
      if [ -n "$failing" ]; then say "Chép tiếp được rồi" "archiving again"; fi
      failing=''
      if ((round++ % 30 == 0)); then succeeded archive; fi
    elif [ -z "$failing" ]; then
      no_room
      warn "Chưa chép được; sẽ thử lại mỗi giây." "Not archived; it is tried again every second."
      failing=1
    fi
    if [ -n "$last" ]; then return 0; fi
    if [ -z "$ending" ]; then
      sleep "$INTERVAL" &
      wait $! || true
    fi
  done
}

# check_log LINEAGE: every archived file against its digest; marks bad ones for find_ranges.
check_log() {
  local name dir=$LOGS/$1 failed=0 total=0
  hold_index
  load_log "$1"
  if [ -n "$TAIL_NAME" ]; then
    # It may have grown since.
    if [ "$(head -c "$TAIL_SIZE" -- "$dir/$TAIL_NAME" 2>/dev/null | openssl dgst -sha256 -r | cut -d' ' -f1)" != "$TAIL_DIGEST" ]; then
      warn "SAI: $dir/$TAIL_NAME" "BAD: $dir/$TAIL_NAME"
      BROKEN_LOG[$TAIL_NAME]=1
      failed=1
    fi
    total=$TAIL_SIZE
  fi
  release_index
  for name in "${LOG_FILES[@]}"; do
    if [ ! -e "$dir/$name" ]; then
      warn "Nhật ký bị đứt: thiếu $dir/$name" "The log is cut: $dir/$name is missing"
      failed=1
    elif [ "$(digest "$dir/$name")" != "${LOG_DIGEST[$name]}" ]; then
      warn "SAI: $dir/$name" "BAD: $dir/$name"
      BROKEN_LOG[$name]=1
      failed=1
    fi
    total=$((total + LOG_SIZE[$name]))
  done
  if [ "$failed" = 0 ] && [ "$total" -gt 0 ]; then
    say "Nhật ký: nguyên vẹn, $((${#LOG_FILES[@]} + 1)) tệp, $(megabytes "$total") MB" "the log is whole"
  fi
  return "$failed"
}
