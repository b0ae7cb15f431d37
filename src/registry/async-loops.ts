/**
 * The engine's own `for await` waits for no `return()` of the iterator where a loop is left early, drops what that throws,
 * and calls it after a failed `next()` too. So esbuild writes these loops in other words.
 */
export const asyncLoops: { readonly supported: Readonly<Record<string, boolean>> } = {
  supported: { "for-await": false },
}

const heads = /, ([\w$]+), ([\w$]+), ([\w$]+)(; \1 = !\(\2 = await [\w$]+\.next\(\)\)\.done; \1 = false\) \{)$/gm
const ends = /^( *)([\w$]+) && (\([\w$]+ = [\w$]+\.return\) && await [\w$]+\.call\([\w$]+\);)$/gm

/**
 * Has such a loop begin anew each time that it is reached. As esbuild writes it, one within another loop would throw again
 * what it threw the time before: its variables are the function's.
 */
export function renewAsyncLoops(code: string): string {
  if (!code.includes("__forAwait")) return code
  return code.replace(heads, ", $1 = void 0, $2, $3 = void 0$4").replace(ends, "$1$2 && !($2 = false) && $3")
}
