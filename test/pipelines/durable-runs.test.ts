import { afterEach, describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import type { Pipelines } from "../../src/pipelines/create-pipelines.ts"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { type Bench, createBench, eventOf, over, type TestFunction } from "./test-functions.ts"

const open: Bench[] = []
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close()
})

async function create(functions: Readonly<Record<string, TestFunction>> = {}): Promise<Bench> {
  const bench = await createBench({ ...arithmetic, ...functions })
  open.push(bench)
  return bench
}

const arithmetic = {
  double: over((value: number) => value * 2),
  addOne: over((value: number) => value + 1),
  echo: over((value: unknown) => value),
  fail: over(() => {
    throw new RangeError("too much")
  }),
}

/** The run once it has this status. */
async function reaches(pipelines: Pipelines, id: string, ...statuses: readonly string[]) {
  for (;;) {
    const run = await pipelines.getRun("a", id)
    if (statuses.includes(run.status)) return run
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe("ways side by side", () => {
  test("are gone at once, and give what each of them gave under its name", async () => {
    const { pipelines } = await create()
    const pipeline = definePipeline("p")
      .parallel({
        left: (way) => way.step("double"),
        right: (way) => way.step("addOne").step("addOne", { name: "more" }),
      })
      .step("echo", { input: { sum: ["$.steps.parallel.left", "$.previous.right", "$.input"] } })
    await pipelines.define("a", pipeline)
    const run = await pipelines.run("a", "p", 5)
    expect(run).toMatchObject({ status: "succeeded", output: { sum: [10, 7, 5] } })
    expect(run.steps.map(({ path }) => path).sort()).toEqual(["0.left.0", "0.right.0", "0.right.1", "1"])
  })

  test("end with the first that fails, whose failure is the run's", async () => {
    const { pipelines } = await create({
      slow: (_text, { signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("ended")))),
    })
    await pipelines.define(
      "a",
      definePipeline("p").parallel({ a: (way) => way.step("slow"), b: (way) => way.step("fail") }),
    )
    expect(await pipelines.run("a", "p", 1)).toMatchObject({ status: "failed", error: { message: "too much" } })
  })

  test("map each item, so many at once, and keep their order", async () => {
    let atOnce = 0
    let most = 0
    const { pipelines } = await create({
      slow: over(async (value: number) => {
        most = Math.max(most, ++atOnce)
        await new Promise((resolve) => setTimeout(resolve, 20 - value))
        atOnce--
        return value * 10
      }),
    })
    const pipeline = definePipeline("p").map(
      (each) => each.step("slow").step("echo", { input: ["$.index", "$.item", "$.previous"] }),
      { items: "$.input.numbers", concurrency: 3 },
    )
    await pipelines.define("a", pipeline)
    const numbers = [1, 2, 3, 4, 5, 6, 7]
    const run = await pipelines.run("a", "p", { numbers })
    expect(run.output).toEqual(numbers.map((number, index) => [index, number, number * 10]))
    expect(most).toBe(3)
    expect(await pipelines.run("a", "p", { numbers: 7 })).toMatchObject({
      status: "failed",
      error: { message: 'Cannot run step "map": $.input.numbers is not a list.' },
    })
  })

  test.each([
    [5, "small"],
    [50, "large"],
    ["5", "other"],
  ])("branch by the first condition that holds: %j is %s", async (value, expected) => {
    const { pipelines } = await create()
    const say = (text: string) => (way: ReturnType<typeof definePipeline>) =>
      way.step("echo", { name: text, input: text })
    const small = {
      all: [{ value: "$.input", is: ">", to: 0 }, { not: { value: "$.input", is: ">=", to: 10 } }],
    } as const
    const pipeline = definePipeline("p").branch(
      [
        { when: small, steps: say("small") },
        { when: { any: [{ value: "$.input", is: "in", to: [50, 60] }] }, steps: say("large") },
      ],
      { otherwise: say("other") },
    )
    await pipelines.define("a", pipeline)
    expect((await pipelines.run("a", "p", value)).output).toBe(expected)
  })

  test("run another pipeline, which sees its own input alone", async () => {
    const { pipelines } = await create()
    await pipelines.define(
      "a",
      definePipeline("inner")
        .step("double")
        .step("echo", { input: ["$.input", "$.previous"] }),
    )
    await pipelines.define("a", definePipeline("outer").step("addOne").pipeline("inner").step("echo"))
    expect((await pipelines.run("a", "outer", 1)).output).toEqual([2, 4])
    await expect(pipelines.define("a", definePipeline("inner").pipeline("outer"))).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "steps.0.pipeline" }],
    })
    await expect(pipelines.define("a", definePipeline("x").pipeline("gone"))).rejects.toMatchObject({ code: "FN_006" })
  })
})

