# Runs TensorFlow Serving under a shell: as the first process of a container it would ignore SIGTERM.
set -u
# On a GPU, else, cuDNN's algorithms are chosen by their time: another pod, other bytes.
export TF_CUDNN_USE_AUTOTUNE=0
rm -f /run/nhance/serving.sock
tensorflow_model_server \
  --port="${SERVING_PORT:-0}" \
  --grpc_socket_path=/run/nhance/serving.sock \
  --rest_api_port=8501 \
  --model_config_file=/servables/models.config \
  --model_config_file_poll_wait_seconds=30 \
  --monitoring_config_file=/etc/serving/monitoring.config \
  --enable_serialization_as_tensor_content=true \
  --max_num_load_retries=1 \
  "$@" &
server=$!
trap 'kill -TERM "$server"' TERM INT
# The first wait ends with the signal, the second with the server.
wait "$server"
wait "$server"
