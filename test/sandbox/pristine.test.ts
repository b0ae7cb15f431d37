import { describe, expect, it } from "vitest"
import { imageAfter, memoryAfter } from "./memory-after.ts"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()

describe("every call gets a pristine sandbox", () => {
  it("starts module state anew", async () => {
    const counter = versionOf("export let n = 0; export default () => ++n")
    expect([outputOf(await call(runtime, counter)), outputOf(await call(runtime, counter))]).toEqual([1, 1])
  })

  it("draws other random numbers in every call", async () => {
    const random = versionOf("export default () => [Math.random(), crypto.randomUUID()]")
    const [first, second] = [outputOf(await call(runtime, random)), outputOf(await call(runtime, random))]
    expect(first).not.toEqual(second)
  })

  it("evaluates module code that draws random numbers for every call", async () => {
    const frozen = versionOf("const id = crypto.randomUUID(); export default () => id")
    expect((await runtime.load(frozen)).impurities).toEqual(["randomness"])
    expect(outputOf(await call(runtime, frozen))).not.toBe(outputOf(await call(runtime, frozen)))
  })

  it.each([
    ["clock", "const at = Date.now(); export default () => at"],
    ["clock", "const at = new Date(); export default () => at"],
    ["clock", "const at = performance.now(); export default () => at"],
    ["randomness", "const n = Math.random(); export default () => n"],
    ["environment", "const key = process.env.KEY; export default () => key"],
  ])("reports that module code reads the %s", async (impurity, code) => {
    expect((await runtime.load(versionOf(code))).impurities).toContain(impurity)
  })

  it("gives module code that reads the environment the call's own", async () => {
    const version = versionOf("const key = process.env.KEY; export default () => key")
    expect(outputOf(await call(runtime, version, null, { environment: { KEY: "one" } }))).toBe("one")
    expect(outputOf(await call(runtime, version, null, { environment: { KEY: "two" } }))).toBe("two")
  })

  it("finds nothing impure in plain module code", async () => {
    const loaded = await runtime.load(versionOf("const table = [1, 2].map((n) => n * 2); export default () => table"))
    expect(loaded).toMatchObject({ exports: ["default"], handler: "function", impurities: [] })
  })

  it("is whole again after a guest deleted all that it could reach", async () => {
    const vandal = versionOf(`
      export default () => {
        const seen = new Set()
        const wreck = (value) => {
          if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return
          seen.add(value)
          for (const key of Reflect.ownKeys(value)) {
            try { wreck(value[key]) } catch {}
            try { delete value[key] } catch {}
          }
        }
        wreck(globalThis)
        return 1
      }`)
    await call(runtime, vandal)
    const healthy = versionOf(
      "export default (x) => [x.map((n) => n + 1), new URL('http://a/b').pathname, JSON.stringify({})]",
    )
    for (let turn = 0; turn < 4; turn++) {
      expect(outputOf(await call(runtime, healthy, [1, 2]))).toEqual([[2, 3], "/b", "{}"])
    }
  })

  it("lives in UTC and knows nothing of the host's time zone", async () => {
    const zone = versionOf("export default () => [new Date(2024, 6, 1).toString(), new Date(0).getTimezoneOffset()]")
    expect(outputOf(await call(runtime, zone))).toEqual(["Mon Jul 01 2024 00:00:00 GMT+0000", 0])
  })
})

describe("two organisations on one thread", () => {
  const secret = "tenant-a-secret-"
  const planter = (organisation: string) =>
    versionOf(
      `const deep = (n) => n === 0 ? "${secret}".repeat(2) + n : deep(n - 1) + "";
       export default () => {
         const kept = [];
         for (let i = 0; i < 20000; i++) kept.push("${secret}" + i + "é");
         const bytes = new Uint8Array(300000);
         for (let i = 0; i < bytes.length; i++) bytes[i] = "${secret}".charCodeAt(i % ${secret.length});
         globalThis.left = [kept, bytes]; deep(500);
         return kept.length;
       }`,
      { organisation },
    )

  it("leave each other no number on the stack", async () => {
    const pattern = Buffer.from([0x5e, 0xe7, 0xc2, 0x5e])
    const recursive = versionOf(
      `const secret = new Float64Array(new Uint8Array([${[...pattern]}, 0xaa, 0xbb, 0xcc, 0x3d]).buffer)[0];
       const deep = (n, held) => { const own = held; return n === 0 ? own : deep(n - 1, own) && own };
       export default () => deep(300, secret) > 0`,
      { organisation: "a" },
    )
    const planted = await memoryAfter([recursive])
    expect(planted.includes(pattern)).toBe(true)
    const after = await memoryAfter([recursive, versionOf("export default () => 1", { organisation: "b" })])
    expect(after.includes(pattern)).toBe(false)
  })

  it("leave each other not a byte in the heap", async () => {
    const planted = await memoryAfter([planter("a")])
    expect(planted.includes(secret)).toBe(true)
    const after = await memoryAfter([planter("a"), versionOf("export default () => 1", { organisation: "b" })])
    expect(after.includes(secret)).toBe(false)
  })

  it("leave each other not a byte in the image of a call that waits", async () => {
    const waiter = (organisation: string) =>
      versionOf(
        "export default async () => { const own = 'own-secret'.repeat(2); await new Promise((d) => setTimeout(d)); return own }",
        {
          organisation,
        },
      )
    const image = await imageAfter([planter("a"), waiter("b")])
    expect(image.includes("own-secret")).toBe(true)
    expect(image.includes(secret)).toBe(false)
    expect((await imageAfter([planter("b"), waiter("b")])).includes(secret)).toBe(false)
  })

  it("are both answered right when they alternate on every call", async () => {
    const echo = (organisation: string) => versionOf("export default (x) => x", { organisation })
    const [a, b] = [echo("a"), echo("b")]
    for (let turn = 0; turn < 50; turn++) {
      expect(outputOf(await call(runtime, turn % 2 ? a : b, { turn }))).toEqual({ turn })
    }
  })
})
