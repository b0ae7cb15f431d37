import fc from "fast-check"
import { expect, it, onTestFinished } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { toFingerprint } from "../../src/error-groups/fingerprint.ts"
import { maskMessage } from "../../src/error-groups/mask-message.ts"
import { errorTable } from "../../src/errors/table.ts"
import { createFunctions, type FunctionsService } from "../../src/index.ts"
import type { InvocationError } from "../../src/model/invocation.ts"
import { recordOf } from "../metrics/records.ts"
import { silent } from "../service/service.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"

const paths = temporaryPaths()

async function open(path = ":memory:", options: Parameters<typeof createFunctions>[0] = {}): Promise<FunctionsService> {
  const storage = sqlite(path)
  const service = await createFunctions({
    authenticate: "open",
    logger: silent,
    sandbox: { threads: 1 },
    storage,
    ...options,
  })
  onTestFinished(() => service.close({ graceMs: 0 }))
  return service
}

const failing = (head = "") => `${head}
function check(order) {
  if (order.id % 2 === 0) throw new RangeError(\`Order \${order.id} of "\${order.name}" is even\`)
  throw new Error("Order " + order.id + " is odd")
}
export default (order) => check(order)`

it("Failures are grouped by their cause, with the version that brought them, and where they were", async () => {
  const functions = await open()
  await functions.deploy({ name: "orders", source: "export default () => 1" })
  await functions.deploy({ name: "orders", files: { "index.ts": failing() } })
  for (const [id, name] of [
    [2, "a"],
    [40, "b"],
    [7, "c"],
  ] as const)
    await functions.run("orders", { id, name })
  // Another line was written above: it is the same trouble.
  await functions.deploy({ name: "orders", files: { "index.ts": failing("export const note = 1\n\n") } })
  const last = await functions.run("orders", { id: 6, name: "\u001b[31m" })
  const { items } = await functions.errors.list()
  expect(items.map(({ message, name, count }) => [name, message, count])).toEqual([
    ["RangeError", 'Order <n> of "…" is even', 3],
    ["Error", "Order <n> is odd", 1],
  ])
  const [even] = items
  expect(even).toMatchObject({
    functionName: "orders",
    code: "FN_004",
    status: "open",
    firstVersion: 2,
    lastVersion: 3,
    last: { invocationId: last.id, traceId: last.traceId, version: 3, message: 'Order 6 of "␛[31m" is even' },
  })
  expect(even?.last.stack).toMatch(/check \(.*index\.ts:5:\d+\)/)
  expect(await functions.errors.get(even?.id ?? "")).toEqual(even)
  expect((await functions.organisation("other").errors.list()).items).toEqual([])
  await expect(functions.errors.get("missing")).rejects.toMatchObject({ code: "FN_001" })
  await expect(functions.errors.list({ status: "gone" as never })).rejects.toMatchObject({ code: "FN_006" })
  await expect(functions.errors.list({ code: "FN_999" as never })).rejects.toMatchObject({ code: "FN_006" })
})

it("A resolved error regresses in a newer version, and says who had resolved it", async () => {
  const functions = await open()
  await functions.deploy({ name: "orders", source: failing() })
  await functions.run("orders", { id: 1 })
  const [group] = (await functions.errors.list()).items
  const ada = functions.organisation("default", { actor: "ada" })
  expect(await ada.errors.resolve(group?.id ?? "")).toMatchObject({ status: "resolved", resolvedBy: "ada" })
  await functions.run("orders", { id: 3 })
  expect((await functions.errors.list({ status: "resolved" })).items).toMatchObject([{ count: 2 }])
  await functions.deploy({ name: "orders", source: failing("export const note = 1") })
  await functions.run("orders", { id: 5 })
  const [again] = (await functions.errors.list({ function: "orders", code: "FN_004" })).items
  expect(again).toMatchObject({ id: group?.id, status: "regressed", count: 3, lastVersion: 2, resolvedBy: "ada" })
  expect(again?.regressedAt).toBe(again?.lastAt)
})

it("Processes that fail at the same time count exactly, together", async () => {
  const path = paths("errors.db")
  const [one, other] = [await open(path), await open(path)]
  await one.deploy({ name: "orders", source: failing() })
  const calls = Array.from({ length: 200 }, (_, id) => (id % 3 === 0 ? one : other).run("orders", { id, name: "x" }))
  await Promise.all(calls)
  await other.errors.list()
  const { items } = await one.errors.list()
  expect(items.map(({ count }) => count)).toEqual([100, 100])
}, 60_000)

