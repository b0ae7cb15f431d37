import { afterEach, describe, expect, test } from "vitest"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { parsePipelineDefinition } from "../../src/pipelines/parse-definition.ts"
import { createOpener, over, reaches } from "./test-functions.ts"

const { create, closeAll } = createOpener({
  add: over((values: readonly number[]) => values.reduce((one, other) => one + other, 0)),
  echo: over((value: unknown) => value),
  fail: over(() => {
    throw new RangeError("too much")
  }),
})
afterEach(closeAll)

/** The paths that a definition is refused for. */
function refusedPaths(steps: readonly unknown[]): readonly string[] | undefined {
  try {
    parsePipelineDefinition({ name: "p", steps })
  } catch (error) {
    return (error as { readonly issues?: readonly { readonly path: string }[] }).issues?.map(({ path }) => path)
  }
  return undefined
}

describe("steps that name what they wait for", () => {
  test("run side by side, each as soon as its inputs are there", async () => {
    const gates = new Map<string, () => void>()
    const begun: string[] = []
    const { pipelines } = await create({
      gate: over(async (name: string) => {
        begun.push(name)
        await new Promise<void>((resolve) => gates.set(name, resolve))
        return name
      }),
    })
    const pipeline = definePipeline("p")
      .step("gate", { name: "a", after: [], input: "a" })
      .step("gate", { name: "b", after: [], input: "b" })
      .step("gate", { name: "c", after: ["a"], input: "c" })
      .step("echo", { name: "d", after: [], input: { b: "$.steps.b", c: "$.steps.c" } })
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p")
    const open = async (name: string) => {
      await expect.poll(() => gates.has(name)).toBe(true)
      gates.get(name)?.()
    }
    await expect.poll(() => [...begun].sort()).toEqual(["a", "b"])
    await open("a")
    // It begins though "b" is still under way.
    await expect.poll(() => begun).toContain("c")
    await open("c")
    await open("b")
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ output: { b: "b", c: "c" } })
  })

  test("are given what they wait for: nothing, one output, or several by name", async () => {
    const { pipelines } = await create()
    const pipeline = definePipeline("p")
      .step("echo", { name: "first", after: [] })
      .step("add", { name: "two", after: [], input: ["$.input", 1] })
      .step("echo", { name: "one", after: ["first"] })
      .step("echo", { name: "both", after: ["one", "two"] })
      .step("echo", { name: "last" })
    await pipelines.define("a", pipeline)
    const run = await pipelines.run("a", "p", 5)
    expect(run.output).toEqual({ one: 5, two: 6 })
    expect(run.steps.find(({ name }) => name === "one")?.output).toBe(5)
  })

  test("end with the first that fails; what nobody waits for is begun no more", async () => {
    const { pipelines, calls } = await create({
      slow: (_text, { signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("ended")))),
    })
    const pipeline = definePipeline("p")
      .step("slow", { after: [] })
      .step("fail", { after: [] })
      .step("echo", { after: ["slow"] })
    await pipelines.define("a", pipeline)
    const run = await pipelines.run("a", "p", 1)
    expect(run).toMatchObject({ status: "failed", error: { message: "too much" } })
    expect(run.steps.find(({ name }) => name === "echo")).toMatchObject({ status: "skipped" })
    expect(calls).toHaveLength(2)
  })

  test("go on beside one that waits, and once it has what it waits for", async () => {
    const { pipelines, advance } = await create()
    const pipeline = definePipeline("p")
      .wait(60, { name: "pause", after: [] })
      .step("add", { after: [], input: ["$.input", 1] })
      .step("echo", { after: ["pause", "add"] })
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", 2)
    const waiting = await reaches(pipelines, id, "waiting")
    expect(waiting.steps).toMatchObject([{ name: "pause" }, { name: "add", output: 3 }])
    advance(60_000)
    expect(await reaches(pipelines, id, "succeeded")).toMatchObject({ output: { pause: 2, add: 3 } })
  })

  test("are done again with those that wait for them, and no others", async () => {
    const { pipelines, calls } = await create()
    const pipeline = definePipeline("p")
      .step("add", { name: "left", after: [], input: ["$.input", 1] })
      .step("add", { name: "right", after: [], input: ["$.input", 2] })
      .step("echo", { name: "after-left", after: ["left"] })
      .step("add", { name: "sum", after: [], input: ["$.steps.after-left", "$.steps.right"] })
    await pipelines.define("a", pipeline)
    const first = await pipelines.run("a", "p", 10)
    expect(first.output).toBe(23)
    calls.length = 0
    const { id } = await pipelines.rerun("a", first.id, { from: "right", input: [50, 50] })
    expect(await reaches(pipelines, id, "succeeded", "failed")).toMatchObject({ output: 111 })
    expect(calls.map(({ text }) => text)).toEqual(["[50,50]", "[11,100]"])
  })

  test("name earlier steps of their own list alone", () => {
    const inner = { kind: "map", name: "m", steps: [{ function: "a", name: "in", after: ["x"] }] }
    expect(refusedPaths([{ function: "a", name: "x", after: ["y"] }, inner])).toEqual([
      "steps.0.after.0",
      "steps.1.steps.0.after.0",
    ])
    expect(refusedPaths([{ function: "a", name: "x", after: ["x"] }])).toEqual(["steps.0.after.0"])
    expect(
      refusedPaths([
        { function: "a", name: "x" },
        { function: "a", after: ["x"] },
      ]),
    ).toBeUndefined()
  })
})

