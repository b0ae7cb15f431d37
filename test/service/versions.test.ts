import { describe, expect, it } from "vitest"
import { openService, rejectionOf } from "./service.ts"

const service = openService()
const answering = (word: string) => `export default () => ${JSON.stringify(word)}`

describe("deploying", () => {
  it("answers the story's example", async () => {
    const { functions } = service
    const source = "export default ({ data }) => ({ result: data.values.map((v) => v * 2) })"
    const deployment = await functions.deploy({ name: "transform_data", source })
    expect(deployment).toMatchObject({
      name: "transform_data",
      version: 1,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await functions.invoke("transform_data", { data: { values: [1, 2, 3, 4] } })).toEqual({
      result: [2, 4, 6, 8],
    })
    expect(await functions.invoke(deployment.functionId, { data: { values: [5] } })).toEqual({ result: [10] })
  })

  it("numbers versions 1, 2, 3 and calls each by its number", async () => {
    const { functions } = service
    for (const word of ["one", "two", "three"]) await functions.deploy({ name: "numbered", source: answering(word) })
    expect((await functions.versions("numbered")).map((version) => version.number)).toEqual([3, 2, 1])
    expect(
      await Promise.all(["numbered@1", "numbered@2", "numbered@3", "numbered"].map((name) => functions.invoke(name))),
    ).toEqual(["one", "two", "three", "three"])
  })

  it("takes identical content for the same version, and other content or configuration for a new one", async () => {
    const { functions } = service
    const deploy = (word: string, memory = 64) =>
      functions.deploy({ name: "same", source: answering(word), config: { memory } })
    const first = await deploy("a")
    expect(await deploy("a")).toEqual(first)
    expect((await deploy("a", 128)).version).toBe(2)
    expect((await deploy("b")).version).toBe(3)
    expect((await deploy("a")).version).toBe(1)
    expect(await functions.invoke("same")).toBe("a")
  })

  it("keeps environment and triggers out of the content hash", async () => {
    const { functions } = service
    const source = "export default (_, context) => context.env.WORD"
    const first = await functions.deploy({ name: "env", source, config: { environment: { WORD: "one" } } })
    expect(await functions.invoke("env")).toBe("one")
    const second = await functions.deploy({ name: "env", source, config: { environment: { WORD: "two" } } })
    expect(second).toMatchObject({ version: 1, contentHash: first.contentHash })
    expect(await functions.invoke("env")).toBe("two")
  })

  it("keeps environment and triggers that it does not name, and replaces what it names", async () => {
    const { functions } = service
    const source = "export default (_, context) => context.env"
    await functions.deploy({ name: "kept_env", source })
    await functions.setEnvironment("kept_env", { A: "1", B: "2" })
    await functions.deploy({ name: "kept_env", source: `${source} // again` })
    expect(await functions.invoke("kept_env")).toEqual({ A: "1", B: "2" })
    await functions.deploy({ name: "kept_env", source, config: { environment: { C: "3" } } })
    expect(await functions.invoke("kept_env")).toEqual({ C: "3" })

    const answer = (word: string) => `export default () => new Response("${word}")`
    const triggers = [{ type: "http", path: "/kept-route" }] as const
    await functions.deploy({ name: "kept_route", source: answer("a"), config: { kind: "event" } })
    await functions.update("kept_route", { triggers })
    await functions.deploy({ name: "kept_route", source: answer("b") })
    expect((await functions.get("kept_route")).triggers).toEqual(triggers)
    expect(functions.route("GET", "/kept-route")).toMatchObject({ name: "kept_route" })
    expect(await functions.invoke("kept_route")).toBe("b")
    await functions.deploy({ name: "kept_route", source: answer("b"), config: { triggers: [] } })
    expect(functions.route("GET", "/kept-route")).toBeNull()
  })

  it("keeps variables that are set while a configuration changes", async () => {
    const { functions } = service
    await functions.deploy({ name: "both", source: "export default (_, { env }) => env" })
    await Promise.all([
      functions.update("both", { config: { timeout: 5 } }),
      functions.setEnvironment("both", { SET: "1" }),
    ])
    expect(await functions.invoke("both")).toEqual({ SET: "1" })
  })

  it("lets concurrent deploys of one name all succeed, in some order", async () => {
    const { functions } = service
    const words = ["a", "b", "c", "d", "e"]
    const deployed = await Promise.all(
      words.map((word) => functions.deploy({ name: "raced", source: answering(word) })),
    )
    expect(deployed.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5])
    expect(new Set(deployed.map(({ functionId }) => functionId)).size).toBe(1)
    for (const [index, { version }] of deployed.entries()) {
      expect(await functions.invoke(`raced@${version}`)).toBe(words[index])
    }
  })

  it("leaves nothing behind when it is refused", async () => {
    const { functions } = service
    expect(await rejectionOf(functions.deploy({ name: "refused", source: "export default (" }))).toMatchObject({
      code: "FN_005",
    })
    expect(await rejectionOf(functions.get("refused"))).toMatchObject({ code: "FN_001" })
    await functions.deploy({ name: "kept", source: answering("kept") })
    expect(await rejectionOf(functions.deploy({ name: "kept", source: "throw new Error('no')" }))).toMatchObject({
      code: "FN_005",
    })
    expect((await functions.versions("kept")).length).toBe(1)
    expect(await functions.invoke("kept")).toBe("kept")
  })

  it("warns when module code must run for every call", async () => {
    const { functions } = service
    const { warnings } = await functions.deploy({
      name: "impure",
      source: "const id = crypto.randomUUID(); export default () => id",
    })
    expect(warnings).toEqual([expect.stringContaining("randomness")])
    expect(await functions.invoke("impure")).not.toBe(await functions.invoke("impure"))
  })

  it("serves the other JavaScript runtimes in the sandbox, and says so; refuses what nothing serves", async () => {
    const { functions } = service
    const { warnings } = await functions.deploy({
      name: "noded",
      source: answering("x"),
      config: { runtime: "nodejs20" },
    })
    expect(warnings).toEqual([expect.stringContaining("QuickJS")])
    expect(
      await rejectionOf(functions.deploy({ name: "snake", source: answering("x"), config: { runtime: "python3.12" } })),
    ).toMatchObject({
      code: "FN_006",
      issues: [{ path: "runtime" }],
    })
  })

  it("refuses a route that another function answers", async () => {
    const { functions } = service
    const config = { triggers: [{ type: "http", path: "/taken/:id", methods: ["GET"] }] } as const
    await functions.deploy({ name: "owner", source: answering("x"), config })
    expect(await rejectionOf(functions.deploy({ name: "thief", source: answering("x"), config }))).toMatchObject({
      code: "FN_006",
      message: expect.stringContaining('"owner"'),
    })
    await functions.deploy({ name: "owner", source: answering("y"), config })
  })
})

