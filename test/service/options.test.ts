import { describe, expect, it } from "vitest"
import { createFunctions, FunctionsError } from "../../src/index.ts"
import { openService, rejectionOf, silent } from "./service.ts"

const refusalOf = (options: unknown) => rejectionOf(createFunctions(options as never))

describe("options of createFunctions", () => {
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
    ["runtimes", {}, "list of runtimes"],
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
