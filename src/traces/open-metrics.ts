import type * as Api from "@opentelemetry/api"
import type { Hear } from "../model/facts.ts"

/** Measures calls by the names that OpenTelemetry's semantic conventions give functions as a service and HTTP clients. */
export function createOpenMetrics({ metrics }: typeof Api, hear: Hear): void {
  const meter = metrics.getMeter("inlay")
  const seconds = { unit: "s" }
  const calls = meter.createCounter("faas.invocations", { description: "Calls that succeeded" })
  const errors = meter.createCounter("faas.errors", { description: "Calls that failed" })
  const timeouts = meter.createCounter("faas.timeouts", { description: "Calls that took too long" })
  const refused = meter.createCounter("inlay.refusals", { description: "Calls that did not run" })
  const coldStarts = meter.createCounter("faas.coldstarts", { description: "Calls whose version had to be loaded" })
  const durations = meter.createHistogram("faas.invoke_duration", seconds)
  const cpu = meter.createHistogram("faas.cpu_usage", seconds)
  const memory = meter.createHistogram("faas.mem_usage", { unit: "By" })
  const capabilities = meter.createHistogram("inlay.capability.duration", seconds)
  const requests = meter.createHistogram("http.client.request.duration", seconds)
  const runs = meter.createHistogram("inlay.pipeline.duration", seconds)
  // No histogram: it takes no values below zero.
  const sums = meter.createUpDownCounter("inlay.metric.sum", { description: "The sum of what functions have recorded" })
  const counts = meter.createCounter("inlay.metric.count", { description: "How many values functions have recorded" })

  hear("invocation.finished", ({ organisation, name, error, coldStart, durationMs, cpuMs, memoryBytes }) => {
    const about = { "faas.name": name, "inlay.organisation": organisation }
    if (!error) calls.add(1, about)
    else errors.add(1, { ...about, "error.type": error.code })
    if (error?.code === "FN_002") timeouts.add(1, about)
    if (coldStart) coldStarts.add(1, about)
    durations.record(durationMs / 1000, about)
    cpu.record(cpuMs / 1000, about)
    memory.record(memoryBytes, about)
  })
  hear("invocation.refused", ({ organisation, name }) => {
    refused.add(1, { "faas.name": name, "inlay.organisation": organisation })
  })
  hear("values.recorded", ({ organisation, name, values }) => {
    for (const { key, value, dimensions } of values) {
      const about = { ...dimensions, "inlay.key": key, "faas.name": name, "inlay.organisation": organisation }
      sums.add(value, about)
      counts.add(1, about)
    }
  })
  hear("capability.called", ({ organisation, functionName, capability, method, durationMs, code }) => {
    const about = { "faas.name": functionName, "inlay.organisation": organisation }
    const failure = code === null ? {} : { "error.type": code }
    capabilities.record(durationMs / 1000, { ...about, ...failure, "inlay.capability": `${capability}.${method}` })
  })
  hear("request.finished", ({ organisation, functionName, host, method, status, durationMs }) => {
    requests.record(durationMs / 1000, {
      "faas.name": functionName,
      "inlay.organisation": organisation,
      "server.address": host,
      "http.request.method": method,
      ...(status !== null && { "http.response.status_code": status }),
    })
  })
  hear("pipeline.finished", ({ organisation, pipeline, status, durationMs }) => {
    const about = { "inlay.pipeline": pipeline, "inlay.organisation": organisation, "inlay.status": status }
    runs.record((durationMs ?? 0) / 1000, about)
  })
}
