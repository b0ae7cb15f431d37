import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { namePattern } from "../../src/model/name.ts"
import { definePipeline } from "../../src/pipelines/define-pipeline.ts"
import { parsePipelineDefinition } from "../../src/pipelines/parse-definition.ts"

/** The `FN_006` that the work throws. */
function refusal(work: () => unknown): FunctionsError {
  try {
    work()
  } catch (error) {
    if (error instanceof FunctionsError && error.code === "FN_006") return error
    throw error
  }
  return expect.fail("nothing was thrown")
}

describe("definePipeline", () => {
  test("writes down the steps in order, named after their functions", () => {
    const pipeline = definePipeline("segmentation").step("clean_data").step("transform_data").step("segment_data")
    expect(pipeline.toDefinition()).toEqual({
      name: "segmentation",
      steps: [
        { kind: "function", name: "clean_data", function: "clean_data" },
        { kind: "function", name: "transform_data", function: "transform_data" },
        { kind: "function", name: "segment_data", function: "segment_data" },
      ],
    })
  })

  test("leaves a builder as it is when steps are added to it", () => {
    const start = definePipeline("p").step("a")
    const one = start.step("b")
    const other = start.step("c")
    const functions = (pipeline: typeof start) => pipeline.toDefinition().steps.map(({ name }) => name)
    expect(functions(start)).toEqual(["a"])
    expect(functions(one)).toEqual(["a", "b"])
    expect(functions(other)).toEqual(["a", "c"])
  })

  test("keeps what runs the pipeline by itself, wherever it is written", () => {
    const nightly = { type: "schedule", cron: "0 3 * * *" } as const
    const paid = { type: "event", event: "order.paid" } as const
    const pipeline = definePipeline("p").on(nightly).step("a").on(paid)
    expect(pipeline.toDefinition().triggers).toEqual([nightly, paid])
    expect(definePipeline("p").step("a").toDefinition()).not.toHaveProperty("triggers")
  })

  test("refuses a route, what is no trigger at all, and a trigger within a step", () => {
    const route = { type: "http", path: "/a" } as never
    expect(refusal(() => definePipeline("p").on(route)).issues).toMatchObject([{ path: "triggers.0.type" }])
    const unknown = { type: "schedule", corn: "* * * * *" } as never
    expect(refusal(() => definePipeline("p").on(unknown)).issues).toMatchObject([{ path: "triggers.0.corn" }])
    const inner = () => definePipeline("p").map((steps) => steps.on({ type: "event" }).step("a"))
    expect(inner).toThrow(new TypeError('Cannot add a trigger within a step: pipeline "p" itself has triggers.'))
  })

  test("numbers a function that is called again, around names that are taken", () => {
    const long = "x".repeat(64)
    const pipeline = definePipeline("p")
      .step("a")
      .step("a@2")
      .step("b", { name: "a-3" })
      .step("a@live")
      .step("019a0000-0000-7000-8000-000000000000@1")
      .step(long)
      .step(long)
    const names = pipeline.toDefinition().steps.map((step) => step.name)
    expect(names).toEqual(["a", "a-2", "a-3", "a-4", "step", long, `${"x".repeat(62)}-2`])
  })

  test.each(["", "1a", "a b", "a@", "a@0", "a@b@c", "@1", "a/b", "a".repeat(65), "ä", 7, undefined])(
    "refuses %j as a function at once",
    (functionName) => {
      const error = refusal(() =>
        definePipeline("p")
          .step("a")
          .step(functionName as string),
      )
      expect(error.message).toContain('Cannot define pipeline "p": steps.1.function')
      expect(error.issues).toMatchObject([{ path: "steps.1.function" }])
    },
  )

  test("refuses wrong names of pipelines and steps, and a step's name that is taken", () => {
    expect(refusal(() => definePipeline("no name")).message).toContain('Cannot name a pipeline "no name"')
    expect(refusal(() => definePipeline("p").step("a", { name: "1" })).issues).toMatchObject([{ path: "steps.0.name" }])
    const twice = refusal(() => definePipeline("p").step("x", { name: "a" }).step("b", { name: "a" }))
    expect(twice.message).toBe('Cannot define pipeline "p": steps.1.name: "a" must be unique within the pipeline.')
    expect(twice.issues?.[0]?.path).toBe("steps.1.name")
  })
})

