# Succeeds once every model of models.config says that it is AVAILABLE and nothing else. The status
# alone is not enough: it is 200 while a model is still being loaded. The image has no curl.
set -eu
for name in $(sed -n 's/^ *name: "\([^"]*\)".*/\1/p' /servables/models.config); do
  exec 3<>/dev/tcp/127.0.0.1/8501
  printf 'GET /v1/models/%s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$name" >&3
  states=$(sed -n 's/^ *"state": "\([^"]*\)".*/\1/p' <&3 | sort -u)
  exec 3<&-
  test "$states" = AVAILABLE || { echo "$name: ${states:-unknown}"; exit 1; }
done
