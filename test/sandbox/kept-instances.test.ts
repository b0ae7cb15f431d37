import fc from "fast-check"
import { expect, it } from "vitest"
import { type KeepingCall, KeptInstances } from "../../src/sandbox/pool/kept-instances.ts"
import { versionOf } from "./sandbox.ts"

/** A thread as far as instances are concerned: whom it keeps what for. */
class Thread {
  readonly tasks = { size: 0 }
  readonly kept: Map<number, string> = new Map()
  lost = false
  retire(name: number): void {
    this.kept.delete(name)
  }
}

interface Running {
  readonly call: KeepingCall
  readonly owner: string
  readonly thread: Thread
}

const maxInstances = 3
const step = fc.record({
  act: fc.constantFrom(
    "start",
    "start",
    "start",
    "begin",
    "finish",
    "finish",
    "wait",
    "end",
    "revoke",
    "lose",
    "retire",
  ),
  who: fc.nat({ max: 5 }),
  which: fc.nat(),
  keeps: fc.boolean(),
  laterMs: fc.constantFrom(0, 1, 100_000, 300_000),
})

it("gives an instance to one call at a time, of its own function and environment, and loses none", () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let now = 0
      const kept = new KeptInstances({ maxBytes: 60, now: () => now })
      const threads = [new Thread(), new Thread()]
      const queued: Running[] = []
      const running: Running[] = []
      const take = (call: KeepingCall, owner: string) => {
        const free = threads.filter(({ lost }) => !lost)
        const thread = kept.take(call, () => free) ?? (free[0] as Thread)
        queued.push({ call, owner, thread })
      }
      for (const { act, who, which, keeps, laterMs } of steps) {
        now += laterMs
        const [organisation, functionId, environment] = [`o${who % 2}`, `f${who % 3}`, `{"E":"${who % 2}"}`]
        const version = versionOf("", { organisation, maxInstances })
        const owner = `${organisation} ${functionId} ${environment}`
        const at = <Item>(items: Item[]) => items.splice(which % Math.max(1, items.length), 1)[0]
        if (act === "start")
          take(
            { version, functionId, begun: false, cancelled: false, keptAs: undefined, input: { environment } },
            owner,
          )
        else if (act === "begin") {
          const one = at(queued)
          if (!one) continue
          const found = one.thread.kept.get(one.call.keptAs ?? -1)
          if (found !== undefined) expect(found).toBe(one.owner)
          one.thread.kept.delete(one.call.keptAs ?? -1)
          running.push(one)
        } else if (act === "finish") {
          const one = at(running)
          const name = one?.call.keptAs
          if (!one) continue
          if (name !== undefined && keeps) one.thread.kept.set(name, one.owner)
          kept.finish(one.call, one.thread, name !== undefined && keeps ? { name, bytes: 9 } : undefined)
        } else if (act === "wait") {
          const one = running[which % Math.max(1, running.length)]
          if (one) one.call.begun = true
        } else if (act === "end") {
          const one = keeps ? at(queued) : at(running.filter(({ call }) => call.begun))
          if (!one) continue
          one.call.cancelled = laterMs === 1
          kept.end(one.call)
          if (running.includes(one)) running.splice(running.indexOf(one), 1)
        } else if (act === "revoke") {
          const one = at(queued)
          if (one) take(one.call, one.owner)
        } else if (act === "lose") {
          const [lost] = threads.splice(which % 2, 1, new Thread())
          if (!lost) continue
          lost.lost = true
          kept.lose(lost)
          for (const one of running.filter(({ thread }) => thread === lost)) {
            running.splice(running.indexOf(one), 1)
            kept.end(one.call)
          }
          for (const one of queued.filter(({ thread }) => thread === lost)) {
            queued.splice(queued.indexOf(one), 1)
            take(one.call, one.owner)
          }
        } else kept.retire(functionId)
        const names = [...queued, ...running].map(({ call }) => call.keptAs).filter((name) => name !== undefined)
        expect(new Set(names).size).toBe(names.length)
        const held = threads.flatMap((thread) => [...thread.kept.values()])
        for (const each of new Set(held)) {
          expect(held.filter((other) => other === each).length).toBeLessThanOrEqual(maxInstances)
        }
        expect(held.length * 9).toBeLessThanOrEqual(60 + names.length * 9)
      }
      for (const { call } of [...queued, ...running]) kept.end(call)
      for (const functionId of ["f0", "f1", "f2"]) kept.retire(functionId)
      expect(threads.flatMap((thread) => [...thread.kept.keys()])).toEqual([])
      kept.close()
    }),
    { numRuns: 500 },
  ))

it("gives what a call had whose caller went away to no other, though the call may have ended in its thread by then", () => {
  const kept = new KeptInstances({ maxBytes: 60, now: () => 0 })
  const thread = new Thread()
  const version = versionOf("", { maxInstances })
  const begin = (): KeepingCall => {
    const call = {
      version,
      functionId: "f",
      begun: false,
      cancelled: false,
      keptAs: undefined,
      input: { environment: "{}" },
    }
    kept.take(call, () => [thread])
    return call
  }
  const finish = (call: KeepingCall, name = 0) => {
    thread.kept.set(name, "f")
    kept.finish(call, thread, { name, bytes: 9 })
  }
  const first = begin()
  const name = first.keptAs
  finish(first, name)
  const second = begin()
  expect(second.keptAs).toBe(name)
  second.cancelled = true
  kept.end(second)
  const third = begin()
  expect(third.keptAs).not.toBe(name)
  finish(second, name)
  expect(thread.kept.size).toBe(0)
  third.cancelled = true
  finish(third, third.keptAs)
  expect(thread.kept.size).toBe(0)
  kept.close()
})

it("ends in its thread what a call was to have that never begins, where the function was deployed anew meanwhile", () => {
  const kept = new KeptInstances({ maxBytes: 60, now: () => 0 })
  const thread = new Thread()
  const version = versionOf("", { maxInstances })
  const begin = (): KeepingCall => {
    const input = { environment: "{}" }
    const call = { version, functionId: "f", begun: false, cancelled: false, keptAs: undefined, input }
    kept.take(call, () => [thread])
    return call
  }
  const first = begin()
  const name = first.keptAs ?? -1
  thread.kept.set(name, "f")
  kept.finish(first, thread, { name, bytes: 9 })
  const second = begin()
  expect(second.keptAs).toBe(name)
  kept.retire("f")
  kept.end(second)
  expect(thread.kept.size).toBe(0)
  kept.close()
})
