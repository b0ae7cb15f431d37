import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions } from "../../src/index.ts"
import { sampleLayer } from "../../src/testing/storage-contract/samples.ts"
import { openService, rejectionOf } from "./service.ts"

const service = openService()
const answering = (word: string) => `export const word = () => ${JSON.stringify(word)}`
const saying = (layer: string) => `import { word } from "layer:${layer}"\nexport default () => word()`

describe("a layer", () => {
  it("is imported by the functions that name it, which share its one bundle", async () => {
    const { functions } = service
    const files = {
      "index.ts": 'export { format } from "./format.ts"\nexport { double } from "numbers"\nexport * from "texts"',
      "format.ts": "export const format = (value: number): string => `<${value}>`",
      "node_modules/numbers/package.json": '{ "name": "numbers", "main": "main.js" }',
      "node_modules/numbers/main.js": "exports.double = (n) => n * 2",
      "node_modules/texts/package.json": '{ "name": "texts", "type": "module", "main": "main.js" }',
      "node_modules/texts/main.js": "export const long = 'x'.repeat(10_000)",
    }
    const layer = await functions.layers.deploy({ name: "text", files })
    expect(layer).toEqual({
      organisation: "default",
      name: "text",
      version: 1,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      exports: ["double", "format", "long"],
      bundleBytes: expect.any(Number),
      snapshotBytes: expect.any(Number),
      actor: "host",
      createdAt: expect.any(Number),
      warnings: [],
      logs: [],
    })
    const config = { layers: ["text"] }
    const source = 'import { double, format } from "layer:text"\nexport default (n: number) => format(double(n))'
    await functions.deploy({ name: "one", source, config })
    await functions.deploy({
      name: "two",
      source: 'export default async (n) => (await import("layer:text")).double(n)',
      config,
    })
    expect(await Promise.all([functions.invoke("one", 2), functions.invoke("two", 2)])).toEqual(["<4>", 4])
    const [version] = await functions.versions("one")
    expect(version).toMatchObject({ configuration: { layers: ["text@1"] } })
    expect(version?.bundleBytes).toBeLessThan(200)
    const { usedBy } = await functions.layers.get("text")
    expect(usedBy.map(({ layer, name, version }) => [layer, name, version])).toEqual([
      [1, "one", 1],
      [1, "two", 1],
    ])
  })

  it("is part of the snapshot: it runs once, and calls are no cold starts for it", async () => {
    const { functions } = service
    const source = "let evaluations = 0\nevaluations++\nexport const next = () => ++evaluations"
    await functions.layers.deploy({ name: "counter", source })
    await functions.deploy({
      name: "counts",
      source: 'import { next } from "layer:counter"\nexport default () => next()',
      config: { layers: ["counter"] },
    })
    for (let call = 0; call < 3; call++) {
      expect(await functions.run("counts")).toMatchObject({ output: 2, coldStart: false })
    }
  })

  it("says how much it adds to a snapshot", async () => {
    const { functions } = service
    const table = (rows: number) => `export const table = Array.from({ length: ${rows} }, (_, index) => ({ index }))`
    const none = await functions.layers.deploy({ name: "sized", source: "export {}" })
    const small = await functions.layers.deploy({ name: "sized", source: table(1000) })
    const large = await functions.layers.deploy({ name: "sized", source: table(20_000) })
    expect([none.version, small.version, large.version]).toEqual([1, 2, 3])
    expect(none.snapshotBytes).toBeLessThan(16_384)
    expect(small.snapshotBytes).toBeGreaterThan(50_000)
    expect(large.snapshotBytes).toBeGreaterThan(4 * (small.snapshotBytes ?? 0))
  })

  it("has web APIs that only it names, and may wait while it loads", async () => {
    const { functions } = service
    const source =
      "const words = await Promise.resolve(['b', 'a'])\nexport const word = () => words.sort(new Intl.Collator().compare)[0]"
    await functions.layers.deploy({ name: "sorting", source })
    await functions.deploy({ name: "sorts", source: saying("sorting"), config: { layers: ["sorting"] } })
    expect(await functions.run("sorts")).toMatchObject({ output: "a", coldStart: false })
  })

  it("may use what the host gives, and bring middleware", async () => {
    const { functions } = service
    const source = `import { kv, log } from "inlay/sdk"
      import { cors, middleware } from "inlay/functions"
      export const count = (name) => kv.increment(name)
      export const guarded = (handler) => middleware([cors(), handler])`
    await functions.layers.deploy({ name: "common", source })
    await functions.deploy({
      name: "counted",
      source: 'import { count, guarded } from "layer:common"\nexport default guarded(() => count("calls"))',
      config: { layers: ["common"] },
    })
    expect([await functions.invoke("counted"), await functions.invoke("counted")]).toEqual([1, 2])
  })

  it("that reads what differs between calls runs afresh for each, and its deploys say so", async () => {
    const { functions } = service
    const source = "const id = crypto.randomUUID()\nexport const word = () => id"
    const layer = await functions.layers.deploy({ name: "impure", source })
    expect(layer).toMatchObject({ snapshotBytes: null, warnings: [expect.stringContaining("randomness")] })
    const deployment = await functions.deploy({
      name: "fresh",
      source: saying("impure"),
      config: { layers: ["impure"] },
    })
    expect(deployment.warnings).toEqual([expect.stringContaining("randomness")])
    expect(await functions.invoke("fresh")).not.toBe(await functions.invoke("fresh"))
  })

  it("shows its own file and line in the stacks of functions", async () => {
    const { functions } = service
    const files = {
      "index.ts": 'export { check } from "./lib/check.ts"',
      "lib/check.ts":
        "// größer\nexport const check = (n: number): number => {\n  if (n > 1) throw new RangeError('too much')\n  return n\n}",
    }
    await functions.layers.deploy({ name: "checks", files })
    const source = '\nimport { check } from "layer:checks"\nexport default (n) => check(n)'
    await functions.deploy({ name: "checked", source, config: { layers: ["checks"] } })
    const { error } = await functions.run("checked", 2)
    expect(error).toMatchObject({ code: "FN_004", name: "RangeError", message: "too much" })
    expect(error?.stack).toMatch(
      /^ {4}at check \(layer:checks\/lib\/check\.ts:3:\d+\)\n {4}at \w+ \(index\.ts:3:\d+\)$/,
    )
    expect((await functions.run("checked", 3)).error?.stack).toBe(error?.stack)
  })
})

