import { beforeEach, describe, expect, it } from "vitest"
import { definePipeline, type PipelineRun } from "../../src/index.ts"
import { openService } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1)
const service = openService({ now: () => nowMs, queue: { pollMs: 5 }, admission: { maxQueued: 0 } })

/** The functions that were called since the test began, in order. */
let called: string[] = []
beforeEach(() => {
  called = []
  return service.functions.on("invocation.finished", ({ name, status }) => {
    called.push(status === "succeeded" ? name : `${name} failed`)
  })
})

const reaches = async (id: string, ...statuses: readonly string[]): Promise<PipelineRun> => {
  for (;;) {
    const run = await service.functions.pipelines.getRun(id)
    if (statuses.includes(run.status)) return run
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const say = (word: string) => `export default (given) => given + " ${word}"`

describe("a step whose function has a chain", () => {
  it("calls the versions that its run began with, and a rerun the same ones", async () => {
    const { functions } = service
    await functions.deploy({ name: "first", source: say("first"), config: { chain: ["link"] } })
    await functions.deploy({ name: "undo", source: say("undo"), config: { chain: ["link"] } })
    await functions.deploy({ name: "link", source: say("old") })
    const pipeline = definePipeline("bound").approval({ name: "go" })
    await functions.pipelines.define(pipeline.step("first", { input: "so", compensate: "undo" }))
    const { id } = await functions.pipelines.start("bound")
    await reaches(id, "waiting")
    await functions.deploy({ name: "link", source: say("new") })
    await functions.pipelines.approve(id, "go", { approved: true })
    expect(await reaches(id, "succeeded", "failed")).toMatchObject({ output: "so first old" })
    const again = await functions.pipelines.rerun(id, { from: "first" })
    expect(await reaches(again.id, "succeeded", "failed")).toMatchObject({ output: "so first old" })

    const { steps, surroundings } = await functions.pipelines.provenance(again.id)
    expect(steps[1]).toMatchObject({
      function: "first@1",
      chain: ["link@1"],
      compensate: "undo@1",
      compensateChain: ["link@1"],
    })
    expect(surroundings?.functions.map(({ name, version }) => `${name}@${version}`)).toEqual([
      "first@1",
      "link@1",
      "undo@1",
    ])
  })

  it("is undone by the chain of the function that undoes it, in the versions of the run's beginning", async () => {
    const { functions } = service
    await functions.deploy({ name: "done", source: "export default () => 1" })
    await functions.deploy({ name: "undoes", source: "export default () => 'undone'", config: { chain: ["tell"] } })
    await functions.deploy({ name: "tell", source: say("old") })
    const pipeline = definePipeline("undone").step("done", { compensate: "undoes" }).approval({ name: "go" })
    await functions.pipelines.define(pipeline)
    const { id } = await functions.pipelines.start("undone")
    await reaches(id, "waiting")
    await functions.deploy({ name: "tell", source: say("new") })
    await functions.pipelines.approve(id, "go", { approved: false })
    const { steps } = await reaches(id, "failed")
    expect(steps.at(-1)).toMatchObject({ kind: "compensation", output: "undone old" })
  })

  it("is not taken from the cache where another version of a later function is called", async () => {
    const { functions } = service
    await functions.deploy({ name: "start_of", source: say("start"), config: { chain: ["end_of"] } })
    await functions.deploy({ name: "end_of", source: say("old") })
    await functions.pipelines.define(definePipeline("cached").step("start_of", { cache: 3600 }))
    const run = async () => {
      const { output, steps } = await functions.pipelines.run("cached", "so")
      return [output, steps[0]?.cached ?? false]
    }
    expect(await run()).toEqual(["so start old", false])
    expect(await run()).toEqual(["so start old", true])
    await functions.deploy({ name: "end_of", source: say("new") })
    expect(await run()).toEqual(["so start new", false])
    expect(await run()).toEqual(["so start new", true])
  })

  it("goes on at the function that was busy, or failed, and calls none before it again", async () => {
    const { functions } = service
    const source = `import { kv } from "inlay/sdk"
      export default async (given) => {
        if (given === "hold") return new Promise((resolve) => setTimeout(resolve, 20_000))
        if (!(await kv.get("tried"))) { await kv.set("tried", true); throw new Error("not yet") }
        return given + " narrow"
      }`
    await functions.deploy({ name: "wide", source: say("wide"), config: { chain: ["narrow"] } })
    await functions.deploy({ name: "narrow", source, config: { concurrency: 1 } })
    await functions.pipelines.define(definePipeline("held").step("wide", { retry: { attempts: 2, delay: 60 } }))
    const controller = new AbortController()
    const held = functions.run("narrow", "hold", { signal: controller.signal })
    const { id } = await functions.pipelines.start("held", "so")
    // As the busy service says when to come again, more than once.
    await reaches(id, "waiting")
    nowMs += 1000
    await expect.poll(async () => (await functions.pipelines.getRun(id)).status).toBe("waiting")
    expect(called).toEqual(["wide"])
    controller.abort()
    await held.catch(() => {})
    nowMs += 1000
    const tried = async () => (await functions.pipelines.getRun(id)).steps[0]
    await expect.poll(async () => (await tried())?.attempts).toBe(1)
    expect(await tried()).toMatchObject({ status: "waiting", error: { message: "not yet" } })
    expect(await tried()).not.toHaveProperty("output")
    nowMs += 60_000
    expect(await reaches(id, "succeeded", "failed")).toMatchObject({
      output: "so wide narrow",
      steps: [{ attempts: 2 }],
    })
    expect(called.filter((name) => name === "wide")).toEqual(["wide"])
  })
})

it("an enqueued call whose chain comes to a busy function has used up a try", async () => {
  const { functions } = service
  const source = "export default (given) => new Promise((resolve) => setTimeout(resolve, 20_000, given))"
  await functions.deploy({ name: "front", source: say("front"), config: { chain: ["back"], retry: { attempts: 2 } } })
  await functions.deploy({ name: "back", source, config: { concurrency: 1 } })
  const controller = new AbortController()
  const held = functions.run("back", 1, { signal: controller.signal })
  const { id } = await functions.enqueue("front", "so")
  const seen = async () => (await functions.invocations.get(id)) as { status: string; attempts: readonly unknown[] }
  for (const count of [1, 2]) {
    await expect.poll(async () => (await seen()).attempts.length).toBe(count)
    nowMs += 60_000
  }
  expect(await seen()).toMatchObject({ status: "failed", error: { code: "FN_007" } })
  expect(called.filter((name) => name === "front")).toHaveLength(2)
  controller.abort()
  await held.catch(() => {})
})
