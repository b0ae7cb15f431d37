import { describe, expect, it } from "vitest"
import { openService } from "../service/service.ts"

const service = openService()
let deployed = 0

/** What a handler's call wrote, with how it ended. */
async function run(body: string, before = "") {
  const name = `probe_${++deployed}`
  await service.functions.deploy({ name, source: `${before}\nexport default async (event) => {\n${body}\n}` })
  const { logs, status, output } = await service.functions.run(name)
  return { status, output, logs: logs.map(({ level, message }) => `${level}: ${message}`) }
}

describe("a rejection that nobody handles", () => {
  it("is logged as an error with the author's own stack, and the call goes on", async () => {
    const { logs, ...rest } = await run(
      'void lost()\n  await new Promise((resolve) => setTimeout(resolve, 1))\n  console.log("later")\n  return 7',
      'async function lost() {\n  await null\n  throw new RangeError("nobody hears this")\n}',
    )
    expect(rest).toEqual({ status: "succeeded", output: 7 })
    expect(logs).toEqual([
      expect.stringMatching(
        /^error: Unhandled rejection: RangeError: nobody hears this\n {4}at lost \(index\.ts:3:\d+\)/,
      ),
      "info: later",
    ])
  })

  it("is logged where the call has answered in the same task", async () => {
    const { logs, output } = await run('Promise.reject(new Error("at once"))\n  return 1')
    expect(output).toBe(1)
    expect(logs).toEqual([expect.stringMatching(/^error: Unhandled rejection: Error: at once\n/)])
  })

  it("is shown whatever the reason is", async () => {
    const { logs } = await run(
      `Promise.reject("text"); Promise.reject(0.5); Promise.reject(undefined); Promise.reject(-1); Promise.reject(null)
      Promise.reject({ get message() { throw 1 } }); return 1`,
    )
    expect(logs.slice(0, 5)).toEqual(
      ["text", "0.5", "undefined", "-1", "null"].map((text) => `error: Unhandled rejection: Error: ${text}`),
    )
    expect(logs).toHaveLength(6)
  })

  it("is none where it is handled before the task ends, however late in it", async () => {
    const { logs, output } = await run(
      `const one = Promise.reject(new Error("one"))
      const two = (async () => { throw new Error("two") })()
      await Promise.resolve().then(() => {}).then(() => {})
      one.catch(() => {})
      const caught = await two.catch((error) => error.message)
      const many = await Promise.allSettled([Promise.reject(1), Promise.reject(2)])
      try { await Promise.all([Promise.reject(3), Promise.reject(4)]) } catch {}
      return [caught, many.length]`,
    )
    expect(output).toEqual(["two", 2])
    expect(logs).toEqual([])
  })

  it("is not the failure of the call itself", async () => {
    expect(await run('await null; throw new Error("failed")')).toMatchObject({ status: "failed", logs: [] })
    expect(await run('throw new Error("failed")')).toMatchObject({ status: "failed", logs: [] })
  })

  it("is told to listeners, of which one may keep it out of the log", async () => {
    const { logs, output } = await run(
      `const seen = []
      addEventListener("unhandledrejection", (event) => {
        seen.push([event.constructor.name, event.reason, event.promise instanceof Promise])
        if (event.reason === "kept") event.preventDefault()
      })
      Promise.reject("kept"); Promise.reject("shown")
      await new Promise((resolve) => setTimeout(resolve, 1))
      return seen`,
    )
    expect(output).toEqual([
      ["PromiseRejectionEvent", "kept", true],
      ["PromiseRejectionEvent", "shown", true],
    ])
    expect(logs).toEqual(["error: Unhandled rejection: Error: shown"])
  })

  it("is logged though the function took the globals away, and of a call alone that made it", async () => {
    const before = "const then = Promise.prototype.then"
    const { logs } = await run(
      `const reject = Promise.reject.bind(Promise); delete Map.prototype.set; Map.prototype.forEach = () => {}
      Object.defineProperty(Array.prototype, 0, { set() { throw 1 } }); delete globalThis.Map; reject("gone"); return 1`,
      before,
    )
    expect(logs).toEqual(["error: Unhandled rejection: Error: gone"])
    expect(await run("return 1")).toMatchObject({ logs: [] })
  })

  it("does not run on and on where a listener rejects again", async () => {
    const { logs } = await run(
      `let count = 0
      addEventListener("unhandledrejection", () => { if (++count < 3) Promise.reject(count) })
      Promise.reject(0)
      await new Promise((resolve) => setTimeout(resolve, 1))
      return 1`,
    )
    expect(logs).toEqual([0, 1, 2].map((count) => `error: Unhandled rejection: Error: ${count}`))
  })
})

describe("while a module is loaded", () => {
  const source = (marker: string) => `
    console.log("loading ${marker}")
    void (async () => { throw new RangeError("left ${marker}") })()
    export default () => "called"`

  it("is told by the deployment, with what was logged, by the author's own lines", async () => {
    const { logs } = await service.functions.deploy({ name: "leaves", source: source("one") })
    expect(logs.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "info: loading one",
      expect.stringMatching(/^error: Unhandled rejection: RangeError: left one\n {4}at .*\(?index\.ts:3:\d+\)?/),
    ])
    expect((await service.functions.run("leaves")).logs).toEqual([])
  })

  it("is told by the deployment of a layer", async () => {
    const { logs } = await service.functions.layers.deploy({ name: "leaving", source: source("two") })
    expect(logs.map(({ level }) => level)).toEqual(["info", "error"])
  })
})
