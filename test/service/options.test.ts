import { describe, expect, it } from "vitest"
import { createFunctions, FunctionsError } from "../../src/index.ts"
import { openService, rejectionOf, silent } from "./service.ts"

const refusalOf = (options: unknown) => rejectionOf(createFunctions(options as never))

describe("options of createFunctions", () => {
  it("give the logger the failures that no caller hears of, with their stack, where onError is left out", async () => {
    const told: unknown[] = []
    const broken = new Error("the sessions are down")
    const functions = await createFunctions({
      logger: { ...silent, error: (...line) => told.push(line) },
      authenticate: () => Promise.reject(broken),
    })
    await functions.fetch(new Request("http://localhost/functions"))
    await functions.close()
    expect(told).toEqual([["the sessions are down", { stage: "http", stack: broken.stack }]])
  })

  it.each([
    ["storage", { path: ":memory:" }, "a storage, such as"],
    ["storage", "inlay.db", "a storage, such as"],
    ["storage", null, "a storage, such as"],
    ["logger", () => {}, "debug, info, warn and error"],
    ["logger", { info: () => {} }, "debug, info, warn and error"],
    ["queue", "redis://localhost", "comes with the storage"],
    ["sandbox", 2, "must be an object"],
    ["secrets", { KEY: "1" }, "must be a function"],
    ["authenticate", true, '"open" for tests'],
    ["hosts", "example.com", "list of hosts"],
    ["now", 5, "epoch milliseconds"],
    ["http", {}, "fetch and close"],
    ["now", () => new Date(), "epoch milliseconds"],
    ["runtimes", {}, "list of runtimes"],
    ["runtimes", [{ run: () => {} }], "ready, load, run and close"],
    ["capabilities", { crm: { find: () => {} } }, "each { methods: { … } }"],
    ["hosts", ["https://app.example.com"], "list of hosts"],
    ["origins", ["app.example.com"], "list of origins"],
    ["origins", ["https://app.example.com/path"], "list of origins"],
  ])("are refused where %s is %j", async (path, value, message) => {
    const error = await refusalOf({ [path]: value })
    expect(error).toBeInstanceOf(FunctionsError)
    expect(error).toMatchObject({
      code: "FN_006",
      message: expect.stringContaining(`Cannot start Inlay: "${path}" must `),
      issues: [{ path, message: expect.stringContaining(message) }],
    })
  })

  it.each([
    [{ storge: 1 }, 'Cannot start Inlay: "storge" is not known (did you mean "storage"?).'],
    [
      { queue: { concurency: 2 } },
      'Cannot start Inlay: "queue.concurency" is not known (did you mean "concurrency"?).',
    ],
    [{ sandbox: { thread: 2 } }, 'Cannot start Inlay: "sandbox.thread" is not known (did you mean "threads"?).'],
    [{ egress: { alow: [] } }, 'Cannot start Inlay: "egress.alow" is not known (did you mean "allow"?).'],
    [{ alerts: { chanels: {} } }, 'Cannot start Inlay: "alerts.chanels" is not known (did you mean "channels"?).'],
    [
      { metrics: { keepInvocationMs: 1 } },
      'Cannot start Inlay: "metrics.keepInvocationMs" is not known (did you mean "keepInvocationsMs"?).',
    ],
    [
      { connections: { key: "", url: "", providers: {}, returnOrigin: [] } },
      'Cannot start Inlay: "connections.returnOrigin" is not known (did you mean "returnOrigins"?).',
    ],
    [{ events: { zzzz: 1 } }, 'Cannot start Inlay: "events.zzzz" is not known: there are maxBytes, identityTtlMs.'],
  ])("are refused where a key is none: %j", async (options, message) => {
    expect(await refusalOf(options)).toMatchObject({ code: "FN_006", message })
  })

  it.each([
    [{ sandbox: { threads: "2" } }, 'sandbox.threads "2": it must be a whole number from 1.'],
    [{ sandbox: { cpuMsPerMinute: 0 } }, "sandbox.cpuMsPerMinute 0: it must be a number above 0."],
    [{ admission: { maxQueued: -1 } }, "admission.maxQueued -1: it must be a whole number from 0."],
    [{ queue: { concurrency: -1 } }, "queue.concurrency -1: it must be a whole number from 0."],
    [{ queue: { leaseMs: "30s" } }, 'queue.leaseMs "30s": it must be a number above 0.'],
    [{ queue: { pollMs: 0 } }, "queue.pollMs 0: it must be a number above 0."],
    [{ queue: { keepEndedMs: -1 } }, "queue.keepEndedMs -1: it must be a number from 0."],
    [{ queue: { keepDeadLettersMs: "1" } }, 'queue.keepDeadLettersMs "1": it must be a number from 0.'],
    [{ queue: { keepFiringsMs: Number.NaN } }, "queue.keepFiringsMs NaN: it must be a number from 0."],
    [{ events: { maxBytes: 0 } }, "events.maxBytes 0: it must be a number above 0."],
    [{ events: { identityTtlMs: "1d" } }, 'events.identityTtlMs "1d": it must be a number from 0.'],
    [{ logs: { keepMs: "30d" } }, 'logs.keepMs "30d": it must be a number from 1.'],
    [{ metrics: { keepMinutesMs: 1 } }, "metrics.keepMinutesMs 1: it must be a number from 3600000."],
    [{ errors: { maxGroups: 0 } }, "errors.maxGroups 0: it must be a number from 1."],
    [{ anomalies: { keepMs: 0 } }, "anomalies.keepMs 0: it must be a number above 0."],
    [{ forecasts: { keepMs: -1 } }, "forecasts.keepMs -1: it must be a number above 0."],
    [{ alerts: { keepMs: "x" } }, 'alerts.keepMs "x": it must be a number above 0.'],
  ])("are refused where a number cannot be used: %j", async (options, message) => {
    const error = await refusalOf(options)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: `Cannot open the service with ${message}` })
  })

  it.each([
    [{ egress: { allow: "10.0.0.1" } }, "egress allow: it must be a list of texts"],
    [{ egress: { methods: "GET" } }, "egress methods: it must be a list of texts"],
    [{ alerts: { url: "app.example.com" } }, "alerts.url: it must be an address"],
    [{ queue: { organisationConcurrency: "5" } }, "organisationConcurrency 5: it must be a whole number from 1"],
  ])("are refused where they are of another type: %j", async (options, message) => {
    expect(await refusalOf(options)).toMatchObject({ message: expect.stringContaining(message) })
  })

  it("leave nothing behind where a runtime throws instead of rejecting", async () => {
    const lost: unknown[] = []
    const lose = (error: unknown) => void lost.push(error)
    process.on("unhandledRejection", lose)
    const broken = {
      ready: () => {
        throw new Error("no engine here")
      },
      ...{ serves: [], load: () => {}, run: () => {}, forget: () => {}, close: async () => {} },
    }
    expect(await refusalOf({ logger: silent, runtimes: [broken] })).toMatchObject({ message: "no engine here" })
    await new Promise((resolve) => setImmediate(resolve))
    process.off("unhandledRejection", lose)
    expect(lost).toEqual([])
  })

  it("are an object", async () => {
    expect(await refusalOf("inlay.db")).toMatchObject({ code: "FN_006" })
  })

  it("may be undefined, one by one", async () => {
    const options = { storage: undefined, queue: undefined, nothing: undefined, logger: silent, authenticate: "open" }
    const functions = await createFunctions(options as never)
    await functions.close({ graceMs: 0 })
  })
})

describe("a change of a function", () => {
  const service = openService({ sandbox: { threads: 1 } })

  it("is refused where it has a field that nobody knows, and changes nothing", async () => {
    const { functions } = service
    await functions.deploy({ name: "kept", source: "export default () => 1" })
    const change = { description: "new", enviroment: { A: "1" } } as never
    expect(await rejectionOf(functions.update("kept", change))).toMatchObject({
      code: "FN_006",
      message: 'Cannot update function "kept": "enviroment" is not known (did you mean "environment"?).',
      issues: [{ path: "enviroment" }],
    })
    expect(await functions.get("kept")).toMatchObject({ description: null })
  })
})
