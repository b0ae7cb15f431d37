import { type Answer, type Http, type Outgoing, toHttp } from "./http.ts"
import { ask } from "./sandbox.ts"

/** Accounts at other services that the organisation has connected. */
export interface OAuth {
  /** The account at a provider of the host. */
  connection(provider: string): OAuthConnection
}

/** A connected account. */
export interface OAuthConnection {
  /**
   * An access token that has not ended; the host refreshes it. Rejects with an error whose `code` is `NOT_CONNECTED`, or
   * `CONNECTION_EXPIRED` where the account must be connected again, or `PROVIDER_FAILED`.
   */
  accessToken(): Promise<string>
  /** `http` with the access token; where a site does not accept it, the request is sent again with a new one. */
  readonly http: Http
}

interface Token {
  readonly accessToken: string
}

/** Accounts at other services that the organisation has connected. */
export const oauth: OAuth = {
  connection(provider) {
    const tokenOf = async (refused?: string): Promise<string> =>
      (await ask<Token>("oauth", "accessToken", { provider, refused })).accessToken
    return { accessToken: () => tokenOf(), http: toHttp((request) => sendWithToken(request, tokenOf)) }
  },
}

const web = globalThis as unknown as { fetch(request: Outgoing): Promise<Answer> }

async function sendWithToken(request: Outgoing, tokenOf: (refused?: string) => Promise<string>): Promise<Answer> {
  const token = await tokenOf()
  const spare = request.clone()
  const answer = await web.fetch(withToken(request, token))
  if (answer.status !== 401) return answer
  const renewed = await tokenOf(token)
  return renewed === token ? answer : web.fetch(withToken(spare, renewed))
}

function withToken(request: Outgoing, token: string): Outgoing {
  request.headers.set("authorization", `Bearer ${token}`)
  return request
}
