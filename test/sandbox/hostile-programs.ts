/** A program that a hostile tenant might deploy: its name, the body of its handler, and how its call may end. */
export type HostileProgram = readonly [name: string, body: string, ends: readonly Ending[]]

/** A code of a failure, or that the call was answered. */
export type Ending = "answered" | "FN_002" | "FN_003" | "FN_004"

const timeOut = ["FN_002"] as const
const ownError = ["FN_004"] as const
const tooMuch = ["FN_002", "FN_003", "FN_004"] as const
const anything = ["answered", ...tooMuch] as const

/** Built-ins that compute for as long as they are asked to, most of them without a poll. */
export const busyPrograms: readonly HostileProgram[] = [
  [
    "compiles a regular expression of 100,000 parts",
    "return new RegExp('a?'.repeat(5e4) + 'a'.repeat(5e4)).test('a'.repeat(5e4))",
    tooMuch,
  ],
  ["nests counted repetitions", "return /(?:(?:a{1,1000}){1,1000}){1,1000}b/.test('a'.repeat(1000))", anything],
  ["looks behind with a pattern that backtracks", "return /(?<=(a+)+b)$/.test('a'.repeat(5000) + 'c')", anything],
  [
    "nests a regular expression 100,000 deep",
    "return new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('a')",
    ownError,
  ],
  [
    "sorts with an inconsistent comparison for ever",
    "for (;;) Array.from({ length: 1e5 }, Math.random).sort(() => Math.random() - 0.5)",
    tooMuch,
  ],
  [
    "stringifies the same large list for ever",
    "const a = Array(3e5).fill('x'.repeat(20)); for (;;) JSON.stringify(a)",
    tooMuch,
  ],
  [
    "stringifies what is 20,000 deep",
    "let a = 1; for (let i = 0; i < 2e4; i++) a = [a]; return JSON.stringify(a).length",
    anything,
  ],
  ["repeats and pads for ever", "for (;;) 'ab'.repeat(1e7).padEnd(2e7, 'xyz')", tooMuch],
  ["normalises for ever", "for (;;) 'e\\u0301'.repeat(1e6).normalize('NFKD')", tooMuch],
  ["squares a BigInt for ever", "let x = 3n; for (;;) x *= x", tooMuch],
  ["divides huge BigInts for ever", "const a = 3n ** 600000n, b = 7n ** 200000n; for (;;) a / b", tooMuch],
  ["writes a huge BigInt out", "return (3n ** 600000n).toString().length", anything],
  ["fills a typed array for ever", "const a = new Uint8Array(2e7); for (;;) a.fill(1)", timeOut],
  [
    "sorts a typed array for ever",
    "const a = new Float64Array(1e6).map(Math.random); for (;;) a.sort(() => 1)",
    tooMuch,
  ],
  ["makes an array of four thousand million", "return Array.from({ length: 2 ** 32 - 1 }).length", tooMuch],
  ["joins an array of four thousand million holes", "return Array(2 ** 32 - 1).join('x').length", tooMuch],
  ["searches what says that it is endless", "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)", timeOut],
  ["shifts what says that it is endless", "Array.prototype.unshift.call({ length: 2 ** 53 - 2 }, 1)", timeOut],
  ["spreads ten million arguments", "return Math.max(...new Array(1e7))", tooMuch],
  ["parses dates of ten million digits for ever", "for (;;) Date.parse('1'.repeat(1e7))", tooMuch],
  ["replaces by what surrounds the match", "return 'a'.repeat(2 ** 16).replace(/a/g, \"$`$'\").length", tooMuch],
  ["makes source of a million terms", "return eval('1' + '+1'.repeat(1e6))", anything],
  ["asks for random bytes for ever", "for (;;) crypto.getRandomValues(new Uint8Array(65536))", timeOut],
  [
    "compares long texts in a language for ever",
    "const a = 'é'.repeat(999999); const c = new Intl.Collator('en'); for (;;) c.compare(a, a + '')",
    tooMuch,
  ],
  ["sorts 300,000 search parameters", "new URLSearchParams('a=b&'.repeat(3e5)).sort()", anything],
  ["begins fetches for ever", "for (;;) fetch('http://a.example/').catch(() => {})", tooMuch],
  ["logs for ever", "for (;;) console.log('x'.repeat(16000))", timeOut],
  [
    "queues microtasks for ever",
    "const again = () => queueMicrotask(again); again(); await new Promise(() => {})",
    timeOut,
  ],
  [
    "doubles its promise jobs",
    "const f = async () => { await 0; f(); f() }; await f(); await new Promise(() => {})",
    tooMuch,
  ],
  ["answers a promise of a promise for ever", "return { then(resolve) { resolve({ then: this.then }) } }", timeOut],
  [
    "iterates asynchronously for ever",
    "for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => ({}) }) });",
    timeOut,
  ],
  [
    "registers what it finalises again",
    "const r = new FinalizationRegistry((x) => r.register({}, x)); r.register({}, 1); for (;;) await 0",
    tooMuch,
  ],
  ["answers a getter that never returns", "return { get a() { for (;;); } }", timeOut],
  ["throws what never says its message", "throw { get message() { for (;;); } }", timeOut],
  ["throws a proxy that never answers", "throw new Proxy({}, { get() { for (;;); } })", timeOut],
  [
    "logs a proxy whose prototype is itself",
    "const p = new Proxy({}, { getPrototypeOf: () => p }); console.log(Object.create(p))",
    anything,
  ],
]

