/** The call that every sandbox is measured with: JSON in, JSON out, next to no work of its own. */
export const input = { data: { values: [1, 2, 3, 4] } }

/** As an ES module, which Inlay deploys. */
export const moduleSource = "export default ({ data }) => ({ result: data.values.map((value) => value * 2) })"

/** As an expression, for engines that evaluate scripts. */
export const expressionSource = "(({ data }) => ({ result: data.values.map((value) => value * 2) }))"

/** Ends the benchmark where a sandbox answers anything else. */
export function check(output) {
  const text = typeof output === "string" ? output : JSON.stringify(output)
  if (text !== '{"result":[2,4,6,8]}') throw new Error(`A wrong answer: ${text}`)
}
