import { MessageChannel } from "node:worker_threads"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { Mailbox } from "../../src/sandbox/mailbox.ts"

interface Line {
  readonly here: Mailbox<string, string>
  readonly there: Mailbox<string, string>
  readonly cameHere: string[]
  readonly cameThere: string[]
}

function createLine(): Line {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const cameHere: string[] = []
  const cameThere: string[] = []
  const here = new Mailbox<string, string>(port1, { shared, posted: 0, coming: 1 }, (text) => cameHere.push(text))
  const there = new Mailbox<string, string>(port2, { shared, posted: 1, coming: 0 }, (text) => cameThere.push(text))
  return { here, there, cameHere, cameThere }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe("a mailbox", () => {
  it("brings what nobody looks for, to both ends", async () => {
    const { here, there, cameHere, cameThere } = createLine()
    here.post("to there")
    there.post("to here")
    await expect.poll(() => [...cameHere, ...cameThere]).toEqual(["to here", "to there"])
  })

  it("gives at once what is looked for, once", async () => {
    const { here, there, cameThere } = createLine()
    expect(there.take()).toBe(false)
    here.post("one")
    here.post("two")
    expect(there.take()).toBe(true)
    expect(cameThere).toEqual(["one", "two"])
    expect(there.take()).toBe(false)
    await turn()
    await turn()
    expect(cameThere).toEqual(["one", "two"])
  })

  it("gives what comes while a message is received after it", () => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const came: string[] = []
    const here = new Mailbox<string, string>(port1, { shared, posted: 0, coming: 1 }, () => undefined)
    const there = new Mailbox<string, string>(port2, { shared, posted: 1, coming: 0 }, (text) => {
      if (text === "first") here.post("second")
      came.push(text)
    })
    here.post("first")
    there.take()
    expect(came).toEqual(["first", "second"])
  })

  it("gives what was sent by somebody who ended before it was counted", () => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port1.close())
    const came: string[] = []
    const counts = { shared: new Int32Array(new SharedArrayBuffer(8)), posted: 0, coming: 1 }
    const mailbox = new Mailbox<string, string>(port1, counts, (text) => came.push(text))
    port2.postMessage("the last")
    expect(mailbox.take()).toBe(false)
    mailbox.drain()
    expect(came).toEqual(["the last"])
  })

  it("loses nothing, doubles nothing and keeps the order, however it is looked into", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("post", "take", "turn"), { maxLength: 60 }), async (steps) => {
        const { here, there, cameThere } = createLine()
        let posted = 0
        for (const step of steps) {
          if (step === "post") here.post(String(posted++))
          else if (step === "take") {
            there.take()
            expect(cameThere.length).toBe(posted)
          } else await turn()
        }
        await expect.poll(() => cameThere.length).toBe(posted)
        expect(cameThere).toEqual(Array.from({ length: posted }, (_, index) => String(index)))
      }),
      { numRuns: 50 },
    )
  })
})
