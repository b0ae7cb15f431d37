import { describe, expect, it } from "vitest"
import { createGuest, runBoth } from "./harness.ts"

/*
 * Each piece of code runs in the guest and in this process: Node's classes are the reference. Where Node departs from the
 * standard, or where versions of Node differ, the piece is not here but in a test of its own.
 */
const guest = createGuest()

const { inNode, inGuest } = runBoth(guest, wrap)

/** Values and the names of errors, as JSON; undefined, NaN and bytes are written out. */
function wrap(code: string): string {
  return `
    const write = (key, value) => value === undefined ? "undefined" : Number.isNaN(value) ? "NaN" : Object.is(value, -0) ? "-0"
      : ArrayBuffer.isView(value) ? [value.constructor.name, ...value] : value instanceof ArrayBuffer ? ["buffer", ...new Uint8Array(value)] : value
    const run = async () => { ${code.includes("return") ? code : `return (${code})`} }
    return run().then((value) => JSON.stringify([value], write), (error) => JSON.stringify(["error", error?.name ?? String(error)]))`
}

function same(name: string, pieces: readonly string[]): void {
  describe(name, () => {
    it.each(pieces.map((piece) => [piece]))("%s", async (piece) => {
      expect(await inGuest(piece)).toEqual(await inNode(piece))
    })
  })
}

same("URL answers as Node's does:", [
  "new URL('https://User:pa%20ss@Exämple.com:8080/a/../b?q=1&q=2#h').href",
  "const u = new URL('../x?y#z', 'http://a.test/b/c/'); return [u.href, u.origin, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.username, u.password]",
  "new URL('nope')",
  "new URL('/x')",
  "new URL()",
  "URL('http://a.test')",
  "new URL('http://[::1]:80/').host",
  "new URL('//x.test/a', 'https://b.test').href",
  "new URL('http://a.test/\\ud800').href",
  "[URL.canParse('a:b'), URL.canParse('b'), URL.canParse('b', 'http://a.test')]",
  "URL.canParse()",
  "[String(URL.parse('http://a.test/x')), URL.parse('x')]",
  "const u = new URL('http://a.test/'); u.pathname = 'a b'; u.search = '?x=ü'; u.hash = 'h'; u.port = '99'; u.protocol = 'https'; u.username = 'me'; u.password = 'p'; u.hostname = 'b.test'; return u.href",
  "const u = new URL('http://a.test/'); u.port = 'x'; u.protocol = 'nope:'; u.host = ''; return u.href",
  "const u = new URL('http://a.test/'); u.href = 'nope'; return u.href",
  "const u = new URL('http://a.test/'); u.href = 'http://c.test/?a=b'; return [u.href, u.searchParams.get('a')]",
  "const u = new URL('http://a.test/?a=1'); const p = u.searchParams; p.append('b', 'x y&=ü'); u.search = '?c=3'; return [u.href, p.toString(), p === u.searchParams]",
  "const u = new URL('http://a.test/?a=1#h'); u.searchParams.delete('a'); return u.href",
  "const u = new URL('http://a.test/?a=~!%27()*'); u.searchParams.append('z', ''); return u.href",
  "JSON.stringify({ u: new URL('http://a.test') })",
  "[URL.name, URL.length, URL.canParse.length, Object.prototype.toString.call(new URL('a:b')), Object.getOwnPropertyDescriptor(globalThis, 'URL').enumerable]",
  "URL.prototype.href",
  "Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.call({})",
  "URL.prototype.toString.call(null)",
  "new URL(Symbol('x'))",
  "new URL({ toString() { return 'http://a.test' } }).href",
])

