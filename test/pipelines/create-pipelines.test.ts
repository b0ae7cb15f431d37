import { afterEach, describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { type Bench, createBench, over, type TestFunction } from "./test-functions.ts"

const open: Bench[] = []
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close()
})

async function create(functions: Readonly<Record<string, TestFunction>>): Promise<Bench> {
  const bench = await createBench(functions)
  open.push(bench)
  return bench
}

const arithmetic = {
  double: over((value: number) => value * 2),
  addOne: over((value: number) => value + 1),
  fail: over(() => {
    throw new RangeError("too much")
  }),
}

describe("a run", () => {
  test("gives each step what the one before answered, and answers with the last", async () => {
    const { pipelines, calls, told, storage } = await create(arithmetic)
    await pipelines.define("a", definePipeline("sum").step("double").step("addOne").step("double"))
    const run = await pipelines.run("a", "sum", 5)
    expect(run).toMatchObject({ pipeline: "sum", status: "succeeded", output: 22 })
    expect(run).not.toHaveProperty("error")
    expect(run).not.toHaveProperty("organisation")
    expect(run.durationMs).toBe((run.endedAt ?? 0) - run.startedAt)
    expect(calls.map(({ text }) => text)).toEqual(["5", "10", "11"])
    expect(run.steps).toMatchObject([
      { name: "double", path: "0", function: "double@3", version: 3, status: "succeeded", output: 10 },
      { name: "addOne", path: "1", function: "addOne@3", version: 3, status: "succeeded", output: 11 },
      { name: "double-2", path: "2", function: "double@3", version: 3, status: "succeeded", output: 22 },
    ])
    expect(new Set(run.steps.map(({ invocationId }) => invocationId)).size).toBe(3)
    expect(told).toEqual([{ ...run, organisation: "a" }])
    expect(await pipelines.getRun("a", run.id)).toEqual(run)
    expect(await storage.pipelines.findRun("b", run.id)).toBeNull()
  })

  test("passes JSON text on as it was written", async () => {
    const text = '{"b":1.50,"a":[1e2,"\\u00e9"]}'
    const { pipelines, calls } = await create({ one: () => ({ type: "json", text }), two: arithmetic.double })
    await pipelines.define("a", definePipeline("p").step("one").step("two"))
    await pipelines.run("a", "p")
    expect(calls.map((call) => call.text)).toEqual(["null", text])
  })

  test("goes on with null where a step answered nothing, and has no output where the last one did", async () => {
    const { pipelines, calls } = await create({ quiet: over(() => undefined) })
    await pipelines.define("a", definePipeline("p").step("quiet").step("quiet"))
    const run = await pipelines.run("a", "p", { from: 1 })
    expect(calls.map(({ text }) => text)).toEqual(['{"from":1}', "null"])
    expect(run.status).toBe("succeeded")
    expect(run).not.toHaveProperty("output")
    expect(run.steps[0]).not.toHaveProperty("output")
  })

  test.each([
    ["application/json", '{"a":1}', '{"a":1}'],
    ["application/problem+json; charset=utf-8", "[1]", "[1]"],
    ["text/plain", "plain", '"plain"'],
    ["application/json", "not json", '"not json"'],
    ["text/json-like", "1", '"1"'],
    ["application/json", "", "null"],
  ])("goes on with the body of a response of type %s: %j", async (type, body, expected) => {
    const { pipelines, calls } = await create({
      page: () => ({
        type: "response",
        status: 200,
        statusText: "OK",
        headers: [["Content-Type", type]],
        body: new TextEncoder().encode(body),
      }),
      last: over((value: unknown) => value),
    })
    await pipelines.define("a", definePipeline("p").step("page").step("last"))
    await pipelines.run("a", "p")
    expect(calls[1]?.text).toBe(expected)
  })

  test.each([
    ["json", '{"__proto__":{"polluted":1},"kept":1}'],
    ["json", '{"\\u005f_proto__":{"polluted":1},"kept":1}'],
    ["response", '{"kept":1,"__proto__":{"polluted":1}}'],
  ] as const)("drops what would reach a prototype from %s output %s", async (type, text) => {
    const { pipelines, calls } = await create({
      source: () =>
        type === "json"
          ? { type, text }
          : {
              type,
              status: 200,
              statusText: "OK",
              headers: [["content-type", "application/json"]],
              body: new TextEncoder().encode(text),
            },
      last: over((value: unknown) => value),
    })
    await pipelines.define("a", definePipeline("p").step("source").step("last"))
    const run = await pipelines.run("a", "p")
    expect(calls[1]?.text).toBe('{"kept":1}')
    for (const value of [run.output, run.steps[0]?.output]) {
      expect(Object.hasOwn(value as object, "__proto__")).toBe(false)
      expect(value).toEqual({ kept: 1 })
    }
  })

  test("goes on with bytes that are no text as a direct call answers them", async () => {
    const { pipelines, calls } = await create({
      image: () => ({
        type: "response",
        status: 200,
        statusText: "OK",
        headers: [["content-type", "image/png"]],
        body: Uint8Array.of(0xff, 0xd8),
      }),
      last: over((value: unknown) => value),
    })
    await pipelines.define("a", definePipeline("p").step("image").step("last"))
    await pipelines.run("a", "p")
    expect(JSON.parse(calls[1]?.text ?? "")).toEqual({ contentType: "image/png", base64: "/9g=" })
  })

  test("gives all its calls one trace, the caller's where there is one", async () => {
    const { pipelines, calls } = await create(arithmetic)
    await pipelines.define("a", definePipeline("p").step("double").step("double"))
    await pipelines.run("a", "p", 1)
    await pipelines.run("a", "p", 1, { traceId: "f".repeat(32) })
    expect(calls[0]?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(calls[1]?.traceId).toBe(calls[0]?.traceId)
    expect(calls.slice(2).map(({ traceId }) => traceId)).toEqual(["f".repeat(32), "f".repeat(32)])
  })

  test("of a thousand steps comes to its end", async () => {
    const { pipelines } = await create(arithmetic)
    let pipeline = definePipeline("long")
    for (let count = 0; count < 1_000; count++) pipeline = pipeline.step("addOne")
    await pipelines.define("a", pipeline)
    const run = await pipelines.run("a", "long", 0)
    expect(run.output).toBe(1_000)
    expect(run.steps).toHaveLength(1_000)
  })
})

describe("a run that fails", () => {
  test("ends at the step that failed, with its error; later steps are skipped", async () => {
    const { pipelines, calls, told } = await create(arithmetic)
    await pipelines.define("a", definePipeline("p").step("double").step("fail").step("addOne").step("double"))
    const run = await pipelines.run("a", "p", 1)
    const error = { code: "FN_004", name: "RangeError", message: "too much", stack: "at index.js:1:1" }
    expect(run).toMatchObject({ status: "failed", error })
    expect(run).not.toHaveProperty("output")
    expect(run.steps.map(({ name, status }) => [name, status])).toEqual([
      ["double", "succeeded"],
      ["fail", "failed"],
      ["addOne", "skipped"],
      ["double-2", "skipped"],
    ])
    expect(run.steps[1]).toMatchObject({ version: 3, error })
    expect(run.steps[2]).toEqual({
      name: "addOne",
      path: "2",
      kind: "function",
      function: "addOne@3",
      status: "skipped",
      version: null,
      invocationId: null,
      attempts: 0,
      startedAt: null,
      endedAt: null,
      durationMs: null,
    })
    expect(calls).toHaveLength(2)
    expect(told).toHaveLength(1)
    expect(await pipelines.getRun("a", run.id)).toEqual(run)
  })

  test("because nothing ran at a step tells why, without a frame of the host", async () => {
    const { pipelines } = await create({
      ...arithmetic,
      gone: () => {
        throw new FunctionsError("FN_001", 'Cannot find function "gone": there is none.')
      },
    })
    await pipelines.define("a", definePipeline("p").step("double").step("gone").step("double"))
    const run = await pipelines.run("a", "p", 1)
    const error = {
      code: "FN_001",
      name: "FunctionsError",
      message: 'Cannot find function "gone": there is none.',
      stack: "",
    }
    expect(run).toMatchObject({ status: "failed", error })
    expect(run.steps[1]).toMatchObject({ status: "failed", version: null, invocationId: null, error })
    expect(run.steps.map(({ status }) => status)).toEqual(["succeeded", "failed", "skipped"])
    expect(await pipelines.getRun("a", run.id)).toEqual(run)
  })

  test("because its caller ended it skips what had not begun", async () => {
    const controller = new AbortController()
    const { pipelines, calls } = await create({
      ...arithmetic,
      stop: (text) => {
        controller.abort()
        return { type: "json", text }
      },
    })
    await pipelines.define("a", definePipeline("p").step("stop").step("double").step("addOne"))
    const run = await pipelines.run("a", "p", 1, { signal: controller.signal })
    expect(run.status).toBe("failed")
    expect(run.error).toMatchObject({
      code: "FN_002",
      message: 'Cannot run pipeline "p": the run was ended before step "double".',
    })
    expect(run.steps.map(({ status }) => status)).toEqual(["succeeded", "skipped", "skipped"])
    expect(calls).toHaveLength(1)
    expect((await pipelines.getRun("a", run.id)).status).toBe("failed")
  })

  test("hands the caller's signal to the calls", async () => {
    const controller = new AbortController()
    const { pipelines } = await create({
      wait: (_text, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(new Error("ended")))
          controller.abort()
        }),
    })
    await pipelines.define("a", definePipeline("p").step("wait"))
    const run = await pipelines.run("a", "p", 1, { signal: controller.signal })
    expect(run.steps).toMatchObject([{ status: "failed", error: { message: "ended" } }])
  })

  test("before it began leaves nothing behind", async () => {
    const { pipelines, calls, told } = await create(arithmetic)
    await pipelines.define("a", definePipeline("p").step("double"))
    const run = (input: unknown, options = {}) => pipelines.run("a", "p", input, options)
    await expect(run(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "FN_002" })
    await expect(run(1n)).rejects.toThrow(
      new TypeError('Cannot run pipeline "p": the input cannot be written as JSON.'),
    )
    await expect(run(() => 1)).rejects.toThrow(TypeError)
    await expect(pipelines.run("a", "other", 1)).rejects.toMatchObject({ code: "FN_001" })
    await expect(pipelines.run("b", "p", 1)).rejects.toMatchObject({ code: "FN_001" })
    expect(calls).toEqual([])
    expect(told).toEqual([])
    expect((await pipelines.listRuns("a", "p")).items).toEqual([])
  })

  test("through a fault of the service goes on where it was once that is over", async () => {
    let faults = 0
    const { pipelines, advance, calls, reported } = await create({
      ...arithmetic,
      broken: (text) => {
        if (++faults > 2) return { type: "json", text }
        setTimeout(() => advance(10_000), 50)
        throw "the storage is gone"
      },
    })
    await pipelines.define("a", definePipeline("p").step("double").step("broken"))
    expect(await pipelines.run("a", "p", 4)).toMatchObject({ status: "succeeded", output: 8 })
    expect(calls.map(({ name }) => name)).toEqual(["double@3", "broken@3", "broken@3", "broken@3"])
    expect(reported).toEqual(["the storage is gone", "the storage is gone"])
  })
})

