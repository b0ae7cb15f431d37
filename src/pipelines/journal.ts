import type { PipelineStore, RunClaim, StepRow } from "../ports/pipeline-storage.ts"

/** What a run has written down, and writes on. */
export interface Journal {
  /** The step at this path, where it was begun. */
  recall(path: string): StepRow | undefined
  /** Whether an earlier worker wrote down the step at this path, or one within it. */
  hadBegun(path: string): boolean
  /** Writes a step down; throws `Superseded` where the run is not this worker's any more. */
  write(step: Omit<StepRow, "position">): Promise<StepRow>
  /** Ends what waits within the step at this path, but not in what catches its failure; at an empty path, all that waits. */
  giveUp(path: string, at: number): Promise<void>
  readonly steps: () => readonly StepRow[]
  /** About how many characters it holds. */
  readonly size: () => number
  /** Has the run again, under another claim, with the steps that were ended from outside meanwhile. */
  goOn(claim: Pick<RunClaim, "fence" | "steps">): void
}

/** Thrown where another worker has the run, or somebody ended the step from outside: what happened here does not count. */
export class Superseded extends Error {
  override readonly name = "Superseded"
  constructor(runId: string) {
    super(`Cannot go on with pipeline run "${runId}": another worker has it, or it changed meanwhile.`)
  }
}

/** Opens the journal of a claimed run. */
export function openJournal(store: PipelineStore, { run, fence: firstFence, steps }: RunClaim): Journal {
  let fence = firstFence
  const known = new Map<string, StepRow>()
  const waiting = new Map<string, StepRow>()
  /** What earlier workers wrote down, or this one under an earlier claim. */
  let earlier: readonly string[] = steps.map(({ path }) => path)
  let begun: ReadonlySet<string> | undefined
  let last = -1
  let size = 0
  for (const step of steps) keep(step)

  function keep(step: StepRow): void {
    size += sizeOf(step) - sizeOf(known.get(step.path))
    last = Math.max(last, step.position)
    known.set(step.path, step)
    if (step.status === "waiting") waiting.set(step.path, step)
    else waiting.delete(step.path)
  }

  async function write(given: Omit<StepRow, "position">): Promise<StepRow> {
    const position = known.get(given.path)?.position ?? last + 1
    last = Math.max(last, position)
    // As it will be read again: whole milliseconds.
    const { startedAt, endedAt, wakeAt } = given
    const times = { startedAt: toWhole(startedAt), endedAt: toWhole(endedAt), wakeAt: toWhole(wakeAt) }
    const step = { ...given, ...times, position }
    if (!(await store.writeStep(run.organisation, run.id, fence, step))) throw new Superseded(run.id)
    keep(step)
    return step
  }

  return {
    write,
    recall: (path) => known.get(path),
    hadBegun(path) {
      begun ??= new Set(earlier.flatMap((place) => [...placesAround(place)]))
      return begun.has(path)
    },
    async giveUp(path, at) {
      const left = [...waiting.values()].filter(({ path: place }) => isWithin(place, path))
      await Promise.all(left.map((step) => write({ ...step, status: "skipped", wakeAt: null, endedAt: at })))
    },
    steps: () => [...known.values()].sort((one, other) => one.position - other.position),
    size: () => size,
    goOn(claim) {
      fence = claim.fence
      for (const step of claim.steps) keep(step)
      earlier = [...known.keys()]
      begun = undefined
    },
  }
}

function sizeOf(step: StepRow | undefined): number {
  return step === undefined ? 0 : rowChars + step.path.length + (step.output?.length ?? 0)
}

/** What a row holds beside its path and its output, about. */
const rowChars = 300

function toWhole(time: number | null): number | null {
  return time === null ? null : Math.round(time)
}

function isWithin(place: string, path: string): boolean {
  return path === "" || (place.startsWith(`${path}.`) && !place.startsWith(`${path}.catch.`))
}

/** A path and those of all that holds it. */
function* placesAround(path: string): Generator<string> {
  for (let end = path.length; end > 0; end = path.lastIndexOf(".", end - 1)) yield path.slice(0, end)
}
