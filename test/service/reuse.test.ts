import { describe, expect, it } from "vitest"
import { openService, rejectionOf } from "./service.ts"

const service = openService()
const counting = "let calls = 0; export default () => ++calls"

describe("a function whose configuration says reuse", () => {
  it("keeps module state between its calls, and tells which of them began in a new instance", async () => {
    const { functions } = service
    await functions.deploy({ name: "counter", source: counting, config: { reuse: true } })
    const invocations = [await functions.run("counter"), await functions.run("counter"), await functions.run("counter")]
    expect(invocations.map(({ output, coldStart }) => [output, coldStart])).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ])
  })

  it("has at most scaling.max instances, and so many calls at once", async () => {
    const { functions } = service
    const source =
      "let calls = 0; export default async () => { const n = ++calls; await new Promise((done) => setTimeout(done, 2)); return n === calls && n }"
    await functions.deploy({ name: "single", source, config: { reuse: true, scaling: { max: 1 }, concurrency: 50 } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => functions.invoke("single")))
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  it("begins anew with a deploy, a rollback and a promotion", async () => {
    const { functions } = service
    const deploy = (source: string) => functions.deploy({ name: "moving", source, config: { reuse: true } })
    const twice = async () => [await functions.invoke("moving"), await functions.invoke("moving")]
    await deploy(counting)
    expect(await twice()).toEqual([1, 2])
    await deploy(`${counting}; export const other = 1`)
    expect(await twice()).toEqual([1, 2])
    await functions.rollback("moving")
    expect(await twice()).toEqual([1, 2])
    await functions.aliases.set("moving", "next", 2)
    expect(await functions.invoke("moving@next")).toBe(1)
    await functions.aliases.promote("moving", "next")
    expect(await twice()).toEqual([1, 2])
  })

  it("begins anew with another environment, and where its name is taken again", async () => {
    const { functions } = service
    const deploy = () => functions.deploy({ name: "again", source: counting, config: { reuse: true } })
    const twice = async () => [await functions.invoke("again"), await functions.invoke("again")]
    await deploy()
    expect(await twice()).toEqual([1, 2])
    await functions.setEnvironment("again", { KEY: "new" })
    expect(await twice()).toEqual([1, 2])
    await functions.remove("again")
    await deploy()
    expect(await twice()).toEqual([1, 2])
  })

  it("shares nothing with another function, nor with another organisation's, of the same code", async () => {
    const { functions } = service
    const source = "const seen = []; export default (secret) => { seen.push(secret); return seen }"
    const config = { reuse: true }
    const other = functions.organisation("other")
    await functions.deploy({ name: "one", source, config })
    await functions.deploy({ name: "two", source, config })
    await other.deploy({ name: "one", source, config })
    for (const times of [1, 2]) {
      expect(await functions.invoke("one", "a")).toEqual(Array(times).fill("a"))
      expect(await functions.invoke("two", "b")).toEqual(Array(times).fill("b"))
      expect(await other.invoke("one", "c")).toEqual(Array(times).fill("c"))
    }
  })

  it("may have module code that differs between instances, without a warning", async () => {
    const { functions } = service
    const source = "const id = crypto.randomUUID(); export default () => id"
    const { warnings } = await functions.deploy({ name: "identified", source, config: { reuse: true } })
    expect(warnings).toEqual([])
    const id = await functions.invoke("identified")
    expect(await functions.invoke("identified")).toBe(id)
    const fresh = await functions.deploy({ name: "identified", source, config: { reuse: false } })
    expect(fresh.warnings).toHaveLength(1)
    expect(await functions.invoke("identified")).not.toBe(await functions.invoke("identified"))
  })

  it("is refused at deploy where reuse is neither true nor false", async () => {
    const { functions } = service
    const config = { reuse: "always" } as never
    expect(await rejectionOf(functions.deploy({ name: "odd", source: counting, config }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "reuse" }],
    })
  })
})
