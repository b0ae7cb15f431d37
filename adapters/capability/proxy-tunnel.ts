import { request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { isIP, type Socket } from "node:net"
import { ConnectionRefusal, type Tunnel } from "./checked-connector.ts"

/**
 * Tunnels through an HTTP proxy. Plain requests are tunnelled too, and the proxy is given an address, never a name: so what it
 * connects to is what was checked.
 */
export function tunnelThrough(proxy: URL): Tunnel {
  const secure = proxy.protocol === "https:"
  const request = secure ? requestHttps : requestHttp
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const authorization =
    credentials === ":" ? {} : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` }
  return ({ address, port }, signal) =>
    new Promise((resolve, reject) => {
      const authority = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
      const tunnel = request({
        host: proxy.hostname.replace(/^\[|\]$/g, ""),
        port: proxy.port || (secure ? 443 : 80),
        method: "CONNECT",
        path: authority,
        headers: { host: authority, ...authorization },
        agent: false,
        signal,
      })
      tunnel.once("connect", ({ statusCode = 0 }, socket, head) => {
        // Stays for good: an error between here and the next listener must not end the process.
        socket.on("error", () => {})
        if (statusCode >= 200 && statusCode < 300 && head.byteLength === 0) return resolve(socket as Socket)
        socket.destroy()
        reject(new ConnectionRefusal("the function's network does not let it through."))
      })
      tunnel.once("error", () => reject(new ConnectionRefusal("the function's network cannot be reached.")))
      tunnel.end()
    })
}
