import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, it } from "vitest"
import { z } from "zod"
import { createFunctions, type FunctionsService, type SpanNode, type Trace } from "../../src/index.ts"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { newTraceId } from "../../src/util/id.ts"
import { openFace } from "../http/support.ts"
import { silent } from "../service/service.ts"

const heard: Record<string, string | undefined>[] = []
const server = createServer((request, response) => {
  const { traceparent, tracestate } = request.headers
  heard.push({ traceparent: traceparent?.toString(), tracestate: tracestate?.toString() })
  response.writeHead(request.url === "/broken" ? 503 : 200).end("answer")
})
let host = ""
let functions: FunctionsService

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  functions = await createFunctions({
    authenticate: "open",
    logger: silent,
    sandbox: { threads: 1 },
    egress: { allow: [host] },
    capabilities: {
      other: {
        methods: {
          call: {
            input: z.object({ name: z.string() }),
            handle: (input, { traceId, spanId }) =>
              functions.invoke((input as { name: string }).name, null, { traceId, parentSpanId: spanId }),
          },
        },
      },
    },
  })
  const deploy = (name: string, source: string, config = {}) => functions.deploy({ name, source, config })
  await deploy("double", "export default (n) => n * 2")
  await deploy("broken", "export default () => { throw new Error('no') }")
  await deploy(
    "caller",
    'import { capabilities } from "inlay/sdk"\nexport default () => capabilities.other.call({ name: "double" })',
  )
  await deploy("fetcher", "export default ({ url, headers }) => fetch(url, { headers }).then((r) => r.status)")
  await deploy("linked", "export default () => 1", { chain: ["double"] })
  await deploy("sender", 'import { queue } from "inlay/sdk"\nexport default () => queue.send("q", 1)')
  await deploy("told", "export default () => 1", {
    triggers: [{ type: "event", event: "order.paid", name: "on-paid" }],
  })
  await deploy("hooked", "export default () => 1", {
    triggers: [{ type: "webhook", path: "/hooked", provider: "none", name: "on-hook" }],
  })
  await deploy("taker", "export default () => 1", { triggers: [{ type: "queue", queue: "q", name: "on-q" }] })
  await functions.pipelines.define(
    definePipeline("both")
      .step("double")
      .parallel({ a: (s) => s.step("double") }),
  )
})

afterAll(async () => {
  await functions.close({ graceMs: 0 })
  server.close()
})

/** Spans as `kind name` with those below them; waits and loads are left out. */
function shape({ kind, name, children }: SpanNode): unknown {
  const shown = children.filter((child) => !["admission", "thread", "load", "queue"].includes(child.kind))
  return shown.length === 0 ? `${kind} ${name}` : { [`${kind} ${name}`]: shown.map(shape) }
}

const shapes = (trace: Trace) => trace.roots.map(shape)

it("has the call of a function, its capability and what that calls", async () => {
  const { traceId, id } = await functions.run("caller")
  const trace = await functions.traces.get(traceId)
  expect(shapes(trace)).toEqual([{ "invocation caller": [{ "capability other.call": ["invocation double"] }] }])
  expect(trace).toMatchObject({ traceId, name: "caller", kind: "invocation", status: "ok" })
  expect(trace.roots[0]?.attributes).toMatchObject({ invocationId: id, version: 1 })
})

it("takes the context of an HTTP call, and gives it to the requests of the function", async () => {
  const send = openFace(functions)
  const traceId = newTraceId()
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: "vendor=1" }
  heard.length = 0
  const answer = await send("POST", "/functions/fetcher/invoke", { json: { url: `http://${host}/` }, headers })
  expect(await answer.json()).toBe(200)
  const own = answer.headers.get("traceparent")?.split("-")
  const { roots } = await functions.traces.get(traceId)
  expect(roots).toHaveLength(1)
  const [call] = roots
  expect(call).toMatchObject({ parentSpanId: "00f067aa0ba902b7", spanId: own?.[2] })
  const request = call?.children.find(({ kind }) => kind === "fetch")
  expect(request).toMatchObject({ name: host, status: "ok", attributes: { method: "GET", status: 200 } })
  expect(heard).toEqual([{ traceparent: `00-${traceId}-${request?.spanId}-01`, tracestate: "vendor=1" }])
})

it("leaves alone what a function says of its own context", async () => {
  heard.length = 0
  const traceparent = `00-${newTraceId()}-00f067aa0ba902b7-00`
  const headers = { TraceParent: traceparent, tracestate: "mine=1" }
  await functions.invoke("fetcher", { url: `http://${host}/`, headers }, { traceState: "theirs=1" })
  expect(heard).toEqual([{ traceparent, tracestate: "mine=1" }])
})

it("never fails a call for a header that is not valid", async () => {
  const send = openFace(functions)
  const bad = ["", "x", "00", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `ff-${newTraceId()}-00f067aa0ba902b7-01`]
  for (const traceparent of [...bad, `00-${newTraceId()}-xx-01`, "-".repeat(5000), "00-\u00ff"]) {
    const headers = { traceparent, tracestate: "\u00ff" }
    const answer = await send("POST", "/functions/double/invoke", { json: 2, headers })
    expect(await answer.json(), traceparent).toBe(4)
  }
})

it("marks what failed: the call, the request, and the trace", async () => {
  const { traceId } = await functions.run("broken")
  const trace = await functions.traces.get(traceId)
  expect(trace).toMatchObject({ status: "error", roots: [{ status: "error", attributes: { error: "FN_004" } }] })
  const { traceId: second } = await functions.run("fetcher", { url: `http://${host}/broken` })
  expect(await functions.traces.get(second)).toMatchObject({ status: "error", roots: [{ status: "ok" }] })
  const { traceId: third } = await functions.run("fetcher", { url: "http://not.allowed.example/" })
  const [call] = (await functions.traces.get(third)).roots
  expect(call?.children.find(({ kind }) => kind === "fetch")).toMatchObject({ status: "error" })
})

