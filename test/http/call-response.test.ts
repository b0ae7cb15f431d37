import { describe, expect, it } from "vitest"
import { type ErrorCode, errorTable } from "../../src/errors/table.ts"
import { callResponse } from "../../src/http/call-response.ts"
import type { RuntimeOutput } from "../../src/ports/runtime.ts"
import type { RawCall } from "../../src/service/functions.ts"

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
const answer = (output: RuntimeOutput) =>
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
