import { Agent, request } from "node:http"

/** A client of one path, as a service behind a proxy has it: connections are kept. Answers the body of a 200. */
export function httpClient(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port, pathname } = new URL(url)
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
      const outgoing = request({ agent, hostname, port, path: pathname, method: "POST", headers }, (incoming) => {
        let text = ""
        incoming.setEncoding("utf8").on("data", (chunk) => {
          text += chunk
        })
        incoming.once("error", reject).once("end", () => {
          if (incoming.statusCode === 200) resolve(text)
          else reject(new Error(`${url} answered ${incoming.statusCode}: ${text.slice(0, 200)}`))
        })
      })
      outgoing.once("error", reject).end(body)
    })
}
