import { describe, expect, it } from "vitest"
import { createGuest, type Guest } from "./harness.ts"

/** Runs a handler's body; answers each timer that it starts at once, in their order, until it has answered. */
function run(body: string, guest: Guest = createGuest()): unknown {
  guest.load(`export default async () => { ${body} }`).start()
  for (let answered = 0; guest.named("timer").length > answered; answered++) {
    const { id } = guest.json("timer")[answered] as { id: number }
    guest.settle({ id, ok: true })
  }
  return guest.output()
}

describe("channels", () => {
  it("deliver clones of messages in their order, each in a task of its own", () => {
    expect(
      run(`
        const { port1, port2 } = new MessageChannel(), seen = [], value = { n: 1 }
        port1.postMessage(value); port1.postMessage("two"); port1.postMessage("three")
        value.n = 2
        await new Promise((done) => {
          port2.onmessage = ({ data, ports, isTrusted }) => {
            seen.push([data, ports.length, isTrusted])
            Promise.resolve().then(() => seen.push("job"))
            if (data === "three") setTimeout(done)
          }
        })
        return seen`),
    ).toEqual([[{ n: 1 }, 0, true], "job", ["two", 0, true], "job", ["three", 0, true], "job"])
  })

  it("hold messages until the port is started", () => {
    expect(
      run(`
        const { port1, port2 } = new MessageChannel(), seen = []
        port2.addEventListener("message", (event) => seen.push(event.data))
        port1.postMessage(1)
        await new Promise((done) => setTimeout(done))
        const before = [...seen]
        port2.start()
        await new Promise((done) => setTimeout(done))
        return [before, seen]`),
    ).toEqual([[], [1]])
  })

  it("hand over ports, with what is on its way to them, and ArrayBuffers", () => {
    expect(
      run(`
        const outer = new MessageChannel(), inner = new MessageChannel(), buffer = new Uint8Array([1, 2]).buffer
        inner.port1.postMessage("early")
        outer.port1.postMessage({ port: inner.port2, buffer }, [inner.port2, buffer])
        const event = await new Promise((done) => { outer.port2.onmessage = done })
        const { port } = event.data
        const first = await new Promise((done) => { port.onmessage = (inside) => done(inside.data) })
        return [buffer.byteLength, event.data.buffer.byteLength, event.ports[0] === port, port === inner.port2, first]`),
    ).toEqual([0, 2, true, false, "early"])
  })

  it("are handed over by structuredClone, once", () => {
    expect(
      run(`
        const { port1, port2 } = new MessageChannel()
        const moved = structuredClone({ port: port2 }, { transfer: [port2] }).port
        port1.postMessage("x")
        const data = await new Promise((done) => { moved.onmessage = (event) => done(event.data) })
        const names = [() => structuredClone(port2, { transfer: [port2] }), () => structuredClone(port1)].map((attempt) => {
          try { attempt() } catch (error) { return error.name }
        })
        return [data, names]`),
    ).toEqual(["x", ["DataCloneError", "DataCloneError"]])
  })

  it("refuse to send a port through itself, and what cannot be cloned; nothing is taken then", () => {
    expect(
      run(`
        const { port1 } = new MessageChannel(), buffer = new ArrayBuffer(4)
        const names = [() => port1.postMessage(0, [port1]), () => port1.postMessage(() => {}, [buffer]), () => new MessagePort()]
          .map((attempt) => { try { attempt() } catch (error) { return error.name } })
        return [names, buffer.byteLength]`),
    ).toEqual([["DataCloneError", "DataCloneError", "TypeError"], 4])
  })

  it("tell the other end that they were closed, and deliver no more", () => {
    expect(
      run(`
        const { port1, port2 } = new MessageChannel(), seen = []
        port2.onmessage = ({ data }) => seen.push(data)
        port1.postMessage("before")
        port1.close()
        port1.postMessage("after")
        await new Promise((done) => { port2.onclose = done })
        return seen`),
    ).toEqual(["before"])
  })

  it("keep one timer open, however many messages wait", () => {
    const guest = createGuest()
    guest
      .load(
        "export default () => { const c = new MessageChannel(); c.port2.onmessage = () => {}; for (let i = 0; i < 1000; i++) c.port1.postMessage(i) }",
      )
      .start()
    expect(guest.named("timer")).toHaveLength(1)
  })

  it("send nothing while a module loads", () => {
    expect(() => createGuest().load("new MessageChannel().port1.postMessage(1); export default 1")).toThrow(
      "postMessage is not available while a module loads",
    )
  })
})

