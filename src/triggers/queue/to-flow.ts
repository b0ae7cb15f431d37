import { createHash } from "node:crypto"
import type { Flow, Gathering } from "../../model/flow.ts"
import type { QueueConcurrency, QueueControl } from "../../model/queue-control.ts"

/** Values that are longer go by their hash. */
const maxKeyLength = 64

/**
 * The flow of one call, from what its function's configuration says and from its input; null where nothing holds it up.
 * Where the caller says how it is gathered, that counts.
 */
export function toFlow(
  functionName: string,
  control: QueueControl = {},
  inputText: string,
  given?: Gathering,
): Flow | null {
  const { throttle, concurrency = [] } = control
  const values = createKeyReader(inputText)
  const keyOf = (key: string | undefined) =>
    key === undefined ? functionName : `${functionName}/${key}/${values(key)}`
  // Who holds a narrow place while it waits for a wide one takes nothing from others; the other way round it would.
  const width = ({ limit, key }: QueueConcurrency) => (key === undefined ? Number.POSITIVE_INFINITY : limit)
  const bounds = [...toBounds(concurrency)].sort((one, other) => width(one) - width(other))
  const lanes = bounds.map(({ limit, key }) => ({ key: keyOf(key), limit }))
  const gathering = given ?? toGathering(control, keyOf)
  if (lanes.length === 0 && !throttle && !gathering) return null
  return {
    gathering,
    throttle: throttle
      ? {
          key: keyOf(throttle.key),
          limit: throttle.limit,
          periodMs: throttle.period * 1000,
          burst: throttle.burst ?? 1,
        }
      : null,
    lanes,
  }
}

function toBounds(concurrency: NonNullable<QueueControl["concurrency"]>): readonly QueueConcurrency[] {
  if (typeof concurrency === "number") return [{ limit: concurrency }]
  return "limit" in concurrency ? [concurrency] : concurrency
}

function toGathering({ debounce, batch }: QueueControl, keyOf: (key: string | undefined) => string): Gathering | null {
  if (batch) {
    const { maxSize, timeout, key } = batch
    return { mode: "batch", key: keyOf(key), maxSize, timeoutMs: timeout * 1000 }
  }
  if (!debounce) return null
  const { period, timeout, key } = debounce
  const timeoutMs = timeout === undefined ? null : timeout * 1000
  return { mode: "debounce", key: keyOf(key), periodMs: period * 1000, timeoutMs }
}

/** Reads what stands at a path of the input; the input is parsed where a path is asked for, and once. */
function createKeyReader(inputText: string): (path: string) => string {
  let input: { readonly event: unknown } | undefined
  return (path) => {
    input ??= { event: JSON.parse(inputText) }
    let value: unknown = input
    for (const name of path.split(".")) {
      value =
        typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : null
    }
    const text = typeof value === "string" ? value : JSON.stringify(value)
    return text.length <= maxKeyLength ? text : createHash("sha256").update(text).digest("hex")
  }
}
