import fc from "fast-check"
import { afterEach, describe, expect, test } from "vitest"
import type { PipelineDefinition, PipelineStep } from "../../src/model/pipeline.ts"
import { definePipeline, type PipelineBuilder } from "../../src/pipelines/define-pipeline.ts"
import { toMermaid } from "../../src/pipelines/mermaid.ts"
import { parsePipelineDefinition } from "../../src/pipelines/parse-definition.ts"
import { arbitrarySteps } from "./arbitrary-pipeline.ts"
import { createOpener, over, reaches } from "./test-functions.ts"

const { create, closeAll } = createOpener({
  echo: over((value: unknown) => value),
  fail: over(() => {
    throw new Error("no")
  }),
})
afterEach(closeAll)

// A text in which nothing but letters, digits, harmless marks, numbered entities and line breaks stand.
const label = /"(?:[\p{L}\p{N} _.,$@:()/+=!…-]|#\d+;|<br\/>)*"/u.source
const shapes = [
  "\\[L\\]",
  "\\{\\{L\\}\\}",
  "\\{L\\}",
  "\\(L\\)",
  ">L\\]",
  "\\[/L\\\\\\]",
  "\\[\\[L\\]\\]",
  "\\(\\[L\\]\\)",
]
const node = new RegExp(`^ +(n\\d+)(?:${shapes.join("|").replaceAll("L", label)})$`, "u")
const frame = new RegExp(`^ +subgraph (n\\d+)\\[${label}\\]$`, "u")
const edge = new RegExp(`^ {2}(n\\d+) (?:-->|-- ${label} -->|-\\. "fails" \\.->) (n\\d+)$`, "u")
const classes =
  /^ {2}(?:classDef (?:failed|waiting|undone|succeeded) [\w:#,-]+|class n\d+(?:,n\d+)* (?:failed|waiting|undone|succeeded))$/

/** The nodes and edges of a flowchart in the part of Mermaid's language that is written here; fails for any other line. */
function read(chart: string) {
  const [head, ...lines] = chart.trimEnd().split("\n")
  expect(head).toBe("flowchart TD")
  const nodes: string[] = []
  const edges: (readonly [string, string])[] = []
  let open = 0
  for (const line of lines) {
    const [, own] = frame.exec(line) ?? node.exec(line) ?? []
    const [, from, to] = edge.exec(line) ?? []
    if (own !== undefined) nodes.push(own)
    if (frame.test(line)) open++
    else if (/^ +end$/.test(line)) open--
    else if (from !== undefined && to !== undefined) edges.push([from, to])
    else if (own === undefined) expect(line).toMatch(classes)
  }
  expect(open).toBe(0)
  return { nodes, edges }
}

const chart = (pipeline: PipelineBuilder) => pipeline.toMermaid()

test("a pipeline is drawn step by step, with its ways, its conditions and what catches", () => {
  const pipeline = definePipeline("order")
    .parallel({
      stock: (way) => way.map((item) => item.step("reserve", { compensate: "release" }), { items: "$.input.items" }),
      total: (way) => way.step("sum"),
    })
    .branch([
      { when: { value: "$.previous.total", is: ">", to: 100 }, steps: (way) => way.approval({ name: "agree" }) },
    ])
    .step("charge@live", { name: "charge", catch: (way) => way.step("apologise") })
  expect(chart(pipeline)).toBe(`flowchart TD
  n0(["order"])
  n1{{"parallel"}}
  subgraph n2["map<br/>for each of $.input.items"]
    n3["reserve<br/>undone by release"]
  end
  n4["sum"]
  n5{"branch"}
  n6[/"agree<br/>approval"\\]
  n7["charge<br/>charge@live"]
  n8["apologise"]
  n9(["end"])
  n1 -- "stock" --> n3
  n1 -- "total" --> n4
  n5 -- "$.previous.total #62; 100" --> n6
  n7 -. "fails" .-> n8
  n3 --> n5
  n4 --> n5
  n6 --> n7
  n5 -- "else" --> n7
  n0 --> n1
  n7 --> n9
  n8 --> n9
`)
})

test("steps that name what they wait for are joined with those", () => {
  const pipeline = definePipeline("p")
    .step("a", { after: [] })
    .step("b", { after: [] })
    .step("c", { after: [], input: ["$.steps.a", "$.steps.b"] })
  expect(read(chart(pipeline)).edges.map((ends) => ends.join(" "))).toEqual([
    "n1 n3",
    "n2 n3",
    "n0 n1",
    "n0 n2",
    "n3 n4",
  ])
})

test("no text of a pipeline is more than a text in its chart", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom('"]', "end", "-->", "`**x**`", "</script>", "#34;", "%%{init: {}}%%"),
  )
  fc.assert(
    fc.property(text, text, text, (type, value, key) => {
      const when = { value: `$.input.${key}`, is: "==", to: value } as const
      const inner: readonly PipelineStep[] = [{ kind: "event", name: "e", type }]
      const steps: readonly PipelineStep[] = [
        { kind: "branch", name: "b", cases: [{ when, steps: inner }] },
        { kind: "map", name: "m", items: `$.input.${key}`, steps: [{ kind: "wait", name: "w", until: value }] },
      ]
      expect(read(toMermaid("p", steps)).nodes).toHaveLength(6)
    }),
  )
})

