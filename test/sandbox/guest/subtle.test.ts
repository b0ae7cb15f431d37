import { describe, expect, it } from "vitest"
import { performSubtle, type SubtleAnswer } from "../../../src/sandbox/subtle-operations.ts"
import { call, openRuntime, outputOf, versionOf } from "../sandbox.ts"

const runtime = openRuntime()
const run = async (code: string): Promise<unknown> => {
  const version = versionOf(
    `const { subtle } = crypto; const text = (t) => new TextEncoder().encode(t)
     const hex = (b) => Array.from(new Uint8Array(b), (n) => n.toString(16).padStart(2, "0")).join("")
     const nameOf = (promise) => promise.then(() => "none", (error) => error.name)
     export default async () => { ${code} }`,
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
})