describe("rolling back", () => {
  it("goes back through the history, one activation at a time", async () => {
    const { functions } = service
    for (const word of ["one", "two", "three"]) await functions.deploy({ name: "back", source: answering(word) })
    expect((await functions.rollback("back")).version).toBe(2)
    expect(await functions.invoke("back")).toBe("two")
    expect((await functions.rollback("back")).version).toBe(1)
    expect(await functions.invoke("back")).toBe("one")
    expect(await rejectionOf(functions.rollback("back"))).toMatchObject({ code: "FN_001" })
    expect((await functions.activations("back")).map(({ version, reason, actor }) => [version, reason, actor])).toEqual(
      [
        [1, "rollback", "host"],
        [2, "rollback", "host"],
        [3, "deploy", "host"],
        [2, "deploy", "host"],
        [1, "deploy", "host"],
      ],
    )
  })

  it("goes to the version that is named, and never reuses a number afterwards", async () => {
    const { functions } = service
    for (const word of ["one", "two", "three"]) await functions.deploy({ name: "to", source: answering(word) })
    expect((await functions.rollback("to", { to: 1 })).version).toBe(1)
    expect((await functions.deploy({ name: "to", source: answering("four") })).version).toBe(4)
    expect(await rejectionOf(functions.rollback("to", { to: 9 }))).toMatchObject({ code: "FN_001" })
    expect(await rejectionOf(functions.rollback("to", { to: 0 }))).toBeInstanceOf(RangeError)
  })

  it("does not reuse the numbers of a removed function", async () => {
    const { functions } = service
    await functions.deploy({ name: "gone", source: answering("one") })
    await functions.remove("gone")
    expect(await rejectionOf(functions.invoke("gone"))).toMatchObject({ code: "FN_001" })
    expect((await functions.deploy({ name: "gone", source: answering("one") })).version).toBe(2)
  })

  it("follows aliases, and promotes them", async () => {
    const { functions } = service
    for (const word of ["one", "two"]) await functions.deploy({ name: "aliased", source: answering(word) })
    await functions.aliases.set("aliased", "stable", 1)
    expect([await functions.invoke("aliased@stable"), await functions.invoke("aliased")]).toEqual(["one", "two"])
    expect((await functions.aliases.promote("aliased", "stable")).version).toBe(1)
    expect(await functions.invoke("aliased")).toBe("one")
    await functions.aliases.remove("aliased", "stable")
    expect(await rejectionOf(functions.invoke("aliased@stable"))).toMatchObject({ code: "FN_001" })
    expect(await rejectionOf(functions.aliases.set("aliased", "stable", 7))).toMatchObject({ code: "FN_001" })
  })
})

