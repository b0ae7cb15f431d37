import { afterEach, describe, expect, test } from "vitest"
import type { PipelineDefinition } from "../../src/model/pipeline.ts"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { createBench, createOpener, eventOf, over, reaches } from "./test-functions.ts"

const { create, closeAll } = createOpener({
  echo: over((value: unknown) => value),
  large: over(() => "x".repeat(9_000_000)),
  abyss: () => ({ type: "json", text: `${"[".repeat(50_000)}${"]".repeat(50_000)}` }),
})
afterEach(closeAll)

/** A pipeline of others, each named so often. */
const holding = (name: string, ...others: readonly string[]): PipelineDefinition => ({
  name,
  steps: others.map((pipeline, index) => ({ kind: "pipeline", name: `${pipeline}-${index}`, pipeline })),
})

describe("pipelines within pipelines", () => {
  test("that would close a circle are refused, whichever of them is defined last, and the circle is told", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("c").step("echo"))
    await pipelines.define("a", holding("b", "c"))
    await pipelines.define("a", definePipeline("a").step("echo").pipeline("b"))
    const closing = definePipeline("c").map((item) => item.step("echo").pipeline("a"), { items: "$.input" })
    await expect(pipelines.define("a", closing)).rejects.toMatchObject({
      code: "FN_006",
      message: 'Cannot define pipeline "c": step "a" closes a circle of pipelines: c → a → b → c.',
      issues: [{ path: "steps.0.steps.1.pipeline" }],
    })
    await expect(pipelines.define("a", holding("own", "own"))).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "steps.0.pipeline", message: "closes a circle of pipelines: own → own" }],
    })
    expect(await pipelines.run("a", "a", 5)).toMatchObject({ output: 5 })
  })

  test("that came to be a circle all the same, by two who defined at once, do not run", async () => {
    const { pipelines, storage } = await create()
    await pipelines.define("a", definePipeline("one").step("echo"))
    await pipelines.define("a", holding("two", "one"))
    await storage.pipelines.save("a", { ...holding("one", "two"), triggers: [] }, "id", 1)
    await expect(pipelines.start("a", "one")).rejects.toMatchObject({ code: "FN_006" })
  })

  test("that are missing are refused where they stand", async () => {
    const { pipelines } = await create()
    await expect(pipelines.define("a", holding("p", "gone"))).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "steps.0.pipeline" }],
    })
    await pipelines.define("a", definePipeline("inner").step("echo"))
    await pipelines.define("a", holding("p", "inner"))
    await pipelines.remove("a", "inner")
    await expect(pipelines.run("a", "p")).rejects.toMatchObject({ code: "FN_006" })
  })

  test("may be held 20 deep, and not multiply beyond the steps that one may have", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("p0").step("echo"))
    // 2, 4, 8, … steps: measured without walking all of them.
    for (let depth = 1; depth < 13; depth++) {
      await pipelines.define("a", holding(`p${depth}`, `p${depth - 1}`, `p${depth - 1}`))
    }
    const tooMany = pipelines.define("a", holding("p13", "p12", "p12"))
    await expect(tooMany).rejects.toThrow(/has more than 20000 steps, with those of the pipelines that it runs/)

    await pipelines.define("a", definePipeline("d0").step("echo"))
    for (let depth = 1; depth < 20; depth++) await pipelines.define("a", holding(`d${depth}`, `d${depth - 1}`))
    await expect(pipelines.define("a", holding("d20", "d19"))).rejects.toThrow(/more than 20 deep/)
    expect(await pipelines.run("a", "d19", 7)).toMatchObject({ status: "succeeded", output: 7 })
  })
})