same("URLSearchParams answers as Node's does:", [
  "[...new URLSearchParams('?a=1&b=2&a=3&&c&=d')]",
  "new URLSearchParams('a=%zz&b=%E4%F6&c=%C3%A4&d=+%2B%20').toString()",
  "[...new URLSearchParams('%EF%BB%BFa=%FF%FE')]",
  "[...new URLSearchParams('\\uFEFFa=b')]",
  "new URLSearchParams({ a: '1', b: 2, 'ü ': '\\ud800' }).toString()",
  "new URLSearchParams([['a', 'b'], new Set(['c', 'd'])]).toString()",
  "new URLSearchParams([['a']]).toString()",
  "new URLSearchParams([1]).toString()",
  "new URLSearchParams(new Map([['a', 'b']])).toString()",
  "new URLSearchParams(new URLSearchParams('x=y')).toString()",
  "const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', '9'); return p.toString()",
  "const p = new URLSearchParams('a=1&b=2&a=3'); p.delete('a', '1'); return [p.toString(), p.has('a'), p.has('a', '1'), p.size]",
  "const p = new URLSearchParams('a=1&a=2'); return [p.get('a'), p.get('x'), p.getAll('a'), p.getAll('x')]",
  "const p = new URLSearchParams('z=b&\\ufffd=1&\\u{1f308}=2&z=a&a=1'); p.sort(); return [...p.keys()]",
  "const out = []; new URLSearchParams('a=1&b=2').forEach(function (v, k, p) { out.push(v, k, p instanceof URLSearchParams, this.x) }, { x: 1 }); return out",
  "const p = new URLSearchParams('a=1&b=2&c=3'); const seen = []; for (const [k] of p) { seen.push(k); p.delete(k) } return seen",
  "const it = new URLSearchParams('a=1').entries(); return [it.next(), it.next(), it[Symbol.toStringTag], typeof it[Symbol.iterator], Object.keys(Object.getPrototypeOf(it))]",
  "URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries",
  "new URLSearchParams('a=1').entries().next.call({})",
  "new URLSearchParams().append('x')",
  "new URLSearchParams().get.call({}, 'x')",
  "new URLSearchParams('a=!\\'()~*-._ ').toString()",
  "[URLSearchParams.length, URLSearchParams.prototype.append.length, URLSearchParams.prototype.delete.length]",
])

same("TextEncoder and TextDecoder answer as Node's do:", [
  "new TextEncoder().encode('aü€\\u{1f308}\\ud800\\0')",
  "new TextEncoder().encode()",
  "new TextEncoder().encode(undefined)",
  "new TextEncoder().encoding",
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
    (n) => `const d = new Uint8Array(${n}); return [new TextEncoder().encodeInto('aü€\\u{1f308}z', d), d]`,
  ),
  "const d = new Uint8Array(4).fill(7); return [new TextEncoder().encodeInto('\\ud83c', d), d]",
  "const d = new Uint8Array(8).fill(7).subarray(2, 5); return [new TextEncoder().encodeInto('abcdef', d), new Uint8Array(d.buffer)]",
  "new TextEncoder().encodeInto('a', new Uint16Array(2))",
  "new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xe2, 0x82]))",
  "new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))",
  "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0x61, 0xff]))",
  "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xe2, 0x82]))",
  "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xe2, 0x82]), { stream: true })",
  "new TextDecoder('UTF-16').decode(new Uint16Array([0x61, 0xd83c, 0xdf08]))",
  "new TextDecoder('utf-16le').decode(new Uint8Array([0x61, 0]).buffer)",
  "new TextDecoder('utf-16be').decode(new Uint8Array([0, 0x61]))",
  "[new TextDecoder('latin1').encoding, new TextDecoder(' UTF8\\n').encoding, new TextDecoder('sjis').encoding]",
  "new TextDecoder('nope')",
  "new TextDecoder('replacement')",
  "new TextDecoder().decode('text')",
  "new TextDecoder().decode()",
  "new TextDecoder('euc-jp').decode(new Uint8Array([0xa4, 0xa2, 0x41]))",
  "new TextDecoder().decode(new DataView(new Uint8Array([97, 98, 99]).buffer, 1))",
])

