import type { PipelineStep } from "../model/pipeline.ts"
import type { StepRow } from "../ports/pipeline-storage.ts"
import { conditionText, labelOf, quoted, shapeOf } from "./mermaid-labels.ts"
import { dependenciesOf } from "./references.ts"

/** Where a way leaves a step, and what stands on it. */
interface Exit {
  readonly from: string
  readonly label?: string
}

/** What stands for a step or a list of steps: the nodes that it begins with, and where it is left. */
interface Drawn {
  readonly entries: readonly string[]
  readonly exits: readonly Exit[]
}

/** A row of a run, with the part of its path that is still ahead. */
interface Ahead {
  readonly row: Pick<StepRow, "status" | "kind">
  readonly path: readonly string[]
}

type State = "failed" | "waiting" | "undone" | "succeeded"

/** What stands on a node where several rows are its own: the first of these. */
const states: Readonly<Record<State, string>> = {
  failed: "fill:#ffd8d8,stroke:#c92a2a,color:#000",
  waiting: "fill:#fff3bf,stroke:#e67700,color:#000",
  undone: "fill:#e9ecef,stroke:#495057,color:#000,stroke-dasharray:4",
  succeeded: "fill:#d3f9d8,stroke:#2b8a3e,color:#000",
}

/** A pipeline as a Mermaid flowchart; with the rows of a run its steps are coloured by what became of them. */
export function toMermaid(name: string, steps: readonly PipelineStep[], rows?: readonly StepRow[]): string {
  const nodes: string[] = []
  const edges: string[] = []
  const coloured = new Map<State, string[]>()
  let count = 0

  const nextId = () => `n${count++}`
  const write = (depth: number, line: string) => nodes.push(`${"  ".repeat(depth)}${line}`)
  const connect = (exits: readonly Exit[], entries: readonly string[]) => {
    for (const { from, label } of exits) {
      const arrow = label === undefined ? "-->" : `-- ${quoted(label)} -->`
      for (const to of entries) edges.push(`  ${from} ${arrow} ${to}`)
    }
  }
  const colour = (id: string, own: readonly Ahead[]) => {
    const state = stateOf(own.filter(({ path }) => path.length === 0 || path[0] === "compensate"))
    if (state) coloured.set(state, [...(coloured.get(state) ?? []), id])
  }

  function drawList(list: readonly PipelineStep[], own: readonly Ahead[], depth: number): Drawn {
    const byPlace = inPlaces(own)
    const isOrdered = list.some(({ after }) => after !== undefined)
    const needs = isOrdered ? dependenciesOf(list) : list.map((_, index) => (index === 0 ? [] : [index - 1]))
    const drawn = list.map((step, index) => drawStep(step, byPlace.get(String(index)) ?? [], depth))
    const left = new Set(drawn.keys())
    for (const [index, { entries }] of drawn.entries()) {
      for (const need of needs[index] ?? []) {
        left.delete(need)
        connect(drawn[need]?.exits ?? [], entries)
      }
    }
    return {
      entries: drawn.flatMap(({ entries }, index) => (needs[index]?.length === 0 ? entries : [])),
      exits: [...left].flatMap((index) => drawn[index]?.exits ?? []),
    }
  }

  function drawStep(step: PipelineStep, own: readonly Ahead[], depth: number): Drawn {
    const id = nextId()
    colour(id, own)
    const drawn = drawBody(step, id, own, depth)
    if (!step.catch) return drawn
    const instead = drawList(step.catch, inPlaces(own).get("catch") ?? [], depth)
    for (const to of instead.entries) edges.push(`  ${id} -. "fails" .-> ${to}`)
    return { ...drawn, exits: [...drawn.exits, ...instead.exits] }
  }

  function drawBody(step: PipelineStep, id: string, own: readonly Ahead[], depth: number): Drawn {
    if (step.kind === "map") return drawFrame(step, id, step.steps, own.map(behind), depth)
    if (step.kind === "pipeline" && step.steps) return drawFrame(step, id, step.steps, own, depth)
    const [open, close] = shapeOf(step.kind)
    write(depth, `${id}${open}${labelOf(step)}${close}`)
    const ways = waysOf(step)
    if (!ways) return { entries: [id], exits: [{ from: id }] }
    const byWay = inPlaces(own)
    const exits = ways.flatMap(({ place, label, steps: inner }) => {
      const way = drawList(inner, byWay.get(place) ?? [], depth)
      connect([{ from: id, label }], way.entries)
      return way.exits
    })
    const isOpen = step.kind === "branch" && !step.otherwise
    return { entries: [id], exits: isOpen ? [...exits, { from: id, label: "else" }] : exits }
  }

  function drawFrame(
    step: PipelineStep,
    id: string,
    inner: readonly PipelineStep[],
    own: readonly Ahead[],
    depth: number,
  ): Drawn {
    write(depth, `subgraph ${id}[${labelOf(step)}]`)
    const drawn = drawList(inner, own, depth + 1)
    write(depth, "end")
    return drawn
  }

  const begin = nextId()
  write(1, `${begin}([${quoted(name)}])`)
  const all = (rows ?? []).map((row) => ({ row, path: row.path.split(".") }))
  const drawn = drawList(steps, all, 1)
  const end = nextId()
  write(1, `${end}(["end"])`)
  connect([{ from: begin }], drawn.entries)
  connect(drawn.exits, [end])
  const classes = [...coloured].flatMap(([state, ids]) => [
    `  classDef ${state} ${states[state]}`,
    `  class ${ids.join(",")} ${state}`,
  ])
  return `${["flowchart TD", ...nodes, ...edges, ...classes].join("\n")}\n`
}

/** The ways of a step that are not gone one after the other; undefined where it has none. */
function waysOf(
  step: PipelineStep,
): readonly { readonly place: string; readonly label: string; readonly steps: readonly PipelineStep[] }[] | undefined {
  if (step.kind === "parallel") {
    return Object.entries(step.branches).map(([name, steps]) => ({ place: name, label: name, steps }))
  }
  if (step.kind !== "branch") return undefined
  const cases = step.cases.map(({ when, steps }, index) => ({
    place: String(index),
    label: conditionText(when),
    steps,
  }))
  return step.otherwise ? [...cases, { place: "otherwise", label: "else", steps: step.otherwise }] : cases
}

function inPlaces(rows: readonly Ahead[]): ReadonlyMap<string, readonly Ahead[]> {
  const places = new Map<string, Ahead[]>()
  for (const { row, path } of rows) {
    const [place, ...rest] = path
    if (place === undefined) continue
    const known = places.get(place)
    if (known) known.push({ row, path: rest })
    else places.set(place, [{ row, path: rest }])
  }
  return places
}

/** A map's rows are those of all its items. */
function behind({ row, path }: Ahead): Ahead {
  return { row, path: path.slice(1) }
}

function stateOf(rows: readonly Ahead[]): State | undefined {
  const found = new Set(
    rows.map(({ row }) => (row.kind === "compensation" && row.status === "succeeded" ? "undone" : row.status)),
  )
  return (Object.keys(states) as State[]).find((state) => found.has(state))
}
