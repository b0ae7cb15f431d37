/** A class that others may extend, or put a substitute in its place that behaves like one. */
type Extensible = abstract new (...given: never[]) => object

/**
 * The platform's own class behind a global one: servers put theirs in its place, whose instances are put together in other
 * ways. Such a substitute inherits from the platform's.
 */
export function platformClass<Class extends Extensible>(present: Class): Class {
  let { prototype } = present
  for (let next = prototype; next !== null && next !== Object.prototype; next = Object.getPrototypeOf(next)) {
    prototype = next
  }
  return prototype.constructor as Class
}