it("TextDecoder decodes windows-1252 as the standard has it", async () => {
  expect(await inGuest("new TextDecoder('latin1').decode(new Uint8Array([0x80, 0x81, 0xe9, 0x9f]))")).toEqual([
    "€\x81éŸ",
  ])
})

same("Headers answer as Node's do:", [
  "const h = new Headers({ 'X-B': ' 2 ', a: '1' }); h.append('A', '3'); return [...h]",
  "const h = new Headers([['set-cookie', 'a'], ['Set-Cookie', 'b'], ['b', 'c']]); return [[...h], h.getSetCookie(), h.get('set-cookie'), h.has('B')]",
  "const h = new Headers({ a: '1', b: '2' }); h.set('A', '9'); h.delete('b'); return [[...h.keys()], [...h.values()], h.get('b')]",
  "new Headers(new Headers({ a: 'b' })).get('a')",
  "new Headers([['a', 'b', 'c']])",
  "new Headers('ab')",
  "new Headers(null)",
  "new Headers({ 'a b': 'c' })",
  "new Headers({ a: 'b\\nc' })",
  "new Headers({ a: '\\u0100' })",
  "new Headers({ 'ü': 'x' })",
  "new Headers({ [Symbol('x')]: 'y' })",
  "new Headers().get('a b')",
  "new Headers().append('a')",
  "new Headers().set('', 'x')",
  "new Headers({ a: 'x\\xff\\t y' }).get('a')",
  "const h = new Headers({ b: '1', a: '2' }); const out = []; h.forEach((v, k, o) => out.push(v, k, o === h)); return out",
  "const h = new Headers({ b: '1', c: '2' }); const seen = []; for (const [k] of h) { seen.push(k); if (seen.length < 5) h.append('a' + seen.length, 'x') } return seen",
  "Headers.prototype.get.call({}, 'a')",
  "[Headers.name, Headers.length, String(new Headers()), Headers.prototype.entries === Headers.prototype[Symbol.iterator]]",
])

