const empty = "data:application/json,{}"

/**
 * Makes esbuild pass over a source map that the file brings. It would read the files of this machine that the map names.
 * The last comment of this kind counts, so one that says nothing is added; nothing of the code itself, not even text that
 * only looks like such a comment, is changed.
 */
export function overrideSourceMap(code: string): string {
  return code.includes("sourceMappingURL") ? `${code}\n//# sourceMappingURL=${empty}` : code
}