it("A batch that was stored without an answer counts once, and so does what failed meanwhile", async () => {
  const storage = sqlite(":memory:")
  const add = storage.errorGroups.add
  let unanswered = 0
  const functions = await open(":memory:", {
    storage: {
      ...storage,
      errorGroups: {
        ...storage.errorGroups,
        async add(...given) {
          await add(...given)
          if (unanswered++ < 2) throw new Error("the connection broke")
        },
      },
    },
    onError: () => {},
  })
  await functions.deploy({ name: "orders", source: failing() })
  for (const id of [1, 2, 3, 5, 7]) {
    await functions.run("orders", { id, name: "x" })
    await functions.errors.list()
  }
  const { items } = await functions.errors.list()
  expect(unanswered).toBeGreaterThan(2)
  expect(items.map(({ count }) => count)).toEqual([4, 1])
})

it("An organisation has a bounded number of groups: what is beyond them is counted together", async () => {
  const functions = await open(":memory:", { errors: { maxGroups: 2 } })
  await functions.deploy({
    name: "fail",
    source: "export default (name) => { throw Object.assign(new Error('no'), { name }) }",
  })
  for (const name of ["A", "B", "C", "D", "A"]) {
    await functions.run("fail", name)
    await functions.errors.list()
  }
  const { items } = await functions.errors.list()
  expect(Object.fromEntries(items.map(({ name, count }) => [name, count]))).toEqual({ A: 2, B: 1, Other: 2 })
})

it("A stack of whatever its function wrote is read in one go", () => {
  const stackOf = (middle: string) => `    at f${middle}(index.ts:1:2)  \n`
  const fingerprintOf = (stack: string) =>
    toFingerprint(recordOf(), { code: "FN_004", name: "Error", message: "", stack })
  // Whoever goes back for each of these spaces takes minutes.
  expect(fingerprintOf(stackOf(" ".repeat(600_000))).id).not.toBe(fingerprintOf(stackOf(" ")).id)
  expect(fingerprintOf(stackOf(" ")).id).toBe(fingerprintOf("at f (index.ts:7:9)").id)
})

it("Messages lose what varies, and keep codes", () => {
  for (const [message, masked] of [
    ["Order 7 has no 'paper'", "Order <n> has no '…'"],
    ["can't read property 'a' of undefined", "can't read property '…' of undefined"],
    ["user 00000000-0000-1000-8000-000000000000 is gone", "user <id> is gone"],
    ["user 0190a1b2-c3d4-7abc-89ab-0123456789ab is gone", "user <id> is gone"],
    ["cus_Nff7A9 and user_42 and user42, 3.5e3", "cus_<id> and user_<n> and user<n>, <n>"],
    ["took 150ms since 2026-01-01T10:00:00.000Z from 10.0.0.1:80", "took <n> since <n> from <n>"],
    ["mail to ada.l+1@mail.example.com bounced", "mail to <address> bounced"],
    ["cannot load @scope/pkg@1.2.3", "cannot load @scope/pkg@<n>"],
    ["deadbeef01 at index.ts:3:9", "<id> at index.ts:<n>:<n>"],
    ["ORA-00942 and E42P01 and FN_003", "ORA-00942 and E42P01 and FN_003"],
    ["answered with status 404, code: 23505", "answered with status 404, code: 23505"],
  ] as const) {
    expect(maskMessage(message)).toBe(masked)
    expect(maskMessage(masked.replaceAll(/<\w+>/g, ""))).toBe(masked.replaceAll(/<\w+>/g, ""))
  }
})

it("What varies never splits a group, and different codes, names, functions and ways never merge", () => {
  const codes = fc.constantFrom(...(Object.keys(errorTable) as InvocationError["code"][]))
  const cause = fc.record({
    functionId: fc.constantFrom("f", "g"),
    code: codes,
    name: fc.constantFrom("Error", "TypeError"),
    message: fc.constantFrom("a", "status 404", "status 500", "E1001", "E1002"),
    frame: fc.constantFrom("f (a.ts", "f (b.ts", "g (a.ts"),
  })
  const varying = fc.record({
    n: fc.nat(),
    id: fc.uuid(),
    text: fc.string({ unit: fc.constantFrom("a", "1", " ") }),
    line: fc.nat(),
  })
  const idOf = (
    one: { functionId: string; code: InvocationError["code"]; name: string; message: string; frame: string },
    by: { n: number; id: string; text: string; line: number },
  ) => {
    const message = `${one.message} of ${by.n} and ${by.id} as "${by.text}"`
    const error = { code: one.code, name: one.name, message, stack: `    at ${one.frame}:${by.line}:7)\n` }
    return toFingerprint({ ...recordOf(), functionId: one.functionId }, error).id
  }
  fc.assert(
    fc.property(cause, cause, varying, varying, (one, other, by, than) => {
      expect(idOf(one, by)).toBe(idOf(one, than))
      expect(idOf(one, by) === idOf(other, than)).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
  )
})

it("A hostile message takes no time worth telling", () => {
  for (const part of ["'a", '"', "a.", "a1-", "`", "1.", "A_", "status ", "a@", "a@b.", "@a.b-"])
    expect(maskMessage(part.repeat(100_000)).length).toBeLessThan(3000)
})
