import { describe, expect, it } from "vitest"
import type { RuntimeLayer, RuntimeVersion } from "../../src/ports/runtime.ts"
import { SharedLayers } from "../../src/sandbox/engine/layers.ts"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const layer = (name: string, code: string, version = 1): RuntimeLayer => ({
  key: `default/${name}@${version}`,
  name,
  version,
  code,
})

describe("layers in the sandbox", () => {
  it("are imported by name, statically and dynamically, and evaluated once for all calls", async () => {
    const code = "globalThis.evaluated = (globalThis.evaluated ?? 0) + 1\nexport const next = (n) => n + 1"
    const again = 'const same = (await import("layer:counter")).next === next'
    const version = versionOf(
      `import { next } from "layer:counter"\nexport default async (n) => { ${again}; return [next(n), same, evaluated] }`,
      { layers: [layer("counter", code)] },
    )
    const first = await call(runtime, version, 1)
    expect([outputOf(first), first.coldStart]).toEqual([[2, true, 1], true])
    const second = await call(runtime, version, 2)
    expect([outputOf(second), second.coldStart]).toEqual([[3, true, 1], false])
  })

  it("run in their order, before the version, and see what those before them left", async () => {
    const layers = [layer("first", "globalThis.order = ['first']"), layer("second", "order.push('second')")]
    const version = versionOf("order.push('version')\nexport default () => order", { layers })
    expect(outputOf(await call(runtime, version))).toEqual(["first", "second", "version"])
  })

  it("may wait while they load, but not for ever", async () => {
    const slow = layer("slow", "export const value = await Promise.resolve(7)")
    const version = versionOf('import { value } from "layer:slow"\nexport default () => value', { layers: [slow] })
    expect(outputOf(await call(runtime, version))).toBe(7)
    const stuck = layer("stuck", "export const value = await new Promise(() => {})")
    const never = versionOf('import { value } from "layer:stuck"\nexport default () => value', { layers: [stuck] })
    expect(failureOf(await call(runtime, never))).toMatchObject({ message: expect.stringContaining("never finished") })
  })

  it("fail the versions that import them where they throw, at once or later", async () => {
    for (const code of ["throw new RangeError('no')", "await null\nthrow new RangeError('no')"]) {
      const version = versionOf('import "layer:broken"\nexport default () => 1', { layers: [layer("broken", code)] })
      expect(failureOf(await call(runtime, version))).toEqual({ code: "FN_004", name: "RangeError", message: "no" })
    }
  })

  it("are bounded like the version's own code", async () => {
    const endless = layer("endless", "for (;;);")
    const version = versionOf("export default () => 1", { layers: [endless], cpuMs: 50 })
    expect(failureOf(await call(runtime, version))).toMatchObject({ code: "FN_002" })
    const greedy = layer("greedy", "export const all = []\nfor (;;) all.push(new Uint8Array(1e6))")
    const hungry = versionOf("export default () => 1", { layers: [greedy], memoryMb: 16 })
    expect(failureOf(await call(runtime, hungry))).toMatchObject({ code: "FN_003" })
  })

  it("are those of the version alone: what another has is not there", async () => {
    await call(runtime, versionOf("export default () => 1", { layers: [layer("secret", "export const s = 1")] }))
    const source = 'export default () => import("layer:secret").then(() => "there", () => "absent")'
    expect(outputOf(await call(runtime, versionOf(source)))).toBe("absent")
    expect(outputOf(await call(runtime, versionOf(source, { organisation: "other" })))).toBe("absent")
  })

  it("are kept once in a thread, until the last version that uses one is gone", () => {
    const layers = new SharedLayers()
    const [first, second, third] = ["1", "2", "3"].map((code) =>
      versionOf(code, { layers: [layer("shared", "new Intl.Collator()")] }),
    ) as [RuntimeVersion, RuntimeVersion, RuntimeVersion]
    const shared = layers.share(first).version.layers?.[0]
    expect(layers.share(second).version.layers?.[0]).toBe(shared)
    expect(layers.share(second).features).toEqual([["intl"]])
    for (const version of [first, second, second]) layers.release(version)
    expect(layers.share(third).version.layers?.[0]).toBe(third.layers?.[0])
  })

  it("are measured with the module that they belong to", async () => {
    const table = layer("table", "export const rows = Array.from({ length: 20_000 }, (_, index) => ({ index }))")
    const [without, layered] = await Promise.all([
      runtime.load(versionOf("export default () => 2")),
      runtime.load(versionOf("export default () => 2", { layers: [table] })),
    ])
    expect(without.snapshotBytes).toBeLessThan(200_000)
    expect(layered.snapshotBytes).toBeGreaterThan(1_000_000)
    const impure = await runtime.load(versionOf("export default Date.now() > 0 && (() => 1)"))
    expect(impure).not.toHaveProperty("snapshotBytes")
  })
})
