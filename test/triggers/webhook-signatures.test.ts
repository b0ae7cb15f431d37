import { createHmac } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it, test } from "vitest"
import type { WebhookProvider } from "../../src/model/webhook-trigger.ts"
import { checkSignature } from "../../src/triggers/webhooks/check-signature.ts"
import type { Refusal } from "../../src/triggers/webhooks/delivery.ts"
import { standardIdOf } from "../../src/triggers/webhooks/standard.ts"
import { newKeys, type Sent, signAs, signPrivately } from "./signing.ts"

type Signing = keyof typeof signAs

const time = 1_700_000_000
const body = Buffer.from('{"type":"invoice.paid"}')
const sent: Sent = { body, time, id: "msg_1" }
const secrets = {
  standard: [`whsec_${Buffer.alloc(24, 1).toString("base64")}`, `whsec_${Buffer.alloc(24, 2).toString("base64")}`],
  github: ["first", "second"],
  stripe: ["whsec_first", "whsec_second"],
  slack: ["first", "second"],
} as const
const signing = Object.keys(signAs) as readonly Signing[]
const timed = signing.filter((provider) => provider !== "github")

/** The answer to headers over a body, at a time. */
function check(
  provider: WebhookProvider,
  headers: Readonly<Record<string, string>>,
  {
    bytes = body as Uint8Array,
    at = time * 1000,
    known = undefined as readonly string[] | undefined,
    tolerance = 300,
  } = {},
): Refusal | null {
  const rules = {
    secrets: known ?? (provider === "none" ? [] : secrets[provider]),
    toleranceSeconds: tolerance,
    now: at,
  }
  return checkSignature(provider, { headers: new Headers(headers), body: bytes }, rules)
}

const bytes = fc.uint8Array({ maxLength: 200 })

describe.each(signing)("a signature of %s", (provider) => {
  const [first, second] = secrets[provider]
  const signed = (given: Sent, ...with_: readonly string[]) => signAs[provider](given, ...with_)

  it("is accepted over any bytes, text or not", () => {
    fc.assert(
      fc.property(bytes, (body) => {
        expect(check(provider, signed({ ...sent, body }, first), { bytes: body })).toBeNull()
      }),
    )
  })

  it("is refused over any other bytes", () => {
    fc.assert(
      fc.property(bytes, bytes, (body, other) => {
        fc.pre(Buffer.compare(body, other) !== 0)
        expect(check(provider, signed({ ...sent, body }, first), { bytes: other })).toBe("mismatch")
      }),
    )
  })

  it("is accepted of any secret while they are rotated, and of no other", () => {
    expect(check(provider, signed(sent, second))).toBeNull()
    expect(check(provider, signed(sent, second), { known: [first] })).toBe("mismatch")
    expect(check(provider, signed(sent, first), { known: [] })).toBe("mismatch")
  })

  it("is missing where there is none", () => {
    expect(check(provider, {})).toBe("missing")
    const names = Object.keys(signed(sent, first))
    for (const name of names) expect(check(provider, { ...signed(sent, first), [name]: "" })).toBe("missing")
  })

  it("is refused with any character of its headers changed", () => {
    const headers: Readonly<Record<string, string>> = signed(sent, first)
    const places = Object.entries(headers).flatMap(([name, value]) =>
      [...value].map((_, index) => [name, index] as const),
    )
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(..."0aZ=.,+ -"), ([name, index], character) => {
        const value = headers[name] ?? ""
        fc.pre(value[index] !== character)
        const changed = value.slice(0, index) + character + value.slice(index + 1)
        fc.pre(changed.trim() !== value)
        expect(check(provider, { ...headers, [name]: changed })).not.toBeNull()
      }),
      { numRuns: 500 },
    )
  })

  it("is never an exception, whatever the headers are", () => {
    const value = fc.string({ unit: "binary-ascii" }).map((text) => text.replace(/[\0\r\n]/g, ""))
    fc.assert(
      fc.property(value, value, value, (one, other, third) => {
        const names = Object.keys(signed(sent, first))
        const headers = Object.fromEntries(names.map((name, index) => [name, [one, other, third][index] ?? ""]))
        expect(check(provider, headers)).not.toBeNull()
      }),
    )
  })

  it("needs a secret that is not empty", () => {
    expect(() => check(provider, signed(sent, first), { known: ["", first] })).toThrow(TypeError)
  })
})

