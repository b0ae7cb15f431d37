import { beforeAll, describe, expect, it } from "vitest"
import { definePipeline } from "../../src/index.ts"
import { openService, rejectionOf } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
// Nothing that is accepted begins.
const service = openService({ now: () => nowMs, queue: { concurrency: 0 } })
beforeAll(async () => {
  await service.functions.deploy({ name: "add", source: "export default ({ n }) => ({ n: n + 1 })" })
  const pipeline = definePipeline("count").step("add", { name: "one" }).step("add", { name: "two" })
  await service.functions.pipelines.define(pipeline)
  await service.functions.pipelines.define(definePipeline("other").step("add"))
})

describe("a run that is started with an idempotency key", () => {
  it("is the same run for the same input, though what it calls was deployed again", async () => {
    const { pipelines, deploy } = service.functions
    const options = { idempotencyKey: "order-17" }
    const { id } = await pipelines.start("count", { n: 1 }, options)
    await deploy({ name: "add", source: "export default ({ n }) => ({ n: n + 2 })" })
    expect(await pipelines.start("count", { n: 1 }, options)).toMatchObject({ id, status: "queued" })
    const other = await pipelines.start("other", { n: 1 }, options)
    expect(other.id).not.toBe(id)
    await pipelines.cancel(id)
    expect(await pipelines.start("count", { n: 1 }, options)).toMatchObject({ id, status: "cancelled" })
  })

  it("is the same run for the same input with its keys in another order", async () => {
    const { pipelines } = service.functions
    const options = { idempotencyKey: "order-19" }
    const { id } = await pipelines.start("count", { n: 1, of: { a: 1, b: 2 } }, options)
    expect(await pipelines.start("count", { of: { b: 2, a: 1 }, n: 1 }, options)).toMatchObject({ id })
  })

  it("is refused with another input, and free again after its time", async () => {
    const { pipelines } = service.functions
    const options = { idempotencyKey: "order-18", idempotencyTtlMs: 60_000 }
    const { id } = await pipelines.start("count", { n: 1 }, options)
    expect(await rejectionOf(pipelines.start("count", { n: 2 }, options))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "idempotencyKey" }],
      message: 'Cannot start pipeline "count": idempotencyKey belongs to a run with another input.',
    })
    nowMs += 60_000
    expect((await pipelines.start("count", { n: 2 }, options)).id).not.toBe(id)
  })

  it.each([
    ["idempotencyKey", { idempotencyKey: "" }],
    ["idempotencyKey", { idempotencyKey: "x".repeat(256) }],
    ["idempotencyTtlMs", { idempotencyKey: "k", idempotencyTtlMs: 0 }],
  ])("is refused where %s is none: %o", async (path, options) => {
    expect(await rejectionOf(service.functions.pipelines.start("count", 1, options))).toMatchObject({
      code: "FN_006",
      issues: [{ path }],
    })
  })
})

describe("a run that has not begun", () => {
  it("tells what reproduces it", async () => {
    const { pipelines } = service.functions
    const run = await pipelines.start("count", { n: 5 })
    expect(await pipelines.provenance(run.id)).toEqual({
      run: await pipelines.getRun(run.id),
      input: { n: 5 },
      steps: [expect.objectContaining({ name: "one" }), expect.objectContaining({ name: "two" })],
      surroundings: expect.objectContaining({ functions: [expect.objectContaining({ name: "add" })] }),
    })
  })

  it("is done again from its first step, and from none that waits for another", async () => {
    const { pipelines } = service.functions
    const { id, traceId } = await pipelines.start("count", { n: 5 })
    const again = await pipelines.rerun(id, { input: { n: 6 } })
    expect(again).toMatchObject({ status: "queued", originId: id, traceId })
    expect(await pipelines.provenance(again.id)).toMatchObject({ input: { n: 6 }, run: { originId: id } })
    expect(await rejectionOf(pipelines.rerun(id, { from: "two" }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "from" }],
    })
    expect(await rejectionOf(pipelines.rerun("nobody"))).toMatchObject({ code: "FN_001" })
  })
})
