import type { QuickJSFFI } from "@jitl/quickjs-ng-wasmfile-release-sync/ffi"
import type { EitherFFI, EmscriptenModuleLoader, QuickJSEmscriptenModule } from "quickjs-emscripten-core"
import type { EngineBuild } from "./engine-build.ts"
import { type ImportListener, isolateImports } from "./engine-imports.ts"
import type { EngineMemory } from "./engine-memory.ts"

/** The engine's compiled code over one memory, and its functions. */
export interface EngineModule {
  readonly module: QuickJSEmscriptenModule
  readonly ffi: EitherFFI
  /** Under which number the engine calls the function that tells rejections. */
  readonly rejectionTracker: number
}

/** Instantiates the compiled engine over a memory that the caller made. */
export async function loadEngineModule(
  compiled: WebAssembly.Module,
  build: EngineBuild,
  memory: EngineMemory,
  listener: ImportListener,
): Promise<EngineModule> {
  const [load, Ffi] = await Promise.all([build.variant.importModuleLoader(), build.variant.importFFI()])
  let rejectionTracker = 0
  const module = await (load as EmscriptenModuleLoader<QuickJSEmscriptenModule>)({
    wasmMemory: memory.object,
    // Both would differ between processes and shift every address after them.
    thisProgram: "inlay",
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      isolateImports(imports, build.imports, memory, listener)
      const instance = new WebAssembly.Instance(compiled, imports)
      memory.dirtyPages.locate(instance)
      rejectionTracker = readTracker(instance)
      receive(instance)
      return instance.exports
    },
  } as Parameters<EmscriptenModuleLoader<QuickJSEmscriptenModule>>[0])
  return { module, ffi: new (Ffi as unknown as typeof QuickJSFFI)(module) as EitherFFI, rejectionTracker }
}

function readTracker(instance: WebAssembly.Instance): number {
  const global = instance.exports.rejections as { readonly value: number } | undefined
  if (global) return global.value
  throw new Error(
    "Cannot use a sandbox engine without the rejection tracker: its WebAssembly is not the one that the build writes.",
  )
}