it("has the links of a chain below one another", async () => {
  const { traceId } = await functions.run("linked")
  expect(shapes(await functions.traces.get(traceId))).toEqual([{ "invocation linked": ["invocation double"] }])
})

it("has a run of a pipeline, its steps and their calls", async () => {
  const run = await functions.pipelines.run("both", 2)
  const trace = await functions.traces.get(run.traceId)
  const step = { "step double": ["invocation double"] }
  const below = shapes(trace)[0] as Record<string, unknown[]>
  expect(Object.keys(below)).toEqual(["pipeline both"])
  expect(below["pipeline both"]).toContainEqual(step)
  expect(trace.spans).toBeGreaterThanOrEqual(5)
  expect(trace.roots).toHaveLength(1)
})

it.each([
  [
    "a published event",
    ["/events", { type: "order.paid" }],
    { "job order.paid": [{ "trigger on-paid": [{ "job told": ["invocation told"] }] }] },
  ],
  ["a webhook", ["/hooked", {}], { "trigger on-hook": [{ "job hooked": ["invocation hooked"] }] }],
] as const)("goes on with the trace of %s over HTTP, below who sent it", async (_, [path, json], shown) => {
  const traceId = newTraceId()
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
  const answer = await openFace(functions)("POST", path, { headers, json })
  expect(answer.status).toBe(202)
  await expect
    .poll(async () => shapes(await functions.traces.get(traceId).catch(() => ({ roots: [] }) as never)))
    .toEqual([shown])
  const { roots } = await functions.traces.get(traceId)
  expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual(["00f067aa0ba902b7"])
})

it("follows a message from who sends it to who takes it, through the queue and its trigger", async () => {
  const taken = new Promise<string>((resolve) => {
    const stop = functions.on("job.stopped", ({ kind, target, traceId }) => {
      if (kind !== "function" || target !== "taker") return
      stop()
      resolve(traceId)
    })
  })
  const { traceId } = await functions.run("sender")
  expect(await taken).toBe(traceId)
  await expect
    .poll(async () => shapes(await functions.traces.get(traceId)))
    .toEqual([
      {
        "invocation sender": [
          { "capability queue.send": [{ "job q": [{ "trigger on-q": [{ "job taker": ["invocation taker"] }] }] }] },
        ],
      },
    ])
})

it("lists traces by function, status, duration and time", async () => {
  const { traceId } = await functions.run("broken")
  const ids = async (...given: Parameters<FunctionsService["traces"]["list"]>) =>
    (await functions.traces.list(...given)).items.map((item) => item.traceId)
  expect((await ids({ function: "broken", status: "error" }))[0]).toBe(traceId)
  expect(await ids({ function: "double", status: "error", minDurationMs: 60_000 })).toEqual([])
  expect(await ids({ range: { from: 0, to: 1 } })).toEqual([])
  const all = await ids({ range: "1h" })
  const paged: string[] = []
  let cursor: string | undefined
  do {
    const page = await functions.traces.list({ range: "1h" }, { limit: 2, ...(cursor !== undefined && { cursor }) })
    paged.push(...page.items.map((item) => item.traceId))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  expect(paged).toEqual(all)
})

it("tells who calls whom", async () => {
  await functions.run("caller")
  const { items, complete } = await functions.traces.dependencies()
  expect(complete).toBe(true)
  const edges = items.map(({ from, to }) => `${from.kind} ${from.name} > ${to.kind} ${to.name}`)
  expect(edges).toEqual(
    expect.arrayContaining([
      "outside  > function caller",
      "function caller > capability other.call",
      "capability other.call > function double",
      "pipeline both > function double",
      `function fetcher > host ${host}`,
      "trigger on-q > function taker",
      "function linked > function double",
    ]),
  )
  const failing = items.find(({ to }) => to.name === "broken")
  expect(failing).toMatchObject({ errorRate: 1 })
})

it("tells which paths are slow", async () => {
  const { items } = await functions.traces.slowest({ function: "fetcher" })
  expect(items.length).toBeGreaterThan(0)
  for (const { path, durationMs, share } of items) {
    expect(path[0]).toMatchObject({ kind: "invocation", name: "fetcher" })
    expect(durationMs.p95).toBeGreaterThanOrEqual(durationMs.p50)
    expect(share).toBeGreaterThan(0)
  }
})

it("knows nothing of other organisations", async () => {
  const { traceId } = await functions.run("double", 1)
  const other = functions.organisation("other")
  await expect(other.traces.get(traceId)).rejects.toMatchObject({ code: "FN_001" })
  expect((await other.traces.list()).items).toEqual([])
  expect((await other.traces.dependencies()).items).toEqual([])
})

it("says what is wrong with a question", async () => {
  await expect(functions.traces.get("missing")).rejects.toMatchObject({ code: "FN_001" })
  await expect(functions.traces.list({ minDurationMs: -1 })).rejects.toMatchObject({
    code: "FN_006",
    issues: [{ path: "minDurationMs" }],
  })
  await expect(functions.traces.slowest({ range: "soon" })).rejects.toThrow(RangeError)
  await expect(functions.traces.slowest({ function: "missing" })).rejects.toMatchObject({ code: "FN_001" })
})

it("refuses options that are none", async () => {
  const open = (traces: object) => createFunctions({ logger: silent, traces })
  await expect(open({ sample: 2 })).rejects.toThrow(/sample 2/)
  await expect(open({ smple: 1 })).rejects.toMatchObject({ code: "FN_006" })
})
