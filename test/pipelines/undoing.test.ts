import { afterEach, describe, expect, test } from "vitest"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { createOpener, over, reaches } from "./test-functions.ts"

let undone: unknown[] = []
const { create, closeAll } = createOpener({
  echo: over((value: unknown) => value),
  fail: over(() => {
    throw new RangeError("too much")
  }),
  undo: over(({ output }: { output: unknown }) => {
    undone.push(output)
  }),
})
afterEach(async () => {
  undone = []
  await closeAll()
})

const compensate = "undo"

describe("compensation", () => {
  test("undoes what stands in maps, ways, branches, other pipelines and catching steps, the last first", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("inner").step("echo", { input: "inner", compensate }))
    const pipeline = definePipeline("p")
      .map((item) => item.step("echo", { name: "item", compensate }), { items: "$.input", concurrency: 1 })
      .parallel({ way: (way) => way.step("echo", { name: "way", input: "way", compensate }) })
      .branch([
        {
          when: { value: "$.input", is: "exists" },
          steps: (way) => way.step("echo", { name: "branch", input: "branch", compensate }),
        },
      ])
      .pipeline("inner")
      .step("fail", { name: "caught", catch: (way) => way.step("echo", { name: "catch", input: "catch", compensate }) })
      .step("fail")
    await pipelines.define("a", pipeline)
    const run = await pipelines.run("a", "p", [1, 2])
    expect(run).toMatchObject({ status: "failed", error: { message: "too much" } })
    expect(undone).toEqual(["catch", "inner", "branch", "way", 2, 1])
  })

  test("that is cancelled under way may have taken effect: nobody goes on from what it undid", async () => {
    let begin = (): void => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const { pipelines } = await create({
      slow: (_, { signal }) =>
        new Promise((_, reject) => {
          begin()
          signal?.addEventListener("abort", () => reject(new Error("aborted")))
        }),
    })
    const pipeline = definePipeline("p")
      .step("echo", { name: "first" })
      .step("echo", { name: "second", compensate: "slow" })
      .step("fail")
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", 7)
    await begun
    expect(await pipelines.cancel("a", id)).toMatchObject({ status: "cancelled" })
    const { steps } = await pipelines.getRun("a", id)
    expect(steps.at(-1)).toMatchObject({ name: "second", kind: "compensation", status: "skipped", attempts: 0 })
    await expect(pipelines.rerun("a", id, { from: "fail" })).rejects.toThrow(
      /step "second" did not succeed, or was undone/,
    )
    expect(await pipelines.rerun("a", id, { from: "second" })).toMatchObject({ originId: id })
  })

  test("that fails is tried four times, is told, and hides neither the first error nor the others", async () => {
    let tries = 0
    const { pipelines, advance } = await create({
      stuck: over(() => {
        tries++
        throw new Error("cannot undo")
      }),
    })
    const pipeline = definePipeline("p").step("echo", { compensate }).step("echo", { compensate: "stuck" }).step("fail")
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", 7)
    for (let wait = 1; wait < 4; wait++) {
      await expect.poll(() => tries).toBe(wait)
      // While it is undone the run has the error that it will fail with.
      expect(await reaches(pipelines, id, "waiting")).toMatchObject({ error: { message: "too much" } })
      advance(10_000)
    }
    const run = await reaches(pipelines, id, "failed")
    expect(run.error).toMatchObject({ message: "too much" })
    expect(tries).toBe(4)
    expect(undone).toEqual([7])
    expect(run.steps.filter(({ kind }) => kind === "compensation")).toMatchObject([
      { name: "echo-2", path: "1.compensate", status: "failed", attempts: 4, error: { message: "cannot undo" } },
      { name: "echo", path: "0.compensate", status: "succeeded" },
    ])
  })

  test("goes on with all that was done, though it had to wait and other ways failed at once", async () => {
    let isReady = false
    const { pipelines, advance } = await create({
      later: over(({ output }: { output: unknown }) => {
        if (!isReady) throw new Error("not yet")
        undone.push(output)
      }),
    })
    let ready = definePipeline("p").step("echo", { input: "before", compensate: "later" })
    ready = ready.parallel({
      failing: (way) => way.wait(60, { name: "pause" }).step("fail"),
      long: (way) => {
        let steps = way
        for (let count = 0; count < 20; count++) steps = steps.step("echo", { input: count, compensate: "later" })
        return steps
      },
      mapped: (way) =>
        way.map((item) => item.step("echo", { name: "item", compensate: "later" }), {
          items: "$.input",
          concurrency: 1,
        }),
    })
    await pipelines.define("a", ready)
    const { id } = await pipelines.start("a", "p", ["x", "y", "z"])
    await reaches(pipelines, id, "waiting")
    advance(60_000)
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps.at(-1)?.kind).toBe("compensation")
    await reaches(pipelines, id, "waiting")
    isReady = true
    advance(60_000)
    await reaches(pipelines, id, "failed")
    const all = ["before", ...Array.from({ length: 20 }, (_, index) => index), "x", "y", "z"]
    expect(undone).toHaveLength(all.length)
    expect(new Set(undone)).toEqual(new Set(all))
    expect(undone.at(-1)).toBe("before")
  })

  test("of a run whose caller has gone goes on after a wait, and no step is begun any more", async () => {
    const controller = new AbortController()
    let isReady = false
    const { pipelines, advance, calls } = await create({
      leave: over((value: unknown) => {
        controller.abort()
        return value
      }),
      later: over(({ output }: { output: unknown }) => {
        if (!isReady) throw new Error("not yet")
        undone.push(output)
      }),
    })
    const pipeline = definePipeline("p").step("leave", { compensate: "later" }).step("echo")
    await pipelines.define("a", pipeline)
    const ending = pipelines.run("a", "p", 1, { signal: controller.signal })
    await expect.poll(() => calls.length).toBe(2)
    isReady = true
    setTimeout(() => advance(60_000), 50)
    expect(await ending).toMatchObject({ status: "failed", error: { code: "FN_002" } })
    expect(undone).toEqual([1])
    expect(calls.map(({ name }) => name)).toEqual(["leave@3", "later@3", "later@3"])
  })

  test("is never followed by a rerun that begins after it", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("p").step("echo", { compensate }).step("fail").step("echo"))
    const { id } = await pipelines.run("a", "p", 1)
    const refused = pipelines.rerun("a", id, { from: "fail" })
    await expect(refused).rejects.toMatchObject({ code: "FN_006", issues: [{ path: "from" }] })
    await expect(refused).rejects.toThrow('step "echo" did not succeed, or was undone')
    expect(await pipelines.rerun("a", id)).toMatchObject({ originId: id })
  })
})