describe("a failure", () => {
  test("is tried again as the step says, after a wait that outlives the worker", async () => {
    let tries = 0
    const { pipelines, advance } = await create({
      flaky: over((value: number) => {
        if (++tries < 3) throw new Error(`try ${tries}`)
        return value
      }),
    })
    await pipelines.define("a", definePipeline("p").step("flaky", { retry: { attempts: 3, delay: 100 } }))
    const { id } = await pipelines.start("a", "p", 7)
    const waiting = await reaches(pipelines, id, "waiting")
    expect(waiting.steps).toMatchObject([{ status: "waiting", attempts: 1, error: { message: "try 1" } }])
    advance(100_000)
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps[0]?.attempts).toBe(2)
    advance(200_000)
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ output: 7, steps: [{ attempts: 3 }] })
  })

  test("is caught by steps that take its place", async () => {
    const { pipelines } = await create()
    await pipelines.define(
      "a",
      definePipeline("p")
        .step("fail", { catch: (way) => way.step("echo") })
        .step("echo"),
    )
    const run = await pipelines.run("a", "p", 3)
    const error = { code: "FN_004", name: "RangeError", message: "too much" }
    expect(run).toMatchObject({ status: "succeeded", output: { error, input: 3 } })
  })

  test("has what was done before undone, the last first", async () => {
    const undone: unknown[] = []
    const { pipelines } = await create({ undo: over((value: { output: number }) => undone.push(value)) })
    const pipeline = definePipeline("p")
      .step("double", { compensate: "undo" })
      .step("addOne", { compensate: "undo" })
      .step("fail", { compensate: "undo" })
    await pipelines.define("a", pipeline)
    const run = await pipelines.run("a", "p", 1)
    expect(run).toMatchObject({ status: "failed", error: { message: "too much" } })
    expect(undone).toMatchObject([
      { input: 2, output: 3, error: { message: "too much" } },
      { input: 1, output: 2 },
    ])
    expect(run.steps.filter(({ kind }) => kind === "compensation").map(({ path }) => path)).toEqual([
      "1.compensate",
      "0.compensate",
    ])
  })
})

