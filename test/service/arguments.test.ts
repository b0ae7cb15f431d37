import { beforeAll, describe, expect, it } from "vitest"
import type { Functions } from "../../src/index.ts"
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

it("what is undefined counts as left out", async () => {
  const { functions } = opened
  const call = await functions.enqueue("fails", 1, { priority: undefined } as never)
  expect(call.priority).toBe(0)
  await functions.invocations.cancel(call.id)
  expect((await functions.triggers.list(undefined, undefined)).items).toEqual([])
})
