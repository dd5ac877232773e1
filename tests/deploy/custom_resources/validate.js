// Reads custom resources, a JSON array, and prints what is wrong with each: a JSON array of strings,
// empty where nothing is.
import { readFileSync } from "node:fs";
import { Gateway, HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import { ScaledObject, TriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { PodMonitor, PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";

const models = { Gateway, HTTPRoute, ScaledObject, TriggerAuthentication, PodMonitor, PrometheusRule };
const judged = JSON.parse(readFileSync(0, "utf8")).map((found) => {
  const model = new models[found.kind](found);
  if (model.apiVersion !== found.apiVersion) return `apiVersion must be ${model.apiVersion}`;
  try {
    model.validate();
    return "";
  } catch (error) {
    return error.message;
  }
});
console.log(JSON.stringify(judged));
