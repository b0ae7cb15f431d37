import { beforeAll, describe, expect, it } from "vitest"
import type { Functions } from "../../src/index.ts"
import { faceArguments } from "../../src/service/face-arguments.ts"
import { openService, rejectionOf } from "./service.ts"

const opened = openService()
const final = "export default () => { throw Object.assign(new Error('no'), { name: 'NonRetriableError' }) }"

/** What a host's plain JavaScript may give: no types stand before it. */
type Method = (...given: unknown[]) => Promise<unknown>

function call(path: string, ...given: unknown[]): Promise<unknown> {
  let place: unknown = opened.functions
  for (const name of path.split(".")) place = Reflect.get(place as object, name)
  return (place as Method)(...given)
}

async function letters(): Promise<number> {
  return (await opened.functions.deadLetters.list()).items.length
}

beforeAll(async () => {
  await opened.functions.deploy({ name: "fails", source: final })
  const { id } = await opened.functions.enqueue("fails", { order: 17 })
  while ((await opened.functions.invocations.get(id)).status !== "failed")
    await new Promise((resolve) => setTimeout(resolve, 5))
})

describe("what is no argument is refused, and nothing is done", () => {
  it.each([
    ["deadLetters.purge", [{ functoin: "fails" }], "functoin", '"functoin" is not known (did you mean "function"?)'],
    ["deadLetters.purge", ["fails"], "filter", '"filter" must be an object, and is "fails"'],
    ["deadLetters.purge", [{ to: "2026-01-01" }], "to", '"to" must be epoch milliseconds, and is "2026-01-01"'],
    ["deadLetters.purge", [{ from: Number.NaN }], "from", '"from" must be epoch milliseconds, and is NaN'],
    ["deadLetters.purge", [{ kind: "functions" }], "kind", '"kind" must be one of function, message, event'],
    ["deadLetters.purge", [{ code: ["FN_004"] }], "code", '"code" must be text, and is a list'],
    ["deadLetters.purge", [JSON.parse('{"__proto__":{"function":"fails"}}')], "__proto__", '"__proto__" is not known'],
    ["deadLetters.replayAll", [{}, { dryrun: true }], "dryrun", '"dryrun" is not known (did you mean "dryRun"?)'],
    ["deadLetters.replayAll", [{}, { dryRun: "yes" }], "dryRun", '"dryRun" must be true or false, and is "yes"'],
    ["deadLetters.replay", ["x", { inptu: 1 }], "inptu", '"inptu" is not known (did you mean "input"?)'],
    ["enqueue", ["fails", 1, { delay: 5000 }], "delay", '"delay" is not known'],
    ["enqueue", ["fails", 1, { idempotencykey: "a" }], "idempotencykey", 'did you mean "idempotencyKey"?'],
    ["enqueue", ["fails", 1, 5000], "options", '"options" must be an object, and is 5000'],
    ["enqueue", ["fails", 1, null], "options", '"options" must be an object, and is null'],
    ["enqueue", [["fails"], 1], "name", 'Cannot enqueue the call: "name" must be text, and is a list.'],
    ["enqueue", ["fails", 1, { external: 1 }], "external", '"external" must be true or false, and is 1'],
    ["enqueue", ["fails", 1, { runAt: 1, delayMs: 1 }], "delayMs", "delayMs must not stand beside runAt"],
    ["pipelines.start", ["p", 1, { delayMs: 5 }], "delayMs", '"delayMs" is not known'],
    ["pipelines.run", ["p", 1, { signal: {} }], "signal", '"signal" must be an AbortSignal, and is an object'],
    ["pipelines.cancel", ["x", { undo: "no" }], "undo", '"undo" must be true or false, and is "no"'],
    ["pipelines.getRun", [null], "id", '"id" must be text, and is null'],
    ["queues.send", ["q", 1, { runAt: 5 }], "runAt", '"runAt" is not known'],
    ["invocations.get", [true], "id", '"id" must be text, and is true'],
    ["invocations.cancel", [{}], "id", '"id" must be text, and is an object'],
    ["publish", [{ type: "a" }, { trace: "x" }], "trace", '"trace" is not known'],
    ["events.publishAll", [{ type: "a" }], "events", '"events" must be a list, and is an object'],
    ["events.list", [{ status: "done" }], "status", '"status" must be one of delivered, failed'],
    ["events.list", [{}, { cursor: 5 }], "cursor", '"cursor" must be text, and is 5'],
    ["triggers.list", [{ type: "cronjob" }], "type", '"type" must be one of schedule'],
    ["triggers.fire", ["x", { evnt: 1 }], "evnt", '"evnt" is not known (did you mean "event"?)'],
    ["invoke", ["fails", 1, { signal: 5 }], "signal", '"signal" must be an AbortSignal, and is 5'],
    ["invoke", ["fails", 1, { signal: null }], "signal", '"signal" must be an AbortSignal, and is null'],
    ["runRaw", [5], "name", '"name" must be text, and is 5'],
    ["list", [null], "page", '"page" must be an object, and is null'],
    ["list", [{ limit: "5" }], "limit", '"limit" must be a number, and is "5"'],
    ["rollback", ["fails", { to: "1" }], "to", '"to" must be a number, and is "1"'],
    ["update", ["fails"], "change", '"change" must be an object, and is undefined'],
    ["setEnvironment", ["fails"], "change", '"change" must be an object, and is undefined'],
    ["aliases.set", ["fails", 5, 1], "alias", '"alias" must be text, and is 5'],
    ["layers.list", [5], "page", '"page" must be an object, and is 5'],
    ["layers.get", [5], "name", 'Cannot get the layer: "name" must be text, and is 5'],
    ["layers.remove", [5], "name", '"name" must be text, and is 5'],
    ["layers.versions", [5], "name", '"name" must be text, and is 5'],
    ["connections.get", [5], "provider", '"provider" must be text, and is 5'],
    ["pipelines.run", ["p", 1, { external: true }], "external", '"external" is not known'],
    ["pipelines.approve", ["x", "y"], "approval", '"approval" must be an object, and is undefined'],
    ["invocations.list", [{ range: "1h" }], "range", '"range" must be { from, to } in epoch milliseconds'],
    ["deadLetters.replayAll", [{}, { limit: "5" }], "limit", '"limit" must be a number, and is "5"'],
    [
      "deadLetters.purge",
      [{ function: undefined }],
      "filter",
      '"filter" has only fields that are undefined; leave it out',
    ],
    [
      "deadLetters.replayAll",
      [{ id: undefined, to: undefined }],
      "filter",
      "leave it out to replay dead letters of all",
    ],
    ["deadLetters.purge", [{ to: 8.64e15 + 1 }], "to", '"to" must be epoch milliseconds'],
    ["anomalies.list", [{ bogus: 1 }], "bogus", '"bogus" is not known'],
    ["anomalies.expect", ["x", { why: "" }], "why", '"why" is not known'],
    ["anomalies.settings.get", ["fails"], "options", '"options" must be an object, and is "fails"'],
    ["alerts.list", [{ statuss: "firing" }], "statuss", '"statuss" is not known (did you mean "status"?)'],
    ["alerts.rules.replace", ["x"], "rule", '"rule" must be an object'],
    ["errors.list", [{ functon: "a" }], "functon", '"functon" is not known (did you mean "function"?)'],
    ["forecasts.list", [{ functon: "a" }], "functon", '"functon" is not known (did you mean "function"?)'],
    ["forecasts.accuracy", [{ rang: "1d" }], "rang", '"rang" is not known (did you mean "range"?)'],
    ["forecasts.schedules.retry", ["x", 5], "runId", '"runId" must be text, and is 5'],
    ["ingestion.ingest", [{}, { key: "a" }], "key", '"key" is not known'],
    ["logs.list", [{}, { limt: 5 }], "limt", '"limt" is not known (did you mean "limit"?)'],
    ["logs.export", [null], "filter", '"filter" must be an object, and is null'],
    ["metrics.query", [{ key: "a", from: 1 }], "from", '"from" is not known'],
    [
      "metrics.query",
      [{ key: "a", dimensions: null }],
      "dimensions",
      '"dimensions" must be an object of texts, and is null',
    ],
    ["metrics.query", [{ key: "a", dimensions: { room: 7 } }], "dimensions", '"dimensions" must be an object of texts'],
    [
      "run",
      ["fails", 1, { traceId: "0".repeat(32) }],
      "traceId",
      '"traceId" must be 32 hexadecimal digits in lower case',
    ],
    ["invoke", ["fails", 1, { traceId: null }], "traceId", "not all of them 0, and is null"],
    ["invoke", ["fails", 1, { parentSpanId: "zz" }], "parentSpanId", '"parentSpanId" must be 16 hexadecimal digits'],
    ["metrics.summary", ["fails", { rang: "1h" }], "rang", '"rang" is not known (did you mean "range"?)'],
    ["traces.list", [{ functon: "a" }], "functon", '"functon" is not known (did you mean "function"?)'],
    ["traces.slowest", [{ limit: "5" }], "limit", '"limit" must be a number, and is "5"'],
    ["traces.dependencies", [{ rnge: "1h" }], "rnge", '"rnge" is not known'],
  ])("%s %j names %s", async (path, given, field, message) => {
    const error = await rejectionOf(call(path, ...given))
    expect(error).toMatchObject({ code: "FN_006", issues: [{ path: field }] })
    expect(error.message).toContain(message)
    expect(await letters()).toBe(1)
  })

  it("also on the face of an organisation", async () => {
    const face: Functions = opened.functions.organisation("acme")
    expect(await rejectionOf(face.deadLetters.purge({ al: true } as never))).toMatchObject({ code: "FN_006" })
  })
})

