// Node's own server with the task and nothing else, no sandbox either: what is left of a call over HTTP without Inlay.
import { createServer } from "node:http"
import { expressionSource } from "./task.mjs"

const handle = new Function(`return ${expressionSource}`)()
const server = createServer((request, response) => {
  let text = ""
  request.setEncoding("utf8").on("data", (chunk) => {
    text += chunk
  })
  request.on("end", () => {
    const body = JSON.stringify(handle(JSON.parse(text)))
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body)
  })
})
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
