import { afterEach } from "vitest"
import { createTestFunctions, type TestFunctionsOptions, type TestKit } from "../../src/testing/index.ts"
import type { Capabilities } from "../../src/testing/kit/test-kit.ts"

/** Opens kits that are closed after each test. */
export function testKits(): <const Given extends Capabilities = Record<never, never>>(
  options?: TestFunctionsOptions<Given>,
) => Promise<TestKit<Given>> {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const kit of open.splice(0)) await kit.close()
  })
  return async (options) => {
    const kit = await createTestFunctions(options)
    open.push(kit)
    return kit
  }
}

/** When calls began, as text. */
export function timesOf(calls: readonly { readonly at: number }[]): readonly string[] {
  return calls.map(({ at }) => new Date(at).toISOString())
}