describe("values", () => {
  test("that steps make of others may have 16 million characters, and fail the step beyond", async () => {
    const { pipelines } = await create()
    const large = (way: ReturnType<typeof definePipeline>) => way.step("large")
    for (const [pipeline, message] of [
      [definePipeline("p").parallel({ one: large, two: large }), 'step "parallel": its output would'],
      [
        definePipeline("p")
          .step("large")
          .step("echo", { input: ["$.previous", "$.previous"] }),
        'step "echo": its input would',
      ],
      [
        definePipeline("p")
          .step("large", { name: "l", after: [] })
          .step("large", { name: "m", after: [] })
          .step("echo", { after: ["l", "m"] }),
        'step "echo": its output would',
      ],
    ] as const) {
      await pipelines.define("a", pipeline)
      const run = await pipelines.run("a", "p", [1, 2])
      expect(run.status).toBe("failed")
      expect(run.error?.message).toContain(`${message} have more than 16777216 characters of JSON`)
      expect(run.steps.at(-1)).toMatchObject({ status: "failed", error: { code: "FN_004" } })
    }
    const caught = definePipeline("p").map(large, {
      items: "$.input",
      catch: (way) => way.step("echo", { input: "small" }),
    })
    await pipelines.define("a", caught)
    expect(await pipelines.run("a", "p", [1, 2])).toMatchObject({ status: "succeeded", output: "small" })
  })

  test("that nest deeper than can be written fail the step, and not the service", async () => {
    const { pipelines, reported } = await create()
    const deep = definePipeline("p").step("abyss")
    for (const pipeline of [
      definePipeline("p").parallel({ one: (way) => way.step("abyss") }),
      deep.step("echo", { cache: 60 }),
      deep.step("echo", { input: ["$.previous"] }),
      deep.branch([{ when: { value: "$.previous", is: "==", to: 1 }, steps: (way) => way.step("echo") }]),
    ]) {
      await pipelines.define("a", pipeline)
      const run = await pipelines.run("a", "p")
      const error = { code: "FN_004", message: expect.stringContaining("nested too deep") }
      expect(run).toMatchObject({ status: "failed", error })
      expect(run.steps.at(-1)).toMatchObject({ status: "failed", error })
    }
    expect(reported).toEqual([])
  })

  test("of ten thousand items go through a map", async () => {
    const { pipelines } = await create()
    await pipelines.define(
      "a",
      definePipeline("p").map((item) => item.step("echo"), { concurrency: 200 }),
    )
    const items = Array.from({ length: 10_000 }, (_, index) => index)
    const run = await pipelines.run("a", "p", items)
    expect(run).toMatchObject({ status: "succeeded" })
    expect(run.output).toEqual(items)
    expect(run.steps).toHaveLength(10_000)
  })

  test("of more than 100,000 items do not", async () => {
    const { pipelines } = await create()
    await pipelines.define(
      "a",
      definePipeline("p").map((item) => item.step("echo")),
    )
    const run = await pipelines.run("a", "p", Array(100_001).fill(0))
    expect(run).toMatchObject({ status: "failed", error: { code: "FN_004" } })
    expect(run.error?.message).toContain("more than 100000")
  })
})

describe("cancelling", () => {
  const pausing = definePipeline("p").step("echo", { compensate: "undo" })
  const undoing = () => {
    const undone: unknown[] = []
    const undo = over(({ output }: { output: unknown }) => {
      undone.push(output)
    })
    return { undone, undo }
  }

  test("ends an approval, an event, a wait and a pipeline within one; nothing of them is heard any more", async () => {
    const { undone, undo } = undoing()
    const { pipelines, advance } = await create({ undo })
    await pipelines.define("a", definePipeline("inner").approval({ name: "boss" }))
    for (const pipeline of [pausing.pipeline("inner"), pausing.waitForEvent("paid"), pausing.wait(60)]) {
      await pipelines.define("a", pipeline)
      const { id } = await pipelines.start("a", "p", 1)
      await reaches(pipelines, id, "waiting")
      expect(await pipelines.cancel("a", id)).toMatchObject({ status: "cancelled", error: { code: "FN_002" } })
      await expect(pipelines.approve("a", id, "boss", { approved: true })).rejects.toMatchObject({ code: "FN_001" })
      expect(await pipelines.deliver("a", "event-1", eventOf("paid"))).toBe(0)
      advance(61_000)
      expect(await pipelines.cancel("a", id, { undo: true })).toMatchObject({ status: "cancelled" })
    }
    expect(undone).toEqual([])
  })

  test("undoes what was done, where it is asked to: of a run that waits, and of one that works", async () => {
    const { undone, undo } = undoing()
    let hasBegun = false
    const { pipelines, calls } = await create({
      undo,
      slow: (_text, { signal }) =>
        new Promise((_, reject) => {
          hasBegun = true
          signal?.addEventListener("abort", () => reject(new Error("ended")))
        }),
    })
    const failed = { status: "failed", error: { code: "FN_002", message: "The run was cancelled." } }
    await pipelines.define("a", pausing.approval({ name: "boss" }))
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    await pipelines.cancel("a", id, { undo: true })
    await expect(pipelines.approve("a", id, "boss", { approved: true })).rejects.toMatchObject({ code: "FN_001" })
    expect(await reaches(pipelines, id, "failed")).toMatchObject(failed)

    await pipelines.define("a", pausing.step("slow").step("echo"))
    const running = await pipelines.start("a", "p", 2)
    await expect.poll(() => hasBegun).toBe(true)
    await pipelines.cancel("a", running.id, { undo: true })
    expect(await reaches(pipelines, running.id, "failed")).toMatchObject(failed)
    expect(undone).toEqual([1, 2])
    expect(calls.filter(({ name }) => name === "echo@3")).toHaveLength(2)
  })

  test("ends a run that has not begun, and leaves nothing to undo", async () => {
    const storage = await openMemoryStorage()
    const { pipelines, close } = await createBench(
      { echo: over(() => 1), undo: over(() => 1) },
      { storage, now: () => Date.UTC(2030, 0, 1) },
    )
    // It takes no more work.
    await close()
    await pipelines.define("a", pausing)
    const { id } = await pipelines.start("a", "p", 1)
    const cancelled = await pipelines.cancel("a", id, { undo: true })
    expect(cancelled.status).toBe("cancelled")
    expect(cancelled.steps.map(({ status }) => status)).not.toContain("succeeded")
    await storage.close()
  })
})
