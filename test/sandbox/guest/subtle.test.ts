import { createHmac, hkdfSync, pbkdf2Sync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { performNow } from "../../../src/sandbox/operations/subtle-now.ts"
import { performSubtle, type SubtleAnswer } from "../../../src/sandbox/operations/subtle-operations.ts"
import { call, openRuntime, outputOf, versionOf } from "../sandbox.ts"

const runtime = openRuntime()
const run = async (code: string): Promise<unknown> => {
  const version = versionOf(
    `const { subtle } = crypto; const text = (t) => new TextEncoder().encode(t)
     const hex = (b) => Array.from(new Uint8Array(b), (n) => n.toString(16).padStart(2, "0")).join("")
     const nameOf = (promise) => promise.then(() => "none", (error) => error.name)
     export default async () => { ${code} }`,
    { cpuMs: 20_000 },
  )
  return outputOf(await call(runtime, version))
}
const perform = (fields: Record<string, unknown>): Promise<SubtleAnswer> =>
  new Promise((resolve) => performSubtle("o", fields, undefined, () => true, resolve))

describe("crypto.subtle", () => {
  it("digests", async () => {
    expect(await run("return hex(await subtle.digest('SHA-256', text('abc')))")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    )
  })

  it.each([
    ["HMAC", "{ name: 'HMAC', hash: 'SHA-256' }", "'HMAC'"],
    ["ECDSA", "{ name: 'ECDSA', namedCurve: 'P-256' }", "{ name: 'ECDSA', hash: 'SHA-256' }"],
    ["Ed25519", "'Ed25519'", "'Ed25519'"],
  ])("signs and verifies with keys of %s that cannot be extracted", async (_name, make, use) => {
    const result = await run(`
      const made = await subtle.generateKey(${make}, false, ["sign", "verify"])
      const { privateKey, publicKey } = made.privateKey ? made : { privateKey: made, publicKey: made }
      const signature = await subtle.sign(${use}, privateKey, text("a"))
      return [await subtle.verify(${use}, publicKey, signature, text("a")), await subtle.verify(${use}, publicKey, signature, text("b")),
        await nameOf(subtle.exportKey("jwk", privateKey)), privateKey.extractable]`)
    expect(result).toEqual([true, false, "InvalidAccessError", false])
  })

  it("encrypts with a key that a password gives", async () => {
    const result = await run(`
      const password = await subtle.importKey("raw", text("secret"), "PBKDF2", false, ["deriveKey"])
      const key = await subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: text("salt"), iterations: 10 }, password,
        { name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"])
      const iv = new Uint8Array(12)
      const secret = await subtle.encrypt({ name: "AES-GCM", iv }, key, text("hello"))
      return [new TextDecoder().decode(await subtle.decrypt({ name: "AES-GCM", iv }, key, secret)), (await subtle.exportKey("raw", key)).byteLength]`)
    expect(result).toEqual(["hello", 32])
  })

  it("uses what a key was made with, whatever code writes into what it shows", async () => {
    const result = await run(`
      const key = await subtle.importKey("raw", text("k"), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
      key.algorithm.name = "AES-GCM"; key.usages.push("verify")
      return [(await subtle.sign("HMAC", key, text("a"))).byteLength, await nameOf(subtle.verify("HMAC", key, text("a"), text("a")))]`)
    expect(result).toEqual([32, "InvalidAccessError"])
  })

  it("does small work with secret keys at once, and the same as what takes the long way", async () => {
    const result = await run(`
      const base = await subtle.importKey("raw", text("secret"), "HKDF", false, ["deriveKey", "deriveBits"])
      const how = { name: "HKDF", hash: "SHA-256", salt: text("salt"), info: text("info") }
      const key = await subtle.deriveKey(how, base, { name: "HMAC", hash: "SHA-384" }, true, ["sign", "verify", "sign"])
      const long = await subtle.importKey("jwk", await subtle.exportKey("jwk", key), { name: "HMAC", hash: "SHA-384" }, true, ["sign"])
      const signatures = [await subtle.sign("HMAC", key, text("a")), await subtle.sign("HMAC", long, new Uint8Array(70_000).subarray(0, 0))]
      const password = await subtle.importKey("raw", text("p"), "PBKDF2", false, ["deriveBits"])
      const rounds = (iterations) => subtle.deriveBits({ name: "PBKDF2", hash: "SHA-1", salt: text("s"), iterations }, password, 256)
      return [hex(await subtle.deriveBits(how, base, 128)), hex(signatures[0]), hex(signatures[1]), hex(await rounds(2)), hex(await rounds(5000)),
        await subtle.verify("hmac", key, signatures[0], text("a")), await subtle.verify("HMAC", key, signatures[1].slice(1), text("a")),
        key.type, key.algorithm, key.usages, (await subtle.exportKey("raw", key)).byteLength]`)
    const derive = (bytes: number): Buffer => Buffer.from(hkdfSync("sha256", "secret", "salt", "info", bytes))
    const mac = (data: string): string => createHmac("sha384", derive(128)).update(data).digest("hex")
    const rounds = (count: number): string => pbkdf2Sync("p", "s", count, 32, "sha1").toString("hex")
    expect(result).toEqual([
      ...[derive(16).toString("hex"), mac("a"), mac(""), rounds(2), rounds(5000), true, false],
      ...["secret", { name: "HMAC", hash: { name: "SHA-384" }, length: 1024 }, ["sign", "verify"], 128],
    ])
  })

  it("clones keys, which then do what they did", async () => {
    const result = await run(`
      const key = await subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt", "decrypt"])
      const [copy] = structuredClone([key]); const iv = new Uint8Array(12)
      const plain = await subtle.decrypt({ name: "AES-GCM", iv }, copy, await subtle.encrypt({ name: "AES-GCM", iv }, key, text("a")))
      return [copy !== key, copy instanceof CryptoKey, copy.extractable, plain.byteLength]`)
    expect(result).toEqual([true, true, false, 1])
  })

  it("reads an algorithm before it copies bytes", async () => {
    const result = await run(`
      const data = new Uint8Array(16)
      const algorithm = { hash: "SHA-256", get name() { data[0] = 7; return "HMAC" } }
      return hex(await subtle.exportKey("raw", await subtle.importKey("raw", data, algorithm, true, ["sign"]))).slice(0, 4)`)
    expect(result).toBe("0700")
  })

  it("gives the public key of a private one, in formats of both of their names", async () => {
    const result = await run(`
      const { privateKey, publicKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"])
      const got = await subtle.getPublicKey(privateKey, ["verify"])
      const [one, two] = [await subtle.exportKey("raw-public", got), await subtle.exportKey("raw", publicKey)]
      return [hex(one) === hex(two), got.type, got.usages, await nameOf(subtle.exportKey("raw-secret", publicKey)),
        await nameOf(subtle.getPublicKey(publicKey, [])), await nameOf(subtle.generateKey("Ed25519", true, ["encapsulateKey"]))]`)
    expect(result).toEqual([true, "public", ["verify"], "NotSupportedError", "InvalidAccessError", "SyntaxError"])
  })

  it.each([
    ["an unknown algorithm", "subtle.digest('MD5', text('a'))", "NotSupportedError"],
    [
      "too many iterations",
      "subtle.importKey('raw', text('a'), 'PBKDF2', false, ['deriveBits']).then((key) => subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: text('a'), iterations: 3e6 }, key, 256))",
      "OperationError",
    ],
    [
      "a modulus that is too long",
      "subtle.generateKey({ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 8192, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['sign'])",
      "OperationError",
    ],
    ["more than 10 MB", "subtle.digest('SHA-256', new Uint8Array(11 * 1024 * 1024))", "OperationError"],
    ["no bytes", "subtle.digest('SHA-256', 'a')", "TypeError"],
    ["no key", "subtle.sign('HMAC', {}, text('a'))", "TypeError"],
    ["a receiver of another kind", "subtle.digest.call({}, 'SHA-256', text('a'))", "TypeError"],
    ["secret keys without a use", "subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [])", "SyntaxError"],
  ])("refuses %s", async (_what, code, name) => {
    expect(await run(`return nameOf(${code})`)).toBe(name)
  })

  it.each([
    [{}],
    [{ method: "constructor", given: [] }],
    [{ method: "digest", given: ["SHA-256", { t: "bytes", v: [0, 99] }] }],
    [{ method: "sign", given: ["HMAC", { t: "key", v: { type: "secret" } }, null] }],
    [{ method: "digest", given: [{ t: "object" }] }],
  ])("answers the hostile operation %j with an error", async (fields) => {
    expect(typeof (await perform(fields)).error?.name).toBe("string")
  })

  it.each([
    [undefined],
    [["constructor"]],
    [["digest", "SHA-256", { t: "bytes", v: [0, 99] }]],
    [["digest", "SHA-256", null]],
    [["importKey", "raw", null, null, null, null]],
    [["sign", "HMAC", { t: "key", v: { type: "secret", material: [1], algorithm: null } }, null]],
    [["deriveBits", null, { t: "key", v: { type: "secret" } }, 8]],
  ])("does nothing at once with the hostile operation %j", (given) => {
    expect(performNow(given, new Uint8Array(0))).toBeUndefined()
  })
})
