import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FunctionsError } from "../../../src/errors/functions-error.ts"
import type { CloudEvent } from "../../../src/model/event.ts"
import {
  readCloudEvents,
  toBatchMessage,
  toBinaryMessage,
  toStructuredMessage,
} from "../../../src/triggers/events/http-binding.ts"

const whole = { specversion: "1.0", id: "1", source: "/shop", type: "order.paid" } as const
const ceHeaders = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "order.paid" }

const read = (headers: Readonly<Record<string, string>>, body: string | Uint8Array = "") =>
  readCloudEvents({ headers: new Headers(headers), body: Buffer.from(body as string) })

const structured = (event: unknown) => read({ "content-type": "application/cloudevents+json" }, JSON.stringify(event))

const paths = (readIt: () => unknown): readonly string[] => {
  try {
    readIt()
  } catch (error) {
    if (error instanceof FunctionsError && error.code === "FN_006")
      return [...new Set(error.issues?.map(({ path }) => path))]
    throw error
  }
  return []
}

it("An attribute that is named like what every object has is an extension like any other", () => {
  expect(structured({ ...whole, constructor: "a" })).toEqual([expect.objectContaining({ constructor: "a" })])
  expect(paths(() => structured({ ...whole, constructor: { a: 1 } }))).toEqual(["constructor"])
})

describe("binary messages", () => {
  it("have attributes as headers, escaped or quoted", () => {
    const [event] = read({ ...ceHeaders, "CE-Subject": "Euro%20%E2%82%AC%20%F0%9F%98%80", "ce-note": '"a \\"b\\""' })
    expect(event).toEqual({ ...whole, subject: "Euro € 😀", note: 'a "b"' })
    expect(read({ ...ceHeaders, "ce-note": "100%" })[0]?.note).toBe("100%")
    expect(paths(() => read({ ...ceHeaders, "ce-note": "%C0%A0" }))).toEqual(["ce-note"])
    expect(paths(() => read({ ...ceHeaders, "ce-note": "a%0Ab" }))).toEqual(["note"])
    expect(paths(() => read({ ...ceHeaders, "ce-data_base64": "AA==" }))).toEqual(["ce-data_base64"])
    expect(paths(() => read({ ...ceHeaders, "ce-datacontenttype": "text/plain" }))).toEqual(["ce-datacontenttype"])
  })

  it("have JSON, text or bytes as their data, by their content type", () => {
    const data = (type: string, body: string | Uint8Array) => read({ ...ceHeaders, "content-type": type }, body)[0]
    expect(data("application/vnd.a+json", "[1]")?.data).toEqual([1])
    expect(data("Application/XML", "<a/>")?.data).toBe("<a/>")
    expect(data("text/plain; charset=utf-8", "é")?.data).toBe("é")
    expect(data("application/octet-stream", "text")?.data_base64).toBe("dGV4dA==")
    expect(data("text/plain; charset=iso-8859-1", Uint8Array.of(0xe9))?.data_base64).toBe("6Q==")
    expect(data("text/plain", Uint8Array.of(0xff))?.data_base64).toBe("/w==")
    expect(read(ceHeaders, "?")[0]).toEqual({ ...whole, data_base64: "Pw==" })
    expect(paths(() => data("application/json", "{"))).toEqual(["data"])
    expect(paths(() => data("application/json", "[".repeat(2000) + "]".repeat(2000)))).toEqual(["data"])
    expect(data("application/json", "")).toEqual({ ...whole, datacontenttype: "application/json" })
  })
})

