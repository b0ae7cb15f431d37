import { array, assert, constantFrom, oneof, property, record, string, uint8Array } from "fast-check"
import { describe, expect, it } from "vitest"
import { createGuest, runBoth } from "./harness.ts"

/*
 * Most pieces of code run in the guest and in this process: Node's classes are the reference.
 */
const guest = createGuest()

const { inNode, inGuest } = runBoth(guest, wrap)

function wrap(code: string): string {
  return `
    const write = (key, value) => ArrayBuffer.isView(value) ? [...value] : value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value
    const show = async (form) => Promise.all([...form].map(async ([name, value]) => [name, typeof value === "string" ? value : [value.name, value.type, await value.bytes()]]))
    return (async () => { ${code} })().then((value) => JSON.stringify([value], write), (error) => JSON.stringify(["error", error?.name ?? String(error)]))`
}

async function same(code: string): Promise<void> {
  expect(await inGuest(code)).toEqual(await inNode(code))
}

describe("Blob, File and FormData answer as Node's do:", () => {
  it.each([
    [
      "const b = new Blob(['aü\\ud800', new Uint8Array([1, 2]), new Blob(['z'])], { type: 'Text/X' }); return [b.size, b.type, await b.bytes(), await b.text()]",
    ],
    ["return [await new Blob(['\\ufeffbom']).text(), new Blob([], { type: 'é' }).type]"],
    [
      "const b = new Blob(['0123456789']); return Promise.all([b.slice(2, 5), b.slice(-3), b.slice(5, 2), b.slice(1, 99), b.slice(-99, -1)].map((part) => part.text()))",
    ],
    ["return new Blob(['a']).slice(0, 1, 'A/B').type"],
    ["return new Blob('text')"],
    ["return new Blob([], { endings: 'other' })"],
    ["return Blob.prototype.text.call({})"],
    [
      "const f = new File(['x'], 'a/b', { lastModified: 7, type: 'T' }); return [f.name, f.lastModified, f.type, f.size, f instanceof Blob, String(f)]",
    ],
    ["return new File(['x'])"],
    [
      "const { b } = structuredClone({ b: new Blob(['x'], { type: 'a/b' }) }); return [b.constructor.name, b.type, await b.text()]",
    ],
    [
      "const f = new FormData(); f.append('a', 1); f.append('a', new Blob(['x'])); f.append('b', new File(['y'], 'old'), 'new'); f.set('c', 'd'); f.set('a', 'z'); f.delete('nope'); return [await show(f), f.has('a'), f.getAll('b').length, f.get('q'), [...f.keys()]]",
    ],
    ["const f = new FormData(); f.append('a', 'b', 'c')"],
    ["return new FormData({})"],
    ["return new Response(new Blob(['x'], { type: 'a/b' })).headers.get('content-type')"],
    [
      "return (await new Response('x', { headers: { 'content-type': 'Text/Plain; Charset=\"utf-8\"; x=\" \"' } }).blob()).type",
    ],
    [
      "return show(await new Response('a=1&b=%C3%BC+&?=', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData())",
    ],
    ["return show(await new Response(new URLSearchParams('?a=1')).formData())"],
    ["return new Response('a=1').formData()"],
    [
      "const r = new Request('http://a.test', { method: 'POST', body: new FormData() }); return [r.headers.get('content-type').split('=')[0], await show(await r.formData()), r.bodyUsed]",
    ],
    ["const r = new Response(new FormData()); await r.formData(); return r.text()"],
  ])("%s", same)
})

it("structuredClone copies a File with its name and date", async () => {
  const code =
    "const f = structuredClone(new File(['x'], 'n', { type: 'a/b', lastModified: 3 })); return [f instanceof File, f.name, f.type, f.lastModified, await f.text()]"
  // Node 20 gives a Blob.
  expect(await inGuest(code)).toEqual([[true, "n", "a/b", 3, "x"]])
})

it("Blob.slice rounds its positions, halves to even ones", async () => {
  const code =
    "const b = new Blob(['0123456789']); return Promise.all([b.slice(1.5, 3.4), b.slice(2.5, 2.6), b.slice(NaN, 1), b.slice(-1.5), b.slice(0, Infinity)].map((part) => part.text()))"
  // Node 20 ends the process over fractions.
  expect(await inGuest(code)).toEqual([["2", "2", "0", "89", "0123456789"]])
})

const names = oneof(
  string({ unit: "grapheme" }),
  string(),
  constantFrom('"', "\r\n", "a\nb", "\r", "%22", "--", ";", "\\", ""),
)
const fields = array(
  record({
    name: names,
    value: oneof(
      names,
      record({ name: names, type: constantFrom("", "text/plain", "a/b"), bytes: uint8Array({ maxLength: 40 }) }),
    ),
  }),
  { maxLength: 6 },
)

