import { Worker } from "node:worker_threads"
import { expect, it, onTestFinished, vi } from "vitest"
import { defaultBounds } from "../../src/sandbox/call-bounds.ts"
import { readBaseImage } from "../../src/sandbox/engine/base-image.ts"
import { compileEngine } from "../../src/sandbox/engine/engine-build.ts"
import { ThreadHandle } from "../../src/sandbox/pool/thread-handle.ts"

it("A thread that is ended while it starts holds the process until it has ended, so that whoever awaits that goes on", async () => {
  const unref = vi.spyOn(Worker.prototype, "unref")
  onTestFinished(() => unref.mockRestore())
  const setup = { compiled: compileEngine(), origin: performance.timeOrigin, bounds: defaultBounds }
  await new Promise<void>((resolve) => {
    new ThreadHandle(setup, readBaseImage(), {
      message(thread) {
        void thread.terminate()
        thread.markReady()
      },
      gone: () => resolve(),
    })
  })
  expect(unref).not.toHaveBeenCalled()
})
