import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseUrl, setUrlPart } from "../../src/sandbox/operations/host-url.ts"

describe("The host's URL parser", () => {
  it("answers as Node's for anything that versions of Node agree on", () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (text) => {
        const url = new URL(text)
        expect(parseUrl(text)).toMatchObject({ href: url.href, origin: url.origin, pathname: url.pathname })
      }),
    )
  })

  it("takes any xn-- label of a domain in ASCII, and leaves the same letters elsewhere as they are", () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,20}$/)
    fc.assert(
      fc.property(label, label, label, (host, path, digits) => {
        const fields = parseUrl(`https://Xn--${host}.a/${path}Xn--xn10${digits}?XN--#xN--`)
        expect(fields?.href).toBe(`https://xn--${host}.a/${path}Xn--xn10${digits}?XN--#xN--`)
        expect(fields?.hostname).toBe(`xn--${host}.a`)
      }),
    )
  })

  it("gives hrefs that it reads back to the same", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("a:", "http://h", "a://h/", "file:", "data:x", "http://xn--a/"),
        fc.string({ unit: fc.constantFrom("^", " ", "?", "#", "/", "xn--", "ü", "%", "a", ".") }),
        fc.constantFrom("search", "hash", "pathname", "hostname" as const),
        fc.string({ unit: fc.constantFrom("^", " ", "xn--", "a", "/", "ü") }),
        (head, tail, part, value) => {
          const parsed = parseUrl(head + tail)
          if (parsed === undefined) return
          expect(parseUrl(parsed.href)).toEqual(parsed)
          const set = setUrlPart(parsed.href, part as "search", value)
          if (set !== undefined) expect(parseUrl(set.href)).toEqual(set)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
