import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { answerTextOp } from "../../../src/sandbox/operations/host-text.ts"
import { createGuest } from "./harness.ts"

/** Any string, halves of surrogate pairs and NUL among them. */
const anyText = fc
  .string({ unit: "binary" })
  .chain((text) =>
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
      .map((units) => text + String.fromCharCode(...units)),
  )
const guest = createGuest().load(`
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  const tasks = {
    encode: ({ text }) => hex(new TextEncoder().encode(text)),
    into: ({ text, room }) => { const bytes = new Uint8Array(room); const result = new TextEncoder().encodeInto(text, bytes); return [result.read, result.written, hex(bytes)] },
    params: ({ text }) => { const params = new URLSearchParams([[text, text]]); return [String(params), [...new URLSearchParams(String(params))], [...new URLSearchParams(text)]] },
    base64: ({ text }) => { try { const encoded = btoa(text); return [encoded, atob(encoded) === text] } catch (error) { return error.name } },
    atob: ({ text }) => { try { return atob(text) } catch (error) { return error.name } },
    decode: ({ bytes, cuts, label, fatal }) => {
      const all = new Uint8Array(bytes), decoder = new TextDecoder(label, { fatal }); let text = "", from = 0
      try {
        for (const cut of cuts) { text += decoder.decode(all.subarray(from, Math.max(from, cut)), { stream: true }); from = Math.max(from, cut) }
        return text + decoder.decode(all.subarray(from))
      } catch (error) { return { error: error.name } }
    },
    body: async ({ text }) => [await new Response(text).text(), hex(await new Response(text).bytes())],
    echo: ({ text }) => text,
  }
  export default (task) => tasks[task.task](task)`)

function ask(task: string, fields: Record<string, unknown>): unknown {
  guest.calls.length = 0
  return guest.start({ body: JSON.stringify({ task, ...fields }) }).output()
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

describe("Any text", () => {
  it("crosses the bridge and comes back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(ask("echo", { text })).toBe(text)
      }),
    )
  })

  it("is encoded as Node encodes it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(ask("encode", { text })).toBe(hex(new TextEncoder().encode(text)))
      }),
    )
  })

  it("is encoded into a small array as Node does it", () => {
    fc.assert(
      fc.property(anyText, fc.nat(20), (text, room) => {
        const bytes = new Uint8Array(room)
        const { read, written } = new TextEncoder().encodeInto(text, bytes)
        expect(ask("into", { text, room })).toEqual([read, written, hex(bytes)])
      }),
    )
  })

  it("goes through URLSearchParams as through Node's", () => {
    fc.assert(
      // Some versions of Node lose characters that stand before a malformed percent sign.
      fc.property(
        fc.oneof(
          anyText.filter((text) => !text.includes("%")),
          fc.stringMatching(/^[%&=+?a-fA-F0-9]{0,20}$/),
        ),
        (text) => {
          const params = new URLSearchParams([[text, text]])
          const expected = [String(params), [...new URLSearchParams(String(params))], [...new URLSearchParams(text)]]
          expect(ask("params", { text })).toEqual(expected)
        },
      ),
    )
  })

  it("goes through base64 as Node does it", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: "binary-ascii" })), (text) => {
        const latin1 = [...text].every((letter) => letter.charCodeAt(0) < 256)
        expect(ask("base64", { text })).toEqual(latin1 ? [btoa(text), true] : "InvalidCharacterError")
      }),
    )
  })

  it("is decoded from base64, or refused, as Node does it", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/= \n_]{0,12}$/), (text) => {
        let expected: string
        try {
          expected = atob(text)
        } catch {
          expected = "InvalidCharacterError"
        }
        expect(ask("atob", { text })).toBe(expected)
      }),
    )
  })

  it("is the same as the body of a response", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = new TextEncoder().encode(text)
        expect(ask("body", { text })).toEqual([new TextDecoder().decode(bytes), hex(bytes)])
      }),
    )
  })
})

describe("Any bytes, in any pieces", () => {
  const bits = fc.constantFrom(
    0x00,
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc0,
    0xc3,
    0xe0,
    0xed,
    0xef,
    0xbb,
    0xf0,
    0xf4,
    0xf5,
    0xff,
    0xd8,
    0xdc,
    0x1b,
    0x24,
    0x42,
  )
  const bytes = fc.array(fc.oneof(bits, fc.nat(255)), { maxLength: 24 })

  it.each(["utf-8", "utf-16le", "utf-16be", "shift_jis", "euc-jp", "gb18030", "iso-2022-jp", "big5", "iso-8859-2"])(
    "are decoded from %s as a whole is",
    (label) => {
      fc.assert(
        fc.property(bytes, fc.array(fc.nat(24), { maxLength: 4 }), fc.boolean(), (all, cuts, fatal) => {
          const sorted = cuts.sort((a, b) => a - b)
          expect(ask("decode", { bytes: all, cuts: sorted, label, fatal })).toEqual(
            ask("decode", { bytes: all, cuts: [], label, fatal }),
          )
        }),
        { numRuns: 60 },
      )
    },
  )

  it("are decoded from UTF-8 as Node decodes them", () => {
    fc.assert(
      fc.property(bytes, (all) => {
        expect(ask("decode", { bytes: all, cuts: [], label: "utf-8" })).toBe(
          new TextDecoder().decode(new Uint8Array(all)),
        )
      }),
    )
  })
})

describe("The host's side of the text operations", () => {
  it("answers nothing for what it does not know or cannot read", () => {
    const bytes = new Uint8Array([1])
    for (const operation of [
      "",
      "constructor",
      "__proto__",
      "toString",
      "url",
      "url.parse",
      "url.set",
      "text.encode",
      "text.decode",
      "text.label",
      "base64.encode",
      "base64.decode",
      "data.type",
      "data.bytes",
    ]) {
      for (const text of [
        undefined,
        "",
        "{",
        "null",
        "5",
        "[]",
        "{}",
        "[1,2]",
        '["a","href",5]',
        '["http://a.test","__proto__","x"]',
        '["http://a.test","origin","x"]',
        '{"label":5}',
        '{"label":"nope"}',
        '{"__proto__":{"label":"utf-8"}}',
      ]) {
        expect(answerTextOp(operation, text, bytes)).toBeUndefined()
      }
    }
  })

  it("never throws", () => {
    const operations = fc.constantFrom(
      "url.parse",
      "url.set",
      "text.encode",
      "text.decode",
      "text.label",
      "base64.encode",
      "base64.decode",
    )
    fc.assert(
      fc.property(operations, fc.oneof(fc.json(), fc.string()), fc.uint8Array(), (operation, text, bytes) => {
        answerTextOp(operation, text, bytes)
      }),
    )
  })
})