/** Recursion inside the engine, and structures that make it recurse. */
export const deepPrograms: readonly HostileProgram[] = [
  [
    "a text conversion that asks for itself",
    "const o = { toString() { return String(o) } }; return String(o)",
    ownError,
  ],
  [
    "a primitive that asks for itself",
    "const o = { [Symbol.toPrimitive]() { return o + '' } }; return o + ''",
    ownError,
  ],
  ["an array as text, 100,000 deep", "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return String(a)", ownError],
  [
    "an array to be flattened, 100,000 deep",
    "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity).length",
    anything,
  ],
  ["proxies of proxies", "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x", anything],
  ["generators that delegate to themselves", "function* g() { yield* g() } return [...g()]", ownError],
  ["operators nested a million deep", "return eval('!'.repeat(1e6) + '1')", ownError],
  ["arrows nested 100,000 deep", "return eval('()=>'.repeat(1e5) + '1')", ownError],
  ["templates nested 20,000 deep", "return eval('`${'.repeat(2e4) + '1' + '}`'.repeat(2e4))", ownError],
  ["classes nested 20,000 deep", "return eval('(class extends '.repeat(2e4) + 'Object' + '{})'.repeat(2e4))", ownError],
  ["a clone, 100,000 deep", "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; structuredClone(a)", anything],
  [
    "causes, 20,000 of them",
    "let e = new Error('0'); for (let i = 0; i < 2e4; i++) e = new Error(i, { cause: e }); throw e",
    tooMuch,
  ],
  ["a thrown array, 100,000 deep", "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; throw a", ownError],
  [
    "an aggregate that says it holds everything",
    "const e = new AggregateError([]); e.errors = new Proxy([], { get: (t, k) => k === 'length' ? 2 ** 53 : new Error('y') }); throw e",
    ownError,
  ],
  [
    "signals of signals",
    "let s = new AbortController().signal; for (let i = 0; i < 2e4; i++) s = AbortSignal.any([s])",
    anything,
  ],
  [
    "a stack trace of everything",
    "Error.stackTraceLimit = Infinity; const f = (n) => n ? f(n - 1) : null.x; f(500)",
    ownError,
  ],
  [
    "a stack trace that fails while it is prepared",
    "Error.prepareStackTrace = () => { try { null.x } catch (e) { return e.stack } }; null.x",
    ownError,
  ],
]