describe("references", () => {
  test.each([
    ["to a step that does not exist", [{ function: "a", input: { x: ["$.steps.b.c"] } }], "steps.0.input.x.0"],
    ["to a later step", [{ function: "a", input: "$.steps.b" }, { function: "b" }], "steps.0.input"],
    ["to the step itself", [{ function: "a", input: "$.steps.a" }], "steps.0.input"],
    [
      "into another way of a parallel",
      [{ kind: "parallel", branches: { l: [{ function: "a" }], r: [{ function: "b", input: "$.steps.a" }] } }],
      "steps.0.branches.r.0.input",
    ],
    ["to an item outside of a map", [{ function: "a", input: "$.item.id" }], "steps.0.input"],
    [
      "to an index in the steps that catch a map",
      [{ kind: "map", steps: [{ function: "a" }], catch: [{ function: "b", input: "$.index" }] }],
      "steps.0.catch.0.input",
    ],
    [
      "in a condition",
      [
        {
          kind: "branch",
          cases: [{ when: { not: { value: "$.steps.x", is: "exists" } }, steps: [{ function: "a" }] }],
        },
      ],
      "steps.0.cases.0.when.not.value",
    ],
    ["in a date", [{ kind: "wait", until: "$.steps.x" }], "steps.0.until"],
    ["in a match", [{ kind: "event", type: "paid", match: { id: "$.steps.x" } }], "steps.0.match.id"],
    ["in the items of a map", [{ kind: "map", items: "$.steps.x", steps: [{ function: "a" }] }], "steps.0.items"],
  ] as const)("%s are refused where they stand", (_, steps, path) => {
    expect(refusedPaths(steps)).toEqual([path])
  })

  test("to earlier steps, of lists around too, are taken", () => {
    const inner = [
      { function: "b", input: ["$.steps.a", "$.item", "$.index"], catch: [{ function: "c", input: "$.steps.a" }] },
    ]
    expect(
      refusedPaths([{ function: "a" }, { kind: "map", steps: inner }, { function: "d", input: "$.steps.map" }]),
    ).toBeUndefined()
  })

  test("may be written in a builder that does not know yet what surrounds it", () => {
    const pipeline = definePipeline("p")
      .step("a")
      .map((item) => item.step("b", { input: ["$.steps.a", "$.item"] }))
    expect(pipeline.toDefinition().steps).toHaveLength(2)
    const wrong = definePipeline("p").map((item) => item.step("b", { input: "$.steps.a" }))
    expect(() => wrong.toDefinition()).toThrow(
      /steps\.0\.steps\.0\.input: "\$\.steps\.a" is no step that comes before it/,
    )
  })
})

test("a definition that is nested without end is refused, and nothing breaks", () => {
  let condition: unknown = { value: "$.input", is: "exists" }
  let input: unknown = 1
  for (let depth = 0; depth < 100_000; depth++) {
    condition = { not: condition }
    input = [input]
  }
  const branch = { kind: "branch", cases: [{ when: condition, steps: [{ function: "a" }] }] }
  for (const step of [branch, { function: "a", input }]) expect(refusedPaths([step])).toEqual(["steps"])
  const round: { steps: unknown[]; name: string } = { name: "p", steps: [] }
  round.steps.push(round)
  expect(refusedPaths(round.steps)).toEqual(["steps"])
})
