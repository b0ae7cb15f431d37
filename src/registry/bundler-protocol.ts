/** Where a build begins: a file of the upload, or code that stands at the upload's root. */
export type BuildTarget = { readonly path: string } | { readonly code: string }

/** One build that is asked of the bundler's process. */
export interface BuildOrder {
  readonly id: number
  readonly target: BuildTarget
  /** Modules beside the upload: names to code. */
  readonly modules: Readonly<Record<string, string>>
  /** Names of the layers that may be imported; undefined where none can be, whatever its name. */
  readonly layers?: readonly string[] | undefined
  /** Stands before the paths of the upload in the source map. */
  readonly sourcePrefix?: string | undefined
  readonly maxCodeBytes: number
  readonly maxSourceMapBytes: number
}

/** From the host to the bundler's process. */
export type BundlerRequest =
  | { readonly type: "files"; readonly first: boolean; readonly files: readonly (readonly [string, Uint8Array])[] }
  | { readonly type: "build"; readonly order: BuildOrder }

/** One thing that keeps the upload from being bundled; line and column from 1. */
export interface BuildIssue {
  readonly path: string
  readonly text: string
  readonly line?: number
  readonly column?: number
  /** The line with those around it and a caret under the column. */
  readonly frame?: string
  /** What was most likely meant; the text names it too. */
  readonly suggestion?: string
}

/** What became of a build. */
export type BuildOutcome =
  | {
      readonly type: "bundled"
      readonly code: string
      readonly sourceMap: string
      readonly warnings: readonly string[]
    }
  | { readonly type: "refused"; readonly issues: readonly BuildIssue[] }
  /** esbuild itself ended: this process is of no more use. */
  | { readonly type: "crashed" }

/** From the bundler's process to the host. */
export interface BundlerReply {
  readonly id: number
  readonly outcome: BuildOutcome
}
