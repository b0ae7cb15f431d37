import { expect, it, onTestFinished, vi } from "vitest"
import { Mailbox } from "../../src/sandbox/mailbox.ts"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

it("A runtime whose threads do not start at first is ready, and runs calls, once they do", async () => {
  const version = versionOf("export default () => 1")
  const post = Mailbox.prototype.post
  let failures = 3
  const posting = vi.spyOn(Mailbox.prototype, "post").mockImplementation(function (this: unknown, message) {
    post.call(this as Mailbox<unknown, unknown>, failures-- > 0 ? [{ type: "base", base: null }] : message)
  })
  onTestFinished(() => posting.mockRestore())
  const runtime = openRuntime({ threads: 1 })
  await expect(runtime.ready()).rejects.toMatchObject({ code: "FN_008" })
  await expect(call(runtime, version)).rejects.toMatchObject({ code: "FN_008" })
  await vi.waitUntil(
    () =>
      runtime.ready().then(
        () => true,
        () => false,
      ),
    { timeout: 60_000 },
  )
  expect(outputOf(await call(runtime, version))).toBe(1)
})
