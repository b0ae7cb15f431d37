import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import type { InvocationRecord } from "../../src/model/invocation.ts"
import { sampleDeployment, sampleInvocation } from "../../src/testing/storage-contract/samples.ts"
import { newId } from "../../src/util/id.ts"
import { openMemory } from "./support/sqlite.ts"

const storage = createSqlStorage({ name: "sqlite", engine: sqliteEngine, connections: openMemory() })
beforeAll(() => storage.open())
afterAll(() => storage.close())

type Step =
  | { readonly deploy: number }
  | { readonly back: true }
  | { readonly to: number }
  | { readonly promote: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ deploy: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ back: fc.constant(true as const) }),
  fc.record({ to: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ promote: fc.integer({ min: 1, max: 5 }) }),
)

/** The way back as a stack: deploying and promoting push, rolling back pops, to a version on it pops down to it. */
function createModel() {
  const numbers = new Map<number, number>()
  const stack: number[] = []
  const move = (version: number): void => {
    if (stack.at(-1) !== version) stack.push(version)
  }
  return {
    get active(): number | null {
      return stack.at(-1) ?? null
    },
    apply(change: Step): void {
      if ("deploy" in change) {
        if (!numbers.has(change.deploy)) numbers.set(change.deploy, numbers.size + 1)
        move(numbers.get(change.deploy) ?? 0)
      } else if ("back" in change) {
        if (stack.length > 1) stack.pop()
      } else if ("promote" in change) {
        if (change.promote <= numbers.size) move(change.promote)
      } else if (change.to <= numbers.size) {
        const place = stack.lastIndexOf(change.to)
        if (place === -1) stack.push(change.to)
        else stack.length = place + 1
      }
    },
  }
}

it("any series of deployments, roll backs and promotions goes back like a stack", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const organisation = newId(Date.now())
      const { function: target } = await storage.functions.commit(sampleDeployment(organisation, "f", "1"))
      const model = createModel()
      model.apply({ deploy: 1 })
      const change = { organisation, functionId: target.id, actor: "", at: 1 }
      for (const one of steps) {
        model.apply(one)
        if ("deploy" in one) {
          await storage.functions.commit(sampleDeployment(organisation, "f", String(one.deploy)))
        } else {
          const to = "back" in one ? "previous" : "to" in one ? one.to : one.promote
          const reason = "promote" in one ? "promote" : "rollback"
          await storage.functions.activate({ ...change, to, reason, activationId: newId(1) })
        }
        expect((await storage.functions.findById(organisation, target.id))?.activeVersion).toBe(model.active)
      }
    }),
    { numRuns: 40 },
  )
})

const time = fc.integer({ min: 0, max: 4_102_444_800_000 })
const anyText = fc.string({ unit: "binary", maxLength: 50 })
const measure = fc.double({ min: 0, max: 1e9, noNaN: true })
const invocation: fc.Arbitrary<Partial<InvocationRecord>> = fc.record({
  version: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  status: fc.constantFrom("succeeded" as const, "failed" as const),
  error: fc.record({ code: fc.constant("FN_004" as const), name: anyText, message: anyText, stack: anyText }),
  logs: fc.array(
    fc.record({ time, level: fc.constantFrom("debug" as const, "info" as const, "warn" as const), message: anyText }),
    { maxLength: 3 },
  ),
  startedAt: time,
  endedAt: time,
  durationMs: measure,
  cpuMs: measure,
  memoryBytes: fc.integer({ min: 0, max: 2 ** 40 }),
  coldStart: fc.boolean(),
})

it("any record comes back as it was stored", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(invocation, { maxLength: 40 }), async (changes) => {
      const organisation = newId(Date.now())
      const records = changes.map((change) => sampleInvocation(organisation, "f", { ...change, id: newId(1) }))
      await storage.invocations.insert(records)
      for (const record of records) expect(await storage.invocations.find(organisation, record.id)).toEqual(record)
    }),
    { numRuns: 60 },
  )
})

it("any durations are summarised as sorting them would", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(measure, { minLength: 1, maxLength: 300 }), async (durations) => {
      const organisation = newId(Date.now())
      const records = durations.map((durationMs) => sampleInvocation(organisation, "f", { id: newId(1), durationMs }))
      await storage.invocations.insert(records)
      const summary = await storage.invocations.summarise(organisation, "f", { from: 0, to: 2 ** 50 })
      const sorted = [...durations].sort((a, b) => a - b)
      const rank = (percent: number) => sorted[Math.ceil((percent * sorted.length) / 100) - 1]
      expect(summary.count).toBe(durations.length)
      const { average, ...percentiles } = summary.durationMs
      expect(percentiles).toEqual({ p50: rank(50), p95: rank(95), p99: rank(99) })
      expect(average).toBeCloseTo(durations.reduce((sum, value) => sum + value, 0) / durations.length, 3)
    }),
    { numRuns: 40 },
  )
})
