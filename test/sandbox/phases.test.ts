import { expect, it } from "vitest"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const version = versionOf("export default () => Date.now()")

function beBusy(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) Math.random()
}

it("Calls that one phase of the event loop makes begin while it goes on", async () => {
  outputOf(await call(runtime, version))
  const calls: Promise<unknown>[] = []
  // All that are asked for in one turn have the same phase of the next one.
  const end = await new Promise<number>((resolve) => {
    for (let index = 0; index < 20; index++) {
      setImmediate(() => {
        calls.push(call(runtime, version).then(outputOf))
        beBusy(10)
        if (calls.length === 20) resolve(Date.now())
      })
    }
  })
  const times = (await Promise.all(calls)) as number[]
  // Were they posted when it ends, none but the first would have begun; a busy machine lets its threads begin late.
  expect(times.filter((time) => time < end).length).toBeGreaterThan(3)
})
