import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createLogs, type Logs } from "../../src/logs/create-logs.ts"
import { createMatcher } from "../../src/logs/matcher.ts"
import { toLine } from "../../src/logs/to-line.ts"
import type { LogEntry, LogFields } from "../../src/model/invocation.ts"
import { type LogFilter, type LogLine, logLevels } from "../../src/model/log.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { newId } from "../../src/util/id.ts"
import { neutralise } from "../../src/util/neutralise.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { recordOf } from "../metrics/records.ts"

let storage: Storage
let logs: Logs

beforeAll(async () => {
  storage = await openMemoryStorage()
  logs = createLogs({
    store: storage.logs,
    now: Date.now,
    wakeAfter: () => () => {},
    findFunction: async (_, name) => name,
    onError: (error) => expect.fail(String(error)),
  })
})

afterAll(async () => {
  await logs.close()
  await storage.close()
})

const word = fc.oneof(
  fc.constantFrom("paid", "PAID", "7", '"', ",", '\\"', ":", "é", "İ", "%", "\u001b[31m"),
  fc.string(),
)
const text = fc.array(word, { maxLength: 3 }).map((words) => words.join(""))
const key = fc.oneof(fc.constantFrom("order", "user.id", "a:b", '"'), fc.string({ minLength: 1, maxLength: 5 }))
const scalar = fc.oneof(
  fc.constantFrom(7, "7", true, "true", null, -0, 1e21),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  text,
)
const fields = fc
  .dictionary(key, scalar, { maxKeys: 3, noNullPrototype: true })
  .map((given): LogFields => Object.fromEntries(Object.entries(given).filter(([name]) => name !== "__proto__")))
const entry: fc.Arbitrary<LogEntry> = fc.record({
  time: fc.integer({ min: 1000, max: 1010 }),
  level: fc.constantFrom(...logLevels),
  message: text,
  fields,
})
const call = fc.record({
  logs: fc.array(entry, { maxLength: 5 }),
  functionId: fc.constantFrom("f", "g"),
  version: fc.integer({ min: 1, max: 2 }),
  traceId: fc.constantFrom("t", "u"),
})
const filter = fc.record(
  {
    text,
    fields: fc.dictionary(key, fc.oneof(fc.constantFrom("7", "true", "null", "0", "1e+21"), text), {
      maxKeys: 1,
      noNullPrototype: true,
    }),
    level: fc.constantFrom(...logLevels),
    function: fc.constantFrom("f", "g"),
    version: fc.integer({ min: 1, max: 2 }),
    traceId: fc.constantFrom("t", "u"),
    from: fc.integer({ min: 1000, max: 1010 }),
    to: fc.integer({ min: 1000, max: 1010 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<LogFilter>

it("Every line that was written is found exactly once by pages and by export, and by no filter that it does not fit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 6 }),
      filter,
      fc.integer({ min: 1, max: 4 }),
      async (calls, wanted, limit) => {
        const organisation = newId(1000)
        const records = calls.map((one) => ({ ...recordOf({ startedAt: 1000 }), ...one, organisation }))
        for (const record of records) logs.record(record)
        const { function: functionId, fields: given = {}, ...rest } = wanted
        const named = Object.fromEntries(Object.entries(given).map((pair) => pair.map(neutralise)))
        const matches = createMatcher({
          ...rest,
          text: neutralise(rest.text ?? ""),
          fields: named,
          ...(functionId && { functionId }),
        })
        const lines = records.flatMap((one) => one.logs.map((_, index) => toLine({ call: one, index })))
        const expected = lines.filter(matches).sort((a, b) => (a.id < b.id ? -1 : 1))

        const found: LogLine[] = []
        let cursor: string | undefined
        do {
          const page = await logs.list(organisation, wanted, { limit, ...(cursor !== undefined && { cursor }) })
          found.unshift(...page.items.toReversed())
          cursor = page.next ?? undefined
        } while (cursor !== undefined)
        expect(shown(found)).toEqual(shown(expected))

        const exported = await new Response(await logs.export(organisation, wanted)).text()
        expect(
          exported
            .split("\n")
            .slice(0, -1)
            .map((row) => JSON.parse(row)),
        ).toEqual(JSON.parse(JSON.stringify(expected)))
      },
    ),
    { numRuns: 200 },
  )
}, 120_000)

/** -0 is 0 in JSON. */
function shown(lines: readonly LogLine[]): unknown {
  return JSON.parse(JSON.stringify(lines))
}

it("What is kept has nothing that a terminal obeys, and nothing else is changed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (given) => {
      const safe = neutralise(given)
      expect(safe).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069\p{Surrogate}]/u)
      expect(neutralise(safe)).toBe(safe)
      const harmless = given.replaceAll(/[\p{Cc}\p{Surrogate}\p{Cf}]/gu, "")
      expect(neutralise(harmless)).toBe(harmless)
    }),
  )
  expect(neutralise("\u001b[2J\r\nok\rover\u009b31m\u007f\u202e\ud800")).toBe("␛[2J\nok␍over\\u009b31m␡\\u202e\uFFFD")
})