describe("a rerun", () => {
  test("takes over nothing that an earlier rerun has undone, wherever it begins", async () => {
    let isBroken = false
    const { pipelines } = await create({
      flaky: over((value: unknown) => {
        if (isBroken) throw new Error("broken")
        return value
      }),
    })
    const pipeline = definePipeline("p").step("echo", { name: "book", compensate }).step("echo").step("flaky")
    await pipelines.define("a", pipeline)
    const first = await pipelines.run("a", "p", 1)
    isBroken = true
    const second = await pipelines.rerun("a", first.id, { from: "flaky" })
    await reaches(pipelines, second.id, "failed")
    expect(undone).toEqual([1])
    isBroken = false
    for (const id of [first.id, second.id]) {
      const refused = pipelines.rerun("a", id, { from: "flaky" })
      await expect(refused).rejects.toMatchObject({ code: "FN_006", issues: [{ path: "from" }] })
      await expect(refused).rejects.toThrow('step "book" did not succeed, or was undone')
    }
    const again = await pipelines.rerun("a", first.id)
    expect(await reaches(pipelines, again.id, "succeeded", "failed")).toMatchObject({ status: "succeeded" })
    // What this one has done stands.
    const last = await pipelines.rerun("a", again.id, { from: "flaky" })
    expect(await reaches(pipelines, last.id, "succeeded", "failed")).toMatchObject({ status: "succeeded" })
  })
})

