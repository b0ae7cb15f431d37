/** Does it when it is first asked for, and gives that result from then on. */
export function once<Arguments extends unknown[], Result>(
  make: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  let made: { readonly result: Result } | undefined
  return (...args) => {
    made ??= { result: make(...args) }
    return made.result
  }
}
