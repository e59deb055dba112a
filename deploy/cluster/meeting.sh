# shellcheck shell=bash
# After all nodes have ended: they meet, compare what is on their disks, and the most advanced
# one forms the cluster again. Sourced by node.

# tls_words: socat's words for certificates of the same authority on both sides.
tls_words() { printf 'cert=%s,key=%s,cafile=%s,verify=1' "$TLS/cert.pem" "$TLS/key.pem" "$TLS/ca.pem"; }

# open_meeting: tells the others this node's position until this command ends.
open_meeting() {
  local where="TCP-LISTEN:$MEETING_PORT,bind=$ADDRESS,reuseaddr,fork"
  if [ -n "$TLS" ]; then where="OPENSSL-LISTEN:$MEETING_PORT,bind=$ADDRESS,reuseaddr,fork,$(tls_words)"; fi
  printf '%s %s\n' "$ADDRESS" "$POSITION" >"$RUN/meeting"
  (exec {LOCK}>&-; exec socat -U "$where" "OPEN:$RUN/meeting,rdonly" 2>/dev/null) &
  MEETING=$!
  trap 'kill "$MEETING" 2>/dev/null || true' EXIT
}

# ask ADDRESS: the position that the node at that address tells; nothing when it is not here.
ask() {
  local where="TCP:$1:$MEETING_PORT,connect-timeout=1" who='' position=''
  if [ -n "$TLS" ]; then where="OPENSSL:$1:$MEETING_PORT,connect-timeout=1,commonname=,no-sni=1,$(tls_words)"; fi
  read -r who position < <(timeout 3 socat -u "$where" STDOUT 2>/dev/null) || return 1
  [ "$who" = "$1" ] || return 1
  printf '%s' "$position"
}

# number_of POSITION: without the group before it and what MariaDB adds behind it.
number_of() {
  local rest=${1#*:}
  printf '%s' "${rest%%,*}"
}

# most_advanced: sets BEST to the address of the node to begin with, from POSITIONS; the first of
# those that are equal. Fails when they are of different clusters.
most_advanced() {
  local address position group='' number most=-1
  BEST=
  for address in ${NODES//,/ }; do
    position=${POSITIONS[$address]:-}
    if [ -z "$position" ] || [[ $position == "$NOBODY"* ]]; then continue; fi
    if [ -n "$group" ] && [ "$group" != "${position%%:*}" ]; then
      fail "Các nút thuộc những cụm khác nhau; cần người quyết định." "The nodes are of different clusters; a human must decide."
    fi
    group=${position%%:*}
    number=$(number_of "$position")
    if [ "$number" -gt "$most" ]; then most=$number BEST=$address; fi
  done
  [ -n "$BEST" ] || fail "Không nút nào có dữ liệu dùng được." "No node has data that serve."
}

# meet: fills POSITIONS with those of all nodes but the lost ones. Returns 1 when another one
# runs, which this one can join then.
meet() {
  local address position without=",${GIVEN[without]:-}," seen=0 missing runs
  local end=$((SECONDS + WAIT)) told=$((SECONDS + 5))
  POSITIONS=([$ADDRESS]=$POSITION)
  while :; do
    missing='' runs=''
    for address in $(others); do
      if [[ $without == *",$address,"* ]]; then
        if reachable "$address" "$GROUP_PORT" || ask "$address" >/dev/null; then
          fail "Nút $address không mất: nó trả lời." "Node $address is not lost: it answers."
        fi
      elif position=$(ask "$address"); then
        POSITIONS[$address]=$position
      elif [ -z "${POSITIONS[$address]:-}" ]; then
        missing+=" $address"
        if reachable "$address" "$GROUP_PORT"; then runs=$address; fi
      fi
    done
    if [ -z "$missing" ]; then return 0; fi
    if [ -n "$runs" ]; then seen=$((seen + 1)); else seen=0; fi
    if [ "$seen" -ge 3 ]; then
      say "Nút $runs đang chạy" "node $runs runs"
      return 1
    fi
    if ((SECONDS > end)); then fail "Chưa gặp đủ các nút:$missing" "These nodes did not come:$missing"; fi
    if ((SECONDS >= told)); then
      told=$((SECONDS + 30))
      say "Đang chờ$missing chạy 'node recover'; nút đã mất hẳn: --without" "waiting for 'node recover' on$missing; if it is lost: --without"
    fi
    sleep 0.5
  done
}

# recover: in step with the others that run this command too. Whoever is not the most advanced
# never forms a cluster, and that one does so only when no other node runs: never two.
recover() {
  local address i size=0
  declare -gA POSITIONS
  command -v socat >/dev/null || fail "Thiếu gói socat." "The package socat is missing."
  if [ -n "${GIVEN[without]:-}" ]; then need_addresses --without "${GIVEN[without]}"; fi
  if running >/dev/null; then
    if [[ $(node_state) == "ON Primary "* ]]; then
      say "Nút này đang nhận việc" "this node takes work already"
      return 0
    fi
    # Without quorum nothing is acknowledged, so nothing is lost by ending it.
    stop
  fi
  prepare_folders
  write_settings
  find_position
  open_meeting
  if ! meet; then
    come_back
    return 0
  fi
  most_advanced
  for address in "${!POSITIONS[@]}"; do
    printf '  %-16s %s%s\n' "$address" "${POSITIONS[$address]}" "$([ "$address" != "$BEST" ] || echo '  *')"
  done
  # Who was together before does not matter any more.
  rm -f -- "$DATA/data/gvwstate.dat"
  if [ "$BEST" != "$ADDRESS" ]; then
    for ((i = 0; i < WAIT; i++)); do
      if reachable "$BEST" "$GROUP_PORT"; then break; fi
      sleep 0.5
    done
    come_back
    return 0
  fi
  say "Nút $NAME mới nhất, lập lại cụm" "node $NAME is the most advanced and forms the cluster again"
  if [ -n "${GIVEN[without]:-}" ]; then
    # A lost node may have had more than all others. Should it come back, its positions must not be
    # taken for those of the cluster from now on: this is a new one, of which all get a whole copy.
    rm -f -- "$DATA/data/grastate.dat"
    launch --wsrep-new-cluster
  else
    if [ -e "$DATA/data/grastate.dat" ]; then sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$DATA/data/grastate.dat"; fi
    launch --wsrep-new-cluster --wsrep-start-position="$POSITION"
  fi
  await_synced "$WAIT"
  # The meeting stays open until the others have been here.
  for ((i = 0; i < WAIT; i++)); do
    read -r _ _ _ size < <(node_state) || size=0
    if [ "${size:-0}" -ge ${#POSITIONS[@]} ]; then break; fi
    sleep 0.5
  done
  say "Cụm chạy lại với ${size:-?} nút" "the cluster runs again with ${size:-?} nodes"
}