same("Request and Response answer as Node's do:", [
  "const r = new Response('hi', { status: 201, statusText: 'Yes', headers: { a: 'b' } }); return [r.status, r.ok, r.statusText, [...r.headers], r.type, r.url, r.redirected, r.bodyUsed, await r.text(), r.bodyUsed]",
  "const r = new Response(); return [r.body, await r.text(), r.status, [...r.headers]]",
  "const r = Response.json({ a: [1] }, { status: 400 }); return [r.status, r.headers.get('content-type'), await r.json()]",
  "Response.json(undefined)",
  "Response.json(Symbol())",
  "const r = Response.redirect('http://a.test/x', 307); return [r.status, r.headers.get('location')]",
  "Response.redirect('http://a.test/', 200)",
  "Response.redirect('nope:/ /', 301).status",
  "Response.redirect('http://a.test').headers.set('a', 'b')",
  "const r = Response.error(); return [r.type, r.status, r.ok]",
  "new Response('x', { status: 204 })",
  "new Response(null, { status: 204 }).status",
  "new Response('', { status: 100 })",
  "new Response('', { status: 600 })",
  "new Response('', { statusText: '\\n' })",
  "new Response('', { headers: null })",
  "new Response('', 5)",
  "await new Response(new Uint8Array([1, 2, 3]).subarray(1)).arrayBuffer()",
  "await new Response(new Uint8Array([1, 2, 3]).buffer).arrayBuffer()",
  "const b = new Uint8Array([1]); const r = new Response(b); b[0] = 9; return await r.arrayBuffer()",
  "const r = new Response(new URLSearchParams('a=b c')); return [r.headers.get('content-type'), await r.text()]",
  "await new Response('\\uFEFFx\\ud800').text()",
  "await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x41, 0xff])).text()",
  "await new Response('{').json()",
  "await new Response('').json()",
  "const r = new Response('x'); await r.text(); return r.text()",
  "const r = new Response('x'); const c = r.clone(); return [await r.text(), await c.text()]",
  "const r = new Response('x'); await r.text(); return r.clone()",
  "await new Response({}).text()",
  "await new Response(5).text()",
  "Response.prototype.text.call({}).then(() => 1, (e) => e.name)",
  "Response.prototype.status",
  "const r = new Request('http://a.test/x#y', { method: 'post', body: 'z', headers: { a: 'b' } }); return [r.method, r.url, [...r.headers], await r.text(), r.bodyUsed, r.redirect, r.signal.aborted]",
  "new Request('/relative')",
  "new Request('http://u:p@a.test/')",
  "new Request('http://a.test/', { body: 'x' })",
  "new Request('http://a.test/', { method: 'GET', body: 'x' })",
  "new Request('http://a.test/', { method: 'TRACE' })",
  "new Request('http://a.test/', { method: 'a b' })",
  "['get', 'Head', 'delete', 'options', 'put', 'foo'].map((method) => new Request('http://a.test/', { method }).method)",
  "new Request('http://a.test/', { redirect: 'nope' })",
  "new Request('http://a.test/', { mode: 'navigate' })",
  "new Request('http://a.test/', { signal: {} })",
  "const a = new Request('http://a.test/', { method: 'POST', body: 'x' }); const b = new Request(a); return [a.bodyUsed, await b.text()]",
  "const a = new Request('http://a.test/', { method: 'POST', body: 'x' }); await a.text(); return new Request(a)",
  "const a = new Request('http://a.test/', { headers: { a: 'b' } }); const b = new Request(a, { method: 'POST', body: 'q' }); return [b.method, b.headers.get('a'), b.headers.get('content-type')]",
  "const a = new Request('http://a.test/', { method: 'POST', body: 'x' }); const b = a.clone(); return [await a.text(), await b.text(), a.url === b.url]",
  "const c = new AbortController(); const r = new Request('http://a.test/', { signal: c.signal }); const before = r.signal.aborted; c.abort('why'); return [before, r.signal.aborted, r.signal.reason]",
  "const c = new AbortController(); const r = new Request('http://a.test/', { signal: c.signal }).clone(); c.abort(); return r.signal.reason.name",
  "const r = new Request('http://a.test/'); return [r.cache, r.credentials, r.mode, r.referrer, r.referrerPolicy, r.integrity, r.keepalive, r.destination, r.duplex]",
  "[Request.length, Response.length, Response.redirect.length, Response.json.length, Request.name, String(new Response())]",
  "new Request('http://a.test/', { method: 'POST', body: new Uint8Array([1]) }).headers.get('content-type')",
])

