import { expect, it } from "vitest"
import { createSecretResolver } from "../../src/service/secrets.ts"

it("leaves a secret as it is whose own text looks like a place for another one", async () => {
  const secrets: Record<string, string> = { FIRST: "${secrets.SECOND}", SECOND: "two", MONEY: "$&" }
  const resolve = createSecretResolver((name) => secrets[name])
  const environment = { ALL: "${secrets.FIRST} ${secrets.SECOND} ${secrets.SECOND} ${secrets.MONEY}" }
  expect(await resolve("acme", environment)).toEqual({ ALL: "${secrets.SECOND} two two $&" })
})