describe("definitions", () => {
  test("are kept, replaced under their name, listed and removed", async () => {
    const { pipelines } = await create(arithmetic)
    const first = await pipelines.define("a", definePipeline("p").step("double"))
    const second = await pipelines.define("a", {
      name: "p",
      steps: definePipeline("p").step("addOne").toDefinition().steps,
    })
    await pipelines.define("a", definePipeline("o").step("double"))
    expect(second).toMatchObject({ id: first.id, createdAt: first.createdAt, steps: [{ function: "addOne" }] })
    expect(await pipelines.get("a", "p")).toEqual(second)
    const page = await pipelines.list("a", { limit: 1 })
    expect(page.items.map(({ name }) => name)).toEqual(["o"])
    expect((await pipelines.list("a", { cursor: page.next ?? "" })).items).toEqual([second])
    await pipelines.remove("a", "p")
    await expect(pipelines.get("a", "p")).rejects.toMatchObject({ code: "FN_001" })
    await expect(pipelines.remove("a", "p")).rejects.toMatchObject({ code: "FN_001" })
  })

  test("belong to their organisation", async () => {
    const { pipelines } = await create(arithmetic)
    await pipelines.define("a", definePipeline("p").step("double"))
    await expect(pipelines.get("b", "p")).rejects.toMatchObject({ code: "FN_001" })
    await expect(pipelines.remove("b", "p")).rejects.toMatchObject({ code: "FN_001" })
    expect((await pipelines.list("b")).items).toEqual([])
    await expect(pipelines.define("b", definePipeline("p").step("double"))).rejects.toMatchObject({ code: "FN_006" })
  })

  test("that name missing functions are refused, naming the steps, and nothing is stored", async () => {
    const { pipelines } = await create(arithmetic)
    const pipeline = definePipeline("p").step("double").step("nobody", { name: "third" }).step("double@gone")
    const error = await pipelines.define("a", pipeline).catch((reason) => reason)
    expect(error).toMatchObject({
      code: "FN_006",
      message:
        'Cannot define pipeline "p": step "third" calls "nobody", and there is no such function; step "double-2" calls "double@gone", and there is no such function.',
      issues: [{ path: "steps.1.function" }, { path: "steps.2.function" }],
    })
    await expect(pipelines.get("a", "p")).rejects.toMatchObject({ code: "FN_001" })
  })

  test.each([[{ name: "p", steps: [] }], [{}], [null], ["p"]])(
    "that are none, such as %j, are refused",
    async (value) => {
      const { pipelines } = await create(arithmetic)
      await expect(pipelines.define("a", value as never)).rejects.toMatchObject({ code: "FN_006" })
    },
  )
})