same("Events answer as Node's do:", [
  "const t = new EventTarget(); const out = []; t.addEventListener('a', (e) => out.push(e.type, e.target === t, e.currentTarget === t, e.eventPhase)); const e = new Event('a'); t.dispatchEvent(e); return [out, e.currentTarget, e.target === t]",
  "const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener('a', f); t.addEventListener('a', f); t.addEventListener('a', f, { capture: true }); t.dispatchEvent(new Event('a')); t.removeEventListener('a', f); t.dispatchEvent(new Event('a')); return n",
  "const t = new EventTarget(); let n = 0; t.addEventListener('a', () => n++, { once: true }); t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a')); return n",
  "const t = new EventTarget(); t.addEventListener('a', (e) => e.preventDefault()); return [t.dispatchEvent(new Event('a', { cancelable: true })), t.dispatchEvent(new Event('a'))]",
  "const t = new EventTarget(); const out = []; t.addEventListener('a', (e) => { out.push(1); e.stopImmediatePropagation() }); t.addEventListener('a', () => out.push(2)); t.dispatchEvent(new Event('a')); return out",
  "const t = new EventTarget(); const c = new AbortController(); let n = 0; t.addEventListener('a', () => n++, { signal: c.signal }); t.dispatchEvent(new Event('a')); c.abort(); t.dispatchEvent(new Event('a')); return n",
  "const t = new EventTarget(); const out = []; t.addEventListener('a', { handleEvent(e) { out.push(this.x, e.type) }, x: 5 }); t.dispatchEvent(new Event('a')); return out",
  "const t = new EventTarget(); const out = []; t.addEventListener('a', () => t.addEventListener('a', () => out.push('new'))); t.dispatchEvent(new Event('a')); return out",
  "const t = new EventTarget(); const out = []; const b = () => out.push('b'); t.addEventListener('a', () => t.removeEventListener('a', b)); t.addEventListener('a', b); t.dispatchEvent(new Event('a')); return out",
  "const t = new EventTarget(); t.addEventListener('a', null); return t.dispatchEvent(new Event('a'))",
  "new EventTarget().addEventListener('a', 5)",
  "new EventTarget().addEventListener('a')",
  "new EventTarget().dispatchEvent({})",
  "const e = new Event('a', { bubbles: true, cancelable: true, composed: true }); e.preventDefault(); return [e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.returnValue, e.isTrusted, e.composedPath(), typeof e.timeStamp]",
  "new Event()",
  "new Event('a', 5)",
  "new (class extends EventTarget { constructor() { super(); this.n = 0; this.addEventListener('a', () => this.n++) } })().dispatchEvent(new Event('a'))",
  "new CustomEvent('a', { detail: { x: 1 } }).detail.x",
  "Event.prototype.type",
])

same("Abort signals answer as Node's do:", [
  "const c = new AbortController(); c.abort(); return [c.signal.aborted, c.signal.reason.name, c.signal.reason.code, c.signal.reason instanceof DOMException]",
  "const c = new AbortController(); const out = []; c.signal.onabort = (e) => out.push(e.type, e.isTrusted); c.signal.addEventListener('abort', () => out.push('listener')); c.abort(1); c.abort(2); return [out, c.signal.reason]",
  "new AbortController().abort.call({})",
  "new AbortSignal()",
  "AbortSignal.abort('x').throwIfAborted()",
  "AbortSignal.abort(null).reason",
  "AbortSignal.abort(undefined).reason.name",
  "new AbortController().signal.throwIfAborted()",
  "AbortSignal.any([AbortSignal.abort(7)]).reason",
  "AbortSignal.any([]).aborted",
  "AbortSignal.any([5])",
  "AbortSignal.timeout()",
  "[AbortSignal.name, AbortController.name, String(new AbortController().signal), AbortSignal.any.length, Object.keys(AbortController.prototype)]",
])

