import { describe, expect, test } from "vitest"
import { openService } from "./service.ts"

const service = openService()

/** What a function with this body answers. */
async function answerOf(body: string): Promise<unknown> {
  await service.functions.deploy({ name: "disposing", source: `export default async () => { ${body} }` })
  return service.functions.invoke("disposing")
}

describe("resources of `using`", () => {
  test("are disposed of in reverse order where their block ends, asynchronous ones waited for", async () => {
    const body = `
      const told = []
      {
        using first = { [Symbol.dispose]() { told.push("first") } }
        await using second = { async [Symbol.asyncDispose]() { await null; told.push("second") } }
        told.push("body")
      }
      return told`
    expect(await answerOf(body)).toEqual(["body", "second", "first"])
  })

  test("are disposed of where the block throws", async () => {
    const body = `
      let disposed = false
      try {
        using resource = { [Symbol.dispose]() { disposed = true } }
        throw new Error("body")
      } catch (error) {
        return [error.message, disposed]
      }`
    expect(await answerOf(body)).toEqual(["body", true])
  })

  test("are named by symbols that nobody can change, as the language has them", async () => {
    const body = `return ["dispose", "asyncDispose"].map((name) => {
      const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(Symbol, name)
      return [String(value), value.description, Symbol.keyFor(value) === undefined, writable, enumerable, configurable]
    })`
    const fixed = [true, false, false, false]
    expect(await answerOf(body)).toEqual([
      ["Symbol(Symbol.dispose)", "Symbol.dispose", ...fixed],
      ["Symbol(Symbol.asyncDispose)", "Symbol.asyncDispose", ...fixed],
    ])
  })
})
