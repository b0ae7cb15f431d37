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
  const phases: number[] = []
  let turns = 0
  setImmediate(function count() {
    turns++
    if (calls.length < 20) setImmediate(count)
  })
  await new Promise<void>((resolve) => {
    for (let index = 0; index < 20; index++) {
      setTimeout(() => {
        calls.push(call(runtime, version).then(outputOf))
        beBusy(10)
        phases.push(turns)
        if (phases.length === 20) resolve()
      }, 5)
    }
  })
  const end = Date.now()
  // All timers that are due have their turn in one phase.
  expect(new Set(phases).size).toBe(1)
  const times = (await Promise.all(calls)) as number[]
  // Were they posted when it ends, none but the first would have begun; a busy machine lets its threads begin late.
  expect(times.filter((time) => time < end).length).toBeGreaterThan(3)
})
