# shellcheck shell=bash
# Whether a backup is whole. Sourced by `backup`, which has BACKUP and what sets.sh loads.

# verify_all: every file of every set and of the archive against its digest.
verify_all() {
  local name bad dir lineage file failed=0 hash
  load_sets
  if [ ${#SET_NAMES[@]} = 0 ]; then fail "Không có bản sao lưu nào ở $BACKUP." "There is no backup in $BACKUP."; fi
  for name in "${SET_NAMES[@]}"; do
    if bad=$(check_set "$SETS/$name"); then
      say "$name: nguyên vẹn, $(megabytes "${SET_BYTES[$name]}") MB" "whole"
    else
      SET_BAD[$name]=$bad
      warn "$name: SAI ở $bad" "$name: BAD at $bad"
      failed=1
    fi
  done
  for name in "${SET_NAMES[@]}"; do
    chain_of "$name" && continue
    if [ -z "${SET_BAD[$name]}" ]; then
      warn "$name: không dùng được, vì thiếu hoặc hỏng $CHAIN_BAD" "$name: of no use, since $CHAIN_BAD is missing or bad"
      failed=1
    fi
  done
  for dir in "$LOGS"/*/; do
    [ -d "$dir" ] || continue
    lineage=${dir%/}
    check_log "${lineage##*/}" || failed=1
  done
  find_ranges
  for file in "${GAPS[@]}"; do
    [ -e "$file" ] || { warn "Nhật ký bị đứt: thiếu $file" "The log is cut: $file is missing"; failed=1; }
  done
  printf '  Khôi phục được về mọi giây trong / any second can be restored in:\n'
  print_ranges
  if [ "$failed" != 0 ]; then return 1; fi
  if [ -n "$DEEP" ]; then verify_deep; fi
  succeeded verify
}

# verify_deep: what digests cannot tell. `restore` verifies each ledger with the signed checkpoints,
# starts the system on ports of its own and compares the projection with a recount. No recovery key
# is needed. A set of containers is not started: their folder is another one.
verify_deep() {
  local -a no_check=()
  if compgen -G "$SETS/[0-9]*/folder/env" >/dev/null; then no_check=(--no-check); fi
  SCRATCH=$(mktemp -d "$SCRATCH/phoihop-verify.XXXXXX") || fail "Không ghi được vào $SCRATCH." "Cannot write to $SCRATCH."
  trap 'clear_scratch; exit 130' INT
  trap 'clear_scratch; exit 143' TERM HUP
  trap clear_scratch EXIT
  # The services' user goes through it.
  chmod 0711 -- "$SCRATCH"
  say "Đang khôi phục mốc mới nhất vào $SCRATCH để kiểm tra" "restoring the newest instant there, to look at it"
  # Without its last line, which says how to start what is gone in a moment.
  "$HERE/restore" --to latest --from "$BACKUP" --data "$SCRATCH/data" --without-keys "${no_check[@]}" |
    grep -vF 'start it:'
}

clear_scratch() {
  trap - EXIT
  if [ -e "$SCRATCH/data/config" ]; then "$REPO/deploy/down" --data "$SCRATCH/data" >/dev/null 2>&1 || true; fi
  rm -rf -- "$SCRATCH"
}