describe("waiting", () => {
  test("for a time lasts as long as it says, and no longer", async () => {
    const { pipelines, advance, calls } = await create()
    await pipelines.define(
      "a",
      definePipeline("p")
        .step("double")
        .wait(30 * 86_400)
        .step("addOne"),
    )
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    expect(calls.map(({ name }) => name)).toEqual(["double@3"])
    advance(30 * 86_400_000)
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ output: 3 })
    expect(calls.map(({ name }) => name)).toEqual(["double@3", "addOne@3"])
  })

  test("until a date that is none fails", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("p").wait("$.input.at"))
    expect(await pipelines.run("a", "p", { at: "soon" })).toMatchObject({ status: "failed", error: { code: "FN_004" } })
  })

  test("for an event goes on with the one that fits, once", async () => {
    const { pipelines } = await create()
    const pipeline = definePipeline("p")
      .waitForEvent("paid", { match: { "data.order": "$.input.id" } })
      .step("echo")
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", { id: 7 })
    await reaches(pipelines, id, "waiting")
    const event = (order: number) => eventOf("paid", { data: { order } })
    expect(await pipelines.deliver("a", "event-1", event(8))).toBe(0)
    expect(await pipelines.deliver("b", "event-1", event(7))).toBe(0)
    expect(await pipelines.deliver("a", "event-1", event(7))).toBe(1)
    expect(await pipelines.deliver("a", "event-1", event(7))).toBe(0)
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ output: event(7) })
  })

  test("for an event with a filter goes on with the first that fits, as triggers have it", async () => {
    const { pipelines } = await create()
    const pipeline = definePipeline("p").waitForEvent("paid", {
      filter: { all: [{ prefix: { subject: "$.input.shop" } }, { sql: "source = 'till'" }] },
    })
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", { shop: "north/" })
    await reaches(pipelines, id, "waiting")
    expect(await pipelines.deliver("a", "event-1", eventOf("paid", { subject: "south/1", source: "till" }))).toBe(0)
    expect(await pipelines.deliver("a", "event-1", eventOf("paid", { subject: "north/1", source: "web" }))).toBe(0)
    expect(await pipelines.deliver("a", "event-1", eventOf("paid", { subject: "north/1", source: "till" }))).toBe(1)
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ output: { subject: "north/1" } })
    const wrong = definePipeline("p").map((item) => item.waitForEvent("paid", { filter: { sql: "source = " } }), {
      items: "$.input",
    })
    await expect(pipelines.define("a", wrong)).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: expect.stringMatching(/^steps\.0\.steps\.0\.filter/) }],
    })
  })

  test("for an event that does not come fails in time", async () => {
    const { pipelines, advance } = await create()
    await pipelines.define("a", definePipeline("p").waitForEvent("paid", { timeout: 60 }))
    const { id } = await pipelines.start("a", "p")
    await reaches(pipelines, id, "waiting")
    advance(60_000)
    expect(await reaches(pipelines, id, "failed", "succeeded")).toMatchObject({ error: { code: "FN_002" } })
  })

  test("for an approval goes on with what was said, or fails where it was refused", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("p").approval({ name: "boss" }))
    const ids = []
    for (let count = 0; count < 2; count++) ids.push((await pipelines.start("a", "p")).id)
    const [first = "", second = ""] = ids
    for (const id of ids) await reaches(pipelines, id, "waiting")
    await expect(pipelines.approve("a", first, "boss", { approved: "false" } as never)).rejects.toMatchObject({
      code: "FN_006",
    })
    await pipelines.approve("a", first, "boss", { approved: true, by: "ada" })
    await pipelines.approve("a", second, "boss", { approved: false, comment: "too dear" })
    expect(await reaches(pipelines, first, "succeeded")).toMatchObject({ output: { approved: true, by: "ada" } })
    expect(await reaches(pipelines, second, "failed")).toMatchObject({
      error: { code: "FN_009", message: 'Step "boss" was refused: too dear.' },
    })
    await expect(pipelines.approve("a", first, "boss", { approved: true })).rejects.toMatchObject({ code: "FN_001" })
  })
})