describe("a layer's versions", () => {
  it("are immutable, numbered, and the same for the same content", async () => {
    const { functions } = service
    const first = await functions.layers.deploy({ name: "numbered", source: answering("one") })
    expect(await functions.layers.deploy({ name: "numbered", source: answering("one") })).toEqual(first)
    await functions.layers.deploy({ name: "numbered", source: answering("two") })
    expect((await functions.layers.versions("numbered")).map(({ version }) => version)).toEqual([2, 1])
    expect(await functions.layers.get("numbered")).toMatchObject({ version: 2, usedBy: [] })
    expect(await functions.layers.get("numbered@1")).toMatchObject({ version: 1, contentHash: first.contentHash })
    const { items } = await functions.layers.list()
    expect(items.filter(({ name }) => name === "numbered").map(({ version }) => version)).toEqual([2])
  })

  it("are pinned by deploys, make versions of functions, and come back with a roll back", async () => {
    const { functions } = service
    const deploy = () => functions.deploy({ name: "pinned", source: saying("words"), config: { layers: ["words"] } })
    await functions.layers.deploy({ name: "words", source: answering("old") })
    const first = await deploy()
    await functions.layers.deploy({ name: "words", source: answering("new") })
    expect(await functions.invoke("pinned")).toBe("old")
    const second = await deploy()
    expect(second.version).toBe(2)
    expect(second.contentHash).not.toBe(first.contentHash)
    expect(await functions.invoke("pinned")).toBe("new")
    expect(await functions.rollback("pinned")).toMatchObject({ version: 1, contentHash: first.contentHash })
    expect(await functions.invoke("pinned")).toBe("old")
    expect(await Promise.all(["pinned@1", "pinned@2"].map((name) => functions.invoke(name)))).toEqual(["old", "new"])
  })

  it("stay what they are where another part of the configuration changes, and are moved by it", async () => {
    const { functions } = service
    await functions.layers.deploy({ name: "moved", source: answering("old") })
    await functions.deploy({ name: "reconfigured", source: saying("moved"), config: { layers: ["moved"] } })
    await functions.layers.deploy({ name: "moved", source: answering("new") })
    await functions.update("reconfigured", { config: { memory: 64 } })
    expect(await functions.get("reconfigured")).toMatchObject({ configuration: { memory: 64, layers: ["moved@1"] } })
    expect(await functions.invoke("reconfigured")).toBe("old")
    await functions.update("reconfigured", { config: { layers: ["moved"] } })
    expect(await functions.get("reconfigured")).toMatchObject({ configuration: { memory: 64, layers: ["moved@2"] } })
    expect(await functions.invoke("reconfigured")).toBe("new")
    const error = await rejectionOf(functions.update("reconfigured", { config: { layers: [] } }))
    expect(error).toMatchObject({
      code: "FN_005",
      message: 'Cannot deploy: its code imports "layer:moved", and "moved" is not among its layers.',
    })
  })

  it("outlive the process", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inlay-layers-"))
    const open = () => createFunctions({ storage: sqlite(join(folder, "a.db")), authenticate: "open" })
    try {
      const before = await open()
      await before.layers.deploy({ name: "kept", source: answering("kept") })
      await before.deploy({ name: "keeps", source: saying("kept"), config: { layers: ["kept"] } })
      await before.close()
      const after = await open()
      expect(await after.run("keeps")).toMatchObject({ output: "kept", coldStart: true })
      expect(await after.run("keeps")).toMatchObject({ output: "kept", coldStart: false })
      await after.close()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe("removing a layer", () => {
  it("is refused while a version of a function uses it, an old one too", async () => {
    const { functions } = service
    await functions.layers.deploy({ name: "used", source: answering("one") })
    await functions.deploy({ name: "user", source: saying("used"), config: { layers: ["used"] } })
    await functions.layers.deploy({ name: "used", source: answering("two") })
    await functions.deploy({ name: "user", source: "export default () => 1" })
    for (const name of ["used", "used@1"]) {
      expect(await rejectionOf(functions.layers.remove(name))).toMatchObject({
        code: "FN_006",
        message: `Cannot remove layer "${name}": user@1 use it, and could be rolled back to; remove the functions first.`,
        issues: [{ path: "user@1", message: "uses it" }],
      })
    }
    expect(await functions.rollback("user")).toMatchObject({ version: 1 })
    expect(await functions.invoke("user")).toBe("one")
    await functions.layers.remove("used@2")
    expect((await functions.layers.versions("used")).map(({ version }) => version)).toEqual([1])
    await functions.remove("user")
    await functions.layers.remove("used")
    for (const use of [
      functions.layers.get("used"),
      functions.layers.versions("used"),
      functions.layers.remove("used"),
    ]) {
      expect(await rejectionOf(use)).toMatchObject({ code: "FN_001" })
    }
    expect(await functions.layers.deploy({ name: "used", source: answering("one") })).toMatchObject({ version: 3 })
  })
})

describe("layers of organisations", () => {
  it("are never seen by another, whatever their names", async () => {
    const acme = service.functions.organisation("acme", { actor: "ada" })
    const other = service.functions.organisation("other")
    await acme.layers.deploy({ name: "shared", source: answering("acme's") })
    const refused = other.deploy({ name: "spy", source: saying("shared"), config: { layers: ["shared"] } })
    expect(await rejectionOf(refused)).toMatchObject({ code: "FN_006" })
    expect(await rejectionOf(other.layers.get("shared"))).toMatchObject({ code: "FN_001" })
    expect((await other.layers.list()).items).toEqual([])
    await other.layers.deploy({ name: "shared", source: answering("other's") })
    for (const face of [acme, other]) {
      await face.deploy({ name: "spy", source: saying("shared"), config: { layers: ["shared"] } })
    }
    // Alternating on the same threads.
    for (let round = 0; round < 5; round++) {
      expect([await acme.invoke("spy"), await other.invoke("spy")]).toEqual(["acme's", "other's"])
    }
    expect(await acme.layers.get("shared")).toMatchObject({ organisation: "acme", actor: "ada", version: 1 })
    await other.remove("spy")
    await other.layers.remove("shared")
    expect(await acme.invoke("spy")).toBe("acme's")
  })
})

describe("facts of layers", () => {
  it("tell of new versions and of removals, with who did it", async () => {
    const { functions } = service
    const told: unknown[] = []
    const off = [
      functions.on("layer.deployed", ({ name, version, actor }) => told.push(["deployed", name, version, actor])),
      functions.on("layer.removed", ({ name, version, actor }) => told.push(["removed", name, version, actor])),
    ]
    const face = functions.organisation("telling", { actor: "ada" })
    await face.layers.deploy({ name: "told", source: answering("one") })
    await face.layers.deploy({ name: "told", source: answering("one") })
    await face.layers.remove("told@1")
    await face.layers.deploy({ name: "told", source: answering("one") })
    await face.layers.remove("told")
    for (const stop of off) stop()
    expect(told).toEqual([
      ["deployed", "told", 1, "ada"],
      ["removed", "told", 1, "ada"],
      ["deployed", "told", 2, "ada"],
      ["removed", "told", null, "ada"],
    ])
  })
})

describe("what a layer cannot be", () => {
  const deploy = (source: string, layers: readonly string[]) =>
    rejectionOf(service.functions.deploy({ name: "refused", source, config: { layers } }))

  it("unknown: the message has the name that was probably meant", async () => {
    await service.functions.layers.deploy({ name: "dates", source: "export const format = 1, parse = 2" })
    expect(await deploy("", ["date"])).toMatchObject({
      code: "FN_006",
      message: 'Cannot use the configuration: "layers.0" names the unknown layer "date" (did you mean "dates"?).',
      issues: [{ path: "layers.0", suggestion: "dates" }],
    })
    expect(await deploy("", ["dates@7"])).toMatchObject({
      message: 'Cannot use the configuration: "layers.0" names "dates@7", which there is not; the latest is dates@1.',
    })
    expect(await deploy(saying("date"), ["dates"])).toMatchObject({
      code: "FN_005",
      message: expect.stringContaining(
        '"layer:date" is not among the "layers" of the configuration (did you mean "layer:dates"?)',
      ),
      issues: [{ path: "index.ts", line: 1 }],
    })
    expect(await deploy(saying("dates"), [])).toMatchObject({
      message: expect.stringContaining('"layer:dates" is not among the "layers" of the configuration'),
    })
  })

  it("asked for an export that it does not have", async () => {
    await service.functions.layers.deploy({ name: "dates", source: "export const format = 1, parse = 2" })
    expect(await deploy('import { fromat } from "layer:dates"\nexport default () => fromat', ["dates"])).toMatchObject({
      code: "FN_005",
      message: 'Cannot deploy: layer "dates@1" exports no "fromat" (did you mean "format"?).',
    })
    expect(await deploy(saying("dates"), ["dates"])).toMatchObject({
      message: 'Cannot deploy: layer "dates@1" exports no "word"; it exports format, parse.',
    })
  })

  it("listed with names that are no identifiers, nor with endless ones", async () => {
    const source = `const a = 1; export { a, a as "\\u001b[31mred", a as "two words", a as ${"n".repeat(101)} }`
    const layer = await service.functions.layers.deploy({ name: "odd", source })
    expect(layer.exports).toEqual(["a"])
    const importing = (name: string) =>
      deploy(`import { ${name} as b } from "layer:odd"; export default () => b`, ["odd"])
    expect(await importing('"\\u001b[32mgreen"')).toMatchObject({
      message: 'Cannot deploy: layer "odd@1" exports no "\\u001b[32mgreen"; it exports a.',
    })
  })

  it("required, or imported by another layer or by a configuration", async () => {
    const { functions } = service
    await functions.layers.deploy({ name: "dates", source: "export const format = 1, parse = 2" })
    expect(await deploy('export default () => require("layer:dates")', ["dates"])).toMatchObject({
      code: "FN_005",
      message: expect.stringContaining("import it"),
    })
    const here = { code: "FN_005", message: expect.stringContaining("layers are for a function's own code") }
    const stacked = functions.layers.deploy({ name: "stacked", source: 'export * from "layer:dates"' })
    expect(await rejectionOf(stacked)).toMatchObject(here)
    const files = { "index.ts": "export default 1", "function.config.ts": 'import "layer:dates"\nexport default {}' }
    expect(await rejectionOf(functions.deploy({ name: "configured", files }))).toMatchObject(here)
  })

  it("named twice, in too great a number or in words that no layer has", async () => {
    for (const layers of [["a", "a@2"], Array.from({ length: 11 }, (_, index) => `l${index}`), ["@scope/a"], ["a@0"]]) {
      expect(await deploy("export default () => 1", layers)).toMatchObject({
        code: "FN_006",
        issues: [{ path: expect.stringMatching(/^layers/) }],
      })
    }
    expect(await rejectionOf(service.functions.layers.deploy({ name: "a@1", source: "" }))).toMatchObject({
      code: "FN_006",
    })
    expect(await rejectionOf(service.functions.layers.get("a@b"))).toMatchObject({ code: "FN_001" })
  })

  it("too large, together with the others", async () => {
    const storage = sqlite(":memory:")
    const functions = await createFunctions({ storage, authenticate: "open" })
    try {
      for (const name of ["large", "larger"]) {
        const code = `// ${name.padEnd(10.5 * 1024 * 1024)}`
        await storage.layers.commit(sampleLayer("default", name, code))
      }
      const layers = ["large", "larger"]
      const refused = functions.deploy({ name: "heavy", source: "export default () => 1", config: { layers } })
      expect(await rejectionOf(refused)).toMatchObject({
        code: "FN_006",
        message: expect.stringMatching(/"layers" have \d+ bytes together, of which 20971520 are allowed: large@1 has/),
      })
    } finally {
      await functions.close()
    }
  })

  it("removed while a function with it is deployed: nothing of that is stored", async () => {
    const storage = sqlite(":memory:")
    const removing: typeof storage.functions = {
      ...storage.functions,
      commit: async (deployment) => {
        await storage.layers.remove("default", "fleeting")
        return storage.functions.commit(deployment)
      },
    }
    const functions = await createFunctions({ storage: { ...storage, functions: removing }, authenticate: "open" })
    try {
      await functions.layers.deploy({ name: "fleeting", source: answering("gone") })
      const config = { layers: ["fleeting"] }
      const refused = functions.deploy({ name: "late", source: saying("fleeting"), config })
      expect(await rejectionOf(refused)).toMatchObject({ code: "FN_006", issues: [{ path: "layers.0" }] })
      expect(await rejectionOf(functions.get("late"))).toMatchObject({ code: "FN_001" })
    } finally {
      await functions.close()
    }
  })

  it("removed while a function with it is built: the message is that of a layer that there never was", async () => {
    const storage = sqlite(":memory:")
    const removing: typeof storage.layers = {
      ...storage.layers,
      findBundle: async (...layer) => {
        await storage.layers.remove("default", "fleeting")
        return storage.layers.findBundle(...layer)
      },
    }
    const functions = await createFunctions({ storage: { ...storage, layers: removing }, authenticate: "open" })
    try {
      await functions.layers.deploy({ name: "fleeting", source: answering("gone") })
      const config = { layers: ["fleeting"] }
      const refused = functions.deploy({ name: "late", source: saying("fleeting"), config })
      expect(await rejectionOf(refused)).toMatchObject({ code: "FN_006", issues: [{ path: "layers.0" }] })
    } finally {
      await functions.close()
    }
  })

  it("broken: nothing of it is stored, and the message names its line", async () => {
    const { layers } = service.functions
    const thrown = layers.deploy({ name: "broken", source: "export const a = 1\nthrow new RangeError('no')" })
    expect(await rejectionOf(thrown)).toMatchObject({
      code: "FN_005",
      message: expect.stringMatching(/RangeError: no \(layer:broken\/index\.ts:2:\d+\)$/),
    })
    expect(await rejectionOf(layers.deploy({ name: "broken", source: "export const = 1" }))).toMatchObject({
      code: "FN_005",
      issues: [{ path: "index.ts", line: 1 }],
    })
    expect(await rejectionOf(layers.get("broken"))).toMatchObject({ code: "FN_001" })
  })

  it("left lying about without a word: a deploy tells of layers that it does not import", async () => {
    const { functions } = service
    const packages = {
      "index.ts": 'export * from "old"',
      "node_modules/old/index.js": "exports.a = 1",
    }
    const { warnings } = await functions.layers.deploy({ name: "idle", files: packages })
    expect(warnings).toEqual([expect.stringContaining('"export *" of a CommonJS module')])
    const idle = await functions.deploy({
      name: "idling",
      source: "export default () => 1",
      config: { layers: ["idle"] },
    })
    expect(idle.warnings).toEqual([expect.stringContaining('Layer "idle@1" is not imported')])
  })
})
