import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { functionOf } from "./reuse.ts"
import { call, openRuntime, outputOf } from "./sandbox.ts"

const runtime = openRuntime()

describe("calls of one instance", () => {
  it("have their own randomness and clock", async () => {
    const { output } = functionOf(
      runtime,
      "() => [Math.random(), crypto.randomUUID(), performance.timeOrigin, performance.now(), count()]",
    )
    const answers = []
    for (let index = 0; index < 20; index++) {
      const [before, beganAt] = [performance.now(), Date.now()]
      const [random, id, origin, now, count] = (await output()) as [number, string, number, number, number]
      answers.push([random, id, origin >= beganAt - 1, now <= performance.now() - before + 1, count])
    }
    expect(new Set(answers.map(([random]) => random)).size).toBe(20)
    expect(new Set(answers.map(([, id]) => id)).size).toBe(20)
    expect(answers.map((answer) => answer.slice(2))).toEqual(answers.map((_, index) => [true, true, index + 1]))
  })

  it("have their own environment, console and log", async () => {
    const { run } = functionOf(
      runtime,
      `(n) => {
      process.env.CHANGED ??= "by " + n
      console.group("group " + n)
      console.count("counted")
      console.time("timer")
      return process.env.CHANGED
    }`,
    )
    for (const n of [1, 2, 3]) {
      const result = await run(n)
      expect(outputOf(result)).toBe(`by ${n}`)
      expect(result.logs.map(({ message }) => message)).toEqual([`group ${n}`, "  counted: 1"])
    }
  })

  it("give code that holds an earlier call's context the present call", async () => {
    const { run } = functionOf(
      runtime,
      `async (input, context) => {
      globalThis.first ??= context
      const { first } = globalThis
      first.log("logged by " + input)
      first.waitUntil(new Promise((done) => setTimeout(() => { console.log("waited for by " + input); done() }, 5)))
      return [first.invocationId, context.invocationId, first.env.WHO ?? "nobody", first.signal === context.signal]
    }`,
    )
    for (const id of ["one", "two"]) {
      const result = await run(id, { invocationId: id })
      expect(outputOf(result)).toEqual(["one", id, "nobody", true])
      expect(result.logs.map(({ message }) => message)).toEqual([`logged by ${id}`, `waited for by ${id}`])
    }
  })

  it("end with what they gave to waitUntil, and only then does the next one begin", async () => {
    const { run } = functionOf(
      runtime,
      `(_, { waitUntil }) => {
        const before = globalThis.done ?? 0
        waitUntil(new Promise((settle) => setTimeout(() => { globalThis.done = before + 1; settle() }, 20)))
        return [before, count()]
      }`,
      { maxInstances: 1 },
    )
    expect([outputOf(await run()), outputOf(await run())]).toEqual([
      [0, 1],
      [1, 2],
    ])
  })

  it("end with the streams that they answer", async () => {
    const { run, functionId } = functionOf(
      runtime,
      `() => new Response(new ReadableStream({
        async pull(controller) {
          this.left ??= 3
          await new Promise((done) => setTimeout(done, 2))
          if (this.left-- > 0) controller.enqueue(new TextEncoder().encode("call " + (calls || count()) + ";"))
          else { count(); controller.close() }
        },
      }))`,
      { kind: "http", maxInstances: 1 },
    )
    const texts: Promise<string>[] = []
    const input = { type: "request", method: "GET", url: "http://localhost/", headers: [], body: null } as const
    for (let index = 0; index < 3; index++) {
      const { outcome } = await run(null, {
        input,
        functionId,
        acceptsStream: true,
        onAnswer: (answer) => {
          if (answer.type === "stream") texts.push(new Response(answer.body).text())
        },
      })
      expect(outcome.ok).toBe(true)
    }
    expect(await Promise.all(texts)).toEqual([1, 2, 3].map((n) => `call ${n};`.repeat(3)))
  })

  it("answer for themselves, whatever an earlier one has done to the globals", async () => {
    const { run } = functionOf(
      runtime,
      `(n) => {
      if (n === 0) {
        const { getOwnPropertyNames } = Object
        for (const target of [Promise, Promise.prototype, Map.prototype, Array.prototype, Function.prototype, JSON, Object]) {
          const names = getOwnPropertyNames(target)
          for (let index = 0; index < names.length; index++) {
            if (names[index] !== "constructor") try { target[names[index]] = () => { throw new Error("patched") } } catch {}
          }
        }
        Object.prototype.then = (done) => done("another's answer")
        Object.prototype.keeps = Object.prototype.answered = true
      }
      return count() === n + 1 && n * 2
    }`,
    )
    for (let n = 0; n < 5; n++) expect([n, outputOf(await run(n))]).toEqual([n, n * 2])
  })

  it("are each given their own answer, however they interleave", async () => {
    const { version, functionId } = functionOf(
      runtime,
      `async ({ id, waits, leaves, early }, { waitUntil }) => {
        const mine = globalThis.last = id
        for (const [index, ms] of waits.entries()) {
          await new Promise((done) => setTimeout(done, ms))
          console.log(id + ":" + index)
        }
        if (leaves) setTimeout(() => console.log("never"), 100)
        if (leaves) fetch("https://example.com/").catch(() => {})
        if (early) waitUntil(new Promise((done) => setTimeout(done, 1)))
        return [mine, globalThis.last === id, count()]
      }`,
      { maxInstances: 3 },
    )
    const shape = fc.record({
      waits: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      leaves: fc.boolean(),
      early: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 12 }), async (shapes) => {
        const results = await Promise.all(
          shapes.map((given, id) => call(runtime, version, { id, ...given }, { functionId })),
        )
        for (const [id, result] of results.entries()) {
          expect((outputOf(result) as unknown[]).slice(0, 2)).toEqual([id, true])
          expect(result.logs.map(({ message }) => message)).toEqual(
            shapes[id]?.waits.map((_, index) => `${id}:${index}`),
          )
        }
      }),
      { numRuns: 40 },
    )
  })
})
