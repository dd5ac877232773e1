#!/usr/bin/env bash
# Makes the Secrets that the overlay refers to, of random passwords, where there are none yet.
set -euo pipefail
kubectl get namespace nhance >/dev/null 2>&1 || kubectl create namespace nhance
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
secret() {
  local name=$1
  shift
  kubectl -n nhance get secret "$name" >/dev/null 2>&1 ||
    printf '%s\n' "$@" | kubectl -n nhance create secret generic "$name" --from-env-file=/dev/stdin
}
password=$(random)
secret nhance-database-app "username=nhance" "password=$password" \
  "uri=postgresql://nhance:$password@postgres/nhance"
secret nhance-s3 "access-key-id=$(random)" "secret-access-key=$(random)"
