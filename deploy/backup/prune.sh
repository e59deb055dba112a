# shellcheck shell=bash
# Removal of what is too old. Sourced by `backup`.

# ranges_since SECONDS: RANGES cut to what lies behind that second, as text.
ranges_since() {
  local range
  local -a part
  for range in "${RANGES[@]}"; do
    read -r -a part <<<"$range"
    [ "${part[2]}" -ge "$1" ] || continue
    if [ "${part[1]}" -lt "$1" ]; then part[1]=$1; fi
    printf '%s\n' "${part[*]}"
  done
}

# choose_kept SECONDS: KEPT, the sets that the time since then needs, and the newest full ones.
choose_kept() {
  local name full newest='' lineage=''
  local -a fulls=()
  local -A wanted=()
  for name in "${SET_NAMES[@]}"; do
    [ "${SET_KIND[$name]}" = full ] || continue
    fulls+=("$name")
    if [ "${SET_LINEAGE[$name]}" != "$lineage" ]; then
      lineage=${SET_LINEAGE[$name]} newest=''
      load_log "$lineage"
    fi
    if [ "${SET_END[$name]}" -ge "$1" ]; then
      wanted[$name]=1
    elif [ "$ARCHIVED_UNTIL" -ge "$1" ]; then
      # The newest full one from before: what is older is not needed for that time.
      if [ -n "$newest" ]; then unset "wanted[$newest]"; fi
      newest=$name
      wanted[$name]=1
    fi
  done
  for ((i = ${#fulls[@]} - KEEP_FULL; i < ${#fulls[@]}; i++)); do
    if [ "$i" -ge 0 ]; then wanted[${fulls[$i]}]=1; fi
  done
  KEPT=()
  for name in "${SET_NAMES[@]}"; do
    full=$name
    while [ -n "${SET_BASE[$full]:-}" ]; do full=${SET_BASE[$full]}; done
    if [ -n "${wanted[$full]:-}" ]; then KEPT+=("$name"); fi
  done
}

prune() {
  local since name bad before after lineage dir first number
  local -a removed=() logs=()
  local -A kept=()
  lock_backup sets
  lock_archive_index
  load_sets
  since=$((NOW - KEEP_DAYS * 86400))
  find_ranges
  before=$(ranges_since "$since")
  choose_kept "$since"
  for name in "${KEPT[@]}"; do
    # What is kept must be good: a bad one would still need those before it.
    if ! bad=$(check_set "$SETS/$name"); then
      fail "Không xóa gì: bản cần giữ bị hỏng ở $bad." "Nothing is removed: what is to be kept is damaged at $bad."
    fi
    kept[$name]=1
  done
  find_ranges "${KEPT[@]}"
  after=$(ranges_since "$since")
  if [ "$before" != "$after" ]; then
    fail "Không xóa gì: các mốc khôi phục được sẽ ít đi." "Nothing is removed: fewer instants could be restored."
  fi
  for name in "${SET_NAMES[@]}"; do
    if [ -z "${kept[$name]:-}" ]; then removed+=("$name"); fi
  done
  # Files of the log before the oldest that a kept set needs.
  for dir in "$LOGS"/*/; do
    [ -d "$dir" ] || continue
    lineage=${dir%/}
    lineage=${lineage##*/}
    load_log "$lineage"
    first=''
    for name in "${KEPT[@]}"; do
      if [ "${SET_LINEAGE[$name]}" = "$lineage" ]; then
        number=$(log_number "${SET_LOG[$name]}")
        if [ -z "$first" ] || [ "$number" -lt "$first" ]; then first=$number; fi
      fi
    done
    for name in "${LOG_FILES[@]}"; do
      if { [ -n "$first" ] && [ "$(log_number "$name")" -lt "$first" ]; } ||
        { [ -z "$first" ] && [ "${LOG_TO[$name]}" -lt "$since" ]; }; then
        logs+=("$lineage/$name")
      fi
    done
  done
  for name in "${removed[@]}" "${logs[@]}"; do say "${DRY_RUN:+Sẽ }xóa $name" "${DRY_RUN:+would be }removed"; done
  if [ ${#removed[@]} = 0 ] && [ ${#logs[@]} = 0 ]; then say "Không có gì để xóa" "nothing to remove"; fi
  if [ -z "$DRY_RUN" ]; then remove_now; fi
  printf '  Vẫn khôi phục được về mọi giây trong / still any second can be restored in:\n'
  print_ranges
  [ -n "$DRY_RUN" ] || succeeded prune
}

# The archiver writes the index too; it waits a moment, and goes on with the new one.
lock_archive_index() {
  exec {INDEX_LOCK}>>"$BACKUP/.lock-index"
  flock "$INDEX_LOCK"
}

# remove_now: newest first, so that an interrupted removal leaves no increment without its base.
remove_now() {
  local name i
  for ((i = ${#removed[@]} - 1; i >= 0; i--)); do
    mv -- "$SETS/${removed[$i]}" "$SETS/.removed-${removed[$i]}"
    rm -rf -- "$SETS/.removed-${removed[$i]}"
  done
  for name in "${logs[@]}"; do
    # Out of the index first: a file that it does not name is no gap.
    grep -v "^${name##*/} " -- "$LOGS/${name%/*}/index" | keep "$LOGS/${name%/*}/index" || true
    rm -f -- "$LOGS/$name"
  done
}