describe.each(timed)("the time of a delivery of %s", (provider) => {
  const headers = signAs[provider](sent, secrets[provider][0])

  it("may be as far from now as the tolerance, either way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 }), fc.integer({ min: -7200, max: 7200 }), (tolerance, distance) => {
        const at = (time + distance) * 1000
        expect(check(provider, headers, { at, tolerance })).toBe(Math.abs(distance) > tolerance ? "stale" : null)
      }),
    )
    expect(check(provider, headers, { at: (time + 300) * 1000 + 999 })).toBeNull()
  })

  it("is part of what is signed", () => {
    const later = signAs[provider]({ ...sent, time: time + 1 }, secrets[provider][0])
    const [moved] = Object.entries(later).filter(([name]) => name.endsWith("timestamp"))
    const changed = moved ? { ...headers, [moved[0]]: moved[1] } : later
    const stripe = {
      "stripe-signature":
        (headers as Record<string, string>)["stripe-signature"]?.replace(/^t=\d+/, `t=${time + 1}`) ?? "",
    }
    expect(check(provider, moved ? changed : stripe)).toBe("mismatch")
  })

  it.each(["1e9", "0x65", "-1", " ", "1700000000.5", "17000000000000"])("is refused where it is %j", (text) => {
    const [name] = Object.keys(headers).filter((one) => one.endsWith("timestamp"))
    const changed = name
      ? { ...headers, [name]: text }
      : {
          "stripe-signature":
            (headers as Record<string, string>)["stripe-signature"]?.replace(/^t=\d+/, `t=${text}`) ?? "",
        }
    expect(["malformed", "missing"]).toContain(check(provider, changed))
  })
})

describe("GitHub", () => {
  it("signs as its documentation shows", () => {
    const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    const known = ["It's a Secret to Everybody"]
    expect(
      check("github", { "x-hub-signature-256": signature }, { bytes: Buffer.from("Hello, World!"), known }),
    ).toBeNull()
  })

  it("is not believed with SHA-1, in its own header or in the newer one", () => {
    const sha1 = `sha1=${createHmac("sha1", secrets.github[0]).update(body).digest("hex")}`
    expect(check("github", { "x-hub-signature": sha1 })).toBe("missing")
    expect(check("github", { "x-hub-signature-256": sha1 })).toBe("malformed")
  })
})

describe("Stripe", () => {
  const header = signAs.stripe(sent, ...secrets.stripe)["stripe-signature"]
  const [, own = ""] = header.split(",")

  it("may sign with several secrets, of which one is known", () => {
    expect(check("stripe", { "stripe-signature": header }, { known: [secrets.stripe[1]] })).toBeNull()
  })

  it.each([
    ["has only the scheme of test events", `t=${time},${own.replace("v1", "v0")}`, "missing"],
    ["has no time", own, "malformed"],
    ["has two times", `t=${time - 10},t=${time},${own}`, "malformed"],
  ])("is refused where it %s", (_, text, refusal) => {
    expect(check("stripe", { "stripe-signature": text })).toBe(refusal)
  })

  it("may say more than is understood", () => {
    expect(check("stripe", { "stripe-signature": `v9=abc,${header},v1=,strange` })).toBeNull()
  })
})

describe("Standard Webhooks", () => {
  const [secret] = secrets.standard
  const headers = signAs.standard(sent, secret)

  test("are found among several signatures, with versions that are not known", () => {
    const more = `v1,${Buffer.alloc(32).toString("base64")} v2,abc nonsense ${headers["webhook-signature"]}`
    expect(check("standard", { ...headers, "webhook-signature": more })).toBeNull()
    expect(check("standard", { ...headers, "webhook-signature": "v2,abc nonsense" })).toBe("malformed")
  })

  test("are signed with keys of a pair as well, beside secrets", () => {
    const { publicKey, privateKey } = newKeys()
    const signature = signPrivately(sent, privateKey)
    const signed = { ...headers, "webhook-signature": signature }
    expect(check("standard", signed, { known: [secret, publicKey] })).toBeNull()
    expect(check("standard", signed, { known: [newKeys().publicKey] })).toBe("mismatch")
    expect(check("standard", signed, { known: [publicKey], bytes: Buffer.from("x") })).toBe("mismatch")
    // What is public is no secret to sign with.
    const key = `whsec_${publicKey.slice("whpk_".length)}`
    expect(check("standard", signAs.standard(sent, key), { known: [publicKey] })).toBe("mismatch")
  })

  test("have an id that is signed, without the dot that could move what it is", () => {
    expect(check("standard", { ...headers, "webhook-id": "msg_2" })).toBe("mismatch")
    expect(check("standard", signAs.standard({ ...sent, id: "msg.1" }, secret))).toBe("malformed")
  })

  test("are known by Svix's names too, and never by names of both", () => {
    const renamed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.replace("webhook", "svix"), value]),
    )
    expect(check("standard", renamed)).toBeNull()
    const both = new Headers({ ...renamed, "webhook-id": "another" })
    expect(standardIdOf(both)).toBe("msg_1")
  })

  test.each(["", "whsec_", "whsec_not base64", "whpk_AAAA", "whsk_AAAA", "whsec_a"])(
    "refuse %j as a secret",
    (known) => {
      expect(() => check("standard", headers, { known: [known] })).toThrow(TypeError)
    },
  )
})

test("A sender without signatures is believed", () => {
  expect(check("none", {})).toBeNull()
})