describe("runs", () => {
  test("are listed newest first, page by page, also when their pipeline is gone", async () => {
    const { pipelines } = await create(arithmetic)
    await pipelines.define("a", definePipeline("p").step("double"))
    const runs = []
    for (let input = 0; input < 3; input++) runs.push(await pipelines.run("a", "p", input))
    await pipelines.remove("a", "p")
    const page = await pipelines.listRuns("a", "p", { limit: 2 })
    expect(page.items).toEqual([runs[2], runs[1]])
    expect((await pipelines.listRuns("a", "p", { cursor: page.next ?? "" })).items).toEqual([runs[0]])
    await expect(pipelines.listRuns("b", "p")).rejects.toMatchObject({ code: "FN_001" })
    await expect(pipelines.listRuns("a", "never")).rejects.toMatchObject({ code: "FN_001" })
    await expect(pipelines.getRun("b", runs[0]?.id ?? "")).rejects.toMatchObject({ code: "FN_001" })
  })

  test.each([0, -1, 1.5, 1_001, Number.NaN, "5"])("are not listed %j at a time", async (limit) => {
    const { pipelines } = await create(arithmetic)
    await expect(async () => pipelines.listRuns("a", "p", { limit: limit as number })).rejects.toThrow(RangeError)
    await expect(async () => pipelines.list("a", { limit: limit as number })).rejects.toThrow(RangeError)
  })
})
