# shellcheck shell=bash
# Installs what is missing and builds. Sourced after common.sh.

# wanted_packages KIND...: the packages of these kinds, from packages.txt.
wanted_packages() {
  local package kind want
  while read -r package kind _; do
    [[ -z $package || $package == \#* ]] && continue
    for want in "$@"; do
      if [ "$kind" = "$want" ]; then printf '%s\n' "$package"; fi
    done
  done <"$REPO/deploy/packages.txt"
}

# install_packages KIND...: installs those of packages.txt that are missing. Does no apt
# work at all when none is.
install_packages() {
  local -a missing=() wanted
  local package state
  command -v dpkg-query >/dev/null ||
    fail "Máy này không phải Debian (thiếu dpkg-query)." "This is not a Debian machine (dpkg-query is missing)."
  mapfile -t wanted < <(wanted_packages "$@")
  # node and npm often come from elsewhere; Debian's packages are for when they do not.
  if ! command -v node >/dev/null; then wanted+=(nodejs); fi
  if [[ " $* " == *" build "* ]] && ! command -v npm >/dev/null; then wanted+=(npm); fi
  local -A installed=()
  while read -r state package; do
    if [[ $state == ii* || $state == hi* ]]; then installed[${package%%:*}]=1; fi
  done < <(dpkg-query -W -f '${db:Status-Abbrev} ${binary:Package}\n' 2>/dev/null)
  for package in "${wanted[@]}"; do
    if [ -z "${installed[$package]+x}" ]; then missing+=("$package"); fi
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  if [ "$(id -u)" != 0 ]; then
    fail "Thiếu gói Debian và không có quyền root. Hãy chạy: sudo apt-get install --no-install-recommends ${missing[*]}" \
      "Debian packages are missing and this is not root. Run: sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "Đang cài ${#missing[@]} gói Debian: ${missing[*]}" "installing ${#missing[@]} Debian packages"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  local log
  log=$(mktemp)
  # Old lists often still serve; new ones are fetched only when they do not.
  if ! "${apt[@]}" install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    say "Đang cập nhật danh mục gói" "updating the package lists"
    if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      rm -f "$log"
      fail "Không cài được các gói: ${missing[*]} (xem thông báo của apt ở trên)." \
        "Could not install ${missing[*]} (see apt's messages above)."
    fi
  fi
  rm -f "$log"
  hash -r
}

# install_npm: the build inputs that come as npm packages.
install_npm() {
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -lt 18 ]; then
    fail "Cần Node.js 18 trở lên (đang có: $(node --version 2>&1 || true))." \
      "Node.js 18 or newer is needed (found: $(node --version 2>&1 || true))."
  fi
  if [ -f "$REPO/node_modules/.package-lock.json" ] &&
    [ ! "$REPO/package-lock.json" -nt "$REPO/node_modules/.package-lock.json" ]; then
    return 0
  fi
  say "Đang cài các gói npm" "installing npm packages"
  (cd -- "$REPO" && npm ci --ignore-scripts --no-progress --loglevel=error) ||
    fail "npm ci không thành công; cần truy cập được kho npm." "npm ci failed; the npm registry must be reachable."
  # buf's own package names its binaries for every system as optional ones, of which npm ci
  # refuses a lock that a mirror without the other systems' could not fill; so the binaries are
  # named directly, and get here the name that the package would have given them.
  mkdir -p -- "$REPO/node_modules/.bin"
  ln -sfn -- "../$(cd -- "$REPO/node_modules" && echo @bufbuild/buf-linux-*/bin/buf)" "$REPO/node_modules/.bin/buf"
  # npm leaves the time of an unchanged file as it was.
  touch -- "$REPO/node_modules/.package-lock.json"
}

# build PRESET TARGET...: configures when needed and builds; with nothing to do it takes
# a fraction of a second, so there is no stamp that could lie. Sets BUILD_DIR.
build() {
  local preset=$1 log status=0
  shift
  BUILD_DIR=$REPO/build
  if [ "$preset" != default ]; then BUILD_DIR=$REPO/build-$preset; fi
  mkdir -p -- "$BUILD_DIR" ||
    fail "Không ghi được vào $BUILD_DIR." "Cannot write to $BUILD_DIR."
  local lock
  exec {lock}>"$BUILD_DIR/.lock" ||
    fail "Không ghi được vào $BUILD_DIR." "Cannot write to $BUILD_DIR."
  flock "$lock"
  if [ ! -f "$BUILD_DIR/build.ninja" ]; then
    say "Đang chuẩn bị biên dịch" "configuring the build"
    log=$BUILD_DIR/configure.log
    if ! (cd -- "$REPO" && cmake --preset "$preset") >"$log" 2>&1; then
      tail -n 30 "$log" >&2
      fail "CMake không thành công (toàn văn: $log)." "CMake failed (in full: $log)."
    fi
  fi
  # Silent when there is nothing to do, otherwise with ninja's own progress.
  if ! ninja -C "$BUILD_DIR" -n "$@" 2>/dev/null | tail -n 1 | grep -q 'no work to do'; then
    say "Đang biên dịch (lần đầu có thể mất 10–30 phút)" "building (the first time may take 10 to 30 minutes)"
    if [ -t 1 ]; then
      ninja -C "$BUILD_DIR" -j"${PHOIHOP_JOBS:-2}" "$@" || status=$?
    else
      ninja_brief "$@" || status=$?
    fi
  fi
  exec {lock}>&-
  [ "$status" = 0 ] || fail "Biên dịch không thành công (xem ở trên)." "The build failed (see above)."
}

# ninja_brief TARGET...: without a terminal, one line about every hundredth step and
# everything that is not progress.
ninja_brief() {
  NINJA_STATUS='[%f/%t] ' ninja -C "$BUILD_DIR" -j"${PHOIHOP_JOBS:-2}" "$@" | awk '
    /^\[[0-9]+\/[0-9]+\] / { split(substr($1, 2), n, "[/\\]]"); p = int(n[1] * 10 / n[2])
                             if (p != last) { last = p; print "  " $1; fflush() } next }
    /^ninja: Entering/ { next }
    { print; fflush() }'
  return "${PIPESTATUS[0]}"
}