describe("changing", () => {
  it("makes a new version of the same bundle where the change belongs to a version", async () => {
    const { functions } = service
    await functions.deploy({
      name: "changed",
      source: "export default (_, { env }) => env.A ?? null",
      config: { environment: { A: "1" } },
    })
    const details = await functions.update("changed", { config: { timeout: 3 }, description: "a note" })
    expect(details).toMatchObject({
      activeVersion: 2,
      description: "a note",
      configuration: { timeout: 3 },
      environment: { A: "1" },
    })
    expect(await functions.setEnvironment("changed", { A: null, B: "2" })).toEqual({ B: "2" })
    expect(await functions.invoke("changed")).toBeNull()
    expect(await rejectionOf(functions.setEnvironment("changed", { "no-name": "x" }))).toMatchObject({ code: "FN_006" })
    expect(await rejectionOf(functions.update("changed", { config: { memory: 1 } }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "memory" }],
    })
  })

  it("creates a function without code, which cannot be called yet", async () => {
    const { functions } = service
    expect(await functions.create({ name: "empty", config: { description: "later" } })).toMatchObject({
      activeVersion: null,
      configuration: null,
      description: "later",
    })
    expect(await rejectionOf(functions.invoke("empty"))).toMatchObject({
      code: "FN_001",
      message: expect.stringContaining("no code"),
    })
    expect(await rejectionOf(functions.create({ name: "empty" }))).toMatchObject({ code: "FN_006" })
    expect((await functions.deploy({ name: "empty", source: answering("now") })).version).toBe(1)
  })

  it("lists by pages", async () => {
    const { functions } = service
    const tenant = functions.organisation("pages")
    for (const name of ["a", "b", "c"]) await tenant.create({ name })
    const first = await tenant.list({ limit: 2 })
    expect(first.items.map(({ name }) => name)).toEqual(["a", "b"])
    const rest = await tenant.list({ limit: 2, ...(first.next && { cursor: first.next }) })
    expect([rest.items.map(({ name }) => name), rest.next]).toEqual([["c"], null])
    expect(await rejectionOf(tenant.list({ limit: 0 }))).toBeInstanceOf(RangeError)
  })
})
