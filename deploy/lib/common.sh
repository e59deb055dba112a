# shellcheck shell=bash
# What the scripts in deploy/ share: messages, the data folder, its configuration.
# Sourced; needs bash, coreutils and util-linux, which every Debian has.

REPO=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# The services in the order in which they are started; gateway ends first.
SERVICES=(directory agreements opinions reporting gateway)
# Identities that get a signing key: the services and the administrator's command line.
IDENTITIES=("${SERVICES[@]}" ctl)

# In front of a command: nothing of the caller's environment reaches it but what it needs to
# find programs and its user's home. (PHOIHOP_... would set flags, TMPDIR move files.)
CLEAN=(env -i PATH="$PATH" HOME="${HOME:-/}" LANG=C.UTF-8)

# say VI EN: one line of progress.
say() { printf '• %s  /  %s\n' "$1" "$2"; }
# warn VI EN
warn() { printf '! %s\n  %s\n' "$1" "$2" >&2; }
# fail VI EN: says why not, and ends the script.
fail() {
  printf 'LỖI: %s\nERROR: %s\n' "$1" "$2" >&2
  exit 1
}

# option_value OPTION VALUE: fails unless there is a value that is not empty.
option_value() {
  [ -n "${2:-}" ] || fail "$1 cần một giá trị." "$1 needs a value."
}

# The absolute path of a folder that may not exist yet.
absolute() { realpath -m -- "$1"; }

# use_data DIR: sets DATA and everything derived from it. Nothing is created.
use_data() {
  DATA=$(absolute "$1")
  case $DATA in
    *$'\n'*) fail "Đường dẫn không được có dấu xuống dòng." "The path must not contain a line break." ;;
    /) fail "Không dùng thư mục gốc làm thư mục dữ liệu." "The root folder cannot be the data folder." ;;
  esac
  CONFIG=$DATA/config
  # The keeper at work holds its lock; inside is its pid. See lib/keeper.
  KEEPER_FILE=$DATA/keeper.lock
  WANTED_FILE=$DATA/wanted
}

# config_get KEY: the value in DATA/config, or nothing.
config_get() {
  local key value
  [ -r "$CONFIG" ] || return 0
  while IFS='=' read -r key value; do
    if [ "$key" = "$1" ]; then printf '%s' "$value"; fi
  done <"$CONFIG"
}

# config_set KEY VALUE ...: replaces these keys, in one step. Other lines stay as they are.
config_set() {
  local -A wanted=()
  local -a order=()
  local key line
  while [ $# -gt 0 ]; do
    wanted[$1]=$2
    order+=("$1")
    shift 2
  done
  {
    if [ -r "$CONFIG" ]; then
      while IFS= read -r line; do
        key=${line%%=*}
        if [ -n "$key" ] && [ -z "${wanted[$key]+x}" ]; then printf '%s\n' "$line"; fi
      done <"$CONFIG"
    fi
    for key in "${order[@]}"; do printf '%s=%s\n' "$key" "${wanted[$key]}"; done
  } >"$CONFIG.new"
  # No secrets: any user may ask `phoihopctl health`.
  chmod 0644 -- "$CONFIG.new"
  mv -f -- "$CONFIG.new" "$CONFIG"
}

# random_hex BYTES
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# verifier PASSWORD: what the database keeps of it. A statement with the password itself would lie
# in the binary log, and in every copy of that.
verifier() { printf '*%s' "$(printf %s "$1" | openssl dgst -sha1 -binary | openssl dgst -sha1 -r | cut -d' ' -f1 | tr a-f A-F)"; }

# port_taken PORT: whether something listens there on loopback.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# keeper_pid: the pid of this data folder's keeper, when one is at work.
keeper_pid() {
  local pid
  [ -r "$KEEPER_FILE" ] || return 1
  if flock --nonblock "$KEEPER_FILE" true; then return 1; fi
  # It holds the lock an instant before it has said who it is.
  read -r pid <"$KEEPER_FILE" && [[ $pid =~ ^[0-9]+$ ]] || return 1
  printf '%s' "$pid"
}

# process_state PID: its letter, as ps shows it.
process_state() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  printf '%s' "${stat%% *}"
}

# our_processes: pids of all processes that carry this data folder's mark in their
# environment. It is random and made once, so nothing else can have it.
our_processes() {
  local id pid
  id=$(config_get id)
  [ -n "$id" ] || return 0
  while IFS= read -r pid; do
    pid=${pid#/proc/}
    pid=${pid%/environ}
    [ "$(process_state "$pid")" = Z ] || printf '%s\n' "$pid"
  done < <(grep -lsaFe "PHOIHOP_DATA_ID=$id" /proc/[0-9]*/environ 2>/dev/null || true)
}

# recount FILE PHOIHOPCTL...: whether the projection of a restored system equals a recount. Until its
# followers have read the ledgers anew, it is asked again. What it said last is in FILE.
recount() {
  local file=$1 i
  shift
  for ((i = 0; i < 600; i++)); do
    if "$@" reporting rebuild >"$file" 2>&1; then return 0; fi
    if grep -q 'KHÁC NHAU' "$file"; then return 1; fi
    sleep 1
  done
  return 1
}

# Sets RUN_USER and RUN_AS, the command in front of what runs as that user. A normal
# user runs everything as himself. For root the system user `phoihop` is taken, unless
# it cannot reach the folders (a clone below /root): then it is root, and that is said.
choose_run_user() {
  RUN_USER=$(id -un)
  RUN_AS=()
  [ "$(id -u)" = 0 ] || return 0
  if ! id phoihop >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin phoihop 2>/dev/null || true
  fi
  id phoihop >/dev/null 2>&1 || return 0
  local as=(setpriv --reuid=phoihop --regid=phoihop --clear-groups)
  if "${as[@]}" test -x "$DATA" && "${as[@]}" test -r "$REPO/deploy/lib/child" &&
    { [ ! -e "$BIN" ] || "${as[@]}" test -x "$BIN"; }; then
    RUN_USER=phoihop
    RUN_AS=("${as[@]}")
  else
    warn "Người dùng hệ thống 'phoihop' không vào được $DATA hoặc $REPO, nên mọi tiến trình chạy bằng root." \
      "The system user 'phoihop' cannot reach $DATA or $REPO, so everything runs as root."
  fi
}
# Where the programs are.
BIN=${PHOIHOP_BIN:-$REPO/build/bin}
