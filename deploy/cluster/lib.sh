# shellcheck shell=bash
# What deploy/cluster/node and deploy/cluster/haproxy share. Sourced after ../lib/common.sh.

NOBODY=00000000-0000-0000-0000-000000000000
# The user by which HAProxy looks at a node: no password, no right to anything, and only from
# the addresses that were named.
CHECK_USER=phoihop_check

# is_address TEXT: an IPv4 address, the form in which nodes know each other.
is_address() { [[ $1 =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ ]]; }

# need_addresses OPTION LIST: fails unless it is a list of addresses, separated by commas.
need_addresses() {
  local address
  [ -n "$2" ] || fail "$1 cần ít nhất một địa chỉ." "$1 needs an address at least."
  for address in ${2//,/ }; do
    is_address "$address" || fail "$1: không phải địa chỉ IPv4: $address" "$1: not an IPv4 address: $address"
  done
}

# need_port OPTION PORT
need_port() {
  if ! [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || [ "$2" -gt 65535 ]; then
    fail "$1: cổng không hợp lệ: $2" "$1: not a port: $2"
  fi
}

# reachable ADDRESS PORT: whether somebody accepts a connection there within a second.
reachable() { timeout 1 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }

# alive FILE PROGRAM: the pid in that file, when a process of that program has it.
alive() {
  local pid
  { read -r pid <"$1"; } 2>/dev/null || return 1
  [[ $pid =~ ^[0-9]+$ && $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]] || return 1
  [ "$(process_state "$pid")" != Z ] || return 1
  printf '%s' "$pid"
}

# end_process PID SECONDS: SIGTERM, and SIGKILL when that time was not enough.
end_process() {
  local i
  kill -TERM "$1" 2>/dev/null || return 0
  for ((i = 0; i < $2 * 10; i++)); do
    case $(process_state "$1" || true) in '' | Z) return 0 ;; esac
    sleep 0.1
  done
  warn "Tiến trình $1 không tự kết thúc; buộc dừng." "Process $1 does not end by itself; it is killed."
  kill -KILL "$1" 2>/dev/null || true
}
