import { expect, test } from "vitest"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const clockAt = Date.UTC(2030, 0, 31, 12)

test("A call's Date shows the time that it is given and stands still, after waiting too; its deadline goes by it", async () => {
  const code = `export default async (_, context) => {
      const before = [Date.now(), new Date().toISOString(), context.deadline]
      await new Promise((resolve) => setTimeout(resolve, 5))
      console.log("now")
      return [...before, Date.now()]
    }`
  const result = await call(runtime, versionOf(code), null, { clockAt })
  expect(outputOf(result)).toEqual([clockAt, "2030-01-31T12:00:00.000Z", clockAt + 60_000, clockAt])
  expect(result.logs).toMatchObject([{ time: clockAt, message: "now" }])
})

test("A module that reads the clock is evaluated at the time of each call", async () => {
  const version = versionOf("const loaded = Date.now(); export default () => loaded", { evaluatesPerCall: true })
  expect(outputOf(await call(runtime, version, null, { clockAt }))).toBe(clockAt)
})

test("The next call in the same sandbox has the machine's time again, and timers wait for real", async () => {
  const version = versionOf(
    "export default async () => { const began = performance.now(); await new Promise((r) => setTimeout(r, 5)); return [Date.now(), performance.now() - began] }",
  )
  for (const over of [{ clockAt }, {}]) {
    const [now, waited] = outputOf(await call(runtime, version, null, over)) as [number, number]
    expect(now === clockAt).toBe("clockAt" in over)
    expect(waited).toBeGreaterThan(3)
  }
})