same("structuredClone answers as Node's does:", [
  "structuredClone({ a: [1, , 3], b: undefined, c: null, d: NaN, e: -0, f: 'x', g: true })",
  "const m = structuredClone(new Map([[{ a: 1 }, new Set([1, 'b'])]])); return [m instanceof Map, [...m.keys()], [...m.values()].map((s) => [...s])]",
  "const d = structuredClone(new Date(5)); return [d instanceof Date, d.getTime()]",
  "const r = structuredClone(/a(b)/giu); return [r.source, r.flags, r.lastIndex]",
  "structuredClone(10n) === 10n",
  "[typeof structuredClone(Object(1)), typeof structuredClone(Object('x')), structuredClone(Object(false)).valueOf(), structuredClone(Object(5n)).valueOf() === 5n]",
  "const a = { x: 1 }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b]",
  "const s = {}; const c = structuredClone([s, s]); return c[0] === c[1]",
  "structuredClone(new Uint8Array([1, 2, 3]).subarray(1))",
  "const b = new Uint8Array([1, 2, 3, 4]).buffer; const c = structuredClone([new Uint8Array(b, 1, 2), new Uint16Array(b)]); return [c[0].buffer === c[1].buffer, c[0].byteOffset, c[1].length]",
  "const v = structuredClone(new DataView(new ArrayBuffer(8), 2, 3)); return [v.byteOffset, v.byteLength, v.buffer.byteLength]",
  "const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength]",
  "const u = new Uint8Array([1, 2]); const c = structuredClone({ u }, { transfer: [u.buffer] }); return [u.length, c.u]",
  "const b = new ArrayBuffer(4); return structuredClone(1, { transfer: [b, b] })",
  "const b = new ArrayBuffer(4); structuredClone(b, { transfer: [b] }); return structuredClone(b)",
  "const b = new ArrayBuffer(4); try { structuredClone([b, () => 1], { transfer: [b] }) } catch {} return b.byteLength",
  "structuredClone(() => 1)",
  "structuredClone({ a: Symbol('x') })",
  "structuredClone(new WeakMap())",
  "structuredClone(Object(Symbol()))",
  "structuredClone(Promise.resolve())",
  "structuredClone()",
  "structuredClone({ get a() { throw new RangeError('x') } })",
  "structuredClone(Object.assign(Object.create({ inherited: 1 }), { own: 1 }))",
  "class A { x = 1; #y = 2 } const c = structuredClone(new A()); return [c.constructor === Object, c.x]",
  "const e = structuredClone(new TypeError('m', { cause: 5 })); return [e instanceof TypeError, e.name, e.message, e.cause, Object.keys(e)]",
  "const e = structuredClone(Object.assign(new Error('m'), { name: 'Mine', extra: 1 })); return [e.name, e.message, e.extra]",
  "const e = structuredClone(new (class X extends RangeError {})('m')); return [e.constructor === RangeError, e.name]",
  "const a = [1]; a.extra = 2; const c = structuredClone(a); return [c.length, c.extra]",
  "structuredClone(Object.create(null))",
])

same("base64 answers as Node's does:", [
  "btoa('a\\xff\\0')",
  "btoa('\\u0100')",
  "btoa()",
  "[btoa(''), btoa('a'), btoa('ab'), btoa('abc'), btoa(null), btoa(12)]",
  "[atob('YQ=='), atob('YQ'), atob(' Y W I = '), atob('YWJj'), atob('')]",
  "atob('Y')",
  "atob('YQ=')",
  "atob('YQ===')",
  "atob('Y=Q=')",
  "atob('a-_b')",
  "atob('YQ\\u00a0')",
  "atob()",
  "atob('/+8=')",
  "atob('ab=\\n=')",
])

same("Other globals answer as Node's do:", [
  "[typeof globalThis, typeof setTimeout, typeof setInterval, typeof clearTimeout, typeof clearInterval, typeof queueMicrotask, typeof fetch, fetch.length, setTimeout.name]",
  "const out = []; queueMicrotask(() => out.push(2)); Promise.resolve().then(() => out.push(3)); out.push(1); await null; await null; return out",
  "queueMicrotask(5)",
  "setTimeout('code')",
  "const e = new DOMException('m', 'DataCloneError'); return [e.name, e.message, e.code, String(e), e instanceof Error, Object.prototype.toString.call(e), DOMException.DATA_CLONE_ERR, DOMException.length]",
  "[new DOMException().name, new DOMException().message, new DOMException('a', 'Nope').code]",
  "crypto.getRandomValues(new Float64Array(1))",
  "crypto.getRandomValues(new Uint8Array(65537))",
  "crypto.getRandomValues(new Uint16Array(4)).length",
  "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
  "[String(crypto), String(performance), crypto.getRandomValues.length, typeof performance.now(), typeof performance.timeOrigin]",
  "new Crypto()",
  "new Performance()",
  "Math.random.name",
])