describe("what was written down", () => {
  test("is one write at the beginning, one after each step and one at the end, each of which the run waits for", async () => {
    const { pipelines, storage } = await create()
    const writes: string[] = []
    const note = <Part extends object>(part: Part): void => {
      for (const [name, method] of Object.entries(part)) {
        if (!/^(?:put|settle|cancel|claim|writeStep|(?:begin|complete|update|end|fail)Run)$/.test(name)) continue
        Object.assign(part, {
          [name](...given: unknown[]) {
            writes.push(name)
            return method(...given)
          },
        })
      }
    }
    note(storage.pipelines)
    note(storage.queue)
    await pipelines.define("a", definePipeline("p").step("double").step("double"))
    expect((await pipelines.run("a", "p", 1)).output).toBe(4)
    await new Promise((resolve) => setImmediate(resolve))
    expect(writes).toEqual(["beginRun", "writeStep", "writeStep", "completeRun"])
  })

  test("is not done again when another worker goes on", async () => {
    const { pipelines, advance, calls } = await create()
    const pipeline = definePipeline("p")
      .step("double")
      .map((each) => each.step("addOne").wait(10), { items: "$.input" })
    await pipelines.define("a", pipeline.step("echo"))
    const { id } = await pipelines.start("a", "p", [1, 2])
    await reaches(pipelines, id, "failed", "waiting")
    advance(10_000)
    await reaches(pipelines, id, "succeeded", "failed")
    expect(calls.filter(({ name }) => name.startsWith("addOne"))).toHaveLength(2)
    expect(calls.filter(({ name }) => name.startsWith("double"))).toHaveLength(1)
  })

  test("is taken over by a run that begins again from a step, with another input", async () => {
    const { pipelines, calls } = await create()
    await pipelines.define("a", definePipeline("p").step("double").step("addOne").step("echo"))
    const first = await pipelines.run("a", "p", 5)
    const { id } = await pipelines.rerun("a", first.id, { from: "addOne", input: 100 })
    const again = await reaches(pipelines, id, "succeeded", "failed")
    expect(again).toMatchObject({ output: 101, originId: first.id })
    expect(calls.map(({ name }) => name)).toEqual(["double@3", "addOne@3", "echo@3", "addOne@3", "echo@3"])
    await expect(pipelines.rerun("a", first.id, { from: "nobody" })).rejects.toMatchObject({ code: "FN_006" })
    expect(await pipelines.provenance("a", id)).toMatchObject({ input: 5, steps: [{ function: "double@3" }, {}, {}] })
  })

  test("stands in for another call with the same input for as long as the step says", async () => {
    const { pipelines, advance, calls } = await create()
    await pipelines.define("a", definePipeline("p").step("double", { cache: 60 }))
    await pipelines.run("a", "p", 5)
    expect(await pipelines.run("a", "p", 5)).toMatchObject({
      output: 10,
      steps: [{ cached: true, invocationId: null }],
    })
    await pipelines.run("a", "p", 6)
    advance(61_000)
    await pipelines.run("a", "p", 5)
    expect(calls.map(({ text }) => text)).toEqual(["5", "6", "5"])
  })

  test("stays when a run is cancelled; nothing goes on", async () => {
    const { pipelines, advance, calls } = await create()
    await pipelines.define("a", definePipeline("p").step("double").wait(60).step("addOne"))
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    expect(await pipelines.cancel("a", id)).toMatchObject({ status: "cancelled", error: { code: "FN_002" } })
    advance(61_000)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(calls).toHaveLength(1)
    expect(await pipelines.getRun("a", id)).toMatchObject({
      status: "cancelled",
      steps: [{ output: 2 }, {}, { status: "skipped" }],
    })
  })
})

describe("a step whose function is busy", () => {
  test("waits, as long as it is told to, without using up its tries", async () => {
    let calls = 0
    const { pipelines, advance } = await create({
      busy: (text) => {
        calls += 1
        if (calls < 4) throw new FunctionsError("FN_007", "Cannot run it: busy.", { retryAfterSeconds: 20 })
        return { type: "json", text }
      },
    })
    await pipelines.define("a", definePipeline("p").step("busy"))
    const { id } = await pipelines.start("a", "p", 1)
    for (let refused = 1; refused < 4; refused += 1) {
      const run = await reaches(pipelines, id, "waiting")
      expect(run.steps).toMatchObject([{ status: "waiting", attempts: 0 }])
      expect(calls).toBe(refused)
      advance(20_000)
      while (calls === refused) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ output: 1, steps: [{ attempts: 1 }] })
  })
})

test("a run whose caller has gone away is not accepted", async () => {
  const { pipelines } = await create()
  await pipelines.define("a", definePipeline("p").step("double"))
  const signal = AbortSignal.abort()
  await expect(pipelines.start("a", "p", 1, { signal })).rejects.toMatchObject({ code: "FN_002" })
  expect((await pipelines.listRuns("a", "p")).items).toEqual([])
})