describe("structured and batched messages", () => {
  it("have every attribute in JSON, of which null is none", () => {
    expect(structured({ ...whole, subject: null, attempt: 3, data: null })).toEqual([
      { ...whole, attempt: 3, data: null },
    ])
    const type = "Application/CloudEvents-Batch+JSON; charset=UTF-8"
    expect(read({ "content-type": type }, "[]")).toEqual([])
    expect(read({ "content-type": type }, JSON.stringify([whole, whole]))).toEqual([whole, whole])
    expect(paths(() => read({ "content-type": type }, JSON.stringify([whole, { ...whole, id: "" }])))).toEqual(["1.id"])
    expect(paths(() => read({ "content-type": type }, JSON.stringify(whole)))).toEqual(["body"])
    expect(paths(() => read({ "content-type": "application/cloudevents+avro" }))).toEqual(["content-type"])
  })

  it("are refused for every attribute that is none", () => {
    const bad: Readonly<Record<string, readonly unknown[]>> = {
      specversion: ["0.3", 1, undefined],
      id: ["", 5, "a\n", undefined],
      source: ["", "a b", "http://[", "http://a/<b>", undefined],
      type: ["", "\ud800", undefined],
      subject: [""],
      time: ["yesterday", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", 5],
      datacontenttype: ["", "json", 'text/plain; charset="€"'],
      dataschema: ["", "relative/path"],
      data_base64: ["?", "AAA", 5],
      extension: [1.5, 2 ** 31, {}, [], "\u0000", "\ufffe"],
      Extension: ["a"],
      "my-extension": ["a"],
    }
    for (const [name, values] of Object.entries(bad)) {
      for (const value of values)
        expect(
          paths(() => structured({ ...whole, [name]: value })),
          `${name}: ${value}`,
        ).toEqual([name])
    }
    expect(paths(() => structured({ ...whole, data: 1, data_base64: "AA==" }))).toEqual(["data_base64"])
    for (const value of [5, null, [], "text"]) expect(paths(() => structured(value))).toHaveLength(1)
  })

  it("take the references and times that the standards allow", () => {
    for (const source of [
      "/a/b",
      "1-555-123-4567",
      "urn:uuid:6e8b",
      "mailto:a@b.c",
      "//host:80/?q#f",
      "http://[::1]/%41",
      "a/b:c",
      "é",
    ]) {
      expect(structured({ ...whole, source })[0]?.source).toBe(source)
    }
    for (const time of ["2024-02-29t00:00:00z", "2026-12-31T23:59:60.5+05:30"]) {
      expect(structured({ ...whole, time })[0]?.time).toBe(time)
    }
  })
})

describe("an event", () => {
  const attribute = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((text) => !/[\p{Cc}\p{Cn}]/u.test(text))
  const extension = fc.oneof(attribute, fc.boolean(), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
  const data = fc.oneof(
    fc.constant({}),
    fc.jsonValue().map((value) => ({ data: JSON.parse(JSON.stringify(value)) })),
    fc.uint8Array({ minLength: 1 }).map((bytes) => ({ data_base64: Buffer.from(bytes).toString("base64") })),
    attribute.map((text) => ({ datacontenttype: "text/markdown; charset=utf-8", data: text })),
  )
  const events = fc
    .tuple(attribute, attribute, fc.option(extension, { nil: undefined }), data)
    .map(
      ([id, type, more, carried]) =>
        ({ ...whole, id, type, ...(more !== undefined && { more }), ...carried }) as CloudEvent,
    )

  it("is the same once it is written as JSON and read", () => {
    fc.assert(
      fc.property(events, (event) => {
        expect(readCloudEvents(toStructuredMessage(event))).toEqual([event])
        expect(readCloudEvents(toBatchMessage([event, event]))).toEqual([event, event])
      }),
    )
  })

  it("is the same once it is written as headers and read, but that extensions are text and JSON is called so", () => {
    fc.assert(
      fc.property(events, (event) => {
        const asText = event.more === undefined ? {} : { more: String(event.more) }
        const isJson = "data" in event && event.datacontenttype === undefined
        const json = isJson ? { datacontenttype: "application/json" } : {}
        expect(readCloudEvents(toBinaryMessage(event))).toEqual([{ ...event, ...json, ...asText }])
      }),
    )
  })
})
