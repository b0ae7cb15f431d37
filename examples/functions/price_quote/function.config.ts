export default {
  memory: 32,
  timeout: 5,
  triggers: [{ type: "http", path: "/quotes", method: "POST" }],
}