/** What asks the host for too much, or for what makes no sense. */
export const demandingPrograms: readonly HostileProgram[] = [
  ["begins a million timers", "for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e9)", tooMuch],
  [
    "waits for 9,000 timers at once",
    "await Promise.all(Array.from({ length: 9000 }, () => new Promise((done) => setTimeout(done, 1))))",
    anything,
  ],
  [
    "sets timers for times that are none",
    "for (const v of [2 ** 31, Infinity, NaN, -1, 'x', { valueOf: () => 5 }, 1e308]) setTimeout(() => {}, v)",
    ["answered"],
  ],
  [
    "sends 100,000 headers",
    "const h = new Headers(); for (let i = 0; i < 5000; i++) h.append('x-' + i, 'v'); await fetch('http://a.example/', { headers: h })",
    ownError,
  ],
  ["sends to an address of a million characters", "await fetch('http://a.example/' + 'x'.repeat(1e6))", ownError],
  ["sends 40 MB", "await fetch('http://a.example/', { method: 'POST', body: new Uint8Array(4e7) })", tooMuch],
  ["sends headers with line breaks", "await fetch('http://a.example/', { headers: { a: 'b\\r\\nc: d' } })", ownError],
  [
    "asks for 2,147,483,647 rounds of PBKDF2",
    "const k = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']); await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 2 ** 31 - 1 }, k, 256)",
    ownError,
  ],
  [
    "makes an RSA key of 65,536 bits",
    "await crypto.subtle.generateKey({ name: 'RSA-OAEP', modulusLength: 65536, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['encrypt'])",
    ownError,
  ],
  [
    "makes an RSA key with an exponent of 4,096 bits",
    "await crypto.subtle.generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array(512).fill(255), hash: 'SHA-256' }, true, ['encrypt'])",
    ownError,
  ],
  [
    "inflates 100 bytes for ever",
    "const z = new CompressionStream('gzip'); const w = z.writable.getWriter(); w.write(new Uint8Array(1e7)); w.close(); const p = new Uint8Array(await new Response(z.readable).arrayBuffer()); await new Response(new Blob(Array(50).fill(p)).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()",
    tooMuch,
  ],
  [
    "asks Intl for hostile options",
    "new Intl.NumberFormat('en', new Proxy({}, { get() { throw new Error('o') } })).format(1)",
    ownError,
  ],
  [
    "matches a pattern of an address that backtracks",
    "return new URLPattern({ pathname: '/((?:a+)+)/:b' }).test({ pathname: '/' + 'a'.repeat(40) + 'b' })",
    anything,
  ],
  [
    "decodes 20 MB of a legacy encoding",
    "return new TextDecoder('gb18030').decode(new Uint8Array(2e7).fill(0x81)).length",
    tooMuch.concat("answered" as never),
  ],
  [
    "takes the buffer away while it is copied",
    "const b = new ArrayBuffer(1e6, { maxByteLength: 2e6 }); new Uint8Array(b).set({ length: 10, get 0() { b.resize(0); return 1 } }, 5)",
    anything,
  ],
  [
    "shrinks a body that was sent",
    "const b = new ArrayBuffer(1e6, { maxByteLength: 2e6 }); const p = fetch('http://a.example/', { method: 'POST', body: new Uint8Array(b) }); b.resize(0); await p",
    ["answered"],
  ],
  [
    "fills a detached buffer with random bytes",
    "const b = new ArrayBuffer(100), u = new Uint8Array(b); b.transfer(); crypto.getRandomValues(u)",
    ownError,
  ],
  ["imports a file of the host", "await import('file:///etc/passwd')", ownError],
  ["imports a module of Node", "await import('node:fs')", ownError],
  ["waits on shared memory", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", ownError],
  ["logs 40 MB in one line", "console.log('x'.repeat(4e7))", anything],
  [
    "logs proxies that throw",
    "const p = new Proxy({}, { ownKeys() { throw 1 }, get() { throw 2 }, getPrototypeOf() { throw 3 }, getOwnPropertyDescriptor() { throw 4 } }); console.log(p, [p], new Map([[p, p]])); console.table([p]); console.error('%s %d %i %f %j %o %O %c %x', p, p, p, p, p, p, p, p, p)",
    ["answered"],
  ],
  ["throws 40 MB", "throw new Error('x'.repeat(4e7))", anything.slice(1)],
]

/** What leaves the sandbox, or must not. */
export const answeringPrograms: readonly HostileProgram[] = [
  ["40 MB of text", "return 'x'.repeat(4e7)", tooMuch],
  ["40 MB of letters that take two bytes", "return 'é'.repeat(2e7)", tooMuch],
  ["ten million characters that JSON escapes", "return '\\0'.repeat(1e7)", tooMuch],
  ["3 million lone surrogates", "return '\\ud800'.repeat(3e6)", tooMuch],
  ["10,000 levels of arrays", "let a = 1; for (let i = 0; i < 1e4; i++) a = [a]; return a", ownError],
  ["10,000 levels of objects", "let a = 1; for (let i = 0; i < 1e4; i++) a = { b: 1, a }; return a", ownError],
  ["a million levels", "let a = 1; for (let i = 0; i < 1e6; i++) a = [a]; return a", tooMuch],
  ["a million keys", "const o = {}; for (let i = 0; i < 1e6; i++) o['k' + i] = i; return o", tooMuch],
  ["a million values", "return Array(1e6).fill(0)", ownError],
  ["a toJSON that answers itself for ever", "const o = { toJSON: () => ({ o }) }; return o", tooMuch],
  [
    "a proxy that says it has four thousand million items",
    "return new Proxy([], { get: (t, k) => k === 'length' ? 2 ** 32 : k === 'toJSON' ? undefined : 1 })",
    tooMuch,
  ],
]

/** Programs whose handler answers a `Response`. */
export const respondingPrograms: readonly HostileProgram[] = [
  [
    "100,000 headers",
    "const r = new Response('x'); for (let i = 0; i < 5000; i++) r.headers.append('x-' + i, 'v'); return r",
    ownError,
  ],
  ["headers of a megabyte", "return new Response('x', { headers: { a: 'v'.repeat(1e6) } })", ownError],
  ["a header with line breaks", "return new Response('x', { headers: { a: 'b\\r\\nc: d' } })", ownError],
  ["a status that is none", "return new Response('x', { status: 99 })", ownError],
  [
    "a subclass whose getters never return",
    "return new (class extends Response { get status() { for (;;); } })('x')",
    ["answered"],
  ],
  ["an object that pretends to be one", "return Object.create(Response.prototype)", ownError],
  ["JSON a million levels deep", "let a = 1; for (let i = 0; i < 1e5; i++) a = [a]; return Response.json(a)", ownError],
  [
    "a stream that never ends",
    "return new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65536)) }))",
    tooMuch,
  ],
  [
    "a stream that is never fed",
    "return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))",
    ownError,
  ],
  [
    "a stream of what are no bytes",
    "return new Response(new ReadableStream({ pull: (c) => c.enqueue({}) }))",
    ownError,
  ],
]