const wellFormed = (text: string): string => Buffer.from(text).toString()
const withLineBreaks = (text: string): string => wellFormed(text).replace(/\r\n|\r|\n/g, "\r\n")
/** The format cannot tell a quote in a name from what stands for one. */
const restored = (name: string): string => name.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%22", '"')

describe("multipart/form-data", () => {
  it("comes back as it went, whatever names, values and bytes it has", async () => {
    const cases: [string, string | { name: string; type: string; bytes: number[] }][][] = []
    assert(
      property(fields, (form) => {
        cases.push(
          form.map(({ name, value }) => [
            name,
            typeof value === "string" ? value : { ...value, bytes: [...value.bytes] },
          ]),
        )
      }),
      { numRuns: 60 },
    )
    for (const form of cases) {
      const result = await inGuest(`
        const form = new FormData()
        for (const [name, value] of ${JSON.stringify(form)}) form.append(name, typeof value === "string" ? value : new File([new Uint8Array(value.bytes)], value.name, { type: value.type }))
        return show(await new Response(form).formData())`)
      expect(result).toEqual([
        form.map(([name, value]) => [
          restored(withLineBreaks(name)),
          typeof value === "string"
            ? withLineBreaks(value)
            : [restored(wellFormed(value.name)), value.type || "application/octet-stream", value.bytes],
        ]),
      ])
    }
  })

  it("never takes a file's own bytes for its end", async () => {
    await same(`
      const form = new FormData(), text = "--b\\r\\n--b--\\r\\nContent-Disposition: form-data; name=x\\r\\n\\r\\n"
      form.append("f", new Blob([text, "\\r\\n----FormBoundary"])); form.append("g", text)
      return show(await new Response(form).formData())`)
  })

  const read = (body: string, type = "multipart/form-data; boundary=b"): string =>
    `return show(await new Response(${JSON.stringify(body)}, { headers: { "content-type": ${JSON.stringify(type)} } }).formData())`
  const field = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'

  it("is read as browsers write it", async () => {
    expect(await inGuest(read(`${field}--b--`))).toEqual([[["a", "x"]]])
    expect(await inGuest(read(`${field}--b--\r\nepilogue`, 'Multipart/Form-Data; charset=x; boundary="b"'))).toEqual([
      [["a", "x"]],
    ])
    const part =
      '--b\r\ncontent-type: image/png\r\nContent-Disposition: form-data; filename="ü%22.png"; name=f\r\n\r\n\r\n--b--'
    expect(await inGuest(read(part))).toEqual([[["f", ['ü".png', "image/png", []]]]])
  })

  it.each([
    ["no boundary", `${field}--b--`, "multipart/form-data"],
    ["a boundary of other characters", `${field}--b--`, 'multipart/form-data; boundary="b\\"b"'],
    ["a boundary that is too long", `${field}--b--`, `multipart/form-data; boundary=${"b".repeat(71)}`],
    ["nothing", "", undefined],
    ["another boundary", "--c--", undefined],
    ["no end", field, undefined],
    ["a part without a name", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", undefined],
    ["a part without headers", "--b\r\n\r\nx\r\n--b--", undefined],
    ["another disposition", '--b\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--b--', undefined],
    ["headers that do not end", `--b\r\nContent-Disposition: form-data; name="a"${"x".repeat(1e6)}`, undefined],
    [
      "huge headers",
      `--b\r\nx: ${"x".repeat(20_000)}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--`,
      undefined,
    ],
    [
      "a line that is no header",
      '--b\r\nnonsense\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--',
      undefined,
    ],
    ["a quote that does not close", '--b\r\nContent-Disposition: form-data; name="a\r\n\r\nx\r\n--b--', undefined],
  ])("is refused with %s", async (_what, body, type) => {
    expect(await inGuest(read(body, type))).toEqual(["error", "TypeError"])
  })

  it("keeps a form inside a part as what it is: the part's content", async () => {
    const inner = '--c\r\nContent-Disposition: form-data; name="i"\r\n\r\ny\r\n--c--'
    const body = `--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${inner}\r\n--b--`
    expect(await inGuest(read(body))).toEqual([[["a", inner]]])
  })

  it("is read or refused with a TypeError, whatever it holds", async () => {
    const pieces = array(
      constantFrom(
        "--b",
        "--b--",
        "\r\n",
        "\r\n\r\n",
        'Content-Disposition: form-data; name="a"',
        "; filename=x",
        ":",
        "é",
        "-",
        " ",
      ),
      { maxLength: 14 },
    )
    const bodies: string[] = []
    assert(
      property(pieces, (parts) => void bodies.push(parts.join(""))),
      { numRuns: 150 },
    )
    for (const body of bodies) {
      const result = (await inGuest(read(body))) as unknown[]
      if (result[0] === "error") expect(result[1]).toBe("TypeError")
    }
  })

  it("makes no module one that is evaluated for each call", () => {
    const fresh = createGuest().load(
      "const form = new FormData(); form.append('a', '1'); const r = new Response(form); export default () => r.text()",
    )
    expect(fresh.named("impure")).toEqual([])
  })
})
