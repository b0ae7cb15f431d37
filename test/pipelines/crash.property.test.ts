import fc from "fast-check"
import { expect, test } from "vitest"
import type { PipelineDefinition, PipelineRun } from "../../src/model/pipeline.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { arbitrarySteps } from "./arbitrary-pipeline.ts"
import { createBench, over } from "./test-functions.ts"

const sizeOf = (value: unknown) => JSON.stringify(value).length
const functions = {
  grow: over((value: unknown) => sizeOf(value) * 3 + 1),
  pair: over((value: unknown) => [sizeOf(value), 7]),
  odd_fails: over((value: unknown) => {
    if (sizeOf(value) % 2 === 1) throw new Error("odd")
    return sizeOf(value)
  }),
  undo: over(() => null),
}

/**
 * The storage as a process sees it that dies with the given call of `pipelines` or `queue` that changes something: with the
 * change made or not, the process never hears of it, nor of anything else.
 */
function dyingWith(storage: Storage, lastCall: number): { readonly storage: Storage; readonly isDead: () => boolean } {
  let left = lastCall
  const seenBy = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, key) {
        const method = Reflect.get(target, key)
        if (typeof method !== "function") return method
        if (key === "watch") return method
        return (...given: readonly unknown[]) => {
          if (left <= 0) return new Promise(() => {})
          const isLast =
            /^(?:claim|writeStep|updateRun|completeRun|keepCached|settle|take)$/.test(String(key)) && --left === 0
          if (!isLast || lastCall % 2 === 0) {
            const answer = method.apply(target, given)
            if (!isLast) return answer
          }
          return new Promise(() => {})
        }
      },
    })
  return {
    storage: { ...storage, queue: seenBy(storage.queue), pipelines: seenBy(storage.pipelines) },
    isDead: () => left <= 0,
  }
}

/** Runs a pipeline to its end with a process after the other, each of which dies after so many changes; the last one lives. */
async function runThrough(definition: PipelineDefinition, lives: readonly number[]): Promise<PipelineRun> {
  const storage = await openMemoryStorage()
  let time = Date.UTC(2030, 0, 1)
  const now = () => time++
  const first = await createBench(functions, { storage, now })
  await first.pipelines.define("a", { name: "other", steps: [{ kind: "function", name: "a", function: "grow" }] })
  await first.pipelines.define("a", definition)
  // Nobody works on it before the first of those that die does.
  await first.close()
  const { id } = await first.pipelines.start("a", definition.name, [1, 22])
  for (const life of [...lives, Number.POSITIVE_INFINITY]) {
    const dying = dyingWith(storage, life)
    const bench = await createBench(functions, { storage: dying.storage, now })
    const { pipelines } = first
    for (;;) {
      const run = await pipelines.getRun("a", id)
      if (run.endedAt !== null) {
        if (!dying.isDead()) await bench.close()
        await storage.close()
        return run
      }
      // The lease of one that died runs out; a run that waits has its time come.
      if (dying.isDead() || run.status === "waiting") time += 101_000
      if (dying.isDead()) break
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  throw new Error("The last process lived, and the run did not end.")
}

const asSeen = ({ status, output, error }: PipelineRun) => ({ status, output, error: error?.message })

test("a run comes to the same, however often the process dies under it, and all is undone that is to be", async () => {
  const lives = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(arbitrarySteps, lives, async (steps, given) => {
      const definition = { name: "p", steps } as unknown as PipelineDefinition
      const undisturbed = await runThrough(definition, [])
      const disturbed = await runThrough(definition, given)
      expect(asSeen(disturbed)).toEqual(asSeen(undisturbed))
      for (const run of [undisturbed, disturbed]) {
        const paths = run.steps.map(({ path }) => path)
        expect(new Set(paths).size).toBe(paths.length)
        // What the cache answered was not done here.
        const toUndo = run.steps.filter(
          ({ name, kind, status, cached }) =>
            kind === "function" && name.startsWith("u") && status === "succeeded" && !cached,
        )
        const undone = run.steps.filter(({ kind, status }) => kind === "compensation" && status === "succeeded")
        const expected = run.status === "failed" ? toUndo.map(({ path }) => `${path}.compensate`) : []
        expect(undone.map(({ path }) => path).sort()).toEqual(expected.sort())
      }
    }),
    { numRuns: 25 },
  )
})
