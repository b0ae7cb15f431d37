import { describe, expect, it } from "vitest"
import { createGuest, type Guest } from "./harness.ts"

const start = (code: string): Guest => createGuest().load(`export default async () => { ${code} }`).start()
const answer = {
  id: 1,
  ok: true,
  status: 201,
  statusText: "Made",
  headers: [["X-A", "b"]],
  url: "http://a.test/end",
  redirected: true,
}

describe("fetch", () => {
  it("sends the request as the host takes it", () => {
    const guest = start(
      "await fetch('http://a.test/x?y#z', { method: 'post', body: 'ü', headers: { A: 'b' }, redirect: 'manual' })",
    )
    expect(guest.json("fetch")).toEqual([
      {
        id: 1,
        method: "POST",
        url: "http://a.test/x?y#z",
        redirect: "manual",
        headers: [
          ["a", "b"],
          ["content-type", "text/plain;charset=UTF-8"],
          ["accept", "*/*"],
        ],
      },
    ])
    expect(new TextDecoder().decode(guest.named("fetch")[0]?.bytes)).toBe("ü")
  })

  it("answers a response with immutable headers", () => {
    const guest = start(`const r = await fetch(new URL('http://a.test/'))
      let name; try { r.headers.set('a', 'b') } catch (error) { name = error.name }
      return [r.status, r.ok, r.statusText, r.url, r.redirected, r.type, [...r.headers], await r.json(), name]`)
    expect(guest.settle(answer, new TextEncoder().encode('{"a":1}')).output()).toEqual([
      201,
      true,
      "Made",
      "http://a.test/end",
      true,
      "basic",
      [["x-a", "b"]],
      { a: 1 },
      "TypeError",
    ])
  })

  it.each([
    ["data:,%C3%BC%zz#x", "text/plain;charset=US-ASCII", "ü%zz", "data:,%C3%BC%zz"],
    ["data:text/html;charset=x;base64, aGk ", "text/html;charset=x", "hi", "data:text/html;charset=x;base64, aGk"],
    ["data:;charset=utf-8 ; BASE64,aGk%3D", "text/plain;charset=utf-8", "hi", "data:;charset=utf-8 ; BASE64,aGk%3D"],
    ["data:nope,a", "text/plain;charset=US-ASCII", "a", "data:nope,a"],
  ])("answers %s without asking the host's network", (url, type, text, shown) => {
    const guest = start(`const r = await fetch(${JSON.stringify(url)})
      return [r.status, r.headers.get('content-type'), await r.text(), r.url]`)
    expect(guest.output()).toEqual([200, type, text, shown])
    expect(guest.named("fetch")).toEqual([])
  })

  it.each(["data:text/plain", "data:;base64,a", "data:;base64,%ff"])("rejects %s", (url) => {
    expect(start(`return fetch(${JSON.stringify(url)}).catch((error) => error.name)`).output()).toBe("TypeError")
  })

  it("answers an empty body where none came", () => {
    expect(
      start("const r = await fetch('http://a.test/'); return [r.body, await r.text()]").settle(answer).output(),
    ).toEqual([null, ""])
  })

  it("rejects with a TypeError where the host could not", () => {
    const guest = start(
      "try { await fetch('http://a.test/') } catch (error) { return [error.constructor === TypeError, error.message] }",
    )
    guest.settle({ id: 1, ok: false, error: { name: "Error", message: "the address is private" } })
    expect(guest.output()).toEqual([true, "the address is private"])
  })

  it.each([
    ["a relative URL", "fetch('/x')"],
    ["a forbidden method", "fetch('http://a.test/', { method: 'CONNECT' })"],
    ["nothing", "fetch()"],
    [
      "a body that was read already",
      "(async () => { const r = new Request('http://a.test/', { method: 'POST', body: 'x' }); await r.text(); await fetch(r) })()",
    ],
  ])("rejects %s, and asks the host nothing", (_name, code) => {
    const guest = start(`return await ${code}.then(() => 'sent', (error) => error.name)`)
    expect(guest.output()).toBe("TypeError")
    expect(guest.named("fetch")).toEqual([])
  })

  it("rejects at once with the reason of a signal that has aborted", () => {
    const guest = start(
      "return await fetch('http://a.test/', { signal: AbortSignal.abort('why') }).catch((reason) => reason)",
    )
    expect(guest.output()).toBe("why")
    expect(guest.named("fetch")).toEqual([])
  })

  it("aborts what it sent, and passes over the answer that comes all the same", () => {
    const guest = start(`const c = new AbortController()
      const sent = fetch('http://a.test/', { signal: c.signal }).catch((reason) => reason.name)
      c.abort(); c.abort()
      return await sent`)
    guest.settle(answer)
    expect(guest.output()).toBe("AbortError")
    expect(guest.json("fetch.abort")).toEqual([{ id: 1 }])
  })

  it("does not abort what was answered already", () => {
    const guest = start(
      "const c = new AbortController(); const r = await fetch('http://a.test/', { signal: c.signal }); c.abort(); return r.status",
    )
    expect(guest.settle(answer).output()).toBe(201)
    expect(guest.named("fetch.abort")).toEqual([])
  })

  it("runs many at once, and tells them apart", () => {
    const guest = start(
      "const all = await Promise.all([1, 2, 3].map((n) => fetch('http://a.test/' + n))); return await Promise.all(all.map((r) => r.text()))",
    )
    for (const id of [2, 3, 1]) guest.settle({ ...answer, id }, new TextEncoder().encode(`body ${id}`))
    expect(guest.output()).toEqual(["body 1", "body 2", "body 3"])
  })
})
