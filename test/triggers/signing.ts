import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto"

/** A delivery as its sender signs it. */
export interface Sent {
  readonly body: Uint8Array
  /** Seconds since 1970. */
  readonly time: number
  readonly id: string
}

/** Signs as each sender documents it. */
export const signAs = {
  standard: ({ body, time, id }: Sent, ...secrets: readonly string[]) => ({
    "webhook-id": id,
    "webhook-timestamp": String(time),
    "webhook-signature": secrets.map((secret) => `v1,${standardHmac({ body, time, id }, secret)}`).join(" "),
  }),
  github: ({ body }: Sent, secret = "") => ({
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  }),
  stripe: ({ body, time }: Sent, ...secrets: readonly string[]) => {
    const signatures = secrets.map((secret) =>
      createHmac("sha256", secret).update(`${time}.`).update(body).digest("hex"),
    )
    return { "stripe-signature": [`t=${time}`, ...signatures.map((one) => `v1=${one}`)].join(",") }
  },
  slack: ({ body, time }: Sent, secret = "") => ({
    "x-slack-request-timestamp": String(time),
    "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${time}:`).update(body).digest("hex")}`,
  }),
}

function standardHmac({ body, time, id }: Sent, secret: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64")
  return createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64")
}

/** A pair of keys, the public one as receivers are given it. */
export function newKeys(): { readonly publicKey: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const { x = "" } = publicKey.export({ format: "jwk" })
  return { publicKey: `whpk_${Buffer.from(x, "base64url").toString("base64")}`, privateKey }
}

/** The signature with a private key. */
export function signPrivately({ body, time, id }: Sent, privateKey: KeyObject): string {
  return `v1a,${sign(null, Buffer.concat([Buffer.from(`${id}.${time}.`), body]), privateKey).toString("base64")}`
}
