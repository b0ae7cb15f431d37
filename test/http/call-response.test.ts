import { describe, expect, it } from "vitest"
import { type ErrorCode, errorTable } from "../../src/errors/table.ts"
import { callResponse } from "../../src/http/call-response.ts"
import type { RuntimeAnswer, RuntimeOutput } from "../../src/ports/runtime.ts"
import type { RawCall } from "../../src/service/invoke.ts"

const invocation: RawCall["invocation"] = {
  id: "01a1fc43-bbda-7142-90ca-82e33d48bc7f",
  functionId: "01a1fc43-bbda-7142-90ca-82e33d48bc70",
  name: "f",
  version: 1,
  status: "succeeded",
  logs: [],
  startedAt: 1,
  endedAt: 2,
  durationMs: 1,
  cpuMs: 1,
  memoryBytes: 1,
  coldStart: false,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
}
const answer = (output: RuntimeAnswer) =>
  callResponse({ invocation, output }, { prefix: "/api", showsError: true, identity: null })
const response = { type: "response", statusText: "", headers: [], body: new Uint8Array([1]) } as const

describe("the answer to a call", () => {
  it.each(Object.keys(errorTable) as ErrorCode[])("has the status of %s and says when to come back", async (code) => {
    const error = { code, name: "Error", message: "told", stack: "" }
    const { status, headers } = callResponse(
      { invocation: { ...invocation, error } },
      { prefix: "", showsError: true, identity: null },
    )
    expect(status).toBe(errorTable[code].status)
    expect(headers.get("retry-after")).toBe(code === "FN_007" ? "1" : null)
  })

  it("has no body where the status allows none, whatever the function says", async () => {
    for (const status of [204, 205, 304]) {
      const made = answer({ ...response, status, headers: [["content-length", "1"]] })
      expect([made.status, made.body, made.headers.get("content-length")]).toEqual([status, null, null])
    }
  })

  it("is a problem where no response can be made of what came out", async () => {
    const broken: RuntimeOutput[] = [
      { ...response, status: 99 },
      { ...response, status: 101 },
      { ...response, status: 200, headers: [["a b", "c"]] },
      { ...response, status: 200, headers: [["a", "b\r\nc: d"]] },
      { ...response, status: 200, statusText: "\n" },
    ]
    for (const output of broken) {
      const made = answer(output)
      expect(made.status).toBe(500)
      expect(await made.json()).toMatchObject({ code: "FN_004", invocationId: invocation.id })
    }
  })

  it("ends a stream that nobody will read", async () => {
    for (const [head, status] of [
      [{ status: 204 }, 204],
      [{ status: 200, statusText: "\n" }, 500],
    ] as const) {
      let cancelled = 0
      const body = new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ })
      expect(answer({ type: "stream", statusText: "", headers: [], ...head, body }).status).toBe(status)
      expect(cancelled).toBe(1)
    }
  })

  it("has the length of a body for HEAD only where there is one", () => {
    const lengthOf = (body: Uint8Array, isHead: boolean) => {
      const options = { prefix: "", showsError: true, identity: null, isHead }
      return callResponse({ invocation, output: { ...response, status: 200, body } }, options).headers.get(
        "content-length",
      )
    }
    expect([lengthOf(new Uint8Array(3), true), lengthOf(new Uint8Array(), true)]).toEqual(["3", null])
    expect(lengthOf(new Uint8Array(), false)).toBe("0")
  })

  it("carries the invocation's marks, which the function cannot set itself", () => {
    const made = answer({
      ...response,
      status: 200,
      headers: [
        ["Inlay-Invocation-Id", "mine"],
        ["traceparent", "mine"],
      ],
    })
    expect(made.headers.get("inlay-invocation-id")).toBe(invocation.id)
    expect(made.headers.get("traceparent")).toBe("00-4bf92f3577b34da6a3ce929d0e0e4736-90ca82e33d48bc7f-01")
  })
})
