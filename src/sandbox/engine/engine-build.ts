import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import variant from "@jitl/quickjs-ng-wasmfile-release-sync"
import type { QuickJSSyncVariant } from "quickjs-emscripten-core"
import type { EngineImportNames } from "./engine-imports.ts"

/**
 * The engine's build, and which of its imports is which.
 * The names are what the build's minifier chose; tests of the clock, the zone and the memory layout fail where they change.
 */
export const defaultBuild: EngineBuild = {
  variant: variant as unknown as QuickJSSyncVariant,
  wasm: "#engine",
  imports: {
    wallClock: "p",
    clocks: ["p", "q"],
    localTime: "m",
    timeZone: "n",
    resizeHeap: "k",
    writers: ["c", "e", "f"],
  },
}

/** One build of QuickJS. */
export interface EngineBuild {
  readonly variant: QuickJSSyncVariant
  /** Module specifier of the WebAssembly file, with the store barrier in it. */
  readonly wasm: string
  readonly imports: EngineImportNames
}

/** Compiles the engine once; the result goes to every worker. */
export function compileEngine(build: EngineBuild = defaultBuild): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve(build.wasm)))
}