test("every step of any pipeline is drawn once, and leads from the beginning to the end", () => {
  fc.assert(
    fc.property(arbitrarySteps, (steps) => {
      const definition = parsePipelineDefinition({ name: "p", steps })
      const { nodes, edges } = read(toMermaid("p", definition.steps))
      expect(new Set(nodes).size).toBe(nodes.length)
      const names = JSON.stringify(steps).match(/"name":/g) ?? []
      expect(nodes).toHaveLength(names.length + 2)
      const reached = new Set(["n0"])
      for (let before = 0; before < reached.size; ) {
        before = reached.size
        for (const [from, to] of edges) if (reached.has(from)) reached.add(to)
      }
      expect(reached.has(nodes.at(-1) ?? "")).toBe(true)
      for (const ends of edges) for (const end of ends) expect(nodes).toContain(end)
    }),
  )
})

describe("a run", () => {
  test("is coloured by what became of its steps", async () => {
    const { pipelines } = await create({ undo: over(() => null) })
    await pipelines.define("a", definePipeline("inner").step("echo"))
    const pipeline = definePipeline("p")
      .map((item) => item.step("echo", { compensate: "undo" }), { items: "$.input" })
      .pipeline("inner")
      .approval({ name: "boss" })
      .step("echo")
    await pipelines.define("a", pipeline)
    const { id } = await pipelines.start("a", "p", [1, 2])
    await reaches(pipelines, id, "waiting")
    const waiting = await pipelines.runToMermaid("a", id)
    expect(read(waiting).nodes).toHaveLength(8)
    expect(waiting).toContain("  class n2,n4 succeeded\n")
    expect(waiting).toContain("  class n5 waiting\n")
    await pipelines.approve("a", id, "boss", { approved: false })
    await reaches(pipelines, id, "failed")
    const failed = await pipelines.runToMermaid("a", id)
    expect(failed).toContain("  class n5 failed\n")
    expect(failed).toContain("  class n2 undone\n")
    expect(await pipelines.toMermaid("a", "p")).not.toContain("class ")
    await expect(pipelines.toMermaid("a", "none")).rejects.toMatchObject({ code: "FN_001" })
    await expect(pipelines.runToMermaid("b", id)).rejects.toMatchObject({ code: "FN_001" })
  })
})

describe("a definition in code and one in JSON", () => {
  /** The same in code. */
  function write(builder: PipelineBuilder, steps: readonly Record<string, unknown>[]): PipelineBuilder {
    const inner = (given: unknown) => (way: PipelineBuilder) => write(way, given as readonly Record<string, unknown>[])
    return steps.reduce<PipelineBuilder>((all, { kind, catch: caught, ...step }) => {
      const { function: called, pipeline, branches, steps: within, cases, otherwise, seconds, ...options } = step
      const own = { ...options, ...(caught !== undefined && { catch: inner(caught) }) }
      if (kind === "parallel") {
        const ways = Object.entries(branches as object).map(([name, way]) => [name, inner(way)] as const)
        return all.parallel(Object.fromEntries(ways), own)
      }
      if (kind === "map") return all.map(inner(within), own)
      if (kind === "branch") {
        const written = (cases as readonly { when: never; steps: unknown }[]).map((one) => ({
          when: one.when,
          steps: inner(one.steps),
        }))
        return all.branch(written, { ...own, otherwise: inner(otherwise) })
      }
      if (kind === "wait") return all.wait(seconds as number, own)
      if (kind === "pipeline") return all.pipeline(pipeline as string, own)
      return all.step(called as string, own)
    }, builder)
  }

  test("say the same, and stay the same through JSON", () => {
    fc.assert(
      fc.property(arbitrarySteps, (steps) => {
        const parsed = parsePipelineDefinition({ name: "p", steps })
        const built: PipelineDefinition = write(definePipeline("p"), steps).toDefinition()
        expect(built).toEqual(parsed)
        expect(parsePipelineDefinition(JSON.parse(JSON.stringify(built)))).toEqual(built)
      }),
    )
  })
})
