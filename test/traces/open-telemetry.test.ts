import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { context, metrics, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createFunctions, definePipeline, type FunctionsService } from "../../src/index.ts"
import { silent } from "../service/service.ts"

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly status: { readonly code?: number }
}

const received: OtlpSpan[] = []
/** The newest points of each measure. */
const measures = new Map<string, unknown>()
const heard: (string | undefined)[] = []

/** A collector and a host to be fetched, in one. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    if (request.url === "/v1/traces") {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString())
      for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) received.push(...spans)
    } else if (request.url === "/v1/metrics") {
      const { resourceMetrics } = JSON.parse(Buffer.concat(chunks).toString())
      for (const { scopeMetrics } of resourceMetrics)
        for (const { metrics: named } of scopeMetrics)
          for (const { name, sum } of named) measures.set(name, sum?.dataPoints)
    } else heard.push(request.headers.traceparent?.toString())
    response.writeHead(200, { "content-type": "application/json" }).end("{}")
  })
})

let functions: FunctionsService
let tracers: BasicTracerProvider
let meters: MeterProvider
let host = ""

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  tracers = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `http://${host}/v1/traces` }))],
  })
  const exporter = new OTLPMetricExporter({ url: `http://${host}/v1/metrics` })
  meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  trace.setGlobalTracerProvider(tracers)
  metrics.setGlobalMeterProvider(meters)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  functions = await createFunctions({
    ...{ authenticate: "open", logger: silent, sandbox: { threads: 1 }, openTelemetry: true },
    egress: { allow: [host] },
  })
  const deploy = (name: string, source: string) => functions.deploy({ name, source })
  await deploy("double", "export default (n) => n * 2")
  await deploy("broken", "export default () => { throw new Error('no') }")
  await deploy(
    "busy",
    `import { kv } from "inlay/sdk"
     export default async (url) => { await kv.get("key"); return (await fetch(url)).status }`,
  )
  await deploy(
    "measuring",
    `export default (_, { metrics }) => {
      metrics.record("balance", -3.5, { country: "de" })
      metrics.record("balance", 1, { country: "de" })
    }`,
  )
  await functions.pipelines.define(definePipeline("both").step("double").step("double"))
})

afterAll(async () => {
  await functions?.close({ graceMs: 0 })
  await meters?.shutdown()
  await tracers?.shutdown()
  trace.disable()
  metrics.disable()
  context.disable()
  server.close()
})

/** What has reached the collector of a trace, with the names of parents. */
async function exported(traceId: string): Promise<readonly string[]> {
  await tracers.forceFlush()
  const spans = received.filter((span) => span.traceId === traceId)
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]))
  return spans
    .filter(({ name }) => !/^(load|thread|admission) /.test(name))
    .map(({ name, parentSpanId = "" }) => `${name} < ${names.get(parentSpanId) ?? parentSpanId}`)
    .sort()
}

it("exports a call with what it asks for, below the host's own span", async () => {
  heard.length = 0
  const tracer = trace.getTracer("host")
  const traceId = await tracer.startActiveSpan("request", async (span) => {
    const call = await functions.run("busy", `http://${host}/`)
    expect(call.output).toBe(200)
    expect(call.traceId).toBe(span.spanContext().traceId)
    span.end()
    return call.traceId
  })
  const names = await exported(traceId)
  expect(names).toEqual([
    "capability kv.get < invocation busy",
    `fetch ${host} < invocation busy`,
    "invocation busy < request",
    "request < ",
  ])
  const request = received.find(({ name, traceId: id }) => id === traceId && name.startsWith("fetch"))
  expect(heard).toEqual([`00-${traceId}-${request?.spanId}-01`])
  // What Inlay keeps has the same ids.
  const [call] = (await functions.traces.get(traceId)).roots
  expect(call?.spanId).toBe(
    received.find(({ name, traceId: id }) => id === traceId && name === "invocation busy")?.spanId,
  )
})

it("exports a run with its steps and their calls", async () => {
  const { traceId, status } = await functions.pipelines.run("both", 2)
  expect(status).toBe("succeeded")
  await expect
    .poll(async () => (await exported(traceId)).map((name) => name.replace(/ < [0-9a-f]{16}$/, "")))
    .toEqual([
      "invocation double < step double",
      "invocation double < step double-2",
      "pipeline both",
      "step double < pipeline both",
      "step double-2 < pipeline both",
    ])
})

it("goes on with a context from outside, and marks what failed", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c"
  await functions.run("broken", null, { traceId, parentSpanId: "b7ad6b7169203331" })
  expect(await exported(traceId)).toEqual(["invocation broken < b7ad6b7169203331"])
  expect(received.find((span) => span.traceId === traceId)?.status.code).toBe(2)
})

it("exports measures", async () => {
  await meters.forceFlush()
  const wanted = ["faas.invocations", "faas.errors", "faas.invoke_duration", "inlay.pipeline.duration"]
  for (const name of [...wanted, "inlay.capability.duration", "http.client.request.duration"]) {
    expect([...measures.keys()]).toContain(name)
  }
})

it("exports what functions have recorded, also below zero", async () => {
  await functions.run("measuring")
  await meters.forceFlush()
  const text = (name: string) => ({ key: name, value: { stringValue: expect.any(String) } })
  const attributes = expect.arrayContaining([
    { key: "inlay.key", value: { stringValue: "balance" } },
    { key: "country", value: { stringValue: "de" } },
    text("faas.name"),
    text("inlay.organisation"),
  ])
  expect(measures.get("inlay.metric.sum")).toEqual([expect.objectContaining({ asDouble: -2.5, attributes })])
  expect(measures.get("inlay.metric.count")).toEqual([expect.objectContaining({ asDouble: 2, attributes })])
})

it("goes on with its own ids where the host has set nothing up", async () => {
  trace.disable()
  const { traceId } = await functions.run("double", 1)
  expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/)
  expect((await functions.traces.get(traceId)).roots[0]?.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/)
})