describe("Where versions of Node depart from the standard, the guest has the standard:", () => {
  it.each([
    ["Object.keys(URL.prototype).length", 14],
    ["[String(new URLSearchParams(undefined)), String(new URLSearchParams(null))]", ["", "null="]],
    [
      "const t = new EventTarget(); t.addEventListener('a', (e) => e.preventDefault(), { passive: true }); return t.dispatchEvent(new Event('a', { cancelable: true }))",
      true,
    ],
    [
      "const t = new EventTarget(); const e = new Event('a'); let name; t.addEventListener('a', () => { try { t.dispatchEvent(e) } catch (error) { name = error.name } }); t.dispatchEvent(e); return name",
      "InvalidStateError",
    ],
    ["[Event.NONE, Event.AT_TARGET, new Event('a').BUBBLING_PHASE]", [0, 2, 3]],
    ["[Event.length, EventTarget.length, Event.name, Object.keys(new Event('x'))]", [1, 0, "Event", ["isTrusted"]]],
    [
      "const a = new AbortController(); const s = AbortSignal.any([AbortSignal.any([a.signal])]); const out = []; a.signal.addEventListener('abort', () => out.push('a', s.aborted)); s.addEventListener('abort', () => out.push('s')); a.abort(); return out",
      ["a", true, "s"],
    ],
    [
      "const a = new AbortController(), b = new AbortController(); const s = AbortSignal.any([a.signal, b.signal]); b.abort('b'); a.abort('a'); return s.reason",
      "b",
    ],
    ["[...new URLSearchParams('é%AA')]", [["é\ufffd", ""]]],
    ["try { AbortSignal.timeout(-1) } catch (error) { return error.name }", "TypeError"],
    ["const c = new AbortController(); c.signal.onabort = 5; return c.signal.onabort", null],
    ["try { structuredClone(1, { transfer: [{}] }) } catch (error) { return error.name }", "DataCloneError"],
    ["[structuredClone.length, structuredClone.name]", [1, "structuredClone"]],
    ["try { crypto.getRandomValues({}) } catch (error) { return error.name }", "TypeError"],
    [
      "[new URL('https://XN--a-ecp.ru/XN--A').href, URL.canParse('http://xn--/')]",
      ["https://xn--a-ecp.ru/XN--A", true],
    ],
    ["URL.canParse('https://xn--a-ecp.ü')", false],
    ["const u = new URL('http://a.test/'); u.hostname = 'xn--0.pt'; return u.origin", "http://xn--0.pt"],
    [
      "const u = new URL('a:b  ?c'); u.search = ''; return [u.href, new URL('http://a.test/^?^').href]",
      ["a:b %20", "http://a.test/%5E?^"],
    ],
    [
      "['ISO-8859-16', 'x-user-defined', 'csunicode', 'gb_2312-80', 'ms932'].map((label) => new TextDecoder(label).encoding)",
      ["iso-8859-16", "x-user-defined", "utf-16le", "gbk", "shift_jis"],
    ],
    ["new TextDecoder('iso-8859-16').decode(new Uint8Array([0xa4]))", "€"],
    ["new TextDecoder('gb18030').decode(new Uint8Array([0x81, 0xff, 0xff, 0x81, 0x30]))", "\ufffd\ufffd\ufffd"],
    ["new TextDecoder('gbk').decode(new Uint8Array([0x80, 0xa8, 0xbc]))", "€ḿ"],
    [
      "const d = new TextDecoder('gb18030'); const read = (...b) => d.decode(new Uint8Array(b), { stream: true }); return [read(0x81, 0x30), read(0x81), read(0x30, 0x41)]",
      ["", "", "\x80A"],
    ],
    ["Reflect.ownKeys(Object.getPrototypeOf(console)).length", 0],
  ])("%s", async (piece, expected) => {
    expect(await inGuest(piece)).toEqual([expected])
  })
})

describe("The body of a request or response", () => {
  it("is null where there is none, and can be handed on where there is one", async () => {
    const code = `
      const first = new Response("x", { headers: { a: "b" } })
      const second = new Response(first.body, first)
      return [new Response().body, await second.text(), second.headers.get("a"), first.bodyUsed, first.body === first.body]`
    expect(await inGuest(code)).toEqual([[null, "x", "b", true, true]])
  })
})