describe("reruns of one run at once", () => {
  test("are refused while one is under way that may undo the steps which they have in common", async () => {
    const { pipelines, storage, advance } = await create()
    await pipelines.define(
      "a",
      definePipeline("p").step("echo", { compensate }).approval({ name: "boss" }).step("echo"),
    )
    const first = await pipelines.start("a", "p", 1)
    await reaches(pipelines, first.id, "waiting")
    const tooEarly = pipelines.rerun("a", first.id, { from: "boss" })
    await expect(tooEarly).rejects.toThrow(`run "${first.id}" has not ended, and may undo steps`)
    await pipelines.approve("a", first.id, "boss", { approved: true })
    await reaches(pipelines, first.id, "succeeded")
    const answers = await Promise.allSettled([1, 2, 3].map(() => pipelines.rerun("a", first.id, { from: "boss" })))
    const [accepted, ...others] = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []))
    expect(others).toEqual([])
    const [refused] = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []))
    expect(refused).toMatchObject({ code: "FN_006", issues: [{ path: "id" }] })
    expect(refused.message).toContain(`has steps in common with run "${accepted?.id}"`)
    if (!accepted) return
    await reaches(pipelines, accepted.id, "waiting")
    await expect(pipelines.rerun("a", first.id, { from: "boss" })).rejects.toThrow(accepted.id)
    await expect(pipelines.rerun("a", accepted.id, { from: "boss" })).rejects.toThrow("has not ended")
    // What takes nothing over is nobody's business.
    const whole = await pipelines.rerun("a", first.id)
    await pipelines.cancel("a", whole.id)
    await pipelines.cancel("a", accepted.id)
    const next = await pipelines.rerun("a", first.id, { from: "boss" })
    const { startedAt } = await reaches(pipelines, next.id, "waiting")
    // The jobs of those that have ended are not kept for ever, and without them the one that waits is known all the same.
    const weekMs = 7 * 86_400_000
    advance(weekMs)
    while ((await storage.queue.expire("cancelled", startedAt + 2 * weekMs, 10)) > 0);
    expect(await storage.queue.find("a", accepted.id)).toBeNull()
    await expect(pipelines.rerun("a", first.id, { from: "boss" })).rejects.toThrow(next.id)
  })

  test("are accepted where no step that they have in common can be undone", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("p").step("echo").approval({ name: "boss" }))
    const first = await pipelines.start("a", "p", 1)
    await reaches(pipelines, first.id, "waiting")
    const both = await Promise.all([1, 2].map(() => pipelines.rerun("a", first.id, { from: "boss" })))
    for (const { id } of both) await reaches(pipelines, id, "waiting")
  })
})

describe("steps that catch", () => {
  const caught = (way: ReturnType<typeof definePipeline>) => way.step("echo", { name: "instead" })
  const error = { code: "FN_004", name: "RangeError", message: "too much" }

  test("take the place of a map, a parallel, a branch or another pipeline that failed", async () => {
    const { pipelines } = await create()
    await pipelines.define("a", definePipeline("failing").step("fail"))
    const failing = definePipeline("failing")
    for (const pipeline of [
      definePipeline("p").map((item) => item.step("fail"), { items: "$.input", catch: caught }),
      definePipeline("p").parallel({ way: (way) => way.step("fail") }, { catch: caught }),
      definePipeline("p").branch([{ when: { value: "$.input", is: "exists" }, steps: (way) => way.step("fail") }], {
        catch: caught,
      }),
      definePipeline("p").pipeline(failing.name, { catch: caught }),
    ]) {
      await pipelines.define("a", pipeline)
      expect(await pipelines.run("a", "p", [1])).toMatchObject({ status: "succeeded", output: { error, input: [1] } })
    }
  })

  test("take the place of an event that did not come, and of an approval that was refused", async () => {
    const { pipelines, advance } = await create()
    const pipeline = definePipeline("p")
      .waitForEvent("paid", { timeout: 60, catch: (way) => way.step("echo", { input: "$.previous.error.code" }) })
      .approval({ name: "boss", catch: caught })
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", 1)
    await reaches(pipelines, id, "waiting")
    advance(60_000)
    await expect.poll(async () => (await pipelines.getRun("a", id)).steps.at(-1)?.name).toBe("boss")
    await pipelines.approve("a", id, "boss", { approved: false })
    const output = { error: { code: "FN_009" }, input: "FN_002" }
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ status: "succeeded", output })
  })

  test("are given the same failure when another worker goes on", async () => {
    const { pipelines, advance } = await create({
      second: over(() => {
        throw new Error("second")
      }),
    })
    const pipeline = definePipeline("p").parallel(
      { b: (way) => way.wait(1, { name: "pause" }).step("second"), a: (way) => way.step("fail") },
      { name: "both", catch: (way) => way.wait(60, { name: "rest" }).step("echo") },
    )
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", 1)
    const waiting = await reaches(pipelines, id, "waiting")
    expect(waiting.steps.find(({ name }) => name === "both")).toMatchObject({ status: "failed", error })
    advance(60_000)
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ output: { error } })
  })

  test("may not stand where a way of the same name would", async () => {
    expect(() => definePipeline("p").parallel({ catch: (way) => way.step("echo") })).toThrow(/no branch named "catch"/)
  })
})
