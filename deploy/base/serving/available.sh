# Succeeds once every version in /servables says that it is AVAILABLE, or those that are named do, as
# look/4. The status alone is not enough: it is 200 while a version is still being loaded, and a model
# goes on to tell of versions that are gone. The image has no curl.
set -eu
shopt -s nullglob
cd /servables/
test $# -gt 0 || set -- */[0-9]*
for version; do
  exec 3<>/dev/tcp/127.0.0.1/8501
  printf 'GET /v1/models/%s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${version/\//\/versions\/}" >&3
  state=$(sed -n 's/^ *"state": "\([^"]*\)".*/\1/p' <&3)
  exec 3<&-
  test "$state" = AVAILABLE || { echo "$version: ${state:-unknown}"; exit 1; }
done
