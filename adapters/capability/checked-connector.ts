import { Resolver } from "node:dns/promises"
import { connect as connectSocket, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { buildConnector } from "undici"
import type { Permits } from "./egress-policy.ts"
import { isPublicAddress } from "./public-address.ts"

/** Finds every address of a name; answers none where it has none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** Begins a connection to an address, which is an IP address and has been checked. */
export type Connect = (target: Target) => Socket

/** Opens a connection to a checked address through something else; the signal ends the attempt. */
export type Tunnel = (target: Target, signal: AbortSignal) => Promise<Socket>

interface Target {
  readonly address: string
  readonly port: number
}

/** Why no connection came about, in words for a function's author: nothing of the host is in them. */
export class ConnectionRefusal extends Error {
  override readonly name = "ConnectionRefusal"
}

/** The address is none that may be connected to. */
export class AddressRefusal extends ConnectionRefusal {}

/** Options of `createCheckedConnector`. */
export interface CheckedConnectorOptions {
  readonly resolve: Resolve
  readonly connect: Connect
  /** Takes the place of `connect`. */
  readonly tunnel?: Tunnel | undefined
  readonly permits: Permits
  /** PEM of the authorities to trust instead of Node's own list. */
  readonly ca?: string | undefined
  /** Name lookup aside, the time for a connection with its TLS handshake. */
  readonly timeoutMs: number
}

/** Opens connections for undici. */
export interface CheckedConnector {
  readonly connect: buildConnector.connector
  /** Ends the connections that are not open yet. */
  close(): void
}

/** Few are ever needed, and an answer with hundreds must not make as many attempts. */
const maxAttempts = 4

/**
 * Makes a connector that looks a name up once, refuses it unless every answer is a permitted address, and connects to one
 * of those very answers: there is no second lookup that could say something else.
 */
export function createCheckedConnector(options: CheckedConnectorOptions): CheckedConnector {
  const opening = new Set<Socket>()
  const closing = new AbortController()

  async function open(hostname: string, port: number, secure: boolean): Promise<Socket> {
    if (!options.permits.name({ hostname, port })) throw new AddressRefusal("it is not allowed.")
    const addresses = isIP(hostname) ? [hostname] : await lookup(hostname, options.resolve)
    const refused = addresses.find((address) => !options.permits.address(address, { hostname, port }))
    if (refused !== undefined) {
      throw new AddressRefusal(isPublicAddress(refused) ? "it is not allowed." : "the address is not public.")
    }
    const deadline = performance.now() + options.timeoutMs
    const candidates = addresses.slice(0, maxAttempts)
    let refusal: unknown
    for (const [index, address] of candidates.entries()) {
      const share = (deadline - performance.now()) / (candidates.length - index)
      try {
        const socket = await reach({ address, port }, share)
        socket.setNoDelay(true).setKeepAlive(true, 60_000)
        return secure ? await encrypted(socket, hostname, deadline - performance.now()) : socket
      } catch (error) {
        refusal = error
      }
    }
    throw refusal
  }

  async function reach(target: Target, timeoutMs: number): Promise<Socket> {
    if (!options.tunnel) return opened(() => options.connect(target), "connect", timeoutMs)
    if (closing.signal.aborted) throw closingRefusal()
    const late = AbortSignal.timeout(Math.max(Math.ceil(timeoutMs), 1))
    const socket = await options.tunnel(target, AbortSignal.any([closing.signal, late]))
    if (closing.signal.aborted) socket.destroy()
    return socket
  }

  function encrypted(socket: Socket, hostname: string, timeoutMs: number): Promise<Socket> {
    const handshake = () =>
      connectTls({
        socket,
        host: hostname,
        ...(isIP(hostname) ? {} : { servername: hostname }),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ALPNProtocols: ["http/1.1"],
        // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would decide otherwise.
        rejectUnauthorized: true,
      })
    return opened(handshake, "secureConnect", timeoutMs).catch((error) => {
      socket.destroy()
      throw error
    })
  }

  async function opened(begin: () => Socket, event: "connect" | "secureConnect", timeoutMs: number): Promise<Socket> {
    if (closing.signal.aborted) throw closingRefusal()
    const socket = begin()
    // Stays for good: an error between here and undici's own listener must not end the process.
    socket.on("error", () => {})
    opening.add(socket)
    const late = new ConnectionRefusal("the server cannot be reached in time.")
    const timer = setTimeout(() => socket.destroy(late), Math.max(timeoutMs, 1))
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once(event, resolve)
        socket.once("error", (error) => reject(toRefusal(error)))
        socket.once("close", () => reject(new ConnectionRefusal("the connection was closed before it was open.")))
      })
      return socket
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      clearTimeout(timer)
      opening.delete(socket)
    }
  }

  return {
    connect: ({ hostname, port, protocol }, callback) => {
      const secure = protocol === "https:"
      open(hostname, Number(port) || (secure ? 443 : 80), secure).then(
        (socket) => callback(null, socket),
        (error) => callback(toRefusal(error), null),
      )
    },
    close() {
      closing.abort()
      for (const socket of opening) socket.destroy(closingRefusal())
    },
  }
}

/**
 * Asks the name servers themselves, not `getaddrinfo`: no search domains, no hosts file, and slow answers hold no thread
 * of the pool that the host's files need. `servers` are those of the machine unless given as `address:port`.
 */
export async function resolvePublicName(hostname: string, servers?: readonly string[]): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (servers) resolver.setServers(servers)
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
  const ipv4 = four.status === "fulfilled" ? four.value : []
  // DNS64 makes these up from the IPv4 addresses, which are in the answer themselves.
  const ipv6 = six.status === "fulfilled" ? six.value.filter((address) => !address.startsWith("64:ff9b::")) : []
  return [...ipv4, ...ipv6]
}

/** Connects over TCP. */
export const connectDirectly: Connect = ({ address, port }) => connectSocket({ host: address, port })

/** Connects over TCP from one of the machine's addresses. */
export function connectFrom(localAddress: string): Connect {
  return ({ address, port }) => connectSocket({ host: address, port, localAddress })
}

async function lookup(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  const name = hostname.replace(/\.$/, "")
  // RFC 6761: these mean this machine, whatever a name server says.
  if (name === "localhost" || name.endsWith(".localhost")) return ["127.0.0.1"]
  const addresses = await resolve(hostname).catch(() => [])
  if (addresses.length === 0) throw new ConnectionRefusal("its name cannot be resolved.")
  return addresses
}

function closingRefusal(): ConnectionRefusal {
  return new ConnectionRefusal("the service is closing.")
}

function toRefusal(error: unknown): ConnectionRefusal {
  if (error instanceof ConnectionRefusal) return error
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code === "ECONNREFUSED") return new ConnectionRefusal("the connection was refused.")
  if (code === "ECONNRESET" || code === "EPIPE") return new ConnectionRefusal("the connection was reset.")
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code))
    return new ConnectionRefusal(`no secure connection can be made (${code}).`)
  return new ConnectionRefusal("the server cannot be reached.")
}
