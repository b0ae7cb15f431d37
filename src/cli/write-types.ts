import { writeFile } from "node:fs/promises"
import { CommandError } from "./command-error.ts"

const timeoutMs = 30_000
const maxBytes = 10 * 1024 * 1024
const maxDetail = 500

/** What `inlay types` is told. */
export interface TypesOptions {
  /** Where the service is mounted. */
  readonly url: string
  readonly token: string | undefined
  /** The file to write; `write` takes the text without it. */
  readonly out: string | undefined
  readonly write: (text: string) => void
}

/** Fetches the declarations of what a running service gives to functions, and writes them. */
export async function writeTypes({ url, token, out, write }: TypesOptions): Promise<void> {
  const types = await fetchTypes(toAddress(url), toHeaders(token))
  if (out === undefined) return write(types)
  await writeFile(out, types).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`Cannot write "${out}": ${error.code ?? error.message}.`)
  })
}

function toAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new CommandError(`"${url}" is no address of a service: it begins with http:// or https://.`, 2)
  }
  // It stands in what this command says, and that in logs.
  if (address.username || address.password) {
    throw new CommandError("The address of the service holds a user or a password; give a token instead.", 2)
  }
  address.pathname = `${address.pathname.replace(/\/+$/, "")}/types`
  address.search = address.hash = ""
  return address
}

function toHeaders(token = ""): Record<string, string> {
  const text = token.trim()
  // What fetch says of it would hold the token.
  if (!/^[ -~]*$/.test(text)) throw new CommandError("The token has characters that no header may hold.", 2)
  return text ? { authorization: `Bearer ${text}` } : {}
}

async function fetchTypes(address: URL, headers: Record<string, string>): Promise<string> {
  const [response, text] = await fetchText(address, headers).catch((error: Error) => {
    if (error instanceof CommandError) throw error
    throw new CommandError(`Cannot reach ${address}: ${reasonOf(error)}.`)
  })
  if (!response.ok) {
    throw new CommandError(`Cannot get ${address}: it answers ${response.status}${detailOf(text)}`)
  }
  if (!response.headers.get("content-type")?.startsWith("text/plain")) {
    throw new CommandError(`Cannot use ${address}: it answers no declarations; is --url where the service is mounted?`)
  }
  return text
}

async function fetchText(address: URL, headers: Record<string, string>): Promise<readonly [Response, string]> {
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) })
  const decoder = new TextDecoder()
  let [text, bytes] = ["", 0]
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new CommandError(`Cannot use ${address}: it answers more than ${maxBytes} bytes.`)
    text += decoder.decode(chunk, { stream: true })
  }
  return [response, text + decoder.decode()]
}

/** What Node says is "fetch failed"; its cause knows more. */
function reasonOf(error: Error): string {
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException
  return typeof code === "string" ? code : message
}

/** The service's own words, where they are some. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    if (typeof detail === "string") return `: ${detail.slice(0, maxDetail).replace(/\p{C}/gu, " ")}`
  } catch {
    // Somebody else answers at this address.
  }
  return "; is --url where the service is mounted?"
}
