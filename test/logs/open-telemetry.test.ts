import { context, TraceFlags, trace } from "@opentelemetry/api"
import { type LoggerProvider as AnyProvider, logs } from "@opentelemetry/api-logs"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs"
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest"
import { createFunctions, type FunctionsService } from "../../src/index.ts"
import { silent } from "../service/service.ts"

const told: unknown[] = []
const spans = new InMemorySpanExporter()
const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
let records: InMemoryLogRecordExporter
let loggers: LoggerProvider
let functions: FunctionsService

beforeAll(async () => {
  trace.setGlobalTracerProvider(tracers)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  functions = await createFunctions({
    ...{ authenticate: "open", sandbox: { threads: 1 }, openTelemetry: true },
    logger: { ...silent, error: (...given: unknown[]) => void told.push(given) },
  })
  const deploy = (name: string, source: string) => functions.deploy({ name, source })
  await deploy(
    "writing",
    `export default (_, { log }) => {
      log.debug("looked")
      log.info("paid", { order: 7, customer: { id: "c1", vip: true }, note: null })
      console.warn("low on paper")
      console.error("\\u001b[2Jno paper")
      return "done"
    }`,
  )
  await deploy(
    "claiming",
    `export default (_, { log }) => log.info("me", { "faas.name": "another", inlay: { organisation: "other" } })`,
  )
  await deploy("broken", "export default () => { throw new RangeError('no such \\u001border') }")
  await deploy("quiet", "export default () => 1")
})

beforeEach(() => {
  records = new InMemoryLogRecordExporter()
  loggers = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] })
  logs.setGlobalLoggerProvider(loggers)
})

afterEach(async () => {
  await loggers.shutdown()
  logs.disable()
})

afterAll(async () => {
  await functions?.close({ graceMs: 0 })
  await tracers.shutdown()
  trace.disable()
  context.disable()
})

/** What has reached the exporter. */
async function exported() {
  await loggers.forceFlush()
  return records.getFinishedLogRecords()
}

it("emits each line with its level, its text, its fields and its call", async () => {
  const call = await functions.run("writing")
  const found = await exported()
  expect(found.map(({ severityNumber, severityText, body }) => [severityNumber, severityText, body])).toEqual([
    [5, "debug", "looked"],
    [9, "info", expect.stringMatching(/^paid /)],
    [13, "warn", "low on paper"],
    [17, "error", "␛[2Jno paper"],
  ])
  const about = {
    "faas.name": "writing",
    "faas.version": "1",
    "faas.invocation_id": call.id,
    "inlay.organisation": "default",
    "inlay.functionId": call.functionId,
  }
  expect(found.map(({ attributes }) => attributes)).toEqual([
    about,
    { ...about, order: 7, "customer.id": "c1", "customer.vip": true, note: null },
    about,
    about,
  ])
  expect(found.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual(Array(4).fill("inlay"))
})

it("says when a line was written, and that it was seen when its call ended", async () => {
  const call = await functions.run("writing")
  const toMs = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6
  const found = await exported()
  expect(found.map(({ hrTime }) => toMs(hrTime))).toEqual(call.logs.map(({ time }) => expect.closeTo(time, 3)))
  for (const { hrTimeObserved } of found) expect(toMs(hrTimeObserved)).toBeCloseTo(call.endedAt, 3)
})

it("puts a line into the span that the host's tracer made for the call", async () => {
  spans.reset()
  const call = await trace.getTracer("host").startActiveSpan("request", async (span) => {
    const made = await functions.run("writing")
    span.end()
    return made
  })
  const own = spans
    .getFinishedSpans()
    .find(({ name }) => name === "invocation writing")
    ?.spanContext()
  expect(own?.traceId).toBe(call.traceId)
  const found = await exported()
  expect(found).toHaveLength(4)
  for (const { spanContext } of found) expect(spanContext).toEqual(own)
})

it("has a line name the ids that Inlay keeps where the host has no tracer", async () => {
  trace.disable()
  try {
    const traceId = "0af7651916cd43dd8448eb211c80319c"
    const call = await functions.run("writing", null, { traceId, sampled: false })
    const found = await exported()
    expect(found).toHaveLength(4)
    const own = { traceId, spanId: call.span?.id, traceFlags: TraceFlags.NONE }
    for (const { spanContext } of found) expect(spanContext).toEqual(own)
  } finally {
    trace.setGlobalTracerProvider(tracers)
  }
})

it("lets no field take the place of what tells whose line it is", async () => {
  await functions.run("claiming")
  const [line] = await exported()
  expect(line?.attributes).toMatchObject({ "faas.name": "claiming", "inlay.organisation": "default" })
})

it("emits the failure of a call as an exception, in its span", async () => {
  const call = await functions.run("broken")
  const [failure, ...others] = await exported()
  expect(others).toEqual([])
  expect(failure).toMatchObject({
    severityNumber: 17,
    severityText: "error",
    body: "no such ␛order",
    attributes: {
      "faas.name": "broken",
      "faas.invocation_id": call.id,
      "error.type": "FN_004",
      "exception.type": "RangeError",
      "exception.message": "no such ␛order",
      "exception.stacktrace": expect.stringContaining("index.ts:1:"),
    },
    spanContext: { traceId: call.traceId, spanId: call.span?.id },
  })
})

it("emits nothing of a call that wrote nothing", async () => {
  await functions.run("quiet")
  expect(await exported()).toEqual([])
})

it("finds a provider that the host sets up later", async () => {
  logs.disable()
  expect((await functions.run("writing")).output).toBe("done")
  logs.setGlobalLoggerProvider(loggers)
  await functions.run("writing")
  expect(await exported()).toHaveLength(4)
})

const failing = (): never => {
  throw new Error("the host's provider fails")
}

it.each<[string, AnyProvider]>([
  ["gives no logger", { getLogger: failing }],
  ["takes no record", { getLogger: () => ({ emit: failing, enabled: () => true }) }],
])("leaves calls alone where a provider %s, and tells the host", async (_, provider) => {
  logs.disable()
  logs.setGlobalLoggerProvider(provider)
  told.length = 0
  const call = await functions.run("writing")
  expect(call).toMatchObject({ status: "succeeded", output: "done" })
  expect(JSON.stringify(told)).toContain("the host's provider fails")
  const { items } = await functions.logs.list({ invocationId: call.id })
  expect(items).toHaveLength(4)
})
