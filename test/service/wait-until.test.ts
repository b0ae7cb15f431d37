import { describe, expect, it } from "vitest"
import type { InvocationRecord } from "../../src/index.ts"
import { nextRecord, openService } from "./service.ts"

const service = openService()
const closing = openService()

describe("waitUntil", () => {
  it("keeps a call alive after its caller has the answer", async () => {
    const { functions } = service
    await functions.deploy({
      name: "afterwards",
      source: `export default (event, { waitUntil }) => {
        waitUntil(new Promise((resolve) => setTimeout(resolve, 50)).then(() => console.log("done later")))
        return event
      }`,
    })
    const record = nextRecord(service.functions, "afterwards")
    expect(await functions.invoke("afterwards", { a: 1 })).toEqual({ a: 1 })
    expect(await record).toMatchObject({ status: "succeeded", logs: [{ message: "done later" }] })
  })

  it("gives the whole record only when everything has ended", async () => {
    const { functions } = service
    expect(await functions.run("afterwards", 2)).toMatchObject({ output: 2, logs: [{ message: "done later" }] })
  })

  it("leaves the answer standing where what comes after it is ended for its CPU time", async () => {
    const { functions } = service
    await functions.deploy({
      name: "busy-afterwards",
      source: `export default (event, { waitUntil }) => {
        waitUntil((async () => { await null; for (;;); })())
        return event
      }`,
    })
    const record = nextRecord(service.functions, "busy-afterwards")
    expect(await functions.invoke("busy-afterwards", 3)).toBe(3)
    expect(await record).toMatchObject({ status: "failed", error: { code: "FN_002" } })
  })

  it("is told by its name where nothing can settle it", async () => {
    const { functions } = service
    const source = "export default (event, { waitUntil }) => { waitUntil(new Promise(() => {})); return event }"
    await functions.deploy({ name: "stuck-afterwards", source })
    const record = nextRecord(service.functions, "stuck-afterwards")
    expect(await functions.invoke("stuck-afterwards", 6)).toBe(6)
    const message = expect.stringContaining("What goes on after the answer never settled")
    expect(await record).toMatchObject({ status: "failed", error: { code: "FN_004", message } })
  })

  it("ends with a handler that throws, whatever it waits for", async () => {
    const { functions } = service
    const source = `export default (event, { waitUntil }) => {
      waitUntil(new Promise((resolve) => setTimeout(resolve, 60_000)))
      throw new Error("no")
    }`
    await functions.deploy({ name: "throws", source })
    expect(await functions.run("throws")).toMatchObject({ status: "failed", error: { message: "no" } })
  })

  it("goes on though the caller goes away, once it has its answer", async () => {
    const { functions } = service
    const controller = new AbortController()
    const record = nextRecord(service.functions, "afterwards")
    await functions.invoke("afterwards", 4, { signal: controller.signal })
    controller.abort()
    expect(await record).toMatchObject({ status: "succeeded" })
  })

  it("holds up the closing of the service", async () => {
    await closing.functions.deploy({
      name: "afterwards",
      source: `export default (event, { waitUntil }) => {
        waitUntil(new Promise((resolve) => setTimeout(resolve, 1000)))
        return event
      }`,
    })
    const records: InvocationRecord[] = []
    closing.functions.on("invocation.finished", (fact) => records.push(fact))
    await closing.functions.invoke("afterwards", 5)
    expect(records).toHaveLength(0)
    await closing.functions.close()
    expect(records).toMatchObject([{ status: "succeeded" }])
  })
})
