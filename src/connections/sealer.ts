import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"

/** Encrypts what is stored. */
export interface Sealer {
  /** Binds the text to what it belongs to: `open` gives it for the same `context` alone. */
  seal(text: string, context: readonly string[]): string
  /** Throws where it was sealed for something else, changed, or sealed with a key that is gone. */
  open(sealed: string, context: readonly string[]): string
}

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16

/** AES-256-GCM with a random nonce for each text. The first key seals, all of them open; `TypeError` where one is no key. */
export function createSealer(keys: readonly (string | Uint8Array)[]): Sealer {
  const known = keys.map(toKey)
  const [current] = known
  if (!current) throw new TypeError(noKey)
  return {
    seal(text, context) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv("aes-256-gcm", current.key, iv, { authTagLength: tagBytes })
      cipher.setAAD(toAssociated(context))
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
      return `${current.id}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url")}`
    },
    open(sealed, context) {
      const [id, text = ""] = sealed.split(".")
      const found = known.find((one) => one.id === id)
      if (!found) throw new Error("Cannot open what was encrypted: its key is none of connections.key.")
      const bytes = Buffer.from(text, "base64url")
      const decipher = createDecipheriv("aes-256-gcm", found.key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(toAssociated(context))
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
      const opened = decipher.update(bytes.subarray(ivBytes + tagBytes))
      return Buffer.concat([opened, decipher.final()]).toString("utf8")
    },
  }
}

const noKey =
  "Cannot connect accounts: connections.key must be 32 random bytes, or their base64, as `openssl rand -base64 32` makes them; tokens are never stored unencrypted."

interface Key {
  /** Tells keys apart, and says nothing of them. */
  readonly id: string
  readonly key: Uint8Array
}

function toKey(given: string | Uint8Array): Key {
  const key = typeof given === "string" ? Buffer.from(given, "base64") : given
  if (!(key instanceof Uint8Array) || key.byteLength !== keyBytes) throw new TypeError(noKey)
  return { id: createHash("sha256").update("inlay connections key").update(key).digest("hex").slice(0, 8), key }
}

function toAssociated(context: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify(context), "utf8")
}
