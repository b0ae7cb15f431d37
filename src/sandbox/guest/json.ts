import { host } from "./host.ts"
import { stringify } from "./primordials.ts"

/**
 * A value as JSON text; undefined where it has none. What is nested deeper than may leave is refused by a small stack: the
 * engine looks for circles by comparing each object with all around it, which takes seconds at the depth of a large one.
 */
export function toJson(value: unknown): string | undefined {
  host("stack", "shallow")
  try {
    return stringify(value)
  } finally {
    host("stack")
  }
}
