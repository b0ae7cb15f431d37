import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it, onTestFinished } from "vitest"
import { Lookout } from "../../src/sandbox/pool/lookout.ts"
import { threadBegins, threadRests } from "../../src/util/busy-threads.ts"

/** Answers when it is looked at for the second time. */
function createAnswerer(lookout: Lookout) {
  const answerer = {
    looks: 0,
    takeMail() {
      answerer.looks++
      if (answerer.looks % 2 === 0) lookout.answered(answerer)
    },
  }
  return answerer
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Time stands still. */
const now = () => 0

/** A lookout whose last task was answered at once, so that it looks for the next answer. */
function createExpectant(cores: number) {
  const lookout = new Lookout(cores, now)
  const answerer = createAnswerer(lookout)
  lookout.expect(answerer)
  lookout.answered(answerer)
  return { lookout, answerer }
}

describe("the lookout for the answer to a lone task", () => {
  it("looks between the turns of the event loop, until the answer is there", async () => {
    const { lookout, answerer } = createExpectant(2)
    expect(lookout.isAwake).toBe(true)
    lookout.expect(answerer)
    await turns(6)
    expect(answerer.looks).toBe(2)
  })

  it("sleeps where the last answer came late, or none has come yet", async () => {
    const lookout = new Lookout(2, now)
    const answerer = createAnswerer(lookout)
    lookout.expect(answerer)
    await turns(3)
    expect(answerer.looks).toBe(0)
  })

  it("sleeps after a while, and is woken", async () => {
    let time = 0
    const lookout = new Lookout(2, () => time)
    const answerer = createAnswerer(lookout)
    lookout.expect(answerer)
    lookout.answered(answerer)
    lookout.expect(answerer)
    time = 0.2
    await turns(3)
    expect(answerer.looks).toBe(1)
    lookout.answered(answerer)
    lookout.expect(answerer)
    expect(lookout.isAwake).toBe(true)
  })

  it("sleeps where it has no core of its own", async () => {
    const { lookout, answerer } = createExpectant(1)
    expect(lookout.isAwake).toBe(false)
    lookout.expect(answerer)
    await turns(3)
    expect(answerer.looks).toBe(0)
  })

  it("leaves the core to another thread that works for the service", async () => {
    const { lookout, answerer } = createExpectant(2)
    lookout.expect(answerer)
    threadBegins()
    onTestFinished(threadRests)
    expect(lookout.isAwake).toBe(false)
    await turns(6)
    expect(answerer.looks).toBe(1)
  })

  it("stops when the task gets company", async () => {
    const { lookout, answerer } = createExpectant(2)
    lookout.expect(answerer)
    lookout.giveUp()
    await turns(3)
    expect(answerer.looks).toBe(0)
  })

  it("receives in nobody's context", async () => {
    const contexts = new AsyncLocalStorage<string>()
    const lookout = new Lookout(2, now)
    const seen: (string | undefined)[] = []
    const answerer = {
      takeMail() {
        seen.push(contexts.getStore())
        lookout.answered(answerer)
      },
    }
    lookout.expect(answerer)
    lookout.answered(answerer)
    contexts.run("a request", () => lookout.expect(answerer))
    await turns(3)
    expect(seen).toEqual([undefined])
  })
})
