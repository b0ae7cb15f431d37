import { onTestFinished } from "vitest"
import { createTestFunctions, type TestFunctionsOptions, type TestKit } from "../../src/testing/index.ts"

/** Milliseconds. */
export const minute = 60_000
export const day: number = 86_400_000

/** What `openKit` gives. */
export interface IngestKit {
  readonly kit: TestKit
  readonly functions: TestKit["functions"]
  /** How many values a key has in the last two days. */
  count(key: string, dimensions?: Readonly<Record<string, string>>): Promise<number>
}

/** A service in memory. */
export async function openKit(options: TestFunctionsOptions = {}): Promise<IngestKit> {
  const kit = await createTestFunctions(options)
  onTestFinished(() => kit.close())
  const { functions } = kit
  return {
    kit,
    functions,
    async count(key, dimensions = {}) {
      const { items } = await functions.metrics.query({ key, dimensions, range: "2d", step: "1h" })
      return items.reduce((sum, { count }) => sum + count, 0)
    },
  }
}
