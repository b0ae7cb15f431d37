import { beforeEach, describe, expect, it, vi } from "vitest"
import { Roster } from "../../src/sandbox/pool/roster.ts"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const busy = versionOf(
  "export default () => { const end = performance.now() + 600; while (performance.now() < end); }",
  {
    organisation: "busy",
    cpuMs: 10_000,
  },
)
/** The engine looks at the bounds of this in the middle. */
const work = "let n = 0; while (n < 1e5) n++;"

describe("what comes back from a thread that is held up, and waits for another", () => {
  const runtime = openRuntime({ threads: 1 })
  beforeEach(() => {
    const growing = vi.spyOn(Roster.prototype, "grow").mockReturnValue(false)
    return () => growing.mockRestore()
  })

  it("has the whole time that a call may take", async () => {
    const version = versionOf(`export default () => { ${work} return n }`, { timeoutMs: 400 })
    await runtime.load(version)
    const [, result] = await Promise.all([call(runtime, busy), call(runtime, version)])
    expect(outputOf(result)).toBe(1e5)
    expect(result.threadMs).toBeGreaterThan(400)
  })

  it("has the whole time that a module may take to load", async () => {
    const version = versionOf(`${work} export default () => n`, { timeoutMs: 400 })
    const [, loaded] = await Promise.all([call(runtime, busy), runtime.load(version)])
    expect(loaded.impurities).toEqual([])
  })
})
