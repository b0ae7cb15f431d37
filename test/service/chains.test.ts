import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createFunctions, definePipeline, type FunctionsService } from "../../src/index.ts"

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
let functions: FunctionsService
beforeAll(async () => {
  functions = await createFunctions({ authenticate: "open", logger })
})
afterAll(() => functions.close())

const post = (path: string, body: unknown) =>
  functions.fetch(
    new Request(`http://localhost/api${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
    { prefix: "/api" },
  )

/** The functions of customer segmentation, which take what came before as `data.previous_output`. */
const segmentation = {
  clean_data:
    "export default ({ data }) => ({ customers: data.previous_output.customers.filter(({ spent }) => spent !== null) })",
  transform_data:
    "export default ({ data }) => data.previous_output.customers.map(({ spent }) => ({ isPremium: spent > 1000 }))",
  segment_data:
    "export default ({ data }) => { const premium = data.previous_output.filter(({ isPremium }) => isPremium).length; return { segments: { premium, basic: data.previous_output.length - premium } } }",
}
const customers = Array.from({ length: 1750 }, (_, index) => ({
  spent: index < 50 ? null : index < 250 ? 5000 : 10,
}))

describe("customer segmentation", () => {
  test("each function receives the output of its predecessor, and the last one's is the answer", async () => {
    let pipeline = definePipeline("segmentation")
    const ids = []
    for (const [name, source] of Object.entries(segmentation)) {
      const { functionId } = await functions.deploy({ name, source })
      ids.push(functionId)
      const previous_output = ids.length === 1 ? "$.input" : "$.previous"
      pipeline = pipeline.step(functionId, { name, input: { data: { previous_output } } })
    }
    await functions.pipelines.define(pipeline)
    const run = await functions.pipelines.run("segmentation", { customers })
    expect(run).toMatchObject({ status: "succeeded", output: { segments: { premium: 200, basic: 1500 } } })
    expect(run.steps.map(({ name, status }) => [name, status])).toEqual([
      ["clean_data", "succeeded"],
      ["transform_data", "succeeded"],
      ["segment_data", "succeeded"],
    ])

    // The same by hand, as the pipeline does it.
    let output: unknown = { customers }
    for (const id of ids)
      output = await (await post(`/functions/${id}/run/`, { data: { previous_output: output } })).json()
    expect(output).toEqual({ segments: { premium: 200, basic: 1500 } })
  })
})

describe("a function's chain", () => {
  const chain = ["normalize_data", "load_data"]

  beforeAll(async () => {
    const source = "export default ({ rows }) => Array.from({ length: rows }, (_, id) => ({ id: String(id) }))"
    await functions.deploy({ name: "extract_data", source, config: { chain } })
    await functions.deploy({
      name: "normalize_data",
      source: "export default (rows) => rows.map(({ id }) => ({ id: Number(id) }))",
    })
    await functions.deploy({
      name: "load_data",
      source: `export default (rows) => {
        if (rows.some(({ id }) => typeof id !== "number")) throw new TypeError("Not normal")
        if (rows.length === 0) throw new RangeError("Nothing to load")
        return { status: "Data loaded successfully", records: rows.length }
      }`,
    })
  })

  const loaded = { status: "Data loaded successfully", records: 500 }

  test("answers with the last output, over HTTP, by call and by queue", async () => {
    const response = await post("/functions/extract_data/run/", { rows: 500 })
    expect([response.status, await response.json()]).toEqual([200, loaded])
    expect(await functions.invoke("extract_data", { rows: 500 })).toEqual(loaded)
    const { id } = await functions.enqueue("extract_data", { rows: 500 })
    await expect.poll(async () => (await functions.invocations.get(id)).status).toBe("succeeded")
    expect(await functions.invocations.get(id)).toMatchObject({ output: loaded })
  })

  test("gives all its calls one trace, and fails with the first that fails", async () => {
    const traceId = "a".repeat(32)
    const failed = await functions.run("extract_data", { rows: 0 }, { traceId })
    expect(failed).toMatchObject({
      name: "load_data",
      status: "failed",
      error: { message: "Nothing to load" },
      traceId,
    })
    const seen = async () => (await functions.invocations.list({})).items.filter((call) => call.traceId === traceId)
    await expect
      .poll(async () => (await seen()).map(({ name }) => name).sort())
      .toEqual(["extract_data", "load_data", "normalize_data"])
    await expect(functions.invoke("extract_data", {})).rejects.toMatchObject({ code: "FN_004" })
  })

  test("streams the last answer alone", async () => {
    await functions.deploy({
      name: "streaming",
      source: "export default { fetch: async (request) => new Response(`got ${await request.text()}`) }",
    })
    await functions.deploy({
      name: "first_of_two",
      source:
        "export default () => new Response('{\"first\":true}', { headers: { 'content-type': 'application/json' } })",
      config: { chain: ["streaming"] },
    })
    const response = await post("/functions/first_of_two/invoke", {})
    expect(await response.text()).toBe('got {"first":true}')
  })

  test("that names a missing function fails the call with FN_006, and one that is no list the deploy", async () => {
    await functions.deploy({ name: "broken", source: "export default () => 1", config: { chain: ["nobody"] } })
    await expect(functions.invoke("broken")).rejects.toMatchObject({ code: "FN_006", issues: [{ path: "chain.0" }] })
    const wrong = functions.deploy({ name: "wrong", source: "export default () => 1", config: { chain: ["a b"] } })
    await expect(wrong).rejects.toMatchObject({ code: "FN_006", issues: [{ path: "chain.0" }] })
  })

  test("is not followed through functions that have chains of their own", async () => {
    await functions.deploy({ name: "ping", source: "export default (n) => n + 1", config: { chain: ["pong"] } })
    await functions.deploy({ name: "pong", source: "export default (n) => n * 10", config: { chain: ["ping"] } })
    expect(await functions.invoke("ping", 1)).toBe(20)
    expect(await functions.invoke("pong", 1)).toBe(11)
  })
})
