import { expect, it } from "vitest"
import { openService } from "./service.ts"

const service = openService({ sandbox: { threads: 1 } })

const told = (logs: readonly { readonly level: string; readonly message: string }[]) =>
  logs.map(({ level, message }) => `${level} ${message}`)

it("lines stay in the order in which they were written, each at its level, over every kind of waiting", async () => {
  const { functions } = service
  const source = `
    import { kv } from "inlay/sdk"
    console.log("while loading")
    export default async (n, { log }) => {
      console.debug(n, "begins")
      const timer = new Promise((done) => setTimeout(() => { console.warn(n, "timer"); done() }, 20))
      queueMicrotask(() => console.info(n, "microtask"))
      log.error(n, "before the first wait")
      await null
      log(n, "after a microtask")
      await kv.set("n", n)
      console.error(n, "after a capability")
      await timer
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((done) => setTimeout(done, 1))
        console.log(n, "turn", turn)
      }
      console.warn(n, "ends")
    }`
  await functions.deploy({ name: "ordered", source })
  // More calls than there are threads, so that those that wait are copied out and come back.
  const runs = await Promise.all(Array.from({ length: 20 }, (_, n) => functions.run("ordered", n)))
  for (const [n, { logs, error }] of runs.entries()) {
    expect(error).toBeUndefined()
    const lines = told(logs)
    // Whether a timer or a capability settles first is the machine's affair.
    const settled = [`warn ${n} timer`, `error ${n} after a capability`]
    expect(lines.slice(0, 4)).toEqual([
      `debug ${n} begins`,
      `error ${n} before the first wait`,
      `info ${n} microtask`,
      `info ${n} after a microtask`,
    ])
    expect(lines.slice(4, 6).sort()).toEqual(settled.sort())
    expect(lines.slice(6)).toEqual([...[0, 1, 2].map((turn) => `info ${n} turn ${turn}`), `warn ${n} ends`])
    const times = logs.map(({ time }) => time)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  }
})

it("lines of a streamed answer stay in order, those after the answer and of `waitUntil` too", async () => {
  const { functions } = service
  const source = `export default (request, context) => {
    console.log("handler")
    let turn = 0
    context.waitUntil((async () => {
      await new Promise((done) => setTimeout(done, 30))
      console.error("waited until")
    })())
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((done) => setTimeout(done, 1))
        console.warn("chunk", turn)
        controller.enqueue(new TextEncoder().encode(turn + " "))
        if (++turn === 3) controller.close()
      },
    })
    console.debug("answers")
    return new Response(body)
  }`
  await functions.deploy({ name: "streamed", source, config: { kind: "http", cpu: 5 } })
  const finished = new Promise<readonly string[]>((resolve) => {
    const stop = functions.on("invocation.finished", ({ logs }) => {
      stop()
      resolve(told(logs))
    })
  })
  const response = await functions.fetch(
    new Request("http://localhost/functions/streamed/invoke", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    }),
  )
  expect(await response.text()).toBe("0 1 2 ")
  const lines = await finished
  expect(lines.filter((line) => line !== "error waited until")).toEqual([
    "info handler",
    "debug answers",
    "warn chunk 0",
    "warn chunk 1",
    "warn chunk 2",
  ])
  expect(lines).toContain("error waited until")
})
