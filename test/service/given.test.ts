import { describe, expect, it } from "vitest"
import { openService, rejectionOf } from "./service.ts"

const source = "export default (event, context) => context.env"

describe("what hosts give", () => {
  const service = openService({ sandbox: { threads: 1 }, queue: { concurrency: 0 } })

  it.each([
    ["deploy", () => service.functions.deploy({ name: "typo", source, timeout: 5 } as never), "timeout"],
    ["layers.deploy", () => service.functions.layers.deploy({ name: "typo", source, config: {} } as never), "config"],
    ["rollback", () => service.functions.rollback("typo", { version: 1 } as never), "version"],
    ["deadLetters.list", () => service.functions.deadLetters.list({ functoin: "a" } as never), "functoin"],
    ["deadLetters.replayAll", () => service.functions.deadLetters.replayAll({ knd: "event" } as never), "knd"],
    ["invocations.list", () => service.functions.invocations.list({ statsu: "failed" } as never), "statsu"],
    ["pipelines.rerun", () => service.functions.pipelines.rerun("typo", { form: "a" } as never), "form"],
  ])("is refused by %s where nobody reads a key of it", async (_, call, path) => {
    expect(await rejectionOf(call())).toMatchObject({ code: "FN_006", issues: [{ path }] })
  })

  it.each([
    ["nothing", undefined, "undefined"],
    ["text", "export default 1", '"export default 1"'],
    ["a list", [], "a list"],
  ])("is refused by deploy where it is %s", async (_, given, shown) => {
    const error = await rejectionOf(service.functions.deploy(given as never))
    expect(error).toMatchObject({
      code: "FN_006",
      message: `Cannot deploy: "input" must be an object, and is ${shown}.`,
    })
  })

  it("goes back to no version where it is a number and no object", async () => {
    await service.functions.deploy({ name: "kept", source: "export default () => 1" })
    await service.functions.deploy({ name: "kept", source: "export default () => 2" })
    expect(await rejectionOf(service.functions.rollback("kept", 1 as never))).toMatchObject({ code: "FN_006" })
    expect(await service.functions.get("kept")).toMatchObject({ activeVersion: 2 })
  })

  it("says of a missing folder where it was looked for, to the host alone", async () => {
    const error = await rejectionOf(service.functions.deploy({ name: "none", directory: "/no/such/folder" }))
    expect(error).toMatchObject({ code: "FN_005", message: "Cannot read the upload: there is no such folder." })
    expect(error.cause).toMatchObject({ message: expect.stringContaining("/no/such/folder") })
  })

  it("is text in an environment, whatever it was", async () => {
    await service.functions.deploy({ name: "reader", source })
    expect(await service.functions.setEnvironment("reader", { COUNT: 5 } as never)).toEqual({ COUNT: "5" })
    expect(await service.functions.invoke("reader")).toEqual({ COUNT: "5" })
    expect(await service.functions.setEnvironment("reader", { COUNT: null })).toEqual({})
  })

  it("names a function, a fact and a request, or is told so", async () => {
    expect(await rejectionOf(service.functions.metrics.summary(undefined as never))).toMatchObject({
      message: 'Cannot summarise metrics: "name" must be text, and is undefined.',
    })
    expect(() => service.functions.on("invocation.finish" as never, () => {})).toThrow(
      'Cannot listen to "invocation.finish": it is no fact (did you mean "invocation.finished"?).',
    )
    expect(await rejectionOf(service.functions.fetch("http://localhost/health" as never))).toMatchObject({
      message: "Cannot answer: expected a Request, such as new Request(url).",
    })
  })
})
