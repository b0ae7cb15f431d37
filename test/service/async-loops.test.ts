import { describe, expect, test } from "vitest"
import { openService } from "./service.ts"

/** A loop over `numbers()`, which writes down what is asked of it; `ends()` takes a while to return, `fails()` throws then. */
const helpers = `
const told = []
const later = () => new Promise((resolve) => setTimeout(resolve, 1))
const numbers = (leave) => ({
  [Symbol.asyncIterator]() {
    let next = 0
    return {
      next: async () => ({ value: next++, done: next > 3 }),
      return: async () => { told.push("return"); await leave?.(); told.push("returned"); return {} },
    }
  },
})
const ends = () => numbers(later)
const fails = () => numbers(async () => { await later(); throw new RangeError("in return") })
const broken = () => ({ [Symbol.asyncIterator]: () => ({
  next: async () => { throw new RangeError("in next") },
  return: async () => { told.push("return"); return {} },
}) })
`

const service = openService()

/** What the code tells, and what it throws, in a sandbox. */
async function tellOf(code: string): Promise<unknown> {
  const source = `${helpers}
const main = async () => { ${code} }
export default async () => {
  await main().then((value) => value !== undefined && told.push(value), (error) => told.push(error.message))
  return told
}`
  await service.functions.deploy({ name: "loops", source })
  return service.functions.invoke("loops")
}

describe("a loop over an asynchronous iterator", () => {
  test.each([
    ["break", "for await (const value of ends()) break; told.push('after')", ["return", "returned", "after"]],
    ["return", "for await (const value of ends()) return value", ["return", "returned", 0]],
    ["throw", "for await (const value of ends()) throw new Error('body')", ["return", "returned", "body"]],
    [
      "continue of an outer loop",
      "outer: for (const time of [1, 2]) for await (const value of ends()) continue outer",
      ["return", "returned", "return", "returned"],
    ],
  ])("waits until its iterator has returned: %s", async (_, code, expected) => {
    expect(await tellOf(code)).toEqual(expected)
  })

  test("fails with what its iterator throws as it returns", async () => {
    expect(await tellOf("for await (const value of fails()) break; told.push('after')")).toEqual([
      "return",
      "in return",
    ])
  })

  test("fails with what its body threw where its iterator throws too", async () => {
    expect(await tellOf("for await (const value of fails()) throw new Error('body')")).toEqual(["return", "body"])
  })

  test("asks no iterator to return that has ended or failed", async () => {
    expect(await tellOf("for await (const value of ends()) told.push(value)")).toEqual([0, 1, 2])
    expect(await tellOf("for await (const value of broken());")).toEqual(["in next"])
  })

  test("waits for the cleaning up of a generator that a call leaves", async () => {
    const code = `
      async function* rows() { try { yield 1; yield 2 } finally { await later(); told.push("closed") } }
      for await (const row of rows()) return "row " + row`
    expect(await tellOf(code)).toEqual(["closed", "row 1"])
  })

  test("begins anew where it is reached again after it failed", async () => {
    const code = `
      for (const time of [1, 2]) {
        try {
          for await (const value of ends()) if (time === 1) throw new Error("first")
          told.push("second")
        } catch (error) { told.push(error.message) }
      }`
    expect(await tellOf(code)).toEqual(["return", "returned", "first", "second"])
  })

  test("returns its iterator once where the next one cannot be had", async () => {
    const code = `
      for (const iterable of [ends(), undefined]) {
        try { for await (const value of iterable) break } catch (error) { told.push(error.name) }
      }`
    expect(await tellOf(code)).toEqual(["return", "returned", "TypeError"])
  })

  test("takes what is not asynchronous, and awaits it", async () => {
    expect(await tellOf("for await (const value of [Promise.resolve(1), 2]) told.push(value)")).toEqual([1, 2])
  })

  test("leaves code and texts as they are that look like one", async () => {
    const loop = [
      "for (var iter = __forAwait(y), more, temp, error; more = !(temp = await iter.next()).done; more = false) {",
      "  more && (temp = iter.return) && await temp.call(iter);",
    ]
    const code = `
      const iterator = ends()[Symbol.asyncIterator]()
      let leave
      iterator && (leave = iterator.return) && await leave.call(iterator);
      for await (const text of [\`\n${loop.join("\n")}\n\`]) return text`
    expect(await tellOf(code)).toEqual(["return", "returned", `\n${loop.join("\n")}\n`])
  })
})