describe("parsePipelineDefinition", () => {
  test("reads what a builder writes, through JSON", () => {
    const definition = definePipeline("p").step("a").step("a").step("b@live", { name: "last" }).toDefinition()
    expect(parsePipelineDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition)
  })

  test("fills in kinds and names that are left out", () => {
    const definition = parsePipelineDefinition({ name: "p", steps: [{ function: "a" }, { function: "a" }] })
    expect(definition).toEqual(definePipeline("p").step("a").step("a").toDefinition())
  })

  test.each([
    [undefined, [""]],
    [[], [""]],
    [{}, ["name", "steps"]],
    [{ name: "p", steps: [] }, ["steps"]],
    [{ name: "p", steps: "a" }, ["steps"]],
    [{ name: "p", steps: ["a"] }, ["steps.0"]],
    [{ name: "no name", steps: [{ function: "a" }] }, ["name"]],
    [{ name: "p", steps: [{ function: "a", kind: "teleport" }] }, ["steps.0.kind"]],
    [{ name: "p", steps: [{ function: "a" }, { function: "../a", name: "" }] }, ["steps.1.name", "steps.1.function"]],
    [{ name: "p", steps: [{ function: "a", retries: 3 }] }, ["steps.0.retries"]],
    [{ name: "p", steps: [{ function: "a" }], owner: "me" }, ["owner"]],
    [
      {
        name: "p",
        steps: [
          { function: "x", name: "a" },
          { function: "b", name: "a" },
        ],
      },
      ["steps.1.name"],
    ],
    [{ name: "p", steps: Array(20_001).fill({ function: "a" }) }, ["steps"]],
  ])("refuses what is wrong, such as number %#, with the path of everything that is wrong", (value, paths) => {
    expect(refusal(() => parsePipelineDefinition(value)).issues?.map(({ path }) => path)).toEqual(paths)
  })

  test("reads a thousand steps", () => {
    const steps = Array(1_000).fill({ function: "a" })
    expect(parsePipelineDefinition({ name: "p", steps }).steps.at(-1)?.name).toBe("a-1000")
  })

  test("tells the first things that are wrong, and how many more there are", () => {
    const error = refusal(() => parsePipelineDefinition({ name: "p", steps: Array(5).fill({ function: 7 }) }))
    expect(error.message).toMatch(/^Cannot define pipeline "p": steps\.0\.function: .*; and 2 more\.$/)
  })

  test("gives unique names of the right form or refuses, whatever it is given", () => {
    const name = fc.constantFrom("a", "b", "a-2", "a-3", "a@1", "1", "", "x".repeat(64))
    const step = fc.record({ function: name, name: fc.oneof(name, fc.constant(undefined)) })
    const value = fc.oneof(fc.record({ name, steps: fc.array(step) }), fc.anything())
    fc.assert(
      fc.property(value, (given) => {
        let names: readonly string[]
        try {
          names = parsePipelineDefinition(given).steps.map((each) => each.name)
        } catch (error) {
          expect(error).toMatchObject({ code: "FN_006" })
          return
        }
        expect(new Set(names).size).toBe(names.length)
        for (const each of names) expect(each).toMatch(namePattern)
      }),
    )
  })

  test.each([null, {}, new Date(Number.NaN), "tomorrow", "2026-02-30", "$.nope"])(
    "refuses to wait for %j, and says what it would wait for",
    (time) => {
      const error = refusal(() => definePipeline("p").wait(time as never))
      const message = expect.stringMatching(/^must be a date of ISO 8601, epoch milliseconds, or a reference/)
      expect(error).toMatchObject({ code: "FN_006", issues: [{ path: "steps.0.until", message }] })
    },
  )
})