describe("an organisation", () => {
  it.each([
    [null, "options", '"options" must be an object, and is null'],
    [{ acter: "ada" }, "acter", '"acter" is not known (did you mean "actor"?)'],
    [{ actor: 5 }, "actor", '"actor" must be text, and is 5'],
  ])("is not bound with %j", (given, path, message) => {
    const bind = () => opened.functions.organisation("acme", given as never)
    expect(bind).toThrow(expect.objectContaining({ code: "FN_006", issues: [expect.objectContaining({ path })] }))
    expect(bind).toThrow(message)
  })
})

/** The methods of a face that are functions, by their paths. */
function methodsOf(face: object, path = ""): readonly string[] {
  return Object.entries(face).flatMap(([key, value]) => {
    if (typeof value === "function") return [path + key]
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? methodsOf(value, `${path}${key}.`)
      : []
  })
}

function checkedMethods(checks: object, path = ""): readonly string[] {
  return Object.entries(checks).flatMap(([key, value]) =>
    Array.isArray(value) ? [path + key] : checkedMethods(value as object, `${path}${key}.`),
  )
}

describe("a method", () => {
  const readsItself = [
    ...["alerts.rules.create", "alerts.silences.create", "forecasts.make", "forecasts.schedules.create"],
    ...["ingestion.sources.create", "pipelines.define"],
  ]
  const without: Readonly<Record<string, readonly string[]>> = {
    "reads its only argument by a schema": readsItself,
    "takes nothing": [
      ...["alerts.rules.list", "alerts.silences.list", "connections.list", "followRoutes"],
      ...["forecasts.schedules.list", "ingestion.sources.list"],
    ],
    "is not asynchronous": ["forecasts.backends", "logs.tail", "metrics.prometheus", "metrics.record", "route"],
    "takes what the HTTP face has read": ["receive"],
  }

  it("has a check of its arguments, or a reason to have none", () => {
    const face = opened.functions.organisation("acme")
    const all = [...checkedMethods(faceArguments), ...Object.values(without).flat()]
    expect(all.sort()).toEqual([...methodsOf(face)].sort())
  })

  it.each(readsItself)("%s refuses what is no object with FN_006", async (path) => {
    for (const given of [undefined, null, 5])
      expect(await rejectionOf(call(path, given))).toMatchObject({ code: "FN_006" })
  })
})

it("a page after the last one's next, which is null, is the first", async () => {
  const { next } = await opened.functions.list()
  expect(next).toBeNull()
  expect((await opened.functions.list({ cursor: next })).items).toMatchObject([{ name: "fails" }])
  expect((await opened.functions.traces.list({}, { cursor: null, limit: 1 })).items).toHaveLength(1)
})

it("any time that a date holds is one", async () => {
  const { functions } = opened
  expect((await functions.deadLetters.list({ from: 0, to: 8.64e15 })).items).toHaveLength(1)
  expect((await functions.events.list({ from: -8.64e15, to: 8.64e15 })).items).toEqual([])
})

it("what is undefined counts as left out", async () => {
  const { functions } = opened
  const call = await functions.enqueue("fails", 1, { priority: undefined } as never)
  expect(call.priority).toBe(0)
  await functions.invocations.cancel(call.id)
  expect((await functions.triggers.list(undefined, undefined)).items).toEqual([])
})
