import { createPublicKey, type KeyObject, verify } from "node:crypto"
import type { CheckSignature } from "./delivery.ts"
import { hmacSha256, isAnySame } from "./hmac.ts"
import { checkTimestamp } from "./timestamp.ts"

/** What the specification names them, and what they are named by Svix, where it comes from. */
const prefixes = ["webhook", "svix"] as const

/** More than anybody has keys. */
const maxSignatures = 32

/** The id of a delivery, the same for every try of the sender: from the headers that the signature is checked with. */
export function standardIdOf(headers: Headers): string | null {
  return headers.get(`${prefixOf(headers)}-id`)
}

/**
 * Standard Webhooks: signatures over `id.time.body`, separated by spaces; `v1` is an HMAC, `v1a` is Ed25519. A secret is a
 * key in Base64 behind `whsec_`, or a public key in Base64 behind `whpk_`.
 */
export const checkStandard: CheckSignature = ({ headers, body }, rules) => {
  const prefix = prefixOf(headers)
  const id = headers.get(`${prefix}-id`)
  const time = headers.get(`${prefix}-timestamp`)
  const signature = headers.get(`${prefix}-signature`)
  if (!id || !time || !signature) return "missing"
  // A dot in the id would let the parts of what was signed be cut in another way.
  if (id.includes(".")) return "malformed"
  const signatures = readSignatures(signature)
  if (signatures === null) return "malformed"
  const untimely = checkTimestamp(time, rules)
  if (untimely) return untimely
  const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), body])
  const keys = rules.secrets.map(readStandardSecret)
  const expected = keys.flatMap((key) => (key instanceof Buffer ? [hmacSha256(key, signed).toString("base64")] : []))
  if (isAnySame(signatures.v1, expected)) return null
  const isSigned = keys.some(
    (key) =>
      !(key instanceof Buffer) && signatures.v1a.some((one) => verify(null, signed, key, Buffer.from(one, "base64"))),
  )
  return isSigned ? null : "mismatch"
}

function prefixOf(headers: Headers): (typeof prefixes)[number] {
  return prefixes.find((prefix) => headers.has(`${prefix}-signature`)) ?? "webhook"
}

/** Reads a secret; a `TypeError` says what is wrong with it, and nothing of its text. */
function readStandardSecret(secret: string): Buffer | KeyObject {
  if (secret.startsWith("whsk_")) throw new TypeError("it is a private key: the receiver has the public one, whpk_")
  const isPublic = secret.startsWith("whpk_")
  const text = secret.replace(/^wh(?:sec|pk)_/, "")
  const bytes = Buffer.from(text, "base64")
  if (bytes.length === 0 || !isBase64(text)) throw new TypeError("it must be Base64, behind whsec_ or whpk_")
  if (!isPublic) return bytes
  if (bytes.length !== 32) throw new TypeError("a public key has 32 bytes")
  const x = bytes.toString("base64url")
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" })
}

/** By their version; null where there are none, or too many to try. What has another form is of a version to come. */
function readSignatures(header: string): { readonly v1: string[]; readonly v1a: string[] } | null {
  const found = { v1: [] as string[], v1a: [] as string[] }
  const parts = header.split(" ")
  for (const part of parts) {
    const [version, value, ...more] = part.split(",")
    if (!value || more.length > 0) continue
    if (version === "v1") found.v1.push(value)
    // Other spellings of the same bytes are none.
    if (version === "v1a" && value.length === 88 && isBase64(value)) found.v1a.push(value)
  }
  return found.v1.length + found.v1a.length === 0 || parts.length > maxSignatures ? null : found
}

/** With its padding or without it. */
function isBase64(text: string): boolean {
  return (
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
    Buffer.from(text, "base64").toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "")
  )
}