describe("errors that nobody catches", () => {
  it("reach listeners of the global object, and are logged unless one prevents it", () => {
    const guest = createGuest()
    expect(
      run(
        `
        const seen = []
        addEventListener("error", (event) => {
          seen.push([event.constructor.name, event.message, event.error.message, event.target === globalThis, event.lineno > 0])
          if (event.error.message === "quiet") event.preventDefault()
        })
        setTimeout(() => { throw new Error("loud") })
        await new Promise((done) => setTimeout(done))
        reportError(new TypeError("quiet"))
        return seen`,
        guest,
      ),
    ).toEqual([
      ["ErrorEvent", "Uncaught Error: loud", "loud", true, true],
      ["ErrorEvent", "Uncaught TypeError: quiet", "quiet", true, true],
    ])
    expect(guest.logs().map((line) => line.split("\n")[0])).toEqual(["Uncaught Error: loud"])
  })

  it("reach onerror with their parts; true means dealt with", () => {
    const guest = createGuest()
    expect(
      run(
        `
        const seen = []
        globalThis.onerror = function (...given) { seen.push([given.length, given[0], given[4]]); return given[4] === 1 }
        reportError(1)
        reportError(2)
        const same = typeof onerror
        onerror = null
        reportError(3)
        return [seen, same, onerror]`,
        guest,
      ),
    ).toEqual([
      [
        [5, "Uncaught Error: 1", 1],
        [5, "Uncaught Error: 2", 2],
      ],
      "function",
      null,
    ])
    expect(guest.logs()).toEqual(["Uncaught Error: 2", "Uncaught Error: 3"])
  })

  it("of an error listener itself are logged, and not told to it again", () => {
    const guest = createGuest()
    expect(
      run(
        `let n = 0; addEventListener("error", () => { n++; throw new Error("again") }); reportError(1); return n`,
        guest,
      ),
    ).toBe(1)
    expect(guest.logs().map((line) => line.split("\n")[0])).toEqual(["Uncaught Error: again", "Uncaught Error: 1"])
  })

  it("are logged where nobody listens", () => {
    const guest = createGuest()
    run("reportError(new Error('x'))", guest)
    expect(guest.logs()[0]).toContain("Uncaught Error: x")
  })
})

describe("the global object", () => {
  it("is a target: listens, dispatches, forgets", () => {
    expect(
      run(`
        const seen = [], listener = (event) => seen.push(event.type, event.currentTarget === globalThis)
        addEventListener("a", listener); self.dispatchEvent(new Event("a"))
        removeEventListener("a", listener); dispatchEvent(new Event("a"))
        return seen`),
    ).toEqual(["a", true])
  })

  it("has handlers that read as null until they are set, and take nothing but functions and objects", () => {
    expect(
      run(`
        const read = () => [onerror, onunhandledrejection, onrejectionhandled].map((handler) => handler === null ? null : typeof handler)
        const before = read()
        onerror = 1; onunhandledrejection = () => {}; onrejectionhandled = {}
        return [before, read()]`),
    ).toEqual([
      [null, null, null],
      [null, "function", "object"],
    ])
  })
})

describe("events of messages and errors", () => {
  it("take what the standard says, and refuse what it refuses", () => {
    expect(
      run(`
        const { port1 } = new MessageChannel()
        const event = new MessageEvent("m", { data: 1, origin: "o", lastEventId: "l", source: port1, ports: [port1] })
        const error = new ErrorEvent("e", { message: "m", filename: "f", lineno: 2 ** 32 + 1, colno: -1, error: 5 })
        const promise = Promise.resolve(), rejection = new PromiseRejectionEvent("r", { promise, reason: 7 })
        const names = [() => new MessageEvent("m", { source: 1 }), () => new MessageEvent("m", { ports: [1] }), () => new PromiseRejectionEvent("r"), () => new PromiseRejectionEvent("r", {})]
          .map((attempt) => { try { attempt() } catch (thrown) { return thrown.name } })
        return [
          [event.data, event.origin, event.lastEventId, event.source === port1, Object.isFrozen(event.ports), event.isTrusted],
          [error.message, error.filename, error.lineno, error.colno, error.error, new ErrorEvent("e").error === undefined],
          [rejection.promise === promise, rejection.reason], names,
        ]`),
    ).toEqual([
      [1, "o", "l", true, true, false],
      ["m", "f", 1, 4294967295, 5, true],
      [true, 7],
      ["TypeError", "TypeError", "TypeError", "TypeError"],
    ])
  })
})
