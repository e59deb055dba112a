# shellcheck shell=bash
# The certificates of a data folder. Sourced after common.sh and supervise.sh.

# Whoever talks to others inside, or is talked to.
TLS_NAMES=("${IDENTITIES[@]}")

# quiet_ca COMMAND...: deploy/ca, heard only when it fails.
quiet_ca() {
  local output
  output=$("$REPO/deploy/ca" "$@" 2>&1) || {
    printf '%s\n' "$output" >&2
    fail "Không cấp được chứng chỉ." "The certificates could not be made."
  }
}

# give_certificates: each service's key to their user; the administrator's own and that of the
# authority stay with whoever runs these scripts.
give_certificates() {
  local name
  for name in "${TLS_NAMES[@]}"; do
    if [ "$name" != ctl ]; then give "$DATA/tls/$name/current/key.pem"; fi
  done
}

# prepare_certificates: an authority and a certificate for each process, at the first start;
# later those anew that are in the last third of their life.
prepare_certificates() {
  local name missing=
  for name in "${TLS_NAMES[@]}"; do
    [ -s "$DATA/tls/$name/key.pem" ] || missing=1
  done
  if [ -n "$missing" ]; then
    quiet_ca init "$DATA/tls"
    for name in "${TLS_NAMES[@]}"; do quiet_ca issue "$DATA/tls" "$name"; done
  else
    quiet_ca renew "$DATA/tls" "${TLS_NAMES[@]}" --due
  fi
  give_certificates
}

# renew_certificates: all anew, whatever their age. Each key keeps its owner.
renew_certificates() {
  "$REPO/deploy/ca" renew "$DATA/tls" "${TLS_NAMES[@]}" ||
    fail "Không cấp lại được chứng chỉ." "The certificates could not be renewed."
}
